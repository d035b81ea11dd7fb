"""Where articles about one event give different numbers for the same thing.

Pure. `12 people were killed` against `14 people were killed` in sentences that share most of their words
is a difference. The hard thing is not to see one in two numbers that count different things, the killed
and the injured, or one thing in two towns: so neither sentence may say something of its number that the
other doesn't. A difference missed costs a reader little; one that the sources don't have is an invention.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.news.counts import (
    MONTH_NAMES,
    POINTING,
    PREPOSITIONS,
    Said,
    is_name,
    is_year,
    meaning,
    meanings,
    meant,
    part_of,
    telling,
    unit_of,
)
from bot.news.numbers import Number, numbers
from bot.news.sentences import split
from bot.news.terms import Term, terms
from bot.types import Article

_NEWEST = 40
"""Of what is said of one thing, so many are held against each other."""
_LEAD = 500
"""Characters in which a correction names what it corrects."""
_READ = 20_000
"""Characters of an article in which the other's number and names are looked for."""
_KEPT = 64
"""Articles whose words are remembered: each is held against all others of its story."""
_A_NOT_B = re.compile(r"(?:[^\w.!?]+\w+){0,4}[^\w.!?]+not\W+(?:the \w+ )?", re.IGNORECASE)
_NOT = re.compile(r"\bnot\W+(?:the \w+ )?$", re.IGNORECASE)
_BUT = re.compile(r"(?:[^\w.!?]+\w+){0,3}[^\w.!?]+but\W+(?:only |just |at least )?", re.IGNORECASE)
_ALIKE = 0.34
"""Shared part of the telling words that two sentences need; set by hand on invented pairs."""
_NEAR = 0.1
"""What `about` leaves open, as a share of the number."""


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
    def replaced(self) -> bool:
        """The same outlet changed its number, and its newer sentence says all else that the older one did."""
        return self.corrected and self.earlier.about <= self.later.about

    @property
    def note(self) -> str:
        """One sentence for the reader."""
        one, other = self.earlier, self.later
        first, last = _outlet(one.article), _outlet(other.article)
        if self.corrected:
            return f"{last} first wrote {_phrase(one)}, later {_phrase(other)}."
        dates = (one.article.published, other.article.published)
        later = ", later," if None not in dates and dates[0] != dates[1] else ""
        last = "an outlet" if last == "An outlet" else last
        return f"{first} says {_phrase(one)}; {last}{later} says {_phrase(other)}."


def _phrase(said: Said) -> str:
    """`At least 14 people`, without the capital of its sentence."""
    return said.phrase[:1].lower() + said.phrase[1:]


def _outlet(article: Article) -> str:
    return article.outlet or "An outlet"


def differences(said: Sequence[Said], *, most: int = 2) -> tuple[Difference, ...]:
    """At most `most` differences between articles, each counted thing once.

    Of an outlet that changed its number, only the newest is held against another outlet's.
    """
    units: defaultdict[str, list[Said]] = defaultdict(list)
    for one in said:
        units[one.unit].append(one)
    found: dict[tuple[str, frozenset[str], bool], Difference] = {}
    for d in itertools.chain.from_iterable(_among(same) for same in units.values()):
        found.setdefault((d.earlier.unit, d.earlier.fate, d.corrected), d)
    return tuple(found.values())[:most]


def _among(said: Sequence[Said]) -> list[Difference]:
    """The differences in the counts of one unit, as far as no newer number of the same outlet is known."""
    newest = sorted((s for s in said if not _is_one_of_two(s, said)), key=lambda s: s.article.when)[-_NEWEST:]
    pairs = [
        Difference(one, other)
        for one, other in itertools.combinations(newest, 2)
        if one.article.id != other.article.id and renumbered(one, other)
    ]
    outdated = {_place(d.earlier) for d in pairs if d.corrected}
    return [d for d in pairs if d.corrected or not outdated & {_place(d.earlier), _place(d.later)}]


def _place(said: Said) -> tuple[int, int, int]:
    return said.article.id, said.start, said.number.start


def _is_one_of_two(one: Said, said: Sequence[Said]) -> bool:
    """Whether its own article gives a second number of such a thing: of another day, or another place."""
    return any(
        o.article.id == one.article.id
        and (o.unit, o.fate) == (one.unit, one.fate)
        and not o.number.values & one.number.values
        for o in said
    )


def renumbered(old: Said, new: Said) -> bool:
    """Whether `new` gives another number for what `old` counts; both may be of one article.

    An article that has the other's number too counts two things, or tells of both numbers.
    """
    if old.unit != new.unit or old.number.percent != new.number.percent or not _apart(old, new):
        return False
    shared = (old.about & new.about) - {meaning(old.unit)}
    smaller = min(len(old.about), len(new.about)) - 1
    if len(shared) < 2 or len(shared) < _ALIKE * smaller or not _same_thing(old, new):
        return False
    return not _has(old.article, new) and not _has(new.article, old)


