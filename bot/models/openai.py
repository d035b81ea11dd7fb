"""Any server that speaks OpenAI's chat completions: vLLM, llama-server, Ollama, or a paid one.

Knows no engine. Must never log the key, nor put it into an error. The hard thing is that servers
differ at the edges: some have no grammar, some no probabilities, some end a stream without usage;
what a server can't do is said as ModelFailed, never guessed.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.errors import ModelBusy, ModelError, ModelFailed, ModelMissing
from bot.models.queue import Deadline, Line
from bot.models.running import Clean, shares
from bot.models.tokens import neutralise
from bot.types import Completion, Turn, Urgency

if TYPE_CHECKING:
    import httpx

_TOP = 20
"""The most first tokens that OpenAI's own servers give probabilities for."""
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAISettings:
    """Which server, and how much it gets at once."""

    url: str
    key: str = field(default="", repr=False)
    context: int = 4096
    parallel: int = 2
    queue: int = 64
    timeout: float = 120.0


class OpenAIGenerator:
    """A Generator on a server; connects on its first call."""

    def __init__(
        self, model: str, settings: OpenAISettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`transport` replaces the network, such as a Unix socket's `httpx.AsyncHTTPTransport(uds=...)`."""
        self.name = model
        self.settings = settings
        self.context = settings.context
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._line = Line(model=model, places=settings.parallel, limit=settings.queue, reserved=1)

    async def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        grammar: str = "",
        temperature: float = 0.0,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        """See `bot.models.open.Generator`; `grammar` is sent as llama-server and vLLM each name it."""
        body = self._body(turns, max_tokens=max_tokens, temperature=temperature)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        body |= {"stop": list(stop)} if stop else {}
        body |= {"grammar": grammar, "structured_outputs": {"grammar": grammar}} if grammar else {}
        started = time.monotonic()
        answer = _Answer(Clean(on_text))
        async with self._place(urgency, Deadline.after(deadline)):
            async for event in self._events(body):
                answer.take(event)
        if not answer.finish:
            raise ModelFailed("the stream ended too early", model=self.name)
        return answer.completion(time.monotonic() - started)

    async def choose(
        self,
        turns: Sequence[Turn],
        choices: Sequence[str],
        *,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
    ) -> tuple[float, ...]:
        """See `bot.models.open.Generator`; raises ModelFailed where the server gives no probabilities."""
        body = self._body(turns, max_tokens=1, temperature=0.0) | {"logprobs": True, "top_logprobs": _TOP}
        async with self._place(urgency, Deadline.after(deadline)):
            answer = await self._post(body)
        try:
            first = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            tokens = [(str(t["token"]), math.exp(t["logprob"])) for t in first]
        except (KeyError, IndexError, TypeError) as error:
            raise ModelFailed("the server gives no token probabilities", model=self.name) from error
        return shares(choices, tokens)

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _body(self, turns: Sequence[Turn], *, max_tokens: int, temperature: float) -> dict[str, Any]:
        if not turns:
            raise ValueError("no turns to answer")
        messages = [{"role": t.role, "content": neutralise(t.text)} for t in turns]
        return {
            "model": self.name,
            "messages": messages,
            "max_tokens": max_tokens,
            "temperature": temperature,
        }

    @asynccontextmanager
    async def _place(self, urgency: Urgency, deadline: Deadline) -> AsyncIterator[None]:
        """A place in line until the deadline; leaving closes the connection, which stops the server."""
        import httpx

        await self._line.enter(urgency, deadline)
        try:
            async with asyncio.timeout(deadline.left()):
                yield
        except TimeoutError:
            raise ModelFailed("the deadline passed", model=self.name) from None
        except httpx.TimeoutException as error:
            raise ModelFailed(f"the server was silent ({type(error).__name__})", model=self.name) from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            reason = type(error).__name__
            raise ModelFailed(f"the server can't be reached ({reason})", model=self.name) from error
        finally:
            self._line.leave(urgency)

    async def _events(self, body: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """The stream's events; server-sent events with JSON after `data:`, ended by `[DONE]`."""
        async with self._http().stream("POST", "chat/completions", json=body) as response:
            if response.status_code != 200:
                raise self._refused(response.status_code, await response.aread())
            async for line in response.aiter_lines():
                if len(line) > _LONGEST_LINE:
                    raise ModelFailed("the server sent an endless line", model=self.name)
                data = line.removeprefix("data:").strip()
                if data == "[DONE]":
                    return
                if line.startswith("data:"):
                    yield self._json(data)

    async def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._http().post("chat/completions", json=body)
        if response.status_code != 200:
            raise self._refused(response.status_code, response.content)
        return self._json(response.content)

    def _json(self, data: str | bytes) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except ValueError as error:
            raise ModelFailed("the server sent no JSON", model=self.name) from error
        if not isinstance(found, dict):
            raise ModelFailed("the server sent another shape of answer", model=self.name)
        if "error" in found:
            raise self._refused(200, json.dumps(found).encode())
        return found

    def _refused(self, status: int, content: bytes) -> ModelError:
        """The error for a refusal; the server's own words, shortened, without our key."""
        try:
            error = json.loads(content)["error"]
            words = str(error["message"] if isinstance(error, dict) else error)
        except (ValueError, KeyError, TypeError):
            words = ""
        if self.settings.key:
            words = words.replace(self.settings.key, "[key]")
        reason = f"the server answered {status}" + (f": {words[:200]}" if words else "")
        kind = {401: ModelFailed, 404: ModelMissing, 429: ModelBusy}.get(status, ModelFailed)
        return kind(reason, model=self.name)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            headers = {"Authorization": f"Bearer {self.settings.key}"} if self.settings.key else {}
            self._client = httpx.AsyncClient(
                base_url=self.settings.url.rstrip("/") + "/",
                headers=headers,
                timeout=httpx.Timeout(self.settings.timeout, connect=10.0),
                transport=self._transport,
                mounts=dict.fromkeys(("all://", "http://", "https://")) if _own(self.settings.url) else None,
                follow_redirects=False,  # a redirect could carry the key elsewhere
            )
        return self._client


def _own(url: str) -> bool:
    """Whether the server is on this machine or its network, where no HTTP_PROXY should see the articles."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host


class _Answer:
    """A streamed answer as it grows."""

    def __init__(self, clean: Clean) -> None:
        self.clean = clean
        self.finish = ""
        self.pieces = 0
        self.usage: dict[str, Any] = {}

    def take(self, event: dict[str, Any]) -> None:
        for choice in event.get("choices") or ():
            text = (choice.get("delta") or {}).get("content") or ""
            self.pieces += bool(text)
            self.clean.feed(text)
            self.finish = choice.get("finish_reason") or self.finish
        self.usage = event.get("usage") or self.usage

    def completion(self, seconds: float) -> Completion:
        return Completion(
            text=self.clean.text(),
            prompt_tokens=int(self.usage.get("prompt_tokens") or 0),
            # Without usage, the pieces of a stream are nearly always single tokens.
            completion_tokens=int(self.usage.get("completion_tokens") or self.pieces),
            seconds=seconds,
            truncated=self.finish == "length",
        )
