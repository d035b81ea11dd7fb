"""Polls a second and memory: 10,000 feeds on loopback, 95 % answering 304.

    python -m benchmarks.polls [DATA_FOLDER] [--feeds N] [--changed SHARE] [--at-once N] [--rounds N]

Needs no data. Our Reader (guard, limits, conditional GET, parsing, drafts) against a bare loop of
httpx and feedparser, each in a process of its own, the server in a third. Rounds alternate, the
median counts.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import feedparser
import httpx

from bot.sources.http import Fetcher, FetchSettings
from bot.sources.reader import Reader
from bot.types import Source, SourceKind, SourceSettings, SourceState

ITEM = """<item><title>Item {n} of a feed that is like any other</title><link>https://news.example/{n}</link>
<guid>https://news.example/{n}</guid><pubDate>Mon, 20 Oct 2025 10:00:00 GMT</pubDate>
<description>&lt;p&gt;{words}&lt;/p&gt;</description></item>"""
WORDS = "Some words of news that stand for the usual teaser of two or three sentences. " * 4
FEED = (
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>A feed</title>"
    "<link>https://news.example/</link><description>News</description>"
    + "".join(ITEM.format(n=n, words=WORDS) for n in range(20))
    + "</channel></rss>"
).encode()

CHANGED = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
    f'ETag: "new"\r\nContent-Length: {len(FEED)}\r\n\r\n'
).encode()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, changed: int) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            number = int(head.split(" ", 2)[1].rpartition("/")[2])
            if number % 1000 < changed:
                writer.write(CHANGED + FEED)
            else:
                writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "old"\r\n\r\n')
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def serve(told: Connection, changed: int) -> None:
    async def run() -> None:
        server = await asyncio.start_server(lambda r, w: answer(r, w, changed), "127.0.0.1", 0, backlog=1024)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def all_of(count: int, at_once: int, one: Callable[[int], Awaitable[int]]) -> int:
    """Run `one` for every number, so many at once; the sum of what they return."""
    numbers = iter(range(count))

    async def work() -> int:
        return sum([await one(number) for number in numbers])

    return sum(await asyncio.gather(*(work() for _ in range(at_once))))


async def bare(port: int, feeds: int, at_once: int) -> int:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=at_once)) as client:

        async def one(number: int) -> int:
            answer = await client.get(f"http://127.0.0.1:{port}/{number}", headers={"If-None-Match": '"old"'})
            return len(feedparser.parse(answer.content).entries) if answer.status_code == 200 else 0

        return await all_of(feeds, at_once, one)


async def ours(port: int, feeds: int, at_once: int) -> int:
    settings = FetchSettings(allow_hosts=("127.0.0.1",), at_once=at_once, per_host=at_once)
    fetcher = Fetcher(settings)
    reader = Reader(fetcher)
    now = datetime.now(UTC)
    sources = [source(number, f"http://127.0.0.1:{port}/{number}", now) for number in range(feeds)]

    async def one(number: int) -> int:
        return len((await reader.poll(sources[number], now)).drafts)

    try:
        return await all_of(feeds, at_once, one)
    finally:
        await fetcher.close()


def source(number: int, url: str, now: datetime) -> Source:
    return Source(
        id=number,
        url=url,
        kind=SourceKind.FEED,
        title="A feed",
        topic="",
        state=SourceState.ACTIVE,
        settings=SourceSettings(),
        added=now,
        etag='"old"',
        polled=now,
        first_polled=now,
    )


def timed(told: Connection, name: str, port: int, feeds: int, at_once: int) -> None:
    started = time.perf_counter()
    items = asyncio.run({"bare": bare, "ours": ours}[name](port, feeds, at_once))
    seconds = time.perf_counter() - started
    told.send((feeds / seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, items))


def in_process(name: str, port: int, feeds: int, at_once: int) -> tuple[float, float, int]:
    mine, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=timed, args=(theirs, name, port, feeds, at_once)
    )
    process.start()
    result: tuple[float, float, int] = mine.recv()
    process.join()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Polls a second beside a bare loop of httpx and feedparser")
    parser.add_argument("data", nargs="?", help="not needed; taken for the others' sake")
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--changed", type=float, default=0.05)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, round(options.changed * 1000)), daemon=True)
    server.start()
    port = mine.recv()
    results: dict[str, list[tuple[float, float, int]]] = {"bare": [], "ours": []}
    for _ in range(options.rounds):
        for name, found in results.items():
            found.append(in_process(name, port, options.feeds, options.at_once))
    server.kill()
    rates = {name: statistics.median(rate for rate, _, _ in found) for name, found in results.items()}
    print(f"{options.feeds:,} feeds, {1 - options.changed:.0%} answer 304, {options.at_once} at once")
    for name, found in results.items():
        memory, items = max(m for _, m, _ in found), found[0][2]
        print(f"{name}: {rates[name]:,.0f} polls/s, {memory:.0f} MB at most, {items:,} items")
    print(f"ratio {rates['ours'] / rates['bare']:.2f}")


if __name__ == "__main__":
    main()
