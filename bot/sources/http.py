"""One polite, bounded GET: conditional, guarded at every hop, over the route that works.

Knows nothing of feeds or articles. The hard thing: nothing that a server sends may cost more than
the limits say, and no name may point somewhere else between the check and the connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FEEDS = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGES = "text/html, application/xhtml+xml, application/pdf;q=0.9, text/plain;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Limits and manners of all fetching; times in seconds, sizes in bytes."""

    user_agent: str = "newsbot (self-hosted feed reader)"
    timeout: float = 30.0
    """For one GET in all, redirects and routes included."""
    max_bytes: int = 10_000_000
    """Of a body, before and after decompression."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts of the owner's own network that may be read: names, `*.lan` patterns, addresses, networks."""
    robots: bool = True
    """Ask robots.txt before reading a page (feeds are made for machines and not asked about)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server answered; `content` is decompressed and empty when `not_modified`."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    content: bytes = b""
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    permanent_url: str = ""
    """Where permanent redirects lead; empty: the URL stands."""
    retry_after: float | None = None
    max_age: float | None = None
    """Seconds for which the server calls this fresh (RFC 9111)."""
    route: str = "direct"

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Fetcher:
    """Fetches over http(s). One for the whole process; `close` it at the end."""

    def __init__(self, settings: FetchSettings | None = None) -> None:
        self.settings = settings or FetchSettings()

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = PAGES,
        routes: Sequence[str] = (),
    ) -> Fetched:
        """Fetch `url` (success and 304 only).

        Raises Refused, HttpStatus (any other status), FetchError.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Close every connection."""
        raise NotImplementedError
