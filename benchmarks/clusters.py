"""Articles put into stories as they arrive: B-cubed F1, beside TF-IDF with its best threshold.

    python -m benchmarks.clusters DATA [--speed]

Each article meets the signatures of the seven days before it, as in the bot. The yardstick gets the
threshold that suits the set best, found on the set itself; the bot's threshold is the one in the code.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from benchmarks import bench, pooled
from bot.news import cluster, copies, passages, regroup
from bot.types import Article, Signature

SETS = {"cluster_allsides": 90.0, "cluster_basil": 97.0}
WINDOW = timedelta(days=7)
NEW = 1_000_000
"""Makes ids for stories that were taken out of others."""


class Placed(NamedTuple):
    """The story of each article, and how often stories were taken apart and made one."""

    stories: list
    splits: int
    merges: int


def main() -> None:
    options = bench.arguments(__doc__)
    options.add_argument("--speed", action="store_true", help="also place articles beside 100,000 others")
    asyncio.run(run(options.parse_args()))


async def run(options) -> None:
    embedder = bench.embedder(options)
    heads = ("newsbot", "words alone", "TF-IDF", "ratio", "to reach")
    print(f"{'set':18} {'rows':>5} " + " ".join(f"{h:>11}" for h in heads))
    for name, goal in SETS.items():
        found = await signed(arrived(bench.rows(options.data, name)), embedder)
        gold = [story for _, story in found]
        regrouped = placed([s for s, _ in found])
        ours = bcubed(regrouped.stories, gold)
        bare = [replace(s, vector=np.zeros(0, dtype=np.float32)) for s, _ in found]
        words = bcubed(placed(bare).stories, gold)
        yardstick = tfidf(arrived(bench.rows(options.data, name)))
        figures = (ours, words, yardstick, ours / yardstick, goal)
        print(f"{name:18} {len(gold):5} " + " ".join(f"{f:11.2f}" for f in figures), flush=True)
        print(f"{'':18} taken apart: {regrouped.splits}, made one: {regrouped.merges}", flush=True)
    if options.speed:
        speed()
    await embedder.close()


def arrived(rows: list[dict]) -> list[dict]:
    """In order of date; within a day in an order that tells nothing."""
    return sorted(rows, key=lambda r: (r["date"][:10], hashlib.sha256(r["id"].encode()).digest()))


async def signed(rows: list[dict], embedder) -> list[tuple[Signature, str]]:
    found = []
    for n, row in enumerate(rows, 1):
        when = datetime.fromisoformat(row["date"][:10]).replace(tzinfo=UTC) + timedelta(seconds=n)
        made = replace(pooled.article(n, row), published=when, fetched=when, outlet=row["outlet"])
        found.append((cluster.sign(made, vectors=await vectors(made, embedder)), row["story"]))
    return found


async def vectors(made: Article, embedder):
    """The title's and the first passages', which is all that `sign` looks at."""
    first = passages.split(made.text, made.language)[:3]
    return await embedder.embed([made.title, *(p.text for p in first)])


def placed(signatures: list[Signature]) -> Placed:
    """Each article where it belongs, and the story looked at again, as the read stage does."""
    known: dict[int, Signature] = {}
    splits = merges = 0
    for one in signatures:
        near = [c for c in known.values() if abs(c.when - one.when) <= WINDOW]
        seen = regroup.review(one, cluster.place(one, near), near)
        story = one.article_id if seen.story_id is None else seen.story_id
        known[one.article_id] = replace(one, story_id=story)
        if seen.merge:
            stays, goes = seen.merge
            merges += 1
            known.update({k: replace(c, story_id=stays) for k, c in known.items() if c.story_id == goes})
        for group in seen.leaving:
            splits += 1
            new = -NEW * splits - group[0]
            known.update({k: replace(known[k], story_id=new) for k in group})
    return Placed([known[s.article_id].story_id for s in signatures], splits, merges)


def bcubed(found: list, gold: list) -> float:
    """F1 in per cent of B-cubed precision and recall (Bagga and Baldwin 1998)."""
    mine, theirs = defaultdict(set), defaultdict(set)
    for i, (a, b) in enumerate(zip(found, gold, strict=True)):
        mine[a].add(i)
        theirs[b].add(i)
    both = [
        (len(mine[a] & theirs[b]), len(mine[a]), len(theirs[b])) for a, b in zip(found, gold, strict=True)
    ]
    precision = sum(x / a for x, a, _ in both) / len(both)
    recall = sum(x / b for x, _, b in both) / len(both)
    return 200 * precision * recall / (precision + recall)


def tfidf(rows: list[dict]) -> float:
    """An article joins the story of its most similar predecessor; the best of forty thresholds."""
    counts = [Counter(pooled.words(f"{r['title']} {r['text']}")) for r in rows]
    seen = Counter(w for c in counts for w in c)
    columns = {w: i for i, w in enumerate(seen)}
    matrix = np.zeros((len(rows), len(columns)), dtype=np.float32)
    for i, words in enumerate(counts):
        for word, n in words.items():
            matrix[i, columns[word]] = (1 + math.log(n)) * math.log(len(rows) / seen[word])
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True) + 1e-9
    alike = matrix @ matrix.T
    gold = [r["story"] for r in rows]
    return max(bcubed(_nearest(alike, t), gold) for t in np.linspace(0.02, 0.6, 40))


def _nearest(alike, threshold: float) -> list[int]:
    stories: list[int] = []
    for i in range(len(alike)):
        best = int(np.argmax(alike[i, :i])) if i else -1
        stories.append(stories[best] if i and alike[i, best] >= threshold else i)
    return stories


def speed(stored: int = 100_000, window: int = 5000, tried: int = 100) -> None:
    """`place` and `review` among the candidates that the bot asks storage for, of made-up articles."""
    chance = np.random.default_rng(7)
    middle = chance.normal(size=(stored // 4, 384)).astype(np.float32)
    made = [_made(n, middle[n // 4], chance) for n in range(window + tried)]
    begun = time.perf_counter()
    for one in made[window:]:
        regroup.review(one, cluster.place(one, made[:window]), made[:window])
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    matrix = np.stack([m.vector for m in made[:window]])
    for one in made[window:]:
        np.argmax(matrix @ one.vector)
    bare = time.perf_counter() - begun
    print(
        f"placed a second: {tried / seconds:.0f} (the {window} newest of {stored} stored as candidates);"
        f" a bare cosine over the same candidates: {tried / bare:.0f}"
    )


def _made(number: int, middle, chance) -> Signature:
    vector = middle + 0.5 * chance.normal(size=384).astype(np.float32)
    words = chance.zipf(1.3, size=100) % 50_000
    return Signature(
        article_id=number + 1,
        story_id=number // 4,
        when=datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=2 * number),
        outlet="",
        title="",
        vector=vector / np.linalg.norm(vector),
        terms=(
            *(f"w{w}" for w in dict.fromkeys(words.tolist())),
            copies.MARK + "".join(f"{h:08x}" for h in sorted(chance.integers(0, 2**32, 64).tolist())),
        ),
    )


if __name__ == "__main__":
    main()
