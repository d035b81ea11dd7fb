"""A due subscription to one digest of what happened since the last.

The digest, what it told and the next due time commit together; its dedup key is the moment from
which it tells, so a bot that was down sends one digest and a crash repeats none. Digests that are due
together share one reading of the stories (`chat.window`). A live subscription is due when stories are over
its limit: they are its digest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import schedule
from bot.chat import digest, gather
from bot.chat.deciding import quiet_end
from bot.chat.forms import Form, form_of
from bot.chat.render import render
from bot.chat.services import Summarizer
from bot.chat.telling import NOT_TWICE_WITHIN
from bot.chat.window import Windows, begins
from bot.chat.words import weekday
from bot.storage.store import Store
from bot.storage.unsubscribe import digests_of
from bot.types import Cadence, Chat, Claim, DeliveryKind, Length, NewDelivery, Subscription, Urgency
from bot.workers.loop import Bells, Clock
from bot.workers.summaries import summary_in

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
        """Compose one digest and queue it; nothing happened, nothing is sent.

        In quiet hours it waits for their end and tells all of them.
        """
        subscription, now = await self.store.subscriptions.get(claim.id), self.clock()
        chat = await self.store.chats.get(subscription.chat_id)
        if wait := quiet_end(subscription, chat, now):
            async with self.store.rows.finish(claim, due_at=wait):
                return
        folded = await self.store.verdicts.folded(subscription.id)
        if subscription.cadence is Cadence.LIVE:
            found, until = await folded_entries(self.store, folded, chat, subscription, now), now
        else:
            window = await self.windows.reaching(begins(subscription, now), now=now)
            found, until = await window.digest_for(subscription, chat), window.until
            known = {e.story.id for e in found}
            rest = await folded_entries(self.store, folded, chat, subscription, now)
            found = [*found, *(e for e in rest if e.story.id not in known)]
        form = form_of(chat, subscription.options)
        entries = await with_missing_summaries(self.store, self.summarizer, found, language=form.language)
        # A moment of its own, by which its `more` button finds it again.
        as_of = until - timedelta(microseconds=subscription.id % 1000)
        async with self.store.rows.finish(claim, due_at=self._next(subscription, chat, now)):
            entries = await self._untold(chat, entries, now)
            if entries:
                await self._queue(subscription, chat, entries, as_of=as_of)
                told = {e.story.id: e.story.revision for e in entries}
                await self.store.subscriptions.remember_stories(chat.id, told, now=as_of)
            await self.store.verdicts.told(subscription.id, folded)
            present = await self.store.subscriptions.get(subscription.id)
            # Where it was made to reach back meanwhile, the next digest does.
            if (
                subscription.cadence is not Cadence.LIVE
                and present.covered_until == subscription.covered_until
            ):
                await self.store.subscriptions.change(subscription.id, covered_until=until)
        self.bells.ring("deliver")
        log.info("digest composed", extra={"subscription": subscription.id, "stories": len(entries)})

    def _next(self, subscription: Subscription, chat: Chat, now: datetime) -> datetime | None:
        if subscription.cadence is Cadence.LIVE:
            return None
        return schedule.next_digest(
            subscription.cadence,
            at=subscription.at,
            weekdays=subscription.weekdays,
            zone=chat.timezone,
            after=now,
        )

    async def _queue(
        self, subscription: Subscription, chat: Chat, entries: Sequence[digest.Entry], *, as_of: datetime
    ) -> None:
        now = self.clock()
        live = subscription.cadence is Cadence.LIVE
        reply = digest.compose(
            entries,
            chat=chat,
            now=now,
            as_of=as_of,
            title=f"More of your news, {weekday(now, chat.timezone)}" if live else "",
            language=form_of(chat, subscription.options).language,
        )
        delivery = NewDelivery(
            dedup_key=f"{digests_of(subscription.id)}{as_of.isoformat()}",
            chat_id=chat.id,
            kind=DeliveryKind.DIGEST,
            parts=render(reply, chat.address.platform),
        )
        await self.store.outbox.put([delivery], as_of)

    async def _untold(self, chat: Chat, entries: Sequence[digest.Entry], now: datetime) -> list[digest.Entry]:
        """Without what the chat was told while the digest was written."""
        await self.store.subscriptions.hold(chat.id)
        told = await self.store.subscriptions.told(chat.id, now - NOT_TWICE_WITHIN)

        def untold(entry: digest.Entry) -> bool:
            known = told.get(entry.story.id)
            return known is None or (entry.change is not None and known.revision < entry.story.revision)

        return [entry for entry in entries if untold(entry)]


async def folded_entries(
    store: Store, story_ids: Sequence[int], chat: Chat, subscription: Subscription, now: datetime
) -> list[digest.Entry]:
    """The stories over a limit, as far as they still exist, most important first."""
    form = form_of(chat, subscription.options)
    stories = await store.stories.get_many(story_ids)
    found = await gather.entries(store, stories, await gather.sources_by_id(store))
    return [
        replace(e, summary=await gather.summary_in(store, e.story, form.language), length=form.length)
        for e in digest.ranked(found, now)
    ]


async def with_missing_summaries(
    store: Store,
    summarizer: Summarizer,
    entries: Sequence[digest.Entry],
    *,
    shown: int = digest.SCREEN_STORIES,
    language: str = "",
    urgency: Urgency = Urgency.BACKGROUND,
) -> list[digest.Entry]:
    """The entries, most important first, with a summary for each of the first `shown` that shows one."""

    async def written(entry: digest.Entry) -> digest.Entry:
        summary = await summary_in(
            Form(language=language),
            store=store,
            summarizer=summarizer,
            story=entry.story,
            articles=entry.articles,
            urgency=urgency,
        )
        return replace(entry, summary=summary)

    missing = [e for e in entries[:shown] if e.summary is None and e.length is not Length.HEADLINE]
    done: dict[int, digest.Entry] = {}
    for start in range(0, len(missing), AT_ONCE):
        for entry in await asyncio.gather(*map(written, missing[start : start + AT_ONCE])):
            done[entry.story.id] = entry
    return [done.get(e.story.id, e) for e in entries]
