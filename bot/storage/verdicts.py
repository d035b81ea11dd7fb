"""What was decided for a chat about a story, and what waits for a digest because of it.

Knows no limit and no clock: workers decide. Written in one transaction with the deliveries that the
decision makes, so a story over the limit waits here and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from bot.storage import queue
from bot.storage.columns import AnyRow, batched, insert_or_set
from bot.storage.database import Database
from bot.storage.tables import verdicts
from bot.types import Outcome, Verdict


class Verdicts:
    """The verdicts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, decided: Sequence[Verdict]) -> None:
        """Keep them; a later verdict replaces an earlier one about the same story."""
        rows = [_row(v) for v in decided]
        names = ("subscription_id", "outcome", "as_of", "at", "urgent", "score", "changed")

        def work(c: Connection) -> None:
            if rows:
                c.execute(insert_or_set(c, verdicts, *names), rows)

        await self._database.write(work)

    async def of_story(self, story_id: int) -> dict[int, Verdict]:
        """By chat."""
        query = select(verdicts).where(verdicts.c.story_id == story_id)
        return await self._database.read(lambda c: {r.chat_id: _verdict(r) for r in c.execute(query)})

    async def get(self, chat_id: int, story_id: int) -> Verdict | None:
        """What was decided, if anything."""
        query = select(verdicts).where(verdicts.c.chat_id == chat_id, verdicts.c.story_id == story_id)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _verdict(row)

    async def posts(
        self, subscription_ids: Collection[int], *, chat_ids: Collection[int], since: datetime
    ) -> dict[int, list[datetime]]:
        """When each of the subscriptions posted, or said what changed, since then.

        Holds the chats until the transaction ends, so that two stories don't both take the last place.
        """

        def work(c: Connection) -> dict[int, list[datetime]]:
            queue.lock(c, chat_ids)
            found: dict[int, list[datetime]] = defaultdict(list)
            for batch in batched(sorted(set(subscription_ids))):
                for row in c.execute(_posted(batch, since)):
                    posted = row.at if row.outcome == Outcome.POST.value else None
                    times = (posted, row.changed)
                    found[row.subscription_id] += [t for t in times if t is not None and t >= since]
            return found

        return await self._database.write(work)

    async def folded(self, subscription_id: int) -> list[int]:
        """The stories over its limit that no digest told yet, oldest first."""
        waiting = and_(
            verdicts.c.subscription_id == subscription_id, verdicts.c.outcome == Outcome.FOLDED.value
        )
        query = select(verdicts.c.story_id).where(waiting).order_by(verdicts.c.at, verdicts.c.story_id)
        return await self._database.read(lambda c: list(c.scalars(query)))

    async def changed(
        self, story_id: int, chat_ids: Collection[int], *, as_of: datetime, now: datetime
    ) -> None:
        """These chats are told what changed in the story, up to the report fetched at `as_of`."""

        def work(c: Connection) -> None:
            for batch in batched(sorted(set(chat_ids))):
                told = update(verdicts).where(verdicts.c.story_id == story_id, verdicts.c.chat_id.in_(batch))
                c.execute(told.values(changed=now, as_of=as_of))

        await self._database.write(work)

    async def told(self, subscription_id: int, story_ids: Collection[int]) -> None:
        """A digest told these, or had nothing more to tell of them: they wait no longer."""
        waiting = and_(
            verdicts.c.subscription_id == subscription_id, verdicts.c.outcome == Outcome.FOLDED.value
        )

        def work(c: Connection) -> None:
            for batch in batched(sorted(set(story_ids))):
                now_told = update(verdicts).where(waiting, verdicts.c.story_id.in_(batch))
                c.execute(now_told.values(outcome=Outcome.DIGEST.value))

        await self._database.write(work)


def _posted(subscription_ids: Sequence[int], since: datetime) -> Any:
    recent = or_(verdicts.c.at >= since, verdicts.c.changed >= since)
    columns = (verdicts.c.subscription_id, verdicts.c.outcome, verdicts.c.at, verdicts.c.changed)
    return select(*columns).where(verdicts.c.subscription_id.in_(subscription_ids), recent)


def _row(v: Verdict) -> dict[str, Any]:
    return {
        "chat_id": v.chat_id,
        "story_id": v.story_id,
        "subscription_id": v.subscription_id,
        "outcome": v.outcome.value,
        "as_of": v.as_of,
        "at": v.at,
        "urgent": v.urgent,
        "score": v.score,
        "changed": v.changed,
    }


def _verdict(row: AnyRow) -> Verdict:
    return Verdict(
        chat_id=row.chat_id,
        story_id=row.story_id,
        subscription_id=row.subscription_id,
        outcome=Outcome(row.outcome),
        as_of=row.as_of,
        at=row.at,
        urgent=row.urgent,
        score=row.score,
        changed=row.changed,
    )
