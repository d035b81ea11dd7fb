"""A pasted URL in, the sources behind it out: rules, link rel, well-known paths, sitemaps last.

Every feed that is offered was fetched and read once, so that a person never adds one that is dead.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from bot.errors import IsList, SourceError, Unreadable
from bot.sources import feed, markup, opml, page, rules, sitemaps
from bot.sources.http import FEEDS, PAGES, Fetched, Fetcher
from bot.types import SourceKind

FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
    }
)
WELL_KNOWN = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/feeds/posts/default",
)
SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")
MOST = 6
"""Feeds of a page that are tried and offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source that can be added."""

    url: str
    title: str
    kind: SourceKind


async def discover(fetcher: Fetcher, url: str) -> list[Found]:
    """Every source that `url` leads to, best first; the page itself (watched by links) last.

    Raises IsList for an OPML list, SourceError when the URL can't be read at all.
    """
    address = url.strip() if "://" in url else f"https://{url.strip()}"
    known = rules.reading(address)
    if known is not None:
        return [await _by_rule(fetcher, *known)]
    fetched = await fetcher.get(address, accept=f"{FEEDS}, {PAGES}")
    if opml.looks_like(fetched.content):
        raise IsList("this is an OPML list of sources", url=fetched.url)
    itself = await _as_feed(fetched)
    if itself:
        return [itself]
    root = await asyncio.to_thread(markup.tree, markup.decode(fetched.content, charset(fetched)))
    if root is None:
        raise Unreadable("the page is empty", url=fetched.final_url)
    found = await _tried(fetcher, stated(root, fetched.final_url))
    found = found or await _well_known(fetcher, fetched.final_url)
    found = found or await _sitemap(fetcher, fetched.final_url)
    return [*found, Found(url=fetched.final_url, title=page.title_of(root), kind=SourceKind.PAGE)]


def stated(root: _Element, url: str) -> list[str]:
    """The feeds that a page names in its head, or links to by an address that looks like one."""
    base = url
    found: list[str] = []
    for link in root.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if ("alternate" in rel and kind in FEED_TYPES) or "feed" in rel:
            found.append(link.get("href") or "")
    if not found:
        hrefs = (a.get("href") or "" for a in root.iter("a"))
        found = [
            h
            for h in hrefs
            if h.lower().rstrip("/").endswith((".rss", "/rss", "/feed", ".atom", "rss.xml", "feed.xml"))
        ]
    # comments' feeds are what nobody means who pastes a site
    ranked = sorted(found, key=lambda href: "comment" in href.lower())
    return list(dict.fromkeys(_joined(base, href) for href in ranked if href))[:MOST]


def charset(fetched: Fetched) -> str:
    """The charset that the answer's header states, empty when it states none."""
    _, _, after = fetched.headers.get("content-type", "").lower().partition("charset=")
    return after.partition(";")[0].strip().strip("\"'")


async def _by_rule(fetcher: Fetcher, url: str, kind: SourceKind) -> Found:
    if kind is SourceKind.FEED:
        found = await _as_feed(await fetcher.get(url, accept=FEEDS))
        if not found:
            raise Unreadable("there is no feed where one should be", url=url)
        return found
    fetched = await fetcher.get(url)
    html = markup.decode(fetched.content, charset(fetched))
    read = await asyncio.to_thread(page.telegram, html, url=url, now=datetime.now(UTC))
    return Found(url=url, title=read[0], kind=kind)


async def _as_feed(fetched: Fetched) -> Found | None:
    try:
        read = await asyncio.to_thread(
            feed.parse,
            fetched.content,
            url=fetched.final_url,
            content_type=fetched.headers.get("content-type", ""),
            now=datetime.now(UTC),
        )
    except Unreadable:
        return None
    title = read.title or urlsplit(fetched.final_url).hostname or ""
    return Found(url=fetched.permanent_url or fetched.url, title=title, kind=SourceKind.FEED)


async def _tried(fetcher: Fetcher, urls: list[str]) -> list[Found]:
    found = await asyncio.gather(*(_try(fetcher, url) for url in urls))
    return list({f.url: f for f in found if f}.values())


async def _try(fetcher: Fetcher, url: str) -> Found | None:
    try:
        return await _as_feed(await fetcher.get(url, accept=FEEDS))
    except SourceError:
        return None


async def _well_known(fetcher: Fetcher, url: str) -> list[Found]:
    places = [_joined(url, path) for path in WELL_KNOWN]
    inside = urlsplit(url).path.strip("/")
    if inside:
        places.insert(0, url.partition("?")[0].rstrip("/") + "/feed")
    for place in places:
        if found := await _try(fetcher, place):
            return [found]
    return []


async def _sitemap(fetcher: Fetcher, url: str) -> list[Found]:
    """A news sitemap, or one whose entries have dates: others list what never changes."""
    places = [_joined(url, path) for path in SITEMAPS]
    try:
        robots = await fetcher.get(_joined(url, "/robots.txt"), accept="text/plain")
        named = sitemaps.listed_in_robots(robots.content)
        places = [*sorted(named, key=lambda u: "news" not in u.lower())[:3], *places]
    except SourceError:
        pass
    for place in dict.fromkeys(places):
        try:
            fetched = await fetcher.get(place, accept="application/xml")
            read = await asyncio.to_thread(sitemaps.parse, fetched.content, url=place, now=datetime.now(UTC))
        except SourceError:
            continue
        if read.indexes or any(d.published or d.updated for d in read.drafts):
            return [Found(url=place, title=urlsplit(place).hostname or "", kind=SourceKind.SITEMAP)]
    return []


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return base
