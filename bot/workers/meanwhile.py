"""While an answer is made: that it is being written, and what may be shown of it already.

What is shown here is no message: it is gone with the answer or with a crash, so nothing half said
stays behind. Failing to show it never costs the answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType

from bot.errors import PlatformError
from bot.types import Address

log = logging.getLogger(__name__)

Show = Callable[[Address, str, int], Awaitable[None]]

EVERY = 4.0
"""Seconds after which it is shown again: Telegram's sign that the bot writes lasts five."""
APART = 1.0
"""Seconds between two of them at least."""


class Meanwhile:
    """`async with Meanwhile(...) as shown:` around the work; `shown.say` as words come."""

    def __init__(
        self,
        show: Show,
        address: Address,
        number: int,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._show = show
        self._address = address
        self._number = number
        self._pause = pause
        self._text = ""
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def say(self, text: str) -> None:
        """Show this text from now on, in place of what was shown."""
        self._text = text
        self._news.set()

    async def __aenter__(self) -> Meanwhile:
        self._task = asyncio.create_task(self._keep_showing())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _keep_showing(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._show(self._address, self._text, self._number)
            except PlatformError as e:
                log.debug("not shown", extra={"reason": e.reason})
            await self._pause(APART)
            try:
                async with asyncio.timeout(EVERY - APART):
                    await self._news.wait()
            except TimeoutError:
                continue
