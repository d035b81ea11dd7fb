"""Articles by hand: drafts through the very stages that a feed's articles take.

Knows no terminal: progress is a callback. The hard thing is that `newsbot run` may be at work on the
same store: every row is claimed, whoever gets it reads it, and this waits until all of them are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.app.house import House, clock
from bot.errors import StoreError
from bot.sources.files import Rejected
from bot.types import Article, Draft, PutStatus
from bot.workers.loop import Bells, Loop, Stage
from bot.workers.read import Read
from bot.workers.write import Write

Progress = Callable[[str, int, int], None]
"""What is being done, how much is done, how much there is."""

WAIT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of one draft."""

    status: PutStatus
    reason: str = ""
    url: str = ""
    article: Article | None = None


async def ingest(
    house: House,
    found: Iterable[Draft | Rejected],
    *,
    summaries: bool = True,
    progress: Progress = lambda what, done, total: None,
) -> list[Ingested]:
    """Store, read and (with `summaries`) write; one outcome for each draft, in order."""
    outcomes = [await _put(house, item) for item in found]
    changed = [o.article.id for o in outcomes if o.article and o.status is not PutStatus.UNCHANGED]
    bells = Bells()
    read = Read(store=house.store, embedder=house.embedder, clock=clock, bells=bells)
    await drain(
        house, Stage(name="read", table="articles", step=read.step), "reading", len(changed), progress
    )
    await _until_read(house, changed)
    write = Write(
        store=house.store, summarizer=house.summarizer if summaries else None, clock=clock, bells=bells
    )
    await drain(house, Stage(name="write", table="stories", step=write.step), "writing", 0, progress)
    return [await _fresh(house, o) for o in outcomes]


async def _put(house: House, item: Draft | Rejected) -> Ingested:
    if isinstance(item, Rejected):
        return Ingested(status=PutStatus.REJECTED, reason=item.reason, url=item.url)
    try:
        status, article = await house.store.articles.put(item, source_id=None, now=clock())
    except StoreError as e:
        return Ingested(status=PutStatus.REJECTED, reason=str(e), url=item.url)
    return Ingested(status=status, url=article.url, article=article)


async def drain(house: House, stage: Stage, what: str, total: int, progress: Progress) -> None:
    """Work until no row of the stage is due."""
    loop = Loop(stage, house.store.rows, clock=clock, bells=Bells())
    done = 0
    progress(what, done, total)
    while await loop.once():
        done += 1
        progress(what, done, max(total, done))


async def _until_read(house: House, ids: Sequence[int]) -> None:
    """Wait for articles that another process has in work."""
    async with asyncio.timeout(120):
        while any(a.story_id is None for a in await house.store.articles.get_many(ids)):
            await asyncio.sleep(WAIT)


async def _fresh(house: House, outcome: Ingested) -> Ingested:
    if outcome.article is None:
        return outcome
    article = await house.store.articles.get(outcome.article.id)
    return Ingested(status=outcome.status, reason=outcome.reason, url=outcome.url, article=article)
