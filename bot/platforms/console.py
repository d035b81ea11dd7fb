"""The terminal as a platform: lines in, plain text out, one chat whose person owns the machine.

Knows no model and no store. The hard thing is that reading a line blocks and can't be cancelled: a
daemon thread reads, the event loop only waits for its queue.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from bot.types import Address, Delivery, Message, Receipt, RouteHealth

ADDRESS = Address("console", "terminal")
LEAVE = {"/quit", "/exit", "quit", "exit"}


def person() -> str:
    """The user id of whoever sits at the terminal; an owner's entry reads `console:NAME`."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"


class ConsolePlatform:
    """A chat in the terminal; `run` returns at the end of the input or at /quit."""

    name = "console"

    def __init__(self, *, source: TextIO | None = None, sink: TextIO | None = None) -> None:
        self._source = source or sys.stdin
        self._sink = sink or sys.stdout
        self._asks = self._source.isatty() and self._sink.isatty()
        self._count = 0
        self._meanwhile = (0, "")
        self._run = os.urandom(6).hex()

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        """Pass each line on as a message until the input ends."""
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop, lines), name="console", daemon=True).start()
        self._prompt()
        while (line := await lines.get()) is not None and line.strip() not in LEAVE:
            if line.strip():
                await receive(self._message(line.strip()))
            else:
                self._prompt()

    def _read(self, loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str | None]) -> None:
        try:
            for line in self._source:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)
        except (RuntimeError, ValueError, OSError):
            return  # the loop or the input was closed under us: the program is ending

    def _message(self, text: str) -> Message:
        self._count += 1
        return Message(
            address=ADDRESS,
            message_id=f"{self._run}-{self._count}",
            sender=person(),
            sender_name=person(),
            text=text,
            sent=datetime.now(UTC),
            private=True,
            addressed=True,
            may_administer=True,
        )

    async def send(self, delivery: Delivery) -> Receipt:
        """Print a delivery."""
        lead = "\r" if self._asks else ""
        print(f"{lead}{delivery.part.plain}\n", file=self._sink, flush=True)
        self._prompt()
        return Receipt(f"sent-{delivery.id}")

    def _prompt(self) -> None:
        if self._asks:
            print("> ", end="", file=self._sink, flush=True)

    async def typing(self, address: Address, text: str = "", number: int = 0) -> None:
        """Print what is known so far, once; that the bot writes shows by the prompt being gone."""
        if text and (number, text) != self._meanwhile:
            print(text, file=self._sink, flush=True)
        self._meanwhile = (number, text)

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """Nothing: a terminal has no menu."""

    def routes(self) -> Sequence[RouteHealth]:
        """None: a terminal needs no network."""
        return ()

    async def who(self) -> str:
        """The terminal's person, whom the bot answers."""
        return person()

    async def close(self) -> None:
        """Nothing is held."""
