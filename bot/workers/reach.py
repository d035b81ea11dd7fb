"""Whether a platform answers, as the store remembers it for other processes and the next start.

Every failure is written down; that it answers only now and then, since that is what is usual.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.storage.store import Store

OFTEN = timedelta(seconds=30)
"""How long it need not be noted again that a platform answers."""


class Reach:
    """What one process has seen of one platform."""

    def __init__(self, store: Store, platform: str) -> None:
        self._store = store
        self._platform = platform
        self._noted: datetime | None = None

    async def answered(self, now: datetime) -> None:
        """It answered, whatever it said."""
        if self._noted is None or not timedelta() <= now - self._noted < OFTEN:
            await self._store.moves.reached(self._platform)
            self._noted = now

    async def failed(self, reason: str, now: datetime) -> None:
        """It took nothing."""
        self._noted = None
        await self._store.moves.failed(self._platform, reason, now)
