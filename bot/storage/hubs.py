"""Leases at WebSub hubs, and what the hubs brought until it is stored as articles.

Knows nothing of HTTP. A lease's row is also its renewal: `Rows.claim("hub_leases")`. A push and the
wake of its source commit together, so what was acknowledged to a hub is never forgotten.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.errors import NotFound
from bot.storage import rows
from bot.storage.columns import AnyRow, insert_new
from bot.storage.database import Database
from bot.storage.rows import UNLEASED
from bot.storage.tables import hub_leases, pushes
from bot.types import HubLease, Push

MOST_WAITING = 20
"""Pushes of one source that may wait; their bodies are large."""


class Hubs:
    """The leases and the pushes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, lease_id: int) -> HubLease:
        """Raises NotFound."""
        found = await self._one(hub_leases.c.id == lease_id)
        if found is None:
            raise NotFound(f"hub lease {lease_id}")
        return found

    async def at(self, path: str) -> HubLease | None:
        """The lease whose callback ends so."""
        return await self._one(hub_leases.c.path == path)

    async def of_source(self, source_id: int) -> HubLease | None:
        """The source's lease."""
        return await self._one(hub_leases.c.source_id == source_id)

    async def list(self) -> list[HubLease]:
        """Every lease, in order of its source."""
        query = select(hub_leases).order_by(hub_leases.c.source_id)
        return await self._database.read(lambda c: [_lease(row) for row in c.execute(query)])

    async def keep(self, lease: HubLease, now: datetime) -> None:
        """Ask for this lease from now on, in the place of the source's former one."""
        values = {
            "source_id": lease.source_id,
            "hub": lease.hub,
            "topic": lease.topic,
            "secret": lease.secret,
            "path": lease.path,
            "due_at": now,
        }

        def work(c: Connection) -> None:
            _forget(c, lease.source_id)
            c.execute(insert(hub_leases).values(values))

        await self._database.write(work)

    async def forget(self, source_id: int) -> None:
        """The source has no hub any more."""
        await self._database.write(lambda c: _forget(c, source_id))

    async def granted(self, lease: HubLease, due_at: datetime) -> None:
        """Keep when the hub granted the lease and until when, and renew it at `due_at`.

        Who has the row in work decides itself when it is due next. NotFound.
        """
        own = hub_leases.c.id == lease.id
        free = hub_leases.c.lease_token.is_(None)

        def work(c: Connection) -> None:
            values = {"granted": lease.granted, "expires": lease.expires}
            if c.execute(update(hub_leases).where(own).values(values)).rowcount != 1:
                raise NotFound(f"hub lease {lease.id}")
            renewed = {"due_at": due_at, "attempts": 0, "last_error": "", **UNLEASED}
            c.execute(update(hub_leases).where(own, free).values(renewed))

        await self._database.write(work)

    async def push(self, source_id: int, body: bytes, content_type: str, now: datetime) -> bool:
        """Keep what a hub brought and make its source due; False when too much waits already.

        A body that waits already is kept once. NotFound for an unknown source.
        """
        values = {
            "source_id": source_id,
            "digest": sha256(body).hexdigest(),
            "body": body,
            "content_type": content_type,
            "received": now,
        }
        waiting = select(func.count()).select_from(pushes).where(pushes.c.source_id == source_id)

        def work(c: Connection) -> bool:
            if (c.scalar(waiting) or 0) >= MOST_WAITING:
                return False
            rows.wake(c, "sources", source_id, now)
            c.execute(insert_new(c, pushes).values(values))
            return True

        return await self._database.write(work)

    async def next_push(self, source_id: int) -> Push | None:
        """The oldest push of a source that waits."""
        columns = (pushes.c.id, pushes.c.source_id, pushes.c.body, pushes.c.content_type, pushes.c.received)
        query = select(*columns).where(pushes.c.source_id == source_id).order_by(pushes.c.id).limit(1)

        def work(c: Connection) -> Push | None:
            row = c.execute(query).one_or_none()
            return None if row is None else Push(**row._mapping)

        return await self._database.read(work)

    async def done(self, push_id: int) -> None:
        """The push is stored, or worth nothing."""
        await self._database.write(lambda c: c.execute(delete(pushes).where(pushes.c.id == push_id)))

    async def _one(self, where: Any) -> HubLease | None:
        query = select(hub_leases).where(where)

        def work(c: Connection) -> HubLease | None:
            row = c.execute(query).one_or_none()
            return None if row is None else _lease(row)

        return await self._database.read(work)


def _forget(c: Connection, source_id: int) -> None:
    c.execute(delete(hub_leases).where(hub_leases.c.source_id == source_id))


def _lease(row: AnyRow) -> HubLease:
    return HubLease(
        id=row.id,
        source_id=row.source_id,
        hub=row.hub,
        topic=row.topic,
        secret=row.secret,
        path=row.path,
        granted=row.granted,
        expires=row.expires,
    )
