"""Feed bytes in, drafts out: RSS 0.9x-2.0, RDF, Atom and JSON Feed 1.1. Pure.

Knows no network and no clock (`now` is given). feedparser reads XML; `jsonfeed` reads JSON; both
become Items, and `items` decides what becomes of each. The hard thing: one bad item never hides
the others, and no feed costs more than its limits.
"""

from __future__ import annotations

import calendar
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import feedparser
from feedparser.encodings import convert_to_utf8

from bot.errors import Unreadable
from bot.sources import jsonfeed, markup, recognise, tombstones
from bot.sources.items import Home, Item, drafts
from bot.sources.language import subtag
from bot.types import Draft

MOST_ITEMS = 1000
"""Of a longer feed the first and the last half of so many are read: the newest are at one end."""
MOST_TAGS = 100_000
"""Outside of CDATA: each costs the parser time, so this bounds the time that a feed can take."""
LARGEST = 20_000_000
"""Bytes."""

ITEM = re.compile(rb"<(?:[a-zA-Z0-9]+:)?(item|entry)[\s>/]")
GUID = re.compile(rb"<guid>(?!\s*(?:<!\[CDATA\[)?\s*https?:)")
"""RSS says that a guid is an address unless it says otherwise; many are none and don't say so."""
ENTITY = re.compile(rb"<!ENTITY[^<>]*>?")
CHARACTER = re.compile(rb"""<!ENTITY\s+[\w.-]+\s+(?:"(?:[^"&]|&#){0,20}"|'(?:[^'&]|&#){0,20}')\s*>""")
"""All that feeds declare: others read files or multiply. expat stops a bomb too, but only at 100 MB."""
SPACE = re.compile(rb"(?<!\s)\s{9,}")
RUN = re.compile(rb"(?<![\w.+-])([\w.+-]{1000})[\w.+-]+")
"""What no text has. feedparser looks for declarations and addresses in a time that grows with its square."""
HTML = re.compile(rb"^\s*(?:<!doctype\s+html|<html|<head|<body)", re.I)
HARMLESS = (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
"""Complaints about the header's type and charset, both of which were repaired."""
UTF8 = "application/xml; charset=utf-8"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as read; `problems` are sentences for `sources check`, not errors."""

    title: str
    link: str
    """The site's own URL."""
    items: tuple[Draft, ...]
    withdrawn: tuple[Draft, ...] = ()
    """What the publisher took back: keys and `updated`, nothing else."""
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day in UTC, 0-23, in which the feed asks not to be polled."""
    skip_days: frozenset[int] = frozenset()
    """ISO weekdays, Monday 1, in which the feed asks not to be polled."""
    hub: str = ""
    """WebSub hub, empty when there is none."""
    topic: str = ""
    """The feed's own `rel=self` URL."""
    problems: tuple[str, ...] = ()


def parse(
    content: bytes, *, url: str, content_type: str = "", now: datetime, scope: str = "", home: str = ""
) -> Feed:
    """Read a feed. `scope` (default: `url`) is the feed's identity for items known only by their id,
    `home` (default: `scope`) the address on whose site its own articles are.

    Raises Unreadable when the bytes are no feed.
    """
    if not content.strip():
        raise Unreadable("the feed is empty", url=url)
    if len(content) > LARGEST:
        raise Unreadable(f"the feed is larger than {LARGEST:,} bytes", url=url)
    if jsonfeed.looks_like(content):
        return _from_json(content, url=url, now=now, scope=scope or url, home=home or scope or url)
    try:
        body, buried = tombstones.take(utf8(content, content_type))
    except ValueError as e:  # a name of an encoding that Python stumbles over
        raise Unreadable("the feed can't be parsed", url=url) from e
    body, problems = shorten(body)
    if tags(body) > MOST_TAGS:
        raise Unreadable("the feed has more tags than any feed needs", url=url)
    found = raw(repaired(body), url=url, content_type=UTF8)
    if not found.get("version") and not found.get("entries"):
        raise Unreadable(_why_no_feed(content, found), url=url)
    if found.get("bozo") and not isinstance(found.get("bozo_exception"), HARMLESS):
        problems = [
            *problems,
            f"the XML is not well formed: {markup.line(str(found.get('bozo_exception')), limit=160)}",
        ]
    head: Mapping[str, Any] = found.get("feed") or {}
    title = _text(head.get("title"))
    language = subtag(_text(head.get("language")))
    items, more = drafts(
        _items(found.get("entries") or []),
        outlet=title,
        language=language,
        now=now,
        scope=scope or url,
        home=Home(home or scope or url, _text(head.get("link"))),
    )
    return Feed(
        title=markup.line(title, limit=200),
        link=_text(head.get("link")),
        items=items,
        withdrawn=tuple(_withdrawn("", t.ref, t.when, scope=scope or url) for t in buried),
        ttl=_ttl(head),
        skip_hours=_skip_hours(body),
        skip_days=_skip_days(body),
        hub=_rel(head, "hub"),
        topic=_rel(head, "self"),
        problems=(*problems, *more),
    )


def utf8(content: bytes, content_type: str = "") -> bytes:
    """The feed in UTF-8: what can be read as that is that, whatever its server and the feed itself say."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and content[2:4] != b"\0\0":
        content, content_type = content.decode("utf-16", "replace").encode(), UTF8
    try:
        said = content_type if content.isascii() or not content.decode("utf-8") else UTF8
    except UnicodeDecodeError:
        said = content_type
    converted: bytes = convert_to_utf8({"content-type": said or "application/xml"}, content, {})
    return converted


def raw(content: bytes, *, url: str, content_type: str = "") -> Mapping[str, Any]:
    """What feedparser makes of the bytes. Raises Unreadable where feedparser raises."""
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    # Cleaning markup and resolving its links takes nine tenths of the time, for markup that is dropped.
    # feedparser promises never to raise, and does. Bare bytes it takes for a file's name first.
    try:
        found: Mapping[str, Any] = feedparser.parse(
            BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as e:
        raise Unreadable("the feed can't be parsed", url=url) from e
    return found


def repaired(content: bytes) -> bytes:
    """The feed without dangerous declarations and endless runs, and with guids that say what they are."""
    bounded = RUN.sub(rb"\1", SPACE.sub(b"\n", content))
    harmless = ENTITY.sub(lambda found: found[0] if CHARACTER.fullmatch(found[0]) else b"", bounded)
    return GUID.sub(b'<guid isPermaLink="false">', harmless)


def tags(content: bytes) -> int:
    """How many tags a parser would meet: those in CDATA are text to it."""
    first, *rest = content.split(b"<![CDATA[")
    return first.count(b"<") + sum(part.partition(b"]]>")[2].count(b"<") for part in rest)


def shorten(content: bytes) -> tuple[bytes, list[str]]:
    """Cut the middle out of a feed of too many items, before any of it is parsed."""
    starts = [match.start() for match in ITEM.finditer(content)]
    if len(starts) <= MOST_ITEMS:
        return content, []
    half = MOST_ITEMS // 2
    problem = f"it has {len(starts):,} items; the first and the last {half} were read"
    return content[: starts[half]] + content[starts[-half] :], [problem]


def _from_json(content: bytes, *, url: str, now: datetime, scope: str, home: str) -> Feed:
    read = jsonfeed.parse(content, url=url, most=MOST_ITEMS)
    items, problems = drafts(
        read.items,
        outlet=read.title,
        language=read.language,
        now=now,
        scope=scope,
        home=Home(home, read.link),
    )
    return Feed(
        title=read.title,
        link=read.link,
        items=items,
        withdrawn=tuple(_withdrawn(i.url, i.id, i.updated, scope=scope) for i in read.withdrawn),
        hub=read.hub,
        topic=read.topic,
        problems=(*read.problems, *problems),
    )


def _withdrawn(url: str, feed_id: str, when: datetime | None, *, scope: str) -> Draft:
    """An item that is taken back; one at another host is known by its id within its feed (`items._Names`)."""
    known = recognise.keys(feed_id, feed_id=feed_id, scope=scope, opaque=True)[1:]
    keys = (*known, *recognise.keys(url, feed_id=feed_id, scope=scope))
    return Draft(url="", title="", text="", keys=tuple(dict.fromkeys(keys)), updated=when, withdrawn=True)


def _items(entries: list[Mapping[str, Any]]) -> Iterator[Item]:
    for entry in entries[:MOST_ITEMS]:
        contents = [c.get("value") or "" for c in entry.get("content") or [] if _is_text(c)]
        full = max(contents, key=len, default="")
        summary = _text(entry.get("summary"))
        link = _text(entry.get("link")) or _enclosure(entry)
        yield Item(
            id=_text(entry.get("id")),
            url=link,
            title=_text(entry.get("title")),
            html=full if len(full) >= len(summary) else summary,
            whole=bool(full) and len(full) > len(summary),
            byline=_text(entry.get("author")),
            published=_when(entry, "published", "created", "updated"),
            updated=_when(entry, "updated"),
        )


def _is_text(content: Mapping[str, Any]) -> bool:
    kind = str(content.get("type") or "text/html")
    return kind.startswith("text/") or "xml" in kind or "html" in kind


def _enclosure(entry: Mapping[str, Any]) -> str:
    links = [*(entry.get("links") or []), *(entry.get("enclosures") or [])]
    return next((_text(link.get("href")) for link in links if link.get("href")), "")


def _when(entry: Mapping[str, Any], *names: str) -> datetime | None:
    for name in names:
        # past feedparser's own look-up, which answers for `updated` with `published`, and warns
        parsed = dict.get(entry, f"{name}_parsed") if isinstance(entry, dict) else None
        if parsed:
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError, TypeError):
                continue
    return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _rel(head: Mapping[str, Any], rel: str) -> str:
    links = head.get("links") or []
    return next((_text(link.get("href")) for link in links if link.get("rel") == rel), "")


def _ttl(head: Mapping[str, Any]) -> timedelta | None:
    """RSS `ttl` is in minutes; the syndication module says so many times an hour, day, week."""
    ttl = _text(head.get("ttl"))
    if ttl.isascii() and ttl.isdigit() and int(ttl[:7]):
        return timedelta(minutes=min(int(ttl[:7]), 7 * 1440))
    periods = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}
    minutes = periods.get(_text(head.get("sy_updateperiod")).lower())
    times = _text(head.get("sy_updatefrequency")) or "1"
    if minutes is None or not (times.isascii() and times.isdigit()) or not int(times[:5]):
        return None
    return timedelta(minutes=min(minutes / int(times[:5]), 7 * 1440))


def _skip_hours(content: bytes) -> frozenset[int]:
    """feedparser keeps only one of them, hence read here; 24 is some writers' midnight."""
    hours = re.findall(rb"<hour>\s*(\d{1,2})\s*</hour>", _inside(content, b"skiphours"))
    return frozenset(int(h) % 24 for h in hours if int(h) <= 24)


def _skip_days(content: bytes) -> frozenset[int]:
    days = re.findall(rb"<day>\s*([a-z]{6,9})\s*</day>", _inside(content, b"skipdays"))
    return frozenset(DAYS.index(name) + 1 for day in days if (name := day.decode("ascii")) in DAYS)


def _inside(content: bytes, name: bytes) -> bytes:
    """What stands in the first element of that name, in lower case; empty where it is longer than any is."""
    _, _, rest = content[:200_000].lower().partition(b"<%s>" % name)
    block, closed, _ = rest[:2000].partition(b"</%s>" % name)
    return block if closed else b""


def _why_no_feed(content: bytes, found: Mapping[str, Any]) -> str:
    if HTML.match(content[:2000]) or b"<html" in content[:4000].lower():
        return "this is a web page and no feed"
    if found.get("bozo"):
        return "this is no feed, or its XML is broken before the first item"
    return "this is no feed"
