"""Where articles about one event give different numbers for the same thing.

Pure. `12 people were killed` against `14 people were killed` in sentences that share most of their words
is a difference. The hard thing is not to see one in two numbers that count different things, the killed
and the injured, or one thing in two towns: so neither sentence may say something of its number that the
other doesn't. A difference missed costs a reader little; one that the sources don't have is an invention.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.news.dates import MONTHS, WEEKDAYS
from bot.news.numbers import Number, numbers
from bot.news.sentences import split
from bot.news.terms import DATES, HEDGES, HONORIFICS, NEGATORS, STOP, Term, content, fold, stem, stems, terms
from bot.types import Article

_LEAD = 500
"""Characters in which a correction names what it corrects."""
_READ = 20_000
"""Characters of an article in which the other's number and names are looked for."""
_KEPT = 64
"""Articles whose words are remembered: each is held against all others of its story."""
_A_NOT_B = re.compile(r"(?:[^\w.!?]+\w+){0,4}[^\w.!?]+not\W+(?:the \w+ )?", re.IGNORECASE)
_NOT = re.compile(r"\bnot\W+(?:the \w+ )?$", re.IGNORECASE)
_BUT = re.compile(r"(?:[^\w.!?]+\w+){0,3}[^\w.!?]+but\W+(?:only |just |at least )?", re.IGNORECASE)
_MANY = 12
"""Numbers of a sentence; one that has more is a table, and a slow one to read."""
_ALIKE = 0.34
"""Shared part of the telling words that two sentences need; set by hand on invented pairs."""
_HEDGE = re.compile(
    r"\b(?:(?P<more>more than|over|above|mehr als|über|plus de|más de)"
    r"|(?P<less>nearly|almost|up to|as many as|under|fewer than|less than|fast|knapp|weniger als|moins de)"
    r"|(?P<about>about|around|some|roughly|approximately|an estimated|rund|etwa|circa|environ|unos)"
    r"|at least|only|just|mindestens|nur|au moins|al menos)\s+$",
    re.IGNORECASE,
)
"""Before a number that is not meant exactly; `at least 12` is: a toll as far as it is known."""
_NEAR = 0.1
"""What `about` leaves open, as a share of the number."""
_BREAK = re.compile(
    r"[,;:()\"“”–—，；：](?!\d)|\b(?:and|but|while|when|where|who|which|that|as|after|before|because|since|although"
    r"|if|said|says?|told|according|und|aber|während|als|nachdem|dass|et|mais|que|qui|quand|après|y|pero)\b",
    re.IGNORECASE,
)
"""Where a sentence begins to speak of something else."""
_OPENING = re.compile(r"\W*(?:On|In|At|By|During|Am|Im|En|À|Le)\b[^,;:.]{1,40},")
"""`On Tuesday,` and `In Brume,` belong to what follows."""


