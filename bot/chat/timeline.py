"""How a story went: who reported when, who copied whom, what was changed or taken back, where they differ.

Pure. The hard thing is length: copies of one text share a line, a day is named once, and of a long
story the beginning and the newest reports are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.blocks import Inline, bullet, heading, link, paragraph
from bot.chat.outlets import original
from bot.chat.render import clip
from bot.chat.words import count, date, outlet
from bot.news.counts import Said, counted
from bot.news.differences import Difference, differences
from bot.news.sentences import split
from bot.schedule import zone_of
from bot.types import Article, Block

LINES = 12
"""Lines of a time line; what is between the first and the newest is counted."""
NAMED = 3
"""Outlets named that carry one text."""
COMPARED = 12
"""Sentences at the top of each report whose numbers are compared."""
DIFFERENCES = 3
TITLE_LENGTH, QUOTE_LENGTH = 90, 140


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    said: tuple[Inline, ...]


def timeline(articles: Sequence[Article], revised: Mapping[int, datetime], *, zone: str) -> list[Block]:
    """What happened to the story, oldest first; `revised` is when each present revision was fetched."""
    events = sorted((*_reports(articles), *_revisions(articles, revised)), key=lambda e: e.at)
    if len(events) > LINES:
        left_out = len(events) - LINES + 1
        shown = [events[0], None, *events[left_out + 1 :]]
    else:
        left_out, shown = 0, [*events]
    blocks, day = [heading("Time line")], ""
    for event in shown:
        if event is None:
            blocks.append(bullet(f"({count(left_out, 'more entry', 'more entries')})"))
            day = ""
            continue
        today = date(event.at, zone)
        when = f"{event.at.astimezone(zone_of(zone)):%H:%M}"
        blocks.append(bullet(f"{today}, {when} " if today != day else f"{when} ", *event.said))
        day = today
    return blocks


def _reports(articles: Sequence[Article]) -> Iterator[_Event]:
    known = {a.id: a for a in articles}
    copied: dict[int, list[Article]] = {}
    for article in articles:
        source = original(article, articles)
        if source == article.id:
            yield _Event(article.when, (f"{outlet(article)}: ", _titled(article)))
        else:
            copied.setdefault(source, []).append(article)
    for source, copies in copied.items():
        by_outlet = {outlet(a): a for a in reversed(copies)}
        named: list[Inline] = []
        for name, article in list(reversed(by_outlet.items()))[:NAMED]:
            named += [", " if named else "", link(name, article.url)]
        others = len(by_outlet) - NAMED
        more = f" and {count(others, 'other')}" if others > 0 else ""
        same = f"{more}: the same text as {outlet(known[source])}"
        yield _Event(min(a.when for a in copies), (*named, same))


def _revisions(articles: Sequence[Article], revised: Mapping[int, datetime]) -> Iterator[_Event]:
    for article in articles:
        if article.id in revised and (article.withdrawn or article.revision > 1):
            did = "took its report back" if article.withdrawn else "changed its report"
            yield _Event(revised[article.id], (f"{outlet(article)} {did}: ", _titled(article)))


def _titled(article: Article) -> Inline:
    return link(clip(article.title or outlet(article), TITLE_LENGTH), article.url)


def differing(articles: Sequence[Article]) -> tuple[Difference, ...]:
    """Where the reports that stand give different numbers; a copy says nothing of its own."""
    own = [a for a in articles if not a.withdrawn and original(a, articles) == a.id]
    said: list[Said] = []
    for article in own:
        said += counted(article, split(article.text, article.language)[:COMPARED])
    return differences(said, most=DIFFERENCES)


def differences_shown(found: Sequence[Difference]) -> list[Block]:
    """Each with what either report says, word for word."""
    if not found:
        return []
    blocks = [heading("Where they differ")]
    for difference in found:
        blocks.append(paragraph(*_said(difference.earlier), "\n", *_said(difference.later)))
    return blocks


def _said(said: Said) -> tuple[Inline, ...]:
    quoted = clip(" ".join(said.sentence.split()), QUOTE_LENGTH)
    phrase = "" if said.phrase in quoted else f" {said.phrase},"
    return (link(outlet(said.article), said.article.url), f":{phrase} “{quoted}”")
