"""Leases: the row is the job.

A worker claims a due row with a token, works outside any transaction, and commits its result and
the row's next due time together, only where the token is still its own. Knows no table's meaning.
The hard thing: what changes a row while somebody works on it. `wake` on a leased row is kept aside
and wins over a later due time given to `finish`, so no change is slept through.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Table,
    Update,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    update,
)

from bot.errors import LeaseLost, NotFound, StoreError
from bot.storage import queue
from bot.storage.columns import Moment
from bot.storage.database import Database
from bot.storage.tables import LEASED, chats, inbox, sources, subscriptions
from bot.types import Claim, SourceState

UNLEASED: dict[str, Any] = {"lease_token": None, "leased_until": None, "woken_at": None}
"""What a row has that nobody holds."""


class Rows:
    """Claims on the rows of the tables that are jobs (`tables.LEASED`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, table: str, *, now: datetime, lease: timedelta, limit: int = 1) -> list[Claim]:
        """Lease up to `limit` due rows, the longest due first; one statement, safe among processes.

        A row whose lease ran out is due again. Paused sources and the subscriptions of inactive
        chats are passed over. Deliveries have `Outbox.claim`, which keeps the order in a chat.
        """
        statement = _claim(_ordinary(table))
        # Random per call is enough: a claim is known by its row and token together.
        token = secrets.token_hex(8)
        values = {"now": now, "until": now + lease, "limit": limit, "token": token}
        return await self._database.write(
            lambda c: [Claim(table, r.id, token, r.attempts) for r in c.execute(statement, values)]
        )

    @asynccontextmanager
    async def finish(self, claim: Claim, *, due_at: datetime | None) -> AsyncIterator[None]:
        """Commit the body's writes and the row's next due time (None: not due) together.

        Clears the lease, the attempts and the last error. A `wake` that came meanwhile wins over
        a later `due_at`. Raises LeaseLost, and rolls the body back, when the token is not ours.
        """
        _ordinary(claim.table)
        async with self._database.transaction():
            yield
            await self._change(
                claim, due_at=_unless_woken(claim, due_at), attempts=0, last_error="", **UNLEASED
            )

    async def retry(self, claim: Claim, *, due_at: datetime | None, error: str) -> None:
        """Give the row back with what went wrong; attempts are kept, None gives up. LeaseLost."""
        _ordinary(claim.table)
        await self._change(claim, due_at=_unless_woken(claim, due_at), last_error=error, **UNLEASED)

    async def renew(self, claim: Claim, *, until: datetime) -> None:
        """Hold the row longer. LeaseLost."""
        await self._change(claim, leased_until=until)

    async def release(self, claim: Claim) -> None:
        """Give the row back untouched: as due as before, the attempt not counted. LeaseLost."""
        attempts = _leased(claim.table).c.attempts - 1
        await self._change(claim, attempts=attempts, **UNLEASED)

    async def wake(self, table: str, row_id: int, due_at: datetime) -> None:
        """Make a row due at `due_at` unless it is due earlier. A leased row gets it after `finish`.

        Raises NotFound.
        """
        await self._database.write(lambda c: wake(c, table, row_id, due_at))

    async def next_due(self, table: str) -> datetime | None:
        """When the next row is due or a lease runs out; None when nothing waits."""
        if table == "deliveries":
            return await self._database.read(queue.next_due)
        return await self._database.read(lambda c: _next_due(c, _leased(table)))

    async def _change(self, claim: Claim, **values: Any) -> None:
        await self._database.write(lambda c: change(c, claim, **values))


def change(connection: Connection, claim: Claim, **values: Any) -> None:
    """Change a claimed row. Raises LeaseLost when it is not ours any more."""
    in_queue = claim.table == "deliveries"
    with queue.changing(connection, claim.id) if in_queue else nullcontext():
        done = connection.execute(_mine(claim).values(values))
        if done.rowcount != 1:
            raise LeaseLost(f"{claim.table} {claim.id} is no longer ours")


