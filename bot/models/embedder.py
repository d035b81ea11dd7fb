"""Sentence embeddings with a small BERT-like encoder, through transformers and torch.

Knows no passages and no news: texts in, vectors of unit length out. The hard thing is speed, since
embedding is the slowest step of taking an article in: texts are sorted by length so that a batch
has little padding, batches have about the same number of tokens, and a person's text goes between
two background batches. One thread does all of it; nothing is fetched from a hub at load.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import ModelBusy, ModelError, ModelFailed
from bot.models import cores
from bot.types import Urgency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 384
_SMALL = 64
"""Tokens of a batch that one thread does: a question's. Its words are searched for meanwhile, and threads
that spin on a busy core cost both more than they gain."""
_BATCH_TOKENS = 512
"""Tokens of a batch for each thread, padding included: what the caches hold. Measured on one core:
24.7 passages a second with 512, 19.7 with 2048, 10.4 with everything in one padded batch."""
_AGREES = 0.999
"""The least cosine that a faster arithmetic must keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSettings:
    """How the encoder runs."""

    dimensions: int = DIMENSIONS
    threads: int = 0
    max_tokens: int = 256
    queue: int = 256
    precision: str = "auto"


@dataclass(slots=True)
class _Job:
    texts: Sequence[str]
    future: Future[Any]
    tokens: list[list[int]] = field(default_factory=list)
    batches: list[list[int]] = field(default_factory=list)
    rows: Any = None


class Encoder:
    """An Embedder on a folder with config, tokenizer and weights; loads on its first call."""

    def __init__(
        self, name: str, locate: Callable[[], Path], settings: EncoderSettings | None = None
    ) -> None:
        """`locate` finds the verified folder, on the thread, when it is needed; raises ModelError kinds."""
        self.name = name
        self.settings = settings or EncoderSettings()
        self.dimensions = self.settings.dimensions
        self._locate = locate
        self._jobs: queue.PriorityQueue[tuple[int, int, _Job | None]] = queue.PriorityQueue()
        self._arrivals = itertools.count()
        self._waiting = 0
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._loaded: _Loaded | None = None

    async def embed(
        self, texts: Sequence[str], *, urgency: Urgency = Urgency.BACKGROUND
    ) -> NDArray[np.float32]:
        """See `bot.models.open.Embedder`."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        job = _Job(tuple(texts), Future())
        self._put(job, urgency)
        rows: NDArray[np.float32] = await asyncio.wrap_future(job.future)
        return rows

    async def close(self) -> None:
        """Refuse what waits, then free the memory."""
        with self._guard:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put((-1, next(self._arrivals), None))
            await asyncio.to_thread(thread.join)

    def _put(self, job: _Job, urgency: Urgency) -> None:
        with self._guard:
            if self._closed:
                raise ModelFailed("closed", model=self.name)
            if self._waiting >= self.settings.queue:
                raise ModelBusy(f"{self._waiting} requests wait already", model=self.name)
            self._waiting += 1
            self._jobs.put((int(urgency), next(self._arrivals), job))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="embedder", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            urgency, arrival, job = self._jobs.get()
            if job is None:
                break
            # A job goes back with its old number after each batch, so that whoever is more
            # urgent comes next, and otherwise the same job again.
            if self._step(job):
                with self._guard:
                    self._waiting -= 1
            else:
                self._jobs.put((urgency, arrival, job))
        self._loaded = None
        with suppress(queue.Empty):
            while True:
                _, _, left = self._jobs.get_nowait()
                if left is not None and not left.future.cancelled():
                    left.future.set_exception(ModelFailed("closed", model=self.name))

    def _step(self, job: _Job) -> bool:
        """Do one batch of a job; returns whether the job is over."""
        if job.future.cancelled():
            return True
        try:
            if self._loaded is None:
                self._loaded = load(self._locate(), self.settings, name=self.name)
            finished = self._loaded.step(job)
        except ModelError as error:
            return _settle(job.future, error=error)
        except Exception as error:  # noqa: BLE001  (torch raises anything; the caller gets one kind)
            return _settle(job.future, error=ModelFailed(f"{type(error).__name__}: {error}", model=self.name))
        return _settle(job.future, rows=job.rows) if finished else False


def _settle(future: Future[Any], *, rows: Any = None, error: ModelError | None = None) -> bool:
    if future.set_running_or_notify_cancel():
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(rows)
    return True


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Indices in batches of about `tokens` tokens with padding counted, longest texts first.

    Texts of like length lie together, so padding is little.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    found: list[list[int]] = []
    for index in order:
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= tokens:
            found[-1].append(index)
        else:
            found.append([index])
    return found


def dimensions_of(folder: Path) -> int:
    """The vector length that a folder's config.json gives; 384, all-MiniLM-L6-v2's, without one."""
    try:
        return int(json.loads((folder / "config.json").read_text())["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError):
        return DIMENSIONS


class _Loaded:
    """A loaded encoder; all of its methods run on the embedder's thread."""

    def __init__(self, model: Any, tokenizer: Any, settings: EncoderSettings, threads: int) -> None:
        self.model, self.tokenizer, self.settings = model, tokenizer, settings
        self.threads = threads
        self.batch_tokens = min(4096, _BATCH_TOKENS * threads)

    def step(self, job: _Job) -> bool:
        """Tokenize on the first step, then one batch a step; returns whether all is done."""
        import numpy as np

        if job.rows is None:
            job.tokens = self.tokenize(job.texts)
            job.batches = batches([len(t) for t in job.tokens], self.batch_tokens)
            job.rows = np.empty((len(job.texts), self.settings.dimensions), dtype=np.float32)
        batch = job.batches.pop(0)
        job.rows[batch] = self.encode([job.tokens[i] for i in batch])
        return not job.batches

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, cut to what the encoder reads."""
        clean = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates
        found = self.tokenizer(clean, truncation=True, max_length=self.settings.max_tokens)
        ids: list[list[int]] = found["input_ids"]
        return ids

    def encode(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Mean of the last layer's vectors over the real tokens, scaled to unit length."""
        import torch

        longest = max(len(t) for t in tokens)
        torch.set_num_threads(self.threads if longest * len(tokens) > _SMALL else 1)
        pad = self.tokenizer.pad_token_id or 0
        ids = torch.tensor([[*t, *[pad] * (longest - len(t))] for t in tokens])
        mask = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in tokens])
        # Without padding no mask is needed, and attention takes its fast path.
        padded = None if bool(mask.all()) else mask
        with torch.inference_mode():
            last = self.model(input_ids=ids, attention_mask=padded).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            mean = (last * weights).sum(1) / weights.sum(1)
            rows: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return rows


