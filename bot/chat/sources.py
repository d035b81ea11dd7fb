"""Commands about sources: the list for everyone; add, remove, pause, resume and check for admins.

Knows no HTTP: the desk looks outside. The hard thing is what a person means by an address: a feed, a
site with several, one with none, a list of many; where it is not plain, they choose by a button.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat import lists
from bot.chat.blocks import Inline, bold, bullet, heading, link, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.offers import chosen, offer
from bot.chat.render import clip
from bot.chat.services import Offered
from bot.chat.sourcereport import report, teasers
from bot.chat.sourcesettings import Place, address, change, may_pass, shown, way, worth_adding
from bot.chat.words import called, count, host, moment, public
from bot.errors import Conflict, IsList, NotFound, SourceError
from bot.types import Block, Button, Reply, Role, Source, SourceKind, SourceSettings, SourceState

PAGE = 12
"""Sources on one page of the list."""
OFFERED = 6


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
    title: Inline = link(clip(source.title or host(source.url) or source.url, 60), public(source.url))
    return bullet(mono(str(source.id)), " ", title, _state(request, source))


def _state(request: Request, source: Source) -> str:
    if source.state is SourceState.PAUSED:
        return " (paused)"
    if source.state is SourceState.DEAD:
        return " (given up)"
    if source.failing_since:
        return f" (failing since {moment(source.failing_since, request.zone)})"
    return "" if source.polled else " (not read yet)"


async def addsource(request: Request) -> Reply:
    """Add the feed behind a URL, or offer the choice where there are several."""
    words = request.words
    if not words:
        raise Usage("Which address? A feed, a site or an article will do.")
    if words[0].startswith("#"):
        return await _chosen(request, words[0])
    topic = " ".join(words[1:]).strip("/ ")
    url = address(words[0])
    if known := await request.store.sources.find(url):
        return _known(request, known, url)
    try:
        found = worth_adding(list(await request.services.desk.find(words[0])))
    except IsList:
        return await lists.offer_list(request, url, topic)
    except SourceError as e:
        return await _unread(request, url, topic, e)
    if not found:
        return say(f"I found nothing to follow at {host(url)}.")
    if len(found) == 1:
        return await _add(request, found[0], topic)
    return await _offer(request, found[:OFFERED], topic)


async def _unread(request: Request, url: str, topic: str, error: SourceError) -> Reply:
    """Say why an address can't be read now; where that may pass, or another way may lead there, offer it."""
    told = " ".join(request.services.desk.advice(error.reason, stored=False))
    if not may_pass(error):
        return say(told)
    choice = ("Add it anyway, as a feed", ["add", url, SourceKind.FEED.value, "", topic])
    return say(told, buttons=await offer(request, "addsource", [choice]))


def _known(request: Request, source: Source, url: str) -> Reply:
    moved = f" It moved from there to {public(source.url)}." if source.url != url else ""
    return say(
        f"That source is there already: number {source.id}{_state(request, source)}.{moved}",
        buttons=_resuming(source) if source.state is not SourceState.ACTIVE else (),
    )


def _resuming(source: Source) -> list[list[Button]]:
    return [[Button("Take it up again", f"resumesource {source.id}")]]


async def _offer(request: Request, found: Sequence[Offered], topic: str) -> Reply:
    feeds = all(offer.kind is SourceKind.FEED for offer in found)
    asked = "There are several feeds. Which one?" if feeds else "The site has no feed. What shall I follow?"
    lines = [bullet(f"{n}. ", link(clip(way(f), 80), public(f.url))) for n, f in enumerate(found, 1)]
    choices = [
        (f"{n}. {way(f)}", ["add", f.url, f.kind.value, f.title, topic, ",".join(f.routes)])
        for n, f in enumerate(found, 1)
    ]
    return reply(paragraph(asked), *lines, buttons=await offer(request, "addsource", choices))


