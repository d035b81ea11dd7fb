"""Subscriptions and what a chat was told already.

Knows no schedule: due times are given. The row is the digest's job (`Rows.claim("subscriptions")`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select, update

from bot.errors import Conflict, NotFound
from bot.storage import queue
from bot.storage.columns import AnyRow, batched, insert_new
from bot.storage.database import Database
from bot.storage.tables import AT_ONCE, chat_stories, chats, subscriptions
from bot.storage.told import remember
from bot.storage.unsubscribe import decide_again, end
from bot.types import NO_OPTIONS, Cadence, Length, Options, Subscription, SubscriptionKind


class Question(NamedTuple):
    """What a subscription asks of a story."""

    kind: SubscriptionKind
    value: str
    vector: bytes = b""


class Told(NamedTuple):
    """What a chat was told of a story last."""

    revision: int
    at: datetime


class Subscriptions:
    """The standing orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        chat_id: int,
        *,
        kind: SubscriptionKind,
        value: str = "",
        cadence: Cadence = Cadence.LIVE,
        at: str = "08:00",
        weekdays: Sequence[int] = (),
        options: Options = NO_OPTIONS,
        vector: bytes = b"",
        now: datetime,
        due_at: datetime | None = None,
    ) -> Subscription:
        """Raises Conflict when the chat has the same kind, value and cadence. NotFound."""
        values = {
            "chat_id": chat_id,
            "kind": kind.value,
            "value": value,
            "cadence": cadence.value,
            "at": at,
            "weekdays": list(weekdays),
            **_columns(options),
            "vector": vector or None,
            "created": now,
            "due_at": due_at,
        }

        def work(c: Connection) -> Subscription:
            if c.scalar(select(chats.c.id).where(chats.c.id == chat_id)) is None:
                raise NotFound(f"chat {chat_id}")
            row = c.execute(
                insert_new(c, subscriptions).values(values).returning(subscriptions)
            ).one_or_none()
            if row is None:
                raise Conflict(f"chat {chat_id} has this subscription")
            return _subscription(row)

        return await self._database.write(work)

    async def get(self, subscription_id: int) -> Subscription:
        """Raises NotFound."""
        return await self._database.read(lambda c: _get(c, subscription_id))

    async def questions(self) -> list[Question]:
        """What those ask that may post a story by itself: live, or urgent now and then; each once.

        A hundred thousand subscriptions ask far fewer questions; only of those that a story answers
        are the subscriptions read (`asking`).
        """
        return await self._database.read(_questions)

    async def due_questions(self, until: datetime) -> list[Question]:
        """What those ask whose digests are due until then; each once."""
        return await self._database.read(lambda c: _due_questions(c, until))

    async def asking(self, questions: Collection[Question]) -> list[Subscription]:
        """The active subscriptions of active chats with one of these questions, oldest first."""
        return await self._database.read(lambda c: _asking(c, questions))

    async def standing(self, subscription_ids: Collection[int]) -> set[int]:
        """Those of them that are there."""

        def work(c: Connection) -> set[int]:
            query = (
                select(subscriptions.c.id).where(subscriptions.c.id.in_(batch))
                for batch in batched(sorted(set(subscription_ids)))
            )
            return {found for one in query for found in c.scalars(one)}

        return await self._database.read(work)

    async def change(
        self,
        subscription_id: int,
        *,
        value: str | None = None,
        cadence: Cadence | None = None,
        at: str | None = None,
        weekdays: Sequence[int] | None = None,
        options: Options | None = None,
        active: bool | None = None,
        covered_until: datetime | None = None,
    ) -> Subscription:
        """Change what is given (None: leave). NotFound, Conflict.

        The due time is `Rows.finish` or `reschedule`.
        """
        values: dict[str, Any] = {
            "value": value,
            "cadence": None if cadence is None else cadence.value,
            "at": at,
            "weekdays": None if weekdays is None else list(weekdays),
            "active": active,
            "covered_until": covered_until,
            **({} if options is None else _columns(options)),
        }
        changed = {k: v for k, v in values.items() if v is not None or (k == "most" and options is not None)}
        return await self._database.write(lambda c: _change(c, subscription_id, changed))

    async def reschedule(self, subscription_id: int, due_at: datetime | None) -> None:
        """Set the next due time, earlier or later. NotFound."""
        await self._database.write(lambda c: _update(c, subscription_id, {"due_at": due_at}))

    async def remove(self, subscription_id: int) -> None:
        """End it, with what waits because of it and was not begun. NotFound."""

        def work(c: Connection) -> None:
            if end(c, [subscription_id]) != 1:
                raise NotFound(f"subscription {subscription_id}")

        await self._database.write(work)

    async def decide_again(self, subscription_ids: Collection[int], now: datetime) -> None:
        """Their quiet hours changed: posts that wait for the old end are decided anew, unless begun."""
        await self._database.write(lambda c: decide_again(c, subscription_ids, now))

    async def sent_stories(self, chat_id: int, since: datetime) -> set[int]:
        """Stories that the chat was told since then, by posts and by digests."""
        query = select(chat_stories.c.story_id).where(
            chat_stories.c.chat_id == chat_id, chat_stories.c.told >= since
        )
        return await self._database.read(lambda c: set(c.scalars(query)))

    async def told(self, chat_id: int, since: datetime) -> dict[int, Told]:
        """The same, by story: which revision, and when."""
        query = select(chat_stories).where(chat_stories.c.chat_id == chat_id, chat_stories.c.told >= since)
        return await self._database.read(
            lambda c: {r.story_id: Told(r.revision, r.told) for r in c.execute(query)}
        )

    async def told_of(self, story_id: int, chat_ids: Collection[int], since: datetime) -> dict[int, Told]:
        """What these chats were told of one story since then, by chat.

        Holds the chats until the transaction ends, so that what is decided by it stays true.
        """
        about = and_(chat_stories.c.story_id == story_id, chat_stories.c.told >= since)
        query = select(chat_stories).where(about)

        def work(c: Connection) -> dict[int, Told]:
            queue.lock(c, chat_ids)
            wanted = set(chat_ids)
            return {r.chat_id: Told(r.revision, r.told) for r in c.execute(query) if r.chat_id in wanted}

        return await self._database.write(work)

    async def told_at(self, chat_id: int, at: datetime) -> list[int]:
        """The stories of the digest that told as of this moment, in its order."""
        query = select(chat_stories.c.story_id).where(
            chat_stories.c.chat_id == chat_id, chat_stories.c.told == at
        )
        query = query.order_by(chat_stories.c.place)
        return await self._database.read(lambda c: list(c.scalars(query)))

    async def hold(self, *chat_ids: int) -> None:
        """Nobody else decides what these chats are told until the transaction ends."""
        await self._database.write(lambda c: queue.lock(c, chat_ids))

    async def remember_stories(self, chat_id: int, stories: Mapping[int, int], *, now: datetime) -> None:
        """A digest told these revisions by story, in this order, at `now`.

        Deliveries with a story are remembered by `Outbox.put` itself.
        """
        told = [(chat_id, story_id, revision, n) for n, (story_id, revision) in enumerate(stories.items())]
        await self._database.write(lambda c: remember(c, told, now))

    async def list(self, chat_id: int) -> list[Subscription]:
        """Of a chat, oldest first."""
        query = select(subscriptions).where(subscriptions.c.chat_id == chat_id).order_by(subscriptions.c.id)
        return await self._database.read(lambda c: [_subscription(r) for r in c.execute(query)])


