"""WebSub, wired: the listener that hubs reach, and the stage that asks them for leases."""

from __future__ import annotations

from datetime import timedelta

from bot.app.house import House, clock
from bot.sources.callback import Listener
from bot.workers.hub import Callback, Subscribe
from bot.workers.loop import Bells


class Hubs:
    """What `newsbot run` needs where `websub.url` is set."""

    def __init__(self, house: House, bells: Bells) -> None:
        self._address = house.config.websub.listen
        self._soon = timedelta(seconds=house.config.sources.interval_min)
        self.subscribe = Subscribe(
            store=house.store, fetcher=house.fetcher, callback=house.config.websub.url, clock=clock
        )
        callback = Callback(store=house.store, clock=clock, bells=bells, shortest=self._soon)
        self._listener = Listener(callback, most_bytes=int(house.config.sources.max_megabytes * 1_000_000))

    async def start(self) -> int:
        """Listen, and catch up with what hubs brought in vain; the port. Raises ConfigError."""
        port = await self._listener.start(self._address)
        await self.subscribe.begin(self._soon)
        return port

    async def close(self) -> None:
        """Stop listening."""
        await self._listener.close()
