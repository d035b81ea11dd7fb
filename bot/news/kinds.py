"""What a question is after: a number, a time, a person, a reason, a yes or no; and what can be that.

Pure, by the words that questions begin with in a few languages. The hard thing is what it does not
know: a question of any other form is after anything, and every answer is as good to it.
"""

from __future__ import annotations

import re

from bot.news.numbers import numbers
from bot.news.terms import DATES, terms

_COUNTED = re.compile(
    r"\bhow (?:many|much|old|long|far|big|high|tall|often)\b|\bwhat (?:year|percent\w*|share|number)\b"
    r"|\bwhich year\b|\bwie ?viele?\b|\bcombien\b|\bcuánt[ao]s?\b|\bquant[aoie]\b|多少|几",
    re.I,
)
_PERSON = re.compile(r"^\W*(?:and |but )?(?:who|whom|whose|wer|wen|wem|qui|quién(?:es)?|chi)\b|谁", re.I)
_POLAR = re.compile(
    r"^\W*(?:is|are|was|were|did|do|does|has|have|had|can|could|will|would|should|ist|sind|war|hat|haben|wird|est-ce)\b",
    re.I,
)
_REASON = re.compile(
    r"^\W*(?:and |but )?(?:why|how|warum|wieso|weshalb|wie|pourquoi|comment|por qu[eé]|cómo|perché)\b", re.I
)
_CAUSE = re.compile(
    r"\b(?:because|citing|due to|owing to|over (?:alleged|claims|fears|concerns)|accus\w+|alleg\w+|blam\w+"
    r"|in response|after|since|so that|in order to|caused?|led to|weil|wegen|denn|da|damit|parce que|car"
    r"|à cause|porque|debido|por causa|perché|a causa)\b",
    re.I,
)
_TIME = re.compile(
    r"\b(?:when|what (?:day|date|month|year)|which (?:day|month|year)|wann|quand|cuándo|quando)\b", re.I
)


def kind(question: str, answer: str) -> float:
    """Whether `answer` is of the kind that `question` asks for."""
    if _TIME.search(question):
        return 1.0 if numbers(answer) or _dated(answer) else 0.0
    if _COUNTED.search(question):
        return 1.0 if numbers(answer) else 0.0
    if _PERSON.search(question):
        return 1.0 if any(t.capital or not t.fold.isascii() for t in terms(answer)) else 0.0
    return 0.5


def _dated(answer: str) -> bool:
    return any(t.fold in DATES for t in terms(answer))


def person(question: str) -> bool:
    """Whether `question` asks who."""
    return bool(_PERSON.search(question))


def counted(question: str) -> bool:
    """Whether `question` asks how many or how much."""
    return bool(_COUNTED.search(question))


def open_ended(question: str) -> bool:
    """Whether `question` asks for yes, no or a reason: no few words answer it, only a sentence to show."""
    return _wants_reason(question) or (bool(_POLAR.search(question)) and not _COUNTED.search(question))


def _wants_reason(question: str) -> bool:
    return bool(_REASON.search(question)) and not _COUNTED.search(question)


def tells(question: str, sentence: str) -> bool:
    """Whether `sentence` has what `question` is after: a reason, a number, a time, a name."""
    if _wants_reason(question):
        return bool(_CAUSE.search(sentence))
    return kind(question, sentence) == 1.0
