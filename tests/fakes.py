"""Real enough parts for tests: they keep a transcript and fail on demand, but decide nothing."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelFailed, PlatformError
from bot.news.withdrawn import standing
from bot.types import (
    Address,
    Article,
    Citation,
    Delivery,
    Draft,
    Length,
    Message,
    Receipt,
    RouteHealth,
    Sentence,
    Summary,
    Urgency,
)

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakePlatform:
    """Takes deliveries into a transcript; raises what is queued in `trouble` first."""

    def __init__(self, name: str = "console") -> None:
        self.name = name
        self.sent: list[Delivery] = []
        self.trouble: deque[PlatformError] = deque()
        self.roads: tuple[RouteHealth, ...] = ()

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        """Nobody writes here."""

    async def send(self, delivery: Delivery) -> Receipt:
        if self.trouble:
            raise self.trouble.popleft()
        self.sent.append(delivery)
        return Receipt(f"message-{len(self.sent)}")

    async def typing(self, address: Address, text: str = "", number: int = 0) -> None:
        """Nothing to show."""

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """No menu."""

    def routes(self) -> Sequence[RouteHealth]:
        return self.roads

    async def who(self) -> str:
        if self.trouble:
            raise self.trouble.popleft()
        return "@newsbot"

    async def close(self) -> None:
        """Nothing is held."""

    @property
    def texts(self) -> list[str]:
        return [d.part.plain for d in self.sent]


class WordEmbedder:
    """Vectors from hashed words: texts with the same words are near each other."""

    name, dimensions = "words", 4096

    def __init__(self) -> None:
        self.broken = False

    async def embed(
        self, texts: Sequence[str], *, urgency: Urgency = Urgency.BACKGROUND
    ) -> NDArray[np.float32]:
        if self.broken:
            raise ModelFailed("broken on purpose", model=self.name)
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w{3,}", text.lower()):
                row[int(hashlib.sha1(word.encode()).hexdigest(), 16) % self.dimensions] += 1
            row /= np.linalg.norm(row) or 1
        return rows

    async def close(self) -> None:
        """Nothing is held."""


class FirstSentence:
    """Quotes the first sentence of each article and says who took theirs back; keeps what it wrote about."""

    def __init__(self) -> None:
        self.wrote: list[tuple[tuple[str, ...], Length, str]] = []
        self.speaks: set[str] = set()
        """Languages that it can translate into: each sentence gets the code before it."""

    async def article(
        self,
        article: Article,
        *,
        length: Length = Length.SHORT,
        language: str = "",
        urgency: Urgency = Urgency.PERSON,
    ) -> Summary:
        return await self.story([article], length=length, language=language, urgency=urgency)

    async def story(
        self,
        articles: Sequence[Article],
        *,
        length: Length = Length.SHORT,
        language: str = "",
        urgency: Urgency = Urgency.PERSON,
    ) -> Summary:
        self.wrote.append((tuple(a.url for a in articles), length, language))
        sentences = tuple(map(first, articles))
        return Summary(
            title=articles[0].title,
            sentences=sentences,
            method="extract",
            language=articles[0].language,
            note=standing(articles)[1],
        )

    async def translated(
        self, summary: Summary, *, language: str, urgency: Urgency = Urgency.PERSON
    ) -> Summary:
        self.wrote.append(((), Length.SHORT, language))
        if language == summary.language:
            return summary
        if language not in self.speaks:
            return replace(summary, note=f"Not translated into {language}.")
        said = tuple(replace(s, text=f"{language}: {s.text}", extracted=False) for s in summary.sentences)
        return replace(summary, sentences=said, language=language)


def first(article: Article) -> Sentence:
    """The first sentence of an article, cited."""
    end = article.text.index(".") + 1
    citation = Citation(
        article_id=article.id,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        start=0,
        end=end,
        quote=article.text[:end],
    )
    return Sentence(citation.quote, (citation,), extracted=True)


def draft(
    name: str, text: str = "", *, title: str = "", at: datetime = MORNING, outlet: str = "Post"
) -> Draft:
    """An article that somebody read: `name` becomes its URL, and its title where none is given."""
    url = f"https://{outlet.lower()}.example/{name}"
    return Draft(
        url=url,
        title=title or name.replace("-", " ").capitalize(),
        text=text or f"There was news about {name}. More is not known.",
        keys=(url,),
        outlet=outlet,
        language="en",
        published=at,
    )
