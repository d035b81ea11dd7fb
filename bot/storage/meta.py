"""Small facts that outlive a restart: a sync position, the embedder's name, a secret's salt."""

from __future__ import annotations

from sqlalchemy import select

from bot.storage.columns import insert_or_set
from bot.storage.database import Database
from bot.storage.tables import meta


class Meta:
    """Names and values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """The value, or None."""
        return await self._database.read(lambda c: c.scalar(select(meta.c.value).where(meta.c.key == key)))

    async def set(self, key: str, value: str) -> None:
        """Keep a value, in place of the one before."""
        row = {"key": key, "value": value}
        await self._database.write(lambda c: c.execute(insert_or_set(c, meta, "value"), row).rowcount)
