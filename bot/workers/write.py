"""A new or changed story to its summary, and to a delivery for every subscription that wants it by itself.

The deliveries, the verdicts behind them and the row commit together, so a story is told either to all or
not yet. Who is told what is in `telling`; here it is one step of the stage.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.chat.forms import Form
from bot.chat.services import Summarizer
from bot.chat.window import is_news
from bot.storage.store import Store
from bot.types import Claim
from bot.workers.changed import Following
from bot.workers.loop import Bells, Clock
from bot.workers.summaries import summary_in
from bot.workers.tell import Telling

log = logging.getLogger(__name__)


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
        summary = await summary_in(
            Form(), store=self.store, summarizer=self.summarizer, story=story, articles=articles
        )
        queued = 0
        if news:
            telling = await Telling.prepare(self.store, self.summarizer, story, articles, now=self.clock())
            following = await Following.prepare(telling, self.summarizer)
            async with self.store.rows.finish(claim, due_at=None):
                queued = await telling.commit() + await following.commit()
        else:
            async with self.store.rows.finish(claim, due_at=None):
                pass
        self.bells.ring("deliver", "digest")
        log.info("story written", extra={"story": story.id, "method": summary.method, "deliveries": queued})
