"""Telegram, through python-telegram-bot: updates in, parts out.

Knows no inbox, outbox or command. It polls by itself rather than through PTB's `Application`,
because the offset may advance only after `receive` returned: an update that was not kept comes
again, and one that was kept twice is recognised by its id. Nothing is retried here; every failure
becomes one of `bot.errors`, so that the outbox can decide. The hard thing is a failure on the
wire: only one that certainly happened before the request left may say "not sent". A `send` that
is cancelled may have sent, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.errors import (
    Ambiguous,
    ChatGone,
    ChatMoved,
    ConfigError,
    NotAuthorised,
    PlatformError,
    Problem,
    Rejected,
    RetryAfter,
    Unavailable,
)
from bot.platforms import telegram_updates as updates
from bot.platforms.telegram_refusals import UNCHANGED, UNPARSED, Conflicting, refusal
from bot.types import Address, Button, Delivery, Message, Part, Receipt

log = logging.getLogger(__name__)

Receive = Callable[[Message], Awaitable[None]]
OnChange = Callable[[Address, ChatGone | ChatMoved], Awaitable[None]]

RIGHTS_SECONDS = 60.0
"""How long it is remembered that somebody administers a chat."""
RETURN_SECONDS = 600.0
"""After this long on another route the first one is tried again."""
LONGEST_PAUSE = 60.0
SCOPES = (
    BotCommandScopeDefault(),
    BotCommandScopeAllPrivateChats(),
    BotCommandScopeAllGroupChats(),
    BotCommandScopeAllChatAdministrators(),
)
NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
TOKEN = re.compile(r"\d+:[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """How to reach Telegram.

    Raises:
        ConfigError: the token can't be one.
    """

    token: str = field(repr=False)
    base_url: str = ""
    """Another Bot API server, with or without the `/bot` at the end; empty: Telegram's own."""
    proxies: tuple[str, ...] = field(default=(), repr=False)
    """Tried in order: `socks5://`, `socks5h://`, `http://` URLs, or `direct`; names are resolved
    by the proxy. Empty: the environment's HTTPS_PROXY, else direct."""
    poll_seconds: int = 30
    """How long the server holds an empty poll."""
    timeout: float = 20.0
    """Seconds for an answer, and for a connection."""

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ConfigError((Problem("telegram.token", "(hidden)", "a token as @BotFather gives it"),))

    @property
    def url(self) -> str:
        """What PTB puts before the token."""
        base = (self.base_url or "https://api.telegram.org").rstrip("/")
        return base if base.endswith("/bot") else f"{base}/bot"


class TelegramPlatform:
    """The Telegram side of the Platform protocol.

    `on_change` hears that a chat blocked or removed the bot, or moved, before the update is
    acknowledged; without it the next `send` to that chat raises the same error.
    """

    name = updates.PLATFORM

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        on_change: OnChange | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        raise NotImplementedError

    async def run(self, receive: Receive) -> None:
        """Hand every message to `receive` until cancelled; reconnect by itself.

        Raises:
            NotAuthorised: the token is not valid.
        """
        raise NotImplementedError

    async def send(self, delivery: Delivery) -> Receipt:
        """Send or edit one message, once.

        Raises:
            RetryAfter, Ambiguous, Unavailable, Rejected, ChatGone, ChatMoved, NotAuthorised.
        """
        raise NotImplementedError

    async def typing(self, address: Address) -> None:
        """Show for about five seconds that an answer is being written; failures don't matter."""
        raise NotImplementedError

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """Offer these commands in Telegram's menu, at once or as soon as it can be reached."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the connections."""
        raise NotImplementedError
