"""What leaves: written before it is sent, sent once, in order.

Each part of a message is a row. Per chat one row is in flight at most, in order of (priority, id)
among due rows; a part that must wait holds the later parts of its message back. Knows no
platform's limits, only pauses. The hard thing is finding the next row of each chat without
looking at all rows: chats carry when and how urgently they are next due (`queue.py`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, func, insert, or_, select, update

from bot.errors import LeaseLost, NotFound
from bot.storage import edits, former, queue, told
from bot.storage.codec import buttons_from_json, buttons_to_json
from bot.storage.columns import AnyRow, batched
from bot.storage.database import Database
from bot.storage.rows import UNLEASED, change
from bot.storage.tables import DUE, chats, deliveries, inbox, platform_pauses
from bot.types import (
    PRIORITY,
    Address,
    Claim,
    Delivery,
    DeliveryKind,
    DeliveryState,
    NewDelivery,
    Part,
    Receipt,
)


class Post(NamedTuple):
    """A message in a chat that tells a story, at the newest revision that it was sent or edited to."""

    chat_id: int
    message_id: str
    story_revision: int
    edited: datetime | None
    """When it was edited last."""


class Sending(NamedTuple):
    """How far a story's post to a chat is."""

    state: DeliveryState
    due: datetime | None
    """Where it waits: when it may go, after the pauses of its chat."""
    error: str
    elsewhere: bool
    """It went to the linked chat instead."""


