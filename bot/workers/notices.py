"""Who is told what unasked: deliveries for the admins, to be queued with the decision that they tell of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot import schedule
from bot.chat.notices import source_died
from bot.chat.render import render
from bot.sources.advice import advise
from bot.storage.store import Store
from bot.types import Chat, DeliveryKind, NewDelivery, Source

Person = tuple[str, str]
"""Platform and user id."""


async def of_death(
    store: Store, source: Source, reason: str, *, owners: Collection[Person], now: datetime
) -> list[NewDelivery]:
    """One notice for each admin with a known private chat. One for each death: `now` makes it another."""
    said = advise(reason)
    return [
        NewDelivery(
            dedup_key=f"dead:{source.id}:{now.isoformat()}:{chat.id}",
            chat_id=chat.id,
            kind=DeliveryKind.NOTICE,
            parts=render(
                source_died(
                    source,
                    wrong=said.wrong,
                    remedy=said.by_hand,
                    zone=chat.timezone,
                    platform=chat.address.platform,
                ),
                chat.address.platform,
            ),
            not_before=schedule.quiet_until(
                now, zone=chat.timezone, start=chat.quiet_from, end=chat.quiet_until
            ),
        )
        for chat in await _admins(store, owners)
    ]


async def _admins(store: Store, owners: Collection[Person]) -> list[Chat]:
    """The private chats of owners and admins, each once."""
    granted = [(m.platform, m.user) for m in await store.chats.admins()]
    found = [await store.chats.private_with(*person) for person in dict.fromkeys((*sorted(owners), *granted))]
    return list({chat.id: chat for chat in found if chat}.values())
