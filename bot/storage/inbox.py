"""What people sent, kept until it is handled.

The platform's position moves on only after `put` returned, so nothing is lost between the two;
the platform's message id makes sure that nothing is handled twice.
"""

from __future__ import annotations

from datetime import datetime

from bot.storage.database import Database
from bot.types import Message


class Inbox:
    """Messages that wait. Claim with `Rows.claim("inbox")`, done with `Rows.finish(due_at=None)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, message: Message, now: datetime) -> bool:
        """Keep a message, due at once. False when (platform, chat, message_id) was seen before."""
        raise NotImplementedError

    async def get(self, row_id: int) -> Message:
        """By the id of its claim. NotFound."""
        raise NotImplementedError

    async def waiting(self) -> int:
        """How many are not handled yet."""
        raise NotImplementedError
