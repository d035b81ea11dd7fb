"""A digest on request, for the terminal: everything since a moment, told before or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.app.house import House, clock
from bot.chat import digest, gather
from bot.types import Address, Chat, Reply
from bot.workers.digest import with_missing_summaries

CONSIDERED = 1000


async def digest_of(house: House, *, since: datetime) -> tuple[Sequence[digest.Entry], Reply]:
    """What a digest of everything would say, and its entries."""
    now = clock()
    chat = Chat(id=0, address=Address("console", "terminal"), timezone=house.config.chat.timezone)
    stories = await house.store.stories.list(limit=CONSIDERED, since=since)
    found = await gather.entries(house.store, stories, await gather.sources_by_id(house.store))
    ranked = digest.ranked(found, now)
    shown = await gather.with_summaries(house.store, ranked[: digest.SCREEN_STORIES], chat)
    entries = await with_missing_summaries(
        house.store, house.summarizer, [*shown, *ranked[digest.SCREEN_STORIES :]]
    )
    return entries, digest.compose(entries, chat=chat, now=now)
