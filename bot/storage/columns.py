"""Column types that mean the same in both databases, and the columns of a lease.

Times are whole microseconds since 1970 UTC, so both databases compare and add them alike; in
`psql`: `to_timestamp(due_at / 1e6)`. Text that no database takes (NUL, lone surrogates) is
replaced character by character, so offsets stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Integer, Row, Table, Text, case, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def microseconds(moment: datetime) -> int:
    """Since 1970 UTC. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The aware UTC time of `microseconds`."""
    return _EPOCH + timedelta(microseconds=value)


def storable(text: str) -> str:
    """The text with what a database refuses replaced by U+FFFD; as long as before."""
    if "\x00" not in text:
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _UNSTORABLE.sub("�", text)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time, kept as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """To the database."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """From the database."""
        return None if value is None else moment(value)


class Plain(TypeDecorator[str]):
    """Text that any database takes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """To the database."""
        return None if value is None else storable(value)

    def process_literal_param(self, value: str | None, dialect: Any) -> str:
        """As a literal."""
        return repr(storable(value or ""))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """What is compared with text is text."""
        return self


AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns."""

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that says INTEGER."""


def lease() -> list[Column[Any]]:
    """The columns that make a row a job; `woken_at` is a wake that came while it was leased."""
    return [
        Column("due_at", Moment),
        Column("leased_until", Moment),
        Column("lease_token", Text),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("last_error", Plain, nullable=False, server_default=""),
        Column("woken_at", Moment),
    ]


def beginning(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """The condition that a text begins so, in exactly these letters (LIKE ignores case on SQLite)."""
    return func.substr(column, 1, len(prefix)) == prefix


def insert_new(connection: Connection, table: Table) -> Any:
    """An INSERT that leaves out what breaks a unique rule instead of failing."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def insert_or_set(connection: Connection, table: Table, *names: str, greatest: Sequence[str] = ()) -> Any:
    """An INSERT that sets columns of the row whose key is there already; `greatest` ones only grow."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    given: dict[str, Any] = {name: statement.excluded[name] for name in names}
    for name in greatest:
        old, new = table.c[name], statement.excluded[name]
        given[name] = case((old > new, old), else_=new)
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=given)


def batched(values: Sequence[T]) -> list[Sequence[T]]:
    """In lots that one statement can take: both databases stop at 32,766 parameters."""
    return [values[i : i + 5_000] for i in range(0, len(values), 5_000)]
