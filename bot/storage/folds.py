"""Posts that pile up for a chat, and the one digest that tells them instead.

Nothing is lost between the two: the posts are dropped in the transaction that queues the digest,
and each remembers by the digest's dedup key where it is told. Knows no story and no rendering.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select, update

from bot.storage import outbox, queue
from bot.storage.database import Database
from bot.storage.tables import DUE, deliveries
from bot.types import DeliveryKind, DeliveryState, NewDelivery

PREFIX = "folded:"
"""How the dedup key of such a digest begins."""


class Pile(NamedTuple):
    """What waits for a chat and can be folded, oldest first."""

    dedup_keys: tuple[str, ...]
    """Of posts, and of earlier digests of this kind that wait still."""
    story_ids: tuple[int, ...]
    """What they tell."""
    newest: int
    """The highest id of these deliveries."""


class Folds:
    """Piles of posts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def crowded(self, until: datetime, most: int) -> list[int]:
        """Chats with more than `most` posts that wait and are due before `until`."""
        query = (
            select(deliveries.c.chat_id)
            .where(_POSTS, deliveries.c.part == 0, deliveries.c.lease_token.is_(None))
            .where((deliveries.c.due_at <= until) | (deliveries.c.attempts > 0))
            .group_by(deliveries.c.chat_id)
            .having(func.count() > most)
        )
        return await self._database.read(lambda c: list(c.scalars(query)))

    async def pile(self, chat_id: int) -> Pile:
        """What of a chat's posts waits and is not begun."""
        return await self._database.read(lambda c: _pile(c, chat_id))

    async def fold(self, pile: Pile, digest: NewDelivery, now: datetime) -> bool:
        """Drop the pile and queue the digest; False, and nothing done, when part of it was begun."""
        return await self._database.write(lambda c: _fold(c, pile, digest, now))

    async def stories(self, dedup_key: str) -> list[int]:
        """The stories that a digest tells instead of their posts, in the order of the posts."""
        query = (
            select(deliveries.c.story_id)
            .where(deliveries.c.folded == dedup_key, deliveries.c.folded != "")
            .where(deliveries.c.story_id.is_not(None))
            .group_by(deliveries.c.story_id)
            .order_by(func.min(deliveries.c.id))
        )
        return await self._database.read(lambda c: list(c.scalars(query)))


_POSTS = and_(DUE, deliveries.c.kind == DeliveryKind.LIVE.value, deliveries.c.story_id.is_not(None))
_DIGESTS = and_(DUE, deliveries.c.dedup_key.startswith(PREFIX, autoescape=True))


def _pile(c: Connection, chat_id: int) -> Pile:
    here = deliveries.c.chat_id == chat_id
    query = select(deliveries.c.id, deliveries.c.dedup_key, deliveries.c.story_id).where(
        here, _POSTS | _DIGESTS, ~outbox.begun()
    )
    rows = c.execute(query.order_by(deliveries.c.id)).all()
    keys = tuple(dict.fromkeys(row.dedup_key for row in rows))
    told_before = select(deliveries.c.story_id).where(
        deliveries.c.folded.in_([key for key in keys if key.startswith(PREFIX)])
    )
    earlier = c.scalars(told_before.order_by(deliveries.c.id)).all()
    stories = dict.fromkeys(i for i in (*earlier, *(row.story_id for row in rows)) if i is not None)
    return Pile(keys, tuple(stories), max((row.id for row in rows), default=0))


def _fold(c: Connection, pile: Pile, digest: NewDelivery, now: datetime) -> bool:
    queue.lock(c, [digest.chat_id])
    if _pile(c, digest.chat_id) != pile:
        return False
    told_before = update(deliveries).where(
        deliveries.c.folded.in_([key for key in pile.dedup_keys if key.startswith(PREFIX)])
    )
    c.execute(told_before.values(folded=digest.dedup_key))
    dropped = update(deliveries).where(deliveries.c.dedup_key.in_(pile.dedup_keys), DUE)
    c.execute(dropped.values(state=DeliveryState.DROPPED.value, due_at=None, folded=digest.dedup_key))
    outbox.put(c, [digest], now)
    return True