def _apart(one: Said, other: Said) -> bool:
    """Whether the numbers can't both be right: `more than 40` and 48 can."""
    if one.number.values & other.number.values:
        return False
    a, b = (max(s.number.values) for s in (one, other))
    return one.hedge == other.hedge or not (_leaves_open(one.hedge, a, b) or _leaves_open(other.hedge, b, a))


def _leaves_open(hedge: str, value: float, other: float) -> bool:
    if hedge == "about":
        return abs(value - other) <= _NEAR * max(value, other)
    return (hedge == "more" and other > value) or (hedge == "less" and other < value)


def _same_thing(one: Said, other: Said) -> bool:
    """Whether either says of its number what the other says: the same fate, of no other place, day or person.

    Whom two articles mean by "he" is not known.
    """
    alike = one.fate <= other.clause and other.fate <= one.clause and one.manner == other.manner
    if not one.fate or not other.fate or not alike or _years(one) != _years(other):
        return False
    if one.article.id != other.article.id and one.manner & POINTING:
        return False
    if any(map(_differ, (one.clause, one.when, one.names), (other.clause, other.when, other.names))):
        return False
    return one.names <= _known(other.article) and other.names <= _known(one.article)


def _years(said: Said) -> frozenset[str]:
    return frozenset(n.text for n in numbers(said.sentence) if is_year(n))


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each has what the other lacks; one may well say more than the other."""
    return bool(one - other) and bool(other - one)


def _known(article: Article) -> frozenset[str]:
    return _meant_in(f"{article.title}\n{article.text[:_READ]}")


_meant_in = lru_cache(maxsize=_KEPT)(meanings)


def _has(article: Article, said: Said) -> bool:
    return any(
        (said.unit, value) in _counts(article.text[:_READ], article.language) for value in said.number.values
    )


@lru_cache(maxsize=_KEPT)
def _counts(text: str, language: str) -> frozenset[tuple[str, float]]:
    words = terms(text)
    units = ((number, unit_of(text, words, number)) for number in numbers(text, language))
    return frozenset((unit.stem, value) for number, unit in units if unit for value in number.values)


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
        older = [s for s in said if s.article.when < article.when]
        for sentence in _lead(article) if older else ():
            for new, old in _not_pairs(sentence, article.language):
                outdated = tuple(s for s in older if _meant(s, article, sentence, new, old))
                if outdated:
                    found.append(Correction(article, new.text, outdated))
    return tuple(found)


def _lead(article: Article) -> Iterator[str]:
    """The title and the sentences at the top, where a correction stands."""
    yield article.title[:_LEAD]
    for start, end in split(article.text[: 4 * _LEAD], article.language):
        if start >= _LEAD:
            return
        yield article.text[start:end]


def _not_pairs(text: str, language: str = "") -> list[tuple[Number, Number]]:
    """Numbers that the text sets against each other: the one that holds, the one that does not."""
    words = terms(text)
    pairs = list(itertools.pairwise(n for n in numbers(text, language) if not _of_date(words, n)))
    turned = [
        (b, a) for a, b in pairs if _BUT.fullmatch(text[a.end : b.start]) and _NOT.search(text[: a.start])
    ]
    denied = {old for _, old in turned}
    plain = [(a, b) for a, b in pairs if b not in denied and _A_NOT_B.fullmatch(text[a.end : b.start])]
    return turned + plain


def _of_date(words: Sequence[Term], number: Number) -> bool:
    """Whether the number is a year, or stands at the name of a month."""
    before = [w for w in words if w.start < number.start][-1:]
    after = [w for w in words if w.start >= number.end and w.fold not in PREPOSITIONS][:1]
    return is_year(number) or any(
        w.fold in MONTH_NAMES and w.text not in {"may", "march"} for w in before + after
    )


def _meant(said: Said, article: Article, sentence: str, new: Number, old: Number) -> bool:
    """Whether what `sentence` of `article` corrects is what was said: the same fate, of nobody else."""
    if not said.number.values & old.values or not said.fate:
        return False
    words = terms(sentence)
    part = part_of(sentence, min(new.start, old.start), max(new.end, old.end) + 1)
    units = {unit.stem for n in (new, old) if (unit := unit_of(sentence, words, n))}
    if not units <= {said.unit} | said.fate or not (units or said.unit in {w.stem for w in words}):
        return False
    if not said.fate <= meant(w for w in words if w.start in part):
        return False
    names = meant(w for w in telling(words) if is_name(w))
    elsewhere = said.names - _known(article) and names - _known(said.article)
    return not elsewhere and said.clause <= _known(article)
