"""A digest: the most important stories first, grouped by topic, two lines each, one phone screen.

Pure: entries in, a Reply out. The hard thing is choosing what is left out: it goes behind a `more`
button that carries the story ids, so it works days later and after a restart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from math import ceil, exp, log2

from bot.chat.blocks import Inline, bold, heading, italic, link, paragraph, reply
from bot.chat.outlets import Reporting, reporting
from bot.chat.posts import headlined
from bot.chat.render import PAYLOAD_LIMIT, clip, has_buttons
from bot.chat.words import outlet, weekday
from bot.news import languages
from bot.types import Article, Block, Button, Chat, Length, Reply, Sentence, Story, Summary

SCREEN_STORIES = 7
SCREEN_LINES = 32
LINE = 44
"""About what a phone shows at once, and characters on one of its lines."""
TITLE_LENGTH = 80
SENTENCE_LENGTH = 130
OUTLET_LENGTH = 24
SENTENCES = {Length.HEADLINE: 0, Length.SHORT: 1, Length.LONG: 3}
NAMED_OUTLETS = 2
HALF_DAY = 12.0
"""Hours in which a story loses about two thirds of its freshness."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
TOLD = "@"
EPOCH, LATEST = datetime(1970, 1, 1, tzinfo=UTC), 2**57
"""Times in buttons are microseconds since 1970; the latest one that may be meant, in the year 6500."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One story as a digest sees it."""

    story: Story
    articles: tuple[Article, ...]
    summary: Summary | None
    topic: str = ""
    change: Sentence | None = None
    """What is new since the chat was told the story; None: it was not told."""
    length: Length = Length.SHORT
    """How much is said of it: the headline alone, a sentence, or more of the summary."""

    @property
    def telling(self) -> tuple[Sentence, ...]:
        """The sentences that stand for it."""
        if self.change:
            return (self.change,)
        return self.summary.sentences[: SENTENCES[self.length]] if self.summary else ()

    @cached_property
    def reporting(self) -> Reporting:
        """How many outlets report it, and how many of them in their own words."""
        return reporting(self.articles)

    @cached_property
    def block(self) -> Block:
        """Its two lines in a digest; thousands of digests show the same."""
        return entry_block(self)


def importance(entry: Entry, now: datetime) -> float:
    """More outlets with words of their own, more reports, fresher: first. Copies count little."""
    hours = max((now - entry.story.updated).total_seconds() / 3600, 0.0)
    told = 2 * log2(1 + entry.reporting.independent) + log2(1 + len(entry.articles)) / 2
    return told + exp(-hours / HALF_DAY)


def ranked(entries: Iterable[Entry], now: datetime) -> list[Entry]:
    """The most important first; ties by age and id, so that the order is always the same."""
    return sorted(entries, key=lambda e: (-importance(e, now), -e.story.updated.timestamp(), e.story.id))


def compose(
    entries: Sequence[Entry],
    *,
    chat: Chat,
    now: datetime,
    title: str = "",
    as_of: datetime | None = None,
    language: str = "",
) -> Reply:
    """Compose the digest of `entries`, the most important first; `title` defaults to the local date.

    Entries without articles are left out. With no entries at all the reply says so: whether a quiet
    day deserves a message is the caller's choice. `as_of` names the digest for its `more` button,
    where the chat remembers what it was told then, in this order. Where summaries could not be had in
    `language`, it says so.
    """
    head = heading(title or f"Your news, {weekday(now, chat.timezone)}")
    known = [e for e in entries if e.articles]
    if not known:
        return reply(head, paragraph("Nothing new."))
    shown = _one_screen(known)
    rest = [entry.story.id for entry in known[len(shown) :]]
    more = told_button(as_of, len(shown), len(rest)) if as_of else more_button(rest)
    numbered = has_buttons(chat.address.platform)
    blocks = [*_grouped(shown, numbered=numbered), *_untranslated(shown, language)]
    opening = [Button(str(n), f"story {e.story.id}") for n, e in enumerate(_in_order(shown), 1)]
    return reply(head, *blocks, buttons=[[*(opening if numbered else []), *([more] if rest else [])]])


def _untranslated(shown: Sequence[Entry], language: str) -> list[Block]:
    """What the reader of another language must know."""
    said = [e.summary for e in shown if e.summary and e.telling]
    left = [s for s in said if s.language and s.language[:2].lower() != language[:2].lower()]
    if not language or not left:
        return []
    which = "These are" if len(left) == len(said) else f"{len(left)} of these are"
    return [paragraph(italic(f"{which} as published: I could not write {languages.name(language)}."))]


def stories_reply(title: str, shown: Sequence[Entry], more: Button | None) -> Reply:
    """A list of stories in the order given, numbered for `/story`; `more` shows what follows."""
    blocks = [paragraph(f"{entry.story.id}. ", *entry.block.spans) for entry in shown]
    return reply(heading(title), *blocks, buttons=[[more]] if more else [])


