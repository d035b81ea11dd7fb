"""Articles and their revisions: recognised by any key, never overwritten by less.

Knows no feed and no model. The hard thing is `put`: the same article comes from several sources,
mirrors and pages, as a teaser here and in full there; only what a reader would call a change
becomes a revision, and the old one is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, delete, func, insert, select

from bot.errors import LeaseLost, NotFound, StoreError
from bot.storage.carriers import carriers
from bot.storage.columns import AnyRow, storable
from bot.storage.database import Database
from bot.storage.index import Entry, Index
from bot.storage.put import forget_passages, put
from bot.storage.sources import within
from bot.storage.tables import (
    article_keys,
    article_sources,
    articles,
    passages,
    revisions,
    signatures,
    sources,
)
from bot.types import Article, Draft, Passage, PutStatus, Signature

SHOWN = (
    articles.c.id,
    articles.c.url,
    articles.c.title,
    articles.c.text,
    articles.c.outlet,
    articles.c.byline,
    articles.c.language,
    articles.c.published,
    articles.c.fetched,
    articles.c.revision,
    articles.c.source_id,
    articles.c.story_id,
    articles.c.withdrawn,
    articles.c.quiet,
    articles.c.copy_of,
    articles.c.teaser,
)
"""The columns of an `Article`."""


class Articles:
    """The archive."""

    def __init__(self, database: Database, index: Index) -> None:
        self._database = database
        self._index = index

    async def put(
        self,
        draft: Draft,
        *,
        source_id: int | None,
        now: datetime,
        quiet: bool = False,
        held: bool = False,
    ) -> tuple[PutStatus, Article]:
        """Store a draft; any known key is the same article. A new one stays `quiet` for good.

        A new one that is `held` is not due for reading until `Pages` has its page, or has not.

        A change of text or title beyond whitespace is a new revision (UPDATED), and its passages
        leave the search until it is indexed again. A teaser never replaces a full text, an older
        version (by `updated`, or one that was kept as a revision) never a newer, an empty text
        never anything. New and updated articles become due at once, even while leased. Raises
        StoreError for a draft without keys and URL, or without title and text.
        """
        keys = [k for k in dict.fromkeys(storable(k) for k in draft.keys or (draft.url,)) if k]
        if not keys or not (draft.title.strip() or draft.text.strip()):
            raise StoreError("an article needs a key, and a title or a text")

        def work(c: Connection) -> tuple[PutStatus, Article]:
            status, article_id = put(c, draft, keys, source_id, now, quiet=quiet, held=held)
            return status, article_of(_row(c, article_id))

        return await self._database.write(work)

    async def get(self, article_id: int) -> Article:
        """Raises NotFound."""
        return await self._database.read(lambda c: article_of(_row(c, article_id)))

    async def get_many(self, article_ids: Sequence[int]) -> list[Article]:
        """In the order asked; unknown ids are left out."""
        query = select(*SHOWN).where(articles.c.id.in_(set(article_ids)))
        found = await self._database.read(lambda c: {r.id: article_of(r) for r in c.execute(query)})
        return [found[i] for i in article_ids if i in found]

    async def carriers(self, article_ids: Sequence[int]) -> dict[int, frozenset[int]]:
        """The ids of the sources that carry each article; of those without any, nothing."""
        return await self._database.read(lambda c: carriers(c, article_ids))

    async def find(self, key_or_url: str) -> Article | None:
        """By a recognition key or the article's URL."""
        by_key = select(article_keys.c.article_id).where(article_keys.c.key == key_or_url)
        by_url = select(articles.c.id).where(articles.c.url == key_or_url).order_by(articles.c.id)

        def work(c: Connection) -> Article | None:
            article_id = c.scalar(by_key) or c.scalar(by_url.limit(1))
            return None if article_id is None else article_of(_row(c, article_id))

        return await self._database.read(work)

    async def recent(
        self,
        *,
        limit: int,
        before: datetime | None = None,
        since: datetime | None = None,
        source_id: int | None = None,
        topic: str | None = None,
        language: str | None = None,
    ) -> list[Article]:
        """Newest first by `when`; `since` inclusive, `before` exclusive; withdrawn ones left out."""
        query = _during(select(*SHOWN), since, before, source_id).where(~articles.c.withdrawn)
        if topic is not None:
            carried = article_sources.join(sources, sources.c.id == article_sources.c.source_id)
            its = article_sources.c.article_id == articles.c.id
            query = query.where(select(sources.c.id).select_from(carried).where(its, within(topic)).exists())
        if language is not None:
            query = query.where(articles.c.language == language)
        query = query.order_by(articles.c.happened.desc(), articles.c.id.desc()).limit(limit)
        return await self._database.read(lambda c: [article_of(r) for r in c.execute(query)])

    async def revisions(self, article_id: int) -> list[Article]:
        """Every revision, oldest first; the last is the present one. NotFound.

        `fetched` is when each revision was fetched.
        """
        return await self._database.read(lambda c: _revisions(c, article_id))

    async def count(
        self, *, since: datetime | None = None, before: datetime | None = None, source_id: int | None = None
    ) -> int:
        """How many articles there are, by `when`."""
        query = _during(select(func.count()).select_from(articles), since, before, source_id)
        return await self._database.read(lambda c: c.scalar(query) or 0)

    async def index(
        self,
        article_id: int,
        *,
        revision: int,
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        signature: Signature | None,
    ) -> None:
        """Replace the article's passages, their words and vectors, and its signature.

        `vectors` is (n, d), one row a passage; (n, 0) or empty where there is no embedder.
        A withdrawn article keeps no passages. Raises LeaseLost when `revision` is not the present
        one, NotFound, StoreError for a passage that is not the article's text.
        """
        entries = self._index.prepare(passages, vectors)

        def work(c: Connection) -> None:
            row = _row(c, article_id, *SHOWN)
            if row.revision != revision:
                raise LeaseLost(f"article {article_id} has revision {row.revision} by now, not {revision}")
            _sign(c, article_id, signature)
            forget_passages(c, article_id)
            if not row.withdrawn:
                self._put_passages(c, row, entries)

        await self._database.write(work)

    def _put_passages(self, c: Connection, row: AnyRow, entries: Sequence[Entry]) -> None:
        for entry in entries:
            p = entry.passage
            if not 0 <= p.start <= p.end or row.text[p.start : p.end] != storable(p.text):
                raise StoreError(f"passage {p.ordinal} is not a part of article {row.id}")
        if not entries:
            return
        values = [
            {
                "article_id": row.id,
                "ordinal": e.passage.ordinal,
                "start": e.passage.start,
                "end": e.passage.end,
            }
            for e in entries
        ]
        ids = c.scalars(insert(passages).returning(passages.c.id, sort_by_parameter_order=True), values)
        self._index.put(c, list(ids), entries, title=row.title)


