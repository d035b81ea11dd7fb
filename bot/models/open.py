"""From a few lines of configuration to a Generator or an Embedder that loads on its first call.

Must stay light: importing this module, and opening a model, import no engine. The hard thing is
naming: `model` is a catalogue name, a path, a Hugging Face id or a server's model, by engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.errors import ConfigError, Problem
from bot.types import Completion, Turn, Urgency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Generator(Protocol):
    """Continues a conversation. Every method raises ModelError kinds and nothing else."""

    name: str
    context: int
    """Tokens of prompt and answer together that one request may have."""

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
        """Write what follows `turns`; `deadline` is in seconds from now, waiting in line included.

        `on_text` gets each new piece of text, on the event loop. `grammar` is GBNF; engines that
        have none raise ModelFailed. Raises ModelMissing, ModelCorrupt, ModelBusy, ModelFailed.
        """
        ...

    async def choose(
        self,
        turns: Sequence[Turn],
        choices: Sequence[str],
        *,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
    ) -> tuple[float, ...]:
        """Return each choice's probability as the answer's first word; they add up to 1."""
        ...

    async def close(self) -> None:
        """Stop what runs and free the memory."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors of unit length."""

    name: str
    dimensions: int

    async def embed(
        self, texts: Sequence[str], *, urgency: Urgency = Urgency.BACKGROUND
    ) -> NDArray[np.float32]:
        """One row of `dimensions` numbers for each text, in order. Raises ModelError kinds."""
        ...

    async def close(self) -> None:
        """Stop and free the memory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorSpec:
    """Which generator, as the configuration's `[models]` says it."""

    engine: str = "llamacpp"
    """`llamacpp`, `transformers` or `openai`."""
    model: str = "standard"
    """Catalogue name or path (llamacpp); Hugging Face id or path (transformers); server's name (openai)."""
    path: Path | None = None
    """The file or folder to use for `model`, instead of looking for it."""
    context: int = 4096
    """Tokens one request may have, prompt and answer together."""
    parallel: int = 2
    """Requests the engine works on at once."""
    threads: int = 0
    """0: as many cores as other programs leave free when the model is loaded."""
    queue: int = 64
    """Requests that may wait; more are refused with ModelBusy."""
    device: str = "auto"
    """transformers only: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`."""
    offline: bool = False
    """transformers only: never ask the hub, even for a model that is not here."""
    url: str = ""
    """openai only: base URL, up to and including `/v1`."""
    key: str = ""
    """openai only: bearer token; never logged."""
    timeout: float = 120.0
    """openai only: seconds without a byte before the server counts as gone."""

    def __repr__(self) -> str:
        return f"GeneratorSpec(engine={self.engine!r}, model={self.model!r}, url={self.url!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSpec:
    """Which embedder."""

    model: str = "minilm"
    """Catalogue name, or a folder with a BERT-like encoder for transformers."""
    path: Path | None = None
    threads: int = 0
    """0: as many cores as other programs leave free when the model is loaded."""
    max_tokens: int = 256
    """A longer text is cut; all-MiniLM-L6-v2 was trained with 128 and is meant for 256."""
    queue: int = 256
    """Texts batches that may wait; more are refused with ModelBusy."""
    precision: str = "auto"
    """`float32`, `bfloat16`, or `auto`: bfloat16 where a trial at load shows it faster and in agreement."""


def open_generator(spec: GeneratorSpec, models_dir: Path, paths: Sequence[Path] = ()) -> Generator:
    """A generator for `spec`; nothing is loaded before its first call.

    `paths` are more places to look for catalogue models. Raises ConfigError for an unknown engine
    and for an `openai` engine without a URL.
    """
    if spec.engine == "llamacpp":
        return _llamacpp(spec, models_dir, paths)
    if spec.engine == "transformers":
        return _transformers(spec)
    if spec.engine == "openai":
        return _openai(spec)
    raise ConfigError((Problem("models.engine", spec.engine, "one of: llamacpp, transformers, openai"),))


def open_embedder(spec: EmbedderSpec, models_dir: Path, paths: Sequence[Path] = ()) -> Embedder:
    """An embedder for `spec`; nothing is loaded before its first call."""
    from bot.models.embedder import Encoder, EncoderSettings, dimensions_of
    from bot.models.fetch import ready

    def locate() -> Path:
        return spec.path or ready(spec.model, models_dir, paths)

    settings = EncoderSettings(
        dimensions=dimensions_of(spec.path or Path(spec.model)),
        threads=spec.threads,
        max_tokens=spec.max_tokens,
        queue=spec.queue,
        precision=spec.precision,
    )
    return Encoder(spec.model, locate, settings)


def _llamacpp(spec: GeneratorSpec, models_dir: Path, paths: Sequence[Path]) -> Generator:
    from bot.models.fetch import ready
    from bot.models.llamacpp import LlamaGenerator, LlamaSettings

    def locate() -> Path:
        return spec.path or ready(spec.model, models_dir, paths)

    settings = LlamaSettings(
        context=spec.context, parallel=spec.parallel, threads=spec.threads, queue=spec.queue
    )
    return LlamaGenerator(spec.model, locate, settings)


def _transformers(spec: GeneratorSpec) -> Generator:
    from bot.models.transformers import TransformersGenerator, TransformersSettings

    settings = TransformersSettings(
        context=spec.context,
        batch=spec.parallel,
        threads=spec.threads,
        queue=spec.queue,
        device=spec.device,
        offline=spec.offline,
    )
    return TransformersGenerator(spec.model, str(spec.path or spec.model), settings)


def _openai(spec: GeneratorSpec) -> Generator:
    from bot.models.openai import OpenAIGenerator, OpenAISettings

    if not spec.url:
        raise ConfigError((Problem("models.url", "", "the server's URL, such as http://127.0.0.1:8080/v1"),))
    settings = OpenAISettings(
        url=spec.url,
        key=spec.key,
        context=spec.context,
        parallel=spec.parallel,
        queue=spec.queue,
        timeout=spec.timeout,
    )
    return OpenAIGenerator(spec.model, settings)
