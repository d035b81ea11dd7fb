"""Questions asked of pooled articles: right where there is an answer, silent where there is none.

    python -m benchmarks.answers DATA [--model standard|small|none] [--rows N] [--no-embedder]

Right: half of the gold answer's telling words, its numbers by value, or the surname, in what the bot says.
The citation holds the answer when the quoted words do the same. The yardstick, in the same run, is
BM25's best passage with the sentence that has most of the question's words, always said.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import numpy as np

from benchmarks import bench, pooled
from bot.models import catalogue
from bot.news import retrieve, sentences
from bot.news.answer import Answerer
from bot.news.numbers import numbers
from bot.news.terms import content, terms
from bot.types import Answer


def main() -> None:
    options = bench.arguments(__doc__)
    options.add_argument("--read", action="store_true", help="also where the bot would not have it read")
    options.add_argument("--no-embedder", action="store_true", help="search by words alone")
    asyncio.run(run(options.parse_args()))


async def run(options: argparse.Namespace) -> None:
    rows = bench.rows(options.data, "qa_realtimeqa")
    pool = pooled.Pool.of(pooled.documents(rows))
    embedder = None if options.no_embedder else bench.embedder(options)
    if embedder is not None:
        await pool.embedded(embedder)
    generator = bench.generator(options)
    reads = options.read or catalogue.reads(options.model)
    answerer = Answerer(generator, embedder, pool, pool, bench.prompts(), reads=reads)
    if generator is not None:
        await answerer.answer("Is the model loaded?", now=datetime(2026, 1, 1, tzinfo=pooled.UTC))
    ours, plain = Figures(), Figures()
    kept: list[dict] = []
    for row in bench.rows(options.data, "qa_realtimeqa", options.rows):
        asked = pooled.date(row["date"]) + timedelta(days=1)
        said, more = await answered(answerer, generator, row, asked)
        kept.append({**asdict(said), **more})
        ours.add(row, said)
        plain.add(row, await yardstick(pool, row["question"], asked))
    print(
        f"qa_realtimeqa, {len(ours.seconds)} questions, {len(pool.articles)} articles, model {options.model}"
    )
    print(f"newsbot   {ours}\nyardstick {plain}")
    print(f"ratio     right {ours.share('right') / max(0.01, plain.share('right')):.3f}")
    if options.outputs:
        bench.write(options.outputs / f"answers_{options.model}.jsonl", kept)
    print("to reach  right 80 %, silent 90 %, citation holds the answer 98 %")
    for closing in (generator, embedder):
        if closing is not None:
            await closing.close()


@dataclass(slots=True)
class Said:
    """What was answered, as far as the figures need it."""

    answered: bool
    text: str
    quotes: str
    seconds: float


async def answered(
    answerer: Answerer, generator: bench.Remembered | None, row: dict, now: datetime
) -> tuple[Said, dict]:
    """What is said to a row's question, and what is worth reading besides."""
    begun, saved = time.perf_counter(), generator.saved if generator else 0.0
    found: Answer = await answerer.answer(row["question"], now=now)
    seconds = time.perf_counter() - begun + (generator.saved - saved if generator else 0.0)
    said = Said(found.answered, found.text, " ".join(c.quote for c in found.citations), seconds)
    more = {"confidence": found.confidence, "note": found.note, "method": found.method}
    return said, {"id": row["id"], "question": row["question"], "gold": row["answer"], **more}


async def yardstick(pool: pooled.Pool, question: str, now: datetime) -> Said:
    begun = time.perf_counter()
    asked = retrieve.ask(question, now)
    hits = await pool.text([w.fold for w in asked.words], limit=1)
    text = (await pool.passages([hits[0].passage_id]))[0].text
    stems = {w.stem for w in asked.words}
    spans = sentences.split(text)
    best = max((text[a:b] for a, b in spans), key=lambda s: len(stems & {t.stem for t in terms(s)}))
    return Said(True, best, best, time.perf_counter() - begun)


@dataclass
class Figures:
    """Rows counted."""

    right: list[bool] = field(default_factory=list)
    silent: list[bool] = field(default_factory=list)
    wrong: list[bool] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, row: dict, said: Said) -> None:
        self.seconds.append(said.seconds)
        if not row["answerable"]:
            self.silent.append(not said.answered)
            return
        right = said.answered and has(said.text, row["answer"])
        self.right.append(right)
        self.wrong.append(said.answered and not right)
        if right:
            self.held.append(has(said.quotes, row["answer"]))

    def share(self, name: str) -> float:
        found = getattr(self, name)
        return 100 * sum(found) / len(found) if found else 0.0

    def __str__(self) -> str:
        p50, p95 = np.percentile(self.seconds, [50, 95])
        return (
            f"right {self.share('right'):.1f} % of {len(self.right)}, wrong {self.share('wrong'):.1f} %,"
            f" silent {self.share('silent'):.1f} % of {len(self.silent)},"
            f" citation holds the answer {self.share('held'):.1f} %, {p50:.1f} s p50, {p95:.1f} s p95"
        )


def has(text: str, gold: str) -> bool:
    """Half of the telling words of `gold`, its numbers by value, or the surname, in `text`."""
    counted = numbers(gold)
    if counted:
        said = numbers(text)
        return all(any(n.values & s.values for s in said) for n in counted)
    telling = content(terms(gold))
    have = {t.stem for t in terms(text)}
    if not telling:
        return gold.casefold() in text.casefold()
    if len(telling) > 1 and all(t.capital for t in telling) and telling[-1].stem in have:
        return True
    return 2 * sum(t.stem in have for t in telling) >= len(telling)


if __name__ == "__main__":
    main()
