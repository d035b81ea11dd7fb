"""Which passages have a common word: a bit each, kept in memory once somebody asked.

Knows FTS5's table and nothing of scores. Passage ids only grow, so a word's bits are brought up to date by
the passages above the last one seen; a bit of a passage that went stays set, so callers look whether it
stands.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 16 << 20
"""Of all words together; the one not asked for longest goes first."""
LEAST_WORDS = 32


@dataclass(slots=True)
class _Held:
    bits: NDArray[np.uint8]
    newest: int
    count: int


class CommonWords:
    """The passages of each common word; for the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._base = 0

    def count(self, term: str) -> int | None:
        """How many passages have the word, as far as was last seen; None for an unknown one."""
        with self._lock:
            held = self._held.get(term)
            return None if held is None else held.count

    def having(self, raw: sqlite3.Connection, term: str, base: int, newest: int) -> NDArray[np.bool_]:
        """For each id from `base` to `newest` whether the passage has `term` (a quoted FTS5 term)."""
        with self._lock:
            if base != self._base:
                self._held.clear()
                self._base = base
            held = self._held.pop(term, None) or _Held(np.zeros(0, dtype=np.uint8), base - 1, 0)
            if held.newest < newest:
                _bring_up(raw, term, held, base, newest)
            self._held[term] = held  # again at the end: asked for last
            while len(self._held) > max(LEAST_WORDS, MOST_BYTES // len(held.bits)):
                del self._held[next(iter(self._held))]
            return np.unpackbits(held.bits, count=newest - base + 1).view(np.bool_)


def _bring_up(raw: sqlite3.Connection, term: str, held: _Held, base: int, newest: int) -> None:
    rows = raw.execute(_ABOVE, (term, held.newest, newest)).fetchall()
    flags = np.zeros(newest - base + 1, dtype=np.bool_)
    flags[: held.newest - base + 1] = np.unpackbits(held.bits, count=held.newest - base + 1)
    flags[np.fromiter((row[0] - base for row in rows), dtype=np.int64, count=len(rows))] = True
    held.bits, held.newest, held.count = np.packbits(flags), newest, held.count + len(rows)


_ABOVE = "SELECT rowid FROM passage_words WHERE passage_words MATCH ?1 AND rowid > ?2 AND rowid <= ?3"
