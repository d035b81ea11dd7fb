"""Faults below the bot: a full disk, a database that another process locks, a clock that jumps.

Nothing is lost, nothing is sent twice, and it goes on by itself.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import Clock, FakePlatform

from bot.app.house import open_house
from bot.app.service import Service
from bot.config import Config, ModelsConfig, StoreConfig
from bot.errors import StoreError
from bot.storage.store import Store
from bot.types import Address, Delivery, DeliveryKind, DeliveryState, Message, NewDelivery, Part, Receipt
from bot.workers import loop as loops
from bot.workers.deliver import Deliver
from bot.workers.loop import LEASE, Bells, Loop, Stage

POSTS = [f"post {n}" for n in range(12)]
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another process writes, and does not end."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCK, str(path), stdin=pipe, stdout=pipe
    )
    assert child.stdin
    assert child.stdout
    assert await child.stdout.readline() == b"locked\n"
    yield
    child.stdin.write(b"\n")
    await child.wait()


class Hooked(FakePlatform):
    """Does something between taking a message and saying so."""

    def __init__(self) -> None:
        super().__init__("telegram")
        self.hook: Callable[[], Awaitable[None]] | None = None

    async def send(self, delivery: Delivery) -> Receipt:
        receipt = await super().send(delivery)
        if self.hook:
            hook, self.hook = self.hook, None
            await hook()
        return receipt


class Post:
    """A newsbot that delivers to a platform, with two senders in one process."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path, self.clock, self.platform = store, path, Clock(), Hooked()
        work = Deliver(store=store, platform=self.platform, clock=self.clock)
        stage = Stage(
            name="deliver", table="deliveries", step=work.step, claim=work.claim, give_up=work.give_up
        )
        self.loop, self.second = (Loop(stage, store.rows, clock=self.clock, bells=Bells()) for _ in range(2))

    async def queue(self) -> None:
        for n, text in enumerate(POSTS):
            chat = await self.store.chats.ensure(Address("telegram", str(n % 3)), private=True)
            new = NewDelivery(
                dedup_key=text, chat_id=chat.id, kind=DeliveryKind.LIVE, parts=(Part(html="", plain=text),)
            )
            await self.store.outbox.put([new], self.clock())

    async def delivers(self, seconds: float = 120) -> None:
        """Work for so long; a store that refuses is tried again, as the running loop does."""
        for _ in range(int(seconds / 5)):
            try:
                while await self.loop.once():
                    self.clock.advance(seconds=1)
            except StoreError:
                pass
            self.clock.advance(seconds=5)

    async def everything_arrived_once(self) -> None:
        assert sorted(self.platform.texts) == sorted(POSTS)
        counts = await self.store.outbox.counts()
        assert {s: n for s, n in counts.items() if n} == {DeliveryState.SENT: len(POSTS)}


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    path = tmp_path / "newsbot.db"
    store = await Store.open(f"sqlite:///{path}?timeout=0.05")
    post = Post(store, path)
    await post.queue()
    yield post
    await store.close()


async def full(store: Store, *, by: int | None) -> None:
    """A real SQLITE_FULL: the file may grow by so many pages; None: the disk has room again."""

    def work(connection) -> None:
        raw = connection.connection.driver_connection
        [pages] = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count={pages + by if by is not None else 1_000_000}")

    await store._database.write(work)


async def fill(store: Store) -> None:
    """Write until nothing fits any more."""
    await full(store, by=0)
    assert not all([await fits(store, n) for n in range(400)])


async def fits(store: Store, number: int) -> bool:
    try:
        await store.meta.set(f"filler {number}", "x" * 500)
    except StoreError as e:
        if e.reason != "the disk is full":
            raise
        return False
    return True


# --- a full disk ---------------------------------------------------------------------------


async def test_a_full_disk_stops_sending_and_a_freed_one_goes_on(post: Post) -> None:
    for _ in range(4):
        await post.loop.once()
        post.clock.advance(seconds=1)
    await fill(post.store)
    await post.delivers()
    await full(post.store, by=None)
    await post.delivers()
    await post.everything_arrived_once()


