"""SQLite: one file, one writer, readers in threads of their own.

Writes run in one thread on one connection. Commits are shared: writes that wait at the same time
run one after the other, each in a savepoint, and one commit makes all of them durable with one
flush of the disk; each caller hears of it only afterwards. So `synchronous=FULL` (nothing that was
acknowledged is lost with the power) costs little under load. The hard thing is that nobody may
suffer from company: what fails undoes its own savepoint, and where the shared commit fails, each
runs again alone. An explicit transaction has the writer, and its commit, for itself.
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
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

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


SHARED = 128
"""How many writes may share a commit."""


class _Job:
    """A write that waits; run in the writer's thread, answered on the event loop."""

    def __init__(self, work: Work[Any], answer: asyncio.Future[Any]) -> None:
        self.work = work
        self.answer = answer
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Tell the caller, unless it has gone."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.error)


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
        self._pending: list[_Job] = []
        self._draining: asyncio.Task[None] | None = None
        self._closed = False

    @classmethod
    async def open(cls, url: URL) -> SqliteDatabase:
        """Open the file of the URL, made private where it is new. Raises StoreError."""
        if not url.database or url.database == ":memory:":
            raise StoreError("SQLite needs a file: sqlite:///PATH")
        path = Path(url.database)
        try:
            timeout = float(str(url.query.get("timeout", BUSY_SECONDS)))
        except ValueError as error:
            raise StoreError("the timeout in the store's URL is no number of seconds") from error
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
        if self._draining is not None:
            await asyncio.wait([self._draining])
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
        self._refuse_closed()
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future())
        self._pending.append(job)
        if self._draining is None or self._draining.done():
            self._draining = loop.create_task(self._drain())
        result: T = await job.answer
        return result

    async def _drain(self) -> None:
        while self._pending:
            async with self._lock:
                waiting, self._pending = self._pending[:SHARED], self._pending[SHARED:]
                # Who was cancelled before its turn wants nothing written.
                jobs = [job for job in waiting if not job.answer.done()]
                try:
                    await self._hop(partial(self._run_together, jobs))
                finally:
                    for job in jobs:
                        job.settle()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[Transaction]:
        async with self._lock:
            self._refuse_closed()
            try:
                await self._hop(lambda: self._raw().execute("BEGIN IMMEDIATE"))
                yield _Joined(self)
                await self._hop(lambda: self._raw().execute("COMMIT"))
            except BaseException:
                await self._hop(self._roll_back)
                raise

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

    def _run(self, work: Work[T]) -> T:
        assert self._writer is not None
        return work(self._writer)

    def _run_together(self, jobs: list[_Job]) -> None:
        """Run all in one transaction; where that fails as a whole, each in its own."""
        try:
            self._raw().execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            # Locked by another process: waiting again for each would only make it longer.
            for job in jobs:
                job.error = error
            return
        try:
            for job in jobs:
                self._run_in_savepoint(job)
            self._raw().execute("COMMIT")
        except (sqlite3.Error, _TakenBack) as error:
            self._roll_back()
            if len(jobs) == 1:
                jobs[0].error = error.__cause__ if isinstance(error, _TakenBack) else error
                return
            for job in jobs:
                self._run_together([job])

    def _run_in_savepoint(self, job: _Job) -> None:
        raw = self._raw()
        raw.execute("SAVEPOINT job")
        job.result, job.error = None, None
        try:
            job.result = self._run(job.work)
        except BaseException as error:
            if not raw.in_transaction:
                # On a full disk and the like SQLite itself takes the whole transaction back.
                raise _TakenBack from error
            job.error = error
            raw.execute("ROLLBACK TO job")
        raw.execute("RELEASE job")

    def _roll_back(self) -> None:
        if self._raw().in_transaction:
            self._raw().execute("ROLLBACK")

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


class _TakenBack(Exception):
    """SQLite rolled the transaction back by itself; the cause says why."""


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
        hide_parameters=True,  # errors are logged, and parameters are people's words
        connect_args={"timeout": timeout, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, record: object) -> None:
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA cache_size=-16000")
        raw.execute("PRAGMA journal_size_limit=67108864")

    return engine
