"""Which selected sentence each line of a model was made from.

Pure. A model that follows instructions numbers its lines as the sentences were numbered. Sequence-to-
sequence summarizers follow none and write free sentences, so each of theirs belongs to the sentence whose
words it has. The hard thing is what fits two: it is made from neither alone, and left to the check to refuse.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.news import clean
from bot.news.terms import stems


def lines(text: str, asked: Sequence[str], *, truncated: bool, language: str) -> dict[int, str]:
    """What was written for each of the sentences `asked`, by its place from 0; some may be missing."""
    numbered = clean.numbered(text, truncated=truncated)
    if numbered:
        return {n - 1: line for n, line in numbered.items() if 1 <= n <= len(asked)}
    found: dict[int, str] = {}
    sources = [frozenset(stems(s)) for s in asked]
    for sentence in clean.finished(text, truncated=truncated, language=language):
        words = stems(sentence)
        shared = [sum(w in source for w in words) for source in sources]
        best = max(range(len(shared)), key=shared.__getitem__, default=None)
        if best is not None and 2 * shared[best] > len(words):
            found[best] = f"{found[best]} {sentence}" if best in found else sentence
    return found
