"""Opening the TCP connection behind a request: resolve, check, connect to the very address checked.

Knows nothing of HTTP. The hard thing: no second look-up between the guard's verdict and the
connection (rebinding), and with remote DNS no look-up on this machine at all.
"""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any

import httpcore
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from bot.errors import FetchError, Refused
from bot.sources.guard import Guard, literal

Resolve = Callable[[str, int], Awaitable[list[str]]]

SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "expired on the way",
    7: "command not supported",
    8: "address type not supported",
}
"""RFC 1928, section 6."""

ABOUT_TARGET = frozenset({2, 3, 4, 5, 6})
"""Replies that speak of the target, not of the proxy."""


class ProxyDown(FetchError):
    """The proxy itself can't be used; the target was not reached through it."""


async def resolve(host: str, port: int) -> list[str]:
    """Look a name up with the system's resolver, addresses in its order of preference."""
    loop = asyncio.get_running_loop()
    try:
        rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise FetchError(f"the name {host} can't be resolved") from e
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


class Dial(AsyncNetworkBackend, ABC):
    """httpcore's way to open connections, reduced to the one question that differs by route."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Called by httpcore's pool."""
        return await self.open(host, port, timeout)

    async def sleep(self, seconds: float) -> None:
        """Called by httpcore's pool."""
        await asyncio.sleep(seconds)

    @abstractmethod
    async def open(self, host: str, port: int, seconds: float | None) -> AsyncNetworkStream:
        """A connection that leads to the target."""


class GuardedDial(Dial):
    """Connects straight to the target, to an address that the guard has just checked."""

    def __init__(self, guard: Guard, resolve: Resolve) -> None:
        self._guard = guard
        self._resolve = resolve
        self._tcp = AnyIOBackend()

    async def open(self, host: str, port: int, seconds: float | None) -> AsyncNetworkStream:
        """Connect to the first checked address that answers. Raises Refused, FetchError, httpcore errors."""
        failure: Exception | None = None
        for address in (await checked(host, port, self._guard, self._resolve))[:3]:
            try:
                return await self._tcp.connect_tcp(address, port, seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                failure = e
        raise failure or FetchError(f"the name {host} has no address")


async def checked(host: str, port: int, guard: Guard, resolve: Resolve) -> list[str]:
    """The addresses of `host`, all of them checked: one private address spoils the name."""
    address = literal(host)
    addresses = [str(address)] if address is not None else await resolve(host, port)
    for found in addresses:
        guard.check_address(host, ip_address(found.partition("%")[0]))
    return addresses


class PlainDial(Dial):
    """Connects to a proxy of the owner's choice, which may well be on the own network."""

    def __init__(self) -> None:
        self._tcp = AnyIOBackend()

    async def open(self, host: str, port: int, seconds: float | None) -> AsyncNetworkStream:
        """Connect to the proxy. Raises ProxyDown."""
        try:
            return await self._tcp.connect_tcp(host, port, seconds)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
            raise ProxyDown(f"the proxy {host}:{port} can't be reached") from e


class SocksDial(Dial):
    """Connects through a SOCKS5 proxy (RFC 1928, RFC 1929), names resolved there or here."""

    def __init__(
        self,
        proxy: tuple[str, int],
        *,
        credentials: tuple[str, str] | None,
        remote_dns: bool,
        guard: Guard,
        resolve: Resolve,
    ) -> None:
        self._proxy = proxy
        self._credentials = credentials
        self._remote_dns = remote_dns
        self._guard = guard
        self._resolve = resolve
        self._dial = PlainDial()

    async def open(self, host: str, port: int, seconds: float | None) -> AsyncNetworkStream:
        """Connect to the target through the proxy. Raises Refused, ProxyDown, FetchError."""
        if self._remote_dns:
            self._guard.check_name(host)
            target = host
        else:
            found = await checked(host, port, self._guard, self._resolve)
            if not found:
                raise FetchError(f"the name {host} has no address")
            target = found[0]
        stream = await self._dial.open(*self._proxy, seconds)
        try:
            await asyncio.wait_for(self._shake(_Exact(stream), target, port), seconds)
        except TimeoutError as e:
            await stream.aclose()
            raise ProxyDown("the proxy did not answer in time") from e
        except (httpcore.NetworkError, httpcore.TimeoutException) as e:
            await stream.aclose()
            raise ProxyDown("the proxy broke the connection off") from e
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def _shake(self, stream: _Exact, host: str, port: int) -> None:
        await stream.write(b"\x05\x01" + (b"\x02" if self._credentials else b"\x00"))
        version, method = await stream.read(2)
        if version != 5 or method != (2 if self._credentials else 0):
            raise ProxyDown("the proxy is no SOCKS5 proxy, or wants other credentials")
        if self._credentials:
            name, password = (part.encode()[:255] for part in self._credentials)
            await stream.write(b"\x01" + bytes([len(name)]) + name + bytes([len(password)]) + password)
            if (await stream.read(2))[1] != 0:
                raise ProxyDown("the proxy refused the name or the password")
        await stream.write(b"\x05\x01\x00" + socks_address(host) + port.to_bytes(2, "big"))
        _, reply, _, kind = await stream.read(4)
        if reply != 0:
            reason = SOCKS_REPLIES.get(reply, f"error {reply}")
            raise (FetchError if reply in ABOUT_TARGET else ProxyDown)(f"through the proxy: {reason}")
        await stream.read({1: 4, 4: 16}.get(kind) or (await stream.read(1))[0])
        await stream.read(2)


def socks_address(host: str) -> bytes:
    """A target as SOCKS5 writes it: 1 and four bytes, 4 and sixteen, or 3 and a counted name."""
    address = literal(host)
    if address is not None:
        return (b"\x01" if address.version == 4 else b"\x04") + address.packed
    name = host.encode("ascii")
    if len(name) > 255:
        raise Refused("the host name is too long")
    return b"\x03" + bytes([len(name)]) + name


class _Exact:
    """Reads exactly as many bytes as asked for: a proxy may answer one byte at a time."""

    def __init__(self, stream: AsyncNetworkStream) -> None:
        self._stream = stream

    async def write(self, data: bytes) -> None:
        await self._stream.write(data)

    async def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = await self._stream.read(size - len(data))
            if not more:
                raise ProxyDown("the proxy closed the connection")
            data += more
        return data
