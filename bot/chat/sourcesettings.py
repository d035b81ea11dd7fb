"""One source's settings: what there is, what is said of each, and how a change is read and made.

Knows no chat and no terminal: `setsource` and `newsbot sources set` both call `change`, so that both
understand and say the same. The hard thing is a value that may be right although it can't be proved
now (a server that is away, a selector without an article to try it on): it is offered, not refused.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.chat.blocks import bold, bullet, heading, link, mono, paragraph, quote
from bot.chat.command import Usage
from bot.chat.render import clip
from bot.chat.services import Offered, SourceDesk
from bot.chat.words import called, count, host, public
from bot.errors import BadInput, Conflict, FetchError, HttpStatus, IsList, Refused, SourceError
from bot.storage.store import Store
from bot.types import Block, Source, SourceKind, SourceSettings, SourceState

LONGEST_URL = 2000
LONGEST_NAME = 200
MOST_MIRRORS = 10
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)
NOTHING = frozenset({"none", "off", "auto", "default", "-"})
"""What takes a setting back."""
TEXTS = {
    "auto": "take the feed's text, or its page's where the feed has only a teaser",
    "feed": "always take the feed's text; pages are not read",
    "page": "always take the page's text",
}
EXPLAINED = (
    "auto takes the feed's text, or its page's where the feed has only a teaser; feed never reads pages; "
    "page always does."
)
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
SPAN = re.compile(r"(\d{1,5})\s*(m|min|mins|minutes?|h|hours?|d|days?|w|weeks?)", re.IGNORECASE)
SAMPLE = 200
GONE = frozenset({404, 410})
"""HTTP statuses of what is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a change needs besides the source: who keeps it, who looks, and when."""

    store: Store
    desk: SourceDesk
    now: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """Another value that can be taken instead, `anyway` without looking."""

    label: str
    key: str
    value: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a change, and what can be chosen where nothing was changed."""

    blocks: tuple[Block, ...]
    choices: tuple[Choice, ...] = ()


