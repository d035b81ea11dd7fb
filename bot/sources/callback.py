"""The address where WebSub hubs reach us: an HTTP server of two methods, behind the owner's proxy.

Knows no store and no feed; what is answered is decided elsewhere. The hard thing: it is the one port
that strangers reach, so everything is bounded and nothing is read for a path that is not known.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from bot.errors import ConfigError, Problem, StoreError

log = logging.getLogger(__name__)

SECONDS = 30.0
"""For one request."""
HEAD_SECONDS = 10.0
"""From the connection, or the last answer on it, to the end of the next request's head."""
AT_ONCE = 4
"""Bodies read at the same time; the others wait."""
PLAIN = {"X-Content-Type-Options": "nosniff"}
GONE, TOO_LARGE, ENCODED, LATE, BUSY = 410, 413, 415, 408, 503


class Answers(Protocol):
    """Decides what hubs hear; every method may raise StoreError."""

    async def question(self, path: str, query: Mapping[str, str]) -> tuple[int, str]:
        """Status and body for a hub's question (GET)."""
        ...

    async def known(self, path: str) -> bool:
        """Whether anything may be posted to this path."""
        ...

    async def push(self, path: str, body: bytes, *, content_type: str, signature: str) -> int:
        """The status for what was posted."""
        ...


class Listener:
    """Listens on `host:port`; the last part of a request's path names the lease."""

    def __init__(
        self,
        answers: Answers,
        *,
        most_bytes: int,
        seconds: float = SECONDS,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        self._answers = answers
        self._most = most_bytes
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        app = web.Application(client_max_size=most_bytes)
        app.router.add_get("/{path:.*}", self._get, allow_head=False)
        app.router.add_post("/{path:.*}", self._post)
        # a signature is of the bytes as they came, so nothing may be unpacked on the way
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            handle_signals=False,
            keepalive_timeout=head_seconds,
            lingering_time=1.0,
        )

    async def start(self, address: str) -> int:
        """Begin to listen; the port. Raises ConfigError when the address can't be had."""
        host, _, port = address.rpartition(":")
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, host.strip("[]"), int(port))
            await site.start()
        except (OSError, OverflowError) as e:
            await self._runner.cleanup()
            raise ConfigError((Problem("websub.listen", address, "an address that is free"),)) from e
        log.info("listening for hubs", extra={"address": address})
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Finish the requests at hand and close."""
        await self._runner.cleanup()

    async def _get(self, request: web.Request) -> web.Response:
        try:
            status, body = await self._answers.question(_last(request), dict(request.query))
        except StoreError:
            return _status(BUSY)
        return web.Response(status=status, text=body, headers=PLAIN)

    async def _post(self, request: web.Request) -> web.Response:
        path = _last(request)
        try:
            async with asyncio.timeout(self._seconds):
                if not await self._answers.known(path):
                    return _status(GONE)
                if request.headers.get("Content-Encoding", "identity").lower() != "identity":
                    return _status(ENCODED)
                if (request.content_length or 0) > self._most:
                    return _status(TOO_LARGE)
                async with self._turns:
                    return await self._take(request, path)
        except TimeoutError:
            return _status(LATE)
        except StoreError:
            return _status(BUSY)

    async def _take(self, request: web.Request, path: str) -> web.Response:
        body = await request.read()
        status = await self._answers.push(
            path,
            body,
            content_type=request.headers.get("Content-Type", "")[:200],
            signature=request.headers.get("X-Hub-Signature", "")[:200],
        )
        return _status(status)


def _last(request: web.Request) -> str:
    return request.match_info["path"].rstrip("/").rpartition("/")[2]


def _status(status: int) -> web.Response:
    """A refusal closes the connection: a body may follow that nobody reads."""
    response = web.Response(status=status, headers=PLAIN)
    if status >= 300:
        response.force_close()
    return response
