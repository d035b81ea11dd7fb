"""Platforms that take nothing, and what waits for them and may go to the linked chat.

A message moves whole or not at all: where a part of it was sent, is being sent or may have been
sent, it stays. The row moves, so its key and history stay and it can't be told twice. Only between two
private chats: what is meant for one person never comes where others read along. Knows no
schedule and no rendering: the parts for the other platform are given.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from bot.storage import queue, told
from bot.storage.codec import buttons_from_json, buttons_to_json, parts_from_json, parts_to_json
from bot.storage.columns import AnyRow, batched, insert_new
from bot.storage.database import Database
from bot.storage.links import unlink
from bot.storage.outbox import begun
from bot.storage.tables import DUE, chats, deliveries, links, outages
from bot.types import DeliveryKind, DeliveryState, Part

MOVABLE = (DeliveryKind.LIVE, DeliveryKind.UPDATE, DeliveryKind.DIGEST, DeliveryKind.NOTICE)
"""An answer belongs where it was asked for."""
FRESH = timedelta(minutes=5)
"""An outage that nobody met for so long may be over: the next delivery finds out."""


class Outage(NamedTuple):
    """A platform that took nothing since then; `last` is when that was last tried."""

    platform: str
    since: datetime
    last: datetime
    reason: str


class Stranded(NamedTuple):
    """A message whose platform fails, none of it begun, and the chats it waits in and may go to."""

    dedup_key: str
    parts: tuple[Part, ...]
    home_id: int
    other_id: int


class Moves:
    """What is known of outages, and moving past them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def failed(self, platform: str, reason: str, now: datetime) -> None:
        """The platform took nothing just now."""
        first = {"platform": platform, "since": now, "last": now, "reason": reason}

        def work(c: Connection) -> None:
            c.execute(insert_new(c, outages).values(first))
            again = update(outages).where(outages.c.platform == platform)
            c.execute(again.values(last=now, reason=reason))

        await self._database.write(work)

    async def reached(self, platform: str) -> None:
        """The platform answered: whatever it said, it is there."""
        here = outages.c.platform == platform
        if await self._database.read(lambda c: c.scalar(select(outages.c.platform).where(here))):
            await self._database.write(lambda c: c.execute(delete(outages).where(here)).rowcount)

    async def outages(self) -> list[Outage]:
        """The platforms that fail."""
        query = select(outages.c.platform, outages.c.since, outages.c.last, outages.c.reason)
        return await self._database.read(lambda c: [Outage(*row) for row in c.execute(query)])

    async def stranded(self, now: datetime, after: timedelta, *, limit: int = 500) -> list[Stranded]:
        """What is due, can't go out for `after` or longer, and may go to a chat that is linked elsewhere."""
        return await self._database.read(lambda c: _stranded(c, now, after, limit))

    async def move(
        self, stranded: Stranded, parts: Sequence[Part], *, due_at: datetime, now: datetime
    ) -> bool:
        """Send it to the other chat as `parts`; False when it is no longer as it was.

        Where the other chat has a post of the same story, it is dropped: the reader has it there.
        """
        return await self._database.write(lambda c: _move(c, stranded, parts, due_at, now))


def opened(c: Connection, chat_ids: list[int]) -> None:
    """Others may read along in these chats from now on: links end; what moved there goes home as it was."""
    moved = and_(DUE, deliveries.c.chat_id.in_(chat_ids), deliveries.c.home_id.is_not(None))
    held = {*chat_ids, *c.scalars(select(deliveries.c.home_id).where(moved))}
    queue.lock(c, held)
    c.execute(update(chats).where(chats.c.id.in_(chat_ids)).values(private=False))
    unlink(c, chat_ids)
    unread = select(deliveries.c.dedup_key).where(moved, deliveries.c.home_id.in_(held), ~begun()).distinct()
    for dedup_key in c.scalars(unread).all():
        rows = _rows(c, dedup_key)
        first = rows[0]
        before_0014 = [Part(html="", plain=row.plain) for row in rows]
        parts = before_0014 if first.home_parts is None else parts_from_json(first.home_parts)
        _fill(c, rows, parts, {"chat_id": first.home_id, "home_id": None, "home_parts": None})
        told.forget(c, first.chat_id, {first.story_id} - {None})
    queue.refresh(c, held)


