"""An article's text, cut into passages of a few sentences: what is searched, embedded and read.

Knows sentences, nothing of databases or models. The hard thing is to cut where the text itself
pauses: a passage ends with its paragraph once it is long enough, and lies inside a sentence only
where one sentence is longer than a passage may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.news import sentences
from bot.types import Passage

WORDS = 110
"""A passage's most words; about 150 tokens, so that an embedder of 256 sees all of it."""
SENTENCES = 5
ENOUGH = 45
"""Words after which the end of a paragraph ends the passage too."""

_WORD = re.compile(r"[^\W_]+")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_WHITE = re.compile(r"\s+")


def split(text: str, language: str = "") -> list[Passage]:
    """Passages of `text` in order, each exactly `text[start:end]`; ids are 0 until stored.

    Together they hold every character that is no white space, once.
    """
    pieces = [p for span in sentences.split(text, language) for p in _fitting(text, *span)]
    spans = _with_last_merged(text, list(_grouped(text, pieces)))
    return [Passage(0, 0, n, a, b, text[a:b]) for n, (a, b) in enumerate(spans)]


def size(text: str) -> int:
    """Words of `text`; where a script writes no spaces, two characters count as one."""
    dense = len(_NO_SPACES.findall(text))
    return (dense + 1) // 2 + len(_WORD.findall(_NO_SPACES.sub(" ", text)))


def _fitting(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, or its pieces where it is longer than a passage may be (lists, missing stops)."""
    most = WORDS * 8
    while end - start > most:
        spaces = list(_WHITE.finditer(text, start + most // 2, start + most))
        cut, after = spaces[-1].span() if spaces else (start + most, start + most)
        yield start, cut
        start = after
    if start < end:
        yield start, end


def _grouped(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin = last = words = count = 0
    for start, end in pieces:
        more = size(text[start:end])
        pause = "\n" in text[last:start] and words >= ENOUGH
        if count and (pause or count == SENTENCES or words + more > WORDS):
            yield begin, last
            count = words = 0
        if not count:
            begin = start
        last, words, count = end, words + more, count + 1
    if count:
        yield begin, last


def _with_last_merged(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A last passage of a few words says little alone; the one before takes it where it fits."""
    if len(spans) < 2:
        return spans
    *rest, (a, _), (b, end) = spans
    if size(text[b:end]) < ENOUGH // 3 and size(text[a:end]) <= WORDS + ENOUGH // 3:
        return [*rest, (a, end)]
    return spans
