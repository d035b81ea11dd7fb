"""Small facts that outlive a restart: a sync position, the embedder's name, a secret's salt."""

from __future__ import annotations

from bot.storage.database import Database


class Meta:
    """Names and values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """The value, or None."""
        raise NotImplementedError

    async def set(self, key: str, value: str) -> None:
        """Keep a value."""
        raise NotImplementedError
