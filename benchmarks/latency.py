"""How long a person waits for an answer from a large archive, and what memory the process holds.

    python -m benchmarks.latency DATA [FOLDER] [--articles 25000] [--rows 40] [--model standard]

The archive is the documents of `qa_realtimeqa` with their own vectors, filled up with articles made of
the same words at their frequencies. It is kept in FOLDER (`latency.db`) and used again. The yardstick,
in the same run, is the same engine given the best article as it stands, for one sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import bench, pooled
from benchmarks.storage_search import World, fill
from bot.models import catalogue
from bot.news import passages, retrieve
from bot.news.answer import Answerer
from bot.storage import Store
from bot.types import Article, Draft, Signature, Turn, Urgency

PLAIN_ROWS = 8


class Likely(World):
    """The made-up world with the words and the days of real articles."""

    def __init__(self, real: Sequence[Article]) -> None:
        super().__init__()
        self.days = [a.when for a in real if a.published]
        counts = Counter(word for a in real for word in a.text.split())
        self.words = [word for word, _ in counts.most_common()]
        weights = np.array([n for _, n in counts.most_common()], dtype=float)
        self.weights = np.cumsum(weights / weights.sum())

    def published(self, random: np.random.Generator) -> datetime:
        return self.days[int(random.integers(len(self.days)))]


async def main() -> None:
    options = arguments()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="latency"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        await run(options, folder)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def arguments() -> argparse.Namespace:
    parser = bench.arguments(__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where the archive is kept")
    parser.add_argument("--articles", type=int, default=25_000)
    return parser.parse_args()


async def run(options: argparse.Namespace, folder: Path) -> None:
    every = bench.rows(options.data, "qa_realtimeqa")
    asked = bench.rows(options.data, "qa_realtimeqa", options.rows or 40)
    made = [pooled.article(n, doc) for n, doc in enumerate(pooled.documents(every), 1)]
    store = await Store.open(f"sqlite:///{folder / 'latency.db'}")
    embedder, model = bench.embedder(options), bench.generator(options)
    if await store.articles.count() == 0:
        await real(store, embedder, made)
    await fill(store, Likely(made), options.articles)
    print(f"{await store.articles.count()} articles", flush=True)
    retriever = retrieve.Retriever(embedder, store.search, store.articles)
    reads = catalogue.reads(options.model)
    answerer = Answerer(model, embedder, store.search, store.articles, bench.prompts(), reads=reads)
    await answerer.answer("Is the model loaded?", now=when(asked[0]))
    found = [await retrieval(retriever, row) for row in every[::2]]
    show("retrieval", [1000 * s for s in found], "ms", "to reach p95 60")
    waits = [await waited(answerer, row) for row in asked]
    show("says what it reads", [w[0] for w in waits], "s", "")
    show("first words of the answer", [w[1] for w in waits], "s", "to reach 4 / 8")
    if model is not None:
        read = [w[1] for w in waits if w[2]]
        show(f"of those that the model read ({len(read)})", read, "s", "")
        plain = [await whole(model, retriever, row) for row in asked[:: len(asked) // PLAIN_ROWS]]
        show(f"yardstick: whole article to the model ({len(plain)})", plain, "s", "")
        print(f"ratio of medians {np.median(read) / np.median(plain):.2f}")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"memory at most {held:.2f} GB (to reach 2.2), model and embedder included")
    await store.close()
    for closing in (model, embedder):
        if closing is not None:
            await closing.close()


async def real(store: Store, embedder, made: Sequence[Article]) -> None:
    """Store the documents as the bot would, vectors and all."""
    for one in made:
        draft = Draft(
            url=one.url, title=one.title, text=one.text, keys=(one.url,), outlet=one.outlet,
            language="en", published=one.published,
        )  # fmt: skip
        _, article = await store.articles.put(draft, source_id=None, now=one.fetched)
        pieces = passages.split(article.text, "en")
        vectors = await embedder.embed([p.text for p in pieces] or [article.title])
        signature = Signature(
            article_id=article.id, story_id=None, when=article.when, outlet=article.outlet,
            title=article.title, vector=vectors[0], terms=(),
        )  # fmt: skip
        kept = [replace(p, article_id=article.id) for p in pieces]
        await store.articles.index(
            article.id, revision=1, passages=kept, vectors=vectors[: len(kept)], signature=signature
        )


def when(row: dict) -> datetime:
    """The day after the question's: the set's questions are about the week that ended."""
    return pooled.date(row["date"]) + timedelta(days=1)


async def retrieval(retriever: retrieve.Retriever, row: dict) -> float:
    """Seconds from a question to its ranked passages."""
    begun = time.perf_counter()
    await retriever.find(retrieve.ask(row["question"], when(row)))
    return time.perf_counter() - begun


async def waited(answerer: Answerer, row: dict) -> tuple[float, float, bool]:
    """Seconds until the chat shows what is read, until the first words, and whether the model read."""
    begun = time.perf_counter()
    moments: dict[str, float] = {}

    def at(what: str) -> None:
        moments.setdefault(what, time.perf_counter() - begun)

    await answerer.answer(
        row["question"], now=when(row), on_reading=lambda _: at("reading"), on_text=lambda _: at("text")
    )
    at("text")
    return moments.get("reading", moments["text"]), moments["text"], "reading" in moments


async def whole(model, retriever: retrieve.Retriever, row: dict) -> float:
    """The yardstick: seconds of the engine on the best article as it stands."""
    begun = time.perf_counter()
    found = await retriever.find(retrieve.ask(row["question"], when(row)))
    text = " ".join(found[0].article.text.split()[:2000]) if found else ""
    ask = f"{text}\n\nAnswer in one short sentence: {row['question']}"
    await model.generate((Turn(role="user", text=ask),), max_tokens=40, urgency=Urgency.PERSON)
    return time.perf_counter() - begun


def show(name: str, values: Sequence[float], unit: str, rest: str) -> None:
    p50, p95 = np.percentile(values, [50, 95])
    print(f"{name:52} p50 {p50:6.1f} {unit}  p95 {p95:6.1f} {unit}  {rest}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
