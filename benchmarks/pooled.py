"""An archive in memory for the benchmarks: what `storage` does, without a database.

BM25 over passages with the title's words in each, cosine over their vectors, articles by id.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count, takewhile

import numpy as np
from numpy.typing import NDArray

from bot.errors import NotFound
from bot.news import passages
from bot.types import Article, Hit, Passage

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+|(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_IN_URL = re.compile(r"/(20\d\d)/(\d\d)/(\d\d)/")
K1, B, TITLE = 1.2, 0.75, 3


def date(text: str | None, url: str = "") -> datetime | None:
    """A day as the sets write it (`2023/01/19`, ISO), or as many outlets write it into addresses."""
    if text:
        found = datetime.fromisoformat(text.replace("/", "-"))
        return found.replace(tzinfo=found.tzinfo or UTC)
    match = _IN_URL.search(url)
    return datetime(*map(int, match.groups()), tzinfo=UTC) if match else None


def article(number: int, doc: dict) -> Article:
    """A set's document as a stored article; what has no date gets none."""
    when = date(doc.get("date"), doc["url"])
    return Article(
        id=number,
        url=doc["url"],
        title=doc["title"],
        text=doc["text"],
        outlet=doc.get("outlet") or doc["url"].split("/")[2].removeprefix("www."),
        byline="",
        language=doc.get("lang", "en"),
        published=when,
        fetched=when or UNDATED,
        revision=1,
        source_id=None,
        story_id=None,
    )


def documents(sets: Iterable[dict]) -> list[dict]:
    """Every document of the rows once, by address."""
    found: dict[str, dict] = {}
    for row in sets:
        for doc in row["docs"]:
            found.setdefault(doc["url"], doc)
    return list(found.values())


@dataclass
class Pool:
    """Fits `PassageIndex` and `Archive`."""

    articles: dict[int, Article] = field(default_factory=dict)
    passages_by_id: dict[int, Passage] = field(default_factory=dict)
    matrix: NDArray[np.float32] | None = None
    ids: NDArray[np.int64] | None = None
    _of: defaultdict[int, list[Passage]] = field(default_factory=lambda: defaultdict(list))
    _postings: defaultdict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    _lengths: dict[int, int] = field(default_factory=dict)
    _words: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, docs: Iterable[dict]) -> Pool:
        """Index `docs`; vectors are added by `embedded`."""
        pool = cls()
        numbers = count(1)
        for n, doc in enumerate(docs, 1):
            pool.articles[n] = made = article(n, doc)
            for passage in passages.split(made.text, made.language):
                pool._add(made, replace(passage, id=next(numbers), article_id=n))
        pool._words = sorted(pool._postings)
        return pool

    def _add(self, made: Article, passage: Passage) -> None:
        self.passages_by_id[passage.id] = passage
        self._of[made.id].append(passage)
        counts = Counter(words(passage.text)) + Counter(words(made.title) * TITLE)
        self._lengths[passage.id] = counts.total()
        for word, tf in counts.items():
            self._postings[word].append((passage.id, tf))

    async def embedded(self, embedder) -> None:
        """Embed every passage, as the bot does it."""
        found = list(self.passages_by_id.values())
        self.matrix = await embedder.embed([p.text for p in found])
        self.ids = np.array([p.id for p in found])

    async def text(self, terms, *, limit, since=None, until=None, language=None) -> list[Hit]:
        scores: defaultdict[int, float] = defaultdict(float)
        mean = sum(self._lengths.values()) / max(1, len(self._lengths))
        for term in dict.fromkeys(terms):
            tfs: Counter[int] = Counter()
            for word in self._matching(term):
                for passage, tf in self._postings.get(word, ()):
                    tfs[passage] += tf
            idf = math.log(1 + (len(self._lengths) - len(tfs) + 0.5) / (len(tfs) + 0.5))
            for passage, tf in tfs.items():
                norm = K1 * (1 - B + B * self._lengths[passage] / mean)
                scores[passage] += idf * tf * (K1 + 1) / (tf + norm)
        return self._hits(scores.items(), limit, since, until)

    def _matching(self, term: str) -> Iterable[str]:
        word = term.casefold()
        if not word.endswith("*"):
            return [word]
        stem = word[:-1]
        return takewhile(lambda w: w.startswith(stem), self._words[bisect_left(self._words, stem) :])

    async def vector(self, vector, *, limit, since=None, until=None, language=None) -> list[Hit]:
        if self.matrix is None:
            return []
        cosines = self.matrix @ vector
        best = np.argsort(-cosines)[: limit * 4]
        return self._hits(((int(self.ids[i]), float(cosines[i])) for i in best), limit, since, until)

    def _hits(self, scored, limit, since, until) -> list[Hit]:
        found = []
        for passage, score in sorted(scored, key=lambda item: (-item[1], item[0])):
            owner = self.articles[self.passages_by_id[passage].article_id]
            if (since is None or owner.when >= since) and (until is None or owner.when <= until):
                found.append(Hit(passage, owner.id, score, owner.when))
            if len(found) == limit:
                break
        return found

    async def passages(self, ids: Sequence[int]) -> list[Passage]:
        return [self.passages_by_id[i] for i in ids if i in self.passages_by_id]

    async def passages_of(self, article_id: int) -> list[Passage]:
        return self._of[article_id]

    async def get(self, article_id: int, /) -> Article:
        if article_id not in self.articles:
            raise NotFound(f"article {article_id}")
        return self.articles[article_id]

    async def get_many(self, article_ids: Sequence[int], /) -> list[Article]:
        return [self.articles[i] for i in article_ids if i in self.articles]

    async def recent(self, *, limit, before=None, since=None, topic=None, language=None) -> list[Article]:
        found = sorted(self.articles.values(), key=lambda a: a.when, reverse=True)
        kept = [a for a in found if (not before or a.when < before) and (not since or a.when >= since)]
        return kept[:limit]

    async def count(self) -> int:
        return len(self.articles)


def words(text: str) -> list[str]:
    """Words, and of a run without spaces its pairs of characters, as `storage` finds them by phrase."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        pairs = [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        found += pairs if _UNSPACED.match(word) else [word]
    return found


def auc(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """Chance that a positive scores higher than a negative; a tie counts half."""
    s, y = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    above = s[y][:, None] - s[~y][None, :]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())
