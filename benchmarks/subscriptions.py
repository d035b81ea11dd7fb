"""One story against 100,000 subscriptions with options: time from the rows to the verdicts, and memory.

    python -m benchmarks.subscriptions [--subscriptions 100000] [--vectors 0.1]

Everything is made here, in a SQLite file: live subscriptions of every kind, a third of them with a
limit, quiet hours, urgent words, a length or a language; a tenth (`--vectors`) ask for stories like
one, each with its own vector. Printed: reading the questions, matching them, reading the
subscriptions that want the story, and deciding; beside it the same by the plain way, which reads every
subscription and asks each. Memory is the growth of the process's peak for that step.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot.chat import matching
from bot.chat.deciding import decide
from bot.storage.store import Store
from bot.types import (
    Address,
    Article,
    Length,
    Options,
    Story,
    Subscription,
    SubscriptionKind,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WORDS = [f"{a}{b}{n}" for a in ("riv", "tow", "lake", "bud", "vot") for b in "abcdefgh" for n in range(40)]
TOPICS = ("world/europe", "world/asia", "science", "science/space", "sport", "culture", "economy")
DIMENSIONS = 384


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def story(luck: random.Random) -> tuple[Story, Article, matching.StoryFacts]:
    """A story of one report of 600 words."""
    text = " ".join(luck.choices(WORDS, k=600))
    report = Article(
        id=1,
        url="https://outlet1.example/1",
        title="A story",
        text=text,
        outlet="Outlet 1",
        byline="",
        language="en",
        published=NOW,
        fetched=NOW,
        revision=1,
        source_id=1,
        story_id=1,
    )
    event = Story(id=1, title="A story", created=NOW, updated=NOW, article_ids=(1,), lead_id=1)
    vector = np.random.default_rng(7).normal(size=DIMENSIONS).astype(np.float32)
    return event, report, matching.facts(event, [report], {}, {}, vector=vector / np.linalg.norm(vector))


async def fill(store: Store, many: int, vectors: float, luck: random.Random) -> None:
    chance = np.random.default_rng(7)
    filters = [
        f"{a} AND ({b} OR title:{c})" for a, b, c in (luck.sample(WORDS, 3) for _ in range(many // 20))
    ]
    for first in range(0, many, 5000):
        async with store.transaction():
            for n in range(first, min(first + 5000, many)):
                await subscriber(store, n, filters, vectors, luck, chance)


async def subscriber(
    store: Store,
    n: int,
    filters: list[str],
    vectors: float,
    luck: random.Random,
    chance: np.random.Generator,
) -> None:
    chat = await store.chats.ensure(Address("telegram", str(n)), private=True)
    kinds = [k for k in SubscriptionKind if k is not SubscriptionKind.LIKE]
    kind = SubscriptionKind.LIKE if luck.random() < vectors else luck.choice(kinds)
    value = {
        SubscriptionKind.ALL: "",
        SubscriptionKind.KEYWORD: luck.choice(filters),
        SubscriptionKind.TOPIC: luck.choice(TOPICS),
    }.get(kind, str(luck.randint(1, 1000)))
    vector = chance.normal(size=DIMENSIONS) if kind is SubscriptionKind.LIKE else np.zeros(0)
    await store.subscriptions.add(
        chat.id,
        kind=kind,
        value=value,
        options=options(luck),
        vector=(vector / (np.linalg.norm(vector) or 1)).astype("<f2").tobytes(),
        now=NOW,
    )


def options(luck: random.Random) -> Options:
    if luck.random() > 1 / 3:
        return Options()
    quiet = luck.random() < 0.5
    return Options(
        length=luck.choice([None, *Length]),
        language=luck.choice(["", "", "de", "fr"]),
        quiet_from="22:00" if quiet else "",
        quiet_until=f"0{luck.randint(5, 9)}:00" if quiet else "",
        urgent=luck.choice(["", luck.choice(WORDS)]),
        most=luck.choice([None, 1, 3, 5, 10]),
        changes=luck.random() < 0.3,
    )


class Step:
    """Prints what its body took."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.began, self.before = time.perf_counter(), peak_mb()

    def __exit__(self, *_: object) -> None:
        seconds = time.perf_counter() - self.began
        print(f"{self.name:44} {1000 * seconds:9.0f} ms {peak_mb() - self.before:8.1f} MB more")


async def measure(folder: Path, many: int, vectors: float) -> None:
    luck = random.Random(7)
    store = await Store.open(f"sqlite:///{folder / 'bench.db'}")
    try:
        await fill(store, many, vectors, luck)
        event, _, facts = story(luck)
        for run in ("first", "again"):
            print(f"{run}:")
            await told(store, event, facts)
        everything = await live_of(store)
        with Step(f"plain way: ask each of {len(everything)}"):
            wanted = [s for s in everything if matching.score(matching.question_of(s), facts) is not None]
        print(f"{len(wanted)} want it; {peak_mb():.0f} MB in all")
    finally:
        await store.close()


async def told(store: Store, event: Story, facts: matching.StoryFacts) -> None:
    with Step("questions read"):
        questions = await store.subscriptions.questions()
    with Step(f"{len(questions)} questions matched"):
        found = matching.matching(questions, facts)
    with Step(f"subscriptions read, of {len(found)} questions"):
        wanting = await store.subscriptions.asking(found)
    with Step(f"chats of {len(wanting)} read"):
        chats = await store.chats.get_many([s.chat_id for s in wanting])
    with Step("decided"):
        for one in wanting:
            decide(
                chats[one.chat_id],
                [(one, found[matching.question_of(one)])],
                story_id=event.id,
                urgent=lambda text: matching.passes(text, facts),
                posts={},
                as_of=NOW,
                now=NOW,
            )


async def live_of(store: Store) -> list[Subscription]:
    questions = await store.subscriptions.questions()
    with Step("plain way: every subscription read"):
        return await store.subscriptions.asking(questions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--subscriptions", type=int, default=100_000)
    parser.add_argument("--vectors", type=float, default=0.1, help="share that asks for stories like one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), chosen.subscriptions, chosen.vectors))


if __name__ == "__main__":
    main()
