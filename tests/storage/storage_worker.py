"""A process of its own for the storage tests: claims rows, or writes until it is killed.

python storage_worker.py claim URL TABLE     prints each row that it claimed and finished
python storage_worker.py send URL            sends what is due, prints `chat text` a line
python storage_worker.py write URL           prints a line for each transaction that is committed
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from storage_samples import NOW, delivery, draft, indexed

from bot.storage import Store
from bot.types import Address, Receipt

LEASE = timedelta(hours=1)


async def claim(store: Store, table: str) -> None:
    while claims := await store.rows.claim(table, now=NOW, lease=LEASE, limit=3):
        for one in claims:
            async with store.rows.finish(one, due_at=None):
                pass
            print(one.id, flush=True)


async def send(store: Store) -> None:
    while (await store.outbox.counts())["due"]:
        for one, what in await store.outbox.claim(now=NOW, lease=LEASE, limit=2):
            print(what.chat_id, what.part.plain, flush=True)
            await store.outbox.sent(one, Receipt(f"m{what.id}"), NOW)


async def write(store: Store) -> None:
    chat = await store.chats.ensure(Address("telegram", "1"))
    number = 0
    while True:
        number += 1
        async with store.transaction():
            _, article = await store.articles.put(draft(f"n{number}"), source_id=None, now=NOW)
            await indexed(store, article)
            story = await store.stories.create(f"story {number}", article.id, NOW)
            parts = ("one", "two", "three")
            await store.outbox.put([delivery(chat.id, f"k{number}", *parts, story_id=story.id)], NOW)
        print(number, flush=True)


async def main(step: str, url: str, *rest: str) -> None:
    store = await Store.open(url)
    await {"claim": claim, "send": send, "write": write}[step](store, *rest)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
