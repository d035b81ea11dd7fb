"""A page's HTML in, its article out: text, title, byline, date, language. Pure.

Knows no network. trafilatura reads the page twice, carefully and quickly; the two readings check
each other, `boilerplate` takes out what belongs to the page and restores what belongs to the
article. The hard thing: what is the article and what is the page around it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from itertools import islice

import trafilatura
from lxml.cssselect import CSSSelector, SelectorError
from lxml.etree import LxmlError, _Element
from trafilatura.metadata import extract_metadata

from bot.errors import BadInput, Unreadable
from bot.sources import boilerplate, language, markup, metadata
from bot.sources.metadata import Metadata

for name in ("trafilatura", "htmldate", "readability"):
    # what they could not find is told by what we raise
    logging.getLogger(name).setLevel(logging.CRITICAL)

SHORT = 250
"""Characters below which a reading is too short to speak against the other."""
HARDLY = 80
"""Characters below which the careful reading found hardly anything."""
ENOUGH = 0.5
MOST_LINES = 1000
MOST_ELEMENTS = 30_000
"""Twenty times an ordinary page; the time that extraction takes grows with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """An article as found in a page; empty strings where the page does not say."""

    title: str
    text: str
    """Paragraphs separated by newlines, the title not among them."""
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
    if sum(1 for _ in islice(root.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
        raise Unreadable("the page is too large to find an article in it", url=url)
    said = _said(root, url)
    text = selected(root, selector) or main_text(root)
    text = boilerplate.trim(text, title=said.title)
    if not text:
        raise Unreadable("no article text can be found on the page", url=url)
    return Extracted(
        title=said.title,
        text=text,
        byline=said.byline,
        published=said.published,
        language=said.language or language.detect(text),
        outlet=said.outlet,
        canonical_url=said.canonical_url,
    )


def check_selector(selector: str) -> None:
    """Raises BadInput when `selector` is no CSS selector."""
    try:
        CSSSelector(selector, translator="html")
    except (SelectorError, LxmlError, ValueError) as e:
        raise BadInput(
            f"“{selector}” is no CSS selector. One looks like: article .text, #story or div.body > p."
        ) from e


def selected(root: _Element, selector: str) -> str:
    """The text of what an admin's CSS selector finds; empty when it finds nothing or is none."""
    if not selector:
        return ""
    try:
        found = CSSSelector(selector, translator="html")(root)
    except (SelectorError, LxmlError, ValueError):
        return ""
    outermost = [e for e in found if not any(above in found for above in e.iterancestors())]
    return "\n".join(text for e in outermost if (text := markup.text_of_tree(e)))


def main_text(root: _Element) -> str:
    """The article's text as two readings of the page agree on it."""
    careful, quick = _reading(root, careful=True), _reading(root, careful=False)
    if SHORT <= len(quick) < ENOUGH * len(careful):
        # the careful reading falls back on other extractors, which take neighbouring articles along
        return quick
    if len(careful) < HARDLY and len(careful) < ENOUGH * len(quick):
        careful = quick
    return boilerplate.restore(agreed(careful, quick) or _anything(root), root)


def agreed(careful: str, quick: str) -> str:
    """The careful reading, with the lines that the quick one has between lines of both.

    At the edges the careful reading is right more often; inside an article nothing is missing for
    a reason but short headings and the like.
    """
    mine, other = careful.split("\n"), quick.split("\n")
    if max(len(mine), len(other)) > MOST_LINES:
        return careful
    steps = SequenceMatcher(None, mine, other, autojunk=False).get_opcodes()
    lines: list[str] = []
    for at, (step, start, end, from_, to) in enumerate(steps):
        lines += mine[start:end]
        if step == "insert" and 0 < at < len(steps) - 1:
            lines += other[from_:to]
    return "\n".join(lines)


def _reading(root: _Element, *, careful: bool) -> str:
    try:
        found = trafilatura.extract(root, include_comments=False, favor_precision=careful, fast=not careful)
    except Exception:  # noqa: BLE001 - a page that breaks the extractor is a page without article
        return ""
    return markup.fold(found or "")


def _anything(root: _Element) -> str:
    """The body's plain text where no article can be told from the page, if it has sentences at all."""
    text = trafilatura.extract(root, include_comments=False, favor_recall=True) or ""
    return markup.fold(text)


def _said(root: _Element, url: str) -> Metadata:
    """The page's own words about itself, trafilatura's guesses where it is silent."""
    said = metadata.read(root, url=url)
    if said.title and said.published:
        return said
    try:
        guess = extract_metadata(root, default_url=url or None)
    except Exception:  # noqa: BLE001 - guesses about a broken page are worth no error
        return said
    return replace(
        said,
        title=said.title or markup.line(guess.title or ""),
        byline=said.byline or markup.line(guess.author or "", limit=200),
        published=said.published or metadata.moment(guess.date or ""),
        outlet=said.outlet or markup.line(guess.sitename or "", limit=100),
    )
