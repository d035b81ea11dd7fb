"""Posts that pile up for one chat become one digest: nobody wants three hundred at once.

A chat that was paused for hours, or whose quiet hours end, gets the most important stories and a
button to the list of all of them. The posts are dropped in the transaction that queues the digest.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import schedule
from bot.chat import digest, gather, waited
from bot.chat.render import render
from bot.errors import StoreError
from bot.storage.folds import PREFIX, Pile
from bot.storage.store import Store
from bot.types import Chat, DeliveryKind, NewDelivery, Reply
from bot.workers.loop import Bells, Clock

log = logging.getLogger(__name__)

ABOVE = 20
LOOK = 20.0
"""Seconds between two looks."""
AHEAD = timedelta(minutes=1)
"""What is due so soon counts as waiting: posts held by quiet hours are folded before these end."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Folds piles of posts."""

    store: Store
    clock: Clock
    bells: Bells
    above: int = ABOVE
    """How many posts may wait for one chat."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except StoreError as e:
                log.warning("nothing folded", extra={"error": str(e)})
            await asyncio.sleep(LOOK)

    async def once(self) -> int:
        """Fold every pile that is too high; how many that was."""
        now, folded = self.clock(), 0
        for chat_id in await self.store.folds.crowded(now + AHEAD, self.above):
            folded += await self._fold(await self.store.chats.get(chat_id), now)
        if folded:
            self.bells.ring("deliver")
        return folded

    async def _fold(self, chat: Chat, now: datetime) -> bool:
        pile = await self.store.folds.pile(chat.id)
        if len(pile.story_ids) <= self.above:
            return False
        new = NewDelivery(
            dedup_key=f"{PREFIX}{chat.id}:{pile.newest}",
            chat_id=chat.id,
            kind=DeliveryKind.DIGEST,
            parts=render(await self._composed(chat, pile, now), chat.address.platform),
            not_before=schedule.quiet_until(
                now + AHEAD, zone=chat.timezone, start=chat.quiet_from, end=chat.quiet_until
            ),
        )
        done = await self.store.folds.fold(pile, new, now)
        if done:
            log.info("posts folded", extra={"chat": chat.id, "stories": len(pile.story_ids)})
        return done

    async def _composed(self, chat: Chat, pile: Pile, now: datetime) -> Reply:
        """The most important stories, and a way to all of them."""
        stories = await self.store.stories.get_many(pile.story_ids)
        entries = await gather.entries(self.store, stories, await gather.sources_by_id(self.store))
        best = digest.ranked(entries, now)[: digest.SCREEN_STORIES]
        shown = await gather.with_summaries(self.store, best, chat)
        reply = digest.compose(
            shown, chat=chat, now=now, title=f"{len(pile.story_ids)} stories waited for you"
        )
        return replace(reply, buttons=((waited.button(chat.id, pile),),))
