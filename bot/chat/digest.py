"""A digest: the most important stories first, grouped by topic, two lines each, one phone screen.

Pure: entries in, a Reply out. The hard thing is choosing what is left out: it goes behind a `more`
button that carries the story ids, so it works days later and after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import exp, log2

from bot.chat.blocks import Inline, bold, heading, link, paragraph, reply
from bot.chat.posts import headlined
from bot.chat.render import PAYLOAD_LIMIT, clip
from bot.chat.words import count, outlet, weekday
from bot.types import Article, Block, Button, Chat, Reply, Sentence, Story, Summary

SCREEN_STORIES = 7
SCREEN_CHARACTERS = 1500
"""About what a phone shows at once, headings and source names counted."""
TITLE_LENGTH = 90
SENTENCE_LENGTH = 150
NAMED_OUTLETS = 2
HALF_DAY = 12.0
"""Hours in which a story loses about two thirds of its freshness."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One story as a digest sees it."""

    story: Story
    articles: tuple[Article, ...]
    summary: Summary | None
    topic: str = ""
    change: Sentence | None = None
    """What is new since the chat was told the story; None: it was not told."""

    @property
    def telling(self) -> Sentence | None:
        """The sentence that stands for it."""
        return self.change or (self.summary.sentences[0] if self.summary and self.summary.sentences else None)

    @cached_property
    def outlets(self) -> int:
        """How many outlets report it."""
        return len({outlet(a) for a in self.articles})

    @cached_property
    def block(self) -> Block:
        """Its two lines in a digest; thousands of digests show the same."""
        return entry_block(self)


def importance(entry: Entry, now: datetime) -> float:
    """More outlets, more reports, fresher: first. Reports of one outlet count little."""
    hours = max((now - entry.story.updated).total_seconds() / 3600, 0.0)
    return 2 * log2(1 + entry.outlets) + log2(1 + len(entry.articles)) / 2 + exp(-hours / HALF_DAY)


def ranked(entries: Iterable[Entry], now: datetime) -> list[Entry]:
    """The most important first; ties by age and id, so that the order is always the same."""
    return sorted(entries, key=lambda e: (-importance(e, now), -e.story.updated.timestamp(), e.story.id))


def compose(entries: Sequence[Entry], *, chat: Chat, now: datetime, title: str = "") -> Reply:
    """Compose the digest of `entries` for `chat`; `title` defaults to the local date.

    Entries without articles are left out. With no entries at all the reply says so: whether a quiet
    day deserves a message is the caller's choice.
    """
    head = heading(title or f"Your news, {weekday(now, chat.timezone)}")
    known = ranked((e for e in entries if e.articles), now)
    if not known:
        return reply(head, paragraph("Nothing new."))
    shown = _one_screen(known)
    rest = [entry.story.id for entry in known[len(shown) :]]
    return reply(head, *_grouped(shown), buttons=[[more_button(rest)]] if rest else [])


def stories_reply(title: str, shown: Sequence[Entry], rest: Sequence[int]) -> Reply:
    """A list of stories in the order given, numbered for `/story`; `rest` are the ids of what follows."""
    blocks = [entry_block(entry, number=True) for entry in shown]
    return reply(heading(title), *blocks, buttons=[[more_button(rest)]] if rest else [])


def _one_screen(known: Sequence[Entry]) -> Sequence[Entry]:
    """As many as fit a screen, at least one."""
    used = 0
    for number, entry in enumerate(known[:SCREEN_STORIES]):
        used += sum(len(span.text) for span in entry.block.spans)
        if used > SCREEN_CHARACTERS and number:
            return known[:number]
    return known[:SCREEN_STORIES]


def _grouped(shown: Sequence[Entry]) -> list[Block]:
    """By topic, the topic with the most important story first; one topic alone needs no heading."""
    groups: dict[str, list[Entry]] = {}
    for entry in shown:
        groups.setdefault(entry.topic, []).append(entry)
    blocks: list[Block] = []
    for topic, members in groups.items():
        if len(groups) > 1:
            blocks.append(heading(topic.rpartition("/")[2] or "Other news"))
        blocks += [entry.block for entry in members]
    return blocks


def entry_block(entry: Entry, *, number: bool = False) -> Block:
    """Two lines: the headline, `number` before it; then its first sentence and who reports it."""
    lead = headlined(entry.story, entry.articles, entry.summary) or entry.articles[0]
    title = (entry.summary.title if entry.summary else "") or lead.title
    parts: list[Inline] = [f"{entry.story.id}. " if number else ""]
    parts += [link(clip(title, TITLE_LENGTH), lead.url), "\n"]
    if entry.telling:
        parts += [bold("New: ") if entry.change else "", f"{clip(entry.telling.text, SENTENCE_LENGTH)} "]
    return paragraph(*parts, *_reported_by(entry))


def _reported_by(entry: Entry) -> list[Inline]:
    cited = {c.article_id for c in entry.telling.citations} if entry.telling else set()
    first_cited = sorted(entry.articles, key=lambda a: a.id not in cited)
    by_outlet = {outlet(a): a for a in reversed(first_cited)}
    names = list(reversed(by_outlet.items()))
    parts: list[Inline] = ["("]
    for name, article in names[:NAMED_OUTLETS]:
        parts += [", " if len(parts) > 1 else "", link(name, article.url)]
    others = len(names) - NAMED_OUTLETS
    return [*parts, f" and {count(others, 'other')})" if others > 0 else ")"]


def more_button(story_ids: Sequence[int]) -> Button:
    """A button that shows more stories; it carries as many ids as its payload holds."""
    payload, carried = "more", 0
    for story_id in story_ids:
        longer = f"{payload} {_short(story_id)}"
        if len(longer) > PAYLOAD_LIMIT:
            break
        payload, carried = longer, carried + 1
    return Button(f"{carried} more", payload)


def more_ids(arguments: str) -> list[int]:
    """The story ids that a `more` payload carries; what is no id is left out."""
    return [int(word, 36) for word in arguments.split() if set(word) <= set(DIGITS) and len(word) <= 12]


def _short(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
