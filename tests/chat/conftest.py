"""A town with a fresh SQLite store, copied from one that was made ready once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from town import Person, Town

from bot.storage.store import Store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "news.db"

    async def make() -> None:
        await (await Store.open(f"sqlite:///{path}")).close()

    asyncio.run(make())
    return path


@pytest.fixture
async def town(tmp_path: Path, empty_store: Path) -> AsyncIterator[Town]:
    path = shutil.copy(empty_store, tmp_path / "news.db")
    store = await Store.open(f"sqlite:///{path}", migrate=False)
    yield Town(store)
    await store.close()


@pytest.fixture
def ann(town: Town) -> Person:
    """A reader in a private chat on Telegram."""
    return town.person("7")


@pytest.fixture
def olga(town: Town) -> Person:
    """The owner in a private chat on Telegram."""
    return town.person("1")
