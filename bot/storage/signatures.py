"""Signatures of articles, decoded once and kept in memory.

Placing an article looks at thousands of signatures, again and again the same. A signature's id
never stands for another one (a new signature has a new id), so what was decoded stays true. Only
what is committed is kept: an id that was rolled back may come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select

from bot.storage.columns import AnyRow, batched
from bot.storage.tables import articles, signatures
from bot.types import Signature

KEPT = 20_000
"""As many are held, 30 MB at 384 dimensions."""


class _Decoded(NamedTuple):
    outlet: str
    title: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]


class Signatures:
    """Signatures by time."""

    def __init__(self) -> None:
        self._known: dict[int, _Decoded] = {}

    def between(
        self,
        c: Connection,
        since: datetime,
        until: datetime,
        limit: int,
        *,
        around: datetime | None,
        keep: bool,
    ) -> list[Signature]:
        """Newest first, of too many those nearest to `around`, or else the newest.

        `keep` what is decoded unless the connection sees uncommitted rows.
        """
        found = c.execute(_BETWEEN, {"since": since, "until": until, "limit": limit}).all()
        if around is not None and len(found) == limit:
            found = _nearest(c, since, until, around, limit)
        known = self._known
        missing = [row.id for row in found if row.id not in known]
        decoded = {**known, **_decoded(c, missing)} if missing else known
        if keep and missing:
            wanted = {row.id for row in found}
            room = len(decoded) <= KEPT
            self._known = decoded if room else {i: d for i, d in decoded.items() if i in wanted}
        return [
            Signature(
                article_id=row.article_id,
                story_id=row.story_id,
                when=row.happened,
                outlet=one.outlet,
                title=one.title,
                vector=one.vector,
                terms=one.terms,
            )
            for row in found
            if (one := decoded.get(row.id)) is not None
        ]


def _nearest(c: Connection, since: datetime, until: datetime, around: datetime, limit: int) -> list[AnyRow]:
    """The rows nearest in time to `around`, newest first: an article may arrive days after it was written."""
    earlier = c.execute(_BETWEEN, {"since": since, "until": around, "limit": limit}).all()
    later = c.execute(_AFTER, {"since": around, "until": until, "limit": limit}).all()
    nearest = sorted((*later, *earlier), key=lambda row: abs(row.happened - around))[:limit]
    return sorted(nearest, key=lambda row: (row.happened, row.article_id), reverse=True)


_ROWS = (
    select(signatures.c.id, signatures.c.article_id, articles.c.story_id, articles.c.happened)
    .join(articles, articles.c.id == signatures.c.article_id)
    .where(articles.c.happened <= bindparam("until"), ~articles.c.withdrawn)
    .limit(bindparam("limit"))
)
_BETWEEN = _ROWS.where(articles.c.happened >= bindparam("since")).order_by(
    articles.c.happened.desc(), articles.c.id.desc()
)
_AFTER = _ROWS.where(articles.c.happened > bindparam("since")).order_by(articles.c.happened, articles.c.id)

_DECODE = (
    select(signatures.c.id, signatures.c.vector, signatures.c.terms, articles.c.outlet, articles.c.title)
    .join(articles, articles.c.id == signatures.c.article_id)
    .where(signatures.c.id.in_(bindparam("ids", expanding=True)))
)


def _decoded(c: Connection, ids: list[int]) -> dict[int, _Decoded]:
    rows: list[Any] = [row for lot in batched(ids) for row in c.execute(_DECODE, {"ids": list(lot)})]
    return {
        row.id: _Decoded(
            outlet=row.outlet,
            title=row.title,
            vector=np.frombuffer(row.vector, dtype="<f2").astype(np.float32),
            terms=tuple(row.terms),
        )
        for row in rows
    }


_VECTORS = (
    select(articles.c.story_id, signatures.c.vector)
    .join(articles, articles.c.id == signatures.c.article_id)
    .where(articles.c.story_id.in_(bindparam("ids", expanding=True)))
    .order_by(articles.c.happened, articles.c.id)
)


def middles(c: Connection, story_ids: Sequence[int]) -> dict[int, NDArray[np.float32]]:
    """The mean direction of each story's articles, shape (dimensions,), unit length.

    A story read by two embedders has the one of its first article; one read by none is left out.
    """
    found: dict[int, list[NDArray[np.float32]]] = {}
    for lot in batched(story_ids):
        for row in c.execute(_VECTORS, {"ids": list(lot)}):
            vector = np.frombuffer(row.vector, dtype="<f2").astype(np.float32)
            if vector.size:
                found.setdefault(row.story_id, []).append(vector)
    sums = {i: sum((v for v in vs if v.size == vs[0].size), np.zeros_like(vs[0])) for i, vs in found.items()}
    lengths = {i: float(np.linalg.norm(v)) for i, v in sums.items()}
    return {i: sums[i] / length for i, length in lengths.items() if length}
