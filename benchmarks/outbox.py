"""Deliveries a second through the outbox, beside bare sqlite3 doing the same rows.

    python -m benchmarks.outbox [FOLDER] [--deliveries 4000] [--chats 200] [--senders 32]

Each delivery is put, claimed and acknowledged, the way the bot does it: posts are put for many
chats at once, senders claim a few and acknowledge each on its own. The yardstick inserts and
updates the same rows with the standard library's sqlite3, in transactions of the same sizes, with
the same durability (WAL, synchronous FULL). The folder is where the files go; no data is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage import Store
from bot.types import Address, Claim, Delivery, DeliveryKind, DeliveryState, NewDelivery, Part, Receipt

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LEASE = timedelta(minutes=5)
TEXT = "A short summary of a story, with its sources. " * 8


@dataclass(frozen=True)
class Size:
    deliveries: int
    chats: int
    senders: int


async def through_the_outbox(folder: Path, size: Size) -> float:
    """Seconds for all deliveries."""
    store = await Store.open(f"sqlite:///{folder / 'outbox.db'}")
    chats = [(await store.chats.ensure(Address("telegram", str(n)))).id for n in range(size.chats)]
    start = time.perf_counter()
    for story in range(size.deliveries // size.chats):
        await store.outbox.put([_post(chat, story) for chat in chats], NOW)
    line = Line(store, size)
    await line.run()
    seconds = time.perf_counter() - start
    counts = await store.outbox.counts()
    assert counts[DeliveryState.SENT] == size.deliveries, counts
    await store.close()
    return seconds


class Line:
    """One claimer and several senders to a platform that takes everything at once."""

    def __init__(self, store: Store, size: Size) -> None:
        self.store = store
        self.size = size
        self.ready: asyncio.Queue[tuple[Claim, Delivery]] = asyncio.Queue()
        self.wanted = asyncio.Event()

    async def run(self) -> None:
        senders = [asyncio.create_task(self._send()) for _ in range(self.size.senders)]
        left = self.size.deliveries
        while left:
            self.wanted.clear()
            batch = await self.store.outbox.claim(now=NOW, lease=LEASE, limit=2 * self.size.senders)
            left -= len(batch)
            for one in batch:
                self.ready.put_nowait(one)
            if self.ready.qsize() >= self.size.senders or not batch:
                await self.wanted.wait()
        await self.ready.join()
        for task in senders:
            task.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            claim, what = await self.ready.get()
            await self.store.outbox.sent(claim, Receipt(f"m{what.id}"), NOW)
            self.ready.task_done()
            if self.ready.qsize() < self.size.senders:
                self.wanted.set()


def _post(chat: int, story: int) -> NewDelivery:
    return NewDelivery(
        dedup_key=f"live:{story}:{chat}",
        chat_id=chat,
        kind=DeliveryKind.LIVE,
        parts=(Part(html=TEXT, plain=TEXT),),
        story_id=story,
        story_revision=1,
    )


def bare(folder: Path, size: Size, *, shared: int) -> float:
    """Seconds for the same rows with sqlite3; so many acknowledgements share a commit."""
    raw = sqlite3.connect(folder / f"bare{shared}.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL").fetchone()
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute(
        "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, dedup TEXT UNIQUE, chat INTEGER, state TEXT,"
        " html TEXT, plain TEXT, due INTEGER, token TEXT, leased INTEGER, attempts INTEGER, message TEXT)"
    )
    raw.execute("CREATE INDEX waiting ON deliveries (chat, id) WHERE state = 'due'")
    start = time.perf_counter()
    for story in range(size.deliveries // size.chats):
        raw.execute("BEGIN IMMEDIATE")
        rows = [(f"live:{story}:{chat}", chat, TEXT, TEXT) for chat in range(size.chats)]
        raw.executemany(
            "INSERT INTO deliveries (dedup, chat, state, html, plain, due, attempts)"
            " VALUES (?,?,'due',?,?,1,0)",
            rows,
        )
        raw.execute("COMMIT")
    for first in range(1, size.deliveries + 1, shared):
        ids = range(first, min(first + shared, size.deliveries + 1))
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(
            "UPDATE deliveries SET token='t', leased=2, attempts=1 WHERE id=?", [(i,) for i in ids]
        )
        raw.execute("COMMIT")
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(
            "UPDATE deliveries SET state='sent', token=NULL, message='m' WHERE id=? AND token='t'",
            [(i,) for i in ids],
        )
        raw.execute("COMMIT")
    seconds = time.perf_counter() - start
    raw.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, help="where the database files go (default: temporary)"
    )
    parser.add_argument("--deliveries", type=int, default=4000)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--senders", type=int, default=32)
    given = parser.parse_args()
    size = Size(given.deliveries - given.deliveries % given.chats, given.chats, given.senders)
    folder = Path(tempfile.mkdtemp(prefix="outbox", dir=given.folder))
    try:
        ours = asyncio.run(through_the_outbox(folder, size))
        shared, single = bare(folder, size, shared=size.senders), bare(folder, size, shared=1)
    finally:
        shutil.rmtree(folder)
    n = size.deliveries
    for name, seconds in (
        ("outbox: put, claim, acknowledge", ours),
        (f"sqlite3: {size.senders} acknowledged a commit", shared),
        ("sqlite3: each acknowledged on its own", single),
    ):
        print(f"{name:40} {n / seconds:8.0f} deliveries/s   outbox/this {seconds / ours:5.2f}")


if __name__ == "__main__":
    main()
