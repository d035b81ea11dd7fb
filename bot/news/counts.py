"""What an article counts: numbers with the thing counted, and what is said of it.

Pure. `At least 12 people were killed on the bus`: 12, people, the words next to them (killed, on the bus),
the rest of that part of the sentence, its names and days. The hard thing is where a sentence begins to speak
of something else.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.news.dates import MONTHS, WEEKDAYS
from bot.news.numbers import Number, numbers
from bot.news.terms import (
    DATES,
    HEDGES,
    HONORIFICS,
    NEGATORS,
    STOP,
    Term,
    content,
    fold,
    folded,
    stem,
    stems,
    terms,
)
from bot.types import Article

_MANY = 12
"""Numbers of a sentence; one that has more is a table, and a slow one to read."""
_HEDGE = re.compile(
    r"\b(?:(?P<more>more than|over|above|mehr als|über|plus de|más de)"
    r"|(?P<less>nearly|almost|up to|as many as|under|fewer than|less than|fast|knapp|weniger als|moins de)"
    r"|(?P<about>about|around|some|roughly|approximately|an estimated|rund|etwa|circa|environ|unos)"
    r"|at least|only|just|mindestens|nur|au moins|al menos)\s+$",
    re.IGNORECASE,
)
"""Before a number that is not meant exactly; `at least 12` is: a toll as far as it is known."""
_BREAK = re.compile(
    r"[,;:()\"“”–—，；：](?!\d)|\b(?:and|but|while|when|where|who|which|that|as|after|before|because|since|although"
    r"|if|said|says?|told|according|und|aber|während|als|nachdem|dass|et|mais|que|qui|quand|après|y|pero)\b",
    re.IGNORECASE,
)
"""Where a sentence begins to speak of something else."""
_OPENING = re.compile(r"\W*(?:On|In|At|By|During|Am|Im|En|À|Le)\b[^,;:.]{1,40},")
"""`On Tuesday,` and `In Brume,` belong to what follows."""


PREPOSITIONS = folded(
    "of in on at to from by with for into onto over under near off through during against among between "
    "across aboard amid without de du des d dans en sur par pour avec à au aux chez del al por para con"
)
MONTH_NAMES = folded(" ".join(MONTHS))
_DATES = DATES | MONTH_NAMES | folded(" ".join(WEEKDAYS))
_TIMES = _DATES | folded(
    "night morning evening afternoon noon day week weekend month year last next early late overnight"
)
_COUNTING = folded(
    "toll rise rose risen climb climbed reach reached total number count counted stand stands stood still "
    "far now already confirmed reported known estimated altogether least ont été have been"
)
"""Words of counting itself: they say nothing of what is counted."""
POINTING = folded("he she it they il elle ils elles")
_MANNER = NEGATORS | HEDGES | POINTING | folded("will would should plan plans planned could")
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


FATES = frozenset(_SAME.values())
"""What befalls people who are counted."""


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


def counted(article: Article, spans: Sequence[tuple[int, int]]) -> list[Said]:
    """Every counted thing in the sentences `spans` of `article`."""
    return [said for start, end in spans for said in _in_sentence(article, start, end)]


def _in_sentence(article: Article, start: int, end: int) -> Iterator[Said]:
    sentence = article.text[start:end]
    found = numbers(sentence, article.language)
    if len(found) > _MANY:
        return
    every = terms(sentence)
    words = [w for w in every if not any(n.start <= w.start < n.end for n in found)]
    names = meant(w for w in telling(words) if is_name(w))
    for number in found:
        unit = unit_of(sentence, every, number)
        if unit is None:
            continue
        hedge = _HEDGE.search(sentence, 0, number.start)
        begin, close = hedge.start() if hedge else number.start, unit.start + len(unit.text)
        phrase = " ".join(sentence[begin:close].split())
        part = part_of(sentence, begin, close)
        before = [w for w in words if w.start in part and w.start < begin]
        after = [w for w in words if w.start in part and w.start >= close]
        folds = {w.fold for w in (*before, *after)}
        yield Said(
            article, sentence, start, end, number, unit.stem, phrase,
            hedge=(hedge.lastgroup or "") if hedge else "",
            about=meant(content(words)),
            names=names,
            clause=meant(w for w in telling([*before, *after]) if not is_name(w)),
            fate=meant([*_before(before), *_after(after)]),
            when=_TIMES & folds | {n.text for n in found if n.start in part and is_year(n)},
            manner=_MANNER & folds,
        )  # fmt: skip


def unit_of(sentence: str, words: Sequence[Term], number: Number) -> Term | None:
    """The counted noun right after the number; none after dates, ordinals and lone years."""
    if number.text.endswith(("st", "nd", "rd", "th")) or is_year(number):
        return None
    place = bisect_left(words, number.end, key=lambda w: w.start)
    if place == len(words) or sentence[number.end : words[place].start].strip():
        return None
    after = words[place]
    if after.fold in _DATES or after.capital or not content([after]):
        return None
    return None if after.fold in {"month", "year", "am", "pm"} else after


def is_year(number: Number) -> bool:
    """Whether it may be the year of a date."""
    return any(1900 <= v <= 2100 for v in number.values)


def _after(words: Sequence[Term]) -> list[Term]:
    """What follows the unit up to a preposition: `were badly hurt` in the flood; `on the bus were hurt`."""
    found: list[Term] = []
    for word in words:
        if word.fold in PREPOSITIONS and found:
            break
        found += [w for w in telling([word]) if not is_name(w)]
    return found


def _before(words: Sequence[Term]) -> list[Term]:
    """The word that the number follows: `killed` 12 people; not `in the flood` 12 people."""
    for i, word in reversed(list(enumerate(words))):
        led = [w for w in words[:i] if w.fold not in STOP or w.fold in PREPOSITIONS][-1:]
        if telling([word]) and not is_name(word) and not any(w.fold in PREPOSITIONS for w in led):
            return [word]
    return []


def telling(words: Iterable[Term]) -> list[Term]:
    """Words that say something besides when, and that it is counted."""
    return [w for w in content(list(words)) if w.fold not in _TIMES and w.fold not in _COUNTING]


def is_name(word: Term) -> bool:
    """Whether it is written as a name, not at a sentence's beginning."""
    return word.capital and word.start > 0 and word.fold not in HONORIFICS


def meant(words: Iterable[Term]) -> frozenset[str]:
    """The meaning of each of the words."""
    return frozenset(meaning(w.stem) for w in words)


def part_of(sentence: str, begin: int, close: int) -> range:
    """Where the part of the sentence is in which `begin:close` stands."""
    since = max((m.end() for m in _BREAK.finditer(sentence, 0, begin)), default=0)
    cut = _BREAK.search(sentence, close)
    return range(0 if _OPENING.fullmatch(sentence[:since]) else since, cut.start() if cut else len(sentence))
