"""A teaser's page to the article's full text.

A feed with teasers brings articles that are held back until their pages were read, each page a job of
its own: spaced when it was made, tried again where it may pass, and never in the way of its article
for longer than the first try. What can't be read stays a teaser and says so; a page that was read
once and is not there any more withdraws its article, while that of a new one may just be late.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import NotFound, SourceError
from bot.sources import items, recognise
from bot.sources.reader import Reader, may_pass, taken_down
from bot.storage.store import Store
from bot.types import Article, Claim, Draft, Source, SourceSettings
from bot.workers.loop import Bells, Clock

log = logging.getLogger(__name__)

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""Between two tries of a page that failed; after the last it is given up."""
SHRUNK = 0.3
"""A page that has so little of what it had is not the article any more: a pay wall, an error."""


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The page stage."""

    store: Store
    reader: Reader
    clock: Clock
    bells: Bells

    async def step(self, claim: Claim) -> None:
        """Read one page; trouble with it is recorded on its row."""
        page = await self.store.pages.get(claim.id)
        if page.article_id is None or claim.attempts > len(WAITS) + 1:
            await self._fail(claim, claim.id, "given up", None)
            return
        article = await self.store.articles.get(page.article_id)
        source = await self._source(article)
        settings = source.settings if source else SourceSettings()
        draft = replace(_draft(article), title=page.title or article.title)
        try:
            full = await self.reader.page(draft, settings, source_url=source.url if source else "")
        except SourceError as e:
            if not (page.known and taken_down(e)):
                await self._failed(claim, article, e)
                return
            full = replace(draft, text="", withdrawn=True)
        if not full.withdrawn and len(full.text) < len(article.text) * SHRUNK:
            full = replace(full, text=article.text)
        full = replace(full, published=items.believed(full.published, self.clock()))
        async with self.store.rows.finish(claim, due_at=None):
            await self.store.pages.was_read(claim.id, full, now=self.clock(), keys_of=recognise.keys)
        self.bells.ring("read")

    async def give_up(self, claim: Claim, error: Exception) -> bool:
        """A page that broke the reading is given up: its article is read without it."""
        await self._fail(claim, claim.id, f"reading it failed ({type(error).__name__})", None)
        return True

    async def _source(self, article: Article) -> Source | None:
        """Its source; none where that was removed."""
        if article.source_id is None:
            return None
        try:
            return await self.store.sources.get(article.source_id)
        except NotFound:
            return None

    async def _failed(self, claim: Claim, article: Article, error: SourceError) -> None:
        again: datetime | None = None
        if may_pass(error) and claim.attempts <= len(WAITS):
            wait = WAITS[claim.attempts - 1]
            again = self.clock() + max(wait, timedelta(seconds=error.retry_after or 0))
        await self._fail(claim, article.id, error.reason, again)

    async def _fail(self, claim: Claim, row: int, reason: str, again: datetime | None) -> None:
        async with self.store.transaction():
            await self.store.rows.retry(claim, due_at=again, error=reason)
            await self.store.pages.failed(claim.id, now=self.clock())
        log.info("page not read", extra={"row": row, "error": reason, "again": again is not None})
        self.bells.ring("read")


def _draft(article: Article) -> Draft:
    return Draft(
        url=article.url,
        title=article.title,
        text=article.text if article.teaser else "",
        keys=(),
        outlet=article.outlet,
        byline=article.byline,
        language=article.language,
        published=article.published,
        teaser=True,
    )
