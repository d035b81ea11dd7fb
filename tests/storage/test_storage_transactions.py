"""Transactions: all or nothing, joined by the same task, unharmed by cancelling."""

from __future__ import annotations

import asyncio
import random

import pytest
from storage_samples import MINUTE, NOW, draft, stored

from bot.errors import Conflict, NotFound, StoreError
from bot.storage import Store
from bot.types import SourceKind


async def add(store: Store, name: str) -> int:
    return (await store.sources.add(f"https://{name}.example", kind=SourceKind.FEED, now=NOW)).id


async def names(store: Store) -> list[str]:
    return [s.url.removeprefix("https://").removesuffix(".example") for s in await store.sources.list()]


async def test_transaction_commits_together_and_sees_its_own_writes(store: Store, open_store) -> None:
    other = await open_store()
    async with store.transaction():
        await add(store, "a")
        async with store.transaction():
            await add(store, "b")
        assert await names(store) == ["a", "b"]
        assert await names(other) == []
    assert await names(other) == ["a", "b"]


async def test_failure_undoes_all_of_it(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction():
            await add(store, "a")
            await store.articles.put(draft(), source_id=None, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await names(store) == []
    assert await store.articles.count() == 0


async def test_foreseen_refusal_inside_leaves_the_rest_usable(store: Store) -> None:
    async with store.transaction():
        await add(store, "a")
        with pytest.raises(Conflict):
            await add(store, "a")
        with pytest.raises(NotFound):
            await store.sources.get(99)
        await add(store, "b")
    assert await names(store) == ["a", "b"]


async def test_failed_inner_step_that_was_swallowed_is_not_half_kept(store: Store) -> None:
    async def inner() -> None:
        async with store.transaction():
            await add(store, "inner")
            raise ZeroDivisionError

    async def outer() -> None:
        async with store.transaction():
            await add(store, "outer")
            with pytest.raises(ZeroDivisionError):
                await inner()

    with pytest.raises(StoreError):
        await outer()
    assert await names(store) == []


async def test_tasks_beside_a_transaction_are_not_in_it(store: Store) -> None:
    inside, outside_read = asyncio.Event(), asyncio.Event()

    async def fail() -> None:
        async with store.transaction():
            await add(store, "inside")
            inside.set()
            await outside_read.wait()
            raise ZeroDivisionError

    async def beside() -> list[str]:
        await inside.wait()
        seen = await names(store)
        outside_read.set()
        await add(store, "beside")
        return seen

    failed, seen = await asyncio.gather(fail(), beside(), return_exceptions=True)
    assert isinstance(failed, ZeroDivisionError)
    assert seen == []
    assert await names(store) == ["beside"]


async def test_task_that_outlives_a_transaction_writes_on_its_own(store: Store) -> None:
    done = asyncio.Event()

    async def later() -> None:
        await done.wait()
        await add(store, "later")

    async def fail() -> asyncio.Task[None]:
        async with store.transaction():
            await add(store, "undone")
            tasks.append(asyncio.create_task(later()))
            raise ZeroDivisionError

    tasks: list[asyncio.Task[None]] = []
    with pytest.raises(ZeroDivisionError):
        await fail()
    done.set()
    await tasks[0]
    assert await names(store) == ["later"]


async def test_many_writers_at_once_all_succeed_and_one_failure_is_only_its_own(store: Store) -> None:
    async def write(n: int) -> None:
        async with store.transaction():
            await add(store, f"n{n}")
            if n % 3 == 0:
                raise ZeroDivisionError

    results = await asyncio.gather(*(write(n) for n in range(30)), return_exceptions=True)
    assert [isinstance(r, ZeroDivisionError) for r in results] == [n % 3 == 0 for n in range(30)]
    assert sorted(await names(store)) == sorted(f"n{n}" for n in range(30) if n % 3)


@pytest.mark.parametrize("seed", range(4))
async def test_cancelling_anywhere_leaves_whole_pairs_and_a_usable_store(store: Store, seed: int) -> None:
    """Each task writes two sources in a transaction; cancelled at any point, it wrote both or none."""
    chance = random.Random(seed)

    async def pair(n: int) -> None:
        async with store.transaction():
            await add(store, f"{n}-left")
            await add(store, f"{n}-right")

    tasks = [asyncio.create_task(pair(n)) for n in range(12)]
    while not all(t.done() for t in tasks):
        await asyncio.sleep(0)
        if chance.random() < 0.02:
            chance.choice(tasks).cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    found = set(await names(store))
    for n, result in enumerate(results):
        assert (f"{n}-left" in found) == (f"{n}-right" in found)
        assert result is not None or f"{n}-left" in found
    await add(store, "after")


async def test_reading_goes_on_while_somebody_writes(store: Store) -> None:
    article = await stored(store)
    async with store.transaction():
        await add(store, "a")
        reader = asyncio.create_task(_fresh_context_read(store, article.id))
        assert await reader == article


async def _fresh_context_read(store: Store, article_id: int):
    # A new task inherits the transaction; a thread with a context of its own does not.
    import contextvars

    loop = asyncio.get_running_loop()
    task = contextvars.Context().run(loop.create_task, store.articles.get(article_id))
    return await task


async def test_closed_store_says_so_and_closes_twice(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreError):
        await store.sources.list()
    with pytest.raises(StoreError):
        await store.rows.claim("sources", now=NOW, lease=MINUTE)
