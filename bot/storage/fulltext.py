"""Words on SQLite: FTS5's BM25, and in a large index a shorter way to the same passages.

FTS5 finds a passage in a tenth of a microsecond and scores it in two, so a question with a word like
`president`, which a passage in ten has, would take a fifth of a second. So only passages with one of the
rarer words are scored by FTS5; a common word, whose place and number tell little, adds what one
occurrence of it is worth to all passages that have it (`common.py`). https://sqlite.org/fts5.html
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.storage.columns import microseconds
from bot.storage.common import CommonWords
from bot.storage.index import Scored, Within
from bot.storage.words import Term

FEW = 12_000
"""Passages; so many are simply scored."""
RARE = 3_000
"""A word that more passages have (or one in `_SHARE`, if those are more) is common."""
_SHARE = 80
_USUAL = 1.15
"""Times idf: between one occurrence in a passage of usual length (1) and one in the title (1.4)."""
_ROUND = 1 << 16
"""Ids below the oldest passage are left out in steps of so many."""


class FullText:
    """Finds passages by their words."""

    def __init__(self) -> None:
        self._common = CommonWords()

    def search(
        self, raw: sqlite3.Connection, terms: Sequence[Term], limit: int, within: Within, *, committed: bool
    ) -> Scored:
        """Passages with any of the terms, best first.

        Without `committed` the connection may see passages that never come to be; nothing of them is kept.
        """
        quoted = [_quoted(t) for t in terms]
        oldest, newest = (raw.execute(end).fetchone()[0] for end in (_OLDEST, _NEWEST))
        if newest - oldest < FEW or not committed:
            return _ranked(raw, quoted, limit, within)
        common = {q for q in quoted if self._count(raw, q) > max(RARE, (newest - oldest) // _SHARE)}
        if not common:
            return _ranked(raw, quoted, limit, within)
        return self._both(raw, quoted, common, limit, within, oldest - oldest % _ROUND, newest)

    def _both(
        self,
        raw: sqlite3.Connection,
        quoted: Sequence[str],
        common: set[str],
        limit: int,
        within: Within,
        base: int,
        newest: int,
    ) -> Scored:
        scores = np.zeros(newest - base + 1, dtype=np.float32)
        passages = raw.execute(_ALL).fetchone()[0]
        for term in common:
            having = self._common.having(raw, term, base, newest)
            scores += _worth(passages, int(np.count_nonzero(having))) * having
        if rare := [q for q in quoted if q not in common]:
            found = raw.execute(_SCORES, (" OR ".join(rare), newest)).fetchall()
            ids, gains = zip(*found, strict=True) if found else ((), ())
            scores[np.array(ids, dtype=np.int64) - base] += np.array(gains, dtype=np.float32)
        return _best(raw, scores, base, limit, within)

    def _count(self, raw: sqlite3.Connection, term: str) -> int:
        known = self._common.count(term)
        return raw.execute(_COUNT, (term,)).fetchone()[0] if known is None else known


def _worth(passages: int, having: int) -> float:
    """What BM25 gives a passage for a common word, with FTS5's own idf."""
    return _USUAL * max(math.log((passages - having + 0.5) / (having + 0.5)), 1e-6)


def _best(
    raw: sqlite3.Connection, scores: NDArray[np.float32], base: int, limit: int, within: Within
) -> Scored:
    """The `limit` best that stand and are within; looked at from the top."""
    kept: Scored = []
    for some in _falling(scores, 4 * limit):
        asked = json.dumps((some + base).tolist())
        standing = {row[0] for row in raw.execute(_STANDING, (asked, *bounds(within)))}
        kept += [(int(i) + base, float(scores[i])) for i in some if int(i) + base in standing]
        if len(kept) >= limit:
            break
    return kept[:limit]


def _falling(scores: NDArray[np.float32], size: int) -> Iterator[NDArray[np.int64]]:
    """Where scores are above 0, the highest first, in lots that begin with `size` and grow."""
    left = np.flatnonzero(scores)
    while len(left):
        if len(left) > size:
            cut = np.partition(scores[left], len(left) - size)[len(left) - size]
            above = scores[left] >= cut
            lot, left = left[above], left[~above]
        else:
            lot, left = left, left[:0]
        yield lot[np.argsort(-scores[lot], kind="stable")]
        size *= 2


def _ranked(raw: sqlite3.Connection, quoted: Sequence[str], limit: int, within: Within) -> Scored:
    query = " OR ".join(quoted)
    if within.everything:
        return raw.execute(_TEXT, (query, limit)).fetchall()
    return raw.execute(_TEXT_WITHIN, (query, limit, *bounds(within))).fetchall()


_OLDEST = "SELECT coalesce(min(id), 0) FROM passages"

_NEWEST = "SELECT coalesce(max(id), 0) FROM passages"

_ALL = "SELECT count(*) FROM passages"

_COUNT = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?1"

_SCORES = "SELECT rowid, -rank FROM passage_words WHERE passage_words MATCH ?1 AND rowid <= ?2"

_TEXT = "SELECT rowid, -rank FROM passage_words WHERE passage_words MATCH ?1 ORDER BY rank LIMIT ?2"

_TEXT_WITHIN = """
SELECT w.rowid, -w.rank
FROM passage_words w JOIN passages p ON p.id = w.rowid JOIN articles a ON a.id = p.article_id
WHERE passage_words MATCH ?1
  AND (?3 IS NULL OR a.happened >= ?3) AND (?4 IS NULL OR a.happened <= ?4)
  AND (?5 IS NULL OR a.language = ?5)
ORDER BY w.rank LIMIT ?2
"""

_STANDING = """
SELECT p.id FROM json_each(?1) AS asked JOIN passages p ON p.id = asked.value
JOIN articles a ON a.id = p.article_id
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
