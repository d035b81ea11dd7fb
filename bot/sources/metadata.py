"""What a page says about its article: title, byline, date, outlet, address, language. Pure.

Reads JSON-LD (schema.org), Open Graph and plain meta tags, in this order of trust. The hard thing:
pages describe related articles and their own site in the same terms, so only the first node of an
article's type counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from lxml.etree import _Element

from bot.sources import markup
from bot.sources.language import subtag

ARTICLES = re.compile(
    r"(?:News|Blog|Report|Opinion|Review|Analysis|Live|Scholarly|Tech|Background|Advertiser)?(?:Article|BlogPosting|Posting|Reportage\w*)$"
)
SEPARATORS = re.compile(r"\s+[|–—·»:-]\s+")
BY = re.compile(r"^\s*(?:written\s+)?(?:by|von|par|por|di|автор:?)\s+", re.I)
PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "cxenseparse:recs:publishtime",
    "pubdate",
    "publishdate",
    "publish_date",
    "date",
)
TITLES = ("og:title", "twitter:title", "parsely-title", "dc.title", "title")
AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl", "byline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the page says; empty where it says nothing that can be used."""

    title: str = ""
    byline: str = ""
    published: datetime | None = None
    outlet: str = ""
    canonical_url: str = ""
    language: str = ""


def read(root: _Element, *, url: str = "") -> Metadata:
    """Everything the page says about itself."""
    metas = _metas(root)
    node = next(_articles(root), {})
    outlet = markup.line(metas.get("og:site_name", "") or _name(node.get("publisher")), limit=100)
    title = _text(node.get("headline")) or next((metas[n] for n in TITLES if metas.get(n)), "")
    authors = [metas[n] for n in AUTHORS if metas.get(n) and "://" not in metas[n]]
    return Metadata(
        title=_title(title, outlet) or _title(_heading(root), outlet),
        byline=_byline(_name(node.get("author")) or next(iter(authors), "") or _stated_byline(root)),
        published=_published(root, metas, node),
        outlet=outlet,
        canonical_url=_canonical(root, metas, url),
        language=subtag(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""),
    )


def _metas(root: _Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        if name and (content := (meta.get("content") or "").strip()):
            found.setdefault(name, content[:2000])
    return found


def _articles(root: _Element) -> Iterator[dict[str, Any]]:
    """JSON-LD nodes of an article's type, in the page's order."""
    for script in root.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads((script.text or "")[:1_000_000], strict=False)
        except (ValueError, RecursionError):
            continue
        yield from (node for node in _nodes(data) if _is_article(node))


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    for _ in range(2000):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting = node[:200] + waiting
        elif isinstance(node, dict):
            yield node
            waiting = [node[k] for k in ("@graph", "mainEntity", "mainEntityOfPage") if k in node] + waiting


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(k, str) and ARTICLES.search(k) for k in (kinds if isinstance(kinds, list) else [kinds])
    )


def _name(value: Any) -> str:
    """A person's or organisation's name, several joined."""
    if isinstance(value, list):
        names = [name for part in value[:10] if (name := _name(part))]
        return ", ".join(dict.fromkeys(names))
    if isinstance(value, dict):
        return _name(value.get("name"))
    return _text(value)


def _text(value: Any) -> str:
    return markup.line(value) if isinstance(value, str) else ""


def _heading(root: _Element) -> str:
    headings = [markup.text_of_tree(h) for h in root.iter("h1")]
    found = headings[0] if len(headings) == 1 else ""
    titles = [t.text or "" for t in root.iter("title")]
    return found or next(iter(titles), "") or next(iter(headings), "")


def _title(title: str, outlet: str) -> str:
    """The title without the outlet's name at its end."""
    title = markup.line(title)
    parts = SEPARATORS.split(title)
    if len(parts) > 1 and outlet and parts[-1].casefold() == outlet.casefold():
        return title[: title.rindex(parts[-1])].rstrip(" |–—·»:-")
    return title


def _byline(names: str) -> str:
    name = BY.sub("", markup.line(names, limit=200))
    return "" if "://" in name or name.lower() in ("admin", "editor", "staff", "unknown") else name


def _stated_byline(root: _Element) -> str:
    for path in (".//*[@rel='author']", ".//*[@itemprop='author']", ".//*[contains(@class,'byline')]"):
        for element in root.xpath(path)[:3]:
            name = markup.line(markup.text_of_tree(element), limit=200)
            if 2 < len(name) < 80:
                return name
    return ""


def _published(root: _Element, metas: dict[str, str], node: dict[str, Any]) -> datetime | None:
    stated = [_text(node.get("datePublished")), *(metas.get(name, "") for name in PUBLISHED)]
    times = root.xpath(
        "(//article//time | //main//time | //header//time | //*[@itemprop='datePublished'])[position()<4]"
    )
    stated += [t.get("datetime") or t.get("content") or "" for t in times]
    return next((when for value in stated if (when := moment(value))), None)


def moment(value: str) -> datetime | None:
    """A stated time as aware UTC; what names no zone is taken for UTC. None for what is no time."""
    value = value.strip()
    compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T?\d{0,6})?", value)
    try:
        when = datetime.fromisoformat("-".join(compact.groups()) if compact else value)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when if when.year >= 1990 else None


def _canonical(root: _Element, metas: dict[str, str], url: str) -> str:
    links = [
        link.get("href") or "" for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower()
    ]
    stated = next(iter(links), "") or metas.get("og:url", "")
    try:
        address = urljoin(url, stated.strip()) if stated else ""
    except ValueError:
        return ""
    return address if address.startswith(("http://", "https://")) else ""
