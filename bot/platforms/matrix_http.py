"""HTTP to the homeserver: its routes and its certificates; whole answers or Unavailable.

It knows no Matrix. The hard thing is that every way in which a network fails must come out as the
one error that lets a delivery be tried again. A request that certainly never left takes the next
route at once; after any other failure only the requests behind it do.
"""

from __future__ import annotations

import ssl
from typing import Any

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    TCPConnector,
)
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from bot.errors import Unanswered, Unavailable
from bot.platforms.roads import BROKEN, LATE, UNREACHED, Roads, proxy_url

NEVER_LEFT = (
    ClientConnectorError,
    ConnectionTimeoutError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)
"""Raised while a connection is made."""
CONNECT_SECONDS = 15.0


def _in_words(error: Exception) -> str:
    if isinstance(error, NEVER_LEFT):
        return UNREACHED
    return LATE if isinstance(error, TimeoutError) else BROKEN


class Http:
    """A session for each route, opened at its first request."""

    def __init__(self, roads: Roads, *, ca_file: str = "") -> None:
        self._roads = roads
        self._ca_file = ca_file
        self._sessions: dict[int, ClientSession] = {}

    async def request(
        self, method: str, url: str, *, data: Any, headers: dict[str, str] | None, seconds: float
    ) -> ClientResponse:
        """The answer, read to its end. Raises Unavailable; Unanswered where the request may have left."""
        limit = ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        for left in range(len(self._roads.routes), 0, -1):
            route = self._roads.current()
            try:
                response = await self._session(route).request(
                    method, url, data=data, headers=headers, timeout=limit
                )
                await response.read()
            except (*NEVER_LEFT, ClientError, TimeoutError, OSError) as error:
                self._roads.failed(route, _in_words(error))
                if not isinstance(error, NEVER_LEFT):
                    raise Unanswered(type(error).__name__) from error
                if left == 1:
                    raise Unavailable(type(error).__name__) from error
            else:
                self._roads.worked(route)
                return response
        raise AssertionError("the last route returns or raises")

    async def close(self) -> None:
        """Close every connection."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _session(self, route: int) -> ClientSession:
        if route not in self._sessions:
            self._sessions[route] = ClientSession(connector=self._connector(self._roads.routes[route]))
        return self._sessions[route]

    def _connector(self, route: str) -> TCPConnector:
        tls = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
        proxy = proxy_url(route)
        if not proxy:
            return TCPConnector(ssl=tls)
        # aiohttp-socks resolves names at the proxy anyway and does not know the `h` spelling.
        return ProxyConnector.from_url(proxy.replace("socks5h://", "socks5://"), ssl=tls)
