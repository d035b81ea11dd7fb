"""Search: passages by words and by vectors.

Words are folded the same way for both databases (`words.py`), so scores and hits agree. Knows no
question and no ranking of answers. The hard thing is the vectors on SQLite, which has no index
for them: they stay in memory, quantised, and are brought up to date by what changed (`vectors.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.storage.database import Database
from bot.types import Hit, Passage


class Search:
    """The passages, found."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        raise NotImplementedError

    async def vector(
        self,
        vector: NDArray[np.float32],
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
    ) -> list[Hit]:
        """Best first by cosine; only passages embedded with as many dimensions are compared."""
        raise NotImplementedError

    async def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        """In the order asked; those that went meanwhile are left out."""
        raise NotImplementedError

    async def passages_of(self, article_id: int) -> list[Passage]:
        """Of one article, in order."""
        raise NotImplementedError
