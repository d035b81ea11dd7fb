"""A digest on request, for the terminal: everything since a moment, told before or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.app.house import House, clock
from bot.chat import digest, gather
from bot.types import Address, Chat, Reply, Urgency
from bot.workers.digest import with_missing_summaries

CONSIDERED = 1000


async def digest_of(
    house: House, *, since: datetime, shown: int = digest.SCREEN_STORIES
) -> tuple[Sequence[digest.Entry], Reply]:
    """The stories since then, most important first, and the digest of them; `shown` have a summary."""
    now = clock()
    chat = Chat(id=0, address=Address("console", "terminal"), timezone=house.config.chat.timezone)
    stories = await house.store.stories.list(limit=CONSIDERED, since=since)
    found = await gather.entries(house.store, stories, await gather.sources_by_id(house.store))
    ranked = digest.ranked(found, now)
    known = await gather.with_summaries(house.store, ranked[:shown], chat)
    entries = await with_missing_summaries(
        house.store,
        house.summarizer,
        [*known, *ranked[shown:]],
        shown=shown,
        urgency=Urgency.PERSON,
    )
    return entries, digest.compose(entries, chat=chat, now=now)
