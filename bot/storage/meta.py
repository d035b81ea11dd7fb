"""Small facts that outlive a restart: a sync position, the embedder's name, a secret's salt."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from bot.storage.columns import insert_new
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
        """Keep a value."""

        def work(c: Connection) -> None:
            if c.execute(insert_new(c, meta).values(key=key, value=value)).rowcount == 0:
                c.execute(update(meta).where(meta.c.key == key).values(value=value))

        await self._database.write(work)
