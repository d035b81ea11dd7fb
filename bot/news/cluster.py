"""Which story a new article belongs to, decided once, when it arrives.

Pure: a signature goes in with the signatures of recent articles, a placement comes out; storage and
clock are the caller's. The hard thing is that two events of one kind (two earthquakes, two court
rulings) look alike to an embedding, and only names, numbers and days tell them apart: so half of
the likeness is rare words shared, and each day between two reports costs.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bot.news import copies
from bot.news.terms import content, terms
from bot.types import Article, Signature

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_STORY = 0.325
"""Mean likeness to a story's nearest articles from which an article joins (benchmarks/clusters.py)."""
WORDS_ALONE = 0.08
"""The same where no vectors can be compared."""
DAY_COSTS = 0.03
"""Likeness taken off for each day between two reports."""
LEAD = 1200
"""Characters of the text whose words count: what happened stands at the top of a report."""
MOST_TERMS = 120
SHORTLIST = 64
"""Nearest articles that are compared word by word."""
BACKGROUND = 500
"""Articles, spread over the candidates, that say which words are rare."""
LOT = 256
"""Vectors compared at a time: few enough to stay in the processor's cache, which is four times as fast."""
_PASSAGES = (1.0, 0.5, 0.25)
_TITLE = 0.6


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs."""

    story_id: int | None
    """None: it begins a story of its own."""
    score: float
    """How alike the article and its nearest story are, about 0 to 1; it joins from SAME_STORY on."""
    copy_of: int | None = None
    """The article whose text it repeats (agency copy, the same text at another address)."""
    also: tuple[int, ...] = ()
    """Other stories that it would join as well, the nearest first: they may be one (`regroup`)."""
    beside: int | None = None
    """Where it joins none: the story of a single article that it is like, which may be there by mistake."""


def sign(article: Article, *, vectors: NDArray[np.float32]) -> Signature:
    """What clustering remembers of `article`.

    `vectors` are those of the title and of each passage, in order, shape (1 + passages, dimensions);
    with none (shape (0, ...)) the article is placed by its words alone.
    """
    words = content(terms(f"{article.title}\n{article.text[:LEAD]}"))
    stems = tuple(dict.fromkeys(w.stem for w in words))[:MOST_TERMS]
    return Signature(
        article_id=article.id,
        story_id=article.story_id,
        when=article.when,
        outlet=article.outlet,
        title=article.title,
        vector=_blend(vectors),
        terms=(*stems, copies.sketch(article.text)),
    )


def place(signature: Signature, candidates: Sequence[Signature]) -> Placement:
    """The story among `candidates` (recent articles, any order) that `signature` joins."""
    others = [c for c in candidates if c.article_id != signature.article_id]
    if not others:
        return Placement(None, 0.0)
    days = np.abs(np.array([c.when.timestamp() for c in others]) - signature.when.timestamp()) / 86_400
    weights = _weights(signature, others[:: 1 + len(others) // BACKGROUND])
    cosines = _cosines(signature, others)
    first = (cosines if cosines.any() else _shared(weights, others)) - DAY_COSTS * days
    near = np.argsort(-first, kind="stable")[:SHORTLIST]
    words = _Words(weights, max(weights.values(), default=0.0), sum(w * w for w in weights.values()))
    likeness = {
        i: _likeness(signature, others[i], cosine=float(cosines[i]), days=float(days[i]), words=words)
        for i in _members(others, near)
    }
    means = _stories(others, likeness)
    least = SAME_STORY if signature.vector.size else WORDS_ALONE
    score = max(means.values(), default=0.0)
    joined = [story for story in means if means[story] >= least]
    story_id, also = (joined[0], tuple(joined[1:])) if joined else (None, ())
    nearest = max(likeness, key=lambda i: (likeness[i], -i))
    alike = signature.vector.size and likeness[nearest] >= least
    beside = others[nearest].story_id if alike and not joined else None
    return Placement(story_id, max(0.0, score), _copied(signature, others, near), also, beside)


def _blend(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(vectors):
        return np.zeros(0, dtype=np.float32)
    weights = np.array([_TITLE, *_PASSAGES], dtype=np.float32)[: len(vectors)]
    mixed = weights @ vectors[: len(weights)]
    norm = float(np.linalg.norm(mixed))
    return (mixed / norm if norm else mixed).astype(np.float32)


def _cosines(signature: Signature, others: Sequence[Signature]) -> NDArray[np.float64]:
    """Cosine to each; 0 for those embedded by another model or by none."""
    found = np.zeros(len(others))
    size = signature.vector.size
    same = [i for i, c in enumerate(others) if c.vector.size == size]
    if same and size:
        lots = (same[start : start + LOT] for start in range(0, len(same), LOT))
        rows = (np.concatenate([others[i].vector for i in lot]).reshape(-1, size) for lot in lots)
        found[same] = np.concatenate([lot @ signature.vector for lot in rows])
    return found


def _weights(signature: Signature, background: Sequence[Signature]) -> dict[str, float]:
    """How telling each term is: a word that many of this week's articles use tells nothing."""
    mine = frozenset(copies.telling(signature))
    seen = Counter(chain.from_iterable(mine.intersection(c.terms) for c in background))
    return {t: _telling(seen[t], len(background)) for t in mine}


