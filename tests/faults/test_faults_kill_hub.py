"""Whatever a hub heard was taken is stored once, even when the bot is killed right after it said so."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hubs import HubTown

from bot.storage.store import Store
from bot.types import SourceKind

KILLS = 12
SECONDS = 60.0

CONFIG = """
data_dir = "{data}"
[models]
generator = "none"
embedder = "none"
[sources]
allow_hosts = ["127.0.0.1"]
[websub]
url = "http://127.0.0.1:{port}/websub"
listen = "127.0.0.1:{port}"
"""


class Bot:
    """`newsbot run` without a platform: it polls, reads and listens for hubs."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(data=folder, port=self.port), encoding="utf-8")

    async def start(self) -> None:
        command = ("-m", "bot", "--config", str(self.config), "run", "--roles", "poll,read")
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=asyncio.subprocess.PIPE, stdout=quiet, stderr=quiet
        )
        async with asyncio.timeout(SECONDS):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()


@pytest.fixture
async def hub() -> AsyncIterator[HubTown]:
    town = HubTown()
    await town.start()
    yield town
    await town.stop()


@pytest.mark.long
async def test_no_push_that_was_taken_is_lost_or_stored_twice(hub: HubTown, tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    await store.sources.add(hub.url, kind=SourceKind.FEED, now=datetime.now(UTC))
    bot = Bot(tmp_path)
    await bot.start()
    async with asyncio.timeout(SECONDS):
        while not hub.challenges:
            await asyncio.sleep(0.05)

    for number in range(KILLS):
        assert await hub.bring(hub.body(f"thing{number}")) == 202
        await bot.kill()
        await bot.start()

    wanted = sorted(["News of the ferry", *(f"News of the thing{n}" for n in range(KILLS))])
    async with asyncio.timeout(SECONDS):
        while len(await store.articles.recent(limit=99)) < len(wanted):
            await asyncio.sleep(0.05)
    await bot.kill()
    assert sorted(a.title for a in await store.articles.recent(limit=99)) == wanted
    await store.close()