def load(folder: Path, settings: EncoderSettings, *, name: str) -> _Loaded:
    """Load tokenizer and weights from `folder`, asking no hub; raises ModelFailed."""
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    threads = settings.threads or cores.free()
    torch.set_num_threads(threads)
    dtype = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model = AutoModel.from_pretrained(str(folder), local_files_only=True, dtype=dtype).eval()
    except Exception as error:  # the libraries raise all kinds on a broken file
        raise ModelFailed(f"can't be loaded from {folder}: {error}", model=name) from error
    if model.config.hidden_size != settings.dimensions:
        raise ModelFailed(
            f"gives vectors of {model.config.hidden_size}, not {settings.dimensions} numbers", model=name
        )
    loaded = _Loaded(model, tokenizer, settings, threads)
    return _faster(loaded) if settings.precision == "auto" and _has_bfloat16() else loaded


def _faster(exact: _Loaded) -> _Loaded:
    """The same encoder in bfloat16, if a trial shows it faster here and in agreement; else `exact`."""
    import torch

    rounded = _Loaded(copy.deepcopy(exact.model).to(torch.bfloat16), exact.tokenizer, exact.settings, 1)
    rounded.batch_tokens = exact.batch_tokens
    trial = exact.tokenize([f"Trial {n}: " + "the town council met on Monday. " * 12 for n in range(6)])
    (slow, one), (fast, other) = (_timed(loaded, trial) for loaded in (exact, rounded))
    return rounded if fast < slow and float((one * other).sum(1).min()) >= _AGREES else exact


def _timed(loaded: _Loaded, trial: list[list[int]]) -> tuple[float, NDArray[np.float32]]:
    loaded.encode(trial[:1])  # the first run allocates
    began = time.perf_counter()
    rows = loaded.encode(trial)
    return time.perf_counter() - began, rows


def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; others emulate it, seven times slower."""
    with suppress(OSError):
        flags = Path("/proc/cpuinfo").read_text()
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False
