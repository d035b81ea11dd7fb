"""A source in, drafts out: fetch, parse, and full text where the feed has only a teaser.

Knows no database. Parsing and extraction are CPU work and run on threads, their input bounded by
the fetcher's limits. The hard thing: a source that fails in one way may still be read in another
(a mirror, the page instead of the feed), and what failed must be said in its own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.errors import HttpStatus, Refused, SourceError, Unreadable
from bot.sources import extract, feed, login, markup, page, pdf, recognise, rules, sitemaps, websub
from bot.sources.access import Access
from bot.sources.discover import charset
from bot.sources.http import FEEDS, PAGES, Fetched, Fetcher
from bot.sources.language import detect
from bot.types import Draft, Source, SourceKind, SourceSettings

MOST_CHILDREN = 2
"""Sitemaps of an index that are read at a poll."""
TAKEN_DOWN = frozenset({404, 410})
BINARY = frozenset({"image", "audio", "video", "font"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll brought: drafts for the store, facts for the scheduler."""

    drafts: tuple[Draft, ...] = ()
    """In the feed's order, mostly newest first."""
    withdrawn: tuple[Draft, ...] = ()
    """What the publisher took back, by its keys; never articles to store."""
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    gone: bool = False
    """410: the publisher took the feed away for good."""
    permanent_url: str = ""
    """The source's new address; empty: unchanged."""
    title: str = ""
    ttl: timedelta | None = None
    """The feed's wish: not sooner than this."""
    max_age: timedelta | None = None
    """The server's freshness time."""
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str = ""
    """The WebSub hub that brings what is new; empty where there is none."""
    topic: str = ""
    """What the hub calls the feed; empty where the feed doesn't say, and then no hub can be asked."""
    onion_url: str = ""
    """The site's own .onion address, where its answer names one."""
    parts: bool = False
    """It was put together from several addresses: that the first is unchanged says nothing of the others."""
    mirror: str = ""
    """The mirror that answered; empty: the source itself."""
    route: str = ""
    """The route that it came by."""
    problems: tuple[str, ...] = ()


