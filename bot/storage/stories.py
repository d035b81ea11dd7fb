"""Stories and summaries: which articles tell of one event, and what was written about them.

Knows no clustering; it keeps what `news.cluster` decided. An article is in one story at most. A
story without articles goes; its id is never used again, since chats remember it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.storage.database import Database
from bot.types import Article, Length, Signature, Story, Summary


class Stories:
    """The stories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, *, since: datetime, until: datetime, limit: int = 5000) -> list[Signature]:
        """Signatures of articles with `since <= when <= until`, newest first; withdrawn left out."""
        raise NotImplementedError

    async def create(self, title: str, article_id: int, now: datetime) -> Story:
        """A new story led by the article (which leaves its old one), due at once. NotFound."""
        raise NotImplementedError

    async def join(self, story_id: int, article_id: int, now: datetime, *, material: bool = True) -> Story:
        """Put the article into the story; `material` makes a new revision. Wakes it. NotFound."""
        raise NotImplementedError

    async def leave(self, article_id: int) -> None:
        """Take the article out of its story; an empty story goes, a lost lead is replaced."""
        raise NotImplementedError

    async def change(
        self,
        story_id: int,
        *,
        now: datetime,
        title: str | None = None,
        lead_id: int | None = None,
        material: bool = False,
    ) -> Story:
        """Change what is given; `material` makes a new revision and wakes it. NotFound."""
        raise NotImplementedError

    async def get(self, story_id: int) -> Story:
        """Raises NotFound."""
        raise NotImplementedError

    async def of_article(self, article_id: int) -> Story | None:
        """The story that has the article."""
        raise NotImplementedError

    async def articles(self, story_id: int) -> list[Article]:
        """In order of publication."""
        raise NotImplementedError

    async def get_many(self, story_ids: Sequence[int]) -> list[Story]:
        """In the order asked; unknown ids are left out."""
        raise NotImplementedError

    async def put_summary(
        self, story_id: int, *, revision: int, length: Length, language: str, summary: Summary
    ) -> None:
        """Keep a summary of a revision; replaces the one of an older revision."""
        raise NotImplementedError

    async def summary(self, story_id: int, *, length: Length, language: str) -> tuple[Summary, int] | None:
        """The summary and the revision it was written for."""
        raise NotImplementedError

    async def put_article_summary(
        self, article_id: int, *, revision: int, length: Length, language: str, summary: Summary
    ) -> None:
        """The same for one article."""
        raise NotImplementedError

    async def article_summary(
        self, article_id: int, *, length: Length, language: str
    ) -> tuple[Summary, int] | None:
        """The summary of an article and the revision it was written for."""
        raise NotImplementedError

    async def list(
        self, *, limit: int, since: datetime | None = None, before: datetime | None = None
    ) -> list[Story]:
        """Last updated first; `since` inclusive, `before` exclusive."""
        raise NotImplementedError
