"""Where articles about one event give different numbers for the same thing.

Pure. `12 people` against `14 people` in sentences that otherwise share their words is a difference;
the hard thing is not to see one in two numbers that merely count the same kind of thing, so both
sentences must share most of what they are about.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.news.numbers import Number, numbers
from bot.news.terms import DATES, Term, content, terms
from bot.types import Article

_LEAD = 500
"""Characters in which a correction names what it corrects."""
_NOT = re.compile(r"(?:\W+\w+){0,4}\W+not\W+(?:the \w+ )?", re.IGNORECASE)
_ALIKE = 0.34
"""Shared part of the telling words that two sentences need; set by hand on invented pairs."""


@dataclass(frozen=True, slots=True)
class Said:
    """A number with what it counts, as one article has it."""

    article: Article
    sentence: str
    start: int
    end: int
    number: Number
    unit: str
    phrase: str
    """`14 people`, as written."""
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two articles that differ; `later` is the newer one."""

    earlier: Said
    later: Said

    @property
    def corrected(self) -> bool:
        """The same outlet changed its number."""
        return bool(self.earlier.article.outlet) and self.earlier.article.outlet == self.later.article.outlet

    @property
    def note(self) -> str:
        """One sentence for the reader."""
        first, last = _outlet(self.earlier.article), _outlet(self.later.article)
        if self.corrected:
            return f"{last} first wrote {self.earlier.phrase}, later {self.later.phrase}."
        return f"{first} says {self.earlier.phrase}; {last}, later, says {self.later.phrase}."


def _outlet(article: Article) -> str:
    return article.outlet or "An outlet"


def counted(article: Article, spans: Sequence[tuple[int, int]]) -> list[Said]:
    """Every counted thing in the sentences `spans` of `article`."""
    found: list[Said] = []
    for start, end in spans:
        sentence = article.text[start:end]
        words = terms(sentence)
        about = frozenset(w.stem for w in content(words) if not w.fold[:1].isdigit())
        for number in numbers(sentence):
            unit = _unit(sentence, words, number)
            if unit:
                phrase = sentence[number.start : unit.start + len(unit.text)]
                found.append(Said(article, sentence, start, end, number, unit.stem, phrase, about))
    return found


def _unit(sentence: str, words: Sequence[Term], number: Number) -> Term | None:
    """The counted noun right after the number; none after dates, ordinals and lone years."""
    if number.text.endswith(("st", "nd", "rd", "th")) or any(1900 <= v <= 2100 for v in number.values):
        return None
    after = [w for w in words if w.start >= number.end][:1]
    if not after or sentence[number.end : after[0].start].strip():
        return None
    word = after[0]
    if (
        word.fold in DATES
        or word.capital
        or not content([word])
        or word.fold in {"month", "year", "am", "pm"}
    ):
        return None
    return word


def differences(said: Sequence[Said], *, most: int = 2) -> tuple[Difference, ...]:
    """At most `most` differences between articles, each counted thing once."""
    found: dict[str, Difference] = {}
    for i, one in enumerate(said):
        for other in said[i + 1 :]:
            if _differ(one, other) and one.unit not in found:
                earlier, later = sorted((one, other), key=lambda s: s.article.when)
                found[one.unit] = Difference(earlier, later)
    return tuple(found.values())[:most]


@dataclass(frozen=True, slots=True)
class Correction:
    """An article that says of a number that it was another: `11 people, not 14`."""

    article: Article
    new: str
    outdated: tuple[Said, ...]
    """What older articles say with the old number."""

    @property
    def note(self) -> str:
        """One sentence for the reader."""
        return f"{_outlet(self.article)} corrected {self.outdated[0].phrase} to {self.new}."


def corrections(articles: Sequence[Article], said: Sequence[Said]) -> tuple[Correction, ...]:
    """Each correction that touches what an older article says."""
    found: list[Correction] = []
    for article in articles:
        lead = f"{article.title}. {article.text[:_LEAD]}"
        for new, old in _not_pairs(lead):
            outdated = tuple(
                s for s in said if s.article.when < article.when and s.number.values & old.values
                and s.unit in {w.stem for w in terms(lead)}
            )  # fmt: skip
            if outdated:
                found.append(Correction(article, new.text, outdated))
    return tuple(found)


def _not_pairs(text: str) -> list[tuple[Number, Number]]:
    """Numbers that the text sets against each other: the one that holds, the one that does not."""
    found = numbers(text)
    return [(new, old) for new, old in itertools.pairwise(found) if _NOT.fullmatch(text[new.end : old.start])]


def renumbered(old: Said, new: Said) -> bool:
    """Whether `new` gives another number for what `old` counts; both may be of one article."""
    if old.unit != new.unit:
        return False
    if old.number.values & new.number.values or old.number.percent != new.number.percent:
        return False
    shared = (old.about & new.about) - {old.unit}
    smaller = min(len(old.about), len(new.about)) - 1
    return len(shared) >= 2 and len(shared) >= _ALIKE * smaller


def _differ(one: Said, other: Said) -> bool:
    return one.article.id != other.article.id and renumbered(one, other)
