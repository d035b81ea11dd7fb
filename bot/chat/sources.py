"""Commands about sources: the list for everyone; add, remove, pause and check for admins.

Knows no HTTP: the desk looks outside. The hard thing is a site with several feeds: the choice is kept
in the store, and the buttons carry only its token, because a payload is too small for a URL.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from bot.chat.blocks import Inline, bold, bullet, heading, link, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.render import clip
from bot.chat.services import Offered
from bot.chat.words import count, host, moment
from bot.errors import Conflict, NotFound
from bot.types import Block, Button, Reply, Role, Source, SourceKind, SourceState

PAGE = 12
"""Sources on one page of the list."""
OFFERED = 6
LONGEST_URL = 2000


async def sources(request: Request) -> Reply:
    """The sources by topic, a page at a time."""
    found = await request.store.sources.list()
    if not found:
        hint = f" {request.sign}addsource URL adds one." if request.role >= Role.ADMIN else ""
        return say(f"There are no sources yet.{hint}")
    page = max(request.number("page"), 1) if request.arguments else 1
    pages = -(-len(found) // PAGE)
    ordered = sorted(found, key=lambda s: (s.topic.casefold(), s.id))
    shown = ordered[(page - 1) * PAGE : page * PAGE]
    if not shown:
        raise Usage(f"There are {count(pages, 'page')}.")
    blocks = [heading(f"{count(len(found), 'source')}" + (f", page {page} of {pages}" if pages > 1 else ""))]
    topic = None
    for source in shown:
        if source.topic != topic:
            topic = source.topic
            blocks.append(paragraph(bold(topic or "Other")))
        blocks.append(_line(request, source))
    following = [[Button("Next page", f"sources {page + 1}")]] if page < pages else []
    return reply(*blocks, buttons=following)


def _line(request: Request, source: Source) -> Block:
    title: Inline = link(clip(source.title or host(source.url) or source.url, 60), source.url)
    return bullet(mono(str(source.id)), " ", title, _state(request, source))


def _state(request: Request, source: Source) -> str:
    if source.state is SourceState.PAUSED:
        return " (paused)"
    if source.state is SourceState.DEAD:
        return " (given up: it failed for too long)"
    if source.failing_since:
        return f" (failing since {moment(source.failing_since, request.zone)})"
    return "" if source.polled else " (not read yet)"


async def addsource(request: Request) -> Reply:
    """Add the feed behind a URL, or offer the choice where there are several."""
    words = request.words
    if not words:
        raise Usage("Which address? A feed, a site or an article will do.")
    topic = " ".join(words[1:]).strip("/ ")
    if words[0].startswith("#"):
        return await _chosen(request, words[0])
    url = _address(words[0])
    if known := await request.store.sources.find(url):
        return say(f"That source is there already: number {known.id}.")
    found = await request.services.desk.find(url)
    feeds = [offer for offer in found if offer.kind is SourceKind.FEED] or list(found[:1])
    if not feeds:
        return say(f"I found nothing to follow at {host(url)}.")
    if len(feeds) == 1:
        return await _add(request, feeds[0].url, feeds[0].kind, title=feeds[0].title, topic=topic)
    return await _offer(request, feeds[:OFFERED], topic)


def _address(word: str) -> str:
    """The web address that was written, with `https://` where no scheme was."""
    url = word if "://" in word else f"https://{word}"
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or len(url) > LONGEST_URL or ("." not in word and "://" not in word):
        raise Usage("I need a web address that starts with http:// or https://.")
    return url


async def _offer(request: Request, feeds: Sequence[Offered], topic: str) -> Reply:
    kept = json.dumps([[f.url, f.kind, f.title, topic] for f in feeds])
    token = sha256(kept.encode()).hexdigest()[:8]
    await request.store.meta.set(_offer_key(request), f"{token}{kept}")
    lines = [bullet(f"{n}. ", link(clip(f.title or f.url, 80), f.url)) for n, f in enumerate(feeds, 1)]
    buttons = [
        [Button(f"{n}. {f.title or f.url}", f"addsource #{token}-{n}")] for n, f in enumerate(feeds, 1)
    ]
    return reply(paragraph("There are several feeds. Which one?"), *lines, buttons=buttons)


def _offer_key(request: Request) -> str:
    return f"chat.offer.{request.chat.id}"


async def _chosen(request: Request, choice: str) -> Reply:
    token, _, number = choice[1:].partition("-")
    kept = await request.store.meta.get(_offer_key(request)) or ""
    offers = json.loads(kept[8:]) if token and kept[:8] == token else []
    if not (number.isascii() and number.isdecimal() and 0 < int(number) <= len(offers)):
        return say(f"That choice is too old. Please ask again: {request.sign}addsource URL")
    url, kind, title, topic = offers[int(number) - 1]
    return await _add(request, url, SourceKind(kind), title=title, topic=topic)


async def _add(request: Request, url: str, kind: SourceKind, *, title: str, topic: str) -> Reply:
    try:
        source = await request.store.sources.add(url, kind=kind, title=title, topic=topic, now=request.now)
    except Conflict:
        return say("That source is there already.")
    name = source.title or host(source.url)
    first = request.services.first_items
    return reply(
        paragraph("Added ", bold(name), f" as number {source.id}" + (f" in {topic}." if topic else ".")),
        paragraph(f"I read it now. Of what it has already, I announce {count(first, 'item')} at most."),
        buttons=[[Button("Subscribe this chat to it", f"subscribe source {source.id}")]],
    )


async def _numbered(request: Request) -> Source:
    """The source whose number or URL is the argument."""
    word = request.arguments.strip()
    if "." in word and (known := await request.store.sources.find(_address(word))):
        return known
    number = request.number("source")
    try:
        return await request.store.sources.get(number)
    except NotFound as e:
        raise Usage(f"There is no source {number}.") from e


async def removesource(request: Request) -> Reply:
    """Stop reading a source and forget it; its articles stay."""
    source = await _numbered(request)
    await request.store.sources.remove(source.id)
    return say("Removed ", bold(source.title or source.url), ". Its articles stay in the archive.")


async def pausesource(request: Request) -> Reply:
    """Pause a source, or take it up again when it is paused or given up."""
    source = await _numbered(request)
    active = source.state is SourceState.ACTIVE
    await request.store.sources.change(source.id, state=SourceState.PAUSED if active else SourceState.ACTIVE)
    if active:
        again = [[Button("Take it up again", f"pausesource {source.id}")]]
        return say("Paused ", bold(source.title or source.url), ".", buttons=again)
    await request.store.rows.wake("sources", source.id, request.now)
    return say("I read ", bold(source.title or source.url), " again, starting now.")


async def checksource(request: Request) -> Reply:
    """Look at a source now and say how it is doing."""
    source = await _numbered(request)
    verdict = await request.services.desk.check(source)
    return reply(paragraph(bold(source.title or source.url)), paragraph(verdict))
