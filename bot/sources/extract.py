"""A page's HTML in, its article out: text, title, byline, date, language. Pure.

Knows no network. trafilatura does the main work. The hard thing: what is the article and what is
the page around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import trafilatura
from lxml.etree import _Element
from trafilatura.metadata import extract_metadata

from bot.errors import Unreadable
from bot.sources import language, markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """An article as found in a page; empty strings where the page does not say."""

    title: str
    text: str
    """Paragraphs separated by newlines."""
    byline: str = ""
    published: datetime | None = None
    language: str = ""
    outlet: str = ""
    canonical_url: str = ""


def extract(html: bytes | str, *, url: str = "", selector: str = "") -> Extracted:
    """Find the article. `selector` (CSS) says where its text is; without a match the extractor looks itself.

    Raises Unreadable when no text can be found.
    """
    root = markup.tree(html if isinstance(html, str) else markup.decode(html))
    if root is None:
        raise Unreadable("the page is empty", url=url)
    found = _metadata(root, url)
    text = main_text(root)
    if not text.strip():
        raise Unreadable("no article text can be found on the page", url=url)
    return Extracted(
        title=markup.line(str(found.get("title") or "")),
        text=text,
        byline=markup.line(str(found.get("author") or ""), limit=200),
        published=_date(root, str(found.get("date") or "")),
        language=language.subtag(root.get("lang") or "") or language.detect(text),
        outlet=markup.line(str(found.get("sitename") or ""), limit=100),
        canonical_url=str(found.get("url") or ""),
    )


def main_text(root: _Element) -> str:
    """The article's text, paragraphs on lines of their own."""
    found = trafilatura.extract(root, include_comments=False)
    return markup.fold(found or "")


def _metadata(root: _Element, url: str) -> dict[str, Any]:
    try:
        return dict(extract_metadata(root, default_url=url or None).as_dict())
    except Exception:  # noqa: BLE001 - metadata of a broken page is worth no error
        return {}


def _date(root: _Element, day: str) -> datetime | None:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    except ValueError:
        return None
