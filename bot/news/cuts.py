"""Which parts of a sentence can be left out, and which spellings are repairs.

Pure, rules over words. The rules on facts (`facts.py`) look for what is new; here is looked at what goes.
Leaving words out can turn a sense with no new word in it ("a call to sack the minister was rejected", "the
minister was rejected"), so only what is set off may go: an aside between commas, dashes or brackets, an
opening or a closing part, a time at the end, an adverb. What makes a statement depend on something (a
condition, who says so) stays, and so does what somebody is ("City captain"), set before the name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.news.binding import binds, fold, folded, knows
from bot.news.terms import DATES, NEGATORS

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f"
_WORD = re.compile(rf"\d+(?:[.,:]\d+)*|[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W\d_])+(?:['’](?=\w)[^\W\d_]+)*")
_EDGE = re.compile(r"[,;:()\[\]–—，、；：（）]|\s-{1,2}\s|[.!?]\s|\.\.\.|…")
_TORN = re.compile(r"(?<=\w)\s?['’]\s?(?=(?:s|t|d|m|re|ve|ll)\b)")

GLUE = folded(
    "a an the and that which who has have had "
    "der die das ein eine hat haben le la les un une el los las una il lo gli"
)
"""Words that carry no fact of their own: they may go, come, or stand for each other."""
FILLERS = folded(
    "also then very really just quite now still already today meanwhile however named "
    "auch dann sehr noch schon aussi très también muy anche molto"
)
"""Words that may go; where they come they say something."""
_INDEFINITE = folded("a an ein eine un une una")
"""They make one of many of what was known."""
_FORMS = (
    folded("is are ist sind est sont"),
    folded("was were war waren"),
    folded("has have hat haben"),
    folded("had"),
)
"""Forms of a verb that may stand for each other; to be makes what is done out of who does it."""
_BEING = _FORMS[0] | _FORMS[1]
RELATIVE = folded("which who whose whom where")
ANYONE = folded("those anyone everyone nobody people all any he she they only")
"""Whom a relative clause is about first tells, comma or not: `those, who had no ticket, ...`."""
OF_TIME = DATES | folded(
    "week month year night morning afternoon evening weekend today yesterday tonight statement interview "
    "press conference briefing ago earlier late last this"
)
_SET_OFF = re.compile(
    r"[,;:()\[\]–—\"“”‘«»、，；：（）]|\s-{1,2}\s|\s['’]|['’]\s|\d[a-z]"
    r"|\b(?:also|very|really|just|being|named"
    r"|(?:on|last|this|earlier) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|in (?:january|february|march|april|may|june|july|august|september|october|november|december))\b",
    re.IGNORECASE,
)
_SPANS = folded("for until till since throughout rest whole entire by between from within every each all")
"""What makes of a time how long or how often."""
_MOST = folded("most least first last best worst record only again ever never more less highest lowest")
"""What is so only for a time, besides words in -est that are none of these."""
_NO_SUPERLATIVE = folded(
    "west northwest southwest protest arrest interest forest test contest request invest guest rest chest "
    "suggest honest modest manifest"
)
_UNITS = {"ft": "feet", "km": "kilometres", "mph": "miles", "kg": "kilograms", "mm": "millimetres"}
_TIME_WORDS = 7


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence and where it stands."""

    text: str
    fold: str
    start: int
    end: int


def cuttable(own: str) -> bool:
    """Whether a sentence has a part that may go, or a spelling to repair; another is as short as it gets."""
    return bool(_SET_OFF.search(own))


def read(text: str) -> list[Word]:
    """The words of `text`, in order."""
    return [Word(w[0], fold(w[0]), w.start(), w.end()) for w in _WORD.finditer(text)]


def mended(text: str) -> str:
    """`the mayor ' s` and `didn ’ t` as one word each."""
    return _TORN.sub("'", text)


def repaired(gone: Sequence[Word], new: Sequence[Word]) -> bool:
    """The same letters with a space more, or a unit written out; other forms may be other facts."""
    if not gone or not new:
        return False
    if len(new) >= len(gone) and "".join(w.fold for w in gone) == "".join(w.fold for w in new):
        return True
    return len(gone) == len(new) and all(_same(a, b) for a, b in zip(gone, new, strict=True))


