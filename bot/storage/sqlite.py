"""SQLite: one file, one writer, readers in threads of their own.

Writes run in one thread on one connection, after a fair lock. Commits are shared: whoever finishes
leaves its savepoint in the open transaction, and one commit, queued behind those who wait already,
makes all of them durable with one flush of the disk; each returns only after that commit. So
`synchronous=FULL` (nothing acknowledged is lost with the power) costs little under load. A failure
undoes only its own savepoint; a failed commit fails everyone who shared it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from bot.errors import StoreError
from bot.storage.database import Database, Transaction, Work
from bot.storage.faults import translated

T = TypeVar("T")

READERS = 4
BUSY_SECONDS = 10.0
"""How long to wait for another process's lock; `?timeout=SECONDS` in the URL changes it."""


class _Group:
    """Writers that share one commit."""

    def __init__(self) -> None:
        self.members = 0
        self.error: BaseException | None = None
        self.commit: asyncio.Task[None] | None = None


class SqliteDatabase(Database):
    """An open SQLite file."""

    dialect = "sqlite"

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._engine = _engine(path, timeout)
        self._lock = asyncio.Lock()
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._writer: Connection | None = None
        self._group: _Group | None = None
        self._inside = False
        self._closed = False

    @classmethod
    async def open(cls, url: URL) -> SqliteDatabase:
        """Open the file of the URL, made private where it is new. Raises StoreError."""
        if not url.database or url.database == ":memory:":
            raise StoreError("SQLite needs a file: sqlite:///PATH")
        path = Path(url.database)
        timeout = float(str(url.query.get("timeout", BUSY_SECONDS)))
        await asyncio.to_thread(_make_private, path)
        database = cls(path, timeout)
        try:
            with translated():
                await database._hop(database._connect_writer)
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Finish what is committing, then close every connection."""
        if self._closed:
            return
        self._closed = True
        async with self._lock:
            await asyncio.to_thread(self._shutdown)

    async def backup(self, path: Path) -> None:
        """A consistent copy into a new private file, complete or not there at all."""
        with translated():
            await asyncio.to_thread(self._copy, path)

    def _copy(self, path: Path) -> None:
        if path.exists():
            raise StoreError(f"{path} exists already")
        unfinished = path.with_name(path.name + ".part")
        _make_private(unfinished)
        try:
            # An empty file is as good as none to VACUUM INTO, and this one is private already.
            os.truncate(unfinished, 0)
            with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
                raw.execute("VACUUM INTO ?", (str(unfinished),))
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)

    # --- reading

    async def _read(self, work: Work[T]) -> T:
        self._refuse_closed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, lambda: work(self._reader()))

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._engine.connect()
            connection.exec_driver_sql("PRAGMA query_only=ON")
            self._connections.append(connection)
        return connection

    # --- writing

    async def _write(self, work: Work[T]) -> T:
        async with self._lock:
            self._refuse_closed()
            result, group = await self._hop(lambda: self._step(work))
            self._plan_commit(group)
        await self._committed(group)
        return result

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[Transaction]:
        async with self._lock:
            self._refuse_closed()
            try:
                await self._hop(self._enter)
                yield _Joined(self)
                group = await self._hop(self._keep)
            finally:
                # Undoes only what was not kept; whoever is cancelled just after keeping is committed.
                if self._inside:
                    await self._hop(self._undo)
                if self._group is not None:
                    self._plan_commit(self._group)
        await self._committed(group)

    async def _hop(self, step: Callable[[], T]) -> T:
        """Run a step in the writer's thread; a cancelled caller leaves only after it ended."""
        future = asyncio.get_running_loop().run_in_executor(self._writing, step)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    def _plan_commit(self, group: _Group) -> None:
        if group.commit is None:
            group.commit = asyncio.get_running_loop().create_task(self._commit_in_turn(group))
            group.commit.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _committed(self, group: _Group) -> None:
        assert group.commit is not None
        await asyncio.shield(group.commit)

    async def _commit_in_turn(self, group: _Group) -> None:
        async with self._lock:
            await self._hop(lambda: self._commit(group))

    # --- in the writer's thread

    def _connect_writer(self) -> None:
        self._writer = self._engine.connect()
        self._connections.append(self._writer)
        self._raw().execute("PRAGMA journal_mode=WAL").fetchone()

    def _raw(self) -> sqlite3.Connection:
        assert self._writer is not None
        raw = self._writer.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    def _step(self, work: Work[T]) -> tuple[T, _Group]:
        self._enter()
        try:
            result = self._run(work)
            return result, self._keep()
        finally:
            self._undo()

    def _run(self, work: Work[T]) -> T:
        assert self._writer is not None
        return work(self._writer)

    def _enter(self) -> None:
        raw = self._raw()
        if self._group is None:
            raw.execute("BEGIN IMMEDIATE")
            self._group = _Group()
        self._inside = True
        raw.execute("SAVEPOINT member")

    def _keep(self) -> _Group:
        assert self._group is not None
        self._raw().execute("RELEASE member")
        self._inside = False
        self._group.members += 1
        return self._group

    def _undo(self) -> None:
        if not self._inside or self._group is None:
            return
        self._inside = False
        raw = self._raw()
        if not raw.in_transaction:
            # On a full disk and the like SQLite rolls everything back by itself.
            self._group.error = StoreError("the database took a shared write back", passing=True)
            self._group = None
        elif self._group.members:
            raw.execute("ROLLBACK TO member")
            raw.execute("RELEASE member")
        else:
            raw.execute("ROLLBACK")
            self._group = None

    def _commit(self, group: _Group) -> None:
        if group.error is not None:
            raise group.error
        if group is not self._group:
            return
        self._group = None
        raw = self._raw()
        try:
            raw.execute("COMMIT")
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")

    # --- closing

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")

    def _shutdown(self) -> None:
        self._reading.shutdown(wait=True)
        self._writing.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._engine.dispose()


class _Joined(Transaction):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self._home = database

    async def run(self, work: Work[T]) -> T:
        return await self._home._hop(lambda: self._home._run(work))


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_mode & 0o077:
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreError(f"the database file {path} can't be used: {error.strerror}") from error


def _engine(path: Path, timeout: float) -> Engine:
    # isolation_level None: the driver begins nothing by itself (see `_enter`). Reader connections
    # are used by one thread each; the last close comes from another, hence check_same_thread.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": timeout, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, record: object) -> None:
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA cache_size=-16000")
        raw.execute("PRAGMA journal_size_limit=67108864")

    return engine