def _one_screen(known: Sequence[Entry]) -> Sequence[Entry]:
    """As many as fit a screen, at least one."""
    used = 2
    for number, entry in enumerate(known[:SCREEN_STORIES]):
        said = "".join(span.text for span in entry.block.spans).split("\n")
        used += 1 + sum(ceil(len(line) / LINE) for line in said)
        if used > SCREEN_LINES and number:
            return known[:number]
    return known[:SCREEN_STORIES]


def _groups(shown: Sequence[Entry]) -> dict[str, list[Entry]]:
    """By topic, the topic with the most important story first; what stands alone goes together."""
    topics = [entry.topic for entry in shown]
    groups: dict[str, list[Entry]] = {}
    for entry in shown:
        groups.setdefault(entry.topic if topics.count(entry.topic) > 1 else "", []).append(entry)
    return groups


def _in_order(shown: Sequence[Entry]) -> list[Entry]:
    return [entry for members in _groups(shown).values() for entry in members]


def _grouped(shown: Sequence[Entry], *, numbered: bool) -> list[Block]:
    """The entries under their topics; one group alone needs no heading. Numbers are those of the buttons."""
    groups = _groups(shown)
    blocks: list[Block] = []
    number = 0
    for topic, members in groups.items():
        if len(groups) > 1:
            blocks.append(heading(_named(topic, first=not number)))
        for entry in members:
            number += 1
            mark = f"{number}. " if numbered else f"{entry.story.id}. "
            blocks.append(paragraph(mark, *entry.block.spans))
    return blocks


def _named(topic: str, *, first: bool) -> str:
    name = topic.rpartition("/")[2] or ("Top stories" if first else "Other news")
    return name[0].upper() + name[1:]


def entry_block(entry: Entry) -> Block:
    """Two lines: the headline; then its first sentence, or what is new, and who reports it."""
    lead = headlined(entry.story, entry.articles, entry.summary) or entry.articles[0]
    title = (entry.summary.title if entry.summary else "") or lead.title
    parts: list[Inline] = [link(clip(title, TITLE_LENGTH), lead.url), "\n"]
    if entry.telling:
        said = " ".join(sentence.text for sentence in entry.telling)
        limit = SENTENCE_LENGTH * len(entry.telling)
        parts += [bold("New: ") if entry.change else "", f"{clip(said, limit)} "]
    return paragraph(*parts, *_reported_by(entry))


def _reported_by(entry: Entry) -> list[Inline]:
    cited = {c.article_id for sentence in entry.telling for c in sentence.citations}
    ids = {a.id for a in entry.articles}
    first_cited = sorted(entry.articles, key=lambda a: (a.id not in cited, a.copy_of in ids))
    by_outlet = {outlet(a): a for a in reversed(first_cited)}
    names = list(reversed(by_outlet.items()))
    parts: list[Inline] = ["("]
    for name, article in names[:NAMED_OUTLETS]:
        parts += [", " if len(parts) > 1 else "", link(clip(name, OUTLET_LENGTH), article.url)]
    others, alike = len(names) - NAMED_OUTLETS, entry.reporting.alike
    parts.append(f" +{others}" if others > 0 else "")
    return [*parts, f"; {alike if alike < len(names) else 'all'} with the same text)" if alike else ")"]


def more_button(story_ids: Sequence[int]) -> Button:
    """A button that shows more stories; it carries as many ids as its payload holds."""
    payload, carried = "more", 0
    for story_id in story_ids:
        longer = f"{payload} {_short(story_id)}"
        if len(longer) > PAYLOAD_LIMIT:
            break
        payload, carried = longer, carried + 1
    return Button(f"{carried} more", payload)


def told_button(as_of: datetime, shown: int, rest: int) -> Button:
    """A button that shows the rest of the digest that told as of this moment, however much it is."""
    return Button(
        f"{rest} more", f"more {TOLD}{_short((as_of - EPOCH) // timedelta(microseconds=1))} {shown}"
    )


def told_of(arguments: str) -> tuple[datetime, int] | None:
    """The moment and the number shown that a payload of `told_button` carries."""
    found = re.fullmatch(rf"{TOLD}([0-9a-z]{{1,12}}) (\d{{1,6}})", arguments.strip())
    if not found:
        return None
    microseconds = int(found[1], 36)
    return (EPOCH + timedelta(microseconds=microseconds), int(found[2])) if microseconds < LATEST else None


def more_ids(arguments: str) -> list[int]:
    """The story ids that a `more` payload carries; what is no id is left out."""
    return [int(word, 36) for word in arguments.split() if set(word) <= set(DIGITS) and len(word) <= 12]


def _short(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
