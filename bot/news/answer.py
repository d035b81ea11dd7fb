"""Questions about what the archive holds: retrieve, read, decide, and say it with citations.

Reading and refusing are two decisions: the reader always names its best answer, and a calibrated
check (`verify`) decides whether it may be said. Knows no chat and no database, only protocols. The
hard thing is to cost quality, never the reply, where a model is missing or fails.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from bot.errors import ModelError
from bot.news import counting, kinds, replying, retrieve, rewrite, sentences, sought, verify
from bot.news.excerpt import excerpt
from bot.news.fitting import Fit, fits
from bot.news.numbers import numbers
from bot.news.protocols import Archive, Embedder, Generator, PassageIndex, Prompts
from bot.news.reading import Reader, Reading, Vote, count
from bot.news.retrieve import Asked, Candidate, Retriever, ask
from bot.news.untrusted import speaks_to_machine
from bot.types import Answer, Article, Turn, Urgency

READ = 3
"""Passages that are read at most; each costs a second or two on a small machine."""
FOUND = 12
SECONDS = 30.0
"""What one call of the model may take, waiting included."""
SETTLED = 0.9
"""Confidence from which the next passage need not be read."""
PATIENCE = 8.0
"""Seconds of reading after which what was read must do; after two passages a third one's count too."""


class Answerer:
    """Answers questions from stored articles."""

    def __init__(
        self,
        generator: Generator | None,
        embedder: Embedder | None,
        index: PassageIndex,
        archive: Archive,
        prompts: Prompts,
        *,
        reads: bool = True,
    ) -> None:
        """`reads`: whether `generator` reads the passages, and does not only complete follow-ups."""
        self._generator = generator
        self._reads = reads
        self._index = index
        self._archive = archive
        self._prompts = prompts
        self._retriever = Retriever(embedder, index, archive)

    async def answer(
        self,
        question: str,
        *,
        now: datetime,
        zone: tzinfo = UTC,
        history: Sequence[Turn] = (),
        on_text: Callable[[str], None] | None = None,
        on_reading: Callable[[Sequence[Article]], None] | None = None,
        urgency: Urgency = Urgency.PERSON,
    ) -> Answer:
        """The answer to `question`, asked at `now` in `zone` after `history`; never raises `ModelError`.

        `on_reading` gets the articles before they are read, which takes seconds. `on_text` gets, where
        several questions were asked, the checked answers to those that are done while others are not.
        """
        begun = time.perf_counter()
        asked, said = ask(question, now, zone), [turn.text for turn in history if turn.role == "user"]
        complete = sought.continued(asked, said) or await rewrite.complete(
            question,
            () if sought.stands_alone(asked) else history,
            self._generator,
            self._prompts,
            urgency=urgency,
            seconds=SECONDS,
        )
        parts = rewrite.parts(complete)
        answers: list[Answer] = []
        for part in parts:
            answers.append(await self._answer(ask(part, now, zone), urgency, on_reading))
            found = answers[0] if len(parts) == 1 else replying.together(parts[: len(answers)], answers)
            if on_text is not None and found.answered and len(answers) < len(parts):
                on_text(found.text)
        return replace(found, question=complete, seconds=time.perf_counter() - begun)

    async def _answer(
        self,
        asked: Asked,
        urgency: Urgency,
        on_reading: Callable[[Sequence[Article]], None] | None,
    ) -> Answer:
        if (what := sought.sought(asked)) and (
            counted := await counting.answer(asked, what, self._index, self._archive)
        ):
            return counted
        found = await self._retriever.find(asked, limit=FOUND, urgency=urgency)
        candidates, relevance = await asyncio.to_thread(_trusted, asked, found)
        if relevance < verify.HOPELESS:
            return replying.nothing(asked, candidates, confidence=relevance)
        if self._generator is None:
            return replying.extract(asked, candidates, relevance, note=replying.NO_MODEL)
        if not self._reads or kinds.open_ended(asked.text):
            return replying.extract(asked, candidates, relevance)
        reader = Reader(self._generator, self._prompts, urgency=urgency, seconds=SECONDS)
        known = fits(asked, candidates[: replying.LOOKED_AT])
        if on_reading is not None:
            on_reading(list({c.article.id: c.article for c in candidates[:READ]}.values()))
        try:
            parts = [excerpt(c, known) for c in candidates[:READ]]
            votes, confidences = await read(reader, asked, parts, known, relevance)
        except ModelError:
            return replying.extract(asked, candidates, relevance, note=replying.NO_MODEL)
        sure = confidences[0] if votes else verify.confidence(verify.unread(relevance))
        if sure < (verify.THRESHOLD if votes else verify.UNREAD):
            return replying.nothing(asked, candidates, confidence=sure)
        if not votes:
            return replying.extract(asked, candidates, relevance)
        return replying.say(asked, votes, confidences, known, candidates)


def _trusted(asked: Asked, found: Sequence[Candidate]) -> tuple[list[Candidate], float]:
    """What does not speak to a model, and the chance that it has anything on the question."""
    candidates = [c for c in found if not _speaks(c)]
    return candidates, retrieve.relevance(asked, candidates)


def _speaks(candidate: Candidate) -> bool:
    """Whether a passage, or a sentence of it, orders a language model about."""
    text = candidate.passage.text
    spans = sentences.split(text, candidate.article.language)
    return speaks_to_machine(text) or any(speaks_to_machine(text[a:b]) for a, b in spans)


async def read(
    reader: Reader,
    asked: Asked,
    candidates: Sequence[Candidate],
    known: Sequence[Fit],
    relevance: float,
) -> tuple[list[Vote], list[float]]:
    """What the passages answer, the heaviest first, and how sure each is. Raises ModelError.

    Reading ends with the first answer that is sure, or that two passages give, or when it took long. Numbers
    and persons, which reports differ in, are read twice if the first passage did not take `PATIENCE`; so is
    whatever the first does not answer, in any case.
    """
    readings: list[Reading] = []
    votes: list[Vote] = []
    begun = time.perf_counter()
    for number, candidate in enumerate(candidates, 1):
        reading = await reader.read(asked, candidate)
        if reading is not None:
            readings.append(reading)
            votes = count(readings, known)
        spent = time.perf_counter() - begun
        late = spent * ((number + 1) / number if number > 1 else 1) > PATIENCE
        enough = votes and (len(votes[0].readings) > 1 or _settled(asked, votes, relevance))
        if enough or (late and (votes or number > 1)):
            break
    return votes, [_sure(asked, v, relevance) for v in votes]


def _settled(asked: Asked, votes: Sequence[Vote], relevance: float) -> bool:
    only = votes[0].best
    may_differ = bool(numbers(only.answer)) or kinds.person(asked.text)
    return only.exact and not may_differ and _sure(asked, votes[0], relevance) >= SETTLED


def _sure(asked: Asked, vote: Vote, relevance: float) -> float:
    return verify.confidence(verify.signs(asked, vote, of=READ, relevance=relevance))
