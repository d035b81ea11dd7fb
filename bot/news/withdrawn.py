"""Which reports of an event still stand, and what readers must know of those that don't. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.types import Article

ONE = "The publisher has withdrawn this article."
ALL = "All of these reports have been withdrawn by their publishers."


def standing(articles: Sequence[Article]) -> tuple[tuple[Article, ...], str]:
    """The articles to write from, and a note: those that stand, or all where none does."""
    kept = tuple(a for a in articles if not a.withdrawn)
    if len(kept) == len(articles):
        return kept, ""
    if not kept:
        return tuple(articles), ONE if len(articles) == 1 else ALL
    outlets = list(dict.fromkeys(a.outlet for a in articles if a.withdrawn and a.outlet))
    if not outlets:
        return kept, "A report has been withdrawn by its publisher."
    if len(outlets) == 1:
        return kept, f"{outlets[0]} has withdrawn its report."
    return kept, f"{', '.join(outlets[:-1])} and {outlets[-1]} have withdrawn their reports."