def _same(one: Word, other: Word) -> bool:
    a, b = one.fold, other.fold
    return a == b or _UNITS.get(a) == b


def light(gone: Sequence[Word], come: Sequence[Word] = ()) -> bool:
    """Whether no word of either carries a fact, and no verb comes that is of another time than what goes."""
    left, new = {w.fold for w in gone}, {w.fold for w in come}
    if not (left <= GLUE | FILLERS | _BEING and new <= GLUE | _BEING):
        return False
    if left and new & _INDEFINITE and not left & _INDEFINITE:
        return False
    were, are = _forms(gone), _forms(come)
    perfect = all(form > 1 for form in were) if not are else not were and are == [2]
    return were == are or perfect


def _forms(words: Sequence[Word]) -> list[int]:
    """Which verbs there are; `who is` goes with the clause that it begins."""
    return [
        number
        for place, word in enumerate(words)
        for number, forms in enumerate(_FORMS)
        if word.fold in forms and not (place and words[place - 1].fold in RELATIVE)
    ]


def may_go(own: str, source: Sequence[Word], i: int, j: int, language: str) -> bool:
    """Whether the words `source[i:j]` of `own` can be left out; without a list, only what is in brackets."""
    gone = source[i:j]
    if not knows(language):
        return _in_brackets(own, source, i, j)
    opens, closes = _edge(own, source, i), _edge(own, source, j)
    if opens and closes and _is_relative(source, i):
        return True
    folds = [source[place].fold for place in range(i, j) if not _is_rank(source, place)]
    if binds(own[gone[0].start : gone[-1].end], folds):
        return False
    if opens and closes and not _is_time(gone):
        return i > 0 or not (len(gone) == 1 and gone[0].text.isdigit())  # 1. FC Vell
    return (_is_day(source, i, j) or (closes and _is_time(gone))) and not _hangs_on_time(source, i, j)


def _is_rank(source: Sequence[Word], place: int) -> bool:
    """The `No` of `No 1`, which negates nothing."""
    following = source[place + 1 : place + 2]
    return source[place].fold == "no" and any(w.text[0].isdigit() for w in following)


def _is_relative(source: Sequence[Word], i: int) -> bool:
    """`, who denies it,`: what depends on something in there depends on what goes with it."""
    return i > 0 and source[i].fold in RELATIVE and source[i - 1].fold not in ANYONE


def _edge(own: str, source: Sequence[Word], i: int) -> bool:
    """Whether the source has a mark that sets parts off before its word `i`."""
    if i == 0 or i == len(source):
        return True
    return bool(_EDGE.search(own[source[i - 1].end : source[i].start]))


def _in_brackets(own: str, source: Sequence[Word], i: int, j: int) -> bool:
    before = own[source[i - 1].end if i else 0 : source[i].start]
    after = own[source[j - 1].end : source[j].start if j < len(source) else len(own)]
    return before.rstrip().endswith(("(", "（")) and after.lstrip().startswith((")", "）"))


def _is_day(source: Sequence[Word], i: int, j: int) -> bool:
    """`on Tuesday`, or a bare `Tuesday` that is no part of a name such as `Sheffield Wednesday`."""
    gone = source[i:j]
    day = gone[-1].fold in DATES
    if len(gone) == 1:
        beside = [w.text[0].isupper() for w in (*source[max(0, i - 1) : i], *source[j : j + 1])]
        return day and gone[0].fold.endswith("day") and gone[0].text[0].isupper() and not any(beside)
    return day and len(gone) == 2 and gone[0].fold in {"on", "am", "le", "el"}


def _is_time(gone: Sequence[Word]) -> bool:
    return len(gone) <= _TIME_WORDS and any(w.fold in OF_TIME for w in gone)


def _hangs_on_time(source: Sequence[Word], i: int, j: int) -> bool:
    """Whether a sentence without its time would say more: `the highest this year`, `not before Monday`."""
    rest = [w.fold for w in (*source[:i], *source[j:])]
    spans = any(w.fold in _SPANS for w in source[i:j])
    return spans or any(f in NEGATORS or f in _MOST or _is_superlative(f) for f in rest)


def _is_superlative(word: str) -> bool:
    return word.endswith("est") and word not in _NO_SUPERLATIVE
