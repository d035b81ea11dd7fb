"""A model's version of a sentence: the edits that hold are made, the others undone.

    source   When Lind, 48, took it home, she saw a stain.
    line     When the mayor took it home, she saw a stain.      (a word of its own)
    holding  When Lind took it home, she saw a stain.

Pure. Both are compared word by word; each difference is judged by itself (`cuts.py`). The hard thing is what
is left when some are undone: an edit may have leant on another, so then only what is set off still goes,
and the marks between words are the source's wherever the line would turn them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from bot.news import cuts
from bot.news.cuts import Word

_OWN = 0.5
"""Share of the line's words that may be its own; beyond that it is another sentence, not an edited one."""
_QUOTES = "'\"’‘`´“”„«»"
_MARKS = str.maketrans(dict.fromkeys(_QUOTES, "'") | dict.fromkeys("–—", "-"))
_VERBS = re.compile(
    r"(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|said|says"
    r"|ist|sind|war|waren|hat|haben|wird|werden|est|sont)",
    re.IGNORECASE,
)
"""Before these no comma is left where an aside went: it is the subject that stands there."""
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"), ("「", "」"))


def holding(own: str, line: str, language: str) -> str:
    """`own` with those edits of `line` that leave its sense; `own` itself where none does.

    `language` is the code of both.
    """
    if own.split() == line.split():
        return own
    source, told = _Text.read(cuts.mended(own)), _Text.read(cuts.mended(line))
    edits = list(_edits(source, told, language))
    if sum(e.m - e.k for e in edits if not e.holds) > _OWN * len(told.words):
        return own
    if not all(e.holds for e in edits):
        edits = [replace(e, holds=e.alone) for e in edits]
    made = _Merged(source, told, edits).text()
    return made if made and _whole(source, made) and _differs(own, made) else own


@dataclass(frozen=True, slots=True)
class _Edit:
    """The source's words `i:j` and the line's `k:m` in their place."""

    i: int
    j: int
    k: int
    m: int
    holds: bool
    alone: bool
    """Whether it holds whatever becomes of the others."""


def _edits(source: _Text, line: _Text, language: str) -> Iterator[_Edit]:
    """Every stretch, edited or not, in order."""
    before, after = [w.fold for w in source.words], [w.fold for w in line.words]
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = source.words[i:j], line.words[k:m]
        set_off = kind != "equal" and j > i and cuts.may_go(source.text, source.words, i, j, language)
        alone = kind == "equal" or cuts.repaired(gone, come) or (set_off and not come)
        holds = alone or cuts.light(gone, come) or (set_off and cuts.light(come))
        yield _Edit(i, j, k, m, holds=holds, alone=alone)


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    words: Sequence[Word]

    @classmethod
    def read(cls, text: str) -> _Text:
        return cls(text, cuts.read(text))

    def gap(self, place: int | None) -> str:
        """What stands before word `place`; after the last word, what ends the text."""
        if place is None:
            place = len(self.words)
        start = self.words[place - 1].end if place else 0
        end = self.words[place].start if place < len(self.words) else len(self.text)
        return self.text[start:end]

    def quotes(self) -> int:
        """How many quotation marks it has; an apostrophe in a word is none."""
        return sum(_plain(self.gap(place)).count("'") for place in range(len(self.words) + 1))

    def torn(self) -> bool:
        """Whether a quotation has lost its other half."""
        return self.quotes() % 2 == 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of the result, and its place in the source, in the line, or in both."""

    text: str
    source: int | None
    line: int | None


class _Merged:
    """The source with the edits made, word by word, then mark by mark."""

    def __init__(self, source: _Text, line: _Text, edits: Sequence[_Edit]) -> None:
        self._source, self._line = source, line
        self._pairs_quotes = source.torn() and not line.torn() and line.quotes() > source.quotes()
        self._pieces: list[_Piece] = []
        for edit in edits:
            self._pieces += self._made(edit) if edit.holds else self._kept(edit)

    def text(self) -> str:
        """All of it, as one sentence with its capital; empty where no word is left."""
        last = _Piece("", -1, -1)
        written = ""
        for piece in self._pieces:
            written += self._before(last, piece) + piece.text
            last = piece
        if written:
            written += self._end(last)
        written = " ".join(written.split())
        return written[:1].upper() + written[1:]

    def _kept(self, edit: _Edit) -> list[_Piece]:
        return [_Piece(self._source.words[i].text, i, None) for i in range(edit.i, edit.j)]

    def _made(self, edit: _Edit) -> list[_Piece]:
        if edit.j - edit.i != edit.m - edit.k:
            return [_Piece(self._line.words[k].text, None, k) for k in range(edit.k, edit.m)]
        pairs = zip(range(edit.i, edit.j), range(edit.k, edit.m), strict=True)
        begins = not self._pieces
        return [_Piece(self._spelt(i, k, first=begins and i == edit.i), i, k) for i, k in pairs]

    def _spelt(self, i: int, k: int, *, first: bool) -> str:
        """The line's spelling, but no capital that its place gave it, and no mark of the source's lost."""
        own, told = self._source.words[i].text, self._line.words[k].text
        if own.casefold() != told.casefold():
            accents = len(own) == len(told) and self._source.words[i].fold == self._line.words[k].fold
            return own if accents else told
        if i == 0 and not first:
            return told
        if (k == 0 and not first) or _capitals(told) < _capitals(own):
            return own
        return told

    def _before(self, last: _Piece, piece: _Piece) -> str:
        """The marks before a piece: the source's where it has both its neighbours, else the line's."""
        own = self._source.gap(piece.source) if _follow(last.source, piece.source) else None
        told = self._line.gap(piece.line) if _follow(last.line, piece.line) else None
        if own is None and self._was_aside(last, piece) and _VERBS.fullmatch(piece.text):
            return " "
        return self._marks(own, told)

    def _was_aside(self, last: _Piece, piece: _Piece) -> bool:
        """Whether what stood between two pieces had a comma on either side: both go with it."""
        if last.source is None or piece.source is None or last.source < 0:
            return False
        return self._source.gap(last.source + 1) == self._source.gap(piece.source) == ", "

    def _end(self, last: _Piece) -> str:
        own = self._source.gap(None) if last.source == len(self._source.words) - 1 else None
        told = self._line.gap(None) if last.line == len(self._line.words) - 1 else None
        return self._marks(own, told)

    def _marks(self, own: str | None, told: str | None) -> str:
        if own is None or told is None:
            known = told if own is None else own
            return " " if known is None else known
        spaced = not own or " " in own
        alike = spaced and _plain(own) == _plain(told)
        added = not _plain(own) and _plain(told) in {",", "-"}
        paired = self._pairs_quotes and _plain(own).replace("'", "") == _plain(told).replace("'", "")
        return told if alike or added or paired else own


def _follow(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one + 1 == other


def _capitals(word: str) -> int:
    return sum(c.isupper() for c in word)


def _plain(marks: str) -> str:
    return "".join(marks.translate(_MARKS).split())


def _differs(own: str, made: str) -> bool:
    """Whether more than a comma was changed."""
    return own.replace(",", "").split() != made.replace(",", "").split()


def _whole(source: _Text, made: str) -> bool:
    """Whether no bracket and no quotation lost its other half."""
    if _Text.read(made).torn() and not source.torn():
        return False
    own = source.text
    return all(abs(made.count(a) - made.count(b)) <= abs(own.count(a) - own.count(b)) for a, b in _PAIRS)
