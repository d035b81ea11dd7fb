"""The facts of `/status`: what is kept, what waits, which models, how the routes do, how much memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from datetime import datetime

import bot
from bot.app.house import House
from bot.types import DeliveryState, RouteHealth, SourceState
from bot.workers.deliver import Platform


class BotStatus:
    """Collects the facts when somebody asks."""

    def __init__(self, house: House, platforms: Sequence[Platform] = ()) -> None:
        self._house = house
        self._platforms = platforms

    async def lines(self, *, now: datetime) -> Sequence[tuple[str, str]]:
        """Name and value pairs, in the order to show."""
        store, config = self._house.store, self._house.config
        sources = await store.sources.list()
        failing = [s for s in sources if s.failures and s.state is SourceState.ACTIVE]
        counts = await store.outbox.counts()
        return [
            ("newsbot", bot.__version__),
            ("Articles", str(await store.articles.count())),
            ("Sources", f"{len(sources)}, {len(failing)} failing"),
            ("Pages waiting", str(await store.pages.waiting())),
            ("Questions waiting", str(await store.inbox.waiting())),
            (
                "Deliveries",
                ", ".join(f"{counts.get(s, 0)} {s}" for s in DeliveryState if counts.get(s, 0)) or "0",
            ),
            *[
                (o.platform.capitalize(), f"takes nothing since {o.since:%Y-%m-%d %H:%M} UTC: {o.reason}")
                for o in await store.moves.outages()
            ],
            ("Model", f"{config.models.generator}, embeddings {config.models.embedder}"),
            *([("Hubs", await self._hubs(now))] if config.websub.url else []),
            ("Routes to sources", told(self._house.fetcher.health(now), now=now)),
            *(
                (f"Routes to {p.name}", told(found, now=now))
                for p in self._platforms
                if (found := p.routes())
            ),
            ("Memory", f"{peak_megabytes():.0f} MB at the peak"),
        ]

    async def _hubs(self, now: datetime) -> str:
        leases = await self._house.store.hubs.list()
        if not leases:
            return "no feed names one yet"
        live = sum(lease.live(now) for lease in leases)
        return f"{live} of {len(leases)} bring what is new; the feeds of the others are polled"


def told(routes: Sequence[RouteHealth], *, now: datetime) -> str:
    """`direct: ok since 14:02 UTC; tor: failing since 20 Nov, 09:30 UTC (no answer in time)`."""
    return "; ".join(_told(route, now) for route in routes)


def _told(route: RouteHealth, now: datetime) -> str:
    if route.since is None:
        return f"{route.name}: not used yet"
    clock = f"{route.since:%H:%M}"
    day = "" if route.since.date() == now.date() else f"{route.since.day} {route.since:%b}, "
    why = f" ({route.error})" if route.error else ""
    return f"{route.name}: {'ok' if route.healthy else 'failing'} since {day}{clock} UTC{why}"


def peak_megabytes() -> float:
    """The largest memory this process had, in MB (`ru_maxrss` is kilobytes on Linux, bytes on macOS)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
