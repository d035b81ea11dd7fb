"""Articles and their revisions: recognised by any key, never overwritten by less.

Knows no feed and no model. The hard thing is `put`: the same article comes from several sources,
mirrors and pages, as a teaser here and in full there; only what a reader would call a change
becomes a revision, and the old one is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.storage.database import Database
from bot.types import Article, Draft, Passage, PutStatus, Signature


class Articles:
    """The archive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, draft: Draft, *, source_id: int | None, now: datetime) -> tuple[PutStatus, Article]:
        """Store a draft; any known key is the same article.

        A change of text or title beyond whitespace is a new revision (UPDATED), and its passages
        leave the search until it is indexed again. A teaser never replaces a full text, an older
        version (by `updated`) never a newer, an empty text never anything. New and updated
        articles become due at once, even while leased. Raises StoreError for a draft without
        keys and URL, or without title and text.
        """
        raise NotImplementedError

    async def get(self, article_id: int) -> Article:
        """Raises NotFound."""
        raise NotImplementedError

    async def get_many(self, article_ids: Sequence[int]) -> list[Article]:
        """In the order asked; unknown ids are left out."""
        raise NotImplementedError

    async def find(self, key_or_url: str) -> Article | None:
        """By a recognition key or the article's URL."""
        raise NotImplementedError

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
        raise NotImplementedError

    async def revisions(self, article_id: int) -> list[Article]:
        """Every revision, oldest first; the last is the present one. NotFound."""
        raise NotImplementedError

    async def count(
        self, *, since: datetime | None = None, before: datetime | None = None, source_id: int | None = None
    ) -> int:
        """How many articles there are, by `when`."""
        raise NotImplementedError

    async def is_teaser(self, article_id: int) -> bool:
        """The stored text is only a feed's teaser. NotFound."""
        raise NotImplementedError

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

        `vectors` is (n, d), one row a passage; (0, 0) or (n, 0) where there is no embedder.
        A withdrawn article keeps no passages. Raises LeaseLost when `revision` is not the
        present one, NotFound.
        """
        raise NotImplementedError

    async def wake_all(self, now: datetime) -> int:
        """Make every article due for reading again (a new embedder); how many."""
        raise NotImplementedError
