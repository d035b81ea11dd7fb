"""Article extraction: F1 of ours and of plain trafilatura on the same pages, in the same run.

    python -m benchmarks.extract DATA_FOLDER [--rows N] [--worst N]

Metric: the field's, as scrapinghub's article-extraction-benchmark defines it. Texts become 4-grams
of word tokens; per page the shared ones are true positives, shares of TP, FP and FN are taken so
that every page weighs the same, and precision, recall and F1 come from their sums.
"""

from __future__ import annotations

import argparse
import base64
import json
import lzma
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trafilatura

from bot.errors import Unreadable
from bot.sources import extract

WORD = re.compile(r"\w+", re.UNICODE)


def grams(text: str, n: int = 4) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text or "")
    return Counter(tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1)))


def shares(truth: str, found: str) -> tuple[float, float, float]:
    """TP, FP and FN as shares of one page."""
    a, b = grams(truth), grams(found)
    tp = sum((a & b).values())
    fp, fn = sum(b.values()) - tp, sum(a.values()) - tp
    whole = tp + fp + fn
    return tp / whole, fp / whole, fn / whole


def f1(pages: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    tp, fp, fn = (sum(column) for column in zip(*pages, strict=True))
    precision, recall = tp / (tp + fp) if tp + fp else 0.0, tp / (tp + fn) if tp + fn else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0, precision, recall


def ours(html: str) -> str:
    try:
        return extract.extract(html).text
    except Unreadable:
        return ""


def plain(html: str) -> str:
    return trafilatura.extract(html, include_comments=False) or ""


def load(path: Path, rows: int) -> list[tuple[str, str, str]]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines()[:rows]:
        row = json.loads(line)
        html = lzma.decompress(base64.b85decode(row["html_xz_b85"])).decode("utf-8", "replace")
        found.append((row.get("url") or row["id"], html, row["article"]))
    return found


def measure(
    name: str, extractor: Callable[[str], str], pages: list[tuple[str, str, str]]
) -> list[tuple[float, float, float]]:
    started = time.process_time()
    results = [shares(truth, extractor(html)) for _, html, truth in pages]
    score, precision, recall = f1(results)
    rate = len(pages) / (time.process_time() - started)
    said = f"{name:12} F1 {score:.4f}  precision {precision:.4f}  recall {recall:.4f}"
    print(f"{said}  {rate:.1f} pages a CPU second")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--worst", type=int, default=0, help="show where ours and plain differ most")
    options = parser.parse_args()
    for name in ("extract_zyte", "extract_readability", "extract_newspaper4k"):
        path = options.data / f"{name}.jsonl"
        if not path.exists():
            print(f"{name}: no such file in {options.data}; nothing measured")
            continue
        pages = load(path, options.rows)
        print(f"{name}: {len(pages)} pages")
        theirs, mine = measure("trafilatura", plain, pages), measure("newsbot", ours, pages)
        print(f"ratio        {f1(mine)[0] / f1(theirs)[0]:.4f}")
        differing = sorted(range(len(pages)), key=lambda i: mine[i][0] - theirs[i][0])
        for i in (*differing[: options.worst], *differing[-options.worst :]) if options.worst else ():
            print(f"  {theirs[i][0]:.3f} -> {mine[i][0]:.3f}  {pages[i][0][:90]}")


if __name__ == "__main__":
    main()
