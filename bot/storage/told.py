"""What chats were told, a row a chat and story; behind `Outbox`, `Subscriptions` and `Stories`.

Whoever queues something remembers it, and whoever takes it back before it was begun forgets it, in the
same transaction: else a story would be told twice, or never.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.storage.columns import insert_or_set
from bot.storage.tables import chat_stories, deliveries
from bot.types import DeliveryState


def remember(c: Connection, told: Collection[tuple[int, int, int, int]], now: datetime) -> None:
    """Note that chats were told stories: (chat, story, revision, place); a newer revision stays."""
    rows = [
        {"chat_id": chat, "story_id": story, "revision": revision, "place": place, "told": now}
        for chat, story, revision, place in sorted(set(told))
    ]
    if rows:
        c.execute(insert_or_set(c, chat_stories, "told", "place", greatest=("revision",)), rows)


def forget(c: Connection, chat_id: int, story_ids: Collection[int]) -> set[int]:
    """Forget that the chat was told these stories, save those that another delivery tells; the forgotten."""
    told = select(deliveries.c.story_id).where(
        deliveries.c.chat_id == chat_id,
        deliveries.c.story_id.in_(story_ids),
        deliveries.c.state != DeliveryState.DROPPED.value,
    )
    untold = set(story_ids) - set(c.scalars(told))
    of_chat = delete(chat_stories).where(chat_stories.c.chat_id == chat_id)
    c.execute(of_chat.where(chat_stories.c.story_id.in_(untold)))
    return untold
