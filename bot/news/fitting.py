"""How well each sentence of the passages found fits the question: what is said where nothing is read out.

Pure. The sentence that answers has the question's words and something besides: a name, a number, a
reason, whichever was asked for. The hard thing is that it often has few of the question's words, because its
headline and the sentences around it have the rest; so those count, and so does its passage's rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.news import kinds, sentences
from bot.news.numbers import numbers
from bot.news.retrieve import Asked, Candidate, rarity, share
from bot.news.terms import DATES, content, stems, terms
from bot.types import Article

WEIGHTS = {
    "own": 1.2,
    "titled": 0.6,
    "behind": 1.4,
    "kind": 0.8,
    "names": 1.4,
    "counted": 0.5,
    "length": 1.0,
    "echo": 0.8,
}
"""Fitted on questions whose answers are known (benchmarks/answers.py)."""
_MANY_NAMES = 3
_LONG = 40
_ALIKE = 0.7
BEFORE = 420
"""Characters before a sentence that names a reason, in which what it is the reason of is told."""
_FRAGMENT = 2
"""Words that are no statement yet."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A sentence, `start:end` in its article's text, and how well it fits."""

    article: Article
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The sentence."""
        return self.article.text[self.start : self.end]


def fits(asked: Asked, candidates: Sequence[Candidate]) -> list[Fit]:
    """Every sentence of the passages, the best first."""
    if not candidates:
        return []
    read = [{t.stem for t in terms(f"{c.article.title}\n{c.passage.text}")} for c in candidates]
    weights = rarity(asked, read)
    top = max(c.score for c in candidates)
    every = [fit for c in candidates for fit in _of(asked, c, weights, behind=c.score - top)]
    found = [fit for fit in every if states(fit.text)] or every
    return sorted(found, key=lambda f: (-f.score, f.article.id, f.start))


def states(text: str) -> bool:
    """Whether a sentence can stand as an answer: no question, and no bare name or heading."""
    return not text.rstrip("\"'”’»)]* ").endswith(("?", "？")) and len(terms(text)) > _FRAGMENT


def reasons(asked: Asked, found: Sequence[Fit]) -> list[Fit]:
    """The sentences that say why what is asked about is so; none where they say why something else is."""
    return [f for f in found if kinds.tells(asked.text, f.text) and _of_the_same(asked, f)]


def _of_the_same(asked: Asked, fit: Fit) -> bool:
    """Whether the reason that a sentence gives is of what the question names."""
    title, text = fit.article.title, fit.article.text
    told = kinds.explained(fit.text)
    # The headline says what the first sentence does; what stands below may be of something else.
    if not told or fit.start == 0:
        told = f"{title}\n{told or text[max(0, fit.start - BEFORE) : fit.end]}"
    return _on_it(asked, fit, told)


def denials(asked: Asked, found: Sequence[Fit]) -> list[Fit]:
    """The sentences that say what did not happen, of what the question names."""
    return [f for f in found if kinds.denies(f.text) and _on_it(asked, f, f.text)]


def _on_it(asked: Asked, fit: Fit, told: str) -> bool:
    """Whether the article has half of the question's names, and `told` half of its other words; most of these
    stand in it or before it."""
    title, text = fit.article.title, fit.article.text
    near, known = set(stems(told)), set(stems(f"{title}\n{text}"))
    before = stems(f"{title}\n{text[max(0, fit.start - BEFORE) : fit.start]}")
    names, rest = asked.names, {w.stem for w in asked.words if not kinds.reason(w.text)} - asked.names
    most = 2 * len(rest & near.union(before)) > len(rest) or not rest
    return most and 2 * len(rest & near) >= len(rest) and 2 * len(names & known) >= len(names)


def spread(found: Sequence[Fit], *, most: int, within: float) -> list[Fit]:
    """The best few that say different things, none more than `within` below the best."""
    chosen: list[Fit] = []
    for fit in found:
        if len(chosen) == most or fit.score < found[0].score - within:
            break
        if not any(alike(fit.text, c.text) for c in chosen):
            chosen.append(fit)
    return chosen


def alike(one: str, other: str) -> bool:
    """Whether one sentence says little that the other doesn't; a number of its own is much."""
    mine, theirs = _values(one), _values(other)
    if mine and theirs and not mine & theirs:
        return False
    a, b = ({t.stem for t in content(terms(t))} for t in (one, other))
    return len(a & b) >= _ALIKE * max(1, min(len(a), len(b)))


def _values(text: str) -> frozenset[float]:
    return frozenset(value for number in numbers(text) for value in number.values)


def _of(asked: Asked, candidate: Candidate, weights: dict[str, float], *, behind: float) -> list[Fit]:
    passage, article = candidate.passage, candidate.article
    title = {t.stem for t in terms(article.title)}
    spans = sentences.split(passage.text, article.language) or [(0, len(passage.text))]
    found = []
    for a, b in spans:
        score = WEIGHTS["behind"] * behind + _score(asked, passage.text[a:b], weights, title)
        found.append(Fit(article, passage.start + a, passage.start + b, score))
    return found


def _score(asked: Asked, text: str, weights: dict[str, float], title: set[str]) -> float:
    words = terms(text)
    own = {t.stem for t in words}
    telling = content(words)
    fresh = telling if kinds.named(asked.text) else ()
    names = [t for t in fresh if t.capital and t.start > 0 and t.stem not in weights and t.fold not in DATES]
    signs = {
        "own": share(weights, own),
        "titled": share(weights, own | title),
        "kind": kinds.tells(asked.text, text),
        "names": min(len(names), _MANY_NAMES) / _MANY_NAMES,
        "counted": float(bool(numbers(text))),
        "length": min(len(words), _LONG) / _LONG,
        "echo": sum(t.stem in weights for t in telling) / max(1, len(telling)),
    }
    return sum(WEIGHTS[name] * value for name, value in signs.items())
