"""A due source to stored articles: read what is new, store it, then say when to come back.

Nothing is marked as seen before it is stored: the source's ETag is written in the same transaction as
the last of its articles. The hard thing is the first poll: a new source brings its back catalogue,
of which only the newest few may be announced. What a source's hub brought is handled in its poll's
place, by the same steps; while the hub's lease lasts, polls only make sure.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bot import schedule
from bot.errors import HttpStatus, Paused, SourceError
from bot.sources import recognise, websub
from bot.sources.reader import Polled, Reader, wants_page
from bot.storage.pages import Wish
from bot.storage.store import Store
from bot.types import Article, Claim, Draft, HubLease, Push, PutStatus, Source, SourceKind, SourceState
from bot.workers.loop import Bells, Clock
from bot.workers.notices import of_death

log = logging.getLogger(__name__)

BATCH = 200
"""Drafts stored in one transaction, so that a feed of 50,000 items never holds the store for long."""
APART = timedelta(seconds=2)
"""Between the pages that one poll asks for; the newest article's comes first."""
GIVEN_UP_AFTER, TRIES = timedelta(days=30), 10
"""A source that fails for so long, and so often, is dead: no longer polled."""
GONE = 410
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Poll:
    """The poll stage."""

    store: Store
    reader: Reader
    clock: Clock
    bells: Bells
    first_items: int
    bounds: schedule.Bounds
    hubs: bool = False
    """Hubs can reach us, so feeds that have one are subscribed there."""
    began: datetime | None = None
    """Since when hubs can reach us: what they brought in vain before, only a poll can tell."""
    owners: frozenset[tuple[str, str]] = frozenset()
    """(platform, user id): they and the admins hear of a source that died."""

    async def step(self, claim: Claim) -> None:
        """Poll one source; trouble with it is recorded on its row."""
        source, now = await self.store.sources.get(claim.id), self.clock()
        if source.state is not SourceState.ACTIVE:
            async with self.store.rows.finish(claim, due_at=None):
                return
        while push := await self.store.hubs.next_push(source.id):
            if await self._pushed(claim, source, push, now):
                return
        try:
            polled = await self.reader.poll(source, now)
        except Paused as e:
            # no word on this source: another one at its host asked for too much
            pause = timedelta(seconds=(e.retry_after or 0) * (1 + random.random()))
            await self.store.rows.retry(claim, due_at=now + pause, error=source.last_error)
            return
        except SourceError as e:
            await self._failed(claim, source, e, now)
            return
        if polled.gone:
            await self._dead(claim, source, HttpStatus(GONE).reason, now)
            return
        hints = schedule.Hints(
            ttl=polled.ttl,
            max_age=polled.max_age,
            skip_hours=polled.skip_hours,
            skip_days=polled.skip_days,
        )
        times = [d.published for d in polled.drafts if d.published]
        due = self._next(source, now, hints, published=times)
        lease = await self._live(source, now)
        if lease and lease.expires and not source.settings.interval:
            due = schedule.hub_poll(due, polled=now, expires=lease.expires, longest=self.bounds.longest)
        await self._read(claim, source, polled, now, due=due)

    async def _pushed(self, claim: Claim, source: Source, push: Push, now: datetime) -> bool:
        """Store what a hub brought; False where it can't be read, and the source itself must be."""
        try:
            polled = await self.reader.pushed(source, push.body, push.content_type, now)
        except SourceError as e:
            log.warning("push not readable", extra={"source": source.id, "error": e.reason})
            await self.store.hubs.done(push.id)
            return False
        lease, due = await self._live(source, now), now
        if lease and lease.expires:
            due = schedule.hub_poll(
                now, polled=source.polled or now, expires=lease.expires, longest=self.bounds.longest
            )
            if self.began and source.polled and source.polled < self.began:
                due = min(due, now + self.bounds.shortest)
        await self._read(claim, source, polled, now, due=due, push=push)
        return True

    async def _live(self, source: Source, now: datetime) -> HubLease | None:
        lease = await self.store.hubs.of_source(source.id) if self.hubs else None
        return lease if lease and lease.live(now) else None

    async def _failed(self, claim: Claim, source: Source, error: SourceError, now: datetime) -> None:
        long = source.failing_since is not None and now - source.failing_since > GIVEN_UP_AFTER
        pause = timedelta(seconds=error.retry_after) if error.retry_after else None
        due = self._next(source, now, schedule.Hints(retry_after=pause), failures=source.failures + 1)
        if long and source.failures + 1 >= TRIES:
            await self._dead(claim, source, error.reason, now)
            return
        async with self.store.transaction():
            await self.store.sources.failed(source.id, now=now, error=error.reason)
            await self.store.rows.retry(claim, due_at=due, error=error.reason)
        log.warning("source not polled", extra={"source": source.id, "error": error.reason})

    async def _dead(self, claim: Claim, source: Source, error: str, now: datetime) -> None:
        """Give a source up: not polled any more until an admin takes it up again, and told once."""
        async with self.store.transaction():
            await self.store.sources.failed(source.id, now=now, error=error)
            await self.store.rows.retry(claim, due_at=None, error=error)
            await self.store.sources.change(source.id, state=SourceState.DEAD)
            notices = await of_death(self.store, source, error, owners=self.owners, now=now)
            await self.store.outbox.put(notices, now)
        self.bells.ring("deliver")
        log.warning("source is dead", extra={"source": source.id, "error": error})

    async def _read(
        self,
        claim: Claim,
        source: Source,
        polled: Polled,
        now: datetime,
        *,
        due: datetime,
        push: Push | None = None,
    ) -> None:
        """Store the drafts; the last of them together with what the poll, or the push, came to."""
        fresh = _oldest_first([d for d in polled.drafts if _usable(d)])
        quiet = self._quiet(source, fresh)
        *earlier, last = [fresh[i : i + BATCH] for i in range(0, len(fresh), BATCH)] or [[]]
        stored = 0
        for batch in earlier:
            async with self.store.transaction():
                stored += await self._put(source, batch, quiet, now)
        async with self.store.rows.finish(claim, due_at=due):
            stored += await self._put(source, last, quiet, now)
            stored += await self._withdraw(source, polled.withdrawn, now)
            if push:
                await self.store.hubs.done(push.id)
                if await self.store.hubs.next_push(source.id):
                    await self.store.rows.wake("sources", source.id, now)
            else:
                await self.store.sources.polled(
                    source.id, now=now, etag=polled.etag, last_modified=polled.last_modified
                )
                await self._changed(source, polled)
                await self._hub(source, polled, now)
        self.bells.ring("page", "read", "write", "hub")
        event = "push stored" if push else "source polled"
        log.info(event, extra={"source": source.id, "items": len(polled.drafts), "stored": stored})

    async def _known(self, draft: Draft) -> Article | None:
        for key in draft.keys:
            if found := await self.store.articles.find(key):
                return found
        return None

    async def _withdraw(self, source: Source, drafts: Sequence[Draft], now: datetime) -> int:
        """Mark what the publisher took back: this source's articles, and those of its own site."""
        marked = 0
        for draft in drafts:
            article = await self._known(draft)
            if article is None or article.withdrawn:
                continue
            if article.source_id == source.id or recognise.same_site(article.url, source.url):
                draft = replace(draft, url=article.url, title=article.title)
                status, _ = await self.store.articles.put(draft, source_id=source.id, now=now)
                marked += status is PutStatus.UPDATED
        return marked

    def _quiet(self, source: Source, drafts: Sequence[Draft]) -> frozenset[tuple[str, ...]]:
        """Keys of the back catalogue, as many have no URL: all but the newest few of a first poll."""
        if source.first_polled is not None:
            return frozenset()
        announced = 0 if source.quiet_start else self.first_items
        return frozenset(d.keys or (d.url,) for d in drafts[: max(len(drafts) - announced, 0)])

    async def _put(
        self, source: Source, drafts: Sequence[Draft], quiet: frozenset[tuple[str, ...]], now: datetime
    ) -> int:
        stored = 0
        pages: list[tuple[Article, Draft]] = []
        for draft in drafts:
            wanted = wants_page(draft, source)
            status, article = await self.store.articles.put(
                replace(draft, teaser=True) if wanted else draft,
                source_id=source.id,
                now=now,
                quiet=(draft.keys or (draft.url,)) in quiet,
                held=wanted,
            )
            stored += status in {PutStatus.NEW, PutStatus.UPDATED}
            if wanted:
                pages.append((article, draft))
        await self._want(source, pages, now)
        return stored

    async def _want(self, source: Source, pages: Sequence[tuple[Article, Draft]], now: datetime) -> None:
        """Have the pages of these articles read, one after the other, the newest first."""
        due_at = now
        for article, draft in reversed(pages):
            wish = Wish(draft.title, _seen(draft))
            own = article.source_id == source.id
            if await self.store.pages.want(article.id, wish, own=own, due_at=due_at):
                due_at += APART

    async def _changed(self, source: Source, polled: Polled) -> None:
        """Follow a permanent redirect, take the feed's title where there is none, keep its onion address."""
        if polled.permanent_url and await self.store.sources.find(polled.permanent_url) is None:
            log.info("source moved", extra={"source": source.id, "url": polled.permanent_url})
            await self.store.sources.change(source.id, url=polled.permanent_url)
        if polled.title and not source.title:
            await self.store.sources.change(source.id, title=polled.title)
        if polled.onion_url not in ("", source.onion_url):
            await self.store.sources.has_onion(source.id, polled.onion_url)

    async def _hub(self, source: Source, polled: Polled, now: datetime) -> None:
        """Keep a lease at the hub that the feed names now, and none where it names none."""
        if not self.hubs or source.kind is not SourceKind.FEED or polled.not_modified or polled.mirror:
            return
        lease = await self.store.hubs.of_source(source.id)
        if not (polled.hub and polled.topic):
            if lease:
                await self.store.hubs.forget(source.id)
        elif lease is None or (lease.hub, lease.topic) != (polled.hub, polled.topic):
            wanted = websub.new_lease(source_id=source.id, topic=polled.topic, hub=polled.hub)
            await self.store.hubs.keep(wanted, now)

    def _next(
        self,
        source: Source,
        now: datetime,
        hints: schedule.Hints,
        *,
        failures: int = 0,
        published: Sequence[datetime] = (),
    ) -> datetime:
        return schedule.next_poll(
            now,
            published=published,
            hints=hints,
            bounds=self.bounds,
            fixed=source.settings.interval,
            failures=failures,
            jitter=random.random(),
        )


def _oldest_first(drafts: Sequence[Draft]) -> list[Draft]:
    """By date; those without one as the feed has them, which is newest first, before all others."""
    newest_first = sorted(drafts, key=lambda d: d.published or LONG_AGO, reverse=True)
    return newest_first[::-1]


def _seen(draft: Draft) -> str:
    """A mark of what the feed says now; another mark means that the page may have changed."""
    said = "\n".join((*draft.title.split(), *draft.text.split(), str(draft.updated)))
    return sha256(said.encode("utf-8", "replace")).hexdigest()


def _usable(draft: Draft) -> bool:
    """Whether there is anything to store: an address to know it by, and a title or a text."""
    return bool(draft.keys or draft.url) and bool(draft.title.strip() or draft.text.strip())
