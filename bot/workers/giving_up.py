"""A chat that can't be written to: its subscriptions rest, and the owner is told, once.

Once, however often it is tried: the notice's dedup key is the last delivery that the chat
acknowledged, so a chat that is taken up again and refuses again has been told of already.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from bot.chat import notices
from bot.chat.render import render
from bot.storage.store import Store
from bot.types import Chat, DeliveryKind, NewDelivery

log = logging.getLogger(__name__)


async def give_up(
    store: Store, chat_id: int, reason: str, *, owners: Collection[tuple[str, str]], now: datetime
) -> None:
    """Deactivate a chat and queue a notice to each owner's private chat, in one transaction."""
    async with store.transaction():
        if not await store.chats.deactivate(chat_id, reason):
            return
        chat = await store.chats.get(chat_id)
        resting = len(await store.subscriptions.list(chat_id))
        last = await store.outbox.last_sent(chat_id)
        told = [
            NewDelivery(
                dedup_key=f"gone:{chat_id}:{last}:{own.id}",
                chat_id=own.id,
                kind=DeliveryKind.NOTICE,
                parts=render(notices.gone(chat, reason, resting=resting), own.address.platform),
            )
            for own in await _own_chats(store, owners, besides=chat)
        ]
        await store.outbox.put(told, now)
    log.warning("chat given up", extra={"chat": chat_id, "reason": reason, "subscriptions": resting})


async def _own_chats(store: Store, owners: Collection[tuple[str, str]], *, besides: Chat) -> list[Chat]:
    """Where each owner reads notices; the terminal is nobody's inbox."""
    found = [
        await store.chats.private_with(platform, user)
        for platform, user in sorted(owners)
        if platform != "console"
    ]
    return [chat for chat in found if chat and chat.id != besides.id]
