"""A platform that fails for long: what is due goes to the chat that its reader linked elsewhere.

Each message once: a row that may have been sent waits for its own platform. New deliveries are tried
at home first, so they go back as soon as it answers. Answers are not moved: they belong where they
were asked for.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import schedule
from bot.chat.carry import carried
from bot.errors import StoreError
from bot.storage.moves import Stranded
from bot.storage.store import Store
from bot.workers.loop import Bells, Clock

log = logging.getLogger(__name__)

AFTER = timedelta(minutes=15)
LOOK = 10.0
"""Seconds between two looks."""


@dataclass(frozen=True, kw_only=True)
class Failover:
    """Moves what is stranded."""

    store: Store
    clock: Clock
    bells: Bells
    after: timedelta = AFTER
    """How long a platform must have failed."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except StoreError as e:
                log.warning("nothing moved", extra={"error": str(e)})
            await asyncio.sleep(LOOK)

    async def once(self) -> int:
        """Move what can be moved now; how many messages that was."""
        now, moved = self.clock(), 0
        while stranded := await self.store.moves.stranded(now, self.after):
            went = [await self._move(message, now) for message in stranded]
            moved += sum(went)
            if not all(went):
                break  # Somebody else had a hand in it: the next look sees what is left.
        if moved:
            log.warning("deliveries moved to linked chats", extra={"messages": moved})
            self.bells.ring("deliver")
        return moved

    async def _move(self, message: Stranded, now: datetime) -> bool:
        home = await self.store.chats.get(message.home_id)
        other = await self.store.chats.get(message.other_id)
        parts = carried(message.parts, origin=home.address.platform, platform=other.address.platform)
        quiet = schedule.quiet_until(now, zone=other.timezone, start=other.quiet_from, end=other.quiet_until)
        return await self.store.moves.move(message, parts, due_at=quiet or now, now=now)
