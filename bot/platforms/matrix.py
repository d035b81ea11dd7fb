"""Matrix through nio: one device, encrypted from the start, nothing lost and nothing sent twice.

It turns a sync into Messages and a Delivery into an event; it knows no commands and no database.
The hard thing is order: the durable position moves only after everything of a sync was
received, and keys are on disk before anybody can use them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.types import Address, Delivery, Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSettings:
    """How the bot reaches its homeserver, and whom it lets invite it."""

    homeserver: str
    """Base URL of the client API: `https://matrix.example.org`."""
    user: str
    """`@newsbot:example.org`, or its local part."""
    password: str = field(default="", repr=False)
    """Needed for the first login and to sign the device; the token is kept afterwards."""
    store_dir: Path
    """Login, keys and position live here, readable by the owner only."""
    device_name: str = "newsbot"
    proxy: str = field(default="", repr=False)
    """`http://`, `socks5://` or `socks5h://`, with `user:password@` where needed."""
    ca_file: str = ""
    """PEM file of a private authority; empty: the system's."""
    allowed_inviters: tuple[str, ...] = ()
    """`@ann:example.org` or `*:example.org`; others' invitations are declined."""
    owners: tuple[str, ...] = ()
    """User ids that may always invite."""
    ignore_unverified_devices: bool = True
    """Send to devices that nobody verified; people can't verify a bot from a room."""
    replace_identity: bool = False
    """Replace a cross-signing identity that the account has from elsewhere."""


class MatrixPlatform:
    """One Matrix account as a Platform."""

    name = "matrix"

    def __init__(self, settings: MatrixSettings) -> None:
        self.settings = settings

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        """Sync until cancelled; waits for a homeserver that is down.

        Raises NotAuthorised when neither the kept token nor the password is accepted.
        """
        raise NotImplementedError

    async def send(self, delivery: Delivery) -> Receipt:
        """Send or edit; `delivery.key` is the transaction id, so a retry can't duplicate.

        Raises RetryAfter, Unavailable, Rejected, ChatGone, ChatMoved, NotAuthorised; never Ambiguous.
        """
        raise NotImplementedError

    async def typing(self, address: Address) -> None:
        """Show that the bot writes, for up to 30 s; call again to keep it up."""
        raise NotImplementedError

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """Matrix has no command list."""

    async def close(self) -> None:
        """Close the connection and hand the folder back."""
        raise NotImplementedError
