"""Subscriptions and what a chat was told already.

Knows no schedule: due times are given. The row is the digest's job (`Rows.claim("subscriptions")`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.storage.database import Database
from bot.types import Cadence, Subscription, SubscriptionKind


class Subscriptions:
    """The standing orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        chat_id: int,
        *,
        kind: SubscriptionKind,
        value: str = "",
        cadence: Cadence = Cadence.LIVE,
        at: str = "08:00",
        weekdays: Sequence[int] = (),
        now: datetime,
        due_at: datetime | None = None,
    ) -> Subscription:
        """Raises Conflict when the chat has the same kind, value and cadence. NotFound."""
        raise NotImplementedError

    async def get(self, subscription_id: int) -> Subscription:
        """Raises NotFound."""
        raise NotImplementedError

    async def live(self) -> list[Subscription]:
        """Active subscriptions with cadence live, of active chats."""
        raise NotImplementedError

    async def change(
        self,
        subscription_id: int,
        *,
        value: str | None = None,
        cadence: Cadence | None = None,
        at: str | None = None,
        weekdays: Sequence[int] | None = None,
        active: bool | None = None,
        covered_until: datetime | None = None,
    ) -> Subscription:
        """Change what is given (None: leave). The due time is `Rows.finish` or `reschedule`."""
        raise NotImplementedError

    async def reschedule(self, subscription_id: int, due_at: datetime | None) -> None:
        """Set the next due time, earlier or later. NotFound."""
        raise NotImplementedError

    async def remove(self, subscription_id: int) -> None:
        """Raises NotFound."""
        raise NotImplementedError

    async def sent_stories(self, chat_id: int, since: datetime) -> set[int]:
        """Stories that the chat was told since then, by posts and by digests."""
        raise NotImplementedError

    async def remember_stories(self, chat_id: int, story_ids: Collection[int], *, now: datetime) -> None:
        """A digest told these. Deliveries with a story are remembered by `Outbox.put` itself."""
        raise NotImplementedError

    async def list(self, chat_id: int) -> list[Subscription]:
        """Of a chat, oldest first."""
        raise NotImplementedError
