"""Whether a read answer may be said: the second of the two decisions, made by signs, not by one prompt.

Pure. Each sign is weak alone: how well the passage fits the question, whether the question's names
and time are the article's, how far ahead the answer is of the next, whether it is of the kind that was
asked for, what the model says when asked again. Their weights and the threshold were fitted on
questions with and without an answer (benchmarks/answers.py); change them there, not by taste.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bot.news.numbers import numbers
from bot.news.reading import Reading, Vote
from bot.news.retrieve import Asked, Candidate, share
from bot.news.terms import DATES, content, terms

THRESHOLD = 0.5
"""Confidence from which an answer is said."""
CLOSE = 0.6
"""Share of the winner's weight from which a second answer counts as a contradiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for an answer; each about 0 to 1."""

    rank: float
    """The passage's score in the ranking."""
    best: float
    """The best passage's score, whichever was the answer's."""
    ahead: float
    """The winner's share of the votes."""
    silent: float
    """Share of the passages read that gave no answer."""
    cover: float
    """Share of the question's words in the sentence, its neighbours and the headline."""
    names: float
    article: float
    near: float
    kind: float
    """1 when the answer is of the kind asked for, 0 when it is not, 0.5 when that can't be told."""
    echo: float
    """Share of the answer's words that the question has already."""
    exact: float
    sure: float


WEIGHTS = {
    "rank": 1.0,
    "best": 1.0,
    "ahead": 0.5,
    "silent": -0.5,
    "cover": 1.0,
    "names": 0.5,
    "article": 1.0,
    "near": 1.5,
    "kind": 0.8,
    "echo": -1.0,
    "exact": 0.3,
    "sure": 1.0,
}
BIAS = -6.0
RETRIEVAL_SCALE = 2.0
RETRIEVAL_BIAS = -7.0

_COUNTED = re.compile(
    r"\bhow (?:many|much|old|long|far|big|high|tall|often)\b|\bwhat (?:year|percent\w*|share|number)\b"
    r"|\bwhich year\b|\bwie ?viele?\b|\bcombien\b|\bcuánt[ao]s?\b|\bquant[aoie]\b|多少|几",
    re.I,
)
_PERSON = re.compile(r"^\W*(?:and |but )?(?:who|whom|whose|wer|wen|wem|qui|quién(?:es)?|chi)\b|谁", re.I)
_TIME = re.compile(
    r"\b(?:when|what (?:day|date|month|year)|which (?:day|month|year)|wann|quand|cuándo|quando)\b", re.I
)


def signs(
    asked: Asked, vote: Vote, *, votes: float, read: int, silent: int, best: float, sure: float
) -> Signs:
    """The signs for `vote`; `votes` is the weight of all, `best` the best passage's score."""
    reading = vote.best
    features = reading.candidate.features
    return Signs(
        rank=reading.candidate.score,
        best=best,
        ahead=vote.weight / votes if votes else 0.0,
        silent=silent / max(1, read),
        cover=covered(asked, reading),
        names=features.names,
        article=features.article,
        near=features.near,
        kind=kind(asked.text, reading.answer),
        echo=echo(asked, reading.answer),
        exact=float(reading.exact),
        sure=sure,
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


def echo(asked: Asked, answer: str) -> float:
    """Share of the answer's words that stand in the question: an answer that repeats it says nothing."""
    telling = [w.stem for w in content(terms(answer))]
    known = {w.stem for w in asked.words}
    return sum(w in known for w in telling) / len(telling) if telling else 0.0


def without_reader(asked: Asked, candidate: Candidate) -> float:
    """Confidence in the best passage's best sentence, where no model can read."""
    f = candidate.features
    total = RETRIEVAL_BIAS + RETRIEVAL_SCALE * candidate.score + f.names
    return 1 / (1 + math.exp(-total))
