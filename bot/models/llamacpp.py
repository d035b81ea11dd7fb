"""llama.cpp in this process, through xllamacpp: the default engine, for GGUF files on a CPU or GPU.

Knows no prompts and no news. The hard thing: its server always listens. So it listens on a
Unix socket in a folder that only we may enter, wants a random key, and the socket's name is removed
as soon as it stands: nothing on this machine can connect to it, other users least of all.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import ModelCorrupt, ModelFailed
from bot.models import cores
from bot.models.gguf import BadHeader, control_tokens
from bot.models.queue import Deadline, Line
from bot.models.running import Clean, Request, on_loop, run, shares
from bot.models.tokens import Known
from bot.types import Completion, Turn, Urgency

T = TypeVar("T")

_TOP = 40
"""How many first tokens `choose` looks at."""
_LOOKUP = (2, 4)
"""After so many tokens that stand in the prompt too, so many of those that follow there are tried at once."""
_BATCH = 256
"""Prompt tokens between two looks at the stop flag: one to four seconds on two slow cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaSettings:
    """How the engine runs."""

    context: int = 4096
    parallel: int = 2
    threads: int = 0
    """0: as many as other programs leave free when the model is loaded."""
    queue: int = 64
    reserved: int = 1
    """Places of `parallel` that background work never takes."""


class _GaveWay(Exception):
    """The request let a person go first and is to be begun anew."""


class LlamaGenerator:
    """A Generator on a GGUF file; loads on its first call."""

    def __init__(self, name: str, locate: Callable[[], Path], settings: LlamaSettings | None = None) -> None:
        """`locate` finds the verified file, on a thread, when it is needed; it raises ModelError kinds."""
        self.name = name
        self.settings = settings or LlamaSettings()
        self.context = self.settings.context
        self._locate = locate
        self._server: Any = None
        self._loading = threading.Lock()
        self._running: set[Request] = set()
        self._background: set[Request] = set()
        self._known = Known(())
        places = self.settings.parallel
        self._line = Line(
            model=name, places=places, limit=self.settings.queue, reserved=self.settings.reserved
        )
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="llamacpp")

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
        """See `bot.models.open.Generator`."""
        body = _body(turns, max_tokens=max_tokens, temperature=temperature)
        body |= {"stop": list(stop)} if stop else {}
        body |= {"grammar": grammar} if grammar else {}
        request = Request(Deadline.after(deadline))
        clean = Clean(on_loop(on_text, request))
        return await self._run(lambda: self._stream(body, request, clean), request, urgency)

    async def choose(
        self,
        turns: Sequence[Turn],
        choices: Sequence[str],
        *,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
    ) -> tuple[float, ...]:
        """See `bot.models.open.Generator`."""
        body = _body(turns, max_tokens=1, temperature=0.0) | {"logprobs": True, "top_logprobs": _TOP}
        request = Request(Deadline.after(deadline))
        tokens = await self._run(lambda: self._first_tokens(body, request), request, urgency)
        return shares(choices, tokens)

    async def close(self) -> None:
        """Stop what runs, then free the model's memory."""
        for request in tuple(self._running):
            request.stop()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        with self._loading:
            self._server = None  # its destructor ends the engine's threads and frees the model

    async def _run(self, work: Callable[[], T], request: Request, urgency: Urgency) -> T:
        """Do `work` in its turn; background work that has not begun to write gives way to a person.

        Reading a long prompt fills whole batches of the engine, so a person's prompt would wait for
        it; what was read stays in the engine's cache, and little is lost.
        """
        if urgency is Urgency.PERSON:
            for other in self._background:
                other.give_way()
        among = self._background if urgency is Urgency.BACKGROUND else self._running
        while True:
            request.again()
            self._running.add(request)
            among.add(request)
            try:
                return await run(work, request, line=self._line, executor=self._threads, urgency=urgency)
            except _GaveWay:
                continue
            finally:
                self._running.discard(request)
                among.discard(request)

    def _stream(self, body: dict[str, Any], request: Request, clean: Clean) -> Completion:
        started = time.monotonic()
        seen: dict[str, Any] = {}

        def took(event: Mapping[str, Any]) -> bool:
            if "error" in event:
                seen["error"] = event["error"]
                return True
            for choice in event.get("choices", ()):
                text = choice["delta"].get("content") or ""
                request.begun = request.begun or bool(text)
                clean.feed(text)
                seen["finish"] = choice.get("finish_reason") or seen.get("finish")
            seen["usage"] = event.get("usage") or seen.get("usage")
            return request.over()

        stream = {"stream": True, "return_progress": True, "stream_options": {"include_usage": True}}
        self._call(body | stream, request, took)
        if "error" in seen:
            raise self._failed(seen["error"])
        if not seen.get("usage"):
            raise ModelFailed("stopped", model=self.name)
        return Completion(
            text=clean.text(),
            prompt_tokens=seen["usage"]["prompt_tokens"],
            completion_tokens=seen["usage"]["completion_tokens"],
            seconds=time.monotonic() - started,
            truncated=seen.get("finish") == "length",
        )

    def _first_tokens(self, body: dict[str, Any], request: Request) -> list[tuple[str, float]]:
        events: list[Mapping[str, Any]] = []

        def took(event: Mapping[str, Any]) -> bool:
            events.append(event)
            return request.over()

        self._call(body | {"stream": True, "return_progress": True}, request, took)
        for event in events:
            if "error" in event:
                raise self._failed(event["error"])
            for choice in event.get("choices", ()):
                for token in (choice.get("logprobs") or {}).get("content") or ():
                    return [(t["token"], math.exp(t["logprob"])) for t in token["top_logprobs"]]
        raise ModelFailed("stopped" if request.over() else "gave no probabilities", model=self.name)

    def _call(self, body: dict[str, Any], request: Request, took: Callable[[Any], bool]) -> None:
        server = self._load()
        messages = [m | {"content": self._known.neutralise(m["content"])} for m in body["messages"]]
        try:
            if not request.over():
                server.handle_chat_completions(body | {"messages": messages}, took)
        except Exception as error:  # the binding raises whatever C++ threw, in several types
            raise ModelFailed(f"the engine failed: {error}", model=self.name) from error
        if request.gives_way():
            raise _GaveWay

    def _failed(self, error: Mapping[str, Any]) -> ModelFailed:
        if error.get("type") == "exceed_context_size_error":
            tokens, room = error.get("n_prompt_tokens"), error.get("n_ctx")
            return ModelFailed(f"the prompt has {tokens} tokens, the context {room}", model=self.name)
        return ModelFailed(str(error.get("message", "the engine failed")), model=self.name)

    def _load(self) -> Any:
        """The server, started by the first thread that needs it."""
        with self._loading:
            if self._server is None:
                path = self._locate()
                self._server = start(path, self.settings, name=self.name)
                with suppress(BadHeader, OSError):  # the engine itself has read the file
                    self._known = Known(control_tokens(path))
            return self._server


