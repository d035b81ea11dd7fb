"""What becomes of each item of a feed. Pure.

| item | outcome |
|---|---|
| undated, or dated before 1990 | no date; the time of fetching stands |
| dated in the future | no date, and a problem |
| without id and link | recognised by its text |
| link shared with other ids, or the site's front page | recognised by its id |
| id shared by different links | recognised by its link |
| id that is the address of another site's page | an id within its feed, not that page |
| twice in the feed | the first one |
| empty | skipped, and a problem |
| without title | its first words |
| of another site than its feed | a teaser: a feed's words never stand for another outlet's article |
| huge | cut, and a problem |
| controls, lone surrogates, NUL | taken out |
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.sources import markup, recognise
from bot.types import Draft

LONGEST_TEXT = 200_000
"""Characters of an article's text; the longest reportages have half."""
LARGEST_HTML = 1_000_000
EARLY = timedelta(minutes=15)
"""How far clocks may differ before a date counts as one of the future."""
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
WHOLE = 1200
"""Characters from which a text without a sign of being cut counts as whole."""
CARRIERS = ("feedburner.com", "feedblitz.com", "feedpress.me", "rss.com", "simplecast.com", "megaphone.fm")
"""Services that carry the feeds of others."""
CUT = re.compile(
    r"(?:…|\.\.\.|\[[.…]+\]|\[\+\d+ chars\]|"
    r"\b(?:read|see|view|learn)\s+(?:more|on|the full .{0,20})|continue reading.{0,80}|weiterlesen"
    r"|lire la suite|leer más|seguir leyendo|leggi tutto|читать далее|читать полностью|подробнее)\W*$",
    re.I,
)
"""How feeds say that there is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry as the feed has it, markup and all."""

    id: str
    url: str
    title: str
    html: str
    whole: bool
    """The feed has a field for the whole text, and this is from it."""
    byline: str = ""
    language: str = ""
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Where a feed is at home: its own address and that of the site it names."""

    feed: str
    site: str

    def owns(self, url: str) -> bool:
        """Whether an item's address is on the feed's own site, as far as can be known.

        A feed may name any site as its own; that is believed only of services that carry the
        feeds of others.
        """
        if not recognise.canonical(url) or not recognise.canonical(self.feed):
            return True
        if recognise.same_site(url, self.feed):
            return True
        carried = any(recognise.same_site(self.feed, f"https://{host}/") for host in CARRIERS)
        return carried and recognise.same_site(url, self.site)


def drafts(
    items: Iterable[Item], *, outlet: str, language: str, now: datetime, scope: str, home: Home
) -> tuple[tuple[Draft, ...], list[str]]:
    """Every item that can be used, in the feed's order, and what was wrong with the others."""
    problems: Counter[str] = Counter()
    listed = [_dated(_cut(item, problems), now, problems) for item in items]
    names = _Names(listed, home=home, scope=scope)
    found: dict[str, Draft] = {}
    for item in listed:
        text = markup.text_of(item.html)
        title = markup.line(item.title) or markup.line(text, limit=90)
        if not title:
            problems["is empty"] += 1
            continue
        if len(text) > LONGEST_TEXT:
            problems["is too long and was cut"] += 1
            text = text[:LONGEST_TEXT]
        keys = names.keys(item, f"{title}\n{text}")
        if any(key in found for key in keys):
            problems["is there twice"] += 1
            continue
        draft = Draft(
            url=_web(item.url),
            title=title,
            text=text,
            keys=keys,
            outlet=markup.line(outlet, limit=100),
            byline=markup.line(item.byline, limit=200),
            language=item.language or language,
            published=item.published,
            updated=item.updated,
            teaser=is_teaser(text, whole=item.whole) or not home.owns(item.url),
        )
        found |= dict.fromkeys(keys, draft)
    return tuple({id(d): d for d in found.values()}.values()), [
        _sentence(what, n) for what, n in problems.items()
    ]


def is_teaser(text: str, *, whole: bool) -> bool:
    """Whether the page has more than this text, as far as the text itself shows."""
    if CUT.search(text[-120:]):
        return True
    return len(text) < (WHOLE // 3 if whole else WHOLE)


def _cut(item: Item, problems: Counter[str]) -> Item:
    if len(item.html) <= LARGEST_HTML:
        return item
    problems["is too long and was cut"] += 1
    return replace(item, html=item.html[:LARGEST_HTML])


def believed(stated: datetime | None, now: datetime) -> datetime | None:
    """A stated time, unless it can't be true."""
    return stated if stated and FIRST <= stated <= now + EARLY else None


def _dated(item: Item, now: datetime, problems: Counter[str]) -> Item:
    if item.published and item.published > now + EARLY:
        problems["is dated in the future"] += 1
    return replace(item, published=believed(item.published, now), updated=believed(item.updated, now))


class _Names:
    """Which links and ids of a feed name one article only: those shared by different ones do not."""

    def __init__(self, items: list[Item], *, home: Home, scope: str) -> None:
        self._scope = scope
        self._home = home
        self._front = recognise.canonical(home.site)
        self._at: dict[str, set[tuple[str, str]]] = {}
        self._with: dict[str, set[str]] = {}
        for item in items:
            address = recognise.canonical(item.url)
            self._at.setdefault(address, set()).add((item.id, markup.line(item.title)))
            self._with.setdefault(item.id, set()).add(address)

    def keys(self, item: Item, text: str) -> tuple[str, ...]:
        """The item's recognition keys, of what can be trusted."""
        address = recognise.canonical(item.url)
        sharers = self._at[address]
        shared = len({name for name, _ in sharers}) > 1 and len({title for _, title in sharers}) > 1
        url = "" if shared or (address == self._front and item.id) else item.url
        feed_id = item.id if len(self._with[item.id]) == 1 else ""
        opaque = not url or not (recognise.same_site(feed_id, url) or self._home.owns(feed_id))
        return recognise.keys(url, feed_id=feed_id, scope=self._scope, text=text, opaque=opaque)


def _web(url: str) -> str:
    url = markup.clean(url).strip()
    return url if url.lower().startswith(("http://", "https://")) else ""


def _sentence(what: str, count: int) -> str:
    return f"an item {what}" if count == 1 else f"{count} items: each {what}"
