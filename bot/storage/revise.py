"""What a draft changes about an article that is known: nothing, an empty field, or a revision.

Pure. The hard thing is that the same article keeps coming from several places in several versions
(a mirror that lags, a feed with teasers, a page with the whole text): these must not take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from bot.storage.columns import storable
from bot.storage.sameness import bare
from bot.storage.tables import articles
from bot.types import Draft

LIVELY, PAUSE = 5, timedelta(hours=1)
"""After so many revisions, the next is kept only so long after the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is known of the article, as far as the decision needs it."""

    COLUMNS: ClassVar = (
        articles.c.title,
        articles.c.text,
        articles.c.outlet,
        articles.c.byline,
        articles.c.language,
        articles.c.published,
        articles.c.updated,
        articles.c.revised,
        articles.c.revision,
        articles.c.teaser,
        articles.c.withdrawn,
        articles.c.source_id,
    )

    title: str
    text: str
    outlet: str
    byline: str
    language: str
    published: datetime | None
    updated: datetime | None
    revised: datetime
    revision: int
    teaser: bool
    withdrawn: bool
    source_id: int | None
    held: bool = False
    """Not read yet, and held back until its page was read."""

    def as_revision(self) -> dict[str, Any]:
        """The row to keep of it."""
        return {
            "revision": self.revision,
            "title": self.title,
            "text": self.text,
            "published": self.published,
            "fetched": self.revised,
            "withdrawn": self.withdrawn,
            "teaser": self.teaser,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """Columns to set, and whether a reader would call it a change."""

    values: Mapping[str, Any]
    revision: bool


def revise(
    stored: Stored, draft: Draft, older: Callable[[], Sequence[tuple[str, str]]], now: datetime
) -> Change:
    """Decide; `older` gives the titles and texts of earlier revisions, asked only when needed.

    An article that changed often is a live one: then a revision an hour is kept, and not one a poll.
    """
    values = _missing(stored, draft)
    if draft.updated is not None and (stored.updated is None or draft.updated > stored.updated):
        values["updated"] = draft.updated
    if not _may_replace(stored, draft):
        return Change(values, False)
    said = not draft.withdrawn  # a withdrawal takes no words away
    title = storable(draft.title) if said and draft.title.strip() else stored.title
    text = storable(draft.text) if said and draft.text.strip() else stored.text
    if said and draft.text.strip() and not draft.teaser and stored.teaser:
        values["teaser"] = False
    changed = _differs((title, text), (stored.title, stored.text))
    if changed and stored.revision > LIVELY and now - stored.revised < PAUSE:
        changed = False
    if changed and not _newer(stored, draft) and _seen(title, text, older()):
        changed = False
    if changed:
        values |= {"title": title, "text": text}
    withdrawn = draft.withdrawn or (stored.withdrawn and not _newer(stored, draft))
    if withdrawn != stored.withdrawn:
        values["withdrawn"] = withdrawn
        changed = True
    return Change(values, changed)


def _may_replace(stored: Stored, draft: Draft) -> bool:
    if stored.updated is not None and draft.updated is not None and draft.updated < stored.updated:
        return False
    if draft.withdrawn and not stored.withdrawn:
        return True
    return stored.teaser or not draft.teaser


def _newer(stored: Stored, draft: Draft) -> bool:
    return stored.updated is not None and draft.updated is not None and draft.updated > stored.updated


def _missing(stored: Stored, draft: Draft) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("outlet", "byline", "language"):
        if not getattr(stored, name) and getattr(draft, name):
            values[name] = getattr(draft, name)
    if stored.published is None and draft.published is not None:
        values |= {"published": draft.published, "happened": draft.published}
    return values


def _seen(title: str, text: str, older: Sequence[tuple[str, str]]) -> bool:
    return any(not _differs((title, text), one) for one in older)


def _differs(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one != other and [*map(bare, one)] != [*map(bare, other)]
