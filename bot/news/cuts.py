"""Which parts of a sentence can be left out, and which spellings are repairs.

Pure, rules over words. The rules on facts (`facts.py`) look for what is new; here is looked at what goes.
Leaving words out can turn a sense with no new word in it ("a call to sack the minister was rejected", "the
minister was rejected"), so only what is set off may go: an aside between commas, dashes or brackets, an
opening or a closing part, a time at the end, an adverb. What makes a statement depend on something (a
condition, who says so) stays, and so does what somebody is ("City captain"), set before the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.news.terms import DATES, HEDGES, NEGATORS

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f"
_WORD = re.compile(rf"\d+(?:[.,:]\d+)*|[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W\d_])+(?:['’](?=\w)[^\W\d_]+)*")
_EDGE = re.compile(r"[,;:()\[\]–—，、；：（）]|\s-{1,2}\s|[.!?]\s|\.\.\.|…")
_POSSESSIVE = re.compile(r"['’]")
_TORN = re.compile(r"(?<=\w)\s?['’]\s?(?=(?:s|t|d|m|re|ve|ll)\b)")


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return _POSSESSIVE.sub("", "".join(c for c in plain if not unicodedata.combining(c)))


def _words(text: str) -> frozenset[str]:
    return frozenset(_fold(word) for word in text.split())


LIGHT = _words(
    "a an the and that also then very really just quite rather now still already all both has have had been "
    "is are was were who which being named in order so there out up down well however meanwhile today "
    "der die das ein eine auch dann sehr noch schon hat haben ist sind war waren "
    "le la les un une aussi très est sont el los las una también muy es son il lo gli molto anche"
)
"""Words that carry no fact of their own: they may go, come, or stand for each other."""
PAST = _words("was were had war waren")
"""Of those, the ones that say when: none of the others stands for them."""
BINDING = _words(
    "if unless until except provided whether only without although though but because since when while "
    "despite say says said claim claims claimed according believe believes believed told tells report "
    "reports reported insist insists insisted deny denies denied think thinks thought expect expects "
    "expected plan plans planned want wants wanted threaten threatened accuse accused propose proposed "
    "could would should may might find finds found show shows showed shown suggest suggests suggested "
    "warn warns warned announce announces announced reveal reveals revealed confirm confirms confirmed "
    "estimate estimates estimated argue argues argued heard emerged adds added "
    "wenn falls sofern außer nur ohne obwohl weil aber sagt sagte laut zufolge berichtet behauptet ergab "
    "zeigt warnt erklärte "
    "si sauf sans seulement parce mais selon dit affirme annonce annoncé montre révèle "
    "sino salvo solo sin aunque porque pero según dijo afirma anunció muestra reveló "
    "se senza perché ma secondo disse annuncia mostra rivela "
    "если только кроме без хотя потому но сказал сказала заявил заявила сообщил сообщила словам "
    "якщо лише окрім тому але сказав заявив повідомив"
)
"""Words on which the rest of a sentence depends: a part that has one of them stays."""
RELATIVE = _words("which who whose whom where")
ANYONE = _words("those anyone everyone nobody people all any he she they only")
"""Whom a relative clause is about first tells, comma or not: `those, who had no ticket, ...`."""
OF_TIME = DATES | _words(
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
    return [Word(w[0], _fold(w[0]), w.start(), w.end()) for w in _WORD.finditer(text)]


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
    """Whether no word of either carries a fact, nor what comes another time than what goes."""
    past = [any(w.fold in PAST for w in words) for words in (gone, come)]
    same = not gone or not come or past[0] == past[1]
    return same and all(w.fold in LIGHT for w in (*gone, *come))


def may_go(own: str, source: Sequence[Word], i: int, j: int) -> bool:
    """Whether the words `source[i:j]` of `own` are a part that can be left out."""
    gone = source[i:j]
    opens, closes = _edge(own, source, i), _edge(own, source, j)
    if opens and closes and _is_relative(source, i):
        return True
    if any(_binds(source, place) for place in range(i, j)):
        return False
    if opens and closes:
        return i > 0 or not (len(gone) == 1 and gone[0].text.isdigit())  # 1. FC Vell
    return _is_day(gone) or (closes and _is_time(gone))


def _binds(source: Sequence[Word], place: int) -> bool:
    fold = source[place].fold
    if fold == "no" and place + 1 < len(source) and source[place + 1].text[0].isdigit():
        return False  # number one
    return fold in BINDING or fold in HEDGES or fold in NEGATORS


def _is_relative(source: Sequence[Word], i: int) -> bool:
    """`, who denies it,`: what depends on something in there depends on what goes with it."""
    return i > 0 and source[i].fold in RELATIVE and source[i - 1].fold not in ANYONE


def _edge(own: str, source: Sequence[Word], i: int) -> bool:
    """Whether the source has a mark that sets parts off before its word `i`."""
    if i == 0 or i == len(source):
        return True
    return bool(_EDGE.search(own[source[i - 1].end : source[i].start]))


def _is_day(gone: Sequence[Word]) -> bool:
    """`on Tuesday` or a bare `Tuesday`, wherever it stands."""
    day = gone[-1].fold in DATES
    if len(gone) == 1:
        return day and gone[0].fold.endswith("day") and gone[0].text[:1].isupper()
    return day and len(gone) == 2 and gone[0].fold in {"on", "am", "le", "el"}


def _is_time(gone: Sequence[Word]) -> bool:
    return len(gone) <= _TIME_WORDS and any(w.fold in OF_TIME for w in gone)