class Outbox:
    """The deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, new: Sequence[NewDelivery], now: datetime) -> int:
        """Queue each delivery whose dedup key is new, all parts of it; how many deliveries that was.

        Raises NotFound for an unknown chat; then none is queued.
        """
        wanted: dict[str, NewDelivery] = {}
        for delivery in new:
            if delivery.parts:
                wanted.setdefault(delivery.dedup_key, delivery)
        batches = batched(list(wanted.values()))
        return await self._database.write(lambda c: sum(put(c, batch, now) for batch in batches))

    async def claim(
        self, *, now: datetime, lease: timedelta, limit: int = 1, platforms: Collection[str] | None = None
    ) -> list[tuple[Claim, Delivery]]:
        """Lease the next row of up to `limit` chats, the most urgent chats first.

        Chats that are inactive, paused or have a row in flight are passed over. `Delivery.attempts`
        counts this attempt; `Delivery.interrupted` says that an earlier one ended without an outcome.
        """
        return await self._database.write(lambda c: _claim(c, now, lease, limit, platforms))

    async def sent(self, claim: Claim, receipt: Receipt, now: datetime) -> None:
        """The platform acknowledged it. LeaseLost."""
        await self._end(claim, DeliveryState.SENT, message_id=receipt.message_id, sent=now)

    async def unknown(self, claim: Claim, error: str) -> None:
        """It may have been sent; it won't be sent again. LeaseLost."""
        await self._end(claim, DeliveryState.UNKNOWN, error=error)

    async def failed(self, claim: Claim, error: str) -> None:
        """The platform will never take it; later parts of the message go on. LeaseLost."""
        await self._end(claim, DeliveryState.FAILED, error=error)

    async def retry(self, claim: Claim, due_at: datetime, error: str, *, perhaps_sent: bool = False) -> None:
        """Try again; later parts of the same message wait for it. LeaseLost.

        `perhaps_sent`: the attempt had no outcome, as after a crash.
        """
        await self._database.write(lambda c: _retry(c, claim, due_at, error, perhaps_sent=perhaps_sent))

    async def pause_chat(self, chat_id: int, until: datetime) -> None:
        """No delivery to the chat (all its threads) before `until`; never shortens a pause."""
        of_chat = select(chats.c.platform, chats.c.chat).where(chats.c.id == chat_id)
        longer = or_(chats.c.paused_until.is_(None), chats.c.paused_until < until)

        def work(c: Connection) -> None:
            row = c.execute(of_chat).one_or_none()
            if row is None:
                raise NotFound(f"chat {chat_id}")
            threads = and_(chats.c.platform == row.platform, chats.c.chat == row.chat)
            c.execute(update(chats).where(threads, longer).values(paused_until=until))

        await self._database.write(work)

    async def pause_platform(self, platform: str, until: datetime) -> None:
        """No delivery on the platform before `until`; never shortens a pause."""
        pause = platform_pauses

        def work(c: Connection) -> None:
            before = c.scalar(select(pause.c.until).where(pause.c.platform == platform).with_for_update())
            if before is None:
                c.execute(insert(pause).values(platform=platform, until=until))
            elif before < until:
                c.execute(update(pause).where(pause.c.platform == platform).values(until=until))

        await self._database.write(work)

    async def drop(self, chat_id: int, *, kinds: Collection[DeliveryKind]) -> set[int]:
        """Drop what waits of these kinds, unless begun; the stories untold, which a digest may tell."""
        return await self._database.write(lambda c: drop(c, chat_id, kinds))

    async def posts(self, story_id: int) -> list[Post]:
        """Where the story was posted, the first part of each post."""
        message_id = case((deliveries.c.edits != "", deliveries.c.edits), else_=deliveries.c.message_id)
        revision = func.max(func.coalesce(deliveries.c.story_revision, 1))
        edited = func.max(case((deliveries.c.edits != "", deliveries.c.sent)))
        query = (
            select(deliveries.c.chat_id, message_id, revision, edited)
            .where(deliveries.c.story_id == story_id, deliveries.c.state == DeliveryState.SENT.value)
            .where(deliveries.c.part == 0, or_(deliveries.c.kind == "live", deliveries.c.edits != ""))
            .group_by(deliveries.c.chat_id, message_id)
            .order_by(func.min(deliveries.c.id))
        )
        return await self._database.read(lambda c: [Post(*row) for row in c.execute(query)])

    async def shown(self, story_id: int) -> dict[tuple[int, str], tuple[str, str]]:
        """HTML and plain of what each post of the story shows once all is sent, by chat and message."""
        message_id = case((deliveries.c.edits != "", deliveries.c.edits), else_=deliveries.c.message_id)
        alive = deliveries.c.state.in_([DeliveryState.SENT.value, DeliveryState.DUE.value])
        query = (
            select(deliveries.c.chat_id, message_id, deliveries.c.html, deliveries.c.plain)
            .where(deliveries.c.story_id == story_id, deliveries.c.part == 0, alive)
            .where(or_(deliveries.c.kind == "live", deliveries.c.edits != ""))
            .order_by(deliveries.c.id)
        )
        return await self._database.read(
            lambda c: {(chat, message): (html, plain) for chat, message, html, plain in c.execute(query)}
        )

    async def sending(self, chat_id: int, story_id: int) -> Sending | None:
        """How far the newest post of a story is that was meant for a chat; None where there is none."""
        d, pause = deliveries.c, chats.c.paused_until
        query = (
            select(d.state, d.due_at, d.last_error, d.home_id, pause)
            .join(chats, chats.c.id == d.chat_id)
            .where(d.story_id == story_id, d.kind == DeliveryKind.LIVE.value, d.part == 0)
            .where(or_(d.home_id == chat_id, and_(d.chat_id == chat_id, d.home_id.is_(None))))
            .order_by(d.id.desc())
            .limit(1)
        )
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            return None
        due = max((when for when in (row.due_at, row.paused_until) if when), default=None)
        return Sending(DeliveryState(row.state), due, row.last_error, row.home_id is not None)

    async def last_sent(self, chat_id: int) -> int:
        """The id of the chat's newest delivery that was acknowledged; 0 where there is none."""
        sent = and_(deliveries.c.chat_id == chat_id, deliveries.c.state == DeliveryState.SENT.value)
        query = select(func.coalesce(func.max(deliveries.c.id), 0)).where(sent)
        return await self._database.read(lambda c: c.scalar(query) or 0)

    async def told_in(self, chat_id: int, message_id: str) -> int | None:
        """The story that a message of the bot tells of: its post, or what changed in it."""
        query = select(deliveries.c.story_id).where(
            deliveries.c.chat_id == chat_id,
            deliveries.c.message_id == message_id,
            deliveries.c.story_id.is_not(None),
        )

        def work(c: Connection) -> int | None:
            found = c.scalar(query.limit(1))
            return None if found is None else former.present(c, [found])[found]

        return await self._database.read(work)

    async def counts(self) -> dict[DeliveryState, int]:
        """Rows by state."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        found = await self._database.read(lambda c: {DeliveryState(s): n for s, n in c.execute(query)})
        return {state: found.get(state, 0) for state in DeliveryState}

    async def _end(
        self,
        claim: Claim,
        state: DeliveryState,
        *,
        message_id: str = "",
        sent: datetime | None = None,
        error: str = "",
    ) -> None:
        values = {
            "claim_id": claim.id,
            "claim_token": claim.token,
            "state": state.value,
            "message_id": message_id,
            "sent": sent,
            "last_error": error,
        }
        await self._database.write(lambda c: _end(c, claim, values))


# Built once: it runs for every delivery, and building it costs more than running it.
_END = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("claim_id"), deliveries.c.lease_token == bindparam("claim_token"))
    .values(
        {name: bindparam(name) for name in ("state", "message_id", "sent", "last_error")}
        | {**UNLEASED, "due_at": None}
    )
)


def _end(c: Connection, claim: Claim, values: dict[str, Any]) -> None:
    with queue.changing(c, claim.id):
        if c.execute(_END, values).rowcount != 1:
            raise LeaseLost(f"deliveries {claim.id} is no longer ours")


def put(c: Connection, batch: Sequence[NewDelivery], now: datetime) -> int:
    """Queue those whose dedup key is new; how many. NotFound for an unknown chat."""
    chat_ids = {d.chat_id for d in batch}
    queue.lock(c, chat_ids)
    missing = chat_ids - set(c.scalars(select(chats.c.id).where(chats.c.id.in_(chat_ids))))
    if missing:
        raise NotFound(f"chat {min(missing)}")
    keys = [d.dedup_key for d in batch]
    known = set(c.scalars(select(deliveries.c.dedup_key).where(deliveries.c.dedup_key.in_(keys))))
    new = [d for d in batch if d.dedup_key not in known]
    if not new:
        return 0
    c.execute(insert(deliveries), [row for d in new for row in _rows(d, now)])
    edits.overtake(c, [d for d in new if d.edits])
    telling = [(d.chat_id, d.story_id, d.story_revision or 1, 0) for d in new if d.story_id is not None]
    told.remember(c, telling, now)
    queue.refresh(c, {d.chat_id for d in new})
    return len(new)


def _rows(d: NewDelivery, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "key": secrets.token_urlsafe(16),
            "dedup_key": d.dedup_key,
            "part": number,
            "chat_id": d.chat_id,
            "kind": d.kind.value,
            "priority": PRIORITY[d.kind],
            "state": DeliveryState.DUE.value,
            "html": part.html,
            "plain": part.plain,
            "buttons": buttons_to_json(part.buttons),
            "preview": part.preview,
            "reply_to": d.reply_to,
            "edits": d.edits if number == 0 else "",
            "silent": d.silent,
            "story_id": d.story_id,
            "story_revision": d.story_revision,
            "created": now,
            "due_at": d.not_before or now,
        }
        for number, part in enumerate(d.parts)
    ]


_HEADS = deliveries.c.id.in_(bindparam("heads", expanding=True))
_TAKE = (
    update(deliveries)
    .where(_HEADS, DUE)
    .values(
        lease_token=bindparam("token"),
        leased_until=bindparam("until"),
        attempts=deliveries.c.attempts + 1,
        interrupted=or_(deliveries.c.interrupted, deliveries.c.lease_token.is_not(None)),
    )
)
_ANSWERED = and_(
    inbox.c.platform == chats.c.platform,
    inbox.c.chat == chats.c.chat,
    inbox.c.message_id == deliveries.c.reply_to,
)
# What was said in a thread is answered there, also where the thread is no chat of its own (`chat.places`).
_THREAD = case((chats.c.thread != "", chats.c.thread), else_=func.coalesce(inbox.c.thread, ""))
_TAKEN = (
    select(deliveries, chats.c.platform, chats.c.chat, _THREAD.label("thread"))
    .join(chats, chats.c.id == deliveries.c.chat_id)
    .outerjoin(inbox, _ANSWERED)
    .where(_HEADS, deliveries.c.lease_token == bindparam("token"))
)


def _claim(
    c: Connection, now: datetime, lease: timedelta, limit: int, platforms: Collection[str] | None
) -> list[tuple[Claim, Delivery]]:
    chat_ids = queue.ready(c, now, limit, platforms)
    if not chat_ids:
        return []
    heads = queue.heads(c, chat_ids, now)
    token = secrets.token_hex(8)
    c.execute(_TAKE, {"heads": heads, "token": token, "until": now + lease})
    queue.refresh(c, chat_ids)
    found = {r.id: r for r in c.execute(_TAKEN, {"heads": heads, "token": token})}
    ordered = (found[i] for i in heads if i in found)
    return [(Claim("deliveries", r.id, token, r.attempts), _delivery(r)) for r in ordered]


def _retry(c: Connection, claim: Claim, due_at: datetime, error: str, *, perhaps_sent: bool) -> None:
    this = c.execute(
        select(deliveries.c.dedup_key, deliveries.c.part, deliveries.c.chat_id).where(
            deliveries.c.id == claim.id
        )
    ).one_or_none()
    if this is not None:
        queue.lock(c, [this.chat_id])
        later = and_(deliveries.c.dedup_key == this.dedup_key, deliveries.c.part > this.part, DUE)
        c.execute(update(deliveries).where(later, deliveries.c.due_at < due_at).values(due_at=due_at))
    more: dict[str, Any] = {"interrupted": True} if perhaps_sent else {}
    change(c, claim, due_at=due_at, last_error=error, **more, **UNLEASED)


def begun() -> Any:
    """Whether a part of the delivery's message was sent, is being sent or may have been sent."""
    other = deliveries.alias()
    ended = or_(other.c.state != DeliveryState.DUE.value, other.c.lease_token.is_not(None))
    same = other.c.dedup_key == deliveries.c.dedup_key
    return select(other.c.id).where(same, or_(ended, other.c.interrupted)).correlate(deliveries).exists()


