"""The stories of a span of time, read once and shared by all digests that are due about then.

At eight in the morning thousands of digests are due at once and look at the same stories. The hard
thing is to lose none: a digest covers the span up to `Window.until`, which is when the stories were
read, not up to the moment when it is composed; the next digest begins exactly there. And a week may have
more stories than memory should hold: then those are kept that somebody due asks for, and the most important.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.chat import gather
from bot.chat.digest import SCREEN_STORIES, Entry, importance, ranked
from bot.chat.forms import Form, form_of
from bot.chat.matching import StoryFacts, facts, question_of, score, wanted_by
from bot.chat.taste import KEPT, learned
from bot.chat.telling import NOT_TWICE_WITHIN, change_since
from bot.storage.store import Store
from bot.storage.subscriptions import Question, Told
from bot.types import Article, Cadence, Chat, Sentence, Source, Story, Subscription, SubscriptionKind

PAGE = 1000
"""Stories read at a time, and kept of a longer span for those who want everything."""
ASKED = 200
"""Stories of a longer span that are kept for one question besides; more are there if they are important."""
MOST_STORIES = 20_000
"""Stories of a span that are looked at, the newest."""
DECISIONS = 5_000_000
"""Decisions (a question, a story) that one window may take: about a minute of work. Of a longer span with
very many questions fewer stories are looked at."""
SPANS = (timedelta(hours=2), timedelta(hours=26), timedelta(days=8))
"""Windows reach back this far, so that hourly, daily and weekly digests share three of them."""
FRESH = timedelta(minutes=1)
"""How long a window is used; later stories wait for the next digest."""
NEWS = timedelta(days=3)
"""An article older than this when it arrives is archive, not news."""
PERIOD: Mapping[Cadence, timedelta] = {
    Cadence.HOURLY: timedelta(hours=1),
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(days=7),
}
"""How far back the first digest of a subscription looks, at least."""


def begins(subscription: Subscription, now: datetime) -> datetime:
    """Since when a digest due now tells; what an earlier digest covered is not told again."""
    first = now - PERIOD.get(subscription.cadence, timedelta(days=1))
    covered = subscription.covered_until
    if covered and covered > now:
        return first  # The clock was set back; what the chat was told already is known.
    return covered or min(subscription.created, first)


def is_news(article: Article) -> bool:
    """Not the back catalogue of a new source, and fresh when it came: the rest is only archive."""
    return not article.quiet and article.fetched - article.when <= NEWS


Known = tuple[Entry, StoryFacts]


@dataclass(kw_only=True)
class _Reading:
    """A span read page by page, the newest stories first; what is no news is left out."""

    store: Store
    sources: Mapping[int, Source]
    since: datetime
    until: datetime
    seen: int = 0
    """Stories read so far."""
    ended: bool = False
    _last: Story | None = None

    async def page(self) -> list[Known]:
        """The next stories, with what subscriptions ask about them."""
        stories = await self.store.stories.list(
            limit=PAGE, since=self.since, before=self.until, following=self._last
        )
        self.seen += len(stories)
        self.ended = len(stories) < PAGE
        self._last = stories[-1] if stories else None
        found = await gather.entries(self.store, stories, self.sources)
        entries = [e for e in found if any(map(is_news, e.articles))]
        vectors = await self.store.stories.vectors([e.story.id for e in entries])
        carriers = await self.store.articles.carriers([a.id for e in entries for a in e.articles])
        return [
            (e, facts(e.story, e.articles, self.sources, carriers, vector=vectors.get(e.story.id)))
            for e in entries
        ]


async def _read(reading: _Reading) -> list[Known]:
    """A span that fits a page; of a longer one what is asked for, and the most important of the rest."""
    page = await reading.page()
    if reading.ended:
        return page
    due = await reading.store.subscriptions.due_questions(reading.until + FRESH)
    asked = [question for question in due if question.kind is not SubscriptionKind.ALL]
    taken: Counter[Question] = Counter()
    wanted: list[Known] = []
    rest: list[Known] = []
    while True:
        stories = [found for _, found in page]
        ids = await asyncio.to_thread(wanted_by, asked, stories, taken=taken, most=ASKED)
        wanted += [known for known in page if known[0].story.id in ids]
        rest += [known for known in page if known[0].story.id not in ids]
        rest = sorted(rest, key=lambda known: -importance(known[0], reading.until))[:PAGE]
        if reading.ended or reading.seen >= min(MOST_STORIES, DECISIONS / max(len(asked), 1)):
            return wanted + rest
        page = await reading.page()


@dataclass(frozen=True, kw_only=True)
class Window:
    """The stories with `since <= updated < until`, most important first, without summaries."""

    store: Store
    since: datetime
    until: datetime
    entries: tuple[Entry, ...]
    facts: Mapping[int, StoryFacts]
    _wanted: dict[Question, tuple[Entry, ...]] = field(default_factory=dict)
    _summarized: dict[tuple[int, Form], Entry] = field(default_factory=dict)
    _changes: dict[tuple[int, datetime, str], Sentence | None] = field(default_factory=dict)

    @classmethod
    async def read(cls, store: Store, *, since: datetime, until: datetime) -> Window:
        """Read the span from the store."""
        sources = await gather.sources_by_id(store)
        found = await _read(_Reading(store=store, sources=sources, since=since, until=until))
        entries = ranked((e for e, _ in found), until)
        known = {e.story.id: facts_ for e, facts_ in found}
        return cls(store=store, since=since, until=until, entries=tuple(entries), facts=known)

    async def digest_for(self, subscription: Subscription, chat: Chat) -> list[Entry]:
        """What a due digest of `subscription` has to tell, most important first.

        Stories that match, updated since the last digest, and that the chat was not told within a week;
        one that it was told comes with what changed since, or not at all. Those that fit the screen
        have their summary where there is one. The caller composes (`digest.compose`), remembers what
        was told as of `until` (`subscriptions.remember_stories`) and sets `covered_until` to `until`,
        all in one transaction.
        """
        since, form = begins(subscription, self.until), form_of(chat, subscription.options)
        told = await self.store.subscriptions.told(chat.id, self.until - NOT_TWICE_WITHIN)
        found = []
        for entry in self._wants(subscription):
            known = told.get(entry.story.id)
            if known is None and entry.story.updated >= since:
                found.append(entry)
            elif known and (changed := await self._changed(entry, known, form)):
                found.append(changed)
        votes = await self.store.votes.of_chat(chat.id, since=self.until - KEPT)
        found = learned(votes, self.until).ranked(found, self.until)
        seen = [await self._with_summary(e, form) for e in found[:SCREEN_STORIES]]
        return [*seen, *found[SCREEN_STORIES:]]

    async def _changed(self, entry: Entry, told: Told, form: Form) -> Entry | None:
        """The story with what is new since it was told; None where the chat knows all of it."""
        if entry.story.revision <= told.revision:
            return None
        entry = await self._with_summary(entry, form)
        key = (entry.story.id, told.at, form.language)
        if key not in self._changes:
            self._changes[key] = await change_since(
                self.store, entry.story, entry.articles, entry.summary, told.at
            )
        change = self._changes[key]
        return None if change is None else replace(entry, change=change)

    def _wants(self, subscription: Subscription) -> tuple[Entry, ...]:
        """Equal orders are decided once for the whole window."""
        key = question_of(subscription)
        if key not in self._wanted:
            known = self.facts
            self._wanted[key] = tuple(e for e in self.entries if score(key, known[e.story.id]) is not None)
        return self._wanted[key]

    async def _with_summary(self, entry: Entry, form: Form) -> Entry:
        """With its summary if there is one; thousands of digests in one form show the same entry."""
        key = (entry.story.id, form)
        if key not in self._summarized:
            found = await gather.summary_in(self.store, entry.story, form.language)
            if found is None:
                return replace(entry, length=form.length)
            self._summarized[key] = replace(entry, summary=found, length=form.length)
        known = self._summarized[key]
        return replace(known, change=entry.change) if entry.change else known


class Windows:
    """The windows in use: at most one for each span; what is no longer fresh is let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[timedelta, Window] = {}

    async def reaching(self, since: datetime, *, now: datetime) -> Window:
        """A window that begins at or before `since` and ends at `now` or less than a minute before."""
        span = next((s for s in SPANS if now - since <= s - FRESH), None)
        if span is None:
            return await Window.read(self._store, since=since, until=now)
        self._kept = {s: w for s, w in self._kept.items() if timedelta() <= now - w.until < FRESH}
        if span not in self._kept:
            self._kept[span] = await Window.read(self._store, since=now - span, until=now)
        return self._kept[span]
