"""What goes wrong outside: a full disk, a locked file, a lost lease in the middle; nothing half done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from storage_samples import MINUTE, NOW, delivery, draft, indexed

from bot.errors import StoreError
from bot.storage import Store
from bot.types import Address, DeliveryState, NewDelivery, Receipt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "newsbot.db"


@pytest.fixture
async def impatient(path: Path) -> AsyncIterator[Store]:
    """A store that waits 50 ms for a lock instead of 10 s."""
    store = await Store.open(f"sqlite:///{path}?timeout=0.05")
    yield store
    await store.close()


async def test_database_locked_by_another_process_is_a_passing_error(impatient: Store, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another process") as caught:
        await impatient.meta.set("a", "b")
    assert caught.value.passing
    assert await impatient.meta.get("a") is None
    other.execute("ROLLBACK")
    other.close()
    await impatient.meta.set("a", "b")


async def test_writer_waits_for_another_process_that_is_soon_done(path: Path) -> None:
    store = await Store.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.meta.set("a", "b"))
    await asyncio.sleep(0)
    await asyncio.to_thread(other.execute, "COMMIT")
    await waiting
    other.close()
    await store.close()


async def limit(store: Store, pages: int) -> None:
    """A real SQLITE_FULL: the file may not grow by more than so many pages."""

    def work(connection) -> None:
        raw = connection.connection.driver_connection
        present = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={present + pages}")

    await store._database.write(work)


async def big_transaction(store: Store, name: str) -> None:
    async with store.transaction():
        await store.meta.set(name, "begun")
        _, article = await store.articles.put(draft(name, "word " * 50_000), source_id=None, now=NOW)
        await indexed(store, article)


async def test_full_disk_is_a_passing_error_and_nothing_is_half_done(impatient: Store) -> None:
    await limit(impatient, 10)
    with pytest.raises(StoreError, match="disk is full") as caught:
        await big_transaction(impatient, "big")
    assert caught.value.passing
    assert await impatient.meta.get("big") is None
    assert await impatient.articles.count() == 0
    await limit(impatient, 100_000)
    await big_transaction(impatient, "big")
    assert await impatient.articles.count() == 1


async def test_full_disk_fails_only_those_who_did_not_fit(impatient: Store) -> None:
    """Commits are shared: whoever was told `done` is there after all, whoever was not is not."""
    await limit(impatient, 30)
    small = [impatient.meta.set(f"small{n}", "x") for n in range(20)]
    results = await asyncio.gather(
        *small[:10], big_transaction(impatient, "big"), *small[10:], return_exceptions=True
    )
    assert isinstance(results.pop(10), StoreError)
    for n, result in enumerate(results):
        kept = await impatient.meta.get(f"small{n}") == "x"
        assert kept == (result is None)
    assert await impatient.articles.count() == 0
    await impatient.meta.set("after", "x")


async def _fits(store: Store, new: NewDelivery) -> bool:
    try:
        await store.outbox.put([new], NOW)
    except StoreError as error:
        if "disk is full" not in error.reason:
            raise
        return False
    return True


async def test_full_disk_while_sending_loses_and_repeats_nothing(impatient: Store) -> None:
    chat = await impatient.chats.ensure(Address("telegram", "1"))
    await limit(impatient, 40)
    queued = 0
    while await _fits(impatient, delivery(chat.id, f"k{queued}", "text " * 200)):
        queued += 1
    await limit(impatient, 100_000)
    assert queued > 5
    assert (await impatient.outbox.counts())[DeliveryState.DUE] == queued
    sent = []
    while batch := await impatient.outbox.claim(now=NOW, lease=MINUTE):
        [(claim, what)] = batch
        sent.append(what.id)
        await impatient.outbox.sent(claim, Receipt("m"), NOW)
    assert sent == sorted(set(sent))
    assert len(sent) == queued
