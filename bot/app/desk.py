"""The desk where people ask about sources: what is behind a URL, how a source does, what a page says.

Answers in plain words, since `/checksource` and `newsbot sources check` show them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import HttpStatus, Refused, SourceError, Unreadable
from bot.sources import discover
from bot.sources.discover import Found
from bot.sources.http import Fetcher
from bot.sources.reader import Reader
from bot.types import Draft, Source, SourceState

GONE, NOT_FOUND, TOO_MANY, SERVER_ERROR = 410, 404, 429, 500
REFUSED = (401, 403, 451)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Looks outside on a person's request."""

    fetcher: Fetcher
    reader: Reader
    clock: Callable[[], datetime]

    async def find(self, url: str) -> Sequence[Found]:
        """What can be polled behind `url`. Raises SourceError."""
        return await discover.discover(self.fetcher, url)

    async def read(self, url: str) -> Draft:
        """One page, PDF or text. Raises SourceError."""
        return await self.reader.read(url)

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
        if polled.not_modified:
            return lead + "It answers, and there is nothing new since the last poll."
        if not polled.drafts:
            return lead + "It answers, but has no items at the moment."
        dated = [d.published for d in polled.drafts if d.published]
        newest = f", the newest of {max(dated):%Y-%m-%d %H:%M} UTC" if dated else ", none with a date"
        moved = f" It moved to {polled.permanent_url}." if polled.permanent_url else ""
        odd = f" It has faults: {'; '.join(polled.problems[:3])}." if polled.problems else ""
        return f"{lead}It works: {len(polled.drafts)} items{newest}.{moved}{odd}"


def advice(error: SourceError) -> str:
    """What is wrong with a source, and what to do about it."""
    match error:
        case HttpStatus(status=status) if status == GONE:
            return (
                "The publisher took it away for good (410). Remove it, or look for a new address on the site."
            )
        case HttpStatus(status=status) if status == NOT_FOUND:
            return "There is nothing at this address any more (404). Look for the feed on the site again."
        case HttpStatus(status=status) if status == TOO_MANY:
            return (
                "The server asks for fewer requests (429). Nothing to do: it is polled more seldom by itself."
            )
        case HttpStatus(status=status) if status in REFUSED:
            return f"The server refuses us ({status}). A route through a proxy may help."
        case HttpStatus(status=status) if status >= SERVER_ERROR:
            return f"The server is in trouble ({status}). Nothing to do: it is tried again by itself."
        case Refused():
            return f"It is not fetched: {error.reason}."
        case Unreadable():
            return f"What came is no feed: {error.reason}. Give the address of its feed, or of the site."
        case _:
            return (
                f"It can't be reached: {error.reason}. If others can reach it, try a route through a proxy."
            )
