"""What the chat room is handed: the store, the deciders of news, the desk for sources, the settings.

Knows nothing of how any of it works: every neighbour that is not the store is a Protocol here, so a
test hands in scripted ones and the terminal, Telegram and Matrix run the same handlers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from bot.storage.store import Store
from bot.types import Answer, Article, Draft, Length, NewSource, Source, SourceKind, Summary, Turn, Urgency


class Answerer(Protocol):
    """Answers from the archive, or says that the archive has no answer (`news.answer`)."""

    async def answer(
        self,
        question: str,
        *,
        now: datetime,
        zone: tzinfo,
        history: Sequence[Turn] = (),
        on_text: Callable[[str], None] | None = None,
        on_reading: Callable[[Sequence[Article]], None] | None = None,
        urgency: Urgency = Urgency.PERSON,
    ) -> Answer:
        """Answer `question`, asked in `zone`; `history` is the conversation so far, oldest first."""
        ...


class Summarizer(Protocol):
    """Writes cited summaries (`news.summarize`)."""

    async def article(
        self,
        article: Article,
        *,
        length: Length = Length.SHORT,
        language: str = "",
        urgency: Urgency = Urgency.PERSON,
    ) -> Summary:
        """Summarize one article."""
        ...

    async def story(
        self,
        articles: Sequence[Article],
        *,
        length: Length = Length.SHORT,
        language: str = "",
        urgency: Urgency = Urgency.PERSON,
    ) -> Summary:
        """Summarize several reports of one event."""
        ...

    async def translated(
        self, summary: Summary, *, language: str, urgency: Urgency = Urgency.PERSON
    ) -> Summary:
        """The summary in another language, or as it is with a note where that can't be done."""
        ...


class Offered(Protocol):
    """A feed or page that the desk found behind a URL (`sources.discover.Found`)."""

    @property
    def url(self) -> str:
        """Where it is polled."""
        ...

    @property
    def title(self) -> str:
        """Its own name; may be empty."""
        ...

    @property
    def kind(self) -> SourceKind:
        """How it is read."""
        ...

    @property
    def routes(self) -> tuple[str, ...]:
        """The only routes by which it was reached; empty for the usual way."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list of sources as the desk read it."""

    entries: tuple[NewSource, ...]
    repeated: int = 0
    """Entries whose address the list has twice."""
    refused: tuple[tuple[str, str], ...] = ()
    """Name or address of what can't be a source, and why."""


class SourceDesk(Protocol):
    """Looks outside on a person's request; raises SourceError kinds."""

    async def find(self, url: str, *, routes: Sequence[str] = ()) -> Sequence[Offered]:
        """What can be polled behind `url`, best first; empty when nothing can. IsList for a list.

        The scheme may be left out. Without `routes` those are tried that lead there.
        """
        ...

    def keys(self, url: str) -> Sequence[str]:
        """What the article at `url` is recognised by, however its address is written."""
        ...

    async def lists(self, url: str) -> Listed:
        """The list of sources (OPML) at `url`."""
        ...

    def opml(self, sources: Sequence[Source]) -> str:
        """Sources as an OPML list."""
        ...

    def routes(self) -> Sequence[str]:
        """The names of the routes that a source may take."""
        ...

    def advice(self, reason: str, *, stored: bool = True) -> tuple[str, str]:
        """What is wrong with what failed with `reason`, and what to do; `stored`: it is a source."""
        ...

    async def taken(self, url: str, selector: str, *, routes: Sequence[str] = ()) -> str:
        """What a CSS selector takes of a page; without a URL it is only checked. BadInput."""
        ...

    async def check(self, source: Source) -> str:
        """Say in plain words how the source is doing now and what to do."""
        ...

    async def read(self, url: str) -> Draft:
        """Read one page, PDF or text."""
        ...


class Status(Protocol):
    """Facts for `/status` that the chat room can't see: model, routes, queue, memory."""

    async def lines(self, *, now: datetime) -> Sequence[tuple[str, str]]:
        """Name and value pairs, in the order to show."""
        ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that a handler may use."""

    store: Store
    answerer: Answerer
    summarizer: Summarizer
    desk: SourceDesk
    owners: frozenset[tuple[str, str]] = frozenset()
    """(platform, user id) of the owners, from the configuration."""
    bot_name: str = "newsbot"
    """How people address the bot where the platform gave it no name of its own."""
    bot_names: Mapping[str, str] = field(default_factory=dict)
    """The bot's name by platform, such as its Telegram username: `/ask@NAME`."""
    first_items: int = 3
    """How many items of a new source are announced at most."""
    digest_at: str = "08:00"
    """When a daily or weekly digest comes where its order names no time, `HH:MM` local."""
    status: Status | None = None
    failover_after: timedelta = timedelta(minutes=15)
    """How long a platform must fail before a linked chat stands in."""
