"""Which stored passages may hold the answer: searched by words and by meaning, then ranked again.

Knows protocols only. The searches bring what is about the same things; the ranking here looks at
what they can't: whether the question's words stand close together, its names are all there, and
the article is of the time that is asked about. The hard thing is that a word's rarity is not known
here: it is estimated from the passages that the search brought.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.errors import ModelError
from bot.news import dates
from bot.news.protocols import Archive, Embedder, PassageIndex
from bot.news.terms import Term, content, stems, terms
from bot.types import Article, Hit, Passage, Urgency

FETCHED = 30
"""Passages that each of the two searches may bring."""
WINDOW = 30
"""Words within which the question's words should stand together."""
FRESH = 30.0
"""Days after which an article's age has cost half of what age can cost."""
_RECENT = re.compile(
    r"\b(?:recent\w*|latest|just|now|current\w*|weeks?|months?|years?|new\w*|neu\w*|aktuell\w*|jetzt|récen\w*|actuel\w*"
    r"|nouve\w*|nuev\w*|actual\w*|últim\w*|nuov\w*|recen\w*)\b|最近|最新|今年",
    re.I,
)
_WHAT_IS = re.compile(
    r"^\W*(?:(?:what|who)(?:'s|’s| is| are| was| were)|was ist|wer ist|qu'est-ce que|qui est|qué es|quién es"
    r"|cos'è|chi è)\s",
    re.I,
)
_IN_Y = re.compile(r"[a-z]{2,}[^\W\daeiou]y")
"""A word whose plural ends in `ies`."""
_NAME = 3
"""Words that a name has at most."""
_ASKING = frozenset("的了在是和与哪谁什么多少几吗呢被把吧")
"""Characters that join or ask in Chinese: a pair with one of them is no word of the question's subject."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, taken apart once."""

    text: str
    now: datetime
    words: tuple[Term, ...]
    names: frozenset[str]
    """Stems of its names and numbers: what a similar event elsewhere would not have."""
    period: dates.Period | None
    zone: tzinfo = UTC
    """Where it is asked: whose days "today" and "on 5 May" are."""

    @property
    def timeless(self) -> bool:
        """Whether it asks only what or who a name is: "What is MAX?"."""
        named = 0 < len(self.words) <= _NAME and all(w.stem in self.names for w in self.words)
        return named and self.period is None and bool(_WHAT_IS.match(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Why a passage ranks where it does; each about 0 to 1."""

    text: float
    """BM25, of the best passage's."""
    cosine: float
    cover: float
    """Share of the question's words, rare ones counting more, in the passage or its title."""
    title: float
    close: float
    """The same share within `WINDOW` words of the passage."""
    article: float
    """The same share anywhere in what was found of the article."""
    names: float
    """Share of the question's names and numbers in what was found of the article."""
    near: float
    """Nearness of the article's date to the time asked about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may hold the answer."""

    passage: Passage
    article: Article
    score: float
    features: Features


WEIGHTS = {
    "text": 0.45,
    "cosine": 0.95,
    "cover": 0.05,
    "title": -0.2,
    "close": 0.8,
    "article": 0.4,
    "names": 0.4,
    "near": 1.2,
}
"""Fitted on questions with known articles (benchmarks/retrieval.py)."""
RELEVANT = {
    "near": 3.8,
    "title": 2.45,
    "known": 3.4,
    "cosine": 4.7,
    "text": 2.1,
    "timely": 4.2,
}
"""Fitted on questions with and without an answer in two archives (the same benchmark)."""
RELEVANT_BIAS = -12.9
NEUTRAL = 0.55
"""The cosine taken where there is no embedder: between those of questions with and without an answer."""
EVEN = 0.8
"""Nearness of every article to a question of what a name stands for: it's as good an answer after a year."""
NAMELESS = 0.9
"""Taken for the share of known names where a question has none."""
TOGETHER = 6
"""Passages that count together: a question may need two articles."""


def ask(question: str, now: datetime, zone: tzinfo = UTC) -> Asked:
    """Take `question` apart, asked at `now` in `zone`."""
    words = tuple(w for w in content(terms(question)) if not _ASKING & set(w.fold))
    first = question.lstrip()[:1]
    names = {w.stem for w in words if (w.capital and w.start > 0) or any(c.isdigit() for c in w.fold)}
    if not names and first:
        names = {w.stem for w in words if w.capital}
    return Asked(question, now, words, frozenset(names), dates.period(question, now, zone), zone)


class Retriever:
    """Finds passages for questions."""

    def __init__(self, embedder: Embedder | None, index: PassageIndex, archive: Archive) -> None:
        self._embedder = embedder
        self._index = index
        self._archive = archive

    async def find(
        self, asked: Asked, *, limit: int = 12, urgency: Urgency = Urgency.PERSON
    ) -> list[Candidate]:
        """Passages for the question, best first; what is dated after `asked.now` is left out."""
        until = asked.now + timedelta(days=1)
        hits, meant = await asyncio.gather(
            self._index.text(queries(asked.words), limit=FETCHED, until=until),
            self._meaning(asked, until, urgency),
        )
        found, articles = await asyncio.gather(
            self._index.passages(list(dict.fromkeys(h.passage_id for h in (*hits, *meant)))),
            self._archive.get_many(sorted({h.article_id for h in (*hits, *meant)})),
        )
        owners = {a.id: a for a in articles if not a.withdrawn}
        known = [p for p in found if p.article_id in owners]
        cosines = {h.passage_id: h.score for h in meant}
        ranked = await asyncio.to_thread(rank, asked, known, owners, hits=hits, cosines=cosines)
        return ranked[:limit]

    async def _meaning(self, asked: Asked, until: datetime, urgency: Urgency) -> Sequence[Hit]:
        """Passages by cosine; none without an embedder, or where it fails."""
        if self._embedder is None:
            return ()
        try:
            vectors = await self._embedder.embed([asked.text], urgency=urgency)
        except ModelError:
            return ()
        return await self._index.vector(vectors[0], limit=FETCHED, until=until)


def queries(words: Sequence[Term]) -> list[str]:
    """What to look for: longer words by their beginning, so that `recalled` finds `recalls`."""
    return list(dict.fromkeys(form for w in words for form in _forms(w.fold)))


def _forms(word: str) -> tuple[str, ...]:
    """A short word, or a long one's beginning; `city` beside `cities`, since `cit*` would find citizens."""
    if not word.isalpha():
        return (word,)
    if len(word) < 6:
        return (word, f"{word[:-1]}ies") if _IN_Y.fullmatch(word) else (word,)
    beginning = word[: max(5, len(word) - 3)]
    singular = f"{word[:-3]}y"
    apart = word.endswith("ies") and not singular.startswith(beginning)
    return (f"{beginning}*", singular) if apart else (f"{beginning}*",)


def rank(
    asked: Asked,
    passages: Sequence[Passage],
    owners: dict[int, Article],
    *,
    hits: Sequence[Hit],
    cosines: dict[int, float],
) -> list[Candidate]:
    """`passages` by how likely they hold the answer."""
    read = {p.id: stems(p.text) for p in passages}
    titles = {a.id: set(stems(a.title)) for a in owners.values()}
    weights = rarity(asked, [titles[p.article_id].union(read[p.id]) for p in passages])
    whole: dict[int, set[str]] = {a: set(t) for a, t in titles.items()}
    for p in passages:
        whole[p.article_id].update(read[p.id])
    top = max((h.score for h in hits), default=1.0) or 1.0
    text = {h.passage_id: h.score / top for h in hits}
    least = min(cosines.values(), default=NEUTRAL)
    found = []
    for p in passages:
        article = owners[p.article_id]
        title = titles[article.id]
        features = Features(
            text=text.get(p.id, 0.0),
            cosine=cosines.get(p.id, least),
            cover=share(weights, title.union(read[p.id])),
            title=share(weights, title),
            close=_closest(weights, read[p.id]),
            article=share(weights, whole[article.id]),
            names=_named(asked, whole[article.id]),
            near=nearness(asked, article),
        )
        found.append(Candidate(p, article, weigh(features), features))
    return sorted(found, key=lambda c: (-c.score, c.passage.id))


def weigh(features: Features) -> float:
    """One score out of the features."""
    return sum(weight * float(getattr(features, name)) for name, weight in WEIGHTS.items())


def relevance(asked: Asked, candidates: Sequence[Candidate]) -> float:
    """Chance that the archive has anything on the question, 0 to 1; needs no reader."""
    if not candidates:
        return 0.0
    known = {s for c in candidates[:TOGETHER] for s in stems(_telling(c))}
    best = candidates[0].features
    signs = {
        "near": _timely(asked, best),
        "title": best.title,
        "known": _named(asked, known),
        "cosine": best.cosine,
        "text": best.text,
        "timely": max(c.features.article * _timely(asked, c.features) for c in candidates[:TOGETHER]),
    }
    total = RELEVANT_BIAS + sum(weight * signs[name] for name, weight in RELEVANT.items())
    return 1 / (1 + math.exp(-total))


def _timely(asked: Asked, features: Features) -> float:
    """Nearness; without a word of time an old article may be meant as well, yet most ask about the news."""
    timed = asked.period is not None or _RECENT.search(asked.text)
    return features.near if timed else (1 + features.near) / 2


def _telling(candidate: Candidate) -> str:
    return f"{candidate.article.outlet} {candidate.article.title}\n{candidate.passage.text}"


def nearness(asked: Asked, article: Article) -> float:
    """1 for an article of the time asked about (now, where none is named), towards 0 away from it."""
    if asked.timeless:
        return EVEN
    if article.published is None:
        return 0.4
    if asked.period is None or asked.period.until >= asked.now:
        age = max(0.0, (asked.now - article.published) / timedelta(days=1))
        slack = 0.0 if asked.period is None else (asked.now - asked.period.since) / timedelta(days=1)
        return 1 / (1 + max(0.0, age - min(slack, 60.0)) / FRESH)
    return 1 / (1 + asked.period.away(article.published) / FRESH)


def rarity(asked: Asked, found: Sequence[set[str]]) -> dict[str, float]:
    """How telling each of the question's words is, by how few of the passages found have it."""
    stems = {w.stem for w in asked.words}
    seen = Counter(s for words in found for s in stems & words)
    return {s: math.log((len(found) + 2) / (seen[s] + 1)) + 0.3 for s in stems}


def share(weights: dict[str, float], words: set[str]) -> float:
    """Share of the weighted words that are among `words`."""
    total = sum(weights.values())
    return sum(w for s, w in weights.items() if s in words) / total if total else 0.0


def _closest(weights: dict[str, float], words: Sequence[str]) -> float:
    """The best share of the question's words within any `WINDOW` words."""
    places = [(i, w) for i, w in enumerate(words) if w in weights]
    windows = ({w for i, w in places[n:] if i < start + WINDOW} for n, (start, _) in enumerate(places))
    return max((share(weights, near) for near in windows), default=0.0)


def _named(asked: Asked, words: set[str]) -> float:
    return len(asked.names & words) / len(asked.names) if asked.names else NAMELESS
