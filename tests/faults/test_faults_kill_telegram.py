"""Kill the process again and again: nothing is lost, and every repeat is explained."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botapi import BotApi, Chat

from bot.storage.store import Store
from bot.types import Address, DeliveryKind, NewDelivery, Part

COURIER = Path(__file__).with_name("courier.py")
LEASE_SECONDS = 31
HARDLY = 0.01
"""Seconds: about as long as one delivery takes, so that a kill hits any part of it."""


@dataclass(frozen=True)
class Courier:
    """The process that works (see courier.py)."""

    process: asyncio.subprocess.Process

    async def goes(self, *, ahead: float) -> int:
        """Begin; the id of the process that works."""
        assert self.process.stdin
        self.process.stdin.write(f"{ahead}\n".encode())
        return int(await self.says())

    async def says(self) -> str:
        assert self.process.stdout
        async with asyncio.timeout(120):
            return (await self.process.stdout.readline()).decode().strip()


@asynccontextmanager
async def courier(*arguments: str) -> AsyncIterator[Courier]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(COURIER), *arguments, stdin=pipe, stdout=pipe, cwd=COURIER.parents[2]
    )
    one = Courier(process)
    assert await one.says() == "ready"
    try:
        yield one
    finally:
        process.kill()
        await process.wait()


async def write_outbox(url: str, chats: list[Chat], stories: int) -> None:
    now = datetime.now(UTC)
    store = await Store.open(url)
    for place in chats:
        chat = await store.chats.ensure(Address("telegram", str(place.id)), title=place.title, private=True)
        await store.outbox.put(
            [
                NewDelivery(
                    dedup_key=f"{chat.id}:{n}",
                    chat_id=chat.id,
                    kind=DeliveryKind.LIVE,
                    parts=(Part(html=f"<b>story {n}</b> for {place.id}", plain=f"story {n} for {place.id}"),),
                )
                for n in range(stories)
            ],
            now,
        )
    await store.close()


def column(file: Path, query: str) -> list[str]:
    with sqlite3.connect(file) as connection:
        return [value for (value,) in connection.execute(query)]


def rows(file: Path, where: str) -> set[str]:
    """The texts of the deliveries of which this is true."""
    return set(column(file, f"SELECT plain FROM deliveries WHERE {where}"))


async def killed_often(
    api: BotApi, file: Path, *, policy: str, chats: int, stories: int, kills: int
) -> tuple[list[Chat], set[str]]:
    """Deliver with so many kills; the chats, and what was in flight when one came."""
    url = f"sqlite:///{file}"
    people = [api.person().chat for _ in range(chats)]
    await write_outbox(url, people, stories)
    in_flight: set[str] = set()
    choose = random.Random(20260301)
    step = chats * stories // (kills + 1)
    async with courier(url, api.url, api.token, policy) as one:
        for n in range(kills):
            goal = api.count("sendMessage") + choose.randint(1, step)
            victim = await one.goes(ahead=n * LEASE_SECONDS)
            await api.until(lambda: api.count("sendMessage") >= goal)  # noqa: B023 - awaited in the loop
            await asyncio.sleep(choose.random() * HARDLY)
            os.kill(victim, signal.SIGKILL)
            assert await one.says() == str(-signal.SIGKILL)
            in_flight |= rows(file, "state = 'due' AND lease_token IS NOT NULL")
        await one.goes(ahead=kills * LEASE_SECONDS)
        assert await one.says() == "0"
    return people, in_flight


def sizes(few: int) -> pytest.MarkDecorator:
    """Chats, stories and kills: few every day, 200 where there is time."""
    short = pytest.param(8, 2 * few, few, id=f"{few} kills")
    long = pytest.param(50, 40, 200, id="200 kills", marks=pytest.mark.long)
    return pytest.mark.parametrize(("chats", "stories", "kills"), [short, long])


@sizes(10)
async def test_kills_lose_nothing_and_repeat_only_what_was_in_flight(
    tmp_path: Path, chats: int, stories: int, kills: int
) -> None:
    file = tmp_path / "newsbot.db"
    async with BotApi() as api:
        people, in_flight = await killed_often(
            api, file, policy="resend", chats=chats, stories=stories, kills=kills
        )
    for chat in people:
        assert list(dict.fromkeys(chat.texts)) == [f"story {n} for {chat.id}" for n in range(stories)]
    repeated = {text for chat in people for text, times in Counter(chat.texts).items() if times > 1}
    print(f"{kills} kills: {len(in_flight)} in flight, {len(repeated)} repeated")
    assert repeated <= in_flight
    assert not api.violations


@sizes(5)
async def test_with_drop_kills_repeat_nothing_and_what_may_be_lost_is_recorded(
    tmp_path: Path, chats: int, stories: int, kills: int
) -> None:
    file = tmp_path / "newsbot.db"
    async with BotApi() as api:
        people, in_flight = await killed_often(
            api, file, policy="drop", chats=chats, stories=stories, kills=kills
        )
    arrived = Counter(text for chat in people for text in chat.texts)
    unknown = rows(file, "state = 'unknown'")
    every = {f"story {n} for {chat.id}" for chat in people for n in range(stories)}
    print(f"{kills} kills: {len(unknown)} unknown, {len(every - set(arrived))} of them not arrived")
    assert max(arrived.values()) == 1
    assert every - set(arrived) <= unknown <= in_flight
    assert not api.violations


@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.long)])
async def test_kills_lose_no_question_and_keep_each_once(tmp_path: Path, kills: int) -> None:
    file = tmp_path / "newsbot.db"
    url = f"sqlite:///{file}"
    await (await Store.open(url)).close()
    choose = random.Random(20260301)
    said: list[str] = []
    async with BotApi() as api, courier(url, api.url, api.token, "listen") as one:
        ann, polls = api.person("Ann"), 0
        for n in range(kills + 1):
            for m in range(10):
                said.append(f"question {n}.{m}")
                ann.says(said[-1])
            victim = await one.goes(ahead=0)
            last = n == kills
            await api.until(lambda: not api.pending if last else api.count("getUpdates") > polls)  # noqa: B023
            await asyncio.sleep(choose.random() * HARDLY)
            os.kill(victim, signal.SIGKILL)
            await one.says()
            polls = api.count("getUpdates")
    assert column(file, "SELECT text FROM inbox ORDER BY id") == said
