"""Taking away what nobody needs any more.

What prevents a second sending stays: a delivery of a story keeps its row (dedup key, message id)
and loses its text. Answers and notices go whole, together with the messages they answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, text, update

from bot.storage import queue
from bot.storage.tables import DUE, chat_stories, chats, deliveries, inbox, verdicts
from bot.types import DeliveryKind

STORY_MEMORY = timedelta(days=30)
"""Digests look a week back; this is safely more."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken away."""

    inbox: int
    deliveries: int
    """Rows that went or lost their text."""


def prune(c: Connection, now: datetime, keep: timedelta) -> Pruned:
    """Take away what is older than `keep`."""
    before = now - keep
    handled = and_(inbox.c.due_at.is_(None), inbox.c.lease_token.is_(None), inbox.c.received < before)
    ended = and_(~DUE, deliveries.c.created < before)
    passing = deliveries.c.kind.in_([DeliveryKind.ANSWER.value, DeliveryKind.NOTICE.value])
    wordy = or_(deliveries.c.html != "", deliveries.c.plain != "")
    blank: dict[str, Any] = {"html": "", "plain": "", "buttons": [], "home_parts": None}
    messages = c.execute(delete(inbox).where(handled)).rowcount
    gone = c.execute(delete(deliveries).where(ended, passing)).rowcount
    blanked = c.execute(update(deliveries).where(ended, wordy).values(blank)).rowcount
    long_ago = now - max(keep, STORY_MEMORY)
    c.execute(delete(chat_stories).where(chat_stories.c.told < long_ago))
    c.execute(delete(verdicts).where(verdicts.c.at < long_ago))
    _shorten_log(c)
    _recount(c)
    return Pruned(inbox=messages, deliveries=gone + blanked)


def _shorten_log(c: Connection) -> None:
    """Keep the newest removals: a process that is behind by more reads its vectors anew."""
    if c.dialect.name == "sqlite":
        c.execute(
            text("DELETE FROM passage_removals WHERE seq < (SELECT max(seq) FROM passage_removals) - 100000")
        )


def _recount(c: Connection) -> None:
    """No delivery may be forgotten because its chat's queue is wrong, whatever the reason."""
    due = select(deliveries.c.id).where(deliveries.c.chat_id == chats.c.id, DUE)
    wrong = select(chats.c.id).where(chats.c.outbox_at.is_(None), due.exists())
    queue.refresh(c, list(c.scalars(wrong)))
