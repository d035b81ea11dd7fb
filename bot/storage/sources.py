"""Feeds and pages that are polled, with their settings, their memory of the server and their trouble.

Knows nothing of HTTP. A source's row is also its poll: `Rows.claim("sources")`.
"""

from __future__ import annotations

from datetime import datetime

from bot.storage.database import Database
from bot.types import Source, SourceKind, SourceSettings, SourceState


class Sources:
    """The sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        url: str,
        *,
        kind: SourceKind,
        title: str = "",
        topic: str = "",
        settings: SourceSettings | None = None,
        now: datetime,
    ) -> Source:
        """Add a source, due at once. Raises Conflict when the URL is there."""
        raise NotImplementedError

    async def get(self, source_id: int) -> Source:
        """Raises NotFound."""
        raise NotImplementedError

    async def find(self, url: str) -> Source | None:
        """The source with exactly this URL."""
        raise NotImplementedError

    async def change(
        self,
        source_id: int,
        *,
        url: str | None = None,
        kind: SourceKind | None = None,
        title: str | None = None,
        topic: str | None = None,
        state: SourceState | None = None,
        settings: SourceSettings | None = None,
    ) -> Source:
        """Change what is given (None: leave). A new URL forgets the ETag. NotFound, Conflict."""
        raise NotImplementedError

    async def remove(self, source_id: int) -> None:
        """Forget the source; its articles stay, without a source. NotFound."""
        raise NotImplementedError

    async def polled(self, source_id: int, *, now: datetime, etag: str = "", last_modified: str = "") -> None:
        """A poll reached the source: remember the validators, forget the failures."""
        raise NotImplementedError

    async def failed(self, source_id: int, *, now: datetime, error: str) -> None:
        """A poll failed: count it, remember since when."""
        raise NotImplementedError

    async def topics(self) -> list[str]:
        """Every topic in use, sorted."""
        raise NotImplementedError

    async def list(self, *, topic: str | None = None, state: SourceState | None = None) -> list[Source]:
        """In order of addition; `topic` includes the topics below it (`world` has `world/asia`)."""
        raise NotImplementedError
