"""Whether one story is really two, and whether two are really one: asked again with each report.

Pure: signatures of a story's articles go in, groups of article ids come out. A story is two where its
articles, joined nearest first by their mean likeness, leave two cores of several reports each that
stay far apart; what two stories need to become one is more than what keeps one together, so that
nothing goes to and fro. The hard thing is the stray: one odd report is no second event.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.news import copies
from bot.news.cluster import BACKGROUND, DAY_COSTS, SAME_STORY, WORDS_ALONE, Placement
from bot.types import Signature

APART = 0.38
"""Mean likeness below which two groups of articles are not one story (benchmarks/clusters.py)."""
TOGETHER = 0.45
"""Mean likeness from which two stories are one."""
CORE = 2
"""Reports, copies counted once, that make a group an event of its own."""
MOST = 60
"""Newest articles of a story that are compared."""

Groups = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Where an article goes, and what that shows about the stories around it."""

    story_id: int | None
    """The story that it joins; None: it begins one."""
    merge: tuple[int, int] | None = None
    """The story that stays, and the one that goes into it."""
    leaving: Groups = ()
    """Articles that leave the story it joined, each group for a story of its own."""


def review(signature: Signature, placement: Placement, near: Sequence[Signature]) -> Review:
    """Look again at the story that an article was placed in, and at the others that it is like.

    `near` are the recent articles that it was placed among. An article that is like a single one of a
    story takes that one out with it, where the two are a core of their own.
    """
    story_id = placement.story_id or placement.beside
    if story_id is None:
        return Review(None)
    others = [c for c in near if c.article_id != signature.article_id]
    members = [*(c for c in others if c.story_id == story_id), signature]
    for other_id in placement.also:
        other = [c for c in others if c.story_id == other_id]
        if other_id != story_id and are_one(members, other, others):
            return Review(story_id, merge=(min(story_id, other_id), max(story_id, other_id)))
    leaving = groups(members, others)[1:]
    return Review(story_id if placement.story_id or leaving else None, leaving=leaving)


def groups(members: Sequence[Signature], background: Sequence[Signature]) -> Groups:
    """The article ids of one story, in as many groups as it has events; the earliest article's first.

    One group is the usual answer. The same articles give the same groups in any order, and each
    group, asked again beside the same `background` (recent articles, which say what words tell), is one.
    """
    known = sorted(members, key=lambda s: (s.when, s.article_id))
    if len(known) < 2 * CORE or len(known) > MOST:
        return (tuple(s.article_id for s in known),)
    links = likeness(known, background)
    found = _linked(links, least=APART * _scale(known))
    cores = [g for g in found if _reports([known[i] for i in g]) >= CORE]
    if len(cores) < 2:
        return (tuple(s.article_id for s in known),)
    for group in found:
        if group not in cores:
            max(cores, key=lambda core: (links[np.ix_(core, group)].mean(), -core[0])).extend(group)
    return tuple(tuple(known[i].article_id for i in sorted(core)) for core in sorted(cores, key=min))


def are_one(one: Sequence[Signature], other: Sequence[Signature], background: Sequence[Signature]) -> bool:
    """Whether two stories tell of one event; what became one so is never taken apart at once."""
    known = sorted((*one, *other), key=lambda s: (s.when, s.article_id))
    if not one or not other or len(known) > MOST:
        return False
    if not _compared(known):
        return False  # words alone join too much: two floods share most of theirs
    mine = {s.article_id for s in one}
    here = [i for i, s in enumerate(known) if s.article_id in mine]
    there = [i for i, s in enumerate(known) if s.article_id not in mine]
    links = likeness(known, background)
    if not there or links[np.ix_(here, there)].mean() < TOGETHER:
        return False
    return len(groups(known, background)) == 1


def likeness(members: Sequence[Signature], background: Sequence[Signature]) -> NDArray[np.float64]:
    """How alike each two are, shape (n, n): the measure by which `cluster.place` joins."""
    words = _words(members, background[:: 1 + len(background) // BACKGROUND])
    days = np.array([s.when.timestamp() for s in members]) / 86_400
    if _compared(members):
        rows = np.stack([s.vector for s in members]).astype(np.float64)
        words = (words + rows @ rows.T) / 2
    found: NDArray[np.float64] = words - DAY_COSTS * np.abs(days[:, None] - days[None, :])
    return found


def _compared(members: Sequence[Signature]) -> bool:
    """Whether all were embedded, by one model."""
    sizes = {s.vector.size for s in members}
    return len(sizes) == 1 and 0 not in sizes


def _scale(members: Sequence[Signature]) -> float:
    """Words alone are less alike than words and meaning together."""
    return 1.0 if _compared(members) else WORDS_ALONE / SAME_STORY


def _words(members: Sequence[Signature], background: Sequence[Signature]) -> NDArray[np.float64]:
    """Cosine of the telling words, each weighing as much as it is rare."""
    terms = [copies.telling(s) for s in members]
    columns = {t: n for n, t in enumerate(dict.fromkeys(t for one in terms for t in one))}
    vocabulary = frozenset(columns)
    seen = Counter(chain.from_iterable(vocabulary.intersection(c.terms) for c in background))
    table = np.zeros((len(members), max(1, len(columns))))
    for row, one in enumerate(terms):
        for term in one:
            table[row, columns[term]] = math.log((len(background) + 20) / (seen[term] + 1))
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    table /= np.where(norms > 0, norms, 1)
    return table @ table.T


def _linked(links: NDArray[np.float64], *, least: float) -> list[list[int]]:
    """Average linkage (UPGMA): join the two nearest groups until none are `least` near."""
    found = [[i] for i in range(len(links))]
    sums = links.copy()
    while len(found) > 1:
        sizes = np.array([len(g) for g in found])
        means = sums / np.outer(sizes, sizes)
        np.fill_diagonal(means, -np.inf)
        a, b = sorted(divmod(int(np.argmax(means)), len(found)))
        if means[a, b] < least:
            break
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        sums = np.delete(np.delete(sums, b, axis=0), b, axis=1)
        found[a] += found.pop(b)
    return found


def _reports(members: Sequence[Signature]) -> int:
    """How many there are, those of one text counted once."""
    kept: list[Signature] = []
    for one in members:
        if all(copies.alike(one, other) < copies.COPY for other in kept):
            kept.append(one)
    return len(kept)
