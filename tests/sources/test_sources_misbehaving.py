"""A web that misbehaves in every way, polled by the real stage: each has its outcome, none stops another."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import Clock
from rough_web import Names, Request, RoughWeb, gzip_bomb

from bot.schedule import Bounds
from bot.sources.advice import advise
from bot.sources.http import Fetcher, FetchSettings
from bot.sources.reader import Reader
from bot.storage.store import Store
from bot.types import Source, SourceKind
from bot.workers.loop import Bells, Loop, Stage
from bot.workers.poll import Poll

RSS = "application/rss+xml"


def rss(*things: str, head: str = "") -> str:
    items = "".join(
        f"<item><title>The {thing}</title><guid isPermaLink='false'>{thing}</guid></item>" for thing in things
    )
    return (
        f"<?xml version='1.0'{head}?><rss version='2.0'><channel><title>Post</title>{items}</channel></rss>"
    )


class Street:
    """Many sources on one web, their names looked up by the test."""

    def __init__(self, store: Store, web: RoughWeb) -> None:
        self.store, self.web, self.clock, self.names = store, web, Clock(), Names()
        limits = FetchSettings(
            allow_hosts=("127.0.0.1",), timeout=0.5, max_bytes=9_000_000, spacing=0.0, max_redirects=4
        )
        self.fetcher = Fetcher(limits, resolve=self.names)
        poll = Poll(
            store=store,
            reader=Reader(self.fetcher),
            clock=self.clock,
            bells=Bells(),
            first_items=3,
            bounds=Bounds(),
        )
        stage = Stage(name="poll", table="sources", step=poll.step)
        self._loop = Loop(stage, store.rows, clock=self.clock, bells=Bells())

    def url(self, path: str) -> str:
        """Every path is at home on a host of its own, so that none is left alone for another's sake."""
        host = f"{path.strip('/')}.example"
        self.names.addresses.setdefault(host, ["127.0.0.1"])
        return self.web.url(path, host=host)

    async def add(self, path: str) -> int:
        url = self.url(path)
        return (await self.store.sources.add(url, kind=SourceKind.FEED, now=self.clock())).id

    async def poll(self) -> None:
        while await self._loop.once():
            pass

    async def source(self, path: str) -> Source:
        found = await self.store.sources.find(self.url(path))
        assert found is not None
        return found

    async def titles(self, path: str) -> list[str]:
        source = await self.source(path)
        return [a.title for a in await self.store.articles.recent(limit=2000, source_id=source.id)]


@pytest.fixture
async def street(tmp_path: Path, web: RoughWeb) -> AsyncIterator[Street]:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    street = Street(store, web)
    yield street
    await street.fetcher.close()
    await store.close()


async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def unchanged_with_a_body(request: Request, writer: asyncio.StreamWriter) -> None:
    await RoughWeb.send(writer, 304, {"Content-Length": "5", "Connection": "close"}, b"<rss>")
    writer.close()


BAD = {
    "/drip": "no answer in time",
    "/endless": "larger than",
    "/bomb": "larger than",
    "/loop": "redirects in a circle",
    "/inside": "not on the open Internet",
    "/304": "not modified",
    "/429": "answered 429",
    "/503": "answered 503",
    "/html": "web page and no feed",
    "/nothing": "empty",
    "/missing": "answered 404",
}


async def open_bad_shops(street: Street) -> None:
    web = street.web
    web.does("/drip", drip)
    web.does("/endless", endless)
    web.serves("/bomb", gzip_bomb(50_000_000), kind=RSS, Content_Encoding="gzip")
    web.redirects("/loop", street.url("/loop"))
    web.redirects("/inside", "http://169.254.169.254/latest/meta-data")
    web.does("/304", unchanged_with_a_body)
    web.serves("/429", status=429, Retry_After="7200")
    web.serves("/503", status=503, Retry_After="7200")
    web.serves("/html", "<!doctype html><title>Welcome</title><p>Our feed has moved.")
    web.serves("/nothing", "", kind=RSS)


async def test_every_bad_feed_has_its_outcome_and_stops_no_good_one(street: Street) -> None:
    await open_bad_shops(street)
    street.web.serves("/good", rss("ferry", "tram"), kind=RSS)
    for path in (*BAD, "/good"):
        await street.add(path)

    await street.poll()

    for path, error in BAD.items():
        source = await street.source(path)
        assert re.search(error, source.last_error), (path, source.last_error)
        assert (source.failures, source.due_at is not None) == (1, True)
        assert not advise(source.last_error).wrong.startswith("It can't be read:"), source.last_error
    assert sorted(await street.titles("/good")) == ["The ferry", "The tram"]
    assert await street.store.articles.count() == 2