class Reader:
    """Reads sources and pages through a Fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self._access = Access(fetcher)

    async def poll(self, source: Source, now: datetime) -> Polled:
        """Poll a source once, its mirrors in order when it fails, its own onion address last.

        Raises SourceError (with `retry_after` where the server gave one); a 410 is no error but `gone`.
        """
        failure: SourceError | None = None
        onion = [source.onion_url] if source.onion_url and self.fetcher.reaches_onions() else []
        for url in dict.fromkeys((source.url, *source.settings.mirrors, *onion)):
            try:
                polled = await self._poll_at(url, source, now)
            except SourceError as e:
                failure = failure or e
                continue
            if url == source.url:
                return polled
            # validators and addresses of a mirror are not the source's
            return replace(polled, etag="", last_modified="", permanent_url="", mirror=url)
        if isinstance(failure, HttpStatus) and failure.status == 410:
            return Polled(gone=True)
        assert failure is not None, "a source has at least its own URL"
        raise failure

    async def pushed(self, source: Source, body: bytes, content_type: str, now: datetime) -> Polled:
        """What a hub brought, read as a poll of the feed would be. Raises Unreadable."""
        read = await asyncio.to_thread(
            feed.parse,
            body,
            url=source.url,
            content_type=content_type,
            now=now,
            scope=source.scope or source.url,
            home=source.url,
        )
        return Polled(drafts=read.items, withdrawn=read.withdrawn, title=read.title, problems=read.problems)

    async def read(self, url: str, *, selector: str = "") -> Draft:
        """Read one page, PDF or plain text.

        Raises SourceError: Unreadable for what has no article text, and says what it is instead.
        """
        return await self._read(url, selector=selector, routes=())

    async def taken(self, url: str, selector: str, *, routes: Sequence[str] = ()) -> str:
        """The text that a CSS selector takes of a page; empty when it takes none.

        Raises BadInput for what is no selector, SourceError for a page that can't be read.
        """
        extract.check_selector(selector)
        await self._access.check(url, routes)
        fetched = await self.fetcher.get(url, accept=PAGES, routes=routes)
        return await asyncio.to_thread(_taken, fetched, selector)

    async def page(self, draft: Draft, settings: SourceSettings, *, source_url: str = "") -> Draft:
        """The draft with its page's text; with the draft's own where the page has less.

        The page is asked for with the login of its source, where it has one and the page is at home with
        it. Either way it is no teaser any more. Raises SourceError.
        """
        url = login.lent(draft.url, source_url)
        whole = await self._read(url, selector=settings.selector, routes=settings.routes)
        full = completed(draft, whole, always=settings.full_text == "page")
        return replace(full, teaser=False)

    async def _poll_at(self, url: str, source: Source, now: datetime) -> Polled:
        if source.kind is not SourceKind.FEED:
            await self._access.check(url, source.settings.routes)
        mine = url == source.url and trusts_validators(source, now)
        fetched = await self.fetcher.get(
            url,
            etag=source.etag if mine else "",
            last_modified=source.last_modified if mine else "",
            accept=FEEDS if source.kind is SourceKind.FEED else PAGES,
            routes=source.settings.routes,
        )
        polled = Polled(not_modified=True)
        if not fetched.not_modified:
            polled = await self._parse(fetched, source, now)
        if not polled.parts:
            polled = replace(
                polled,
                etag=fetched.etag or (source.etag if fetched.not_modified else ""),
                last_modified=fetched.last_modified or (source.last_modified if fetched.not_modified else ""),
            )
        return replace(
            polled,
            permanent_url=fetched.permanent_url,
            max_age=None if fetched.max_age is None else timedelta(seconds=fetched.max_age),
            onion_url=_onion(fetched),
            route=fetched.route,
        )

    async def _parse(self, fetched: Fetched, source: Source, now: datetime) -> Polled:
        if source.kind is SourceKind.FEED:
            read = await asyncio.to_thread(
                feed.parse,
                fetched.content,
                url=fetched.final_url,
                content_type=fetched.headers.get("content-type", ""),
                now=now,
                scope=source.scope or source.url,
                home=source.url,
            )
            hub, topic = websub.links(fetched.headers.get("link", ""), fetched.final_url)
            return Polled(
                drafts=read.items,
                withdrawn=read.withdrawn,
                title=read.title,
                ttl=read.ttl,
                skip_hours=read.skip_hours,
                skip_days=read.skip_days,
                hub=hub or websub.address(read.hub, fetched.final_url),
                topic=topic or websub.address(read.topic, fetched.final_url),
                problems=read.problems,
            )
        if source.kind is SourceKind.SITEMAP:
            return await self._parse_sitemap(fetched, source, now)
        html = markup.decode(fetched.content, charset(fetched))
        if rules.telegram_channel(fetched.final_url):
            title, drafts = await asyncio.to_thread(page.telegram, html, url=fetched.final_url, now=now)
        else:
            title, drafts = await asyncio.to_thread(page.links, html, url=fetched.final_url)
        problems = () if drafts else ("no links to articles were found on the page",)
        return Polled(drafts=drafts, title=title, problems=problems)

    async def _parse_sitemap(self, fetched: Fetched, source: Source, now: datetime) -> Polled:
        top = await asyncio.to_thread(sitemaps.parse, fetched.content, url=fetched.final_url, now=now)
        drafts, failures = list(top.drafts), list[SourceError]()
        for child in top.indexes[:MOST_CHILDREN]:
            try:
                drafts += await self._listed(child, source, now)
            except SourceError as e:
                failures.append(e)
        # At the first poll what may come later would come as news, old as it is.
        passing = source.first_polled is None and any(may_pass(e) for e in failures)
        if failures and (passing or not drafts):
            raise failures[0]
        problems = tuple(f"one of its lists can't be read: {e.reason}" for e in failures)
        return Polled(drafts=tuple(drafts[: sitemaps.MOST]), parts=bool(top.indexes), problems=problems)

    async def _listed(self, url: str, source: Source, now: datetime) -> Sequence[Draft]:
        """What a list of a source's index has."""
        own = login.lent(url, source.url)
        fetched = await self.fetcher.get(own, accept="application/xml", routes=source.settings.routes)
        return (await asyncio.to_thread(sitemaps.parse, fetched.content, url=url, now=now)).drafts

    async def _read(self, url: str, *, selector: str, routes: Sequence[str]) -> Draft:
        await self._access.check(url, routes)
        fetched = await self.fetcher.get(url, accept=PAGES, routes=routes)
        return await asyncio.to_thread(article, fetched, selector)


def _taken(fetched: Fetched, selector: str) -> str:
    root = markup.tree(markup.decode(fetched.content, charset(fetched)))
    return "" if root is None else extract.selected(root, selector)


def _onion(fetched: Fetched) -> str:
    """The onion address that the site names; believed only of an answer that nobody could change."""
    encrypted = fetched.final_url.startswith("https://")
    return fetched.onion_location if encrypted and recognise.same_site(fetched.url, fetched.final_url) else ""


