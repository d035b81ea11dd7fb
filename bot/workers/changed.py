"""What changed in a story, for those who asked to be told (`changes`).

The post itself is edited; this is a short message of its own under it. It comes at most once in some
hours and never in quiet hours: what is new until then comes together, and the story's row is woken for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chat import matching
from bot.chat.deciding import is_full, quiet_end
from bot.chat.forms import form_of
from bot.chat.posts import changes_post
from bot.chat.render import render
from bot.chat.services import Summarizer
from bot.news.changes import Change, changes
from bot.storage.store import Store
from bot.types import (
    Article,
    Cadence,
    DeliveryKind,
    NewDelivery,
    Part,
    Story,
    Subscription,
    Summary,
    Urgency,
)
from bot.workers.tell import Telling, posts_of

APART = timedelta(hours=3)
"""Between two messages about one story in one chat."""
FOLLOWED = timedelta(days=7)
"""How long a story is followed, from its beginning."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """One message of what changed."""

    subscription: Subscription
    parts: tuple[Part, ...]
    reply_to: str


@dataclass(frozen=True, kw_only=True)
class Following:
    """What is known before it is decided whom to tell."""

    telling: Telling
    due: Mapping[int, Due] = field(default_factory=dict)
    later: Sequence[datetime] = ()
    """When what has to wait may be told."""

    @classmethod
    async def prepare(cls, telling: Telling, summarizer: Summarizer) -> Following:
        """Find what changed since each chat was told last, and write it."""
        if telling.now - telling.story.created > FOLLOWED:
            return cls(telling=telling)
        news = _News(telling, summarizer)
        due, later = {}, []
        for chat_id, post in telling.posted.items():
            following, verdict = _following(telling, chat_id), telling.verdicts.get(chat_id)
            if following is None or verdict is None or not await news.since(verdict.as_of):
                continue
            wait = _wait(telling, following, verdict.changed)
            if wait:
                later.append(wait)
                continue
            parts = await news.parts(verdict.as_of, chat_id, following)
            due[chat_id] = Due(subscription=following, parts=parts, reply_to=post.message_id)
        return cls(telling=telling, due=due, later=later)

    async def commit(self) -> int:
        """Queue what is within its limit; how many. Inside the transaction of the story's row."""
        telling, store = self.telling, self.telling.store
        wanting = [[(d.subscription, 1.0)] for d in self.due.values()]
        told = await posts_of(store, wanting, telling.now)
        going = {i: d for i, d in self.due.items() if not self._full(i, d, told)}
        queued = await store.outbox.put([self._delivery(i, d) for i, d in going.items()], telling.now)
        await store.verdicts.changed(telling.story.id, going, as_of=telling.as_of, now=telling.now)
        if self.later:
            await store.rows.wake("stories", telling.story.id, min(self.later))
        return queued

    def _full(self, chat_id: int, due: Due, told: Mapping[int, Sequence[datetime]]) -> bool:
        chat = self.telling.chats[chat_id]
        return is_full(due.subscription, chat, told.get(due.subscription.id, ()), self.telling.now)

    def _delivery(self, chat_id: int, due: Due) -> NewDelivery:
        story = self.telling.story
        return NewDelivery(
            dedup_key=f"changed:{story.id}:{chat_id}:{self.telling.as_of.isoformat()}",
            chat_id=chat_id,
            kind=DeliveryKind.UPDATE,
            parts=due.parts,
            reply_to=due.reply_to,
            story_id=story.id,
            story_revision=story.revision,
        )


def _following(telling: Telling, chat_id: int) -> Subscription | None:
    """The chat's subscription that asks for what changed."""
    found = (one for one, _ in telling.following.get(chat_id, ()))
    return next((s for s in found if s.options.changes and s.cadence is Cadence.LIVE), None)


def _wait(telling: Telling, one: Subscription, last: datetime | None) -> datetime | None:
    """When it may be told; None: now."""
    if last and telling.now < last + APART:
        return last + APART
    if one.options.urgent and matching.passes(one.options.urgent, telling.facts):
        return None
    return quiet_end(one, telling.chats[one.chat_id], telling.now)


class _News:
    """What changed since a moment, found and written once for all chats."""

    def __init__(self, telling: Telling, summarizer: Summarizer) -> None:
        self.telling = telling
        self.summarizer = summarizer
        self._found: dict[datetime, tuple[Change, ...]] = {}
        self._parts: dict[tuple[datetime, str, str], tuple[Part, ...]] = {}

    async def since(self, as_of: datetime) -> tuple[Change, ...]:
        """What changed since then."""
        if as_of not in self._found:
            before, changed = await _before(
                self.telling.store, self.telling.story, self.telling.articles, as_of
            )
            self._found[as_of] = await asyncio.to_thread(
                changes,
                before,
                self.telling.articles,
                self.telling.summary,
                changed=changed,
            )
        return self._found[as_of]

    async def parts(self, as_of: datetime, chat_id: int, one: Subscription) -> tuple[Part, ...]:
        """The message, in the language and for the platform of the chat."""
        chat = self.telling.chats[chat_id]
        key = (as_of, form_of(chat, one.options).language, chat.address.platform)
        if key not in self._parts:
            said = await self._said(await self.since(as_of), key[1])
            post = changes_post(self.telling.story, self.telling.articles, *said)
            self._parts[key] = render(post, key[2])
        return self._parts[key]

    async def _said(self, found: Sequence[Change], language: str) -> tuple[Sequence[Change], str]:
        """The changes in the reader's language and a note, or as published."""
        if not language:
            return found, ""
        original = Summary(
            title="",
            sentences=tuple(c.sentence for c in found),
            method="extract",
            language=self.telling.summary.language,
        )
        written = await self.summarizer.translated(original, language=language, urgency=Urgency.BACKGROUND)
        said = [
            Change(c.kind, sentence, c.before) for c, sentence in zip(found, written.sentences, strict=True)
        ]
        return said, written.note


async def _before(
    store: Store, story: Story, articles: Sequence[Article], as_of: datetime
) -> tuple[list[Article], set[int]]:
    """The reports as they were then, and the ids of those that came or changed since."""
    revised = await store.stories.revised(story.id)
    changed = {article_id for article_id, when in revised.items() if when > as_of}
    before = [a for a in articles if a.id not in changed]
    for article in articles:
        if article.id in changed and article.revision > 1:
            before += [r for r in await store.articles.revisions(article.id) if r.fetched <= as_of][-1:]
    return before, changed
