"""One database, two kinds: what a connection, a transaction and an error are to the rooms.

A room hands over a plain function of a SQLAlchemy connection; `sqlite.py` runs it in a thread,
`postgres.py` on the event loop. Knows no table. The hard thing is joining: inside `transaction()`
every read and write of the same task uses its connection, found through a context variable.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from bot.errors import Conflict, NotFound, StoreError
from bot.storage.faults import translated

T = TypeVar("T")
Work = Callable[[Connection], T]


class Transaction(ABC):
    """An open transaction that calls of the same task join."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.open = True
        self.doomed = False

    @abstractmethod
    async def run(self, work: Work[T]) -> T:
        """Run `work` on this transaction's connection."""

    async def join(self, work: Work[T]) -> T:
        """Run `work`; unless its failure was foreseen, nothing of the transaction can be kept."""
        return await self.guard(lambda: self.run(work))

    async def guard(self, act: Callable[[], Awaitable[T]]) -> T:
        """Doom the transaction when `act` fails in a way that may have left something half done."""
        try:
            with translated():
                return await act()
        except (Conflict, NotFound):
            raise
        except BaseException:
            self.doomed = True
            raise


_current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


class Database(ABC):
    """An open database."""

    dialect: str
    """`sqlite` or `postgresql`."""

    @property
    def in_transaction(self) -> bool:
        """Whether this task's reads see what is not committed yet."""
        return self._joined() is not None

    async def read(self, work: Work[T]) -> T:
        """Run a function that only reads. Raises StoreError."""
        joined = self._joined()
        if joined is not None:
            return await joined.join(work)
        with translated():
            return await self._read(work)

    async def read_committed(self, work: Work[T]) -> T:
        """The same, but blind to an open transaction of this task: for what outlives it in memory."""
        with translated():
            return await self._read(work)

    async def write(self, work: Work[T]) -> T:
        """Run a function that writes; it commits whole or not at all. Raises StoreError."""
        joined = self._joined()
        if joined is not None:
            return await joined.join(work)
        with translated():
            return await self._write(work)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Everything inside commits together or not at all; nested, it joins the outer one."""
        joined = self._joined()
        if joined is not None:
            async with _dooming(joined):
                yield
            return
        with translated():
            async with self._begin() as transaction:
                token = _current.set(transaction)
                try:
                    yield
                finally:
                    # A task that was started inside must not use the connection afterwards.
                    transaction.open = False
                    _current.reset(token)
                if transaction.doomed:
                    raise StoreError("a step of the transaction failed, so nothing of it was kept")

    @abstractmethod
    async def close(self) -> None:
        """Close every connection; a second close does nothing."""

    @abstractmethod
    async def backup(self, path: Path) -> None:
        """A consistent copy into a new file, while others go on. Raises StoreError."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _write(self, work: Work[T]) -> T: ...

    @abstractmethod
    def _begin(self) -> AbstractAsyncContextManager[Transaction]: ...

    def _joined(self) -> Transaction | None:
        transaction = _current.get()
        if transaction is None or transaction.database is not self or not transaction.open:
            return None
        return transaction


@asynccontextmanager
async def _dooming(transaction: Transaction) -> AsyncIterator[None]:
    try:
        yield
    except (Conflict, NotFound):
        raise
    except BaseException:
        transaction.doomed = True
        raise
