"""Whether a read answer may be said: the second of the two decisions, made by signs, not by one prompt.

Pure. Each sign is weak alone: whether the archive has anything on the question, how many passages say
the same, whether that is of the kind and of the time asked for. Their weights and the threshold were
fitted on questions with and without an answer (benchmarks/answers.py); change them there, not by taste.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.news import kinds
from bot.news.reading import Vote
from bot.news.retrieve import Asked

THRESHOLD = 0.58
"""Confidence from which an answer is said."""
UNREAD = 0.7
"""Confidence from which the sentences that fit best are said, where the reader found no answer in them."""
PLAIN = 0.4
"""Relevance from which the best sentences are said where there is no reader."""
HOPELESS = 0.15
"""Relevance below which nothing is read: an answer hardly lifts it over the threshold, reading takes long."""
CLOSE = 0.6
"""Share of the winner's weight from which a second answer counts as a contradiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for an answer; each about 0 to 1 unless said otherwise."""

    relevant: float
    """Log odds that the archive has anything on the question (`retrieve.relevance`)."""
    given: float = 0.0
    """1 where any passage gave an answer: then what follows tells more than that."""
    agreed: float = 0.0
    """Share of the passages that say the same, of those that may be read."""
    kind: float = 0.0
    """1 when the answer is of the kind asked for, 0 when it is not, 0.5 when that can't be told."""
    near: float = 0.0
    """Nearness of its article's date to the time asked about."""


WEIGHTS = {"relevant": 0.9, "given": -1.6, "agreed": 4.2, "kind": 1.2, "near": 2.0}
BIAS = -1.6


def signs(asked: Asked, vote: Vote, *, of: int, relevance: float) -> Signs:
    """The signs for `vote`, where `of` passages could have said the same."""
    reading = vote.best
    return Signs(
        relevant=_log_odds(relevance),
        given=1.0,
        agreed=len(vote.readings) / of,
        kind=kinds.kind(asked.text, reading.answer),
        near=reading.candidate.features.near,
    )


def unread(relevance: float) -> Signs:
    """The signs where no passage gave an answer."""
    return Signs(relevant=_log_odds(relevance))


def confidence(found: Signs) -> float:
    """Chance that the answer is right, 0 to 1."""
    total = BIAS + sum(weight * float(getattr(found, name)) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-total))


def _log_odds(chance: float) -> float:
    return math.log(max(chance, 1e-6) / max(1 - chance, 1e-6))
