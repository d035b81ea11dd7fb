"""Leases: the row is the job.

A worker claims a due row with a token, works outside any transaction, and commits its result and
the row's next due time together, only where the token is still its own. Knows no table's meaning.
The hard thing: what changes a row while somebody works on it. `wake` on a leased row is kept aside
and wins over a later due time given to `finish`, so no change is slept through.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from bot.storage.database import Database
from bot.types import Claim


class Rows:
    """Claims on the rows of `sources`, `articles`, `stories`, `subscriptions`, `inbox`, `deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, table: str, *, now: datetime, lease: timedelta, limit: int = 1) -> list[Claim]:
        """Lease up to `limit` due rows, the longest due first; one statement, safe among processes.

        A row whose lease ran out is due again. For deliveries use `Outbox.claim`, which keeps
        the order within a chat.
        """
        raise NotImplementedError

    def finish(self, claim: Claim, *, due_at: datetime | None) -> AbstractAsyncContextManager[None]:
        """Commit the body's writes and the row's next due time (None: not due) together.

        Clears the lease, the attempts and the last error. A `wake` that came meanwhile wins over
        a later `due_at`. Raises LeaseLost, and rolls the body back, when the token is not ours.
        """
        raise NotImplementedError

    async def retry(self, claim: Claim, *, due_at: datetime | None, error: str) -> None:
        """Give the row back with what went wrong; attempts are kept, None gives up. LeaseLost."""
        raise NotImplementedError

    async def renew(self, claim: Claim, *, until: datetime) -> None:
        """Hold the row longer. LeaseLost."""
        raise NotImplementedError

    async def release(self, claim: Claim) -> None:
        """Give the row back untouched: as due as before, the attempt not counted. LeaseLost."""
        raise NotImplementedError

    async def wake(self, table: str, row_id: int, due_at: datetime) -> None:
        """Make a row due at `due_at` unless it is due earlier. A leased row gets it after `finish`."""
        raise NotImplementedError

    async def next_due(self, table: str) -> datetime | None:
        """When the next row is due or a lease runs out; None when nothing waits."""
        raise NotImplementedError
