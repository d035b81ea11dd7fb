"""Once a day, what is no longer needed goes: handled messages, texts of old deliveries.

What still prevents a second sending stays. The hour of the last time is kept in the store, so that
restarts neither skip nor repeat it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from bot.errors import StoreError
from bot.storage.store import Store
from bot.workers.loop import Clock

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
KEEP = timedelta(days=14)
LOOK = 3600.0
"""Seconds between two looks at the clock."""
LAST = "tidied"


async def tidy(store: Store, *, clock: Clock) -> None:
    """Until cancelled: tidy when a day has passed since the last time."""
    while True:
        try:
            await tidy_once(store, clock())
        except StoreError as e:
            log.warning("not tidied", extra={"error": str(e)})
        await asyncio.sleep(LOOK)


async def tidy_once(store: Store, now: datetime) -> bool:
    """Tidy if a day has passed; whether it was done."""
    last = await store.meta.get(LAST)
    if last and now - datetime.fromisoformat(last) < DAY:
        return False
    pruned = await store.prune(now, KEEP)
    await store.pages.tidy()
    await store.meta.set(LAST, now.isoformat())
    log.info("tidied", extra={"messages": pruned.inbox, "deliveries": pruned.deliveries})
    return True
