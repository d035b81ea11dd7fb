"""What people sent, kept until it is handled.

The platform's position moves on only after `put` returned, so nothing is lost between the two;
the platform's message id makes sure that nothing is handled twice.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.errors import NotFound
from bot.storage.columns import AnyRow, insert_new
from bot.storage.database import Database
from bot.storage.tables import inbox
from bot.types import Address, Message


class Inbox:
    """Messages that wait. Claim with `Rows.claim("inbox")`, done with `Rows.finish(due_at=None)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, message: Message, now: datetime) -> bool:
        """Keep a message, due at once. False when (platform, chat, message_id) was seen before."""
        values = {
            "platform": message.address.platform,
            "chat": message.address.chat,
            "thread": message.address.thread,
            "message_id": message.message_id,
            "sender": message.sender,
            "sender_name": message.sender_name,
            "text": message.text,
            "sent": message.sent,
            "received": now,
            "private": message.private,
            "addressed": message.addressed,
            "reply_to": message.reply_to,
            "button": message.button,
            "chat_title": message.chat_title,
            "may_administer": message.may_administer,
            "due_at": now,
        }
        return await self._database.write(
            lambda c: c.execute(insert_new(c, inbox).values(values)).rowcount == 1
        )

    async def get(self, row_id: int) -> Message:
        """By the id of its claim. NotFound."""

        def work(c: Connection) -> Message:
            row = c.execute(select(inbox).where(inbox.c.id == row_id)).one_or_none()
            if row is None:
                raise NotFound(f"message {row_id}")
            return message_of(row)

        return await self._database.read(work)

    async def find(self, address: Address, message_id: str) -> Message | None:
        """By the platform's id, in whatever thread; None where it never came or was tidied away."""
        query = select(inbox).where(
            inbox.c.platform == address.platform,
            inbox.c.chat == address.chat,
            inbox.c.message_id == message_id,
        )

        def work(c: Connection) -> Message | None:
            row = c.execute(query).one_or_none()
            return None if row is None else message_of(row)

        return await self._database.read(work)

    async def waiting(self) -> int:
        """How many are not handled yet."""
        query = select(func.count()).select_from(inbox).where(inbox.c.due_at.is_not(None))
        return await self._database.read(lambda c: c.scalar(query) or 0)


def message_of(row: AnyRow) -> Message:
    """The message of an inbox row."""
    return Message(
        address=Address(row.platform, row.chat, row.thread),
        message_id=row.message_id,
        sender=row.sender,
        sender_name=row.sender_name,
        text=row.text,
        sent=row.sent,
        private=row.private,
        addressed=row.addressed,
        reply_to=row.reply_to,
        button=row.button,
        chat_title=row.chat_title,
        may_administer=row.may_administer,
    )
