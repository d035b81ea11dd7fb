"""A new or changed story to its summary, and to a delivery for every subscription that wants it live.

The summary and the deliveries commit together, so a story is told either to all or not yet. The
outbox's dedup key (story, chat) makes sure that no chat is told twice; a chat that has the post gets
it edited when the story changed materially.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from bot import schedule
from bot.chat import matching, posts
from bot.chat.render import render
from bot.chat.services import Summarizer
from bot.chat.telling import unrepeated
from bot.chat.window import is_news
from bot.storage.outbox import Post
from bot.storage.store import Store
from bot.types import (
    Article,
    Chat,
    Claim,
    DeliveryKind,
    Length,
    NewDelivery,
    Part,
    Story,
    Summary,
    Urgency,
)
from bot.workers.loop import Bells, Clock

log = logging.getLogger(__name__)

EDITS = timedelta(hours=24)
"""How long a post follows its story."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """The write stage."""

    store: Store
    summarizer: Summarizer | None
    """None: stories are placed and found, and summarized when somebody asks."""
    clock: Clock
    bells: Bells

    async def step(self, claim: Claim) -> None:
        """Summarize one story and queue its posts."""
        story = await self.store.stories.get(claim.id)
        articles = await self.store.stories.articles(story.id)
        by_hand = any(a.source_id is None for a in articles)
        news = any(is_news(a) for a in articles)
        if self.summarizer is None or not (by_hand or news):
            async with self.store.rows.finish(claim, due_at=None):
                return
        summary = await summary_of(self.store, self.summarizer, story, articles)
        deliveries = await self._deliveries(story, articles, summary) if news else []
        async with self.store.rows.finish(claim, due_at=None):
            await keep_summary(self.store, story, summary)
            now = self.clock()
            new = await unrepeated(self.store, story, articles, summary, deliveries, now=now)
            queued = await self.store.outbox.put(new, now)
        self.bells.ring("deliver")
        log.info("story written", extra={"story": story.id, "method": summary.method, "deliveries": queued})

    async def _deliveries(
        self, story: Story, articles: Sequence[Article], summary: Summary
    ) -> list[NewDelivery]:
        """New posts for those who have none, and edits of the posts that tell an older revision."""
        now, reply = self.clock(), posts.story_post(story, articles, summary)
        rendered = cache(partial(render, reply))
        posted = {p.chat_id: p for p in await self.store.outbox.posts(story.id)}
        stands = any(not a.withdrawn for a in articles)
        readers = await self._readers(story, articles) if stands else []
        readers = [c for c in readers if c.id not in posted]
        deliveries = [_post(story, chat, rendered(chat.address.platform), now) for chat in readers]
        if now - story.created <= EDITS:
            for post in posted.values():
                if post.story_revision < story.revision:
                    chat = await self.store.chats.get(post.chat_id)
                    deliveries.append(_edit(story, post, rendered(chat.address.platform)))
        return deliveries

    async def _readers(self, story: Story, articles: Sequence[Article]) -> list[Chat]:
        """The chats of the live subscriptions that want this story, each once."""
        origins = {a.source_id for a in articles if a.source_id is not None}
        sources = {i: await self.store.sources.get(i) for i in origins}
        live = await self.store.subscriptions.live()
        wanted = await asyncio.to_thread(matching.matching, live, story, articles, sources)
        newest = max(a.fetched for a in articles)
        ids = dict.fromkeys(s.chat_id for s in wanted if s.created <= newest)
        return [await self.store.chats.get(i) for i in ids]


def _post(story: Story, chat: Chat, parts: tuple[Part, ...], now: datetime) -> NewDelivery:
    return NewDelivery(
        dedup_key=f"story:{story.id}:{chat.id}",
        chat_id=chat.id,
        kind=DeliveryKind.LIVE,
        parts=parts,
        story_id=story.id,
        story_revision=story.revision,
        not_before=schedule.quiet_until(now, zone=chat.timezone, start=chat.quiet_from, end=chat.quiet_until),
    )


def _edit(story: Story, post: Post, parts: tuple[Part, ...]) -> NewDelivery:
    return NewDelivery(
        dedup_key=f"story:{story.id}:{post.chat_id}:{story.revision}",
        chat_id=post.chat_id,
        kind=DeliveryKind.UPDATE,
        parts=parts[:1],
        edits=post.message_id,
        silent=True,
        story_id=story.id,
        story_revision=story.revision,
    )


async def summary_of(
    store: Store,
    summarizer: Summarizer,
    story: Story,
    articles: Sequence[Article],
    *,
    urgency: Urgency = Urgency.BACKGROUND,
) -> Summary:
    """The story's short summary at its present revision, written now where there is none."""
    known = await store.stories.summary(story.id, length=Length.SHORT, language="")
    if known and known[1] == story.revision:
        return known[0]
    if len(articles) == 1:
        return await summarizer.article(articles[0], urgency=urgency)
    return await summarizer.story(articles, urgency=urgency)


async def keep_summary(store: Store, story: Story, summary: Summary) -> None:
    """Store the short summary of a story's present revision."""
    await store.stories.put_summary(
        story.id, revision=story.revision, length=Length.SHORT, language="", summary=summary
    )
