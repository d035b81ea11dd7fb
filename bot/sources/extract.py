"""A page's HTML in, its article out: text, title, byline, date, language. Pure.

Knows no network. The hard thing: what is the article and what is the page around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    raise NotImplementedError