def start(path: Path, settings: LlamaSettings, *, name: str) -> Any:
    """Load `path` into a server that nobody but this process can reach; raises ModelCorrupt, ModelFailed."""
    import xllamacpp

    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelCorrupt(f"{path.name} is no GGUF file", model=name)
    # Mode 0700. A socket's path has room for about 100 characters, which some TMPDIRs use up.
    folder = tempfile.mkdtemp(prefix="newsbot-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None)  # noqa: S108
    socket = Path(folder) / "engine.sock"
    try:
        server = xllamacpp.Server(parameters(path, settings, str(socket)))
        address = str(server.listening_address)
        if not address.startswith("unix:"):
            raise ModelFailed(f"the engine listens on {address}, which others could reach", model=name)
        return server
    except RuntimeError as error:
        raise ModelFailed(f"{path.name} can't be loaded: {error}", model=name) from error
    finally:
        # The name goes, and with it the only way to connect; calls from here do not need it.
        socket.unlink(missing_ok=True)
        Path(folder).rmdir()


def parameters(path: Path, settings: LlamaSettings, hostname: str) -> Any:
    """The engine's parameters, as measured to be best on small machines (docs/models.md)."""
    import xllamacpp

    p = xllamacpp.CommonParams()
    p.model.path = str(path)
    p.hostnames = [hostname]
    p.api_keys = [secrets.token_urlsafe(32)]
    p.ui = p.endpoint_slots = p.endpoint_props = p.endpoint_metrics = False
    p.offline = True
    p.verbosity = 0
    p.n_parallel = settings.parallel
    p.n_ctx = settings.context * settings.parallel
    p.n_batch = p.n_ubatch = _BATCH
    p.cache_prompt = True
    p.cache_ram_mib = 0  # its default keeps up to 8 GiB of old prompts
    # Weights rearranged for the processor would be a second copy in memory (600 MB for `standard`),
    # for a decode a sixth faster and a prefill no faster.
    p.no_extra_bufts = True
    # Prompt look-up: what is tightened or answered is mostly copied; longer drafts cost more than they save.
    p.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
    p.speculative.ngram_simple.size_n, p.speculative.ngram_simple.size_m = _LOOKUP
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = settings.threads or cores.free()
    return p


def _body(turns: Sequence[Turn], *, max_tokens: int, temperature: float) -> dict[str, Any]:
    if not turns:
        raise ValueError("no turns to answer")
    return {
        "messages": [{"role": t.role, "content": t.text} for t in turns],
        "max_tokens": max_tokens,
        "temperature": temperature,
        "cache_prompt": True,
    }
