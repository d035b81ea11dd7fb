"""The roads to Telegram: proxies, failing over, and that the token is seen on none of them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botapi import BotApi, answers, is_cut, listening, times_out
from botapi.roads import Road, http_proxy, socks5

from bot.errors import Ambiguous, ConfigError, NotAuthorised, PlatformError, Unavailable
from bot.platforms import roads
from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.types import Address, Delivery, DeliveryKind, Part

DEAD = "socks5://127.0.0.1:9"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api
        assert not api.violations


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """What any logger writes at any level, tracebacks included."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def port(api: BotApi) -> int:
    return urlsplit(api.url).port or 0


def by(api: BotApi, *proxies: str, host: str = "telegram.invalid", timeout: float = 5.0) -> TelegramPlatform:
    url = f"http://{host}:{port(api)}/bot"
    return TelegramPlatform(
        TelegramSettings(token=api.token, base_url=url, proxies=proxies, timeout=timeout), pause=_at_once
    )


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)


def delivery(chat: int) -> Delivery:
    where = Address("telegram", str(chat))
    part = Part(html="x", plain="x")
    return Delivery(id=1, key="k", chat_id=1, address=where, kind=DeliveryKind.LIVE, part=part)


async def test_socks_proxy_resolves_names_for_polls_and_sends(api: BotApi) -> None:
    async with socks5(port(api), user="ann", password="pässword") as road:
        platform = by(api, road.url)
        async with listening(api, platform) as ears:
            ann = api.person()
            ann.says("hi")
            await ears.hears(1)
            await platform.send(delivery(ann.id))
        await platform.close()
    assert set(road.hosts) == {"telegram.invalid"}
    assert len(road.hosts) == 2


async def test_socks5_without_h_resolves_names_at_the_proxy_too(api: BotApi) -> None:
    async with socks5(port(api)) as road:
        platform = by(api, road.url.replace("socks5h", "socks5"))
        await platform.send(delivery(api.person().id))
        await platform.close()
    assert road.hosts == ["telegram.invalid"]


async def test_http_proxy_carries_requests(api: BotApi) -> None:
    async with http_proxy(port(api)) as road:
        platform = by(api, road.url)
        await platform.send(delivery(api.person().id))
        await platform.close()
    assert road.hosts == ["telegram.invalid"]


async def test_wrong_password_of_the_proxy_means_not_sent(api: BotApi) -> None:
    async with socks5(port(api), user="ann", password="right") as road:
        wrong = Road(road.port, road.scheme, "ann", "wrong")
        platform = by(api, wrong.url)
        with pytest.raises(Unavailable):
            await platform.send(delivery(api.person().id))
        await platform.close()
    assert road.refused == 1


async def test_next_route_is_taken_when_one_is_dead_and_kept(api: BotApi) -> None:
    async with socks5(port(api)) as road:
        platform = by(api, DEAD, road.url)
        ann = api.person()
        await platform.send(delivery(ann.id))
        await platform.send(delivery(ann.id))
        await platform.close()
    assert len(ann.chat.said) == 2


async def test_how_each_route_does_is_told_without_its_password(api: BotApi) -> None:
    async with socks5(port(api)) as road:
        platform = by(api, "socks5h://ann:hunter2@127.0.0.1:9", road.url, "direct")
        await platform.send(delivery(api.person().id))
        await platform.close()
    dead, alive, unused = platform.routes()
    assert (dead.name, dead.healthy, dead.error) == ("socks5h 127.0.0.1:9", False, "can't be reached")
    assert (alive.healthy, alive.since is not None) == (True, True)
    assert (unused.name, unused.since) == ("direct", None)


async def test_direct_may_be_a_route(api: BotApi) -> None:
    platform = by(api, DEAD, "direct", host="127.0.0.1")
    await platform.send(delivery(api.person().id))
    await platform.close()


async def test_all_routes_dead_means_not_sent(api: BotApi) -> None:
    platform = by(api, DEAD, DEAD)
    with pytest.raises(Unavailable):
        await platform.send(delivery(api.person().id))
    await platform.close()


