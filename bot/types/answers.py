"""What is said of articles: sentences with their citations, as summaries and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a sentence stands in a stored article."""

    article_id: int
    url: str
    title: str
    outlet: str
    published: datetime | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that the bot says, with what it rests on."""

    text: str
    citations: tuple[Citation, ...]
    extracted: bool = False
    """The source's own sentence, word for word."""


class Length(StrEnum):
    """How long a summary is: at most 15 words, 2-3 sentences, 5-7 sentences."""

    HEADLINE = "headline"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an article or a story says, each sentence cited."""

    title: str
    """The outlet's own headline, quoted."""
    sentences: tuple[Sentence, ...]
    method: str
    """`model`, `extract` or `mixed`: who wrote the sentences."""
    language: str = ""
    note: str = ""
    """What the reader must know: degraded to extracts, outlets differ, not translated."""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(s.text for s in self.sentences)

    @property
    def body(self) -> tuple[Sentence, ...]:
        """What stands below the headline: the sentences, unless one is the headline itself."""
        return tuple(s for s in self.sentences if s.text != self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply to a question, or the statement that the sources do not have it."""

    answered: bool
    sentences: tuple[Sentence, ...]
    method: str = "model"
    """`model`, `extract`, `mixed`, `database` or `none`."""
    nearest: Citation | None = None
    """With `answered=False`: the nearest relevant article, offered instead."""
    note: str = ""
    question: str = ""
    """The question as understood, after follow-up rewriting."""
    confidence: float = 0.0
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The sentences as one paragraph; empty when not answered."""
        return " ".join(s.text for s in self.sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, in order."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))