def drop(c: Connection, chat_id: int, kinds: Collection[DeliveryKind]) -> set[int]:
    """Drop what waits for a chat, unless its message is begun; the stories it won't hear of."""
    queue.lock(c, [chat_id])
    waiting = and_(deliveries.c.chat_id == chat_id, DUE, deliveries.c.kind.in_([k.value for k in kinds]))
    ids = list(c.scalars(select(deliveries.c.id).where(waiting, ~begun())))
    dropped = update(deliveries).where(deliveries.c.id.in_(ids)).returning(deliveries.c.story_id)
    stories = {i for i in c.scalars(dropped.values(state=DeliveryState.DROPPED.value, due_at=None)) if i}
    queue.refresh(c, [chat_id])
    return told.forget(c, chat_id, stories)


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        chat_id=row.chat_id,
        address=Address(row.platform, row.chat, row.thread),
        kind=DeliveryKind(row.kind),
        part=Part(
            html=row.html, plain=row.plain, buttons=buttons_from_json(row.buttons), preview=row.preview
        ),
        reply_to=row.reply_to,
        edits=row.edits,
        silent=row.silent,
        attempts=row.attempts,
        interrupted=row.interrupted,
        story_id=row.story_id,
        story_revision=row.story_revision,
        personal=row.home_id is not None,
    )