def _stranded(c: Connection, now: datetime, after: timedelta, limit: int) -> list[Stranded]:
    others = _cut_off(c, now, after)
    query = (
        select(deliveries.c.dedup_key, deliveries.c.chat_id)
        .where(DUE, deliveries.c.kind.in_([kind.value for kind in MOVABLE]), deliveries.c.part == 0)
        .where(deliveries.c.edits == "", deliveries.c.home_id.is_(None), ~begun())
        .where(or_(deliveries.c.due_at <= now, deliveries.c.attempts > 0))
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [
        Stranded(row.dedup_key, tuple(map(_part, _rows(c, row.dedup_key))), row.chat_id, others[row.chat_id])
        for batch in batched(list(others))
        for row in c.execute(query.where(deliveries.c.chat_id.in_(batch))).all()
    ]


_OTHER = chats.alias("other")
_JOINED = links.join(chats, chats.c.id == links.c.chat_id).join(_OTHER, _OTHER.c.id == links.c.other_id)
_PAIRS = select(chats.c.id, _OTHER.c.id).select_from(_JOINED).where(chats.c.private, _OTHER.c.private)
"""Chats and those that stand in for them."""


def _cut_off(c: Connection, now: datetime, after: timedelta) -> dict[int, int]:
    """The chats that can't be reached for long and are linked with one that can, which they have as value."""
    known = c.execute(select(outages)).all()
    # Met after the whole time, not only before: a platform that came back meanwhile gets its own.
    fails = [o.platform for o in known if o.last >= max(o.since + after, now - FRESH)]
    query = (
        _PAIRS.where(chats.c.active, chats.c.outbox_at.is_not(None), _OTHER.c.active)
        .where(_OTHER.c.platform.not_in([o.platform for o in known]))
        .where(or_(_OTHER.c.paused_until.is_(None), _OTHER.c.paused_until <= now + after))
        .where(or_(chats.c.platform.in_(fails), chats.c.paused_until >= now + after))
    )
    return {row[0]: row[1] for row in c.execute(query)}


def _move(c: Connection, stranded: Stranded, parts: Sequence[Part], due_at: datetime, now: datetime) -> bool:
    queue.lock(c, [stranded.home_id, stranded.other_id])
    rows = _rows(c, stranded.dedup_key)
    if not _paired(c, stranded) or not rows or any(not _waits(row, stranded.home_id) for row in rows):
        return False
    story = rows[0].story_id
    has_it = rows[0].kind == DeliveryKind.LIVE.value and _has_post(c, stranded.other_id, story)
    if has_it:
        dropped = update(deliveries).where(deliveries.c.dedup_key == stranded.dedup_key)
        c.execute(dropped.values(state=DeliveryState.DROPPED.value, due_at=None))
    else:
        _fill(c, rows, parts, _moved(stranded, rows, due_at))
    if story is not None:
        told.remember(c, [(stranded.other_id, story, rows[0].story_revision or 1, 0)], now)
    queue.refresh(c, [stranded.home_id, stranded.other_id])
    return True


def _paired(c: Connection, stranded: Stranded) -> bool:
    """Still: since it was looked at, somebody may have come into one of the chats."""
    both = _PAIRS.where(chats.c.id == stranded.home_id, _OTHER.c.id == stranded.other_id)
    return c.execute(both).first() is not None


def _rows(c: Connection, dedup_key: str) -> Sequence[AnyRow]:
    query = select(deliveries).where(deliveries.c.dedup_key == dedup_key).order_by(deliveries.c.part)
    return c.execute(query).all()


def _waits(row: AnyRow, chat_id: int) -> bool:
    due = row.state == DeliveryState.DUE.value and row.lease_token is None and not row.interrupted
    return due and row.chat_id == chat_id


def _has_post(c: Connection, chat_id: int, story_id: int | None) -> bool:
    if story_id is None:
        return False
    gone = [DeliveryState.DROPPED.value, DeliveryState.FAILED.value]
    same = and_(deliveries.c.chat_id == chat_id, deliveries.c.story_id == story_id)
    posts = same & (deliveries.c.kind == DeliveryKind.LIVE.value) & deliveries.c.state.not_in(gone)
    return c.scalar(select(deliveries.c.id).where(posts).limit(1)) is not None


def _moved(stranded: Stranded, rows: Sequence[AnyRow], due_at: datetime) -> dict[str, Any]:
    home = {"home_id": stranded.home_id, "home_parts": parts_to_json(list(map(_part, rows)))}
    return {"chat_id": stranded.other_id, **home, "reply_to": "", "attempts": 0, "due_at": due_at}


def _fill(c: Connection, rows: Sequence[AnyRow], parts: Sequence[Part], values: dict[str, Any]) -> None:
    """The message of these rows becomes these parts; a platform may need more of them, or fewer."""
    for row, part in zip(rows, parts, strict=False):
        c.execute(update(deliveries).where(deliveries.c.id == row.id).values(values | _written(part)))
    for number, part in enumerate(parts[len(rows) :], start=len(rows)):
        c.execute(insert(deliveries).values(_further(rows[0], number) | values | _written(part)))
    c.execute(delete(deliveries).where(deliveries.c.id.in_([row.id for row in rows[len(parts) :]])))


def _written(part: Part) -> dict[str, Any]:
    return {
        "html": part.html,
        "plain": part.plain,
        "buttons": buttons_to_json(part.buttons),
        "preview": part.preview,
    }


def _further(first: AnyRow, number: int) -> dict[str, Any]:
    """A part that a platform needs besides, of the same message."""
    same = ("dedup_key", "kind", "priority", "state", "silent", "story_id", "story_revision")
    kept = {name: getattr(first, name) for name in (*same, "created", "due_at", "reply_to", "attempts")}
    return kept | {"key": secrets.token_urlsafe(16), "part": number, "edits": "", "interrupted": False}


def _part(row: AnyRow) -> Part:
    return Part(html=row.html, plain=row.plain, buttons=buttons_from_json(row.buttons), preview=row.preview)