async def test_request_that_may_have_left_is_not_given_to_the_next_route(api: BotApi) -> None:
    ann = api.person()
    api.faults.append(is_cut(sent=True))
    async with socks5(port(api)) as one, socks5(port(api)) as two:
        platform = by(api, one.url, two.url)
        with pytest.raises(Ambiguous):
            await platform.send(delivery(ann.id))
        assert not two.hosts
        await platform.send(delivery(ann.id))
        await platform.close()
    assert two.hosts
    assert len(ann.chat.said) == 2


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 200 OK\r\n\r\n", b"\x05\xff", b"\x00\x00", b""])
async def test_proxy_that_speaks_nonsense_means_not_sent(api: BotApi, greeting: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(greeting)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    platform = by(api, f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(Unavailable):
        await platform.send(delivery(api.person().id))
    await platform.close()
    server.close()


@pytest.mark.parametrize("token", ["", "secret", "1:with space", "1:a/../b"])
def test_token_that_can_not_be_one_is_named_but_not_shown(token: str) -> None:
    with pytest.raises(ConfigError) as raised:
        TelegramSettings(token=token)
    assert not token or token not in str(raised.value)


def test_proxy_that_can_not_be_one_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError) as raised:
        TelegramSettings(token="1:a", proxies=("ftp://ann:hunter2@example.org",))
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("", "https://api.telegram.org/bot"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081/bot"),
        ("http://127.0.0.1:8081/bot/", "http://127.0.0.1:8081/bot"),
    ],
)
def test_base_url_may_end_as_people_write_it(given: str, used: str) -> None:
    assert TelegramSettings(token="1:a", base_url=given).url == used


@pytest.mark.parametrize("name", ["tor", "tor://127.0.0.1:{}", "tor://ann:circuit@127.0.0.1:{}"])
async def test_tor_is_a_socks_proxy_that_resolves_names(
    api: BotApi, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = {"user": "ann", "password": "circuit"} if "ann" in name else {}
    async with socks5(port(api), **login) as road:
        monkeypatch.setattr(roads, "TOR_PORT", road.port)
        platform = by(api, name.format(road.port))
        await platform.send(delivery(api.person().id))
        await platform.close()
    assert road.hosts == ["telegram.invalid"]


def test_secrets_are_not_in_any_repr(api: BotApi) -> None:
    settings = TelegramSettings(token=api.token, proxies=("socks5://ann:hunter2@127.0.0.1:1",))
    platform = TelegramPlatform(settings)
    shown = repr(settings) + repr(platform) + repr(vars(platform))
    assert api.token not in shown
    assert "hunter2" not in shown


TROUBLES: list[Any] = [
    None,
    answers(401, "Unauthorized", times=9),
    answers(404, "Not Found", times=9),
    answers(500, "Internal Server Error"),
    answers(400, "Bad Request: chat not found"),
    times_out(sent=False),
    is_cut(sent=False),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda t: str(t and (t.status or t.wire.value)))
async def test_token_is_never_logged_nor_in_a_traceback(
    api: BotApi, everything_logged: io.StringIO, trouble: Any
) -> None:
    platform = by(api, host="127.0.0.1", timeout=0.5)
    async with listening(api, platform) as ears:
        ann = api.person()
        ann.says("private words")
        await ears.hears(1)
        if trouble:
            api.faults.append(trouble)
        try:
            await platform.send(delivery(ann.id))
        except PlatformError as error:
            everything_logged.write("".join(traceback.format_exception(error)))
    await platform.close()
    shown = everything_logged.getvalue()
    assert "telegram connected" in shown
    assert api.token not in shown
    assert api.token.split(":")[1] not in shown
    assert "private words" not in shown


async def test_refused_token_is_not_in_the_error(api: BotApi, everything_logged: io.StringIO) -> None:
    token = "7000000002:a_token_of_which_nobody_knows"
    platform = TelegramPlatform(TelegramSettings(token=token, base_url=api.url))
    with pytest.raises(NotAuthorised) as raised:
        await platform.run(lambda m: asyncio.sleep(0))
    await platform.close()
    shown = everything_logged.getvalue() + "".join(traceback.format_exception(raised.value))
    assert token not in shown


async def test_who_the_bot_is_can_be_asked_without_polling(api: BotApi) -> None:
    platform = by(api, DEAD, "direct", host="127.0.0.1")

    assert await platform.who() == "@newsbot"
    assert [r.healthy for r in platform.routes()] == [False, True]
    await platform.close()


async def test_who_with_a_wrong_token_is_not_authorised(api: BotApi) -> None:
    wrong = TelegramSettings(token="1:wrong", base_url=f"http://127.0.0.1:{port(api)}/bot")
    platform = TelegramPlatform(wrong)

    with pytest.raises(NotAuthorised):
        await platform.who()
    await platform.close()


@pytest.mark.parametrize("result", [True, [], "x", None, {"x": 1}])
async def test_who_of_something_else_that_answers_is_no_stack_trace(
    monkeypatch: pytest.MonkeyPatch, api: BotApi, result: object
) -> None:
    async def answered(*_: object, **__: object) -> tuple[int, bytes]:
        return 200, json.dumps({"ok": True, "result": result}).encode()

    platform = by(api, host="127.0.0.1")
    monkeypatch.setattr(platform._calls, "do_request", answered)

    with pytest.raises(PlatformError):
        await platform.who()
    await platform.close()
