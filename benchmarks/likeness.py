"""How alike two stories must be for `subscribe like STORY`: where same-topic pairs part from the others.

    python -m benchmarks.likeness DATA

Stories are those of the gold clusters, each with the vector that the bot keeps: the mean direction of
its articles'. Two different stories of one topic (cluster_allsides names topics) should match, two of
different topics should not. cluster_basil has no topics: its stories are halved, and the halves should
match each other and no other story. Printed for each threshold: of the pairs that should match, how
many do (recall); of those that should not, how many do all the same (false), and how many of a
thousand other stories a subscription would so bring by mistake.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict

import numpy as np

from benchmarks import bench
from benchmarks.clusters import arrived, signed
from bot.chat.matching import ALIKE

THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)


def main() -> None:
    asyncio.run(run(bench.arguments(__doc__).parse_args()))


async def run(options) -> None:
    embedder = bench.embedder(options)
    for name, pairs in (("cluster_allsides", by_topic), ("cluster_basil", by_halves)):
        rows = arrived(bench.rows(options.data, name))
        found = [(s.vector, row) for (s, _), row in zip(await signed(rows, embedder), rows, strict=True)]
        same, other = pairs(found)
        print(f"{name}: {len(same)} pairs that should match, {len(other)} that should not")
        for threshold in sorted({*THRESHOLDS, ALIKE}):
            recall, wrong = np.mean(same >= threshold), np.mean(other >= threshold)
            mark = " <- the bot's" if threshold == ALIKE else ""
            print(
                f"  from {threshold:.2f}: recall {recall:6.1%}, false {wrong:7.2%}, "
                f"{1000 * wrong:6.1f} of 1,000{mark}"
            )
    await embedder.close()


def by_topic(found):
    """Cosines of different stories of one topic, and of different topics."""
    stories, topics = defaultdict(list), {}
    for vector, row in found:
        stories[row["story"]].append(vector)
        topics[row["story"]] = row["topic"]
    names = sorted(stories)
    cosines = np.stack([middle(stories[n]) for n in names]) @ np.stack([middle(stories[n]) for n in names]).T
    alike = np.array([[topics[a] == topics[b] for b in names] for a in names])
    upper = np.triu(np.ones_like(alike), 1)
    return cosines[alike & upper], cosines[~alike & upper]


def by_halves(found):
    """Cosines of a story's first report with the others', and with those of other stories."""
    stories = defaultdict(list)
    for vector, row in found:
        stories[row["story"]].append(vector)
    whole = [vectors for vectors in stories.values() if len(vectors) > 1]
    first = np.stack([vectors[0] for vectors in whole])
    rest = np.stack([middle(vectors[1:]) for vectors in whole])
    cosines = first @ rest.T
    same = np.eye(len(whole), dtype=bool)
    return cosines[same], cosines[~same]


def middle(vectors) -> np.ndarray:
    mean = np.sum(vectors, axis=0)
    return mean / np.linalg.norm(mean)


if __name__ == "__main__":
    main()
