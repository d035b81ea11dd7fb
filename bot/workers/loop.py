"""One loop for every stage: claim, step, commit; back off where it fails; stop without losing a row.

Knows no stage. The hard thing is the unexpected: it is caught here and nowhere else, logged with its
traceback, and the row comes back later. A row in work is kept by a heartbeat, so that a killed
process frees its rows after one short lease.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot import schedule, telemetry
from bot.errors import LeaseLost, StoreError
from bot.types import Claim

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
IDLE = 2.0
"""Seconds after which a loop looks again although no bell rang (another process may have made rows)."""
BASE, LIMIT = timedelta(seconds=5), timedelta(hours=1)

Clock = Callable[[], datetime]
Step = Callable[[Claim], Awaitable[None]]


class Rows(Protocol):
    """Leases (`storage.rows`)."""

    async def claim(self, table: str, *, now: datetime, lease: timedelta, limit: int = 1) -> list[Claim]:
        """Take due rows."""
        ...

    async def retry(self, claim: Claim, *, due_at: datetime | None, error: str) -> None:
        """Give a row back for later."""
        ...

    async def renew(self, claim: Claim, *, until: datetime) -> None:
        """Keep a row."""
        ...

    async def release(self, claim: Claim) -> None:
        """Give a row back for now."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a loop does with the rows of one table."""

    name: str
    table: str
    step: Step
    loops: int = 1
    """How many rows are worked on at once."""
    claim: Callable[[datetime], Awaitable[Sequence[Claim]]] | None = None
    """How to take rows, where `rows.claim` is not enough."""
    give_up: Callable[[Claim, Exception], Awaitable[bool]] | None = None
    """Asked after an unexpected failure; True when it ended the row itself."""


@dataclass
class Bells:
    """Wakes the loops of a stage when another stage of this process made rows for it."""

    _bells: dict[str, asyncio.Event] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, name: str) -> asyncio.Event:
        """The bell of stage `name`."""
        return self._bells.setdefault(name, asyncio.Event())

    def ring(self, *names: str) -> None:
        """Wake the loops of these stages."""
        for name in names:
            self.of(name).set()

    def stop(self) -> None:
        """Let every loop finish its row and return."""
        self.stopping.set()
        self.ring(*self._bells)


class Loop:
    """Works on the rows of one stage until told to stop."""

    def __init__(self, stage: Stage, rows: Rows, *, clock: Clock, bells: Bells) -> None:
        self.stage = stage
        self._rows = rows
        self._clock = clock
        self._bells = bells
        self.held: set[Claim] = set()
        self.trouble = 0
        """How many times in a row the store has refused."""

    async def run(self) -> None:
        """Until `bells.stop()`: work while rows are due, then sleep until the bell or the idle time."""
        bell = self._bells.of(self.stage.name)
        while not self._bells.stopping.is_set():
            bell.clear()
            try:
                worked = await self.once()
                self.trouble = 0
            except StoreError as e:
                self.trouble += 1
                facts = {"stage": self.stage.name, "error": str(e), "times": self.trouble}
                log.error("store refuses", extra=facts)
                worked = False
            if not worked:
                await self._sleep(bell, min(IDLE * 2 ** min(self.trouble, 5), 60))

    async def _sleep(self, bell: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return

    async def once(self) -> bool:
        """Work on one row; False when none was due."""
        now = self._clock()
        claims = (
            await self.stage.claim(now)
            if self.stage.claim
            else await self._rows.claim(self.stage.table, now=now, lease=LEASE)
        )
        for claim in claims:
            await self._work(claim)
        return bool(claims)

    async def _work(self, claim: Claim) -> None:
        self.held.add(claim)
        began = time.monotonic()
        outcome = "done"
        try:
            await self.stage.step(claim)
        except LeaseLost:
            outcome = "lost"
            log.warning("lease lost", extra={"stage": self.stage.name, "row": claim.id})
        except asyncio.CancelledError:
            with suppress(LeaseLost):  # The step had said by then what becomes of its row.
                await asyncio.shield(self._rows.release(claim))
            raise
        except Exception as e:  # noqa: BLE001  the one place where the unexpected is caught
            outcome = "failed"
            await self._failed(claim, e)
        finally:
            self.held.discard(claim)
            telemetry.STEPS.labels(self.stage.name, outcome).inc()
            telemetry.STEP_SECONDS.labels(self.stage.name).observe(time.monotonic() - began)

    async def _failed(self, claim: Claim, error: Exception) -> None:
        facts = {"stage": self.stage.name, "row": claim.id, "attempts": claim.attempts}
        if isinstance(error, StoreError) and error.passing:  # a full disk, a lock: no fault of the code
            log.error("step failed", extra={**facts, "error": str(error)})
        else:
            log.error("step failed", exc_info=error, extra=facts)
        if self.stage.give_up and await self.stage.give_up(claim, error):
            return
        wait = schedule.backoff(claim.attempts, base=BASE, limit=LIMIT, jitter=random.random())
        await self._rows.retry(claim, due_at=self._clock() + wait, error=type(error).__name__)


async def keep(loops: Sequence[Loop], rows: Rows, *, clock: Clock, bells: Bells) -> None:
    """The heartbeat: renew the lease of every row in work, three times a lease, until told to stop."""
    while not bells.stopping.is_set() or any(loop.held for loop in loops):
        for claim in [c for loop in loops for c in loop.held]:
            try:
                await rows.renew(claim, until=clock() + LEASE)
            except StoreError as e:
                log.warning(
                    "lease not renewed", extra={"row": claim.id, "table": claim.table, "error": str(e)}
                )
        await asyncio.sleep(LEASE.total_seconds() / 3)
