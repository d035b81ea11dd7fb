"""A due subscription to one digest of what happened since the last.

The digest, what it told and the next due time commit together; its dedup key is the moment from
which it tells, so a bot that was down sends one digest and a crash repeats none. Digests that are due
together share one reading of the stories (`chat.window`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import schedule
from bot.chat import digest
from bot.chat.render import render
from bot.chat.services import Summarizer
from bot.chat.telling import NOT_TWICE_WITHIN
from bot.chat.window import Windows, begins
from bot.storage.store import Store
from bot.types import Cadence, Chat, Claim, DeliveryKind, NewDelivery, Subscription, Urgency
from bot.workers.loop import Bells, Clock
from bot.workers.write import keep_summary, summary_of

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Summaries written side by side: an engine that batches writes two in little more time than one."""


@dataclass(frozen=True, kw_only=True)
class Digests:
    """The digest stage."""

    store: Store
    summarizer: Summarizer
    windows: Windows
    clock: Clock
    bells: Bells

    async def step(self, claim: Claim) -> None:
        """Compose one digest and queue it; nothing happened, nothing is sent."""
        subscription, now = await self.store.subscriptions.get(claim.id), self.clock()
        chat = await self.store.chats.get(subscription.chat_id)
        if subscription.cadence is Cadence.LIVE:
            async with self.store.rows.finish(claim, due_at=None):
                return
        since = begins(subscription, now)
        window = await self.windows.reaching(since, now=now)
        found = await window.digest_for(subscription, chat)
        entries = await with_missing_summaries(self.store, self.summarizer, found)
        # A moment of its own, by which its `more` button finds it again.
        as_of = window.until - timedelta(microseconds=subscription.id % 1000)
        async with self.store.rows.finish(claim, due_at=self._next(subscription, chat, now)):
            await self.store.subscriptions.change(subscription.id, covered_until=window.until)
            entries = await self._untold(chat, entries, now)
            if entries:
                await self._queue(subscription, chat, entries, since=since, as_of=as_of)
                told = {e.story.id: e.story.revision for e in entries}
                await self.store.subscriptions.remember_stories(chat.id, told, now=as_of)
        self.bells.ring("deliver")
        log.info("digest composed", extra={"subscription": subscription.id, "stories": len(entries)})

    def _next(self, subscription: Subscription, chat: Chat, now: datetime) -> datetime:
        return schedule.next_digest(
            subscription.cadence,
            at=subscription.at,
            weekdays=subscription.weekdays,
            zone=chat.timezone,
            after=now,
        )

    async def _queue(
        self,
        subscription: Subscription,
        chat: Chat,
        entries: Sequence[digest.Entry],
        *,
        since: datetime,
        as_of: datetime,
    ) -> None:
        now = self.clock()
        reply = digest.compose(entries, chat=chat, now=now, as_of=as_of)
        quiet = schedule.quiet_until(now, zone=chat.timezone, start=chat.quiet_from, end=chat.quiet_until)
        delivery = NewDelivery(
            dedup_key=f"digest:{subscription.id}:{since.isoformat()}",
            chat_id=chat.id,
            kind=DeliveryKind.DIGEST,
            parts=render(reply, chat.address.platform),
            not_before=quiet,
        )
        await self.store.outbox.put([delivery], now)

    async def _untold(self, chat: Chat, entries: Sequence[digest.Entry], now: datetime) -> list[digest.Entry]:
        """Without what the chat was told while the digest was written."""
        await self.store.subscriptions.hold(chat.id)
        told = await self.store.subscriptions.told(chat.id, now - NOT_TWICE_WITHIN)

        def untold(entry: digest.Entry) -> bool:
            known = told.get(entry.story.id)
            return known is None or (entry.change is not None and known.revision < entry.story.revision)

        return [entry for entry in entries if untold(entry)]


async def with_missing_summaries(
    store: Store,
    summarizer: Summarizer,
    entries: Sequence[digest.Entry],
    *,
    shown: int = digest.SCREEN_STORIES,
    urgency: Urgency = Urgency.BACKGROUND,
) -> list[digest.Entry]:
    """The entries, most important first, with a summary for each of the first `shown`."""

    async def written(entry: digest.Entry) -> digest.Entry:
        summary = await summary_of(store, summarizer, entry.story, entry.articles, urgency=urgency)
        await keep_summary(store, entry.story, summary)
        return replace(entry, summary=summary)

    missing = [e for e in entries[:shown] if e.summary is None]
    done: dict[int, digest.Entry] = {}
    for start in range(0, len(missing), AT_ONCE):
        for entry in await asyncio.gather(*map(written, missing[start : start + AT_ONCE])):
            done[entry.story.id] = entry
    return [done.get(e.story.id, e) for e in entries]
