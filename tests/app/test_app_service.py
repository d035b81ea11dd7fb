"""The running bot: it outlives a platform's faults, answers what was asked, and stops."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import FakePlatform

from bot.app import service
from bot.app.house import House, open_house
from bot.app.service import Service
from bot.config import Config, ModelsConfig, TelemetryConfig, WebSubConfig
from bot.errors import ConfigError, NotAuthorised, PlatformError
from bot.types import Address, Message


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    config = Config(data_dir=tmp_path, models=ModelsConfig(generator="none", embedder="none"))
    async with open_house(config) as opened:
        yield opened


class Script(FakePlatform):
    """A platform whose `run` does what the script says, one entry a start."""

    def __init__(self, *script: Exception | str) -> None:
        super().__init__()
        self.script = list(script)

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        await receive(said(step))


def said(text: str) -> Message:
    return Message(
        address=Address("console", "ann"),
        message_id=text,
        sender="ann",
        sender_name="Ann",
        text=text,
        sent=datetime.now(UTC),
        private=True,
    )


async def run(house: House, platform: FakePlatform) -> None:
    await asyncio.wait_for(Service(house, [platform], roles=("chat", "deliver")).run(), 30)


async def test_what_was_asked_is_answered_before_the_bot_stops(house: House) -> None:
    platform = Script("/start")

    await run(house, platform)

    assert "Ask me anything" in platform.texts[0]


async def test_a_platform_that_fails_unexpectedly_is_started_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AGAIN", 0.0)
    platform = Script(ZeroDivisionError(), "/start")

    await run(house, platform)

    assert "Ask me anything" in platform.texts[0]


async def test_a_bot_that_may_log_in_nowhere_says_why(house: House) -> None:
    with pytest.raises(PlatformError, match="the token is not valid"):
        await run(house, Script(NotAuthorised("the token is not valid")))


async def test_an_address_for_health_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = Config(
            data_dir=tmp_path,
            models=ModelsConfig(generator="none", embedder="none"),
            telemetry=TelemetryConfig(listen=f"127.0.0.1:{taken.getsockname()[1]}"),
        )
        async with open_house(config) as house:
            with pytest.raises(ConfigError, match=r"telemetry\.listen"):
                await Service(house, [Script("/start")]).run()


def test_a_bot_whose_store_refuses_is_not_well(house: House) -> None:
    bot = Service(house, [Script("/start")])
    assert bot.health() == {"ok": True, "store": True, "platforms": ["console"]}

    bot.loops[0].trouble = 1

    assert bot.health() == {"ok": False, "store": False, "platforms": ["console"]}


# --- hubs ----------------------------------------------------------------------------------


async def hubs_at(listen: str, folder: Path) -> None:
    config = Config(
        data_dir=folder,
        models=ModelsConfig(generator="none", embedder="none"),
        websub=WebSubConfig(url="https://news.example/websub", listen=listen),
    )
    async with open_house(config) as house:
        await asyncio.wait_for(Service(house, [Script("/start")]).run(), 30)


async def test_a_bot_with_a_public_address_listens_for_hubs_until_it_stops(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"websub\.listen"):
            await hubs_at(address, tmp_path)

    await hubs_at(address, tmp_path)

    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
