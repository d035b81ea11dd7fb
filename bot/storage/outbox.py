"""What leaves: written before it is sent, sent once, in order.

Each part of a message is a row. Per chat one row is in flight at most, in order of (priority, id)
among due rows; a part that must wait holds the later parts of its message back. Knows no
platform's limits, only pauses. The hard thing is finding the next row of each chat without
looking at all rows: chats carry when and how urgently they are next due (`chats.outbox_at`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.storage.database import Database
from bot.types import Claim, Delivery, DeliveryKind, DeliveryState, NewDelivery, Receipt


class Post(NamedTuple):
    """A message in a chat that tells a story, at the newest revision that it was sent or edited to."""

    chat_id: int
    message_id: str
    story_revision: int


class Outbox:
    """The deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, deliveries: Sequence[NewDelivery], now: datetime) -> int:
        """Queue each delivery whose dedup key is new, all parts of it; how many deliveries that was."""
        raise NotImplementedError

    async def claim(
        self, *, now: datetime, lease: timedelta, limit: int = 1, platforms: Collection[str] | None = None
    ) -> list[tuple[Claim, Delivery]]:
        """Lease the next row of up to `limit` chats, the most urgent chats first.

        Chats that are inactive, paused or have a row in flight are passed over. `Delivery.attempts`
        counts this attempt; `Delivery.interrupted` says that an earlier one ended without an outcome.
        """
        raise NotImplementedError

    async def sent(self, claim: Claim, receipt: Receipt, now: datetime) -> None:
        """The platform acknowledged it. LeaseLost."""
        raise NotImplementedError

    async def unknown(self, claim: Claim, error: str) -> None:
        """It may have been sent; it won't be sent again. LeaseLost."""
        raise NotImplementedError

    async def failed(self, claim: Claim, error: str) -> None:
        """The platform will never take it; later parts of the message go on. LeaseLost."""
        raise NotImplementedError

    async def retry(self, claim: Claim, due_at: datetime, error: str) -> None:
        """It was not sent; later parts of the same message wait for it. LeaseLost."""
        raise NotImplementedError

    async def pause_chat(self, chat_id: int, until: datetime) -> None:
        """No delivery to the chat (all its threads) before `until`; never shortens a pause."""
        raise NotImplementedError

    async def pause_platform(self, platform: str, until: datetime) -> None:
        """No delivery on the platform before `until`; never shortens a pause."""
        raise NotImplementedError

    async def drop(self, chat_id: int, *, kinds: Collection[DeliveryKind]) -> set[int]:
        """Drop what waits of these kinds, unless begun; the stories untold, which a digest may tell."""
        raise NotImplementedError

    async def posts(self, story_id: int) -> list[Post]:
        """Where the story was posted, the first part of each post."""
        raise NotImplementedError

    async def counts(self) -> dict[DeliveryState, int]:
        """Rows by state."""
        raise NotImplementedError
