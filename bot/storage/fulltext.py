"""Words on SQLite: FTS5 finds the passages, and the likeliest of them are scored by BM25 here.

FTS5 finds a passage in a tenth of a microsecond and scores it in two, so scoring all passages with any of a
question's words would take a fifth of a second in a large archive. Instead each passage first gets what the
words that it has are worth by their rarity, which needs only the passages' ids; the few hundred with
the most are then scored from their words. https://sqlite.org/fts5.html
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.storage.columns import microseconds
from bot.storage.index import TITLE_WEIGHT, Scored, Within
from bot.storage.words import Term

SCORED = 300
"""Passages that are scored beside as many as were asked for."""
COMMON = 0.05
"""A word that a greater share of the passages has finds none where other words do; it counts in the score."""
_K1, _B = 1.2, 0.75
"""BM25's usual numbers, which are FTS5's too."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Sought:
    """A term of the question, and how telling it is."""

    needle: str
    """What it looks like in `_spaced` words."""
    rarity: float


class FullText:
    """Finds passages by their words; for the threads of one process."""

    def __init__(self) -> None:
        self._common: dict[Term, int] = {}
        """How many passages had a common word when it was last looked for: it is the dearest to look for."""

    def search(self, raw: sqlite3.Connection, terms: Sequence[Term], limit: int, within: Within) -> Scored:
        """Passages with any of the terms, best first; of equals the newest."""
        oldest, newest = raw.execute(_ENDS).fetchone()
        if newest is None:
            return []
        size = newest - oldest + 1
        unknown = [t for t in terms if self._common.get(t, 0) <= COMMON * size]
        having = {t: _having(raw, t, oldest, newest) for t in unknown}
        spread = {t: len(having[t]) if t in having else self._common[t] for t in terms}
        common = {t: n for t, n in spread.items() if n > COMMON * size}
        self._common |= common
        if sum(n for t, n in spread.items() if t not in common) < SCORED + limit:
            having |= {t: _having(raw, t, oldest, newest) for t in common if t not in having}
            common = {}
        worth = np.zeros(size, dtype=np.float32)
        for term in having.keys() - common.keys():
            worth[having[term] - oldest] += _rarity(spread[term], size)
        sought = [_Sought(_needle(t), _rarity(n, size)) for t, n in spread.items()]
        found: Scored = []
        for some in _falling(worth, SCORED + limit):
            asked = json.dumps((some + oldest).tolist())
            found += _scored(raw.execute(_WORDS, (asked, *bounds(within))).fetchall(), sought)
            if len(found) >= limit:
                break
        return sorted(found, key=lambda hit: (-hit[1], -hit[0]))[:limit]


def _having(raw: sqlite3.Connection, term: Term, oldest: int, newest: int) -> Ids:
    """The passages with the term: as one text, which is read five times as fast as rows."""
    joined = raw.execute(_HAVING, (_quoted(term), oldest, newest)).fetchone()[0]
    return np.fromstring(joined, dtype=np.int64, sep=",") if joined else np.zeros(0, dtype=np.int64)


def _rarity(having: int, size: int) -> float:
    """FTS5's own idf."""
    return max(math.log((max(size - having, 0) + 0.5) / (having + 0.5)), 1e-6)


def _falling(worth: NDArray[np.float32], size: int) -> Iterator[Ids]:
    """Where `worth` is above 0, the highest and of equals the newest first, in lots that grow from `size`."""
    left = np.flatnonzero(worth)[::-1]
    while len(left) > size:
        values = worth[left]
        cut = np.partition(values, len(left) - size)[len(left) - size]
        chosen = values > cut
        chosen[np.flatnonzero(values == cut)[: size - np.count_nonzero(chosen)]] = True
        yield left[chosen]
        left = left[~chosen]
        size *= 2
    if len(left):
        yield left


def _scored(rows: Sequence[tuple[int, str, str]], sought: Sequence[_Sought]) -> Scored:
    """BM25 of each row; what is usual in length is what these rows have."""
    sizes = [title.count(" ") + text.count(" ") + 2 for _, title, text in rows]
    usual = sum(sizes) / max(1, len(sizes))
    found: Scored = []
    for (passage_id, title, text), size in zip(rows, sizes, strict=True):
        head, body = _spaced(title), _spaced(text)
        length = _K1 * (1 - _B + _B * size / usual)
        score = 0.0
        for one in sought:
            times = TITLE_WEIGHT * head.count(one.needle) + body.count(one.needle)
            score += one.rarity * times * (_K1 + 1) / (times + length)
        found.append((passage_id, score))
    return found


def _needle(term: Term) -> str:
    spaced = _spaced(" ".join(term.words))
    return spaced.removesuffix(" ") if term.prefix else spaced


def _spaced(words: str) -> str:
    """Each word with a space of its own on either side, so that neighbours are both counted."""
    return f" {words.replace(' ', '  ')} "


_ENDS = "SELECT (SELECT min(id) FROM passages), (SELECT max(id) FROM passages)"

_HAVING = """
SELECT group_concat(rowid) FROM passage_words
WHERE passage_words MATCH ?1 AND rowid >= ?2 AND rowid <= ?3
"""

_WORDS = """
SELECT w.rowid, w.title, w.text
FROM json_each(?1) AS asked JOIN passages p ON p.id = asked.value
JOIN articles a ON a.id = p.article_id
JOIN passage_words w ON w.rowid = p.id
WHERE (?2 IS NULL OR a.happened >= ?2) AND (?3 IS NULL OR a.happened <= ?3)
  AND (?4 IS NULL OR a.language = ?4)
"""


def bounds(within: Within) -> tuple[int | None, int | None, str | None]:
    """What the databases compare with."""
    since = None if within.since is None else microseconds(within.since)
    until = None if within.until is None else microseconds(within.until)
    return since, until, within.language


def _quoted(term: Term) -> str:
    # Folded words are letters and digits only, so nothing in them can end the quotes.
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")
