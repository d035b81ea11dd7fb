"""Which selected sentence each line of a model was made from.

Pure. A model that follows instructions writes one line for each sentence, in their order. Others leave some
out, and sequence-to-sequence summarizers write freely, so what they write belongs to the sentence whose words
it has. The hard thing is what fits two: it is made from neither alone, and left to the check to refuse.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.news import clean
from bot.news.terms import stems


def lines(text: str, asked: Sequence[str], *, truncated: bool, language: str) -> dict[int, str]:
    """What was written for each of the sentences `asked`, by its place from 0; some may be missing."""
    sources = [frozenset(stems(s)) for s in asked]
    told = [line.strip() for line in text.splitlines() if line.strip()]
    if not truncated and len(told) == len(sources) and all(map(_is_made_from, told, sources)):
        return dict(enumerate(told))
    found: dict[int, str] = {}
    for sentence in clean.finished(text, truncated=truncated, language=language):
        best = max(range(len(sources)), key=lambda i: _shared(sentence, sources[i]), default=None)
        if best is not None and _is_made_from(sentence, sources[best]):
            found[best] = f"{found[best]} {sentence}" if best in found else sentence
    return found


def _is_made_from(line: str, source: frozenset[str]) -> bool:
    return 2 * _shared(line, source) > len(stems(line))


def _shared(line: str, source: frozenset[str]) -> int:
    return sum(w in source for w in stems(line))
