"""The desk where people ask about sources: what is behind a URL, how a source does, what a page says.

Answers in plain words, since `/checksource` and `newsbot sources check` show them as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.services import Listed
from bot.chat.words import public
from bot.errors import FetchError, HttpStatus, Paused, Refused, SourceError
from bot.sources import discover, extract, opml, recognise
from bot.sources.advice import advise
from bot.sources.discover import Found
from bot.sources.http import BLOCKED, Fetcher
from bot.sources.reader import Polled, Reader
from bot.types import Draft, NewSource, Source, SourceState

GONE = 410


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Looks outside on a person's request."""

    fetcher: Fetcher
    reader: Reader
    clock: Callable[[], datetime]

    async def find(self, url: str, *, routes: Sequence[str] = ()) -> Sequence[Found]:
        """What can be polled behind `url`, by `routes` only, or by any where the usual way is blocked.

        Raises SourceError.
        """
        try:
            return await discover.discover(self.fetcher, url, routes)
        except FetchError as e:
            others = [] if routes or not _blocked(e) else self.routes()[1:]
            if not others:
                raise
            try:
                return await discover.discover(self.fetcher, url, others)
            except SourceError:
                raise e from None

    def keys(self, url: str) -> Sequence[str]:
        """What the article at `url` is recognised by: without the marks of who shared it, `www` or `amp`."""
        return recognise.keys(url)

    async def read(self, url: str) -> Draft:
        """One page, PDF or text. Raises SourceError."""
        return await self.reader.read(url)

    async def lists(self, url: str) -> Listed:
        """The OPML list at `url`. Raises SourceError."""
        fetched = await self.fetcher.get(url, accept="text/x-opml, application/xml, */*;q=0.5")
        return await asyncio.to_thread(listed, fetched.content)

    def opml(self, sources: Sequence[Source]) -> str:
        """Sources as an OPML list."""
        return opml.write(sources).decode()

    def routes(self) -> Sequence[str]:
        """The names of the configured routes, `direct` first."""
        return [state.name for state in self.fetcher.states()]

    def advice(self, reason: str, *, stored: bool = True) -> tuple[str, str]:
        """What is wrong with a source that failed with `reason`, and what to do about it.

        What is not `stored` is not tried again by itself.
        """
        said = advise(reason)
        return said.wrong, said.remedy if stored else said.unstored

    async def taken(self, url: str, selector: str, *, routes: Sequence[str] = ()) -> str:
        """What a CSS selector takes of the page at `url`; without a URL it is only checked.

        Raises BadInput for what is no selector, SourceError for a page that can't be read.
        """
        extract.check_selector(selector)
        return await self.reader.taken(url, selector, routes=routes) if url else ""

    async def check(self, source: Source) -> str:
        """Poll the source now, without storing anything, and say how it does and what to do."""
        lead = {
            SourceState.PAUSED: "It is paused. ",
            SourceState.DEAD: "It was given up and is no longer polled. ",
        }.get(source.state, "")
        try:
            polled = await self.reader.poll(source, self.clock())
        except SourceError as e:
            return lead + advice(e)
        if polled.gone:
            return lead + advise(HttpStatus(GONE).reason).text
        way = served(polled, source)
        if polled.not_modified:
            return f"{lead}It answers, and there is nothing new since the last poll.{way}"
        if not polled.drafts:
            return f"{lead}It answers, but has no items at the moment.{way}"
        dated = [d.published for d in polled.drafts if d.published]
        newest = f", the newest of {max(dated):%Y-%m-%d %H:%M} UTC" if dated else ", none with a date"
        moved = f" It moved to {polled.permanent_url}." if polled.permanent_url else ""
        odd = f" It has faults: {'; '.join(polled.problems[:3])}." if polled.problems else ""
        items = f"{len(polled.drafts)} item{'' if len(polled.drafts) == 1 else 's'}"
        return f"{lead}It works: {items}{newest}.{way}{moved}{odd}"


def _blocked(error: FetchError) -> bool:
    """Whether another way out may lead where this one did not."""
    if isinstance(error, HttpStatus):
        return error.status in BLOCKED
    return not isinstance(error, Refused | Paused)


def served(polled: Polled, source: Source) -> str:
    """Where the answer came from and by which route, where that is not the usual; begins with a space."""
    over = f", over the route {polled.route}" if polled.route not in ("", "direct") else ""
    if polled.mirror and polled.mirror == source.onion_url:
        return f" Its own address fails; its onion address answered{over}."
    if polled.mirror:
        return f" Its own address fails; the mirror {public(polled.mirror)} answered{over}."
    return f" It was read{over.removeprefix(',')}." if over else ""


def listed(content: bytes) -> Listed:
    """An OPML list as sources to add. Raises Unreadable."""
    read = opml.parse(content)
    return Listed(
        entries=tuple(NewSource(url=e.url, kind=e.kind, title=e.title, topic=e.topic) for e in read.entries),
        repeated=read.repeated,
        refused=read.refused,
    )


def advice(error: SourceError) -> str:
    """What is wrong with a source, and what to do about it."""
    return advise(error.reason).text
