"""The outbox against a plain model of what it promises, over any course of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from storage_samples import MINUTE, NOW, delivery

from bot.storage import Store
from bot.types import PRIORITY, Address, Claim, DeliveryKind, Receipt

CHATS = 3
LEASE = 5 * MINUTE


@dataclass
class Row:
    chat: int
    key: str
    part: int
    number: int
    priority: int
    due: datetime
    open: bool = True
    claim: Claim | None = None
    until: datetime | None = None
    interrupted: bool = False


@dataclass
class Model:
    rows: list[Row] = field(default_factory=list)
    paused: dict[int, datetime] = field(default_factory=dict)

    def put(self, chat: int, key: str, parts: int, kind: DeliveryKind, due: datetime) -> int:
        if any(r.key == key for r in self.rows):
            return 0
        for part in range(parts):
            self.rows.append(Row(chat, key, part, len(self.rows), PRIORITY[kind], due))
        return 1

    def next_of(self, chat: int, now: datetime) -> Row | None:
        mine = [r for r in self.rows if r.chat == chat and r.open]
        if self.paused.get(chat, now) > now or any(r.until and r.until > now for r in mine):
            return None
        ready = [
            r for r in mine if r.due <= now and not any(o.key == r.key and o.part < r.part for o in mine)
        ]
        return min(ready, key=lambda r: (r.priority, r.number), default=None)


KEYS = st.sampled_from([f"k{n}" for n in range(8)])
EVENTS = st.one_of(
    st.tuples(
        st.just("put"),
        st.integers(0, CHATS - 1),
        KEYS,
        st.integers(1, 3),
        st.sampled_from(DeliveryKind),
        st.integers(0, 3),
    ),
    st.tuples(st.just("claim"), st.integers(1, CHATS)),
    st.tuples(st.just("sent"), st.integers(0, 9)),
    st.tuples(st.just("failed"), st.integers(0, 9)),
    st.tuples(st.just("retry"), st.integers(0, 9), st.integers(0, 4)),
    st.tuples(st.just("pause"), st.integers(0, CHATS - 1), st.integers(1, 4)),
    st.tuples(st.just("wait"), st.integers(1, 6)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENTS, min_size=4, max_size=40))
async def test_any_course_of_events_follows_the_model(store: Store, events: list[tuple]) -> None:
    await store._database.write(lambda c: c.execute(text("DELETE FROM chats")).rowcount)
    chats = [(await store.chats.ensure(Address("telegram", str(n)))).id for n in range(CHATS)]
    model, now = Model(), NOW
    for name, *arguments in events:
        now = await STEPS[name](store, model, chats, now, *arguments)
        await _next_due_is_not_too_late(store, model, chats, now)
    await _everything_leaves_in_order(store, model, chats, now)


async def _put(store, model, chats, now, chat, key, parts, kind, delay):
    due = now + delay * MINUTE
    texts = [f"{key}/{part}" for part in range(parts)]
    new = delivery(chats[chat], key, *texts, kind=kind, not_before=due)
    assert await store.outbox.put([new], now) == model.put(chats[chat], key, parts, kind, due)
    return now


async def _claim(store, model, chats, now, limit=CHATS):
    expected = {c: r for c in chats if (r := model.next_of(c, now)) is not None}
    got = await store.outbox.claim(now=now, lease=LEASE, limit=limit)
    assert len(got) == min(limit, len(expected))
    for claim, what in got:
        row = expected[what.chat_id]
        assert what.part.plain == f"{row.key}/{row.part}"
        row.interrupted = row.interrupted or row.until is not None
        assert what.interrupted == row.interrupted
        row.claim, row.until = claim, now + LEASE
    return now


def _held(model: Model, now: datetime, pick: int) -> Row | None:
    held = [r for r in model.rows if r.open and r.claim is not None]
    return held[pick % len(held)] if held else None


async def _sent(store, model, chats, now, pick):
    row = _held(model, now, pick)
    if row is not None:
        await store.outbox.sent(row.claim, Receipt("m"), now)
        row.open = False
    return now


async def _failed(store, model, chats, now, pick):
    row = _held(model, now, pick)
    if row is not None:
        await store.outbox.failed(row.claim, "refused")
        row.open = False
    return now


async def _retry(store, model, chats, now, pick, delay):
    row = _held(model, now, pick)
    if row is not None:
        await store.outbox.retry(row.claim, now + delay * MINUTE, "unreachable")
        row.due, row.claim, row.until = now + delay * MINUTE, None, None
    return now


async def _pause(store, model, chats, now, chat, minutes):
    until = now + minutes * MINUTE
    await store.outbox.pause_chat(chats[chat], until)
    model.paused[chats[chat]] = max(until, model.paused.get(chats[chat], until))
    return now


async def _wait(store, model, chats, now, minutes):
    return now + timedelta(minutes=minutes)


STEPS = {
    "put": _put,
    "claim": _claim,
    "sent": _sent,
    "failed": _failed,
    "retry": _retry,
    "pause": _pause,
    "wait": _wait,
}


async def _next_due_is_not_too_late(store, model, chats, now) -> None:
    """A worker that sleeps until `next_due` never sleeps while something may go."""
    due = await store.rows.next_due("deliveries")
    if any(model.next_of(c, now) for c in chats):
        assert due is not None
        assert due <= now
    elif not any(r.open for r in model.rows):
        assert due is None
    else:
        assert due is not None
        assert due > now


async def _everything_leaves_in_order(store, model, chats, now) -> None:
    for _ in range(200):
        if not any(r.open for r in model.rows):
            break
        now += LEASE
        await _claim(store, model, chats, now)
        while _held(model, now, 0) is not None:
            await _sent(store, model, chats, now, 0)
    assert not any(r.open for r in model.rows)
