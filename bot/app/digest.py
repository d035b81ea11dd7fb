"""A digest on request, for the terminal: everything since a moment, told before or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.app.house import House, clock
from bot.chat import digest
from bot.types import Address, Cadence, Chat, Reply, Subscription, SubscriptionKind
from bot.workers.digest import Digests
from bot.workers.loop import Bells


async def digest_of(house: House, *, since: datetime) -> tuple[Sequence[digest.Entry], Reply]:
    """What a daily digest of everything would say, and its entries."""
    now = clock()
    chat = Chat(id=0, address=Address("console", "terminal"), timezone=house.config.chat.timezone)
    everything = Subscription(
        id=0, chat_id=0, kind=SubscriptionKind.ALL, value="", cadence=Cadence.DAILY, created=since
    )
    stage = Digests(store=house.store, summarizer=house.summarizer, clock=clock, bells=Bells())
    entries = await stage.entries(everything, chat, since=since, now=now)
    return entries, digest.compose(entries, chat=chat, now=now)
