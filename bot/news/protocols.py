"""What the news room needs of the world, as protocols: `models` and `storage` fit them, so do fakes.

Structural on purpose: nothing here is inherited, and no room imports another for it. The hard
thing is to keep these the exact shape of `bot/models` and `bot/storage`: change both together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.types import Article, Completion, Hit, Passage, Turn, Urgency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Generator(Protocol):
    """A language model that writes. Every method raises `ModelError` when it can't."""

    @property
    def name(self) -> str:
        """The catalogue's name or the owner's."""
        ...

    @property
    def context(self) -> int:
        """Tokens of prompt and answer together."""
        ...

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
        """Write an answer to `turns`; `deadline` is in seconds from now, waiting in the queue included."""
        ...

    async def choose(
        self,
        turns: Sequence[Turn],
        choices: Sequence[str],
        *,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
    ) -> tuple[float, ...]:
        """Probabilities of `choices` as the answer's beginning, in their order, summing to 1."""
        ...


class Embedder(Protocol):
    """A model that turns texts into vectors of unit length. Raises `ModelError` when it can't."""

    @property
    def name(self) -> str:
        """The catalogue's name or the owner's."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    async def embed(
        self, texts: Sequence[str], *, urgency: Urgency = Urgency.BACKGROUND
    ) -> NDArray[np.float32]:
        """Vectors of `texts`, shape (len(texts), dimensions)."""
        ...


class Prompts(Protocol):
    """The prompt files, rendered: values are untrusted, fenced and free of special tokens after it."""

    def render(self, name: str, /, **values: str) -> tuple[Turn, ...]:
        """The turns of prompt `name`."""
        ...


class PassageIndex(Protocol):
    """Search over stored passages: by words and by vector. `storage.Search` fits."""

    async def text(
        self,
        terms: Sequence[str],
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
    ) -> list[Hit]:
        """BM25 over the terms, joined by OR; best first."""
        ...

    async def vector(
        self,
        vector: NDArray[np.float32],
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
    ) -> list[Hit]:
        """Cosine to `vector`; best first."""
        ...

    async def passages(self, ids: Sequence[int]) -> list[Passage]:
        """The passages of these ids that still exist."""
        ...

    async def passages_of(self, article_id: int) -> list[Passage]:
        """An article's passages in order."""
        ...


class Archive(Protocol):
    """Stored articles. `storage.Articles` fits."""

    async def get(self, article_id: int, /) -> Article:
        """The article at its newest revision. Raises `NotFound`."""
        ...

    async def get_many(self, article_ids: Sequence[int], /) -> list[Article]:
        """Those of the articles that exist."""
        ...

    async def recent(
        self,
        *,
        limit: int,
        before: datetime | None = None,
        since: datetime | None = None,
        topic: str | None = None,
        language: str | None = None,
    ) -> list[Article]:
        """Newest first."""
        ...

    async def count(self) -> int:
        """How many articles there are."""
        ...
