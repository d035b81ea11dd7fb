"""The passage index on PostgreSQL: tsvector for words, pgvector for vectors.

The tsvector is written out here from folded words, so both databases index the same. PostgreSQL's
own ranking knows no rarity of words: each term's rank is weighed by its rarity and the passage's
size, which comes near to BM25. Vectors have an approximate index (HNSW) for each number of
dimensions, made when the first such vector comes. https://github.com/pgvector/pgvector
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from bot.storage.columns import microseconds
from bot.storage.index import TITLE_WEIGHT, Entry, Index, Scored, Within
from bot.storage.words import Term, split

_LAST_POSITION = 16_383
"""PostgreSQL counts no further within a tsvector."""


class PostgresIndex(Index):
    """tsvector and pgvector."""

    def __init__(self) -> None:
        self._indexed: set[int] = set()

    def put(self, c: Connection, ids: Sequence[int], entries: Sequence[Entry], *, title: str) -> None:
        """Index new passages."""
        head = split(title)
        values = [
            {
                "id": i,
                "size": len(e.words) + len(head),
                "words": _tsvector(head, e.words),
                "vector": None if e.vector is None else _literal(e.vector),
            }
            for i, e in zip(ids, entries, strict=True)
        ]
        for dimensions in {len(e.vector) for e in entries if e.vector is not None} - self._indexed:
            self._make_index(c, dimensions)
        c.execute(_PUT, values)

    def text(self, c: Connection, terms: Sequence[Term], limit: int, within: Within) -> Scored:
        """Passages with any of the terms, by a near relative of BM25."""
        queries = [_tsquery(t) for t in terms]
        values = {"queries": queries, "limit": limit, "title": 1 / TITLE_WEIGHT, **_bounds(within)}
        return [(row.passage_id, float(row.score)) for row in c.execute(_TEXT, values)]

    def vector(self, c: Connection, vector: NDArray[np.float32], limit: int, within: Within) -> Scored:
        """Passages by cosine."""
        dimensions = len(vector)
        c.execute(_BREADTH, {"breadth": str(min(1000, max(200, 2 * limit)))})
        values = {"vector": _literal(vector), "limit": limit, **_bounds(within)}
        # The expression has to be the index's own, so the number is written into the statement.
        statement = text(_VECTOR.format(dimensions=int(dimensions)))
        return [(row.passage_id, float(row.score)) for row in c.execute(statement, values)]

    def _make_index(self, c: Connection, dimensions: int) -> None:
        c.execute(text("SELECT pg_advisory_xact_lock(7237002)"))
        c.execute(text(_HNSW.format(dimensions=int(dimensions))))
        self._indexed.add(dimensions)


_PUT = text("""
    INSERT INTO passage_index (passage_id, size, words, vector)
    VALUES (:id, :size, CAST(CAST(:words AS text) AS tsvector), CAST(CAST(:vector AS text) AS halfvec))
""")

_HNSW = """
    CREATE INDEX IF NOT EXISTS passage_index_vector_{dimensions} ON passage_index
    USING hnsw ((vector::halfvec({dimensions})) halfvec_cosine_ops) WHERE vector_dims(vector) = {dimensions}
"""

_BREADTH = text("""
    SELECT set_config('hnsw.ef_search', :breadth, false),
           set_config('hnsw.iterative_scan', 'strict_order', false)
""")

_WITHIN = """
    (CAST(:since AS bigint) IS NULL OR a.happened >= :since)
    AND (CAST(:until AS bigint) IS NULL OR a.happened <= :until)
    AND (CAST(:language AS text) IS NULL OR a.language = :language)
"""

_TEXT = text(f"""
    WITH archive AS (
        SELECT greatest((SELECT reltuples FROM pg_class WHERE oid = 'passage_index'::regclass), 1) AS size
    ), term AS (
        SELECT t.query::tsquery AS query FROM unnest(CAST(:queries AS text[])) AS t(query)
    ), found AS (
        SELECT i.passage_id, i.size,
               count(*) OVER (PARTITION BY term.query) AS spread,
               ts_rank(ARRAY[:title, :title, :title, 1.0]::real[], i.words, term.query) AS rank
        FROM term JOIN passage_index i ON i.words @@ term.query
    ), scored AS (
        SELECT passage_id,
               sum(rank * ln(1 + (greatest(archive.size, spread) - spread + 0.5) / (spread + 0.5))
                   * 2.2 / (1 + 1.2 * (0.25 + 0.75 * found.size / 90.0))) AS score
        FROM found, archive GROUP BY passage_id
    )
    SELECT s.passage_id, s.score
    FROM scored s JOIN passages p ON p.id = s.passage_id JOIN articles a ON a.id = p.article_id
    WHERE {_WITHIN}
    ORDER BY s.score DESC, s.passage_id LIMIT :limit
""")

_VECTOR = f"""
    SELECT i.passage_id,
           1 - (i.vector::halfvec({{dimensions}}) <=> CAST(CAST(:vector AS text) AS halfvec)) AS score
    FROM passage_index i JOIN passages p ON p.id = i.passage_id JOIN articles a ON a.id = p.article_id
    WHERE vector_dims(i.vector) = {{dimensions}} AND {_WITHIN}
    ORDER BY i.vector::halfvec({{dimensions}}) <=> CAST(CAST(:vector AS text) AS halfvec) LIMIT :limit
"""


def _bounds(within: Within) -> dict[str, int | str | None]:
    return {
        "since": None if within.since is None else microseconds(within.since),
        "until": None if within.until is None else microseconds(within.until),
        "language": within.language,
    }


def _tsvector(head: Sequence[str], words: Sequence[str]) -> str:
    """Words are letters and digits only, so nothing in them can end the quotes."""
    places: dict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(head, start=1):
        places[word].append(f"{place}A")
    # A gap, so that no phrase runs from the title into the text.
    for place, word in enumerate(words, start=len(head) + 10):
        if place <= _LAST_POSITION:
            places[word].append(str(place))
    return " ".join(f"'{word}':{','.join(at[:255])}" for word, at in places.items())


def _tsquery(term: Term) -> str:
    last = f"'{term.words[-1]}'" + (":*" if term.prefix else "")
    return " <-> ".join([*(f"'{word}'" for word in term.words[:-1]), last])


def _literal(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(f"{x:.6g}" for x in vector.tolist()) + "]"
