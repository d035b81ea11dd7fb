"""What is read and kept: drafts, articles, their passages, and the stories they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as read from outside, before the store gave it an identity."""

    url: str
    title: str
    text: str
    keys: tuple[str, ...]
    """Recognition keys, strongest first: canonical URL, feed id, ... Same key, same article."""
    outlet: str = ""
    byline: str = ""
    language: str = ""
    """BCP 47 primary subtag (`en`), empty when unknown."""
    published: datetime | None = None
    updated: datetime | None = None
    teaser: bool = False
    """The text is only the feed's teaser; the page has more."""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A stored article at its newest revision."""

    id: int
    url: str
    title: str
    text: str
    outlet: str
    byline: str
    language: str
    published: datetime | None
    fetched: datetime
    revision: int
    """1 for the first; grows when the publisher changes the text or title."""
    source_id: int | None
    story_id: int | None
    withdrawn: bool = False
    quiet: bool = False
    """Back catalogue of a new source: kept and searchable, never announced (`Articles.put(..., quiet=)`)."""
    copy_of: int | None = None
    """The article whose text it repeats (agency copy), which says nothing twice."""
    teaser: bool = False
    """The text is only a feed's teaser: its page was not read, or can't be."""

    @property
    def when(self) -> datetime:
        """The publisher's time, or the time of fetching where there is none."""
        return self.published or self.fetched


class PutStatus(StrEnum):
    """What storing a draft did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Passage:
    """A few sentences of an article: the unit of retrieval and of embedding."""

    id: int
    """0 until stored."""
    article_id: int
    ordinal: int
    start: int
    end: int
    text: str
    """Exactly `article.text[start:end]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles about one event."""

    id: int
    title: str
    created: datetime
    updated: datetime
    """When it last gained or changed an article."""
    article_ids: tuple[int, ...]
    """In order of publication."""
    lead_id: int
    """The article that stands for it."""
    revision: int = 1
    """Grows when the story changed materially."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found; a higher score is better, scales differ by search."""

    passage_id: int
    article_id: int
    score: float
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signature:
    """What clustering remembers of an article."""

    article_id: int
    story_id: int | None
    when: datetime
    outlet: str
    title: str
    vector: NDArray[np.float32]
    """Unit length, shape (dimensions,)."""
    terms: tuple[str, ...]
    """Names and telling words, as `news.cluster` chose them."""
