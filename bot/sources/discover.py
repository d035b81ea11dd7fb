"""A pasted URL in, the sources behind it out: rules, link rel, well-known paths, sitemaps last.

Every feed that is offered was fetched and read once, so that a person never adds one that is dead; a
page is offered only where links to articles were seen on it. The hard thing: a pasted article names no
feed where its site's front page does, and a login that was pasted must reach its own site only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from bot.errors import FetchError, HttpStatus, IsList, Refused, SourceError, Unreadable
from bot.sources import feed, login, markup, opml, page, rules, sitemaps
from bot.sources.access import Access
from bot.sources.http import FEEDS, PAGES, Fetched, Fetcher, parse_url
from bot.sources.markup import TAG
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
    routes: tuple[str, ...] = ()
    """By which it was reached, where that was not the usual way."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """A look behind one pasted address."""

    fetcher: Fetcher
    pasted: str
    routes: tuple[str, ...]

    async def get(self, url: str, accept: str) -> Fetched:
        return await self.fetcher.get(self.own(url), accept=accept, routes=self.routes)

    def own(self, url: str) -> str:
        """The address with the pasted name and password, where they are for its site."""
        return login.lent(url, self.pasted)


async def discover(fetcher: Fetcher, url: str, routes: Sequence[str] = ()) -> list[Found]:
    """Every source that `url` leads to, best first; pages that are watched by their links last.

    Where no scheme was written, http is tried where https can't be reached. Raises IsList for an OPML
    list, SourceError when the URL can't be read at all.
    """
    url, ways = url.strip(), tuple(routes)
    if "://" in url:
        found = await _behind(fetcher, url, ways)
    else:
        found = await _by_either(fetcher, url, ways)
    return [replace(f, routes=ways) for f in found]


async def _by_either(fetcher: Fetcher, url: str, routes: tuple[str, ...]) -> list[Found]:
    try:
        return await _behind(fetcher, f"https://{url}", routes)
    except (Refused, HttpStatus):
        raise
    except FetchError as secure:
        try:
            return await _behind(fetcher, f"http://{url}", routes)
        except FetchError as plain:
            raise secure from plain


async def _behind(fetcher: Fetcher, address: str, routes: tuple[str, ...]) -> list[Found]:
    visit = _Visit(fetcher, str(parse_url(address)), routes)
    known = rules.reading(address)
    if known is not None:
        return [await _by_rule(visit, *known)]
    fetched = await visit.get(address, f"{FEEDS}, {PAGES}")
    if opml.looks_like(fetched.content):
        raise IsList("this is an OPML list of sources", url=fetched.url)
    itself = await _as_feed(visit, fetched)
    if itself:
        return [itself]
    pages = [await _read(fetched)]
    front = urljoin(fetched.final_url, "/")
    if not (found := await _tried(visit, pages[0].feeds)) and front != fetched.final_url:
        pages += await _front(visit, front)
        found = await _tried(visit, pages[-1].feeds)
    found = found or await _well_known(visit, fetched.final_url)
    found = found or await _sitemap(visit, fetched.final_url)
    watched = await _watchable(visit, [p for p in pages if p.links], needed=not found)
    return [*found, *sorted(watched, key=lambda f: f.url != visit.own(front))]


async def _watchable(visit: _Visit, pages: list[_Page], *, needed: bool) -> list[Found]:
    """Those that robots may read. Raises Refused where none is and one is `needed`."""
    access, found = Access(visit.fetcher), list[Found]()
    refusal: SourceError | None = None
    for one in pages:
        try:
            await access.check(one.url, visit.routes)
        except SourceError as e:
            refusal = e
            continue
        found.append(Found(url=visit.own(one.url), title=one.title, kind=SourceKind.PAGE))
    if refusal and needed and not found:
        raise refusal
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What a page offers."""

    url: str
    title: str
    feeds: tuple[str, ...]
    links: int


async def _read(fetched: Fetched) -> _Page:
    html = markup.decode(fetched.content, charset(fetched))
    if fetched.content.startswith(b"%PDF-") or (html.strip() and not TAG.search(html)):
        raise Unreadable("this is a single document and no site", url=fetched.final_url)
    return await asyncio.to_thread(_page, html, fetched.final_url)


async def _front(visit: _Visit, url: str) -> list[_Page]:
    try:
        return [await _read(await visit.get(url, PAGES))]
    except SourceError:
        return []


def _page(html: str, url: str) -> _Page:
    root = markup.tree(html)
    if root is None:
        raise Unreadable("the page is empty", url=url)
    title, links = page.links(html, url=url)
    return _Page(url=url, title=title, feeds=tuple(stated(root, url)), links=len(links))


def stated(root: _Element, url: str) -> list[str]:
    """The feeds that a page names in its head, or links to by an address that looks like one."""
    base = page.base_of(root, url)
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


async def _by_rule(visit: _Visit, url: str, kind: SourceKind) -> Found:
    if kind is SourceKind.FEED:
        found = await _as_feed(visit, await visit.get(url, FEEDS))
        if not found:
            raise Unreadable("there is no feed where one should be", url=url)
        return found
    fetched = await visit.get(url, PAGES)
    html = markup.decode(fetched.content, charset(fetched))
    read = await asyncio.to_thread(page.telegram, html, url=url, now=datetime.now(UTC))
    return Found(url=url, title=read[0], kind=kind)


async def _as_feed(visit: _Visit, fetched: Fetched) -> Found | None:
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
    return Found(url=visit.own(fetched.permanent_url or fetched.url), title=title, kind=SourceKind.FEED)


async def _tried(visit: _Visit, urls: Sequence[str]) -> list[Found]:
    found = await asyncio.gather(*(_try(visit, url) for url in urls))
    return list({f.url: f for f in found if f}.values())


async def _try(visit: _Visit, url: str) -> Found | None:
    try:
        return await _as_feed(visit, await visit.get(url, FEEDS))
    except SourceError:
        return None


async def _well_known(visit: _Visit, url: str) -> list[Found]:
    places = [_joined(url, path) for path in WELL_KNOWN]
    inside = urlsplit(url).path.strip("/")
    if inside:
        places.insert(0, url.partition("?")[0].rstrip("/") + "/feed")
    for place in places:
        if found := await _try(visit, place):
            return [found]
    return []


async def _sitemap(visit: _Visit, url: str) -> list[Found]:
    """A news sitemap, or one whose entries have dates: others list what never changes."""
    places = [_joined(url, path) for path in SITEMAPS]
    try:
        robots = await visit.get(_joined(url, "/robots.txt"), "text/plain")
        named = sitemaps.listed_in_robots(robots.content)
        places = [*sorted(named, key=lambda u: "news" not in u.lower())[:3], *places]
    except SourceError:
        pass
    for place in dict.fromkeys(places):
        try:
            fetched = await visit.get(place, "application/xml")
            read = await asyncio.to_thread(sitemaps.parse, fetched.content, url=place, now=datetime.now(UTC))
        except SourceError:
            continue
        if read.indexes or any(d.published or d.updated for d in read.drafts):
            return [
                Found(url=visit.own(place), title=urlsplit(place).hostname or "", kind=SourceKind.SITEMAP)
            ]
    return []


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return base
