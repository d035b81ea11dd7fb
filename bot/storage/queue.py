"""When a chat's next delivery may go, kept on the chat's own row.

`chats.outbox_at` is when to look at the chat: the earliest due time of its deliveries, or the end
of the lease of the one in flight; `chats.outbox_priority` is the most urgent of them. So the next
deliveries are found without looking at all that wait. Whatever changes a delivery's state, due
time or lease calls `refresh` in the same transaction. On PostgreSQL the chat's row is locked
first, in a statement of its own, so that `refresh` sees what others have committed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from bot.storage.columns import Moment
from bot.storage.tables import DUE, chats, deliveries, platform_pauses

IN_FLIGHT = deliveries.c.lease_token.is_not(None)


_OF_CHAT = deliveries.c.chat_id == chats.c.id
_LAPSE = select(func.max(deliveries.c.leased_until)).where(_OF_CHAT, IN_FLIGHT).scalar_subquery()
_NEXT_DUE = select(func.min(deliveries.c.due_at)).where(_OF_CHAT, DUE).scalar_subquery()
_PRIORITY = select(func.min(deliveries.c.priority)).where(_OF_CHAT, DUE).scalar_subquery()
_REFRESH = update(chats).values(outbox_at=func.coalesce(_LAPSE, _NEXT_DUE), outbox_priority=_PRIORITY)

# Not the bare column: the index on it would lead to sorting all that waits for a flooded chat.
_DUE_AT = type_coerce(deliveries.c.due_at.op("+")(literal_column("0")), Moment)

# Built once: these run for every delivery, and building them costs more than running them.
_CHATS = chats.c.id.in_(bindparam("chat_ids", expanding=True))
_LOCK = select(chats.c.id).where(_CHATS).order_by(chats.c.id).with_for_update()
_REFRESH_CHATS = _REFRESH.where(_CHATS)
_CHAT_OF = select(deliveries.c.chat_id).where(deliveries.c.id == bindparam("delivery_id"))
_LOCK_CHAT_OF = select(chats.c.id).where(chats.c.id == _CHAT_OF.scalar_subquery()).with_for_update()
_REFRESH_CHAT_OF = _REFRESH.where(chats.c.id == _CHAT_OF.scalar_subquery())


def lock(connection: Connection, chat_ids: Collection[int]) -> None:
    """Hold these chats' queues until the transaction ends (PostgreSQL; SQLite has one writer)."""
    if connection.dialect.name == "postgresql" and chat_ids:
        # In order of id, so that two who need the same chats don't wait for each other in a ring.
        connection.execute(_LOCK, {"chat_ids": list(chat_ids)}).all()


def refresh(connection: Connection, chat_ids: Collection[int]) -> None:
    """Recompute when these chats are next due; call `lock` before the changes."""
    if chat_ids:
        connection.execute(_REFRESH_CHATS, {"chat_ids": list(chat_ids)})


@contextmanager
def changing(connection: Connection, delivery_id: int) -> Iterator[None]:
    """Around a change of one delivery: its chat locked before, refreshed after."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_CHAT_OF, {"delivery_id": delivery_id}).all()
    yield
    connection.execute(_REFRESH_CHAT_OF, {"delivery_id": delivery_id})


def next_due(connection: Connection) -> datetime | None:
    """When the next chat may be looked at, after the pauses."""
    pause = platform_pauses.c.until
    after_chat = case(
        (chats.c.paused_until > chats.c.outbox_at, chats.c.paused_until), else_=chats.c.outbox_at
    )
    after_both = case((pause > after_chat, pause), else_=after_chat)
    joined = chats.outerjoin(platform_pauses, platform_pauses.c.platform == chats.c.platform)
    return connection.scalar(  # type: ignore[no-any-return]
        select(func.min(after_both)).select_from(joined).where(chats.c.active, chats.c.outbox_at.is_not(None))
    )


def ready(connection: Connection, now: datetime, limit: int, platforms: Collection[str] | None) -> list[int]:
    """Chats that may be sent to, the most urgent first, held until the transaction ends."""
    values: dict[str, object] = {"now": now, "limit": limit}
    if platforms is None:
        return list(connection.scalars(_READY, values))
    return list(connection.scalars(_READY_ON, {**values, "platforms": list(platforms)}))


def heads(connection: Connection, chat_ids: Sequence[int], now: datetime) -> list[int]:
    """The next delivery of each of these chats, in their order; a chat may have none."""
    # Whether one is in flight is asked again: another session may have claimed before the lock.
    rows = connection.execute(_HEADS, {"chat_ids": list(chat_ids), "now": now})
    found = {chat: head for chat, head in rows if head is not None}
    return [found[chat] for chat in chat_ids if chat in found]


_NOW = bindparam("now", type_=Moment)
_PAUSED = (
    select(platform_pauses.c.platform)
    .where(platform_pauses.c.platform == chats.c.platform, platform_pauses.c.until > _NOW)
    .exists()
)
_FLYING = select(deliveries.c.id).where(_OF_CHAT, IN_FLIGHT, deliveries.c.leased_until > _NOW).exists()
_READY = (
    select(chats.c.id)
    .where(chats.c.outbox_at <= _NOW, chats.c.active, ~_PAUSED, ~_FLYING)
    .where(or_(chats.c.paused_until.is_(None), chats.c.paused_until <= _NOW))
    .order_by(chats.c.outbox_priority, chats.c.outbox_at, chats.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_READY_ON = _READY.where(chats.c.platform.in_(bindparam("platforms", expanding=True)))
_FIRST = (
    select(deliveries.c.id)
    .where(_OF_CHAT, DUE, _DUE_AT <= _NOW)
    .order_by(deliveries.c.priority, deliveries.c.id)
    .limit(1)
    .scalar_subquery()
)
_HEADS = select(chats.c.id, _FIRST).where(_CHATS, ~_FLYING)
