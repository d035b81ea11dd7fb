"""A web on loopback that behaves as badly as the real one, and proxies to reach it through.

Plain asyncio, so that every broken byte is sent on purpose.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import FetchError


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


class Listening:
    """A server on a free port of 127.0.0.1."""

    host = "127.0.0.1"
    port = 0

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._connected, self.host, self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self.serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(Exception):
                await writer.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    line = (await reader.readline()).decode("latin-1").split()
    if len(line) < 2:
        return None
    headers: dict[str, str] = {}
    while (row := (await reader.readline()).decode("latin-1").strip()) != "":
        name, _, value = row.partition(":")
        headers[name.lower()] = value.strip()
    return Request(line[0], line[1], headers)


class RoughWeb(Listening):
    """Answers by path; what it was asked stands in `requests`."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self._handlers: dict[str, Handler] = {}

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serves(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        status: int = 200,
        kind: str = "text/html",
        **headers: str,
    ) -> None:
        content = body.encode() if isinstance(body, str) else body

        async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
            rows = {"Content-Type": kind, "Content-Length": str(len(content))}
            rows |= {name.replace("_", "-"): value for name, value in headers.items()}
            await self.send(writer, status, rows, content)

        self._handlers[path] = answer

    def redirects(self, path: str, to: str, status: int = 302) -> None:
        self.serves(path, status=status, Location=to)

    def does(self, path: str, handler: Handler) -> None:
        self._handlers[path] = handler

    def asked(self, path: str) -> list[Request]:
        return [r for r in self.requests if r.path == path]

    @staticmethod
    async def send(writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: bytes) -> None:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)
        await writer.drain()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await read_request(reader)) is not None:
            self.requests.append(request)
            target = request.target
            path = "/" + target.split("/", 3)[3] if target.startswith("http") else target
            handler = self._handlers.get(path.partition("?")[0])
            if handler is None:
                await self.send(writer, 404, {"Content-Length": "0"}, b"")
            else:
                await handler(request, writer)


def gzip_bomb(size: int) -> bytes:
    return gzip.compress(b"\0" * size)


@dataclass
class Wish:
    """What a proxy was asked to connect to."""

    host: str
    port: int
    credentials: tuple[str, str] | None = None


class Tunnel(Listening):
    """What both kinds of proxy share: everything leads to one server, whatever name is asked for."""

    def __init__(self, to: Listening, credentials: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.to = to
        self.credentials = credentials
        self.wishes: list[Wish] = []

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self.to.host, self.to.port)
        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        finally:
            far_writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


@dataclass
class Mood:
    """How a SOCKS proxy answers."""

    reply: int = 0
    slow_bytes: bool = False
    garbage: bool = False


class SocksProxy(Tunnel):
    """SOCKS5 (RFC 1928) with or without a name and password (RFC 1929)."""

    def __init__(self, to: Listening, credentials: tuple[str, str] | None = None) -> None:
        super().__init__(to, credentials)
        self.mood = Mood()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        if self.mood.garbage:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        writer.write(b"\x05\x02" if self.credentials else b"\x05\x00")
        given = None
        if self.credentials:
            given = await self._credentials(reader)
            writer.write(b"\x01" + (b"\x00" if given == self.credentials else b"\x01"))
            if given != self.credentials:
                return
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = ".".join(str(b) for b in await reader.readexactly(4 if kind == 1 else 16))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.wishes.append(Wish(host, port, given))
        answer = bytes([5, self.mood.reply, 0, 1, 0, 0, 0, 0, 0, 0])
        for piece in [bytes([b]) for b in answer] if self.mood.slow_bytes else [answer]:
            writer.write(piece)
            await writer.drain()
        if self.mood.reply == 0:
            await self.join(reader, writer)

    async def _credentials(self, reader: asyncio.StreamReader) -> tuple[str, str]:
        _, length = await reader.readexactly(2)
        name = (await reader.readexactly(length)).decode()
        password = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        return name, password


class HttpProxy(Tunnel):
    """CONNECT and absolute-form requests, with or without Basic credentials."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if request is None:
            return
        if self.credentials and "proxy-authorization" not in request.headers:
            writer.write(b"HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = request.headers["host"].partition(":")
        self.wishes.append(Wish(host, int(port or 80)))
        if request.method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await self.join(reader, writer)
            return
        far_reader, far_writer = await asyncio.open_connection(self.to.host, self.to.port)
        head = "".join(f"{n}: {v}\r\n" for n, v in request.headers.items())
        far_writer.write(f"{request.method} {request.target} HTTP/1.1\r\n{head}\r\n".encode())
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


class Names:
    """A resolver that knows what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.addresses:
            raise FetchError(f"the name {host} can't be resolved")
        return self.addresses[host]
