"""A house of real rows on SQLite with scripted models, moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import Clock, FakePlatform, FirstSentence, WordEmbedder

from bot.chat.window import Windows
from bot.errors import HttpStatus
from bot.schedule import Bounds
from bot.sources.reader import Polled
from bot.storage.store import Store
from bot.types import (
    Address,
    Cadence,
    Chat,
    Draft,
    PutStatus,
    Source,
    SourceSettings,
    Subscription,
    SubscriptionKind,
)
from bot.workers.deliver import Deliver
from bot.workers.digest import Digests
from bot.workers.loop import Bells, Loop, Stage
from bot.workers.page import Pages
from bot.workers.poll import Poll
from bot.workers.read import Read
from bot.workers.write import Write


class ScriptedReader:
    """Polls that bring what the test says; an exception is raised instead."""

    def __init__(self) -> None:
        self.brings: Polled | Exception = Polled()
        self.pages: dict[str, str | Exception] = {}
        """The texts of pages by URL; one that is not here does not exist."""
        self.asked: list[str] = []

    async def poll(self, source: Source, now: object) -> Polled:
        if isinstance(self.brings, Exception):
            raise self.brings
        return self.brings

    async def page(self, draft: Draft, settings: SourceSettings, *, source_url: str = "") -> Draft:
        self.asked.append(draft.url)
        text = self.pages.get(draft.url, HttpStatus(404, url=draft.url))
        if isinstance(text, Exception):
            raise text
        return replace(draft, text=text, keys=(draft.url,), teaser=False)


class Town:
    """Everything a stage needs, and short ways to say what happens."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self.bells = Bells()
        self.reader = ScriptedReader()
        self.embedder = WordEmbedder()
        self.summarizer = FirstSentence()
        self.platform = FakePlatform()

    def loop(self, name: str) -> Loop:
        return Loop(self._stage(name), self.store.rows, clock=self.clock, bells=self.bells)

    def _stage(self, name: str) -> Stage:
        shared = {"store": self.store, "clock": self.clock, "bells": self.bells}
        match name:
            case "poll":
                poll = Poll(
                    **shared,
                    reader=self.reader,
                    first_items=3,
                    bounds=Bounds(),
                    owners=frozenset({("console", "ann")}),
                )
                return Stage(name=name, table="sources", step=poll.step)
            case "page":
                pages = Pages(**shared, reader=self.reader)
                return Stage(name=name, table="pages", step=pages.step, give_up=pages.give_up)
            case "read":
                return Stage(name=name, table="articles", step=Read(**shared, embedder=self.embedder).step)
            case "write":
                return Stage(
                    name=name, table="stories", step=Write(**shared, summarizer=self.summarizer).step
                )
            case "digest":
                step = Digests(**shared, summarizer=self.summarizer, windows=Windows(self.store)).step
                return Stage(name=name, table="subscriptions", step=step)
        deliver = Deliver(store=self.store, platform=self.platform, clock=self.clock)
        return Stage(name=name, table="deliveries", step=deliver.step, claim=deliver.claim)

    async def work(self, *stages: str) -> None:
        """Work until nothing is due in these stages, in this order."""
        for name in stages or ("poll", "page", "read", "write", "digest", "deliver"):
            while await self.loop(name).once():
                pass

    async def arrive(self, *drafts: Draft) -> list[PutStatus]:
        return [(await self.store.articles.put(d, source_id=None, now=self.clock()))[0] for d in drafts]

    async def chat(self, name: str = "ann", *, platform: str = "console") -> Chat:
        return await self.store.chats.ensure(Address(platform, name), title=name, private=True)

    async def subscribe(
        self, chat: Chat, cadence: Cadence = Cadence.LIVE, *, kind: SubscriptionKind = SubscriptionKind.ALL
    ) -> Subscription:
        due = None if cadence is Cadence.LIVE else self.clock.now
        return await self.store.subscriptions.add(
            chat.id, kind=kind, value="", cadence=cadence, now=self.clock.now, due_at=due
        )

    async def stories(self) -> Sequence[tuple[str, int]]:
        """Title and number of articles of each story."""
        return [(s.title, len(s.article_ids)) for s in await self.store.stories.list(limit=100)]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    yield Town(store)
    await store.close()
