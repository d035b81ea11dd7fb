"""The facts of `/status`: what is kept, what waits, which models, how the routes do, how much memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from datetime import datetime

import bot
from bot.app.house import House
from bot.types import DeliveryState, SourceState


class BotStatus:
    """Collects the facts when somebody asks."""

    def __init__(self, house: House) -> None:
        self._house = house

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
            ("Routes", self._routes()),
            ("Memory", f"{peak_megabytes():.0f} MB at the peak"),
        ]

    def _routes(self) -> str:
        states = self._house.fetcher.states()
        return ", ".join(f"{s.name} {'works' if s.healthy else 'fails'}" for s in states) or "direct"


def peak_megabytes() -> float:
    """The largest memory this process had, in MB (`ru_maxrss` is kilobytes on Linux, bytes on macOS)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