def article_of(row: AnyRow) -> Article:
    """The article of a row with the columns SHOWN."""
    return Article(**row._mapping)


def _row(c: Connection, article_id: int, *columns: Any) -> AnyRow:
    row = c.execute(select(*(columns or SHOWN)).where(articles.c.id == article_id)).one_or_none()
    if row is None:
        raise NotFound(f"article {article_id}")
    return row


def _during(
    query: Select[Any], since: datetime | None, before: datetime | None, source_id: int | None
) -> Select[Any]:
    if since is not None:
        query = query.where(articles.c.happened >= since)
    if before is not None:
        query = query.where(articles.c.happened < before)
    if source_id is not None:
        carried = select(article_sources.c.article_id).where(article_sources.c.source_id == source_id)
        query = query.where(articles.c.id.in_(carried))
    return query


def _revisions(c: Connection, article_id: int) -> list[Article]:
    row = _row(c, article_id, *SHOWN, articles.c.revised)
    shown = dict(row._mapping)
    present = {**shown, "fetched": shown.pop("revised")}
    present.pop("revised")
    query = select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.revision)
    older = ({k: v for k, v in r._mapping.items() if k != "article_id"} for r in c.execute(query))
    return [Article(**{**present, **values}) for values in older] + [Article(**present)]


def _sign(c: Connection, article_id: int, signature: Signature | None) -> None:
    c.execute(delete(signatures).where(signatures.c.article_id == article_id))
    if signature is not None:
        vector, terms = signature.vector.astype("<f2").tobytes(), list(signature.terms)
        c.execute(insert(signatures).values(article_id=article_id, vector=vector, terms=terms))
