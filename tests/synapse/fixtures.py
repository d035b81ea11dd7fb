"""Fixtures for tests against a real Synapse: `from synapse.fixtures import ...` in a conftest."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from synapse.bots import Bot, settings_for
from synapse.homeserver import Homeserver
from synapse.people import Person

__all__ = ["bot", "homeserver", "new_name", "person"]


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """One server for the whole run; users and rooms are each test's own."""
    server = Homeserver(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


def new_name(kind: str) -> str:
    """A user name nobody has."""
    return f"{kind}-{secrets.token_hex(4)}"


@pytest_asyncio.fixture
async def person(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Person]]]:
    """Makes people, each with an account of its own."""
    made: list[Person] = []

    async def make(kind: str = "ann") -> Person:
        name = new_name(kind)
        homeserver.register(name)
        (tmp_path / name).mkdir()
        made.append(await Person.login(homeserver.url, name, tmp_path / name))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest_asyncio.fixture
async def bot(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Callable[..., Bot]]:
    """Makes bots, each with an account of its own, and stops them."""
    made: list[Bot] = []

    def make(**more: object) -> Bot:
        name = new_name("newsbot")
        homeserver.register(name)
        made.append(Bot(settings_for(homeserver.url, name, tmp_path / name, **more)).start())
        return made[-1]

    yield make
    for one in made:
        await one.stop()
