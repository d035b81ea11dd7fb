"""Lists of sources (OPML) in and out: taken in whole, what can't be taken is told and why.

The terminal takes lists in by the same `take_in`. Entries are stored first and read later by the
ordinary polls, so a list of thousands loses nothing to servers that are away just now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.chat.blocks import bullet, code, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.offers import offer
from bot.chat.render import clip
from bot.chat.services import Listed, SourceDesk
from bot.chat.words import count, host, public
from bot.errors import SourceError
from bot.storage.store import Store
from bot.types import Block, Button, NewSource, Reply, Source

LOT = 500
"""Sources that are added in one transaction."""
APART = timedelta(seconds=2)
"""Between the first polls of two sources at one host."""
NAMED = 5
"""Refused entries that are named for each reason."""
SCREEN = 3000
"""Characters of a list in one message."""
SCREENS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a list."""

    added: int
    known: tuple[str, ...] = ()
    """Addresses that were sources before."""
    repeated: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    """Name or address, and why."""

    @property
    def summary(self) -> str:
        """One sentence with every number that is not zero."""
        counts = (
            (self.added, "{} added"),
            (len(self.known), "{} known already"),
            (self.repeated, "{} twice in the list"),
            (len(self.refused), "{} not taken"),
        )
        return ", ".join(said.format(n) for n, said in counts if n or said == "{} added")


async def take_in(
    store: Store,
    listed: Listed,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> TakenIn:
    """Add every source of a list, in lots; a list that was broken off can be taken in again."""
    entries = list(_apart(listed.entries, now))
    added, known = 0, list[str]()
    for start in range(0, len(entries), LOT):
        lot = entries[start : start + LOT]
        new = {source.url for source in await store.sources.add_all(lot, now=now)}
        added += len(new)
        known += [entry.url for entry in lot if entry.url not in new]
        progress(start + len(lot), len(entries))
    return TakenIn(added=added, known=tuple(known), repeated=listed.repeated, refused=listed.refused)


def _apart(entries: Sequence[NewSource], now: datetime) -> Iterator[NewSource]:
    """The first polls of one host spread, so that no host is asked for hundreds of feeds at once."""
    before: Counter[str] = Counter()
    for entry in entries:
        place = host(entry.url)
        yield replace(entry, quiet_start=True, due_at=now + APART * before[place])
        before[place] += 1


def told(taken: TakenIn) -> list[Block]:
    """The outcome for people: the counts, then each reason with a few examples."""
    blocks = [paragraph(f"{taken.summary[0].upper()}{taken.summary[1:]}.")]
    reasons: dict[str, list[str]] = {}
    for name, reason in taken.refused:
        reasons.setdefault(reason, []).append(name or "one without a name")
    for reason, names in reasons.items():
        shown = ", ".join(clip(name, 60) for name in names[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        blocks.append(bullet(f"{count(len(names), 'entry', 'entries')}, since {reason}: {shown}{more}"))
    return blocks


def report(taken: TakenIn) -> str:
    """All of it as text for a file: what was not added, by reason."""
    lines = [taken.summary, ""]
    reasons: dict[str, list[str]] = {}
    for name, reason in taken.refused:
        reasons.setdefault(f"Not taken: {reason}", []).append(name or "(no name)")
    if taken.known:
        reasons["Known already"] = list(taken.known)
    for reason, names in reasons.items():
        lines += [f"{reason} ({len(names)})", *(f"  {name}" for name in names), ""]
    return "\n".join(lines)


async def offer_list(request: Request, url: str, topic: str) -> Reply:
    """Say how many sources a list has, and offer to take them in."""
    listed = await request.services.desk.lists(url)
    if not listed.entries:
        return reply(paragraph("That is a list of sources, but none of them can be read."))
    folders = len({e.topic for e in listed.entries if e.topic})
    become = "becomes a topic" if folders == 1 else "become topics"
    within = f" in {count(folders, 'folder')}, which {become}" if folders else ""
    choice = (f"Import {count(len(listed.entries), 'source')}", ["list", url, topic])
    return say(
        f"That is a list of {count(len(listed.entries), 'source')}{within}.",
        buttons=await offer(request, "addsource", [choice]),
    )


async def import_list(request: Request, url: str, topic: str) -> Reply:
    """Take a list in; `topic`, where given, goes above the list's own folders."""
    try:
        listed = await request.services.desk.lists(url)
    except SourceError as e:
        return say(" ".join(request.services.desk.advice(e.reason, stored=False)))
    if topic:
        below = (replace(e, topic=f"{topic}/{e.topic}".strip("/")) for e in listed.entries)
        listed = replace(listed, entries=tuple(below))
    taken = await take_in(request.store, listed, now=request.now)
    later = paragraph(
        "I read them one after the other. What they have already goes to the archive and is not announced. ",
        mono(f"{request.sign}checksource all"),
        " tells which ones can't be read.",
    )
    return reply(*told(taken), *([later] if taken.added else []))


async def exportsources(request: Request) -> Reply:
    """The sources as OPML, in parts that fit into a message, each a list of its own."""
    sources = await request.store.sources.list()
    shown = [replace(source, url=public(source.url)) for source in sources]
    screens = list(_screens(request.services.desk, shown))
    page = max(request.number("part"), 1) if request.arguments else 1
    if not screens:
        return say("There are no sources yet.")
    if len(screens) > SCREENS:
        return say(
            "That is too much for a chat. On my machine, ",
            mono("newsbot sources export > sources.opml"),
            " writes all of them.",
        )
    if page > len(screens):
        raise Usage(f"There are {count(len(screens), 'part')}.")
    head = f"Part {page} of {len(screens)}; each is a list of its own." if len(screens) > 1 else ""
    hidden = " Names and passwords in addresses are left out." if shown != sources else ""
    said = paragraph((head or "Save this as sources.opml; any feed reader imports it.") + hidden)
    following = [[Button("Next part", f"exportsources {page + 1}")]] if page < len(screens) else []
    return reply(said, code(screens[page - 1]), buttons=following)


def _screens(desk: SourceDesk, sources: Sequence[Source]) -> Iterator[str]:
    """Lists of as many sources as fit into a message."""
    start = 0
    while start < len(sources):
        end = start + 1
        text = desk.opml(sources[start:end])
        while end < len(sources) and len(longer := desk.opml(sources[start : end + 1])) <= SCREEN:
            text, end = longer, end + 1
        yield text
        start = end
