"""Who reports a story, and how many of them say it in their own words.

Pure. Agency text in ten outlets is one report: outlets are counted by what they are called, and those
that carry one text count once as confirmation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.words import count, outlet
from bot.types import Article


@dataclass(frozen=True, slots=True)
class Reporting:
    """The outlets of a story."""

    outlets: int
    independent: int
    """Outlets, those that carry one text counted once."""
    alike: int
    """Outlets in the largest group that carries one text; 0 where none does."""

    @property
    def text(self) -> str:
        """`3 outlets, 2 of them with the same text`."""
        named = count(self.outlets, "outlet")
        if not self.alike:
            return named
        whose = "all" if self.alike == self.outlets else f"{self.alike} of them"
        return f"{named}, {whose} with the same text"


def reporting(articles: Sequence[Article]) -> Reporting:
    """Count the outlets of a story's articles."""
    text_of = {a.id: original(a, articles) for a in articles}
    carriers: dict[int, set[str]] = {}
    for article in articles:
        carriers.setdefault(text_of[article.id], set()).add(outlet(article))
    outlets = {outlet(a) for a in articles}
    shared = [names for names in carriers.values() if len(names) > 1]
    return Reporting(len(outlets), _texts(carriers, outlets), max(map(len, shared), default=0))


def original(article: Article, articles: Sequence[Article]) -> int:
    """Id of the article of this story whose text it has: its own where it repeats none."""
    known = {a.id: a.copy_of for a in articles}
    found, seen = article.id, {article.id}
    while (next_one := known.get(found)) in known and next_one not in seen and next_one is not None:
        found = next_one
        seen.add(found)
    return found


def _texts(carriers: dict[int, set[str]], outlets: set[str]) -> int:
    """How many texts it takes to have all outlets; what one outlet alone carries goes first."""
    left, found = set(outlets), 0
    for names in sorted(carriers.values(), key=len):
        if names & left:
            left -= names
            found += 1
    return found
