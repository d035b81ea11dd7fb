"""Threads on Matrix that were chats of their own become part of their room, as `chat.places` has it.

What was subscribed to in one could no longer be ended from chat. The room's settings hold.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ONE_EACH = {"chat_stories": ["story_id"], "verdicts": ["story_id"], "votes": ["story_id", '"user"']}
"""Tables where a chat has one row for each of these; the room's own stays."""


def upgrade() -> None:
    """Thread by thread: it becomes the room where that was no chat yet, else it joins it."""
    rooms = "SELECT id FROM chats WHERE platform = 'matrix' AND thread = '' AND chat = :chat"
    for thread in _do(
        "SELECT id, chat FROM chats WHERE platform = 'matrix' AND thread <> '' ORDER BY id"
    ).all():
        room = _do(rooms, chat=thread.chat).scalar()
        if room is None:
            _do("UPDATE chats SET thread = '' WHERE id = :thread", thread=thread.id)
        else:
            _join(thread.id, room)


def _do(statement: str, **values: Any) -> sa.CursorResult[Any]:
    return op.get_bind().execute(sa.text(statement), values)


def _join(thread: int, room: int) -> None:
    both = {"thread": thread, "room": room}
    _join_subscriptions(both)
    for table, key in ONE_EACH.items():
        same = " AND ".join(f"own.{name} = {table}.{name}" for name in key)
        known = f"SELECT 1 FROM {table} own WHERE own.chat_id = :room AND {same}"
        _do(f"DELETE FROM {table} WHERE chat_id = :thread AND EXISTS ({known})", **both)
        _do(f"UPDATE {table} SET chat_id = :room WHERE chat_id = :thread", **both)
    own = "SELECT 1 FROM deliveries own WHERE own.chat_id = :room AND own.story_id = deliveries.story_id"
    _do(
        "DELETE FROM deliveries WHERE chat_id = :thread AND kind = 'live' AND state = 'due' AND attempts = 0 "
        f"AND NOT interrupted AND EXISTS ({own} AND own.kind = 'live' AND own.state <> 'dropped')",
        **both,
    )
    for table, column in (("deliveries", "chat_id"), ("deliveries", "home_id"), ("turns", "chat_id")):
        _do(f"UPDATE {table} SET {column} = :room WHERE {column} = :thread", **both)
    if _do("SELECT 1 FROM links WHERE chat_id = :room", room=room).scalar() is None:
        for column in ("chat_id", "other_id"):
            _do(f"UPDATE links SET {column} = :room WHERE {column} = :thread", **both)
    private = "SELECT private FROM chats WHERE id = :thread"
    _do(f"UPDATE chats SET private = private AND ({private}) WHERE id = :room", **both)
    _do("DELETE FROM chats WHERE id = :thread", thread=thread)
    waiting = "FROM deliveries WHERE chat_id = :room AND state = 'due'"
    _do(
        f"UPDATE chats SET outbox_at = (SELECT MIN(due_at) {waiting}), "
        f"outbox_priority = (SELECT MIN(priority) {waiting}) WHERE id = :room",
        room=room,
    )


def _join_subscriptions(both: dict[str, int]) -> None:
    """Where the room has an equal one, that tells what the thread's had put off to a digest."""
    doubled = _do(
        "SELECT s.id, s.due_at, own.id AS twin FROM subscriptions s JOIN subscriptions own "
        "ON own.kind = s.kind AND own.value = s.value AND own.cadence = s.cadence "
        "WHERE s.chat_id = :thread AND own.chat_id = :room",
        **both,
    )
    for one in doubled.all():
        _do(
            "UPDATE verdicts SET subscription_id = :twin WHERE subscription_id = :id",
            twin=one.twin,
            id=one.id,
        )
        if one.due_at is not None:
            later = "due_at IS NULL OR due_at > :due_at"
            _do(f"UPDATE subscriptions SET due_at = :due_at WHERE id = :twin AND ({later})", **one._mapping)
        _do("DELETE FROM subscriptions WHERE id = :id", id=one.id)
    _do("UPDATE subscriptions SET chat_id = :room WHERE chat_id = :thread", **both)
