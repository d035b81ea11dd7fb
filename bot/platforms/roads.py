"""The ways from here to a platform, in the owner's order: which one is used, and how each does.

Knows no HTTP. The hard thing is leaving and returning: a route that failed is left for the next one,
the first is tried again after a while, and of requests beside each other only one turns.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.types import RouteHealth

log = logging.getLogger(__name__)

DIRECT = "direct"
RETURN = timedelta(minutes=10)
"""After this long on another route the first one is tried again."""
TOR_PORT = 9050
UNREACHED, LATE, BROKEN = "can't be reached", "no answer in time", "the connection broke off"
"""What failed, in the words that people read."""


class Roads:
    """The routes of one platform; `direct` where none is named."""

    def __init__(
        self,
        platform: str,
        routes: Sequence[str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.routes = tuple(routes) or (DIRECT,)
        self._platform = platform
        self._clock = clock
        self._now = 0
        self._turned = clock()
        self._health = [RouteHealth(name=shown(r), healthy=True) for r in self.routes]

    def current(self) -> int:
        """The number of the route to take now."""
        if self._now and self._clock() - self._turned > RETURN:
            self._now = 0
        return self._now

    def worked(self, route: int) -> None:
        """An answer came by it."""
        known = self._health[route]
        if not known.healthy or known.since is None:
            self._health[route] = replace(known, healthy=True, since=self._clock(), error="")

    def failed(self, route: int, error: str) -> None:
        """No answer came by it; the next one is taken, unless somebody turned already."""
        known = self._health[route]
        since = known.since if not known.healthy else self._clock()
        self._health[route] = replace(known, healthy=False, since=since, error=error)
        if len(self.routes) > 1 and self._now == route:
            log.warning(
                "route failed", extra={"platform": self._platform, "route": known.name, "error": error}
            )
            self._now = (route + 1) % len(self.routes)
            self._turned = self._clock()

    def health(self) -> tuple[RouteHealth, ...]:
        """Every route, in the owner's order."""
        return tuple(self._health)


def proxy_url(route: str) -> str:
    """A route as HTTP clients name proxies, names resolved there; empty: no proxy."""
    if route == DIRECT:
        return ""
    if not route.startswith("tor"):
        return route
    url = route.replace("tor", "socks5h", 1) if "://" in route else "socks5h://127.0.0.1"
    return url if urlsplit(url).port else f"{url.rstrip('/')}:{TOR_PORT}"


def shown(route: str) -> str:
    """A route without name and password."""
    if "://" not in route:
        return route
    parts = urlsplit(route)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.scheme} {parts.hostname or ''}{port}"
