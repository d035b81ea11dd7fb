"""A bad wire between the outbox and Telegram: nothing is lost, and what is repeated is counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botapi import BotApi, Chat, Fault, answers, floods, is_cut, times_out
from prometheus_client import REGISTRY

from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.storage.store import Store
from bot.types import Address, DeliveryKind, DeliveryState, NewDelivery, Part
from bot.workers.deliver import Deliver
from bot.workers.loop import Bells, Loop, Stage


@dataclass
class Clock:
    """Stands still until there is nothing to do."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api
        assert not api.violations


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    yield store
    await store.close()


async def no_pause(seconds: float) -> None:
    """The clock of this test does not go by itself."""


@asynccontextmanager
async def delivering(
    api: BotApi, store: Store, clock: Callable[[], datetime], *, policy: str = "resend"
) -> AsyncIterator[Loop]:
    """The deliver stage, one row at a time."""
    settings = TelegramSettings(token=api.token, base_url=api.url, timeout=0.3)
    platform = TelegramPlatform(settings, pause=no_pause)
    work = Deliver(store=store, platform=platform, clock=clock, resend=policy == "resend")
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
    yield Loop(stage, store.rows, clock=clock, bells=Bells())
    await platform.close()


async def deliver_all(api: BotApi, store: Store, *, policy: str, clock: Clock) -> dict[DeliveryState, int]:
    """Deliver until nothing is due, with an hour between the rounds; the states that there are."""
    async with delivering(api, store, clock, policy=policy) as loop:
        while (counts := await store.outbox.counts()).get(DeliveryState.DUE):
            if not await loop.once():
                clock.now += timedelta(hours=1)
    return {state: count for state, count in counts.items() if count}


async def write_outbox(store: Store, places: list[Chat], stories: int, clock: Clock) -> set[str]:
    texts = set()
    for place in places:
        chat = await store.chats.ensure(Address("telegram", str(place.id)), title=place.title, private=True)
        for n in range(stories):
            text = f"story {n} for {place.id}"
            texts.add(text)
            part = Part(html=f"<b>{text}</b>", plain=text)
            new = NewDelivery(dedup_key=text, chat_id=chat.id, kind=DeliveryKind.LIVE, parts=(part,))
            await store.outbox.put([new], clock())
    return texts


def bad_day(choose: random.Random, chats: list[Chat]) -> list[Fault]:
    """Faults of every kind, at chance chats, in a chance order."""
    faults = [
        make(chat=choose.choice(chats).id)
        for make in (
            lambda chat: times_out(sent=True, chat=chat),
            lambda chat: times_out(sent=False, chat=chat),
            lambda chat: is_cut(sent=True, chat=chat),
            lambda chat: is_cut(sent=False, chat=chat),
            lambda chat: answers(502, "Bad Gateway", carried_out=True, chat=chat),
            lambda chat: answers(502, "Bad Gateway", chat=chat),
            lambda chat: answers(500, "Internal Server Error: restart", chat=chat),
            lambda chat: answers(503, "Service Unavailable", chat=chat),
            lambda chat: floods(43837, chat=chat),
        )
        for _ in range(2)
    ]
    choose.shuffle(faults)
    return faults


def is_ambiguous(fault: Fault) -> bool:
    return not fault.status or fault.status == 502


def counted(outcome: str) -> float:
    """What the metrics say."""
    labels = {"platform": "telegram", "outcome": outcome}
    return REGISTRY.get_sample_value("newsbot_deliveries_total", labels) or 0


async def test_bad_wire_loses_nothing_and_repeats_only_what_had_arrived(api: BotApi, store: Store) -> None:
    clock, chats = Clock(), [api.person().chat for _ in range(4)]
    wanted = await write_outbox(store, chats, 6, clock)
    api.faults = faults = bad_day(random.Random(7), chats)
    before = counted("ambiguous")
    counts = await deliver_all(api, store, policy="resend", clock=clock)
    arrived = Counter(text for chat in chats for text in chat.texts)
    assert all(f.hits for f in faults)
    assert set(arrived) == wanted
    assert arrived.total() - len(wanted) == sum(f.carried_out for f in faults)
    assert counts == {DeliveryState.SENT: len(wanted)}
    assert counted("ambiguous") - before == sum(map(is_ambiguous, faults))


async def test_bad_wire_with_drop_repeats_nothing_and_counts_what_is_unknown(
    api: BotApi, store: Store
) -> None:
    clock, chats = Clock(), [api.person().chat for _ in range(4)]
    wanted = await write_outbox(store, chats, 6, clock)
    api.faults = faults = bad_day(random.Random(7), chats)
    counts = await deliver_all(api, store, policy="drop", clock=clock)
    arrived = Counter(text for chat in chats for text in chat.texts)
    ambiguous = [f for f in faults if f.hits and is_ambiguous(f)]
    lost = len(wanted) - len(arrived)
    assert max(arrived.values()) == 1
    assert counts[DeliveryState.UNKNOWN] == len(ambiguous)
    assert lost == sum(not f.carried_out for f in ambiguous)


async def test_flood_of_half_a_day_in_one_chat_leaves_the_others_alone(api: BotApi, store: Store) -> None:
    clock, (ann, bob) = Clock(), [api.person(name).chat for name in ("Ann", "Bob")]
    await write_outbox(store, [ann, bob], 3, clock)
    api.faults = [floods(43837, chat=ann.id)]
    async with delivering(api, store, clock) as loop:
        for _ in range(12 * 4):
            if not await loop.once():
                clock.now += timedelta(minutes=15)
        assert (len(ann.said), len(bob.said)) == (0, 3)
        clock.now += timedelta(seconds=43837)
        while await loop.once():
            clock.now += timedelta(seconds=3)
    assert ann.texts == [f"story {n} for {ann.id}" for n in range(3)]


async def test_block_stops_one_chat_and_move_takes_another_along(api: BotApi, store: Store) -> None:
    clock, ann = Clock(), api.person("Ann")
    group = api.group(kind="group")
    await write_outbox(store, [ann.chat, group], 3, clock)
    ann.blocks()
    moved = group.migrates(api.group())
    async with delivering(api, store, clock) as loop:
        for _ in range(20):
            await loop.once()
            clock.now += timedelta(minutes=1)
    blocked = await store.chats.find(Address("telegram", str(ann.id)))
    assert blocked
    assert not blocked.active
    assert api.count("sendMessage") == 1 + 1 + 3
    assert moved.texts == [f"story {n} for {group.id}" for n in range(3)]
