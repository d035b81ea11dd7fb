"""The part of a passage that is read: the sentence that fits the question best, and its neighbours.

Pure. A small machine reads some fifty tokens a second, and three passages are often read before anything can
be said: what is left out, a person need not wait for. The hard thing is how little suffices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.news import sentences
from bot.news.fitting import Fit
from bot.news.passages import size
from bot.news.quoting import points_back
from bot.news.retrieve import Candidate

WORDS = 45
"""Words of a passage that are read, more where one sentence has more. Measured: docs/figures/answers.md."""


def excerpt(candidate: Candidate, found: Sequence[Fit]) -> Candidate:
    """`candidate` with as much of its passage as is to be read; `found` are the sentences, the best first."""
    passage = candidate.passage
    spans = sentences.split(passage.text, candidate.article.language)
    best = next((n for f in found if (n := _place(f, candidate, spans)) is not None), None)
    if best is None or size(passage.text) <= WORDS:
        return candidate
    leans = points_back(passage.text, spans[best][0])
    first, last = _around(best, [size(passage.text[a:b]) for a, b in spans], leans=leans)
    start, end = spans[first][0], spans[last][1]
    part = replace(
        passage, start=passage.start + start, end=passage.start + end, text=passage.text[start:end]
    )
    return replace(candidate, passage=part)


def _place(fit: Fit, candidate: Candidate, spans: Sequence[tuple[int, int]]) -> int | None:
    """Which of the passage's sentences `fit` is."""
    if fit.article.id != candidate.article.id:
        return None
    start = fit.start - candidate.passage.start
    return next((n for n, (a, _) in enumerate(spans) if a == start), None)


def _around(best: int, sizes: Sequence[int], *, leans: bool) -> tuple[int, int]:
    """The first and the last sentence: `best`, and what still has room after and before it.

    The one before comes first where `best` leans on it.
    """
    first = last = best
    words = sizes[best]
    while True:
        near = (first - 1, last + 1) if leans and first == best else (last + 1, first - 1)
        beside = [n for n in near if 0 <= n < len(sizes) and words + sizes[n] <= WORDS]
        if not beside:
            return first, last
        words += sizes[beside[0]]
        first, last = min(first, beside[0]), max(last, beside[0])
