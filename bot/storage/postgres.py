"""PostgreSQL: a pool of sessions, each transaction on one of them.

Speaks asyncpg through SQLAlchemy. Statements see what others committed before them (READ
COMMITTED); where that is not enough, rooms lock rows (`queue.py`) or take an advisory lock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreError
from bot.storage.database import Database, Transaction, Work
from bot.storage.faults import translated

T = TypeVar("T")

SESSIONS = 10


class PostgresDatabase(Database):
    """An open PostgreSQL database."""

    dialect = "postgresql"

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._closed = False

    @classmethod
    async def open(cls, url: URL) -> PostgresDatabase:
        """Reach the server. Raises StoreError."""
        engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=SESSIONS,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged, and parameters are people's words
        )
        try:
            with translated():
                async with engine.connect():
                    pass
        except TypeError as error:  # asyncpg takes the URL's options as they are, and knows others than psql
            options = ", ".join(url.query)
            raise StoreError(f"the driver of PostgreSQL takes no such option: {options}") from error
        except OSError as error:
            raise StoreError(
                f"PostgreSQL at {url.host or 'its socket'} can't be reached: {error}", passing=True
            ) from error
        return cls(engine)

    async def close(self) -> None:
        """Close every session."""
        self._closed = True
        await self._engine.dispose()

    async def backup(self, path: Path) -> None:
        """Raises StoreError: PostgreSQL has its own tool."""
        raise StoreError("a PostgreSQL database is copied with pg_dump, not by newsbot")

    async def _read(self, work: Work[T]) -> T:
        async with self._reachable(), self._engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            return await autocommit.run_sync(work)

    async def _write(self, work: Work[T]) -> T:
        async with self._reachable(), self._engine.begin() as connection:
            return await connection.run_sync(work)

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[Transaction]:
        async with self._reachable(), self._engine.begin() as connection:
            yield _Joined(self, connection)

    @asynccontextmanager
    async def _reachable(self) -> AsyncIterator[None]:
        if self._closed:
            raise StoreError("the store is closed")
        try:
            yield
        except OSError as error:
            raise StoreError(f"PostgreSQL can't be reached: {error}", passing=True) from error


class _Joined(Transaction):
    def __init__(self, database: PostgresDatabase, connection: AsyncConnection) -> None:
        super().__init__(database)
        self._connection = connection

    async def run(self, work: Work[T]) -> T:
        return await self._connection.run_sync(work)
