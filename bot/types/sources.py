"""Where articles come from: sources, the leases of their hubs, the routes to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    """RSS, RDF, Atom or JSON Feed."""
    PAGE = "page"
    """A page without a feed, watched by its links."""
    SITEMAP = "sitemap"
    """A sitemap or news sitemap, the last resort."""


class SourceState(StrEnum):
    """Whether a source is polled."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By an admin."""
    DEAD = "dead"
    """By the bot: gone (410) or failing for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What an admin may set for one source; every field has a default that serves."""

    full_text: str = "auto"
    """`auto`, `feed` (trust the feed's text) or `page` (always read the page)."""
    selector: str = ""
    """CSS selector of the article's text on its page; empty: let the extractor find it."""
    routes: tuple[str, ...] = ()
    """Names of routes to try in order; empty: by host pattern, then `direct`."""
    mirrors: tuple[str, ...] = ()
    """Other URLs of the same feed, tried in order when the first fails."""
    interval: timedelta | None = None
    """Fixed poll interval; None adapts to the feed's own rhythm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed or page that is polled."""

    id: int
    url: str
    kind: SourceKind
    title: str
    topic: str
    """Folder name; `/` separates levels, empty is none."""
    state: SourceState
    settings: SourceSettings
    added: datetime
    etag: str = ""
    last_modified: str = ""
    polled: datetime | None = None
    """The last poll that reached the source."""
    first_polled: datetime | None = None
    """None until the first successful poll; that one announces only a few items."""
    failures: int = 0
    failing_since: datetime | None = None
    last_error: str = ""
    due_at: datetime | None = None
    scope: str = ""
    """The URL it was added with: what its items' ids belong to, also after it moved."""
    onion_url: str = ""
    """The site's own .onion address for it, as the site says."""
    quiet_start: bool = False
    """Nothing of what it has at the first poll is announced (it came with a list of many)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source to add; `due_at` None is at once."""

    url: str
    kind: SourceKind = SourceKind.FEED
    title: str = ""
    topic: str = ""
    settings: SourceSettings = SourceSettings()
    quiet_start: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLease:
    """A source's subscription at its WebSub hub: until it expires, the hub brings what is new."""

    source_id: int
    hub: str
    topic: str
    secret: str = field(repr=False)
    path: str
    """Last part of the callback URL: random, so that it names the source and nobody can guess it."""
    id: int = 0
    """0 until stored."""
    granted: datetime | None = None
    expires: datetime | None = None
    """None until the hub verified it, and again when it ended it."""

    def live(self, now: datetime) -> bool:
        """Whether the hub has promised to bring what is new."""
        return self.expires is not None and self.expires > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub brought, signed, until it is stored as articles."""

    id: int
    source_id: int
    body: bytes
    content_type: str
    received: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteHealth:
    """How a way out to the network does, for people."""

    name: str
    """Without name and password."""
    healthy: bool
    since: datetime | None = None
    """Since when it is so; None: not used yet."""
    error: str = ""