def _questions(c: Connection) -> list[Question]:
    t, like = subscriptions, SubscriptionKind.LIKE.value
    plain = select(t.c.kind, t.c.value).where(AT_ONCE, t.c.kind != like).distinct()
    alike = select(t.c.kind, t.c.value, t.c.vector).where(AT_ONCE, t.c.kind == like)
    found = [Question(SubscriptionKind(r.kind), r.value) for r in c.execute(plain)]
    unlike = {Question(SubscriptionKind.LIKE, r.value, r.vector or b"") for r in c.execute(alike)}
    return [*found, *unlike]


def _due_questions(c: Connection, until: datetime) -> list[Question]:
    t = subscriptions
    query = select(t.c.kind, t.c.value, t.c.vector).join(chats, chats.c.id == t.c.chat_id)
    query = query.where(t.c.due_at <= until, t.c.cadence != Cadence.LIVE.value, t.c.active, chats.c.active)
    return list({Question(SubscriptionKind(r.kind), r.value, r.vector or b"") for r in c.execute(query)})


def _asking(c: Connection, questions: Collection[Question]) -> list[Subscription]:
    t, values = subscriptions, defaultdict[SubscriptionKind, list[str]](list)
    for question in set(questions):
        values[question.kind].append(question.value)
    query = select(t).join(chats, chats.c.id == t.c.chat_id).where(AT_ONCE, t.c.active, chats.c.active)
    found = [
        _subscription(row)
        for kind, wanted in values.items()
        for batch in batched(sorted(set(wanted)))
        for row in c.execute(query.where(t.c.kind == kind.value, t.c.value.in_(batch)))
    ]
    asked = {(q.kind, q.value, q.vector) for q in questions}
    return sorted((s for s in found if (s.kind, s.value, s.vector) in asked), key=lambda s: s.id)