def _shared(weights: dict[str, float], others: Sequence[Signature]) -> NDArray[np.float64]:
    """What stands for the cosine where nothing is embedded: the weight of the words in common."""
    total = sum(weights.values()) or 1.0
    return np.array([sum(weights[t] for t in weights.keys() & c.terms) / total for c in others])


def _telling(seen: int, total: int) -> float:
    return math.log((total + 20) / (seen + 1))


def _members(others: Sequence[Signature], near: NDArray[np.intp]) -> list[int]:
    """The shortlist, and with it every article of the stories that it touches."""
    stories = {others[i].story_id for i in near} - {None}
    listed = set(near.tolist())
    return [i for i, c in enumerate(others) if i in listed or c.story_id in stories]


class _Words(NamedTuple):
    """What an article's own words weigh, counted once for all that it is compared with."""

    weights: dict[str, float]
    unseen: float
    """The weight of a word that it has not."""
    squares: float


def _likeness(signature: Signature, other: Signature, *, cosine: float, days: float, words: _Words) -> float:
    """The mean of the embeddings' cosine and of the words', less what the days between cost."""
    theirs = copies.telling(other)
    common = [words.weights[t] ** 2 for t in theirs if t in words.weights]
    both = sum(common)
    others = both + (len(theirs) - len(common)) * words.unseen**2
    shared = both / math.sqrt(words.squares * others) if both else 0.0
    compared = signature.vector.size and other.vector.shape == signature.vector.shape
    return ((shared + cosine) / 2 if compared else shared) - DAY_COSTS * days


def _stories(others: Sequence[Signature], likeness: dict[int, float]) -> dict[int, float]:
    """Stories, nearest first: how alike the article and each one's nearest half (three at least) are.

    All of a small story must agree, which stops chains; a long story may have moved on since it began.
    """
    scores: defaultdict[int, list[float]] = defaultdict(list)
    for i, score in likeness.items():
        story = others[i].story_id
        if story is not None:
            scores[story].append(score)
    means = {story: fmean(sorted(s, reverse=True)[: max(3, len(s) // 2)]) for story, s in scores.items()}
    return dict(sorted(means.items(), key=lambda item: (-item[1], item[0])))


def _copied(signature: Signature, others: Sequence[Signature], near: NDArray[np.intp]) -> int | None:
    """The earliest article on the shortlist whose text this one repeats."""
    same = [others[i] for i in near if copies.alike(signature, others[i]) >= copies.COPY]
    return min(same, key=lambda c: (c.when, c.article_id)).article_id if same else None
