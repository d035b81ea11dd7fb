"""Whether a read answer may be said: the second of the two decisions, made by signs, not by one prompt.

Pure. Each sign is weak alone: how well the passage fits the question, whether the question's names
and time are the article's, how far ahead the answer is of the next, whether it is of the kind that was
asked for. Their weights and the threshold were fitted on
questions with and without an answer (benchmarks/answers.py); change them there, not by taste.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.news.numbers import numbers
from bot.news.reading import Reading, Vote
from bot.news.retrieve import Asked, Candidate, share
from bot.news.terms import DATES, terms

THRESHOLD = 0.5
"""Confidence from which an answer is said."""
CLOSE = 0.6
"""Share of the winner's weight from which a second answer counts as a contradiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for an answer; each about 0 to 1 unless said otherwise."""

    relevant: float
    """Log odds that the archive has anything on the question (`retrieve.relevance`)."""
    rank: float
    """How far the answer's passage ranks below the best one, 0 or less."""
    ahead: float
    """The winner's share of the votes."""
    agreed: float
    """Share of the passages read that say the same."""
    silent: float
    """Share of the passages read that gave no answer."""
    cover: float
    """Share of the question's words in the sentence that holds the answer, or in its headline."""
    kind: float
    """1 when the answer is of the kind asked for, 0 when it is not, 0.5 when that can't be told."""
    exact: float
    """1 when the passage has the answer word for word."""


WEIGHTS = {
    "relevant": 1.0,
    "rank": 0.5,
    "ahead": 0.5,
    "agreed": 0.5,
    "silent": -0.5,
    "cover": 0.5,
    "kind": 0.5,
    "exact": 0.3,
}
BIAS = -1.0
HOPELESS = 0.2
"""Relevance below which nothing is read: no question that had an answer was there."""

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


def signs(
    asked: Asked, vote: Vote, votes: Sequence[Vote], *, read: int, top: Candidate, relevance: float
) -> Signs:
    """The signs for `vote`, one of `votes`; `read` passages were read, `top` ranks best."""
    reading = vote.best
    given = sum(len(v.readings) for v in votes)
    return Signs(
        relevant=math.log(max(relevance, 1e-6) / max(1 - relevance, 1e-6)),
        rank=reading.candidate.score - top.score,
        ahead=vote.weight / sum(v.weight for v in votes),
        agreed=len(vote.readings) / read,
        silent=1 - given / read,
        cover=covered(asked, reading),
        kind=kind(asked.text, reading.answer),
        exact=float(reading.exact),
    )


def confidence(found: Signs) -> float:
    """Chance that the answer is right, 0 to 1."""
    total = BIAS + sum(weight * float(getattr(found, name)) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-total))


def covered(asked: Asked, reading: Reading) -> float:
    """Share of the question's words in the sentence that holds the answer, or its headline."""
    article = reading.candidate.article
    here = {t.stem for t in terms(f"{article.title}\n{reading.sentence}\n{reading.answer}")}
    return share({w.stem: 1.0 for w in asked.words}, here)


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
