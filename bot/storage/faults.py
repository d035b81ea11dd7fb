"""Errors of the drivers, told as StoreError with the facts that an owner can act on.

Knows the error codes of SQLite (https://sqlite.org/rescode.html) and PostgreSQL
(https://www.postgresql.org/docs/current/errcodes-appendix.html). The original stays as `__cause__`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from bot.errors import Conflict, StoreError

_SQLITE = {
    sqlite3.SQLITE_BUSY: ("the database is locked by another process", True),
    sqlite3.SQLITE_LOCKED: ("the database is locked", True),
    sqlite3.SQLITE_FULL: ("the disk is full", True),
    sqlite3.SQLITE_IOERR: ("the disk failed to read or write the database", True),
    sqlite3.SQLITE_READONLY: ("the database can't be written to", False),
    sqlite3.SQLITE_CANTOPEN: ("the database file can't be opened", False),
    sqlite3.SQLITE_PERM: ("the database file can't be accessed", False),
    sqlite3.SQLITE_CORRUPT: ("the database file is damaged; restore a backup", False),
    sqlite3.SQLITE_NOTADB: ("the file is not a database, or it is damaged", False),
}

_POSTGRES_PASSING = ("08", "53", "57", "40", "55P03")


@contextmanager
def translated() -> Iterator[None]:
    """Raise StoreError (Conflict for a unique thing) in place of a driver's error."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translate(error) from error
    except sqlite3.Error as error:
        raise _of_sqlite(error) from error


def translate(error: SQLAlchemyError) -> StoreError:
    """The StoreError for an error of SQLAlchemy; never has a statement's values in it."""
    original = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(error, IntegrityError):
        return Conflict(f"a rule of the tables was broken: {_first_line(original)}")
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(original)
    state = getattr(original, "sqlstate", None) or ""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    passing = bool(lost or state.startswith(_POSTGRES_PASSING))
    return StoreError(f"the database refused: {_first_line(original or error)}", passing=passing)


def _of_sqlite(error: sqlite3.Error) -> StoreError:
    # The low byte is the primary code, the rest only refines it.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE:
        reason, passing = _SQLITE[code]
        return StoreError(reason, passing=passing)
    return StoreError(f"the database refused: {_first_line(error)}")


def _first_line(error: BaseException | None) -> str:
    return str(error).splitlines()[0] if error is not None and str(error) else type(error).__name__
