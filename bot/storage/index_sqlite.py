"""The passage index on SQLite: FTS5 for words (`fulltext.py`), memory for vectors.

Vectors are read once, at the first search, and afterwards by what changed, also in another
process: passage ids only grow, so new ones are those above the last seen, and a trigger logs what
is deleted (`passage_removals`). https://sqlite.org/fts5.html
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from bot.storage.fulltext import FullText, bounds
from bot.storage.index import Entry, Index, Scored, Within
from bot.storage.vectors import Vectors, quantise
from bot.storage.words import Term, split

_BATCH = 4_000


class SqliteIndex(Index):
    """FTS5 and vectors in memory."""

    def __init__(self) -> None:
        self._words = FullText()
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None
        self._last_id = 0
        self._last_removal = 0

    def put(self, c: Connection, ids: Sequence[int], entries: Sequence[Entry], *, title: str) -> None:
        """Index new passages."""
        raw = _raw(c)
        head = " ".join(split(title))
        raw.executemany(
            "INSERT INTO passage_words(rowid, title, text) VALUES (?1, ?2, ?3)",
            [(i, head, " ".join(e.words)) for i, e in zip(ids, entries, strict=True)],
        )
        vectors = [e.vector for e in entries if e.vector is not None]
        if vectors:
            raw.executemany(
                "INSERT INTO passage_vectors(passage_id, vector) VALUES (?1, ?2)",
                list(zip(ids, quantise(np.stack(vectors)), strict=True)),
            )

    def text(self, c: Connection, terms: Sequence[Term], limit: int, within: Within) -> Scored:
        """Passages with any of the terms, by BM25."""
        return self._words.search(_raw(c), terms, limit, within)

    def vector(self, c: Connection, vector: NDArray[np.float32], limit: int, within: Within) -> Scored:
        """Passages by cosine, from memory."""
        with self._lock:
            vectors = self._fresh(_raw(c), len(vector))
            since, until, language = bounds(within)
            ids, scores = vectors.nearest(
                vector, limit, vectors.matching(since=since, until=until, tag=language)
            )
        return list(zip(ids.tolist(), scores.tolist(), strict=True))

    def _fresh(self, raw: sqlite3.Connection, dimensions: int) -> Vectors:
        last_id, last_removal = raw.execute(_LAST).fetchone()
        known = self._vectors
        if known is None or known.dimensions != dimensions or self._missed(raw):
            room = raw.execute("SELECT count(*) FROM passage_vectors").fetchone()[0]
            known = self._vectors = Vectors(dimensions, room=room + 1024)
            self._last_id, self._last_removal = 0, last_removal
        if last_removal > self._last_removal:
            gone = raw.execute(_REMOVED, (self._last_removal, last_removal)).fetchall()
            known.remove(np.array([g[0] for g in gone], dtype=np.int64))
            self._last_removal = last_removal
        if last_id > self._last_id:
            self._load(raw, known, last_id)
        return known

    def _missed(self, raw: sqlite3.Connection) -> bool:
        """Removals that we have not seen were pruned from the log."""
        first = raw.execute("SELECT min(seq) FROM passage_removals").fetchone()[0]
        return first is not None and first > self._last_removal + 1

    def _load(self, raw: sqlite3.Connection, vectors: Vectors, last_id: int) -> None:
        rows = raw.execute(_ADDED, (self._last_id, last_id, vectors.dimensions + 4))
        while batch := rows.fetchmany(_BATCH):
            ids = np.array([r[0] for r in batch], dtype=np.int64)
            times = np.array([r[2] for r in batch], dtype=np.int64)
            vectors.add(ids, [r[1] for r in batch], times=times, tags=[r[3] for r in batch])
        self._last_id = last_id


_LAST = """
SELECT coalesce((SELECT max(passage_id) FROM passage_vectors), 0),
       coalesce((SELECT max(seq) FROM passage_removals), 0)
"""

_REMOVED = "SELECT passage_id FROM passage_removals WHERE seq > ?1 AND seq <= ?2"

_ADDED = """
SELECT v.passage_id, v.vector, a.happened, a.language
FROM passage_vectors v JOIN passages p ON p.id = v.passage_id JOIN articles a ON a.id = p.article_id
WHERE v.passage_id > ?1 AND v.passage_id <= ?2 AND length(v.vector) = ?3
ORDER BY v.passage_id
"""


def _raw(c: Connection) -> sqlite3.Connection:
    raw = c.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
