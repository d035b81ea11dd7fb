"""Finding the article that has the answer, and knowing when none has: recall, AUC and latency.

    python -m benchmarks.retrieval DATA [--no-embedder]

`qa_realtimeqa`: all rows' documents in one archive, each question asked on its day. `qa_multihop`:
null queries against the corpus. The yardstick is BM25 over whole articles, its best score the sign
of an answer. Archive and index are in memory; times are those of ranking, searching included.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from benchmarks import bench, pooled
from bot.news import retrieve
from bot.types import Article

DAY = timedelta(days=1)


def main() -> None:
    options = bench.arguments(__doc__)
    options.add_argument("--no-embedder", action="store_true", help="by words alone")
    asyncio.run(run(options.parse_args()))


async def run(options: argparse.Namespace) -> None:
    embedder = None if options.no_embedder else bench.embedder(options)
    rows = bench.rows(options.data, "qa_realtimeqa")
    pool = pooled.Pool.of(pooled.documents(rows))
    if embedder is not None:
        await pool.embedded(embedder)
    retriever = retrieve.Retriever(embedder, pool, pool)
    some = rows if not options.rows else rows[:: max(1, len(rows) // options.rows)]
    ours, theirs = Figures(), Figures()
    bm25 = Whole(list(pool.articles.values()))
    numbers = {a.url: a.id for a in pool.articles.values()}
    for row in some:
        support = {numbers[row["docs"][i]["url"]] for i in row["support"]}
        asked = retrieve.ask(row["question"], pooled.date(row["date"]) + DAY)
        begun = time.perf_counter()
        found = await retriever.find(asked, limit=retrieve.FETCHED)
        seconds = time.perf_counter() - begun
        articles = list(dict.fromkeys(c.article.id for c in found))
        ours.add(articles, support, retrieve.relevance(asked, found), row["answerable"], seconds)
        begun = time.perf_counter()
        ranked = bm25.search(row["question"])
        seconds = time.perf_counter() - begun
        theirs.add([n for n, _ in ranked], support, ranked[0][1], row["answerable"], seconds)
    print(f"qa_realtimeqa, {len(some)} questions, {len(pool.articles)} articles (to reach: @1 85, AUC 90)")
    print(f"newsbot  {ours}\nBM25     {theirs}")
    print(f"ratio    @1 {ours.first / max(1, theirs.first):.3f}, AUC {ours.auc() / theirs.auc():.3f}")
    await null_queries(options, embedder)


async def null_queries(options: argparse.Namespace, embedder) -> None:
    corpus = bench.rows(options.data, "qa_multihop_corpus")
    pool = pooled.Pool.of(corpus)
    if embedder is not None:
        await pool.embedded(embedder)
    retriever = retrieve.Retriever(embedder, pool, pool)
    now: datetime = max(a.when for a in pool.articles.values()) + DAY
    bm25 = Whole(list(pool.articles.values()))
    mine, theirs, truth = [], [], []
    for row in bench.rows(options.data, "qa_multihop", options.rows):
        asked = retrieve.ask(row["question"], now)
        mine.append(retrieve.relevance(asked, await retriever.find(asked)))
        theirs.append(bm25.search(row["question"])[0][1])
        truth.append(row["answerable"])
    a, b = pooled.auc(mine, truth), pooled.auc(theirs, truth)
    print(f"qa_multihop, {len(truth)} questions, null queries (to reach: 97)")
    print(f"newsbot  AUC {100 * a:.1f}\nBM25     AUC {100 * b:.1f}\nratio    {a / b:.3f}")


@dataclass
class Figures:
    """What is counted over the questions."""

    first: int = 0
    five: int = 0
    answerable: int = 0
    scores: list[float] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(
        self, found: list[int], support: set[int], score: float, answerable: bool, seconds: float
    ) -> None:
        self.scores.append(score)
        self.truth.append(answerable)
        self.seconds.append(seconds)
        if answerable:
            self.answerable += 1
            self.first += bool(set(found[:1]) & support)
            self.five += bool(set(found[:5]) & support)

    def auc(self) -> float:
        return pooled.auc(self.scores, self.truth)

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.seconds, [50, 95]) * 1000
        share = [100 * n / self.answerable for n in (self.first, self.five)]
        return (
            f"recall@1 {share[0]:.1f}, @5 {share[1]:.1f}, abstention AUC {100 * self.auc():.1f},"
            f" {p50:.0f} ms p50, {p95:.0f} ms p95"
        )


class Whole:
    """BM25 over whole articles, title included, every word of the question."""

    def __init__(self, articles: list[Article]) -> None:
        self.ids = [a.id for a in articles]
        self.counts = [Counter(pooled.words(f"{a.title} {a.text}")) for a in articles]
        self.lengths = [c.total() for c in self.counts]
        self.seen = Counter(w for c in self.counts for w in c)
        self.mean = sum(self.lengths) / len(articles)

    def search(self, question: str) -> list[tuple[int, float]]:
        wanted = set(pooled.words(question))
        idf = {w: math.log(1 + (len(self.ids) - self.seen[w] + 0.5) / (self.seen[w] + 0.5)) for w in wanted}
        scores = [
            sum(
                idf[w]
                * c[w]
                * (pooled.K1 + 1)
                / (c[w] + pooled.K1 * (1 - pooled.B + pooled.B * n / self.mean))
                for w in wanted
                if w in c
            )
            for c, n in zip(self.counts, self.lengths, strict=True)
        ]
        return sorted(zip(self.ids, scores, strict=True), key=lambda x: -x[1])


if __name__ == "__main__":
    main()
