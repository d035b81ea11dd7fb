"""A due subscription to one digest of what happened since the last.

The digest, what it told and the next due time commit together; its dedup key is the moment up to
which the last one told, so a bot that was down sends one digest and a crash repeats none.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import schedule
from bot.chat import digest, matching
from bot.chat.render import render
from bot.chat.services import Summarizer
from bot.storage.store import Store
from bot.types import Cadence, Chat, Claim, DeliveryKind, Length, NewDelivery, Story, Subscription, Summary
from bot.workers.loop import Bells, Clock
from bot.workers.write import sources_of, summary_of

log = logging.getLogger(__name__)

PERIOD = {
    Cadence.HOURLY: timedelta(hours=1),
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(days=7),
}
NOT_AGAIN = timedelta(days=7)
"""No story twice in this time."""
CONSIDERED = 500


@dataclass(frozen=True, kw_only=True)
class Digests:
    """The digest stage."""

    store: Store
    summarizer: Summarizer
    clock: Clock
    bells: Bells

    async def step(self, claim: Claim) -> None:
        """Compose one digest and queue it; nothing happened, nothing is sent."""
        subscription, now = await self.store.subscriptions.get(claim.id), self.clock()
        chat = await self.store.chats.get(subscription.chat_id)
        if not (chat.active and subscription.active) or subscription.cadence is Cadence.LIVE:
            async with self.store.rows.finish(claim, due_at=None):
                return
        due = schedule.next_digest(
            subscription.cadence,
            at=subscription.at,
            weekdays=subscription.weekdays,
            zone=chat.timezone,
            after=now,
        )
        since = subscription.covered_until or now - PERIOD[subscription.cadence]
        entries = await self.entries(subscription, chat, since=since, now=now)
        async with self.store.rows.finish(claim, due_at=due):
            await self.store.subscriptions.change(subscription.id, covered_until=now)
            if entries:
                await self._queue(subscription, chat, entries, since=since, now=now)
        self.bells.ring("deliver")
        log.info("digest composed", extra={"subscription": subscription.id, "stories": len(entries)})

    async def entries(
        self, subscription: Subscription, chat: Chat, *, since: datetime, now: datetime
    ) -> list[digest.Entry]:
        """What the subscription wants of the stories updated since then and not told yet."""
        told = await self.store.subscriptions.sent_stories(chat.id, now - NOT_AGAIN)
        found: list[digest.Entry] = []
        for story in await self.store.stories.list(limit=CONSIDERED, since=since):
            if story.id in told:
                continue
            articles = await self.store.stories.articles(story.id)
            sources = await sources_of(self.store, articles)
            if not matching.matches(subscription, story, articles, sources):
                continue
            known = await self.store.stories.summary(story.id, length=Length.SHORT, language="")
            topic = next((s.topic for s in sources.values() if s.topic), "")
            summary = known[0] if known else None
            found.append(digest.Entry(story=story, articles=tuple(articles), summary=summary, topic=topic))
        return await self._with_summaries(found, now)

    async def _with_summaries(self, entries: Sequence[digest.Entry], now: datetime) -> list[digest.Entry]:
        """Write what is missing for the stories that the digest will show."""
        shown = digest.ranked(entries, now)[: digest.SCREEN_STORIES]
        written: dict[int, digest.Entry] = {}
        for entry in shown:
            if entry.summary is None:
                summary = await summary_of(self.store, self.summarizer, entry.story, entry.articles)
                await self._keep(entry.story, summary)
                written[entry.story.id] = replace(entry, summary=summary)
        return [written.get(e.story.id, e) for e in entries]

    async def _keep(self, story: Story, summary: Summary) -> None:
        await self.store.stories.put_summary(
            story.id, revision=story.revision, length=Length.SHORT, language="", summary=summary
        )

    async def _queue(
        self,
        subscription: Subscription,
        chat: Chat,
        entries: Sequence[digest.Entry],
        *,
        since: datetime,
        now: datetime,
    ) -> None:
        reply = digest.compose(entries, chat=chat, now=now)
        delivery = NewDelivery(
            dedup_key=f"digest:{subscription.id}:{since.isoformat()}",
            chat_id=chat.id,
            kind=DeliveryKind.DIGEST,
            parts=render(reply, chat.address.platform),
            not_before=schedule.quiet_until(
                now, zone=chat.timezone, start=chat.quiet_from, end=chat.quiet_until
            ),
        )
        await self.store.outbox.put([delivery], now)
        await self.store.subscriptions.remember_stories(chat.id, [e.story.id for e in entries], now=now)
