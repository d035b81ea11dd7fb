"""A stored article to passages, vectors and a place in a story.

Reads one article at a time on purpose: two reports of one event that are placed at once would each
begin a story. Where no embedder can be had, articles are placed and found by their words alone.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.news import cluster, passages, regroup
from bot.news.protocols import Embedder
from bot.storage.store import Store
from bot.types import Article, Claim, Passage, Signature
from bot.workers.loop import Bells, Clock

log = logging.getLogger(__name__)

WINDOW = timedelta(days=7)
"""How far from an article's time a story may be that it joins."""
CANDIDATES = 5000
NO_VECTORS: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Read:
    """The read stage."""

    store: Store
    embedder: Embedder | None
    clock: Clock
    bells: Bells

    async def step(self, claim: Claim) -> None:
        """Index one article and put it into a story."""
        article = await self.store.articles.get(claim.id)
        found = await asyncio.to_thread(passages.split, article.text, article.language)
        vectors = await self._vectors(article, found)
        signature = await asyncio.to_thread(cluster.sign, article, vectors=vectors)
        near = await self._near(article)
        placement = await asyncio.to_thread(cluster.place, signature, near)
        if article.story_id is not None:
            placement = replace(placement, story_id=article.story_id)
        review = await asyncio.to_thread(regroup.review, signature, placement, near)
        async with self.store.rows.finish(claim, due_at=None):
            await self.store.articles.index(
                article.id,
                revision=article.revision,
                passages=found,
                vectors=vectors[-len(found) :] if len(vectors) else NO_VECTORS,
                signature=signature,
            )
            await self._tell(article, review.story_id, copy_of=placement.copy_of)
            await self._regroup(review)
        self.bells.ring("write")

    async def _vectors(self, article: Article, found: list[Passage]) -> NDArray[np.float32]:
        """One row for the title, one for each passage; none without an embedder."""
        if self.embedder is None:
            return NO_VECTORS
        try:
            return await self.embedder.embed([article.title, *(p.text for p in found)])
        except ModelError as e:
            log.error("article not embedded", extra={"article": article.id, "error": str(e)})
            return NO_VECTORS

    async def _near(self, article: Article) -> list[Signature]:
        near = await self.store.stories.candidates(
            since=article.when - WINDOW,
            until=article.when + WINDOW,
            around=article.when,
            limit=CANDIDATES,
        )
        return [c for c in near if c.article_id != article.id and c.story_id is not None]

    async def _tell(self, article: Article, story_id: int | None, *, copy_of: int | None) -> None:
        """Put the article into its story; a changed article wakes the story that it is in."""
        now = self.clock()
        if copy_of != article.copy_of:
            await self.store.stories.mark_copy(article.id, copy_of)
        if article.story_id is not None:
            await self.store.stories.change(article.story_id, now=now, material=True)
        elif story_id is None:
            await self.store.stories.create(article.title, article.id, now)
        else:
            await self.store.stories.join(story_id, article.id, now, material=copy_of is None)

    async def _regroup(self, review: regroup.Review) -> None:
        """Make two stories one, or take one apart, as the evidence now stands."""
        now = self.clock()
        if review.merge:
            stays, goes = review.merge
            await self.store.stories.merge(stays, goes, now)
            log.info("stories merged", extra={"story": stays, "other": goes})
        if review.story_id is None:
            return
        for article_ids in review.leaving:
            new = await self.store.stories.split(review.story_id, article_ids, now)
            if new:
                log.info("story split", extra={"story": review.story_id, "new": new.id})