def wake(connection: Connection, table: str, row_id: int, due_at: datetime) -> None:
    """Make a row due unless it is due earlier. Raises NotFound."""
    t = _ordinary(table)
    leased, then = t.c.lease_token.is_not(None), literal(due_at, Moment())
    woken = case((t.c.woken_at < then, t.c.woken_at), else_=then)
    due = case((t.c.due_at < then, t.c.due_at), else_=then)
    values = {"woken_at": case((leased, woken)), "due_at": case((leased, t.c.due_at), else_=due)}
    if connection.execute(update(t).where(t.c.id == row_id).values(values)).rowcount != 1:
        raise NotFound(f"{table} {row_id}")


@cache
def _claim(t: Table) -> Update:
    """Built once a table: building it costs more than running it."""
    now = bindparam("now", type_=Moment)
    limit: BindParameter[int] = bindparam("limit")
    free = t.c.lease_token.is_(None) & (t.c.due_at <= now) & _working(t)
    lapsed = t.c.lease_token.is_not(None) & (t.c.leased_until <= now) & _working(t)
    # Both halves have an index of their own; the lapsed ones go first, being the older.
    first = select(t.c.id).where(lapsed).order_by(t.c.leased_until, t.c.id).limit(limit)
    then = select(t.c.id).where(free).order_by(t.c.due_at, t.c.id).limit(limit)
    first, then = (s.with_for_update(skip_locked=True) for s in (first, then))
    lapsed_rows, free_rows = first.cte("lapsed"), then.cte("free")
    both = select(lapsed_rows.c.id).union_all(select(free_rows.c.id)).limit(limit)
    return (
        update(t)
        .where(t.c.id.in_(both))
        .values(
            lease_token=bindparam("token"),
            leased_until=bindparam("until"),
            attempts=t.c.attempts + 1,
            woken_at=None,
        )
        .returning(t.c.id, t.c.attempts)
    )


def _mine(claim: Claim) -> Update:
    t = _leased(claim.table)
    return update(t).where(t.c.id == claim.id, t.c.lease_token == claim.token)


def _unless_woken(claim: Claim, due_at: datetime | None) -> Any:
    woken = _leased(claim.table).c.woken_at
    if due_at is None:
        return woken
    return case((woken < due_at, woken), else_=literal(due_at, Moment()))


def _next_due(connection: Connection, t: Table) -> datetime | None:
    free = select(func.min(t.c.due_at)).where(t.c.lease_token.is_(None), _working(t)).scalar_subquery()
    lapse = select(func.min(t.c.leased_until)).where(t.c.lease_token.is_not(None), _working(t))
    times = connection.execute(select(free, lapse.scalar_subquery())).one()
    return min((time for time in times if time is not None), default=None)


def _working(t: Table) -> ColumnElement[bool]:
    """Rows that rest keep their due time and are passed over: due at once when they work again."""
    if t is sources:
        return t.c.state == SourceState.ACTIVE.value
    if t is subscriptions:
        return t.c.active & select(chats.c.id).where(chats.c.id == t.c.chat_id, chats.c.active).exists()
    if t is inbox:
        # What a chat said first is answered first: a message waits for the ones before it.
        before = inbox.alias("before")
        same = (before.c.platform == t.c.platform) & (before.c.chat == t.c.chat)
        earlier = same & (before.c.id < t.c.id) & before.c.due_at.is_not(None)
        return ~select(before.c.id).where(earlier).exists()
    return true()


def _leased(table: str) -> Table:
    if table not in LEASED:
        raise StoreError(f"{table} has no rows to claim; these have: {', '.join(LEASED)}")
    return LEASED[table]


def _ordinary(table: str) -> Table:
    if table == "deliveries":
        raise StoreError("deliveries go through the outbox, which keeps their order")
    return _leased(table)
