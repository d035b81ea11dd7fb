"""Feed bytes in, drafts out: RSS 0.9x-2.0, RDF, Atom and JSON Feed 1.1. Pure.

Knows no network and no clock (`now` is given). The hard thing: every malformed item has a defined
outcome, and one bad item never hides the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.types import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as read; `problems` are sentences for `sources check`, not errors."""

    title: str
    link: str
    """The site's own URL."""
    items: tuple[Draft, ...]
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day in UTC, 0-23, in which the feed asks not to be polled."""
    skip_days: frozenset[int] = frozenset()
    """ISO weekdays, Monday 1, in which the feed asks not to be polled."""
    hub: str = ""
    """WebSub hub, empty when there is none."""
    topic: str = ""
    """The feed's own `rel=self` URL."""
    problems: tuple[str, ...] = ()


def parse(content: bytes, *, url: str, content_type: str = "", now: datetime, scope: str = "") -> Feed:
    """Read a feed. `scope` (default: `url`) is the feed's identity for items known only by their id.

    Raises Unreadable when the bytes are no feed.
    """
    raise NotImplementedError