Apply = Callable[[Place, Source, str, bool], Awaitable[Told]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting."""

    name: str
    explained: str
    shown: Callable[[Source], str]
    apply: Apply


def shown(source: Source, command: str) -> tuple[Block, ...]:
    """All settings of a source, each with its explanation; `command` is how one is changed."""
    name = clip(called(source), 60)
    lines = [
        bullet(mono(key.name), ": ", bold(key.shown(source)), f". {key.explained}") for key in KEYS.values()
    ]
    example = mono(f"{command} {source.id} text page")
    return (
        heading(f"Settings of {name}, number {source.id}"),
        *lines,
        paragraph("Change one so: ", example, ". The value none takes a setting back."),
    )


async def change(place: Place, source: Source, key: str, value: str, *, anyway: bool = False) -> Told:
    """Set `key` to `value`; with `anyway` without proving that it works.

    Raises Usage for an unknown key, BadInput or Usage for a value that can't be used.
    """
    known = KEYS.get(ALIASES.get(key.lower(), key.lower()))
    if known is None:
        raise Usage(f"I know no setting “{clip(key, 40)}”. There are {', '.join(KEYS)}.")
    value = value.strip()
    if not value:
        raise Usage(f"What shall {known.name} be? {known.explained}")
    return await known.apply(place, source, value, anyway)


def address(word: str) -> str:
    """The web address that was written, with `https://` where no scheme was. Raises Usage."""
    url = word if "://" in word else f"https://{word}"
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or len(url) > LONGEST_URL or ("." not in word and "://" not in word):
        raise Usage("I need a web address that starts with http:// or https://.")
    return url


def worth_adding(found: list[Offered]) -> list[Offered]:
    """Of what was found behind an address: its feeds, or else the ways to do without one."""
    return [offer for offer in found if offer.kind is SourceKind.FEED] or found


def may_pass(error: SourceError) -> bool:
    """Whether an address that can't be read now may be added all the same: none that is refused or gone."""
    gone = isinstance(error, HttpStatus) and error.status in GONE
    return isinstance(error, FetchError) and not isinstance(error, Refused) and not gone


def way(offer: Offered) -> str:
    """How a source would be read, in a few words for a button."""
    name = clip(offer.title or public(offer.url), 50)
    return {
        SourceKind.FEED: name,
        SourceKind.SITEMAP: f"The site's list of articles ({name})",
        SourceKind.PAGE: f"The links on the page ({name})",
    }[offer.kind]


# --- url -------------------------------------------------------------------------------------


async def _url(place: Place, source: Source, value: str, anyway: bool) -> Told:
    url = address(value)
    if url == source.url:
        return Told((paragraph("That is its address already."),))
    if anyway:
        return await _move(place, source, url, source.kind)
    try:
        found = worth_adding(list(await place.desk.find(url, routes=source.settings.routes)))
    except IsList as e:
        raise BadInput("That is a list of sources, not one. addsource imports it.") from e
    except SourceError as e:
        keep = Choice("Keep it anyway", "url", url, anyway=True)
        why = " ".join(place.desk.advice(e.reason, stored=False))
        return Told((paragraph(f"I changed nothing. {why}"),), (keep,))
    if len(found) == 1:
        return await _move(place, source, found[0].url, found[0].kind)
    choices = [Choice(way(offer), "url", offer.url) for offer in found if offer.url != url]
    own = [Choice(way(offer), "url", offer.url, anyway=True) for offer in found if offer.url == url]
    if not found:
        return Told((paragraph(f"I found nothing to follow at {host(url)}, so nothing is changed."),))
    return Told((paragraph("There are several things to follow there. Which one?"),), (*choices, *own))


async def _move(place: Place, source: Source, url: str, kind: SourceKind) -> Told:
    dead = source.state is SourceState.DEAD
    try:
        await place.store.sources.change(
            source.id, url=url, kind=kind, state=SourceState.ACTIVE if dead else None
        )
    except Conflict as e:
        other = await place.store.sources.find(url)
        number = f" number {other.id}" if other else ""
        raise BadInput(f"Source{number} has this address already. Remove one of the two.") from e
    await place.store.rows.wake("sources", source.id, place.now)
    again = " It was given up; I read it again." if dead else ""
    return Told(
        (
            paragraph("Moved to ", link(clip(public(url), 120), public(url)), "."),
            paragraph(f"It keeps its settings, articles and subscribers; I read it now.{again}"),
        )
    )


# --- text and selector -----------------------------------------------------------------------


async def _text(place: Place, source: Source, value: str, anyway: bool) -> Told:
    wish = "auto" if value.lower() in NOTHING else value.lower()
    if wish not in TEXTS:
        raise BadInput(f"text is one of these. {EXPLAINED}")
    return await _settle(place, source, f"From now on I {TEXTS[wish]}.", full_text=wish)


async def _selector(place: Place, source: Source, value: str, anyway: bool) -> Told:
    if value.lower() in NOTHING:
        return await _settle(place, source, "From now on I find the text of its pages myself.", selector="")
    newest = await place.store.articles.recent(limit=1, source_id=source.id)
    url = newest[0].url if newest and not anyway else ""
    keep = Choice("Keep it anyway", "selector", value, anyway=True)
    try:
        text = await place.desk.taken(url, value, routes=source.settings.routes)
    except SourceError as e:
        why = place.desk.advice(e.reason)[0]
        told = f"I could not try it on the newest article, so nothing is changed. {why}"
        return Told((paragraph(told),), (keep,))
    if not url:
        told = "Kept, untried." if anyway else "Kept. There is no article yet to try it on."
        return await _settle(place, source, told, selector=value)
    tried = paragraph("I tried it on the newest article, ", link(clip(newest[0].title, 80), url), ".")
    if not text:
        return Told((tried, paragraph("It takes nothing there, so nothing is changed.")), (keep,))
    settled = await _settle(
        place, source, f"It takes {count(len(text.split()), 'word')}, from here to there:", selector=value
    )
    return Told((tried, *settled.blocks, quote(_ends(text))))


def _ends(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 2 * SAMPLE else f"{clip(flat, SAMPLE)} {flat[-SAMPLE:].partition(' ')[2]}"


# --- ways and times --------------------------------------------------------------------------


async def _routes(place: Place, source: Source, value: str, anyway: bool) -> Told:
    if value.lower() in NOTHING:
        return await _settle(place, source, "It takes the usual way out.", routes=())
    names = tuple(dict.fromkeys(re.split(r"[\s,]+", value.strip(", "))))
    known = list(place.desk.routes())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(
            f"The configuration has no route {', '.join(clip(n, 40) for n in unknown)}. "
            f"There are {', '.join(known)}; more go under [routes.NAME]."
        )
    told = f"I reach it by {', then '.join(names)}." + ("" if "direct" in names else " Never directly.")
    return await _settle(place, source, told, routes=names)


async def _mirrors(place: Place, source: Source, value: str, anyway: bool) -> Told:
    if value.lower() in NOTHING:
        return await _settle(place, source, "It has no mirrors now.", mirrors=())
    urls = tuple(dict.fromkeys(address(word) for word in re.split(r"[\s,]+", value) if word))
    if len(urls) > MOST_MIRRORS or source.url in urls:
        raise BadInput(f"Mirrors are other addresses than its own, at most {MOST_MIRRORS}.")
    told = f"When its own address fails, I try {count(len(urls), 'mirror')} in this order."
    return await _settle(place, source, told, mirrors=urls)


async def _interval(place: Place, source: Source, value: str, anyway: bool) -> Told:
    if value.lower() in NOTHING:
        return await _settle(place, source, "I read it in its own rhythm.", interval=None)
    found = SPAN.fullmatch(value.removeprefix("every ").strip())
    span = timedelta(seconds=int(found[1]) * UNITS[found[2][0].lower()]) if found else timedelta()
    if not SHORTEST <= span <= LONGEST:
        raise BadInput("The interval is a time from 5 minutes to 30 days, such as 30m, 2h or 1d; or auto.")
    return await _settle(place, source, f"I read it every {spoken(span)}.", interval=span)


def spoken(span: timedelta) -> str:
    """`30 minutes`, `2 hours`."""
    seconds = int(span.total_seconds())
    for unit, name in ((86400, "day"), (3600, "hour")):
        if seconds % unit == 0:
            return count(seconds // unit, name)
    return count(seconds // 60, "minute")


async def _settle(place: Place, source: Source, told: str, **settings: Any) -> Told:
    changed = replace(source.settings, **settings)
    await place.store.sources.change(source.id, settings=changed)
    if changed.interval != source.settings.interval or changed.routes != source.settings.routes:
        await place.store.rows.wake("sources", source.id, place.now)
    return Told((paragraph(told),))


# --- names -----------------------------------------------------------------------------------


async def _title(place: Place, source: Source, value: str, anyway: bool) -> Told:
    title = "" if value.lower() in NOTHING else clip(" ".join(value.split()), LONGEST_NAME)
    await place.store.sources.change(source.id, title=title)
    told = ("Its name is now ", bold(title), ".") if title else ("It takes the name that the feed says.",)
    return Told((paragraph(*told),))


async def _topic(place: Place, source: Source, value: str, anyway: bool) -> Told:
    levels = [" ".join(level.split()) for level in value.split("/")]
    topic = (
        "" if value.lower() in NOTHING else clip("/".join(level for level in levels if level), LONGEST_NAME)
    )
    await place.store.sources.change(source.id, topic=topic)
    return Told(
        (paragraph("It is in ", bold(topic), " now.") if topic else paragraph("It is in no topic now."),)
    )


def _interval_shown(settings: SourceSettings) -> str:
    return f"every {spoken(settings.interval)}" if settings.interval else "auto"


KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key(name="url", explained="Where I read it.", shown=lambda s: public(s.url), apply=_url),
        Key(name="title", explained="Its name here.", shown=lambda s: s.title or "none", apply=_title),
        Key(
            name="topic",
            explained="Its folder; a slash makes levels: world/asia.",
            shown=lambda s: s.topic or "none",
            apply=_topic,
        ),
        Key(
            name="text",
            explained=EXPLAINED,
            shown=lambda s: s.settings.full_text,
            apply=_text,
        ),
        Key(
            name="selector",
            explained="A CSS selector of the text on its pages, for when I find the wrong one.",
            shown=lambda s: s.settings.selector or "none",
            apply=_selector,
        ),
        Key(
            name="interval",
            explained="How often I read it, such as 30m, 2h or 1d; auto follows its own rhythm.",
            shown=lambda s: _interval_shown(s.settings),
            apply=_interval,
        ),
        Key(
            name="routes",
            explained="Names of the ways out to it, tried in order; see [routes] in the configuration.",
            shown=lambda s: ", ".join(s.settings.routes) or "none",
            apply=_routes,
        ),
        Key(
            name="mirrors",
            explained="Other addresses of the same feed, tried in order when its own fails.",
            shown=lambda s: ", ".join(map(public, s.settings.mirrors)) or "none",
            apply=_mirrors,
        ),
    )
}
ALIASES = {"full_text": "text", "fulltext": "text", "address": "url", "name": "title", "route": "routes"}
ALIASES |= {"mirror": "mirrors", "folder": "topic", "every": "interval"}
