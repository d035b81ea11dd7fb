"""Whether a read answer may be said: the second of the two decisions, made by signs, not by one prompt.

Pure. Each sign is weak alone: how well the passage fits the question, whether the question's names
and time are the article's, how far ahead the answer is of the next, whether it is of the kind that was
asked for. Their weights and the threshold were fitted on
questions with and without an answer (benchmarks/answers.py); change them there, not by taste.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.news import kinds
from bot.news.reading import Reading, Vote
from bot.news.retrieve import Asked, Candidate, share
from bot.news.terms import terms

THRESHOLD = 0.52
"""Confidence from which an answer is said."""
PLAIN = 0.7
"""Relevance from which the best sentences are said though no few words could be read out of them."""
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
BIAS = -1.5
HOPELESS = 0.3
"""Relevance below which nothing is read: votes hardly lift it over the threshold, reading takes long."""


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
        kind=kinds.kind(asked.text, reading.answer),
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
