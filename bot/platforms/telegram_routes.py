"""The roads to a Bot API server: direct, or through proxies that are tried in order.

Knows HTTP and no method of the Bot API. The hard thing is failing over without sending twice: a
request goes to the next route only if it certainly never left by the one before; otherwise the
caller hears `Ambiguous`, and only the requests after it take the next route.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from socksio.exceptions import SOCKSError

from bot.errors import Ambiguous, ConfigError, PlatformError, Problem, Unavailable
from bot.platforms.roads import BROKEN, LATE, UNREACHED, Roads, proxy_url

NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    SOCKSError,
)
"""Raised while a connection is made (httpx lets its SOCKS layer's errors through as they are). A cut
or a time-out on a connection that stood says nothing about whether the server got the request."""

TOKEN = re.compile(r"\d+:[\w-]+")
PROXY = re.compile(r"direct|tor|(socks5h?|https?|tor)://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """How to reach Telegram.

    Raises:
        ConfigError: the token or a proxy can't be one.
    """

    token: str = field(repr=False)
    base_url: str = ""
    """Another Bot API server, with or without the `/bot` at the end; empty: Telegram's own."""
    proxies: tuple[str, ...] = field(default=(), repr=False)
    """Tried in order: `socks5://`, `socks5h://`, `http://`, `tor://` URLs, `tor` or `direct`; names
    are resolved by the proxy. Empty: direct. The environment's proxies are not looked at."""
    poll_seconds: int = 30
    """How long the server holds an empty poll."""
    timeout: float = 20.0
    """Seconds for an answer, and for a connection."""
    per_second: float = 30.0
    """Messages to all chats together: https://core.telegram.org/bots/faq#broadcasting-to-users."""

    def __post_init__(self) -> None:
        problems = []
        if not TOKEN.fullmatch(self.token):
            problems.append(Problem("telegram.token", "(hidden)", "a token as @BotFather gives it"))
        if not all(PROXY.fullmatch(p) for p in self.proxies):
            allowed = "direct, tor, or a URL with socks5://, socks5h://, http:// or tor://"
            problems.append(Problem("telegram.proxies", "(hidden)", allowed))
        if problems:
            raise ConfigError(tuple(problems))

    @property
    def url(self) -> str:
        """What PTB puts before the token."""
        base = (self.base_url or "https://api.telegram.org").rstrip("/")
        return base if base.endswith("/bot") else f"{base}/bot"


class Routes:
    """One HTTP client for each route."""

    def __init__(self, settings: TelegramSettings, roads: Roads, *, connections: int) -> None:
        self._clients = [_client(settings, route, connections) for route in roads.routes]
        self._roads = roads

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients:
            await client.aclose()

    async def post(self, url: str, fields: Mapping[str, str], *, wait: float) -> tuple[int, bytes]:
        """Status and body of the answer, for which `wait` seconds are given.

        Raises:
            Unavailable: the request left by no route.
            Ambiguous: it left, or may have, and no answer came.
        """
        for _ in self._clients[1:]:
            try:
                return await self._ask(url, fields, wait)
            except Unavailable:
                continue
        return await self._ask(url, fields, wait)

    async def _ask(self, url: str, fields: Mapping[str, str], wait: float) -> tuple[int, bytes]:
        route = self._roads.current()
        client = self._clients[route]
        if client.is_closed:
            raise Unavailable("closed")
        timeout = httpx.Timeout(client.timeout.connect, read=wait)
        try:
            answer = await client.post(url, data=fields, timeout=timeout)
        except (httpx.HTTPError, SOCKSError) as error:
            self._roads.failed(route, _in_words(error))
            raise _trouble(error) from error
        self._roads.worked(route)
        return answer.status_code, answer.content


def _client(settings: TelegramSettings, route: str, connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=settings.timeout,
        limits=httpx.Limits(max_connections=connections),
        proxy=proxy_url(route) or None,
        trust_env=False,
    )


def _in_words(error: Exception) -> str:
    if isinstance(error, NEVER_LEFT):
        return UNREACHED
    return LATE if isinstance(error, httpx.TimeoutException) else BROKEN


def _trouble(error: Exception) -> PlatformError:
    reason = type(error).__name__
    return Unavailable(reason) if isinstance(error, NEVER_LEFT) else Ambiguous(reason)
