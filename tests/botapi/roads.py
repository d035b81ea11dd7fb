"""Proxies on loopback that bring every connection to one port, whatever name was asked for.

Since no name is looked up, only a client that lets its proxy resolve names gets through to
`telegram.invalid`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Road:
    """A proxy and what went through it."""

    port: int
    scheme: str
    user: str = ""
    password: str = ""
    hosts: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def url(self) -> str:
        """For a client's settings."""
        login = f"{self.user}:{self.password}@" if self.user else ""
        return f"{self.scheme}://{login}127.0.0.1:{self.port}"


@asynccontextmanager
async def socks5(to: int, *, user: str = "", password: str = "") -> AsyncIterator[Road]:
    """A SOCKS5 proxy (RFC 1928, with a name and password as in RFC 1929)."""
    road = Road(0, "socks5h", user, password)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await _greeted(road, reader, writer):
            road.refused += 1
            return
        _, _, _, kind = await reader.readexactly(4)
        size = (await reader.readexactly(1))[0] if kind == 3 else 4
        name = await reader.readexactly(size)
        await reader.readexactly(2)
        road.hosts.append(name.decode() if kind == 3 else "an address")
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await _join(reader, writer, to)

    async with _served(serve, road):
        yield road


@asynccontextmanager
async def http_proxy(to: int) -> AsyncIterator[Road]:
    """An HTTP proxy for plain HTTP (RFC 9112, absolute form)."""
    road = Road(0, "http")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if not line:
            return
        method, target, version = line.decode().split(" ")
        parts = urlsplit(target)
        road.hosts.append(parts.hostname or "")
        path = target.partition(parts.netloc)[2]
        await _join(reader, writer, to, first=f"{method} {path} {version}".encode())

    async with _served(serve, road):
        yield road


async def _greeted(road: Road, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    _, count = await reader.readexactly(2)
    await reader.readexactly(count)
    if not road.user:
        writer.write(b"\x05\x00")
        return True
    writer.write(b"\x05\x02")
    await reader.readexactly(1)
    given = [await reader.readexactly((await reader.readexactly(1))[0]) for _ in range(2)]
    right = given == [road.user.encode(), road.password.encode()]
    writer.write(b"\x01\x00" if right else b"\x01\x01")
    return right


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: int, *, first: bytes = b""
) -> None:
    onward, outward = await asyncio.open_connection("127.0.0.1", to)
    outward.write(first)
    pumps = [
        asyncio.create_task(_pump(reader, outward)),
        asyncio.create_task(_pump(onward, writer)),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        outward.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def _served(serve: object, road: Road) -> AsyncIterator[None]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            with suppress(OSError, EOFError, asyncio.CancelledError):
                await serve(reader, writer)  # type: ignore[operator]
        finally:
            writer.close()

    tasks: set[asyncio.Task[None] | None] = set()
    server = await asyncio.start_server(guarded, "127.0.0.1", road.port)
    road.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for task in tasks:
            if task:
                task.cancel()
