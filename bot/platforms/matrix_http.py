"""HTTP to the homeserver: one session, its proxy and its certificates; whole answers or Unavailable.

It knows no Matrix. The hard thing is that every way in which a network fails must come out as the
one error that lets a delivery be tried again.
"""

from __future__ import annotations

import ssl
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector
from aiohttp_socks import ProxyConnector, ProxyError

from bot.errors import Unavailable


class Http:
    """A session that opens at its first request."""

    def __init__(self, *, proxy: str = "", ca_file: str = "") -> None:
        self._proxy = proxy
        self._ca_file = ca_file
        self._session: ClientSession | None = None

    async def request(
        self, method: str, url: str, *, data: Any, headers: dict[str, str] | None, seconds: float
    ) -> ClientResponse:
        """The answer, read to its end. Raises Unavailable."""
        if self._session is None:
            self._session = ClientSession(connector=self._connector())
        limit = ClientTimeout(total=seconds)
        try:
            response = await self._session.request(method, url, data=data, headers=headers, timeout=limit)
            await response.read()
        except (ClientError, ProxyError, TimeoutError, OSError) as error:
            raise Unavailable(type(error).__name__) from error
        return response

    async def close(self) -> None:
        """Close every connection."""
        if self._session:
            await self._session.close()
            self._session = None

    def _connector(self) -> TCPConnector:
        tls = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True
        if not self._proxy:
            return TCPConnector(ssl=tls)
        # aiohttp-socks resolves names at the proxy anyway and does not know the `h` spelling.
        return ProxyConnector.from_url(self._proxy.replace("socks5h://", "socks5://"), ssl=tls)
