"""Near-copies told from other reports of the same: AUC, beside the Jaccard of all runs of five words.

python -m benchmarks.duplicates DATA
"""

from __future__ import annotations

import numpy as np

from benchmarks import bench, pooled
from bot.news import cluster, copies

NOTHING = np.zeros((0, 0), dtype=np.float32)


def main() -> None:
    options = bench.arguments(__doc__).parse_args()
    rows = bench.rows(options.data, "dup_realtimeqa", options.rows)
    truth = [bool(r["dup"]) for r in rows]
    signed = [
        [cluster.sign(pooled.article(n, r[k]), vectors=NOTHING) for n, k in ((1, "a"), (2, "b"))]
        for r in rows
    ]
    ours = [copies.alike(a, b) for a, b in signed]
    yardstick = [jaccard(r["a"]["text"], r["b"]["text"]) for r in rows]
    said = [s >= copies.COPY for s in ours]
    right = sum(s == t for s, t in zip(said, truth, strict=True)) / len(rows)
    mine, theirs = pooled.auc(ours, truth), pooled.auc(yardstick, truth)
    print(f"dup_realtimeqa, {len(rows)} pairs")
    print(f"newsbot AUC {100 * mine:.1f}, right at the threshold {copies.COPY}: {100 * right:.1f} %")
    print(f"Jaccard AUC {100 * theirs:.1f}; ratio {mine / theirs:.3f}; to reach 99.5")


def jaccard(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    return len(a & b) / len(a | b) if a | b else 0.0


def runs(text: str) -> set[tuple[str, ...]]:
    words = pooled.words(text)
    return {tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


if __name__ == "__main__":
    main()
