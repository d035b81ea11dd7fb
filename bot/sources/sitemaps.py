"""Sitemaps and news sitemaps (sitemaps.org 0.9): bytes in, drafts without text out. Pure.

The hard thing: they can be indexes of indexes and list a site's whole history; only the newest count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from lxml import etree

from bot.errors import Unreadable
from bot.sources import markup, recognise
from bot.sources.body import Body
from bot.sources.language import subtag
from bot.types import Draft

MOST = 200
"""The newest of a list."""
LARGEST = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A list of pages, or of further lists (newest first)."""

    drafts: tuple[Draft, ...] = ()
    indexes: tuple[str, ...] = ()


def parse(content: bytes, *, url: str, now: datetime) -> Sitemap:
    """Read a sitemap, gzipped or not. Raises Unreadable."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(_plain(content), parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise Unreadable("this is no sitemap", url=url) from e
    kind = "" if root is None else markup.local_name(root)
    if root is None or kind not in ("urlset", "sitemapindex"):
        raise Unreadable("this is no sitemap", url=url)
    rows = [row for row in (_fields(element) for element in root) if row.get("loc", "").startswith("http")]
    rows.sort(key=lambda row: row.get("publication_date") or row.get("lastmod") or "", reverse=True)
    if kind == "sitemapindex":
        return Sitemap(indexes=tuple(row["loc"] for row in rows[:MOST]))
    return Sitemap(drafts=tuple(_draft(row, now) for row in rows[:MOST]))


def listed_in_robots(content: bytes) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names."""
    lines = content[:500_000].decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    found = (value.strip() for name, _, value in pairs if name.strip().lower() == "sitemap")
    return tuple(dict.fromkeys(url for url in found if url.startswith("http")))[:20]


def _plain(content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    body = Body("gzip", limit=LARGEST)
    body.feed(content)
    return body.content()


def _fields(element: etree._Element) -> dict[str, str]:
    """What an entry says of its page; not of the pictures and films in it."""
    news = (below for part in element if markup.local_name(part) == "news" for below in part.iter())
    fields: dict[str, str] = {}
    for part in (*element, *news):
        if value := (part.text or "").strip():
            fields.setdefault(markup.local_name(part), value)
    return fields


def _draft(row: dict[str, str], now: datetime) -> Draft:
    address = row["loc"]
    return Draft(
        url=address,
        title=markup.line(row.get("title", "")) or words(address),
        text="",
        keys=recognise.keys(address),
        outlet=markup.line(row.get("name", ""), limit=100),
        language=subtag(row.get("language", "")),
        published=_when(row.get("publication_date", ""), now),
        updated=_when(row.get("lastmod", ""), now),
        teaser=True,
    )


def words(url: str) -> str:
    """A title made of the address, until the page is read."""
    last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]).partition(".")[0]
    return markup.line(last.replace("-", " ").replace("_", " "), limit=200).capitalize() or url


def _when(value: str, now: datetime) -> datetime | None:
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when if when <= now else None
