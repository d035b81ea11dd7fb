"""How many requests a host gets at once, how far apart, and who asked for a pause.

Knows no HTTP. The hard thing: waiting for one host must not hold up the others, and idle hosts
must not pile up in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.errors import Paused

LONGEST_PAUSE = 3600.0


class _Host:
    """One host's turn-taking; forgotten when nobody uses it."""

    def __init__(self, at_once: int) -> None:
        self.turn = asyncio.Semaphore(at_once)
        self.users = 0
        self.next_start = 0.0


class Manners:
    """Turns for all hosts together: `at_once` in all, `per_host`, `spacing` seconds apart."""

    def __init__(
        self,
        *,
        at_once: int,
        per_host: int,
        spacing: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._per_host = per_host
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._pauses: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str, *, spaced: bool = True) -> AsyncIterator[None]:
        """Wait for a turn with `host` and hold it. Raises Paused while the host's pause lasts."""
        self._check_pause(host)
        state = self._hosts.setdefault(host, _Host(self._per_host))
        state.users += 1
        try:
            async with state.turn:
                if spaced and self._spacing:
                    await self._space(state)
                async with self._all:
                    yield
        finally:
            state.users -= 1
            if not state.users and state.next_start <= self._clock():
                self._hosts.pop(host, None)

    def pause(self, host: str, seconds: float) -> None:
        """The host asked to be left alone for so long."""
        now = self._clock()
        self._pauses = {h: until for h, until in self._pauses.items() if until > now}
        self._pauses[host] = now + min(seconds, LONGEST_PAUSE)

    def _check_pause(self, host: str) -> None:
        left = self._pauses.get(host, 0.0) - self._clock()
        if left > 0:
            raise Paused(f"{host} asked for a pause", retry_after=left)

    async def _space(self, state: _Host) -> None:
        now = self._clock()
        start = max(now, state.next_start)
        state.next_start = start + self._spacing
        if start > now:
            await self._sleep(start - now)
