"""Several processes on one database, and processes that are killed at any moment."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from storage_samples import HOUR, MINUTE, NOW, delivery, message

from bot.storage import Store
from bot.types import Address, DeliveryState, Receipt

WORKER = Path(__file__).with_name("storage_worker.py")


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(WORKER),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": f"{WORKER.parent}:{WORKER.parents[2]}", "PATH": "/usr/bin:/bin"},
    )


async def output(process: asyncio.subprocess.Process) -> list[str]:
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return out.decode().splitlines()


async def test_processes_claim_each_row_exactly_once(store: Store, url: str) -> None:
    async with store.transaction():
        for n in range(200):
            await store.inbox.put(message(n, address=Address("telegram", str(n))), NOW)
    workers = [await start("claim", url, "inbox") for _ in range(2)]
    claimed = Counter([line for worker in workers for line in await output(worker)])
    assert len(claimed) == 200
    assert set(claimed.values()) == {1}


async def test_sending_processes_together_send_everything_once(store: Store, url: str) -> None:
    chats = [(await store.chats.ensure(Address("telegram", str(n)))).id for n in range(4)]
    wanted = [delivery(c, f"{c}:{n}", f"{n}a", f"{n}b") for n in range(6) for c in chats]
    await store.outbox.put(wanted, NOW)
    workers = [await start("send", url) for _ in range(2)]
    sent: dict[str, list[str]] = defaultdict(list)
    for worker in workers:
        for line in await output(worker):
            chat, text = line.split()
            sent[chat].append(text)
    expected = [f"{n}{part}" for n in range(6) for part in "ab"]
    assert {chat: sorted(texts) for chat, texts in sent.items()} == {str(c): sorted(expected) for c in chats}
    assert (await store.outbox.counts())[DeliveryState.SENT] == len(chats) * len(expected)


async def test_sessions_claim_each_row_exactly_once(store: Store, open_store) -> None:
    async with store.transaction():
        for n in range(150):
            await store.inbox.put(message(n, address=Address("telegram", str(n))), NOW)

    async def work(mine: Store) -> list[int]:
        got = []
        while claims := await mine.rows.claim("inbox", now=NOW, lease=HOUR, limit=4):
            got += [c.id for c in claims]
        return got

    stores = [store, await open_store(), await open_store()]
    claimed = Counter(row for rows in await asyncio.gather(*(work(s) for s in stores * 2)) for row in rows)
    assert len(claimed) == 150
    assert set(claimed.values()) == {1}


async def test_sessions_never_have_two_deliveries_of_a_chat_in_flight(store: Store, open_store) -> None:
    chats = [(await store.chats.ensure(Address("telegram", str(n)))).id for n in range(4)]
    await store.outbox.put([delivery(c, f"{c}:{n}", f"{n}") for n in range(25) for c in chats], NOW)
    flying: set[int] = set()
    order: dict[int, list[int]] = defaultdict(list)

    async def work(mine: Store) -> None:
        while (await mine.outbox.counts())[DeliveryState.DUE]:
            for claim, what in await mine.outbox.claim(now=NOW, lease=HOUR, limit=2):
                assert what.chat_id not in flying
                flying.add(what.chat_id)
                order[what.chat_id].append(int(what.part.plain))
                await asyncio.sleep(0)
                flying.discard(what.chat_id)
                await mine.outbox.sent(claim, Receipt("m"), NOW)

    stores = [store, await open_store(), await open_store()]
    await asyncio.wait_for(asyncio.gather(*(work(s) for s in stores)), 60)
    assert dict(order) == {c: list(range(25)) for c in chats}


@pytest.mark.parametrize("after", [1, 20])
async def test_killed_writer_leaves_whole_transactions_only(store: Store, url: str, after: int) -> None:
    process = await start("write", url)
    assert process.stdout is not None
    acknowledged = [int(await asyncio.wait_for(process.stdout.readline(), 60)) for _ in range(after)]
    process.kill()
    rest = (await process.communicate())[0].decode().split("\n")[:-1]
    written = len(acknowledged) + len(rest)
    articles = await store.articles.count()
    # What was acknowledged is there, and at most one more that was not reported in time.
    assert written <= articles <= written + 1
    assert len(await store.stories.list(limit=10_000)) == articles
    assert (await store.outbox.counts())[DeliveryState.DUE] == 3 * articles
    assert len(await store.search.text(["harbour"], limit=10_000)) == articles
    assert await store.rows.next_due("deliveries") == NOW


async def test_row_of_a_killed_worker_is_claimed_again_after_its_lease(store: Store, open_store) -> None:
    await store.inbox.put(message(1), NOW)
    other = await open_store()
    [lost] = await other.rows.claim("inbox", now=NOW, lease=MINUTE)
    await other.close()
    assert await store.rows.claim("inbox", now=NOW, lease=MINUTE) == []
    [again] = await store.rows.claim("inbox", now=NOW + MINUTE, lease=MINUTE)
    assert (again.id, again.attempts) == (lost.id, 2)
