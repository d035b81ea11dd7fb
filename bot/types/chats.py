"""Who talks to the bot, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from bot.types.answers import Length


class Role(IntEnum):
    """What a person may do; higher includes lower."""

    BLOCKED = -1
    READER = 0
    ADMIN = 10
    OWNER = 20


@dataclass(frozen=True, slots=True)
class Address:
    """Where a platform delivers: platform name, its chat id, and thread or topic (empty: none)."""

    platform: str
    chat: str
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person sent, as the inbox keeps it until it is handled."""

    address: Address
    message_id: str
    """The platform's id; (platform, chat, message_id) is unique in the inbox."""
    sender: str
    """The platform's user id: `12345` or `@ann:example.org`."""
    sender_name: str
    text: str
    sent: datetime
    private: bool
    """A one-to-one chat: plain text is a question."""
    addressed: bool = False
    """The bot was mentioned, or the message replies to the bot."""
    reply_to: str = ""
    """The platform id of the message that this one replies to."""
    button: str = ""
    """Payload of the pressed button; the text is then empty."""
    chat_title: str = ""
    may_administer: bool = False
    """The platform says that the sender administers this chat (always so in private)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat that the bot knows, with its settings."""

    id: int
    address: Address
    title: str = ""
    private: bool = False
    language: str = ""
    timezone: str = "UTC"
    length: Length = Length.SHORT
    quiet_from: str = ""
    """`HH:MM` local; empty: no quiet hours."""
    quiet_until: str = ""
    active: bool = True
    """False after a block or kick; `start` restores it."""