async def test_what_is_not_taken_in_on_a_full_disk_is_told_and_taken_later(post: Post) -> None:
    await fill(post.store)
    message = Message(
        address=Address("telegram", "7"),
        message_id="1",
        sender="7",
        sender_name="Ann",
        text="long " * 2000,
        sent=post.clock.now,
        private=True,
    )
    with pytest.raises(StoreError, match="disk is full") as caught:
        await post.store.inbox.put(message, post.clock.now)
    assert caught.value.passing
    await full(post.store, by=None)
    assert await post.store.inbox.put(message, post.clock.now)


# --- a database that is locked -------------------------------------------------------------


async def test_a_locked_database_stops_nothing_for_good(post: Post) -> None:
    for _ in range(4):
        await post.loop.once()
        post.clock.advance(seconds=1)
    async with locked(post.path):
        with pytest.raises(StoreError, match="locked by another process"):
            await post.loop.once()
    await post.delivers()
    await post.everything_arrived_once()


async def test_what_was_sent_while_the_database_was_locked_is_not_sent_again(post: Post) -> None:
    lock = locked(post.path)
    post.platform.hook = lock.__aenter__
    with pytest.raises(StoreError, match="locked by another process"):
        await post.loop.once()
    await lock.__aexit__(None, None, None)
    assert len(post.platform.sent) == 1
    await post.delivers()
    await post.everything_arrived_once()


class Asking(FakePlatform):
    """Ann asks while another process locks the database, and goes when she was answered."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.refused: list[str] = []

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        message = Message(
            address=Address("console", "ann"),
            message_id="1",
            sender="ann",
            sender_name="Ann",
            text="/start",
            sent=Clock()(),
            private=True,
        )
        async with locked(self.path):
            while not self.refused:
                try:
                    await receive(message)
                except StoreError as e:
                    self.refused.append(e.reason)
        await receive(message)


async def test_the_running_bot_outlives_a_lock_and_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loops, "IDLE", 0.05)
    path = tmp_path / "newsbot.db"
    config = Config(
        data_dir=tmp_path,
        store=StoreConfig(url=f"sqlite:///{path}?timeout=0.05"),
        models=ModelsConfig(generator="none", embedder="none"),
    )
    async with open_house(config) as house:
        platform = Asking(path)
        await asyncio.wait_for(Service(house, [platform], roles=("chat", "deliver")).run(), 30)
    assert platform.refused == ["the database is locked by another process"]
    assert [text.split(".")[0] for text in platform.texts] == ["Hello"]
    refusals = [r for r in caplog.records if r.getMessage() == "store refuses"]
    assert {r.__dict__["error"] for r in refusals} <= {"the database is locked by another process"}


# --- a clock that jumps --------------------------------------------------------------------


async def test_a_clock_that_jumps_ahead_while_a_post_leaves_repeats_nothing(post: Post) -> None:
    async def jump() -> None:
        post.clock.advance(hours=3)
        while await post.second.once():
            post.clock.advance(seconds=1)

    post.platform.hook = jump
    await post.loop.once()
    await post.delivers()
    await post.everything_arrived_once()


async def test_a_clock_that_is_set_back_loses_and_repeats_nothing(post: Post) -> None:
    for _ in range(5):
        await post.loop.once()
        post.clock.advance(seconds=1)
    post.clock.advance(hours=-2)
    await post.delivers()
    before = len(post.platform.sent)
    post.clock.advance(hours=2)
    await post.delivers()
    assert before < len(POSTS)
    await post.everything_arrived_once()


async def test_a_failure_that_nobody_foresaw_is_tried_again_later(post: Post) -> None:
    async def breaks() -> None:
        raise ZeroDivisionError

    post.platform.hook = breaks
    await post.loop.once()
    counts = await post.store.outbox.counts()
    assert counts[DeliveryState.DUE] == len(POSTS)
    due = await post.store.rows.next_due("deliveries")
    assert due is not None
    post.clock.now += LEASE + timedelta(hours=1)
    await post.delivers()
    assert set(post.platform.texts) == set(POSTS)
