"""The grounding check against people's verdicts, beside plain word overlap.

    python -m benchmarks.grounding DATA [--verdict 40 --model standard] [--outputs FOLDER]

Balanced accuracy uses a threshold chosen on the other groups (ten folds, no article on both sides);
AUC needs none. `--verdict N` also asks the model for yes or no on N rows of each set, given the whole
article; with `--outputs FOLDER` what it said is kept there, and a long run can be done in parts.
"""

import argparse
import asyncio
import itertools
import math
import random
import re
import time

from benchmarks.bench import Kept, arguments, generator, rows
from bot.news.facts import Source
from bot.news.grounding import check_read
from bot.news.sentences import split
from bot.types import Turn

SETS = ("fact_summedits_news", "fact_faithbench", "fact_qags")
SYSTEM = "You check summaries against an article. Answer each question with yes or no."
QUESTION = (
    "Does the article say everything that the summary says, with nothing changed or added? Answer yes or no."
)
LONGEST = 7_000
"""Characters of an article that the model judges by: what its context has room for."""


def auc(labels: list[int], scores: list[float]) -> float:
    """Area under the ROC curve, in per cent."""
    good = [s for s, y in zip(scores, labels, strict=True) if y]
    bad = [s for s, y in zip(scores, labels, strict=True) if not y]
    wins = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return 100 * wins / (len(good) * len(bad)) if good and bad else math.nan


def balanced(labels: list[int], verdicts: list[bool]) -> float:
    """Mean of the two classes' recalls, in per cent; of one, where few rows have only that."""
    recall = []
    for kind in (0, 1):
        of_kind = [v == bool(y) for y, v in zip(labels, verdicts, strict=True) if y == kind]
        recall += [sum(of_kind) / len(of_kind)] if of_kind else []
    return 100 * sum(recall) / len(recall) if recall else math.nan


def by_group(labels: list[int], scores: list[float], groups: list[str], folds: int = 10) -> float:
    """Balanced accuracy with each fold's threshold chosen on the other folds' groups."""
    names = sorted(set(groups))
    random.Random(0).shuffle(names)
    fold = {name: i % folds for i, name in enumerate(names)}
    verdicts = [False] * len(labels)
    for k in range(min(folds, len(names))):
        inside = [fold[g] == k for g in groups]
        rest = [(s, y) for s, y, i in zip(scores, labels, inside, strict=True) if not i]
        threshold = max(
            sorted({s for s, _ in rest}),
            key=lambda t: balanced([y for _, y in rest], [s >= t for s, _ in rest]),
        )
        for i, here in enumerate(inside):
            if here:
                verdicts[i] = scores[i] >= threshold
    return balanced(labels, verdicts)


def overlap(document: str, summary: str) -> float:
    """The yardstick: share of the summary's word pairs that the document has."""
    pairs = [
        list(itertools.pairwise(w)) for w in (re.findall(r"\w+", t.lower()) for t in (document, summary))
    ]
    known = set(pairs[0])
    return sum(p in known for p in pairs[1]) / max(1, len(pairs[1]))


def ours(document: str, summary: str) -> tuple[float, bool]:
    """Our score of a summary (mean of its sentences' log odds) and whether every sentence is supported."""
    sources = [Source.read(document[a:b]) for a, b in split(document)]
    found = [check_read(summary[a:b], sources) for a, b in split(summary)]
    found = [f for f in found if f.problems != ("nothing to support it",)]
    if not found:
        return 0.0, False
    odds = [math.log(max(f.score, 1e-6) / max(1 - f.score, 1e-6)) for f in found]
    return sum(odds) / len(odds), all(f.supported for f in found)


async def verdict(model, document: str, summary: str) -> float:
    """The model's probability of yes; the article comes first, so that the engine need not read it again."""
    article = f"<article>\n{document[:LONGEST]}\n</article>"
    text = f"{article}\n\n<summary>\n{summary}\n</summary>\n\n{QUESTION}"
    turns = (Turn(role="system", text=SYSTEM), Turn(role="user", text=text))
    return (await model.choose(turns, ("yes", "no")))[0]


def report(name: str, picked: list[dict]) -> None:
    labels, groups = [r["label"] for r in picked], [r["group"] for r in picked]
    started = time.perf_counter()
    scored = [ours(r["doc"], r["summary"]) for r in picked]
    milliseconds = 1000 * (time.perf_counter() - started) / len(picked)
    plain = [overlap(r["doc"], r["summary"]) for r in picked]
    scores = [s for s, _ in scored]
    print(f"{name}, {len(picked)} rows, {sum(labels)} supported; {milliseconds:.0f} ms a row")
    print(f"  word pairs       AUC {auc(labels, plain):.1f}  balanced {by_group(labels, plain, groups):.1f}")
    print(f"  ours             AUC {auc(labels, scores):.1f}  balanced {by_group(labels, scores, groups):.1f}"
          f"  as shipped {balanced(labels, [v for _, v in scored]):.1f}", flush=True)  # fmt: skip


async def judged(name: str, picked: list[dict], options: argparse.Namespace, model) -> None:
    kept = Kept(options.outputs, f"verdict-{name}")
    picked = sorted(picked, key=lambda r: r["group"])  # the engine remembers the last article
    said = []
    for row in picked:
        known = kept.get(row["id"])
        value = known["yes"] if known else await verdict(model, row["doc"], row["summary"])
        kept.put({"id": row["id"], "yes": value}) if not known else None
        said.append(value)
    labels, groups = [r["label"] for r in picked], [r["group"] for r in picked]
    mine = [ours(r["doc"], r["summary"])[0] for r in picked]
    odds = [math.log(max(p, 1e-6) / max(1 - p, 1e-6)) for p in said]
    both = [a + b for a, b in zip(mine, odds, strict=True)]
    for title, scores in (("model's verdict", odds), ("ours, same rows", mine), ("both", both)):
        print(f"  {title:<16} AUC {auc(labels, scores):.1f}  balanced {by_group(labels, scores, groups):.1f}"
              f"  n={len(picked)}", flush=True)  # fmt: skip


async def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--verdict", type=int, default=0, help="rows of each set that the model judges too")
    options = parser.parse_args()
    model = generator(options) if options.verdict else None
    for name in SETS:
        report(name, rows(options.data, name, options.rows))
        if name == "fact_qags":
            report(
                "  cnndm half", [r for r in rows(options.data, name, options.rows) if r["subset"] == "cnndm"]
            )
        if model:
            await judged(name, rows(options.data, name, options.verdict), options, model)
    if model:
        await model.close()


if __name__ == "__main__":
    asyncio.run(main())
