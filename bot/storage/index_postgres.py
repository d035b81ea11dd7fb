"""The passage index on PostgreSQL: tsvector for words, pgvector for vectors.

The tsvector is written by us from folded words, so both databases index the same; PostgreSQL's own
ranking knows no rarity, so BM25 is computed here from what the vector's positions tell.
https://github.com/pgvector/pgvector
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from bot.storage.index import Entry, Index, Scored, Within
from bot.storage.words import Term


class PostgresIndex(Index):
    """tsvector and pgvector."""

    def put(self, c: Connection, ids: Sequence[int], entries: Sequence[Entry], *, title: str) -> None:
        """Index new passages."""
        raise NotImplementedError

    def text(self, c: Connection, terms: Sequence[Term], limit: int, within: Within) -> Scored:
        """Passages with any of the terms."""
        raise NotImplementedError

    def vector(self, c: Connection, vector: NDArray[np.float32], limit: int, within: Within) -> Scored:
        """Passages by cosine."""
        raise NotImplementedError
