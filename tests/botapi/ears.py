"""A platform that runs, and what it received: the inbox of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from botapi.server import BotApi


class Runs(Protocol):
    """As much of a platform as this needs."""

    async def run(self, receive: Callable[[Any], Awaitable[None]]) -> None:
        """Hand every message to `receive`."""
        ...


@dataclass(slots=True)
class Ears:
    """What arrived; `deaf` times it fails first, as a full disk would make it."""

    api: BotApi
    task: asyncio.Task[None] | None = None
    heard: list[Any] = field(default_factory=list)
    deaf: int = 0
    refused: int = 0

    @property
    def texts(self) -> list[str]:
        """The texts, in order."""
        return [m.text for m in self.heard]

    async def receive(self, message: Any) -> None:
        """Keep a message."""
        if self.deaf:
            self.deaf -= 1
            self.refused += 1
            self.api.ring()
            raise OSError("no space left on device")
        self.heard.append(message)
        self.api.ring()

    async def hears(self, count: int) -> list[Any]:
        """Wait until so many arrived; all of them."""
        await self.api.until(lambda: len(self.heard) >= count)
        return self.heard

    async def stop(self) -> None:
        """Stop the platform as the bot does at its end."""
        if self.task:
            self.task.cancel()
            await asyncio.wait({self.task})


@asynccontextmanager
async def listening(api: BotApi, platform: Runs, *, deaf: int = 0) -> AsyncIterator[Ears]:
    """Run the platform as long as the block lasts."""
    ears = Ears(api, deaf=deaf)
    ears.task = asyncio.create_task(platform.run(ears.receive))
    try:
        yield ears
    finally:
        await ears.stop()
