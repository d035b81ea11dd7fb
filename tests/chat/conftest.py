"""A town with a fresh SQLite store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from town import Person, Town

from bot.storage.store import Store


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    store = await Store.open(f"sqlite:///{tmp_path / 'news.db'}")
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
