"""Kill the delivering process again and again: on Matrix nothing is lost and nothing is repeated."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from synapse import courier as courier_script
from synapse.bots import Bot, together
from synapse.people import Person

from bot.storage.store import Store
from bot.types import Address, DeliveryKind, NewDelivery, Part

pytestmark = pytest.mark.synapse

LEASE_SECONDS = 31
HARDLY = 0.05
"""Seconds: about as long as one delivery takes, so that a kill hits any part of it."""


class Courier:
    """The process that works (see synapse/courier.py)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def goes(self, *, ahead: float) -> int:
        """Begin; the id of the process that works."""
        assert self._process.stdin
        self._process.stdin.write(f"{ahead}\n".encode())
        return int(await self.says())

    async def says(self) -> str:
        assert self._process.stdout
        async with asyncio.timeout(300):
            return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def courier(*arguments: str) -> AsyncIterator[Courier]:
    pipe = asyncio.subprocess.PIPE
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, courier_script.__file__, *arguments),
        stdin=pipe,
        stdout=pipe,
        env=os.environ | {"PYTHONPATH": root},
    )
    one = Courier(process)
    assert await one.says() == "ready"
    try:
        yield one
    finally:
        process.kill()
        await process.wait()


async def write_outbox(url: str, rooms: list[str], stories: int) -> None:
    store = await Store.open(url)
    for room in rooms:
        chat = await store.chats.ensure(Address("matrix", room), title="", private=True)
        rows = [
            NewDelivery(
                dedup_key=f"{chat.id}:{n}",
                chat_id=chat.id,
                kind=DeliveryKind.LIVE,
                parts=(Part(html=f"<strong>story {n}</strong>", plain=f"story {n}"),),
            )
            for n in range(stories)
        ]
        await store.outbox.put(rows, datetime.now(UTC))
    await store.close()


def sent(file: Path) -> int:
    with sqlite3.connect(file) as connection:
        return int(connection.execute("SELECT count(*) FROM deliveries WHERE state = 'sent'").fetchone()[0])


@pytest.mark.parametrize(
    ("rooms", "stories", "kills"),
    [
        pytest.param(4, 12, 8, id="8 kills"),
        pytest.param(50, 40, 200, id="200 kills", marks=pytest.mark.long),
    ],
)
async def test_kills_while_delivering_lose_nothing_and_repeat_nothing(
    person: Callable[..., Awaitable[Person]],
    bot: Callable[..., Bot],
    tmp_path: Path,
    rooms: int,
    stories: int,
    kills: int,
) -> None:
    ann, newsbot = await person(), bot()
    places = [await together(ann, newsbot, encrypted=n % 2 == 0) for n in range(rooms)]
    await newsbot.stop()
    file, given = tmp_path / "newsbot.db", tmp_path / "settings.json"
    settings = newsbot.settings
    login = {"homeserver": settings.homeserver, "user": settings.user, "password": settings.password}
    given.write_text(json.dumps(login | {"store_dir": str(settings.store_dir)}))
    url = f"sqlite:///{file}"
    await write_outbox(url, places, stories)

    choose, step = random.Random(20260301), rooms * stories // (kills + 1)
    async with courier(url, str(given)) as one:
        for n in range(kills):
            goal = sent(file) + choose.randint(1, step)
            victim = await one.goes(ahead=n * LEASE_SECONDS)
            while sent(file) < goal:
                await asyncio.sleep(0.005)
            await asyncio.sleep(choose.random() * HARDLY)
            os.kill(victim, signal.SIGKILL)
            assert await one.says() == str(-signal.SIGKILL)
        await one.goes(ahead=kills * LEASE_SECONDS)
        assert await one.says() == "0"

    last = f"story {stories - 1}"
    for place in places:
        await ann.until(lambda place=place: last in texts(ann, place, newsbot))
    heard = {place: texts(ann, place, newsbot) for place in places}
    repeated = sum(times - 1 for said in heard.values() for times in Counter(said).values())
    print(f"{kills} kills, {rooms * stories} deliveries: {repeated} repeated")
    assert all(said == [f"story {n}" for n in range(stories)] for said in heard.values())


def texts(ann: Person, room: str, bot: Bot) -> list[str]:
    """What the bot said in a room, as the person reads it."""
    return [
        str(event["content"].get("body", "(not readable)"))
        for place, event in ann.heard
        if place == room and event["sender"] == bot.user_id and "membership" not in event["content"]
    ]
