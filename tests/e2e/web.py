"""A small news site on loopback: one feed that a test adds items to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Self

from aiohttp import web


class NewsSite:
    """`async with NewsSite() as site:` serves `site.feed`."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str]] = []
        self.polls = 0
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def feed(self) -> str:
        return f"http://127.0.0.1:{self._port}/feed.xml"

    def publish(self, title: str, text: str) -> None:
        self.items.insert(0, (title, text))

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/feed.xml", self._feed)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _feed(self, request: web.Request) -> web.Response:
        self.polls += 1
        now = datetime.now(UTC)
        items = "".join(
            f"<item><title>{title}</title><link>http://127.0.0.1:{self._port}/{number}</link>"
            f"<guid>{title}</guid><description>{text}</description>"
            f"<pubDate>{format_datetime(now - timedelta(minutes=number))}</pubDate></item>"
            for number, (title, text) in enumerate(self.items)
        )
        body = f'<rss version="2.0"><channel><title>Harbour Post</title>{items}</channel></rss>'
        return web.Response(text=body, content_type="application/rss+xml")
