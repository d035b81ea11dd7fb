"""Questions about what the archive holds: retrieve, read, decide, and say it with citations.

Reading and refusing are two decisions: the reader always names its best answer, and a calibrated
check (`verify`) decides whether it may be said. Knows no chat and no database, only protocols. A model that
is missing or fails costs quality, never the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.news.protocols import Archive, Embedder, Generator, PassageIndex, Prompts
from bot.types import Answer, Turn, Urgency


class Answerer:
    """Answers questions from stored articles."""

    def __init__(
        self,
        generator: Generator | None,
        embedder: Embedder | None,
        index: PassageIndex,
        archive: Archive,
        prompts: Prompts,
    ) -> None:
        self._generator = generator
        self._embedder = embedder
        self._index = index
        self._archive = archive
        self._prompts = prompts

    async def answer(
        self,
        question: str,
        *,
        now: datetime,
        history: Sequence[Turn] = (),
        on_text: Callable[[str], None] | None = None,
        urgency: Urgency = Urgency.PERSON,
    ) -> Answer:
        """The answer to `question`, asked at `now` after `history`; never raises `ModelError`."""
        raise NotImplementedError
