"""What a draft changes about an article that is known: nothing, an empty field, or a revision.

Pure. The hard thing is that the same article keeps coming from several places in several versions
(a mirror that lags, a feed with teasers, a page with the whole text): these must not take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from bot.storage.columns import storable
from bot.storage.tables import articles
from bot.types import Draft


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


def revise(stored: Stored, draft: Draft, older: Callable[[], Sequence[tuple[str, str]]]) -> Change:
    """Decide; `older` gives the titles and texts of earlier revisions, asked only when needed."""
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
    changed = (_bare(title), _bare(text)) != (_bare(stored.title), _bare(stored.text))
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
    return any((_bare(t), _bare(x)) == (_bare(title), _bare(text)) for t, x in older)


def _bare(text: str) -> str:
    return " ".join(text.split())
