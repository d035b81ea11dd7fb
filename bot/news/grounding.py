"""Whether a sentence is supported by what it cites: rules over words, no model, no input or output.

A sentence fails on anything that the sources do not have: a number (by value), a name, a date, a
quotation, a negation, an opposite, two names whose parts were swapped, or simply too many words of
its own. The hard thing: wording may change, facts may not, so each rule looks for the fact, and what
no rule names is left to the share of words that stand together in the sources as they do here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.news.facts import Source, problems
from bot.news.terms import Term, content


@dataclass(frozen=True, slots=True)
class Grounding:
    """The verdict on one sentence."""

    supported: bool
    score: float
    """0..1; at least 0.5 where it is supported."""
    problems: tuple[str, ...]
    """What has no support, one short phrase each: `number 14`, `name Orla`, `negation not`."""
    support: tuple[int, ...] = ()
    """The one to three sources that carry most of it, best first, by index."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the score is made of, shares from 0 to 1; benchmarks/grounding.py says how good it is."""

    novel: float
    """Content words that no source has."""
    pairs: float
    """Neighbouring content words that no source has near each other."""
    order: float
    """Neighbouring words of any kind that stand nowhere in the sources."""


def check(
    sentence: str, sources: Sequence[str], *, context: Sequence[str] = (), threshold: float = 0.5
) -> Grounding:
    """Whether `sources` (the cited sentences) say what `sentence` says.

    `context` (headline, neighbouring sentences, dates in words) may supply the names and dates that
    the cited sentences only point to; every other fact has to stand in `sources`.
    """
    return check_read(
        sentence,
        [Source.read(s) for s in sources],
        context=[Source.read(c) for c in context],
        threshold=threshold,
    )


def check_read(
    sentence: str, sources: Sequence[Source], *, context: Sequence[Source] = (), threshold: float = 0.5
) -> Grounding:
    """`check` for callers that ask about many sentences with the same sources."""
    claim = Source.read(sentence)
    telling = content(list(claim.words))
    if not sources or not telling:
        return Grounding(False, 0.0, ("nothing to support it",))
    support = carrying(telling, sources)
    found = tuple(dict.fromkeys(problems(claim, sources, context, support)))
    score = _score(features(claim, telling, sources), found)
    return Grounding(score >= threshold and not found, score, found, support)


def carrying(telling: Sequence[Term], sources: Sequence[Source], limit: int = 3) -> tuple[int, ...]:
    """The sources that together have most of the telling words, fewest first."""
    left = {w.stem: 2.0 if w.capital or w.fold[:1].isdigit() else 1.0 for w in telling}
    total = sum(left.values())
    chosen: list[int] = []
    while len(chosen) < limit and left:
        gains = [sum(weight for s, weight in left.items() if s in source.stems) for source in sources]
        best = max(range(len(sources)), key=lambda i: gains[i])
        if gains[best] <= 0 or (chosen and gains[best] < 0.12 * total):
            break
        chosen.append(best)
        left = {s: w for s, w in left.items() if s not in sources[best].stems}
    return tuple(chosen)


def features(claim: Source, telling: Sequence[Term], sources: Sequence[Source]) -> Features:
    """The soft signals, for the score."""
    everywhere = frozenset().union(*(s.stems for s in sources))
    stems = [w.stem for w in telling]
    written = _unknown(claim.folds, (s.folds for s in sources))
    valued = _unknown([w.fold for w in claim.words], ([w.fold for w in s.words] for s in sources))
    return Features(
        novel=_share(s not in everywhere for s in stems),
        pairs=_share(not any(_near(a, b, s) for s in sources) for a, b in itertools.pairwise(stems)),
        order=min(written, valued),
    )


def _unknown(words: Sequence[str], sources: Iterable[Sequence[str]]) -> float:
    known = {pair for source in sources for pair in itertools.pairwise(source)}
    return _share(pair not in known for pair in itertools.pairwise(words))


def _score(soft: Features, problems: Sequence[str]) -> float:
    # Weights as benchmarks/grounding.py measured them best; docs/figures/summaries.md has the figures.
    margin = 4.0 - 5.0 * soft.order - 1.0 * soft.novel - 0.5 * soft.pairs
    margin -= sum(1.5 if problem.startswith("number") else 3.0 for problem in problems)
    return 1 / (1 + math.exp(-margin))


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _near(one: str, other: str, source: Source, within: int = 8) -> bool:
    if one not in source.stems or other not in source.stems:
        return False
    first = [i for i, w in enumerate(source.words) if w.stem == one]
    second = [i for i, w in enumerate(source.words) if w.stem == other]
    return any(abs(i - j) <= within for i in first for j in second)
