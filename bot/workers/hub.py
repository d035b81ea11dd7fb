"""A source's lease at its WebSub hub: asked for, verified, renewed; and what the hub brings, kept.

A push is written down together with the wake of its source before the hub hears that it was taken;
the poll stage stores it. The hard thing is a hub that fails: polls go on in the feed's own rhythm
until a lease is verified and from the moment it ends, so a hub can only ever make us quicker.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import schedule
from bot.errors import SourceError
from bot.sources import websub
from bot.sources.http import Fetcher
from bot.sources.websub import Trust
from bot.storage.store import Store
from bot.types import Claim, HubLease, SourceState
from bot.workers.loop import Bells, Clock

log = logging.getLogger(__name__)

AGAIN, AT_MOST = timedelta(minutes=10), timedelta(days=1)
"""Between two tries to get a lease; AT_MOST also while the source rests."""
DENIED = timedelta(days=7)
DOUBTED = timedelta(hours=1)
"""A push with a false signature: the hub may have an older secret, so it is told ours again."""

CALLBACK = "websub.url"

ACCEPTED, FORBIDDEN, GONE, BUSY = 202, 403, 410, 503


@dataclass(frozen=True, kw_only=True)
class Subscribe:
    """The hub stage."""

    store: Store
    fetcher: Fetcher
    callback: str
    """The public URL below which hubs reach us."""
    clock: Clock

    async def begin(self, within: timedelta) -> None:
        """After a stop: a hub may have come in vain, so every source that relies on one is polled soon.

        Where the public URL is another than before, all leases are asked for anew.
        """
        now, hubs = self.clock(), self.store.hubs
        moved = await self.store.meta.get(CALLBACK) != self.callback
        async with self.store.transaction():
            for lease in await hubs.list():
                if moved:
                    await hubs.granted(replace(lease, granted=None, expires=None), now)
                if lease.live(now):
                    await self.store.rows.wake("sources", lease.source_id, now + within * random.random())
            await self.store.meta.set(CALLBACK, self.callback)

    async def step(self, claim: Claim) -> None:
        """Ask a hub for a lease, or for a longer one."""
        lease, now = await self.store.hubs.get(claim.id), self.clock()
        source = await self.store.sources.get(lease.source_id)
        if source.state is not SourceState.ACTIVE:
            async with self.store.rows.finish(claim, due_at=now + AT_MOST):
                return
        form = websub.form(lease, callback=self.callback)
        try:
            await self.fetcher.post(lease.hub, form, routes=source.settings.routes)
        except SourceError as e:
            pause = timedelta(seconds=e.retry_after or 0)
            await self.store.rows.retry(claim, due_at=max(self._again(claim), now + pause), error=e.reason)
            log.warning("hub refused", extra={"source": source.id, "hub": lease.hub, "error": e.reason})
            return
        await self._asked(claim, lease)

    async def _asked(self, claim: Claim, before: HubLease) -> None:
        """The hub asks back before or after it answers; where it never does, it is asked again."""
        async with self.store.transaction():
            lease = await self.store.hubs.get(claim.id)
            if lease.granted != before.granted and lease.expires:
                async with self.store.rows.finish(claim, due_at=websub.renewal(lease, now=self.clock())):
                    return
            await self.store.rows.retry(
                claim, due_at=self._again(claim), error="the hub has not asked back yet"
            )

    def _again(self, claim: Claim) -> datetime:
        wait = schedule.backoff(claim.attempts, base=AGAIN, limit=AT_MOST, jitter=random.random())
        return self.clock() + wait


@dataclass(frozen=True, kw_only=True)
class Callback:
    """What hubs hear from us (`sources.callback` carries it)."""

    store: Store
    clock: Clock
    bells: Bells
    shortest: timedelta
    """Between two polls of one source."""

    async def question(self, path: str, query: Mapping[str, str]) -> tuple[int, str]:
        """Status and body for a hub that asks whether we meant it. Raises StoreError."""
        lease, now = await self.store.hubs.at(path), self.clock()
        wanted = lease is not None and await self._wanted(lease)
        answer = websub.verify(lease, query, wanted=wanted, now=now)
        if answer.lease:
            due = websub.renewal(answer.lease, now=now + DENIED)
            async with self.store.transaction():
                await self.store.hubs.granted(answer.lease, due)
                if answer.lease.expires is None:
                    await self.store.rows.wake("sources", answer.lease.source_id, now)
            facts = {"source": answer.lease.source_id, "hub": answer.lease.hub}
            log.info("hub lease " + ("granted" if answer.lease.expires else "ended"), extra=facts)
        return answer.status, answer.body

    async def known(self, path: str) -> bool:
        """Whether anything may be posted here. Raises StoreError."""
        lease = await self.store.hubs.at(path)
        return lease is not None and await self._wanted(lease)

    async def push(self, path: str, body: bytes, *, content_type: str, signature: str) -> int:
        """The status for a hub that posted; below 300 only when nothing can be lost. Raises StoreError."""
        lease, now = await self.store.hubs.at(path), self.clock()
        if lease is None:
            return GONE
        trust = await asyncio.to_thread(websub.trust, body, signature, lease.secret)
        if trust is Trust.NONE:
            await self._doubt(lease)
            return FORBIDDEN
        if trust is Trust.NEWS or not body.strip():
            await self.store.rows.wake("sources", lease.source_id, now)
        elif not await self.store.hubs.push(lease.source_id, body, content_type, now):
            return BUSY
        self.bells.ring("poll")
        log.info("push taken", extra={"source": lease.source_id, "bytes": len(body), "trust": trust.value})
        return ACCEPTED

    async def _doubt(self, lease: HubLease) -> None:
        """Nothing of it is believed, but if it came from the hub, then something is wrong with the lease."""
        now = self.clock()
        async with self.store.transaction():
            await self.store.rows.wake("sources", lease.source_id, now + self.shortest)
            await self.store.rows.wake("hub_leases", lease.id, now + DOUBTED)
        log.warning("push not signed", extra={"source": lease.source_id, "hub": lease.hub})

    async def _wanted(self, lease: HubLease) -> bool:
        return (await self.store.sources.get(lease.source_id)).state is SourceState.ACTIVE
