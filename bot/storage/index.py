"""What each database's passage index does: words and vectors in, scored passages out.

Two adapters, `index_sqlite.py` and `index_postgres.py`; both take words from `words.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from bot.storage.words import Term, split
from bot.types import Passage

Scored = list[tuple[int, float]]
"""Passage ids with scores, best first."""

TITLE_WEIGHT = 2.0
"""A word in the title counts this much more than one in the passage."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage ready for the index."""

    passage: Passage
    words: tuple[str, ...]
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Within:
    """Which articles a search is about."""

    since: datetime | None
    until: datetime | None
    language: str | None

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        return self.since is None and self.until is None and self.language is None


class Index(ABC):
    """Words and vectors of passages."""

    def prepare(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> list[Entry]:
        """Fold the words; done before the transaction begins. ValueError: not a vector each."""
        if vectors.size == 0:
            return [Entry(p, tuple(split(p.text)), None) for p in passages]
        rows = np.asarray(vectors, dtype=np.float32)
        return [Entry(p, tuple(split(p.text)), v) for p, v in zip(passages, rows, strict=True)]

    @abstractmethod
    def put(self, c: Connection, ids: Sequence[int], entries: Sequence[Entry], *, title: str) -> None:
        """Index new passages. What is deleted from `passages` leaves the index by itself."""

    @abstractmethod
    def text(self, c: Connection, terms: Sequence[Term], limit: int, within: Within) -> Scored:
        """Passages with any of the terms."""

    @abstractmethod
    def vector(self, c: Connection, vector: NDArray[np.float32], limit: int, within: Within) -> Scored:
        """Passages by cosine."""
