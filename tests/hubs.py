"""A publisher with its WebSub hub on loopback: asks back, signs what it brings, fails on demand."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import ClientSession, web

ITEM = "<item><title>{0}</title><link>{1}/{2}</link><description>{3}</description></item>"


def feed(*things: str, site: str = "http://127.0.0.1", hub: str = "", topic: str = "") -> bytes:
    """An RSS feed with one item for each thing."""
    rel = '<link xmlns="http://www.w3.org/2005/Atom" rel="{}" href="{}"/>'
    links = (rel.format("hub", hub) if hub else "") + (rel.format("self", topic) if topic else "")
    items = "".join(
        ITEM.format(
            f"News of the {thing}", site, thing, f"The {thing} of the town was in the news today. " * 30
        )
        for thing in things
    )
    return f"<rss version='2.0'><channel><title>Post</title>{links}{items}</channel></rss>".encode()


@dataclass
class HubTown:
    """The site's feed at `/feed`, its hub at `/hub`."""

    things: list[str] = field(default_factory=lambda: ["ferry"])
    lease_seconds: int = 86400
    status: int = 202
    """What the hub answers to those who ask for a lease."""
    topic: str = ""
    """The topic that it asks back about; empty: the one that it was asked for."""
    asks_back: bool = True
    has_hub: bool = True
    forms: list[dict[str, str]] = field(default_factory=list)
    polls: int = 0
    challenges: list[tuple[int, str]] = field(default_factory=list)
    """What was answered to its questions."""
    port: int = 0

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/feed", self._feed)
        app.router.add_post("/hub", self._asked)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self._session = ClientSession()

    async def stop(self) -> None:
        await self._session.close()
        await self._runner.cleanup()

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.site}/feed"

    @property
    def callback(self) -> str:
        return self.forms[-1]["hub.callback"]

    def body(self, *things: str) -> bytes:
        return feed(*things, site=self.site, hub=f"{self.site}/hub" if self.has_hub else "", topic=self.url)

    async def _feed(self, request: web.Request) -> web.Response:
        self.polls += 1
        return web.Response(body=self.body(*self.things), content_type="application/rss+xml")

    async def _asked(self, request: web.Request) -> web.Response:
        self.forms.append({k: str(v) for k, v in (await request.post()).items()})
        if self.status == 202 and self.asks_back:
            await self.question()
        return web.Response(status=self.status)

    async def question(self, mode: str = "subscribe") -> None:
        asked = self.forms[-1]
        query = {
            "hub.mode": mode,
            "hub.topic": self.topic or asked["hub.topic"],
            "hub.challenge": "prove it",
            "hub.lease_seconds": str(self.lease_seconds),
        }
        async with self._session.get(f"{asked['hub.callback']}?{urlencode(query)}") as answer:
            self.challenges.append((answer.status, await answer.text()))

    async def bring(
        self, body: bytes, *, method: str = "sha256", secret: str = "", callback: str = "", **headers: str
    ) -> int:
        """Post signed content to the subscriber; its status."""
        key = (secret or self.forms[-1]["hub.secret"]).encode()
        signature = f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}"
        rows = {"Content-Type": "application/rss+xml", "X-Hub-Signature": signature} | headers
        async with self._session.post(callback or self.callback, data=body, headers=rows) as answer:
            return answer.status