def _folds(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


_PREPOSITIONS = _folds(
    "of in on at to from by with for into onto over under near off through during against among between "
    "across aboard amid without de du des d dans en sur par pour avec à au aux chez del al por para con"
)
_MONTHS = _folds(" ".join(MONTHS))
_DATES = DATES | _MONTHS | _folds(" ".join(WEEKDAYS))
_TIMES = _DATES | _folds(
    "night morning evening afternoon noon day week weekend month year last next early late overnight"
)
_COUNTING = _folds(
    "toll rise rose risen climb climbed reach reached total number count counted stand stands stood still "
    "far now already confirmed reported known estimated altogether least ont été have been"
)
"""Words of counting itself: they say nothing of what is counted."""
_POINTING = _folds("he she it they il elle ils elles")
_MANNER = NEGATORS | HEDGES | _POINTING | _folds("will would should plan plans planned could")
"""What makes another statement of the same words: denied, uncertain, still to come, of somebody unnamed."""
_SAME = {
    stem(fold(word)): stem(group.split()[0])
    for group in (
        "die kill killed dead death fatality tué tués tuée tuées mort morts morte mortes décédé décédés",
        "hurt injure injured wound wounded blessé blessés blessée blessées",
        "arrest detain",
    )
    for word in group.split()
}
"""Stem to the stem of what says the same of somebody who is counted."""


def meaning(known: str) -> str:
    """The stem that stands for `known` and for what says the same: `killed` and `died` are one."""
    return _SAME.get(known, known)


def meanings(text: str) -> frozenset[str]:
    """The meaning of each word of `text`."""
    return frozenset(meaning(s) for s in stems(text))


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
    """`at least 14 people`, as written."""
    hedge: str
    """What the number leaves open: `more`, `less`, `about` or nothing."""
    about: frozenset[str]
    """What the sentence speaks of."""
    names: frozenset[str]
    """Those that the sentence has."""
    clause: frozenset[str]
    """What the part of the sentence speaks of in which the number stands, besides names."""
    fate: frozenset[str]
    """The words next to the number that tell what is counted: who was killed, which jobs were cut."""
    when: frozenset[str]
    """Days and years of that part."""
    manner: frozenset[str]
    """What that part has of denial and doubt, and of `he` and `they`."""


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
        first, last = _outlet(self.earlier.article), _outlet(self.later.article)
        if self.corrected:
            return f"{last} first wrote {self.earlier.phrase}, later {self.later.phrase}."
        return f"{first} says {self.earlier.phrase}; {last}, later, says {self.later.phrase}."


def _outlet(article: Article) -> str:
    return article.outlet or "An outlet"


def counted(article: Article, spans: Sequence[tuple[int, int]]) -> list[Said]:
    """Every counted thing in the sentences `spans` of `article`."""
    return [said for start, end in spans for said in _in_sentence(article, start, end)]


def _in_sentence(article: Article, start: int, end: int) -> Iterator[Said]:
    sentence = article.text[start:end]
    found = numbers(sentence)
    if len(found) > _MANY:
        return
    every = terms(sentence)
    words = [w for w in every if not any(n.start <= w.start < n.end for n in found)]
    names = _meanings(w for w in _telling(words) if _named(w))
    for number in found:
        unit = _unit(sentence, every, number)
        if unit is None:
            continue
        hedge = _HEDGE.search(sentence, 0, number.start)
        begin, close = hedge.start() if hedge else number.start, unit.start + len(unit.text)
        phrase = " ".join(sentence[begin:close].split())
        part = _clause(sentence, begin, close)
        before = [w for w in words if w.start in part and w.start < begin]
        after = [w for w in words if w.start in part and w.start >= close]
        folds = {w.fold for w in (*before, *after)}
        yield Said(
            article, sentence, start, end, number, unit.stem, phrase,
            hedge=(hedge.lastgroup or "") if hedge else "",
            about=_meanings(content(words)),
            names=names,
            clause=_meanings(w for w in _telling([*before, *after]) if not _named(w)),
            fate=_meanings([*_before(before), *_after(after)]),
            when=_TIMES & folds | {n.text for n in found if n.start in part and _year(n)},
            manner=_MANNER & folds,
        )  # fmt: skip


def _unit(sentence: str, words: Sequence[Term], number: Number) -> Term | None:
    """The counted noun right after the number; none after dates, ordinals and lone years."""
    if number.text.endswith(("st", "nd", "rd", "th")) or _year(number):
        return None
    place = bisect_left(words, number.end, key=lambda w: w.start)
    if place == len(words) or sentence[number.end : words[place].start].strip():
        return None
    after = words[place]
    if after.fold in _DATES or after.capital or not content([after]):
        return None
    return None if after.fold in {"month", "year", "am", "pm"} else after


def _year(number: Number) -> bool:
    return any(1900 <= v <= 2100 for v in number.values)


def _after(words: Sequence[Term]) -> list[Term]:
    """What follows the unit up to a preposition: `were badly hurt` in the flood; `on the bus were hurt`."""
    found: list[Term] = []
    for word in words:
        if word.fold in _PREPOSITIONS and found:
            break
        found += [w for w in _telling([word]) if not _named(w)]
    return found


def _before(words: Sequence[Term]) -> list[Term]:
    """The word that the number follows: `killed` 12 people; not `in the flood` 12 people."""
    for i, word in reversed(list(enumerate(words))):
        led = [w for w in words[:i] if w.fold not in STOP or w.fold in _PREPOSITIONS][-1:]
        if _telling([word]) and not _named(word) and not any(w.fold in _PREPOSITIONS for w in led):
            return [word]
    return []


def _telling(words: Iterable[Term]) -> list[Term]:
    """Words that say something besides when, and that it is counted."""
    return [w for w in content(list(words)) if w.fold not in _TIMES and w.fold not in _COUNTING]


def _named(word: Term) -> bool:
    return word.capital and word.start > 0 and word.fold not in HONORIFICS


def _meanings(words: Iterable[Term]) -> frozenset[str]:
    return frozenset(meaning(w.stem) for w in words)


def differences(said: Sequence[Said], *, most: int = 2) -> tuple[Difference, ...]:
    """At most `most` differences between articles, each counted thing once."""
    found: dict[tuple[str, frozenset[str]], Difference] = {}
    for i, one in enumerate(said):
        thing = (one.unit, one.fate)
        for other in said[i + 1 :]:
            if thing not in found and one.article.id != other.article.id and renumbered(one, other):
                earlier, later = sorted((one, other), key=lambda s: s.article.when)
                found[thing] = Difference(earlier, later)
    return tuple(found.values())[:most]


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
    if not one.fate or not other.fate or not alike:
        return False
    if one.article.id != other.article.id and one.manner & _POINTING:
        return False
    if any(map(_differ, (one.clause, one.when, one.names), (other.clause, other.when, other.names))):
        return False
    return one.names <= _known(other.article) and other.names <= _known(one.article)


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each has what the other lacks; one may well say more than the other."""
    return bool(one - other) and bool(other - one)


def _known(article: Article) -> frozenset[str]:
    return _meant_in(f"{article.title}\n{article.text[:_READ]}")


_meant_in = lru_cache(maxsize=_KEPT)(meanings)


def _has(article: Article, said: Said) -> bool:
    return any((said.unit, value) in _counts(article.text[:_READ]) for value in said.number.values)


@lru_cache(maxsize=_KEPT)
def _counts(text: str) -> frozenset[tuple[str, float]]:
    words = terms(text)
    units = ((number, _unit(text, words, number)) for number in numbers(text))
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
            for new, old in _not_pairs(sentence):
                outdated = tuple(s for s in older if _meant(s, article, sentence, new, old))
                if outdated:
                    found.append(Correction(article, new.text, outdated))
    return tuple(found)


def _lead(article: Article) -> Iterator[str]:
    """The title and the sentences at the top, where a correction stands."""
    yield article.title
    for start, end in split(article.text[: 4 * _LEAD], article.language):
        if start >= _LEAD:
            return
        yield article.text[start:end]


def _not_pairs(text: str) -> list[tuple[Number, Number]]:
    """Numbers that the text sets against each other: the one that holds, the one that does not."""
    words = terms(text)
    pairs = list(itertools.pairwise(n for n in numbers(text) if not _of_date(words, n)))
    turned = [
        (b, a) for a, b in pairs if _BUT.fullmatch(text[a.end : b.start]) and _NOT.search(text[: a.start])
    ]
    denied = {old for _, old in turned}
    plain = [(a, b) for a, b in pairs if b not in denied and _A_NOT_B.fullmatch(text[a.end : b.start])]
    return turned + plain


def _of_date(words: Sequence[Term], number: Number) -> bool:
    """Whether the number is a year, or stands at the name of a month."""
    before = [w for w in words if w.start < number.start][-1:]
    after = [w for w in words if w.start >= number.end and w.fold not in _PREPOSITIONS][:1]
    return _year(number) or any(w.fold in _MONTHS and w.text not in {"may", "march"} for w in before + after)


def _meant(said: Said, article: Article, sentence: str, new: Number, old: Number) -> bool:
    """Whether what `sentence` of `article` corrects is what was said: the same fate, of nobody else."""
    if not said.number.values & old.values or not said.fate:
        return False
    words = terms(sentence)
    part = _clause(sentence, min(new.start, old.start), max(new.end, old.end) + 1)
    units = {unit.stem for n in (new, old) if (unit := _unit(sentence, words, n))}
    if not units <= {said.unit} | said.fate or not (units or said.unit in {w.stem for w in words}):
        return False
    if not said.fate <= _meanings(w for w in words if w.start in part):
        return False
    names = _meanings(w for w in _telling(words) if _named(w))
    elsewhere = said.names - _known(article) and names - _known(said.article)
    return not elsewhere and said.clause <= _known(article)


def _clause(sentence: str, begin: int, close: int) -> range:
    """Where the part of the sentence is in which `begin:close` stands."""
    since = max((m.end() for m in _BREAK.finditer(sentence, 0, begin)), default=0)
    cut = _BREAK.search(sentence, close)
    return range(0 if _OPENING.fullmatch(sentence[:since]) else since, cut.start() if cut else len(sentence))
