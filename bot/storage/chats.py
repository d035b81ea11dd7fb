"""Chats, people's roles and conversations; what is known of a person, and forgetting it.

Knows no command and no permission rule. A chat is an address: platform, chat id and thread.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bot.storage.database import Database
from bot.types import Address, Chat, Length, Role, Turn


class Member(NamedTuple):
    """A person with a role that was granted."""

    platform: str
    user: str
    role: Role
    granted_by: str


class Chats:
    """The chats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(self, address: Address, *, title: str = "", private: bool = False) -> Chat:
        """The chat at this address, made where it is new; a title given replaces the old one."""
        raise NotImplementedError

    async def get(self, chat_id: int) -> Chat:
        """Raises NotFound."""
        raise NotImplementedError

    async def find(self, address: Address) -> Chat | None:
        """The chat at this address."""
        raise NotImplementedError

    async def change(
        self,
        chat_id: int,
        *,
        title: str | None = None,
        private: bool | None = None,
        language: str | None = None,
        timezone: str | None = None,
        length: Length | None = None,
        quiet_from: str | None = None,
        quiet_until: str | None = None,
        active: bool | None = None,
    ) -> Chat:
        """Change what is given (None: leave); `active=True` restores a chat. NotFound."""
        raise NotImplementedError

    async def deactivate(self, chat_id: int, reason: str) -> bool:
        """Stop deliveries to it; its subscriptions rest. False when it was inactive already."""
        raise NotImplementedError

    async def move(self, address: Address, new_chat: str) -> Chat:
        """The platform gave the chat another id: threads, subscriptions and deliveries go along.

        Where the new address is known already, both become one. NotFound.
        """
        raise NotImplementedError

    async def role(self, platform: str, user: str) -> Role:
        """READER for whoever has none."""
        raise NotImplementedError

    async def set_role(self, platform: str, user: str, role: Role, by: str) -> None:
        """Grant a role; READER takes it away."""
        raise NotImplementedError

    async def admins(self) -> list[Member]:
        """Everyone with a role above READER."""
        raise NotImplementedError

    async def add_turn(
        self, chat_id: int, turn: Turn, *, user: str, message_id: str = "", thread_of: str = ""
    ) -> None:
        """Remember a turn. `user` is the person whose conversation it is, also for the bot's turns.

        `message_id` is the platform id of the person's message, for the bot's turn that of the
        message it answers. `thread_of`: the message that the person replied to.
        """
        raise NotImplementedError

    async def turns(self, chat_id: int, *, limit: int, thread_of: str = "") -> list[Turn]:
        """The last turns, oldest first.

        `thread_of` is the platform id of a message of that conversation, the person's or the
        bot's (known by its delivery); empty: of the whole chat.
        """
        raise NotImplementedError

    async def personal(self, platform: str, user: str) -> dict[str, Any]:
        """What is stored about a person, as values fit for JSON."""
        raise NotImplementedError

    async def forget(self, platform: str, user: str) -> int:
        """Erase a person's messages, conversations, answers and private subscriptions; rows erased.

        Roles stay: a block outlives forgetting.
        """
        raise NotImplementedError

    async def list(self, *, active: bool | None = None) -> list[Chat]:
        """All chats, or those (in)active."""
        raise NotImplementedError
