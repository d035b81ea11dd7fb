"""The Bot API stand-in is as strict as the tests that lean on it need it to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from botapi import BotApi, oracle
from botapi.members import member


class Raw:
    """Requests as any library might make them."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.client = httpx.AsyncClient(trust_env=False, timeout=5.0)

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        answer = await self.client.post(f"{self.api.url}{self.api.token}/{method}", data=params)
        body: dict[str, Any] = answer.json()
        assert body["ok"] == (answer.status_code == 200)
        return body


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def ask(api: BotApi) -> AsyncIterator[Raw]:
    raw = Raw(api)
    yield raw
    await raw.client.aclose()


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("sendMessage", {"chat_id": 1001, "text": "x", "colour": "red"}, 400),
        ("sendMessage", {"chat_id": 1001, "text": "x", "reply_to_message_id": 5}, 400),
        ("sendMessage", {"chat_id": 1001}, 400),
        ("sendMessage", {"chat_id": 1001, "text": "x", "reply_markup": '{"inline_keyboard": 1}'}, 400),
        ("sendNonsense", {}, 400),
        ("sendSticker", {"chat_id": 1001, "sticker": "x"}, 501),
    ],
    ids=["unknown key", "deprecated", "missing", "wrong shape", "unknown method", "not modelled"],
)
async def test_request_outside_the_contract_is_refused_and_noted(
    api: BotApi, ask: Raw, method: str, params: dict[str, Any], code: int
) -> None:
    api.person()
    body = await ask(method, **params)
    assert body["error_code"] == code
    assert api.violations


async def test_wrong_token_is_refused(api: BotApi, ask: Raw) -> None:
    api.token, right = "1:other", api.token
    answer = await ask.client.post(f"{api.url}{right}/getMe")
    assert answer.status_code == 401


async def test_second_poll_ends_the_first_with_a_conflict(api: BotApi, ask: Raw) -> None:
    first = asyncio.create_task(ask("getUpdates", timeout=20))
    await api.until(lambda: api.count("getUpdates") == 1)
    second = asyncio.create_task(ask("getUpdates", timeout=20))
    assert (await first)["error_code"] == 409
    api.person().says("hi")
    assert (await second)["result"][0]["message"]["text"] == "hi"


async def test_update_stays_until_it_is_confirmed(api: BotApi, ask: Raw) -> None:
    api.person().says("hi")
    (update,) = (await ask("getUpdates"))["result"]
    assert (await ask("getUpdates"))["result"] == [update]
    assert (await ask("getUpdates", offset=update["update_id"] + 1))["result"] == []


async def test_poll_with_a_webhook_is_a_conflict(api: BotApi, ask: Raw) -> None:
    api.webhook = "https://example.org/hook"
    assert (await ask("getUpdates"))["error_code"] == 409


async def test_text_that_looks_like_json_stays_text(api: BotApi, ask: Raw) -> None:
    ann = api.person()
    await ask("sendMessage", chat_id=ann.id, text='{"a": [1]}')
    assert ann.chat.texts == ['{"a": [1]}']


async def test_topic_closed_for_people_is_open_for_an_administrator(api: BotApi, ask: Raw) -> None:
    group = api.group(bot="administrator")
    topic = group.topic("World")
    topic.closed = True
    assert (await ask("sendMessage", chat_id=group.id, text="x", message_thread_id=topic.id))["ok"]


@pytest.mark.parametrize("status", ["creator", "administrator", "member", "restricted", "left", "kicked"])
async def test_every_status_is_one_that_the_models_know(api: BotApi, status: str) -> None:
    ann, group = api.person(), api.group()
    group.puts_bot(status, by=ann)
    assert api.pending[-1]["my_chat_member"]["new_chat_member"] == member(api.user, status)


@pytest.mark.parametrize(
    ("html", "plain"),
    [("<b>a</b>", "a"), ("a &lt; b", "a < b"), ("<a href='https://x.org/?a=1&amp;b=2'>x</a>", "x")],
)
def test_oracle_reads_html_as_telegram_does(html: str, plain: str) -> None:
    assert oracle.parse_html(html)[0] == plain


def test_oracle_counts_utf16_units() -> None:
    assert oracle.units("a😀") == 3
    assert oracle.entities("😀 @newsbot")[0] == {"type": "mention", "offset": 3, "length": 8}
