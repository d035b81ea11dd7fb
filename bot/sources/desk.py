"""What people ask about sources: what is behind this URL, what is wrong with this source, read this.

Answers in plain sentences that a chat may show as they are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.errors import HttpStatus, Refused, SourceError, Unreadable
from bot.sources.discover import Found, discover
from bot.sources.reader import Polled, Reader
from bot.types import Draft, Source

ADVICE = {
    401: "It wants a login. Put name and password into the address: https://NAME:PASSWORD@host/feed.",
    403: "The server refuses robots or this country. Try another route or a mirror.",
    404: "There is nothing at this address any more. Add the site again to find its new feed.",
    410: "The publisher took it away for good. Remove the source.",
    429: "The server finds that it is asked too often. The bot waits; a longer interval helps.",
    451: "It is blocked for legal reasons where this bot is. Try another route or a mirror.",
}
STALE_DAYS = 60


class Desk:
    """Answers about sources, for chats and the command line."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, url: str) -> list[Found]:
        """Every source behind `url`, best first. Raises SourceError."""
        return await discover(self._reader.fetcher, url)

    async def read(self, url: str) -> Draft:
        """One article by its address. Raises SourceError."""
        return await self._reader.read(url)

    async def check(self, source: Source) -> str:
        """What is wrong with a source and what to do, in plain sentences. Reads it once, whole."""
        now = datetime.now(UTC)
        try:
            polled = await self._reader.poll(_unconditional(source), now)
        except SourceError as e:
            return f"It can't be read: {e.reason}. {_advice(e)}".strip()
        return " ".join(findings(polled, now))


def findings(polled: Polled, now: datetime) -> list[str]:
    """What a successful poll says about a source's health."""
    if polled.gone:
        return [f"It is gone. {ADVICE[410]}"]
    said = [
        f"It works; items: {len(polled.drafts)}." if polled.drafts else "It can be read, but has no items."
    ]
    if polled.mirror:
        said.append(f"Only its mirror answered: {polled.mirror}.")
    if polled.permanent_url:
        said.append(f"It has moved for good to {polled.permanent_url}; the bot follows.")
    dates = [d.published for d in polled.drafts if d.published]
    if dates and (now - max(dates)).days > STALE_DAYS:
        said.append(f"Its newest item is {(now - max(dates)).days} days old: it may be abandoned.")
    if polled.drafts and not dates:
        said.append("Its items have no dates; the time of fetching stands for them.")
    teasers = sum(d.teaser for d in polled.drafts)
    if polled.drafts and teasers == len(polled.drafts):
        said.append("It has only teasers; the bot reads the pages.")
    said += [f"{problem[:1].upper()}{problem[1:]}." for problem in polled.problems]
    if polled.onion_url:
        said.append(f"It names an .onion address: {polled.onion_url}.")
    return said


def _unconditional(source: Source) -> Source:
    return replace(source, etag="", last_modified="")


def _advice(error: SourceError) -> str:
    if isinstance(error, HttpStatus):
        if error.status >= 500:
            return "The server is in trouble; the bot tries again by itself."
        return ADVICE.get(error.status, "")
    if isinstance(error, Refused):
        return "If it is a host of your own network, name it in allow_hosts."
    if isinstance(error, Unreadable):
        return "Look at the address in a browser; adding the site again finds its feed if it has one."
    return "If this lasts, the site may be down, or blocked here: try another route."
