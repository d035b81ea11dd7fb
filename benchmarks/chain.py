"""Articles a second through the whole chain, beside extraction alone, in the same call.

    python -m benchmarks.chain DATA_FOLDER [--rows N] [--rounds N] [--without-embedder]

Real pages (extract_zyte) as they would be fetched. Extraction alone: page to text. The chain: page to
draft (extraction and recognition keys), stored, cut into passages, embedded, placed in a story and
indexed, each round in an empty SQLite store. Rounds alternate, the median counts.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import lzma
import statistics
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import bench
from bot.errors import Unreadable
from bot.news.protocols import Embedder
from bot.sources import extract
from bot.sources.http import Fetched
from bot.sources.reader import article
from bot.storage import Store
from bot.types import Draft
from bot.workers.loop import Bells, Loop, Stage
from bot.workers.read import Read

Seconds = dict[str, float]


def pages(folder: Path, limit: int) -> list[Fetched]:
    """The pages of the set, as the fetcher gives them; each once at an address of its own."""
    found = []
    for row in bench.rows(folder, "extract_zyte", limit):
        url = row["url"] if "://" in row["url"] else f"https://{row['url']}"
        html = lzma.decompress(base64.b85decode(row["html_xz_b85"]))
        kind = {"content-type": "text/html; charset=utf-8"}
        found.append(Fetched(url=url, final_url=url, status=200, headers=kind, content=html))
    return found


def alone(fetched: list[Fetched]) -> float:
    """Seconds for extraction and nothing else."""
    started = time.perf_counter()
    for page in fetched:
        with suppress(Unreadable):
            extract.extract(page.content, url=page.final_url)
    return time.perf_counter() - started


async def chain(fetched: list[Fetched], embedder: Embedder | None) -> Seconds:
    """Seconds of each part of the chain."""
    spent: Seconds = defaultdict(float)
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:///{folder}/chain.db")
        drafts: list[Draft] = []
        started = time.perf_counter()
        for page in fetched:
            with suppress(Unreadable):
                drafts.append(article(page))
        spent["extraction and recognition"] = time.perf_counter() - started
        started = time.perf_counter()
        async with store.transaction():
            for draft in drafts:
                await store.articles.put(draft, source_id=None, now=datetime.now(UTC))
        spent["storing"] = time.perf_counter() - started
        bells = Bells()
        read = Read(store=store, embedder=embedder, clock=lambda: datetime.now(UTC), bells=bells)
        stage = Stage(name="read", table="articles", step=read.step)
        loop = Loop(stage, store.rows, clock=lambda: datetime.now(UTC), bells=bells)
        started = time.perf_counter()
        while await loop.once():
            pass
        spent["passages, embedding, story, index"] = time.perf_counter() - started
        await store.close()
    return spent


async def measure(options: argparse.Namespace) -> None:
    fetched = pages(options.data, options.rows)
    embedder = None if options.without_embedder else bench.embedder(options)
    if embedder is not None:
        await embedder.embed(["The model is loaded before anything is timed."])
    bare: list[float] = []
    whole: list[Seconds] = []
    for _ in range(options.rounds):
        bare.append(alone(fetched))
        whole.append(await chain(fetched, embedder))
    if embedder is not None:
        await embedder.close()
    report(len(fetched), bare, whole, "without" if embedder is None else "with")


def report(count: int, bare: list[float], whole: list[Seconds], embedding: str) -> None:
    alone_rate = count / statistics.median(bare)
    chain_rate = count / statistics.median(sum(spent.values()) for spent in whole)
    print(f"{count} pages, {len(bare)} rounds, {embedding} embedding")
    print(f"extraction alone: {alone_rate:.1f} articles/s")
    print(f"whole chain: {chain_rate:.1f} articles/s")
    for name in whole[0]:
        print(
            f"  {name}: {statistics.median(spent[name] for spent in whole) / count * 1000:.1f} ms an article"
        )
    print(f"ratio {chain_rate / alone_rate:.2f}")


def main() -> None:
    parser = bench.arguments("Articles a second through the chain beside extraction alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-embedder", action="store_true")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
