"""`newsbot doctor`: what it says of a configuration that is wrong, and what it must not say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import FakePlatform

from bot.app import doctor
from bot.config import Config, ModelsConfig
from bot.errors import NotAuthorised, Unavailable
from bot.types import RouteHealth


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:word@db.example/newsbot",
        "postgresql://ann:pass@word@db.example/newsbot",
        "postgresql://ann:pass/word@db.example/newsbot",
        "postgresql://db.example/newsbot?user=ann&password=word",
    ],
)
def test_a_database_is_shown_without_its_password(url: str) -> None:
    assert doctor._shown(url) == "postgresql://db.example/newsbot"


async def test_a_mistake_in_the_configuration_is_not_called_the_stores(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, models=ModelsConfig(engine="openai", embedder="none"))

    found = {f.what: f for f in [each async for each in doctor.examine(config)]}

    assert "models.url" in found["configuration"].facts
    assert "store" not in found


async def test_a_platform_that_answers_is_named_with_the_way_that_worked() -> None:
    platform = FakePlatform("telegram")
    now = datetime(2026, 11, 28, tzinfo=UTC)
    platform.roads = (
        RouteHealth(name="socks5 127.0.0.1:9", healthy=False, since=now, error="can't be reached"),
        RouteHealth(name="direct", healthy=True, since=now),
    )

    found = await doctor.asked(platform)

    assert found.ok
    assert found.facts == "@newsbot; socks5 127.0.0.1:9: can't be reached, direct: works"


async def test_a_token_that_is_refused_says_where_the_right_one_is() -> None:
    platform = FakePlatform("telegram")
    platform.trouble.append(NotAuthorised("Unauthorized"))

    found = await doctor.asked(platform)

    assert (found.what, found.ok) == ("platform telegram", False)
    assert found.facts == (
        "does not let the bot in (Unauthorized); @BotFather shows the token that telegram.token should have"
    )


async def test_a_platform_that_is_blocked_says_that_there_may_be_other_ways() -> None:
    platform = FakePlatform("matrix")
    platform.trouble.append(Unavailable("ClientConnectorError"))
    platform.roads = (RouteHealth(name="direct", healthy=False, error="can't be reached"),)

    found = await doctor.asked(platform)

    assert not found.ok
    assert "direct: can't be reached (ClientConnectorError)" in found.facts
    assert "matrix.proxies names other ways" in found.facts


async def test_a_certificate_that_nobody_vouches_for_says_where_its_authority_is_named() -> None:
    platform = FakePlatform("matrix")
    platform.trouble.append(Unavailable("ClientConnectorCertificateError"))

    assert "matrix.ca_file" in (await doctor.asked(platform)).facts
