"""Any Hugging Face chat model or summarizer, through transformers and torch, on a CPU or a GPU.

Knows no prompts. Causal models (Llama, Qwen, Gemma, ...) get the conversation in their own chat
template, or as plain text where they have none; sequence-to-sequence summarizers (BART, T5,
Pegasus) get only the last turn's material, since they follow no instructions. The hard thing is
batching: requests that wait together run together, each with its own limits, stops and deadline.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

from bot.errors import ModelBusy, ModelError, ModelFailed
from bot.models.checkpoint import Job, TransformersSettings, load, refuse
from bot.models.queue import Deadline
from bot.models.running import Clean, Request, on_loop
from bot.types import Completion, Turn, Urgency

__all__ = ["TransformersGenerator", "TransformersSettings"]


class TransformersGenerator:
    """A Generator on a Hugging Face id or a local folder; loads on its first call."""

    def __init__(self, name: str, source: str, settings: TransformersSettings | None = None) -> None:
        """`source` is what transformers loads: an id on the Hub or a folder."""
        self.name = name
        self.settings = settings or TransformersSettings()
        self.context = self.settings.context
        self._source = source
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._arrivals = 0
        self._loaded: Any = None

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
        """See `bot.models.open.Generator`; raises ModelFailed for a grammar, which this engine lacks."""
        if grammar:
            raise ModelFailed("this engine knows no grammars", model=self.name)
        request = Request(Deadline.after(deadline))
        job = self._job(turns, request, urgency, Clean(on_loop(on_text, request)))
        job.max_tokens, job.stop, job.temperature = max_tokens, tuple(stop), temperature
        completion: Completion = await self._do(job)
        return completion

    async def choose(
        self,
        turns: Sequence[Turn],
        choices: Sequence[str],
        *,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
    ) -> tuple[float, ...]:
        """See `bot.models.open.Generator`."""
        job = self._job(turns, Request(Deadline.after(deadline)), urgency, Clean(None))
        job.choices = tuple(choices)
        found: tuple[float, ...] = await self._do(job)
        return found

    async def close(self) -> None:
        """Stop what runs, refuse what waits, free the memory."""
        with self._wake:
            self._closed = True
            for job in self._running:
                job.request.stop()
            thread, self._thread = self._thread, None
            self._wake.notify()
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def _job(self, turns: Sequence[Turn], request: Request, urgency: Urgency, clean: Clean) -> Job:
        if not turns:
            raise ValueError("no turns to answer")
        self._arrivals += 1
        return Job(
            turns=tuple(turns), max_tokens=1, stop=(), temperature=0.0, urgency=urgency,
            arrival=self._arrivals, request=request, clean=clean,
        )  # fmt: skip

    async def _do(self, job: Job) -> Any:
        with self._wake:
            if self._closed:
                raise ModelFailed("closed", model=self.name)
            if len(self._waiting) >= self.settings.queue:
                raise ModelBusy(f"{len(self._waiting)} requests wait already", model=self.name)
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="transformers", daemon=True)
                self._thread.start()
            self._wake.notify()
        try:
            async with asyncio.timeout(job.request.deadline.left()):
                return await asyncio.wrap_future(job.future)
        except TimeoutError:
            raise ModelFailed("the deadline passed", model=self.name) from None
        finally:
            job.request.stop()

    def _work(self) -> None:
        while (batch := self._next()) is not None:
            try:
                if self._loaded is None:
                    self._loaded = load(self._source, self.settings, name=self.name)
                self._loaded.run(batch)
            except ModelError as error:
                refuse(batch, error)
            except Exception as error:  # noqa: BLE001  (torch raises anything; callers get one kind)
                refuse(batch, ModelFailed(f"{type(error).__name__}: {error}", model=self.name))
        self._loaded = None
        refuse(self._waiting, ModelFailed("closed", model=self.name))

    def _next(self) -> list[Job] | None:
        """The next batch: the most urgent job and the others of its kind; None when closed."""
        with self._wake:
            while not self._closed:
                self._waiting = [j for j in self._waiting if not j.request.over()]
                if self._waiting:
                    self._waiting.sort(key=lambda j: (j.urgency, j.arrival))
                    first = self._waiting[0]
                    # A person does not wait for the background's long texts in the same batch.
                    alike = [j for j in self._waiting if (j.kind, j.urgency) == (first.kind, first.urgency)]
                    self._running = alike[: self.settings.batch]
                    self._waiting = [j for j in self._waiting if j not in self._running]
                    return self._running
                self._wake.wait()
            return None
