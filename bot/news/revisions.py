"""What a publisher changed between two revisions of an article, in short.

Pure. Sentences are matched first, then the words of those that were only reworded; a number that
stands where another stood is a correction. The hard thing is to say little: an article that was
written anew has no short difference, and then only its size is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from bot.news.numbers import numbers
from bot.news.sentences import split

ALIKE = 0.5
"""Shared part of the words from which two sentences are one that was reworded."""
MOST_SENTENCES = 400
MOST_WORDS = 120
"""Of one sentence; a longer one is told as a whole."""
WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*%?")


class EditKind(StrEnum):
    """What was done."""

    NUMBER = "number"
    """A number became another."""
    REWORDED = "reworded"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change; of what was added `before` is empty, of what was removed `after`."""

    kind: EditKind
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything between two revisions."""

    edits: tuple[Edit, ...]
    """Numbers first, then what was added and removed, then what was reworded."""
    words_added: int
    words_removed: int


def compare(before: str, after: str, language: str = "") -> Edits:
    """The changes from one text to the other."""
    old, new = _sentences(before, language), _sentences(after, language)
    found: list[Edit] = []
    for step, a, b, c, d in _steps([_words(s) for s in old], [_words(s) for s in new]):
        if step != "equal":
            found += _block(old[a:b], new[c:d])
    order = list(EditKind)
    added, removed = _sizes(_words(before), _words(after))
    ranked = sorted(found, key=lambda e: (e.kind is EditKind.REWORDED, order.index(e.kind)))
    return Edits(tuple(dict.fromkeys(ranked)), added, removed)


def _sentences(text: str, language: str) -> list[str]:
    found = (" ".join(text[start:end].split()) for start, end in split(text, language))
    return [sentence for sentence in found if sentence][:MOST_SENTENCES]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in WORD.findall(text))


def _steps(old: Sequence[object], new: Sequence[object]) -> list[tuple[str, int, int, int, int]]:
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _sizes(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Words added and removed; a text of thousands is compared by its sentences' words only."""
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) > 2000)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    return len(new) - kept, len(old) - kept


def _block(old: Sequence[str], new: Sequence[str]) -> Iterator[Edit]:
    """Changes within sentences that stand in the place of others."""
    left = list(old)
    for sentence in new:
        near = max(left, key=lambda other: _alike(other, sentence), default="")
        if near and _alike(near, sentence) >= ALIKE:
            left.remove(near)
            yield from _within(near, sentence)
        else:
            yield Edit(EditKind.ADDED, "", sentence)
    for sentence in left:
        yield Edit(EditKind.REMOVED, sentence, "")


def _alike(one: str, other: str) -> float:
    a, b = set(_words(one)), set(_words(other))
    return 2 * len(a & b) / max(len(a) + len(b), 1)


def _within(before: str, after: str) -> Iterator[Edit]:
    """The words that changed in a sentence."""
    old, new = list(WORD.finditer(before)), list(WORD.finditer(after))
    if max(len(old), len(new)) > MOST_WORDS:
        yield Edit(EditKind.REWORDED, before, after)
        return
    steps = _steps([w[0].casefold() for w in old], [w[0].casefold() for w in new])
    for step, a, b, c, d in steps:
        if step == "equal":
            continue
        corrected = _number(before, old[a:b]) and _number(after, new[c:d])
        kind = EditKind.NUMBER if corrected else EditKind.REWORDED
        yield Edit(kind, _excerpt(before, old, a, b), _excerpt(after, new, c, d))


def _number(text: str, words: Sequence[re.Match[str]]) -> bool:
    return bool(words) and bool(numbers(text[words[0].start() : words[-1].end()]))


def _excerpt(text: str, words: Sequence[re.Match[str]], start: int, end: int) -> str:
    """The words from `start` to `end` with one more on either side."""
    first, last = max(start - 1, 0), min(end, len(words) - 1)
    return text[words[first].start() : words[last].end()] if words else ""
