"""Search latency and memory over a large archive, beside exact search with NumPy.

    python -m benchmarks.storage_search [FOLDER] [--articles 25000] [--queries 200]

The archive is made up here: words follow Zipf's law, vectors gather around topics. It is kept in
the folder (`search.db`) and used again by the next run; without a folder it is temporary. The
yardstick is the plain product of all vectors in float32 with the query, in the same run, which is
also what the recall is measured against.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.storage import Store
from bot.types import Draft, Hit, Passage, Signature

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PASSAGES = 10
WORDS = 80
DIMENSIONS = 384
TOPICS = 500

Vector = NDArray[np.float32]


class World:
    """Words and topics, the same in every run."""

    def __init__(self) -> None:
        random = np.random.default_rng(7)
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        lengths = random.integers(3, 12, 60_000)
        self.words = ["".join(random.choice(letters, n)) for n in lengths]
        weights = 1.0 / np.arange(1, len(self.words) + 1)
        self.weights = np.cumsum(weights / weights.sum())
        self.topics = random.normal(size=(TOPICS, DIMENSIONS)) + 0.4

    def text(self, random: np.random.Generator, count: int) -> list[str]:
        at = np.searchsorted(self.weights, random.random(count))
        return [self.words[min(i, len(self.words) - 1)] for i in at]

    def vectors(self, random: np.random.Generator, count: int) -> Vector:
        found = self.topics[random.integers(TOPICS)] + 0.8 * random.normal(size=(count, DIMENSIONS))
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def published(self, random: np.random.Generator) -> datetime:
        """A moment of the year that ends now."""
        return NOW - timedelta(minutes=int(random.integers(0, 365 * 24 * 60)))

    def query(self, random: np.random.Generator) -> tuple[list[str], Vector]:
        """What a question leaves: a few words of which some are rare."""
        ranks = [*random.integers(100, 1000, 3), *random.integers(1000, len(self.words), 3)]
        return [self.words[i] for i in ranks], self.vectors(random, 1)[0]


async def fill(store: Store, world: World, articles: int) -> None:
    """Add what is missing."""
    present = await store.articles.count()
    for first in range(present, articles, 100):
        async with store.transaction():
            for number in range(first, min(first + 100, articles)):
                await _add(store, world, number)


async def _add(store: Store, world: World, number: int) -> None:
    random = np.random.default_rng(number)
    pieces = [" ".join(world.text(random, WORDS)) + "." for _ in range(PASSAGES)]
    text, url = " ".join(pieces), f"https://news.example/{number}"
    published = world.published(random)
    draft = Draft(
        url=url,
        title=" ".join(world.text(random, 8)),
        text=text,
        keys=(url,),
        language="en",
        published=published,
    )
    _, article = await store.articles.put(draft, source_id=None, now=NOW)
    passages, start = [], 0
    for ordinal, piece in enumerate(pieces):
        passages.append(Passage(0, 0, ordinal, start, start + len(piece), piece))
        start += len(piece) + 1
    vectors = world.vectors(random, PASSAGES)
    signature = Signature(
        article_id=article.id,
        story_id=None,
        when=article.when,
        outlet="",
        title=article.title,
        vector=vectors[0],
        terms=(),
    )
    await store.articles.index(
        article.id, revision=1, passages=passages, vectors=vectors, signature=signature
    )


async def timed(
    queries: Sequence[tuple[list[str], Vector]], ask: Callable[[list[str], Vector], Awaitable[list[Hit]]]
) -> tuple[list[float], list[list[Hit]]]:
    """Milliseconds and hits of each query."""
    times, found = [], []
    for words, vector in queries:
        start = time.perf_counter()
        found.append(await ask(words, vector))
        times.append((time.perf_counter() - start) * 1000)
    return times, found


def exact(
    world: World, articles: int, queries: Sequence[tuple[list[str], Vector]]
) -> tuple[list[float], list[set[int]]]:
    """The yardstick: all vectors in float32, one product a query, the ten best passages."""
    everything = np.empty((articles * PASSAGES, DIMENSIONS), dtype=np.float32)
    for number in range(articles):
        random = np.random.default_rng(number)
        for _ in range(PASSAGES):
            world.text(random, WORDS)
        world.published(random)
        world.text(random, 8)
        everything[number * PASSAGES : (number + 1) * PASSAGES] = world.vectors(random, PASSAGES)
    times, best = [], []
    for _, vector in queries:
        start = time.perf_counter()
        scores = everything @ vector
        top = np.argpartition(-scores, 10)[:10]
        times.append((time.perf_counter() - start) * 1000)
        best.append({int(i) + 1 for i in top})
    return times, best


def row(name: str, times: Sequence[float]) -> str:
    p50, p95 = np.percentile(times, [50, 95])
    return f"{name:44} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms"


def memory() -> float:
    """Most memory held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def run(folder: Path, articles: int, count: int) -> None:
    world = World()
    store = await Store.open(f"sqlite:///{folder / 'search.db'}")
    start = time.perf_counter()
    await fill(store, world, articles)
    print(f"filled in {time.perf_counter() - start:.0f} s")
    random = np.random.default_rng(99)
    queries = [world.query(random) for _ in range(count)]
    before = memory()
    loading = (await timed(queries[:1], lambda w, v: store.search.vector(v, limit=50)))[0][0]
    print(f"vectors loaded in {loading / 1000:.1f} s, {memory() - before:.0f} MB more memory")
    by_vector, found = await timed(queries, lambda w, v: store.search.vector(v, limit=50))
    month = {"since": NOW - timedelta(days=30)}
    recent, _ = await timed(queries, lambda w, v: store.search.vector(v, limit=50, **month))
    by_text, _ = await timed(queries, lambda w, v: store.search.text(w, limit=50))
    recent_text, _ = await timed(queries, lambda w, v: store.search.text(w, limit=50, **month))
    await store.close()
    plain, best = exact(world, articles, queries)
    # Passage ids count up from 1 in the order of filling, as the yardstick's rows do.
    kept = sum(len(b & {h.passage_id for h in f}) for b, f in zip(best, found, strict=True)) / (10 * count)
    print(row(f"vector, {articles * PASSAGES} passages", by_vector))
    print(row("vector, last month only", recent))
    print(row("yardstick: exact product in float32", plain))
    print(
        f"ratio of medians {np.median(by_vector) / np.median(plain):.2f}, recall of its ten best {kept:.3f}"
    )
    print(row("text, six words", by_text))
    print(row("text, six words, last month only", recent_text))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--articles", type=int, default=25_000)
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="search"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(run(folder, given.articles, given.queries))
    finally:
        if given.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
