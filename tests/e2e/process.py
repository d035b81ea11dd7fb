"""`newsbot run` as its owner runs it: a process of its own, started, stopped and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

LONG = 120.0
"""Seconds; models load slowly on a busy machine."""


class BotProcess:
    """The bot with one configuration; its data outlives the process."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.log = folder / "bot.log"
        self.config = folder / "config.toml"
        self.config.write_text(f'data_dir = "{folder / "data"}"\n{config}', encoding="utf-8")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        # The test's own environment variables must not configure the bot.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NEWSBOT_")}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "--config", str(self.config), "run"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**environment, "HF_HUB_OFFLINE": "1"},
            )

    async def stop(self, how: int = signal.SIGTERM) -> int:
        """End the process; its exit status."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(how)
        async with asyncio.timeout(LONG):
            status = await self._process.wait()
        self._process = None
        return status

    async def ended(self) -> int:
        """Wait until it ends by itself; its exit status."""
        assert self._process is not None
        async with asyncio.timeout(LONG):
            return await self._process.wait()

    async def kill(self) -> None:
        """As a power cut would."""
        await self.stop(signal.SIGKILL)

    async def settle(self) -> None:
        """Wait until every delivery is acknowledged and recorded.

        A kill between a platform's acknowledgement and its record is the one case in which Telegram gets a
        message twice; it has tests of its own.
        """
        async with asyncio.timeout(LONG):
            while self._unsettled():
                await asyncio.sleep(0.05)

    def _unsettled(self) -> int:
        with closing(
            sqlite3.connect(f"file:{self.folder / 'data' / 'newsbot.db'}?mode=ro", uri=True)
        ) as rows:
            return int(rows.execute("SELECT count(*) FROM deliveries WHERE state = 'due'").fetchone()[0])

    def logged(self) -> str:
        """Everything it logged so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""