def trusts_validators(source: Source, now: datetime) -> bool:
    """Whether to ask `has it changed?`: once a day the feed is read whole, for servers that lie.

    The hour differs by source, so that not all of them are read whole at midnight.
    """
    if source.polled is None or source.first_polled is None:
        return False
    shift = timedelta(minutes=source.id * 37 % 1440)
    return (source.polled + shift).date() == (now + shift).date()


def wants_page(draft: Draft, source: Source) -> bool:
    """Whether the page's text is to stand for the draft's, by the source's settings."""
    wish = source.settings.full_text
    return bool(draft.url) and not draft.withdrawn and (wish == "page" or (wish == "auto" and draft.teaser))


def may_pass(error: SourceError) -> bool:
    """Whether a page that failed so may be readable later."""
    if isinstance(error, HttpStatus):
        return error.status >= 500 or error.status in (408, 425, 429)
    return not isinstance(error, Refused | Unreadable)


def taken_down(error: SourceError) -> bool:
    """Whether the server says that the page is not there (any more)."""
    return isinstance(error, HttpStatus) and error.status in TAKEN_DOWN


def article(fetched: Fetched, selector: str = "") -> Draft:
    """The article that was fetched, whatever its form. Raises Unreadable."""
    kind = fetched.content_type
    content, url = fetched.content, fetched.final_url
    if _leads_home(fetched):
        raise Unreadable("it leads to the site's front page and to no article", url=url)
    if content.startswith(b"%PDF-") or kind == "application/pdf":
        return _from_pdf(content, fetched)
    if kind.partition("/")[0] in BINARY or b"\x00" in content[:1000].removeprefix(b"\xff\xfe"):
        raise Unreadable("this is no text but a picture, a recording or a program", url=url)
    text = markup.decode(content, charset(fetched))
    start = text[:500].lstrip().lower()
    if kind in ("text/plain", "text/markdown") and not start.startswith(("<!doctype", "<html")):
        return _from_text(text, fetched)
    if "<rss" in start or "<feed" in start or "<rdf" in start or kind.endswith("json"):
        raise Unreadable("this is a feed or data and no article; a feed can be added as a source", url=url)
    return _from_page(text, fetched, selector)


def _leads_home(fetched: Fetched) -> bool:
    """Whether a host answers for a page with its front page: so do many for what is not there any more."""
    asked, led = (recognise.canonical(url) for url in (fetched.url, fetched.final_url))
    here = urlsplit(asked).netloc == urlsplit(led).netloc
    return here and recognise.is_front(led) and not recognise.is_front(asked)


def completed(draft: Draft, whole: Draft, *, always: bool) -> Draft:
    """The feed's draft with the page's text, when that has more."""
    if not whole.text or (not always and len(whole.text) <= len(draft.text)):
        return draft
    return replace(
        draft,
        title=whole.title if draft.title == sitemaps.words(draft.url) else draft.title,
        text=whole.text,
        teaser=False,
        keys=tuple(dict.fromkeys((*draft.keys, *whole.keys))),
        byline=draft.byline or whole.byline,
        language=draft.language or whole.language,
        published=draft.published or whole.published,
        outlet=draft.outlet or whole.outlet,
    )


def _from_page(html: str, fetched: Fetched, selector: str) -> Draft:
    url = fetched.final_url
    found = extract.extract(html, url=url, selector=selector)
    # a page may only claim another address on its own site, or it could pass for any outlet's article
    own = found.canonical_url if recognise.same_site(found.canonical_url, url) else ""
    return Draft(
        url=url,
        title=found.title or markup.line(found.text.partition("\n")[0], limit=120),
        text=found.text,
        keys=_keys(own, url, fetched.url),
        outlet=found.outlet,
        byline=found.byline,
        language=found.language,
        published=found.published,
    )


def _from_pdf(content: bytes, fetched: Fetched) -> Draft:
    found = pdf.parse(content, url=fetched.final_url)
    return Draft(
        url=fetched.final_url,
        title=found.title,
        text=found.text,
        keys=_keys(fetched.final_url, fetched.url),
        byline=found.byline,
        language=detect(found.text),
        published=found.published,
    )


def _from_text(text: str, fetched: Fetched) -> Draft:
    text = markup.fold(text)
    if not text:
        raise Unreadable("the file is empty", url=fetched.final_url)
    return Draft(
        url=fetched.final_url,
        title=markup.line(text.partition("\n")[0], limit=120),
        text=text,
        keys=_keys(fetched.final_url, fetched.url),
        language=detect(text),
    )


def _keys(*urls: str) -> tuple[str, ...]:
    """A page's keys; pages that name the front page as their own address have none in common."""
    named = [url for url in urls if not recognise.is_front(recognise.canonical(url))]
    return tuple(dict.fromkeys(key for url in named or urls[-1:] for key in recognise.keys(url)))
