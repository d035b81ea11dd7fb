"""Sentences with their [1] marks, and the numbered list of what the marks mean.

Pure. One number for one article, in the order of first mention; a mark links to the article, so that
a reader is one tap from the source also in the middle of a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.chat.blocks import Inline, bullet, link, paragraph
from bot.chat.render import clip
from bot.chat.words import date, outlet
from bot.types import Block, Citation, Sentence

TITLE_LENGTH = 110


def numbered(sentences: Iterable[Sentence]) -> dict[str, tuple[int, Citation]]:
    """The first citation of each cited article by URL, with its number."""
    numbers: dict[str, tuple[int, Citation]] = {}
    for citation in (c for s in sentences for c in s.citations):
        numbers.setdefault(citation.url, (len(numbers) + 1, citation))
    return numbers


def cited(sentences: Sequence[Sentence]) -> Block:
    """The sentences as one paragraph, each followed by its marks."""
    numbers = numbered(sentences)
    parts: list[Inline] = []
    for sentence in sentences:
        parts.append(f" {sentence.text} " if parts else f"{sentence.text} ")
        parts += marks(sentence, numbers)
    return paragraph(*parts)


def listed(sentences: Sequence[Sentence]) -> list[Block]:
    """The sentences one below the other, each followed by its marks: the days of a time line."""
    numbers = numbered(sentences)
    return [paragraph(f"{sentence.text} ", *marks(sentence, numbers)) for sentence in sentences]


def marks(sentence: Sentence, numbers: Mapping[str, tuple[int, Citation]]) -> list[Inline]:
    """The sentence's `[1]`, each a link."""
    return [link(f"[{numbers[url][0]}]", url) for url in dict.fromkeys(c.url for c in sentence.citations)]


def sources(sentences: Sequence[Sentence], *, zone: str) -> tuple[Block, ...]:
    """What the marks mean: number, outlet, date, title with its link."""
    return tuple(
        bullet(f"[{number}] ", *named(citation, zone=zone))
        for number, citation in numbered(sentences).values()
    )


def named(citation: Citation, *, zone: str) -> tuple[Inline, ...]:
    """`Outlet, 23 Nov 2026: Title`, the title linked; what is not known is left out."""
    known = outlet(citation) if citation.outlet or citation.url else ""
    when = date(citation.published, zone) if citation.published else ""
    lead = ", ".join(part for part in (known, when) if part)
    return (f"{lead}: " if lead else "", link(clip(citation.title, TITLE_LENGTH), citation.url))
