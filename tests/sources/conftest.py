import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from rough_web import Names, RoughWeb

from bot.sources.http import Fetcher, FetchSettings


@pytest.fixture
async def web() -> AsyncIterator[RoughWeb]:
    server = RoughWeb()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def fetcher(names: Names) -> AsyncIterator[Callable[..., Fetcher]]:
    """Makes fetchers that may read 127.0.0.1 and have small limits."""
    made: list[Fetcher] = []

    def make(**settings: Any) -> Fetcher:
        given = {"allow_hosts": ("127.0.0.1",), "timeout": 5.0, "spacing": 0.0, "robots": False} | settings
        made.append(Fetcher(FetchSettings(**given), resolve=names))
        return made[-1]

    yield make
    await asyncio.gather(*(f.close() for f in made))
