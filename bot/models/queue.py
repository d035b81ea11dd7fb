"""Who may use an engine next: a bounded line in which a waiting person goes before background work.

Knows no engine: it hands out places. The hard thing is that a place must come back whatever
happens to its holder, and that one who gives up waiting must leave the line without a trace.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from bot.errors import ModelBusy, ModelFailed
from bot.types import Urgency


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, or never; a generator's `deadline` argument starts one."""

    at: float | None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """The deadline `seconds` from now; None never comes."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def left(self) -> float | None:
        """Seconds left, at least 0; None without a deadline."""
        return None if self.at is None else max(0.0, self.at - time.monotonic())

    def passed(self) -> bool:
        """Whether it is over."""
        return self.at is not None and time.monotonic() >= self.at


@dataclass(order=True, slots=True)
class _Waiting:
    urgency: Urgency
    number: int
    ready: asyncio.Future[None] = field(compare=False)


class Line:
    """`places` at once, at most `limit` waiting; the most urgent first, then in order of arrival.

    `reserved` places are kept for the most urgent: background work never takes them. A `polite`
    line lets no background work begin while a person is served, since both would be slower.
    """

    def __init__(
        self, *, model: str, places: int, limit: int, reserved: int = 0, polite: bool = False
    ) -> None:
        self.model = model
        self._polite = polite
        self._persons = 0
        self._free = places
        self._reserved = min(reserved, places - 1)
        self._limit = limit
        self._waiting: list[_Waiting] = []
        self._arrivals = 0

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._waiting)

    async def enter(self, urgency: Urgency, deadline: Deadline) -> None:
        """Take a place; raises ModelBusy when the line is full, ModelFailed when time runs out in it.

        Whoever entered calls `leave` once, with the same urgency, on the event loop.
        """
        if self._may_go(urgency) and not any(w.urgency <= urgency for w in self._waiting):
            self._take(urgency)
            return
        if len(self._waiting) >= self._limit and not self._push_out(urgency):
            raise ModelBusy(f"{self._limit} requests wait already", model=self.model)
        self._arrivals += 1
        me = _Waiting(urgency, self._arrivals, asyncio.get_running_loop().create_future())
        self._waiting.append(me)
        try:
            async with asyncio.timeout(deadline.left()):
                await me.ready
        except BaseException as error:
            self._withdraw(me)
            if isinstance(error, TimeoutError):
                raise ModelFailed("the deadline passed while waiting in line", model=self.model) from None
            raise

    def leave(self, urgency: Urgency) -> None:
        """Give a place back; the next in line gets it."""
        self._free += 1
        self._persons -= urgency is Urgency.PERSON
        while self._waiting and self._may_go((first := min(self._waiting)).urgency):
            self._waiting.remove(first)
            if not first.ready.done():
                self._take(first.urgency)
                first.ready.set_result(None)

    def _take(self, urgency: Urgency) -> None:
        self._free -= 1
        self._persons += urgency is Urgency.PERSON

    def _may_go(self, urgency: Urgency) -> bool:
        if urgency is Urgency.PERSON:
            return self._free > 0
        return self._free > self._reserved and not (self._polite and self._persons)

    def _push_out(self, urgency: Urgency) -> bool:
        """Make room for somebody more urgent by sending the last background request away."""
        last = max((w for w in self._waiting if w.urgency > urgency), default=None)
        if last is None:
            return False
        self._waiting.remove(last)
        last.ready.set_exception(ModelBusy("a more urgent request took the place in line", model=self.model))
        return True

    def _withdraw(self, me: _Waiting) -> None:
        if me in self._waiting:
            self._waiting.remove(me)
        elif me.ready.done() and not me.ready.cancelled() and me.ready.exception() is None:
            # The place was handed over in the same turn of the loop in which we gave up.
            self.leave(me.urgency)
