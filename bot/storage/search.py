"""Search: passages by words and by vectors.

Words are folded the same way for both databases (`words.py`), so scores and hits agree. Knows no
question and no ranking of answers. The hard thing is the vectors on SQLite, which has no index
for them: they stay in memory and are brought up to date by what changed (`index_sqlite.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, func, select

from bot.storage.columns import AnyRow
from bot.storage.database import Database
from bot.storage.index import Index, Scored, Within
from bot.storage.tables import articles, passages
from bot.storage.words import terms as folded
from bot.types import Hit, Passage


class Search:
    """The passages, found."""

    def __init__(self, database: Database, index: Index) -> None:
        self._database = database
        self._index = index

    async def text(
        self,
        terms: Sequence[str],
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
    ) -> list[Hit]:
        """Best first by BM25 over any of the terms; words in the title weigh more.

        A term of several words is a phrase; a trailing `*` finds words that begin so. Quotes and
        operators mean nothing: a term is data. `since` and `until` (both inclusive) are about
        the article's `when`.
        """
        wanted = folded(terms)
        within = Within(since, until, language)
        if not wanted or limit < 1:
            return []
        return await self._database.read(lambda c: _hits(c, self._index.text(c, wanted, limit, within)))

    async def vector(
        self,
        vector: NDArray[np.float32],
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
    ) -> list[Hit]:
        """Best first by cosine; only passages embedded with as many dimensions are compared.

        Sees what is committed, also inside a transaction.
        """
        within = Within(since, until, language)
        if limit < 1:
            return []
        return await self._database.read_committed(
            lambda c: _hits(c, self._index.vector(c, vector, limit, within))
        )

    async def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        """In the order asked; those that went meanwhile are left out."""
        query = _passages().where(passages.c.id.in_(set(passage_ids)))
        found = await self._database.read(lambda c: {r.id: _passage(r) for r in c.execute(query)})
        return [found[i] for i in passage_ids if i in found]

    async def passages_of(self, article_id: int) -> list[Passage]:
        """Of one article, in order."""
        query = _passages().where(passages.c.article_id == article_id).order_by(passages.c.ordinal)
        return await self._database.read(lambda c: [_passage(r) for r in c.execute(query)])


def _hits(c: Connection, scored: Scored) -> list[Hit]:
    # A passage may have gone since its vector was read, so the hits are what is stored now.
    ids = [passage_id for passage_id, _ in scored]
    query = (
        select(passages.c.id, passages.c.article_id, articles.c.happened)
        .join(articles, articles.c.id == passages.c.article_id)
        .where(passages.c.id.in_(ids))
    )
    stored = {row.id: row for row in c.execute(query)}
    return [Hit(i, stored[i].article_id, score, stored[i].happened) for i, score in scored if i in stored]


def _passages() -> Select[*tuple[object, ...]]:
    cut = func.substr(articles.c.text, passages.c.start + 1, passages.c.end - passages.c.start)
    return select(*(c for c in passages.c), cut.label("text")).join(
        articles, articles.c.id == passages.c.article_id
    )


def _passage(row: AnyRow) -> Passage:
    return Passage(row.id, row.article_id, row.ordinal, row.start, row.end, row.text)