async def test_who_asks_for_a_pause_gets_it(street: Street) -> None:
    await open_bad_shops(street)
    for path in ("/429", "/503"):
        await street.add(path)

    await street.poll()
    street.clock.advance(minutes=119)
    await street.poll()

    assert [len(street.web.asked(path)) for path in ("/429", "/503")] == [1, 1]


async def test_a_pause_that_one_feed_was_asked_for_is_no_failure_of_its_neighbours(street: Street) -> None:
    street.web.serves("/429", status=429, Retry_After="600")
    street.web.serves("/good", rss("ferry"), kind=RSS)
    street.names.addresses["shop.example"] = ["127.0.0.1"]
    bad, good = (street.web.url(path, host="shop.example") for path in ("/429", "/good"))
    for url in (bad, good):
        await street.store.sources.add(url, kind=SourceKind.FEED, now=street.clock())
        await street.poll()

    source = await street.store.sources.find(good)
    assert source is not None
    assert (source.failures, source.failing_since, source.last_error) == (0, None, "")
    assert source.due_at is not None
    assert 595 <= (source.due_at - street.clock()).total_seconds() <= 1200
    assert street.fetcher.states()[0].error == ""
    assert street.web.asked("/good") == []


async def test_a_name_that_leads_inside_after_the_first_poll_is_refused(street: Street) -> None:
    street.web.serves("/feed", rss("ferry"), kind=RSS)
    await street.add("/feed")
    await street.poll()
    street.names.addresses["feed.example"] = ["127.0.0.1", "10.0.0.1"]
    street.web.serves("/feed", rss("secret"), kind=RSS, Connection="close")

    street.clock.advance(days=1)
    await street.fetcher.close()
    await street.poll()

    source = await street.source("/feed")
    assert "10.0.0.1, which is not on the open Internet" in source.last_error
    assert await street.store.articles.count() == 1


async def test_half_a_feed_is_stored_and_the_rest_follows(street: Street) -> None:
    whole = rss("ferry", "tram", "comet")
    street.web.serves("/cut", whole[: whole.index("<title>The comet")], kind=RSS)
    await street.add("/cut")
    await street.poll()
    assert {"The ferry", "The tram"} <= set(await street.titles("/cut"))

    street.web.serves("/cut", whole, kind=RSS)
    street.clock.advance(days=1)
    await street.poll()

    assert {"The ferry", "The tram", "The comet"} <= set(await street.titles("/cut"))


@pytest.mark.parametrize(
    ("stated", "real"), [("iso-8859-1", "utf-8"), ("utf-8", "cp1252"), ("nonsense", "utf-8"), ("", "utf-16")]
)
async def test_wrongly_declared_feeds_are_read(street: Street, stated: str, real: str) -> None:
    head = "" if real == "utf-16" else f" encoding='{stated}'" if stated else ""
    street.web.serves("/feed", rss("Fähre", head=head).encode(real), kind=f"{RSS}; charset={stated}")
    await street.add("/feed")

    await street.poll()

    assert await street.titles("/feed") == ["The Fähre"]


async def test_an_etag_that_lies_hides_news_for_a_day_at_most(street: Street) -> None:
    async def lies(request: Request, writer: asyncio.StreamWriter) -> None:
        if "if-none-match" in request.headers:
            await street.web.send(writer, 304, {"ETag": '"same"'}, b"")
        else:
            body = rss(*things).encode()
            head = {"ETag": '"same"', "Content-Type": RSS, "Content-Length": str(len(body))}
            await street.web.send(writer, 200, head, body)

    things = ["ferry"]
    street.web.does("/feed", lies)
    await street.add("/feed")
    await street.poll()
    things.append("tram")

    for _ in range(25):
        street.clock.advance(hours=1)
        await street.poll()

    assert sorted(await street.titles("/feed")) == ["The ferry", "The tram"]


async def test_a_feed_of_fifty_thousand_items_is_stored_at_both_ends_and_announced_little(
    street: Street,
) -> None:
    body = gzip.compress(rss(*(f"item {n}" for n in range(50_000))).encode(), 1)
    street.web.serves("/many", body, kind=RSS, Content_Encoding="gzip")
    await street.add("/many")
    street.web.serves("/good", rss("ferry"), kind=RSS)
    await street.add("/good")

    await street.poll()

    titles = await street.titles("/many")
    assert {"The item 0", "The item 49999"} <= set(titles)
    assert len(titles) == 1000
    assert await street.titles("/good") == ["The ferry"]
    loud = [a for a in await street.store.articles.recent(limit=2000, source_id=1) if not a.quiet]
    assert len(loud) == 3
    assert street.clock() - timedelta(days=1) < (await street.source("/many")).polled
