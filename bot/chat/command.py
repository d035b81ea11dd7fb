"""What a command is, and what its handler is given.

Knows no single command: the table is in `commands.py`. A handler says one Reply and raises BadInput
(or Usage, when the arguments don't fit) for what it can't use; permission was checked before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.chat.render import prefix
from bot.chat.services import Services
from bot.errors import BadInput
from bot.storage.store import Store
from bot.types import Chat, Message, Reply, Role


class Usage(BadInput):
    """The arguments don't fit; the router adds how the command is used, with an example."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One command or question, with everything that its handler may use."""

    services: Services
    commands: Mapping[str, Command]
    chat: Chat
    message: Message
    role: Role
    now: datetime
    arguments: str = ""
    on_text: Callable[[str], None] | None = None
    """Gets what may be shown before the reply is ready."""

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    @property
    def zone(self) -> str:
        """The chat's time zone."""
        return self.chat.timezone

    @property
    def sign(self) -> str:
        """What commands start with here: `/` or `!`."""
        return prefix(self.chat.address.platform)

    @property
    def words(self) -> list[str]:
        """The arguments, split at white space."""
        return self.arguments.split()

    def saying(self, arguments: str) -> Request:
        """The same request with other arguments."""
        return replace(self, arguments=arguments)

    def number(self, what: str) -> int:
        """The arguments as one whole number, with or without `#`; Usage when they are none."""
        word = self.arguments.strip().removeprefix("#")
        if not (word.isascii() and word.isdecimal() and len(word) < 16):
            raise Usage(f"Which {what}? Give me its number.")
        return int(word)


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, kw_only=True)
class Command:
    """One row of the command table."""

    name: str
    help: str
    """One line, at most 100 characters, without a full stop."""
    handler: Handler
    arguments: str = ""
    """The usage line after the name."""
    example: str = ""
    """Arguments that work."""
    details: str = ""
    """More for `/help NAME` and the documentation."""
    permission: Role = Role.READER
    changes_chat: bool = False
    """In a group only those who may administer it, and the bot's admins."""
    shows_when_bare: bool = False
    """Without arguments it changes nothing, so that anyone may look."""
    private_only: bool = False
    hidden: bool = False
    """Meant for buttons; works, but is not listed."""
    aliases: tuple[str, ...] = ()

    def usage(self, sign: str) -> str:
        """`/ask QUESTION`."""
        return f"{sign}{self.name} {self.arguments}".rstrip()

    def example_line(self, sign: str) -> str:
        """`/ask Who won the election?`."""
        return f"{sign}{self.name} {self.example}".rstrip()
