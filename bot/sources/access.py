"""May this page be read? Asks the site's robots.txt and remembers the answer.

Knows the fetcher, not the pages. RFC 9309: no file allows everything, a server in trouble nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.errors import Circling, HttpStatus, Refused
from bot.sources import robots
from bot.sources.http import Fetcher

DAY = 86400.0
SOON = 600.0
REMEMBERED = 2000


class Access:
    """The robots.txt of every site asked lately."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._agent = fetcher.settings.user_agent.partition("/")[0].partition(" ")[0]
        self._known: dict[str, tuple[robots.Rules, float]] = {}

    async def check(self, url: str, routes: Sequence[str] = ()) -> None:
        """Return when `url` may be read. Raises Refused when not, FetchError when the site is away."""
        if not self._fetcher.settings.robots:
            return
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules, until = self._known.get(origin, (robots.ALL, 0.0))
        if until <= self._fetcher.clock():
            rules, lifetime = await self._read(origin, routes)
            while len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[origin] = (rules, self._fetcher.clock() + lifetime)
        if not rules.allows(url):
            raise Refused("the site's robots.txt asks robots not to read this page", url=url)

    async def _read(self, origin: str, routes: Sequence[str]) -> tuple[robots.Rules, float]:
        try:
            fetched = await self._fetcher.get(f"{origin}/robots.txt", accept="text/plain", routes=routes)
        except HttpStatus as e:
            return (robots.NONE, SOON) if e.status >= 500 or e.status == 429 else (robots.ALL, DAY)
        except Circling:
            return robots.ALL, DAY  # RFC 9309, 2.3.1.2: as if there were none
        return robots.parse(fetched.content, self._agent), DAY
