"""What a summary is made from: how much of what, the chosen sentences, where each one stands.

Pure values between choosing and writing; the numbers of the shapes were measured
(docs/figures/summaries.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.news.facts import Source
from bot.news.select import Candidate
from bot.types import Article, Citation, Length, Sentence


@dataclass(frozen=True, slots=True)
class Shape:
    """What a length means for the work."""

    sentences: int
    words: int
    """Of the selected sentences together; the first one always fits."""
    tokens: int
    """That the model may write."""
    position: float
    redundancy: float
    alike: float
    """What `select.choose` weighs with; measured on single articles and on stories (docs/figures)."""


SHAPES = {
    Length.HEADLINE: Shape(1, 40, 40, 4.0, 0.3, 0.93),
    Length.SHORT: Shape(3, 75, 150, 4.0, 0.3, 0.93),
    Length.LONG: Shape(7, 200, 320, 1.5, 0.5, 0.9),
}
STORY_SHAPES = {
    Length.HEADLINE: Shape(1, 40, 40, 4.0, 0.3, 0.93),
    Length.SHORT: Shape(3, 110, 180, 2.0, 1.0, 0.75),
    Length.LONG: Shape(7, 220, 350, 2.0, 1.0, 0.75),
}


def shape_of(articles: Sequence[Article], length: Length) -> Shape:
    """The shape of a summary of one article or of a story of several."""
    return (STORY_SHAPES if len(articles) > 1 else SHAPES)[length]


@dataclass(frozen=True, slots=True)
class Material:
    """What a summary is written from."""

    articles: tuple[Article, ...]
    chosen: tuple[Candidate, ...]
    sources: tuple[Source, ...]
    """The chosen sentences, taken apart, in the same order."""
    context: tuple[Source, ...]

    def citation(self, index: int) -> Citation:
        """The exact place of the chosen sentence `index`."""
        candidate = self.chosen[index]
        article = self.articles[candidate.article]
        return Citation(
            article_id=article.id,
            url=article.url,
            title=article.title,
            outlet=article.outlet,
            published=article.published,
            start=candidate.start,
            end=candidate.end,
            quote=candidate.text,
        )

    def own(self, index: int) -> Sentence:
        """The chosen sentence itself."""
        text = " ".join(self.chosen[index].text.split())
        return Sentence(text, (self.citation(index),), extracted=True)
