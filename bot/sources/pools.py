"""Connection pools, one for each route, opened when the route is first used.

Knows proxies, no requests and no limits of theirs.
"""

from __future__ import annotations

import httpcore
import httpx

from bot.sources.dial import Dial, GuardedDial, PlainDial, Resolve, SocksDial
from bot.sources.guard import Guard
from bot.sources.routes import Route

IDLE = 5.0
"""Seconds for which an unused connection stays open."""


class Pools:
    """The open connections of one fetcher."""

    def __init__(self, guard: Guard, resolve: Resolve, *, size: int) -> None:
        self._guard = guard
        self._resolve = resolve
        self._size = size
        self._ssl = httpx.create_ssl_context()
        self._open: dict[str, httpcore.AsyncConnectionPool] = {}

    def of(self, route: Route) -> httpcore.AsyncConnectionPool:
        """The pool of a route."""
        if route.name not in self._open:
            self._open[route.name] = self._new(route)
        return self._open[route.name]

    async def close(self) -> None:
        """Close every connection."""
        pools, self._open = self._open, {}
        for pool in pools.values():
            await pool.aclose()

    def _new(self, route: Route) -> httpcore.AsyncConnectionPool:
        if route.kind == "http":
            return httpcore.AsyncHTTPProxy(
                httpcore.URL(scheme="http", host=route.host, port=route.port, target="/"),
                proxy_auth=(route.username, route.password) if route.username else None,
                ssl_context=self._ssl,
                max_connections=self._size,
                keepalive_expiry=IDLE,
                network_backend=PlainDial(),
            )
        return httpcore.AsyncConnectionPool(
            ssl_context=self._ssl,
            max_connections=self._size,
            keepalive_expiry=IDLE,
            network_backend=self._dial(route),
        )

    def _dial(self, route: Route) -> Dial:
        if route.kind == "direct":
            return GuardedDial(self._guard, self._resolve)
        return SocksDial(
            (route.host, route.port),
            credentials=(route.username, route.password) if route.username else None,
            remote_dns=route.remote_dns,
            guard=self._guard,
            resolve=self._resolve,
        )