def _get(c: Connection, subscription_id: int) -> Subscription:
    row = c.execute(select(subscriptions).where(subscriptions.c.id == subscription_id)).one_or_none()
    if row is None:
        raise NotFound(f"subscription {subscription_id}")
    return _subscription(row)


def _change(c: Connection, subscription_id: int, values: dict[str, Any]) -> Subscription:
    before = _get(c, subscription_id)
    same = select(subscriptions.c.id).where(
        subscriptions.c.id != subscription_id,
        subscriptions.c.chat_id == before.chat_id,
        subscriptions.c.kind == before.kind.value,
        subscriptions.c.value == values.get("value", before.value),
        subscriptions.c.cadence == values.get("cadence", before.cadence.value),
    )
    if c.execute(same).first() is not None:
        raise Conflict(f"chat {before.chat_id} has this subscription")
    if values:
        _update(c, subscription_id, values)
    return _get(c, subscription_id)


def _update(c: Connection, subscription_id: int, values: dict[str, Any]) -> None:
    statement = update(subscriptions).where(subscriptions.c.id == subscription_id).values(values)
    if c.execute(statement).rowcount != 1:
        raise NotFound(f"subscription {subscription_id}")


def _subscription(row: AnyRow) -> Subscription:
    return Subscription(
        id=row.id,
        chat_id=row.chat_id,
        kind=SubscriptionKind(row.kind),
        value=row.value,
        cadence=Cadence(row.cadence),
        at=row.at,
        weekdays=tuple(row.weekdays),
        options=_options(
            row.length, row.language, row.quiet_from, row.quiet_until, row.urgent, row.most, row.changes
        ),
        vector=row.vector or b"",
        created=row.created,
        active=row.active,
        due_at=row.due_at,
        covered_until=row.covered_until,
    )


def _columns(options: Options) -> dict[str, Any]:
    return {**asdict(options), "length": options.length.value if options.length else ""}


@lru_cache(maxsize=4096)
def _options(
    length: str,
    language: str,
    quiet_from: str,
    quiet_until: str,
    urgent: str,
    most: int | None,
    changes: bool,
) -> Options:
    """Equal options are one value: most subscriptions have none."""
    return Options(
        length=Length(length) if length else None,
        language=language,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        urgent=urgent,
        most=most,
        changes=changes,
    )