async def _chosen(request: Request, choice: str) -> Reply:
    match await chosen(request, "addsource", choice):
        case ["add", url, kind, title, topic, *ways]:
            routes = tuple(name for way in ways for name in way.split(",") if name)
            return await _add(request, Choice(url, title, SourceKind(kind), routes), topic)
        case ["list", url, topic]:
            return await lists.import_list(request, url, topic)
    return say(f"That choice is too old. Please ask again: {request.sign}addsource URL")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was offered, and chosen by a button."""

    url: str
    title: str
    kind: SourceKind
    routes: tuple[str, ...]


async def _add(request: Request, chosen: Offered, topic: str) -> Reply:
    kind, url = chosen.kind, chosen.url
    try:
        source = await request.store.sources.add(
            url,
            kind=kind,
            title=chosen.title,
            topic=topic,
            settings=SourceSettings(routes=chosen.routes),
            now=request.now,
        )
    except Conflict:
        known = await request.store.sources.find(url)
        return _known(request, known, url) if known else say("That source is there already.")
    name = source.title or host(source.url)
    first = request.services.first_items
    watched = {
        SourceKind.PAGE: " It has no feed, so I watch the links on the page.",
        SourceKind.SITEMAP: " It has no feed, so I watch its list of articles (sitemap).",
    }.get(kind, "")
    if kind is SourceKind.PAGE and "t.me/" in url:
        watched = " I read what the channel shows publicly."
    if chosen.routes:
        watched += f" The usual way there is blocked, so I reach it by {' or '.join(chosen.routes)}."
    return reply(
        paragraph(
            "Added ", bold(name), f" as number {source.id}" + (f" in {topic}." if topic else "."), watched
        ),
        paragraph(f"I read it now. Of what it has already, I announce {count(first, 'item')} at most."),
        buttons=[[Button("Subscribe this chat to it", f"subscribe source {source.id}")]],
    )


async def setsource(request: Request) -> Reply:
    """Show the settings of a source, or change one."""
    words = request.arguments.split(maxsplit=2)
    if words and "-" in words[0] and words[0].startswith("#"):
        return await _chosen_setting(request, words[0])
    source = await numbered(request.saying(words[0] if words else ""))
    if len(words) < 2:
        return reply(*shown(source, f"{request.sign}setsource"))
    value = words[2] if len(words) > 2 else ""
    return await _set(request, source, words[1], value)


async def _set(request: Request, source: Source, key: str, value: str, *, anyway: bool = False) -> Reply:
    place = Place(store=request.store, desk=request.services.desk, now=request.now)
    told = await change(place, source, key, value, anyway=anyway)
    choices = [
        (c.label, [str(source.id), c.key, c.value, "anyway" if c.anyway else ""]) for c in told.choices
    ]
    return reply(*told.blocks, buttons=await offer(request, "setsource", choices) if choices else ())


async def _chosen_setting(request: Request, choice: str) -> Reply:
    match await chosen(request, "setsource", choice):
        case [number, key, value, anyway]:
            source = await numbered(request.saying(number))
            return await _set(request, source, key, value, anyway=bool(anyway))
    return say(f"That choice is too old. Please ask again: {request.sign}setsource N")


async def numbered(request: Request) -> Source:
    """The source whose number or URL is the argument."""
    word = request.arguments.strip()
    if "." in word and (known := await request.store.sources.find(address(word))):
        return known
    number = request.number("source")
    try:
        return await request.store.sources.get(number)
    except NotFound as e:
        raise Usage(f"There is no source {number}.") from e


async def removesource(request: Request) -> Reply:
    """Stop reading a source and forget it; its articles stay."""
    source = await numbered(request)
    await request.store.sources.remove(source.id)
    return say("Removed ", bold(called(source)), ". Its articles stay in the archive.")


async def pausesource(request: Request) -> Reply:
    """Pause a source; one that is paused or given up stays so."""
    source = await numbered(request)
    if source.state is not SourceState.ACTIVE:
        state = "paused" if source.state is SourceState.PAUSED else "given up"
        return say(bold(called(source)), f" is {state} already.", buttons=_resuming(source))
    await request.store.sources.change(source.id, state=SourceState.PAUSED)
    return say("Paused ", bold(called(source)), ".", buttons=_resuming(source))


async def resumesource(request: Request) -> Reply:
    """Take up a source again that is paused or given up."""
    source = await numbered(request)
    if source.state is SourceState.ACTIVE:
        return say(bold(called(source)), " is being read already.")
    await request.store.sources.change(source.id, state=SourceState.ACTIVE)
    await request.store.rows.wake("sources", source.id, request.now)
    return say("I read ", bold(called(source)), " again, starting now.")


async def checksource(request: Request) -> Reply:
    """Look at a source now and say how it is doing, or tell what the last polls of all found."""
    if request.arguments.strip().lower() == "all":
        return reply(*report(await request.store.sources.list(), request.services.desk))
    source = await numbered(request)
    verdict = await request.services.desk.check(source)
    short = await teasers(request.store, request.services.desk, source)
    hub = await _hub(request, source)
    return reply(paragraph(bold(called(source))), paragraph(verdict), *hub, *short)


async def _hub(request: Request, source: Source) -> list[Block]:
    """Whether what is new is brought, and by whom."""
    lease = await request.store.hubs.of_source(source.id)
    if lease is None:
        return []
    name = host(lease.hub)
    if lease.expires and lease.live(request.now):
        until = moment(lease.expires, request.zone)
        return [paragraph(f"Its hub {name} brings what is new at once, until {until} and then anew.")]
    return [paragraph(f"Its hub {name} has not promised to bring what is new yet, so it is polled as usual.")]
