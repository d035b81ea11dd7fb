"""A source in, drafts out: fetch, parse, and full text where the feed has only a teaser.

Knows no database. Parsing and extraction are CPU work and run on threads, their input bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sources.http import Fetcher
from bot.types import Draft, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll brought: drafts for the store, facts for the scheduler."""

    drafts: tuple[Draft, ...] = ()
    """In the feed's order, mostly newest first."""
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    gone: bool = False
    """410: the publisher took the feed away for good."""
    permanent_url: str = ""
    """The source's new address; empty: unchanged."""
    title: str = ""
    ttl: timedelta | None = None
    """The feed's wish: not sooner than this."""
    max_age: timedelta | None = None
    """The server's freshness time."""
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str = ""
    topic: str = ""
    problems: tuple[str, ...] = ()


class Reader:
    """Reads sources and pages through a Fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher

    async def poll(self, source: Source, now: datetime) -> Polled:
        """Poll a source once, its mirrors too when it fails. Raises SourceError (with `retry_after`)."""
        raise NotImplementedError

    async def read(self, url: str, *, selector: str = "", now: datetime | None = None) -> Draft:
        """Read one page, PDF or plain text. Raises SourceError."""
        raise NotImplementedError

    async def full_text(self, draft: Draft, source: Source) -> Draft:
        """The draft with its page's text where the source's settings ask for it.

        Never worse than the draft: returns it unchanged when the page can't be read.
        """
        raise NotImplementedError
