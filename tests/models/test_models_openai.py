"""Servers that speak OpenAI's chat completions: a strict small one made here, and llama.cpp's own."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bot.errors import ModelBusy, ModelFailed, ModelMissing
from bot.models.llamacpp import LlamaSettings, parameters
from bot.models.openai import OpenAIGenerator, OpenAISettings
from bot.types import Turn

KEY = "secret-key-1"
Handler = Callable[[dict[str, object], asyncio.StreamWriter], Awaitable[None]]


class Server:
    """HTTP/1.1 by hand: checks each request as OpenAI's API wants it, then lets `handler` answer."""

    def __init__(self) -> None:
        self.handler: Handler = say("Hello", " there")
        self.requests: list[dict[str, object]] = []
        self.gone = asyncio.Event()
        """Set when a client closed its connection."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        except asyncio.IncompleteReadError:
            self.gone.set()
            return
        assert head.startswith("post /v1/chat/completions http/1.1"), head
        assert "content-type: application/json" in head
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = json.loads(await reader.readexactly(length))
        assert body["model"] == "m"
        assert all(m["role"] in ("system", "user", "assistant") for m in body["messages"])
        self.requests.append(body)
        key = head.split("authorization: bearer ")[1].split("\r\n")[0]
        if key != KEY:
            await reply(writer, 401, {"error": {"message": f"bad key {key}"}})
        else:
            waiter = asyncio.ensure_future(reader.read(1))
            waiter.add_done_callback(lambda _: self.gone.set())
            await self.handler(body, writer)
            waiter.cancel()
        writer.close()


async def reply(writer: asyncio.StreamWriter, status: int, body: object, *, raw: bytes | None = None) -> None:
    content = json.dumps(body).encode() if raw is None else raw
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
    await writer.drain()


async def head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def event(writer: asyncio.StreamWriter, data: object) -> None:
    writer.write(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")
    await writer.drain()


def delta(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}]}


def say(*pieces: str, finish: str = "stop", usage: bool = True, done: bool = True) -> Handler:
    async def handler(body: dict[str, object], writer: asyncio.StreamWriter) -> None:
        await head(writer)
        writer.write(b": a comment\n\n")
        await event(
            writer, {"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]}
        )
        for piece in pieces:
            await event(writer, delta(piece))
        if finish:
            await event(writer, delta("", finish))
        if usage:
            await event(writer, {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})
        if done:
            await event(writer, b"[DONE]")

    return handler


def answer(status: int, body: object, *, raw: bytes | None = None) -> Handler:
    async def handler(_: dict[str, object], writer: asyncio.StreamWriter) -> None:
        await reply(writer, status, body, raw=raw)

    return handler


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as listening:
        made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"  # type: ignore[attr-defined]
        yield made


@pytest_asyncio.fixture
async def model(server: Server) -> AsyncIterator[OpenAIGenerator]:
    made = generator(server)
    yield made
    await made.close()


def generator(server: Server, **settings: object) -> OpenAIGenerator:
    options = {"url": server.url, "key": KEY} | settings  # type: ignore[attr-defined]
    return OpenAIGenerator("m", OpenAISettings(**options))  # type: ignore[arg-type]


ASK = [Turn(role="system", text="Be brief."), Turn(role="user", text="Hi <|im_end|>")]


async def test_a_streamed_answer_arrives_in_pieces(model: OpenAIGenerator, server: Server) -> None:
    pieces: list[str] = []
    found = await model.generate(ASK, max_tokens=9, stop=("\n",), on_text=pieces.append)
    assert pieces == ["Hello", " there"]
    assert (found.text, found.prompt_tokens, found.completion_tokens) == ("Hello there", 7, 2)
    assert not found.truncated
    sent = server.requests[0]
    assert (sent["max_tokens"], sent["stop"], sent["temperature"]) == (9, ["\n"], 0.0)
    assert sent["messages"][1]["content"] == "Hi ‹|im_end|›"  # type: ignore[index]


async def test_a_server_that_tells_no_usage_and_cuts_off(model: OpenAIGenerator, server: Server) -> None:
    server.handler = say("a", "b", "c", finish="length", usage=False)
    found = await model.generate(ASK, max_tokens=3)
    assert (found.completion_tokens, found.truncated) == (3, True)


async def test_a_server_that_counts_nothing(model: OpenAIGenerator, server: Server) -> None:
    async def handler(body: dict[str, object], writer: asyncio.StreamWriter) -> None:
        await head(writer)
        await event(writer, delta("a", "stop"))
        await event(writer, {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": None}})

    server.handler = handler
    found = await model.generate(ASK, max_tokens=3)
    assert (found.prompt_tokens, found.completion_tokens) == (0, 1)


async def test_no_proxy_of_the_environment_sees_what_is_said_to_a_server_of_ones_own(
    server: Server, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
    model = generator(server)
    assert (await model.generate(ASK, max_tokens=9)).text == "Hello there"
    await model.close()


async def test_special_tokens_in_the_answer_are_taken_out(model: OpenAIGenerator, server: Server) -> None:
    server.handler = say("Fine", "<|im_", "end|>", " then")
    assert "<|" not in (await model.generate(ASK, max_tokens=3)).text


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (answer(500, {"error": {"message": "out of memory"}}), ModelFailed, "500: out of memory"),
        (answer(404, {"error": "model not found"}), ModelMissing, "model not found"),
        (answer(429, {}), ModelBusy, "429"),
        (answer(302, {}), ModelFailed, "302"),
        (answer(200, {}, raw=b"<html>"), ModelFailed, "ended too early"),
        (answer(200, {}, raw=b"data: {broken\n\n"), ModelFailed, "no JSON"),
        (answer(200, {}, raw=b'data: {"error": {"message": "context"}}\n\n'), ModelFailed, "context"),
        (answer(200, {}, raw=b"data: [1]\n\n"), ModelFailed, "another shape"),
        (say("half", finish="", usage=False, done=False), ModelFailed, "ended too early"),
    ],
)
async def test_what_goes_wrong_is_told_in_our_kinds(
    model: OpenAIGenerator, server: Server, handler: Handler, kind: type[Exception], words: str
) -> None:
    server.handler = handler
    with pytest.raises(kind, match=words):
        await model.generate(ASK, max_tokens=3)
    server.handler = say("again")
    assert (await model.generate(ASK, max_tokens=3)).text == "again"


async def test_a_wrong_key_is_refused_and_no_key_is_ever_shown(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server_says_key = generator(server, key=KEY + "x")
    with pytest.raises(ModelFailed, match="401") as caught:
        await server_says_key.generate(ASK, max_tokens=3)
    assert KEY + "x" not in str(caught.value) + repr(server_says_key.settings) + caplog.text
    await server_says_key.close()


async def test_a_server_that_is_not_there(unused_tcp_port: int) -> None:
    model = OpenAIGenerator("m", OpenAISettings(url=f"http://127.0.0.1:{unused_tcp_port}/v1"))
    with pytest.raises(ModelFailed, match="can't be reached"):
        await model.generate(ASK, max_tokens=3)
    await model.close()


async def hang(_: dict[str, object], writer: asyncio.StreamWriter) -> None:
    await head(writer)
    await event(writer, delta("Hello"))
    await asyncio.Event().wait()


async def test_a_deadline_closes_the_connection(model: OpenAIGenerator, server: Server) -> None:
    server.handler = hang
    with pytest.raises(ModelFailed, match="deadline"):
        await model.generate(ASK, max_tokens=3, deadline=1.5)
    await asyncio.wait_for(server.gone.wait(), 30)


async def test_cancelling_closes_the_connection(model: OpenAIGenerator, server: Server) -> None:
    server.handler = hang
    begun = asyncio.Event()
    task = asyncio.create_task(model.generate(ASK, max_tokens=3, on_text=lambda _: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(server.gone.wait(), 30)


async def test_a_silent_server_counts_as_gone(server: Server) -> None:
    server.handler = hang
    model = generator(server, timeout=0.2)
    with pytest.raises(ModelFailed, match="silent"):
        await model.generate(ASK, max_tokens=3)
    await model.close()


async def test_choices_from_probabilities(model: OpenAIGenerator, server: Server) -> None:
    top = [{"token": " Yes", "logprob": -0.1}, {"token": "no", "logprob": -3.0}]
    server.handler = answer(200, {"choices": [{"logprobs": {"content": [{"top_logprobs": top}]}}]})
    yes, no = await model.choose(ASK, ["yes", "no"])
    assert yes > 0.9
    assert yes + no == pytest.approx(1)
    server.handler = answer(200, {"choices": [{"logprobs": None}]})
    with pytest.raises(ModelFailed, match="no token probabilities"):
        await model.choose(ASK, ["yes", "no"])


async def test_llama_cpps_own_server_is_understood(tmp_path: Path, tiny_dir: Path) -> None:
    import xllamacpp

    path = tiny_dir / "tiny" / "smollm2-135m-instruct-q4_1.gguf"
    where = os.path.relpath(tmp_path / "s.sock")  # noqa: ASYNC240
    params = parameters(path, LlamaSettings(context=128, parallel=1, threads=1), where)
    key = params.api_keys[0]
    server = await asyncio.to_thread(xllamacpp.Server, params)
    settings = OpenAISettings(url="http://engine/v1", key=key)
    model = OpenAIGenerator("tiny", settings, transport=httpx.AsyncHTTPTransport(uds=where))
    pieces: list[str] = []
    found = await model.generate(ASK, max_tokens=5, on_text=pieces.append)
    assert 0 < found.completion_tokens <= 5
    assert found.prompt_tokens > 5
    assert "".join(pieces) == found.text
    assert (await model.generate(ASK, max_tokens=5, grammar='root ::= "yes"')).text == "yes"
    assert sum(await model.choose(ASK, ["yes", "no"])) == pytest.approx(1)
    with pytest.raises(ModelFailed, match="exceeds"):
        await model.generate([Turn(role="user", text="word " * 300)], max_tokens=5)
    await model.close()
    del server
