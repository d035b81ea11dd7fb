"""Stories and summaries: which articles tell of one event, and what was written about them.

Knows no clustering; it keeps what `news.cluster` decided. An article is in one story at most. A
story without articles goes; its id is never used again, since chats remember it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from bot.errors import NotFound
from bot.storage import former, regrouping, rows
from bot.storage.articles import SHOWN, article_of
from bot.storage.codec import summary_from_json, summary_to_json
from bot.storage.columns import AnyRow
from bot.storage.database import Database
from bot.storage.signatures import Signatures, middles
from bot.storage.tables import articles, stories, story_summaries
from bot.types import Article, Length, Signature, Story, Summary


class Stories:
    """The stories."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._signatures = Signatures()

    async def candidates(
        self, *, since: datetime, until: datetime, around: datetime | None = None, limit: int = 5000
    ) -> list[Signature]:
        """Signatures of articles with `since <= when <= until`, newest first; withdrawn left out.

        Of more than `limit` those nearest to `around`, or else the newest.
        """
        keep = not self._database.in_transaction
        return await self._database.read(
            lambda c: self._signatures.between(c, since, until, limit, around=around, keep=keep)
        )

    async def create(self, title: str, article_id: int, now: datetime) -> Story:
        """A new story led by the article (which leaves its old one), due at once. NotFound."""
        values = {"title": title, "created": now, "updated": now, "lead_id": article_id, "due_at": now}

        def work(c: Connection) -> Story:
            _leave(c, article_id)
            story_id = c.execute(insert(stories).values(values).returning(stories.c.id)).scalar_one()
            _place(c, article_id, story_id)
            return _get(c, story_id)

        return await self._database.write(work)

    async def join(self, story_id: int, article_id: int, now: datetime, *, material: bool = True) -> Story:
        """Put the article into the story; `material` makes a new revision. Wakes it. NotFound."""

        def work(c: Connection) -> Story:
            if _get(c, story_id).article_ids.count(article_id) == 0:
                _leave(c, article_id)
                _place(c, article_id, story_id)
            return _touch(c, story_id, now, {}, material=material)

        return await self._database.write(work)

    async def split(self, story_id: int, article_ids: Sequence[int], now: datetime) -> Story | None:
        """Articles of the story become a story of their own; both wake, and chats are not told twice.

        None where none of them, or nothing else, is in the story any more. NotFound.
        """

        def work(c: Connection) -> Story | None:
            lead = _get(c, story_id).lead_id
            new = regrouping.split(c, story_id, article_ids, now)
            if new is None:
                return None
            left = _get(c, story_id).article_ids
            _touch(c, story_id, now, {"lead_id": lead if lead in left else left[0]}, material=True)
            return _get(c, new)

        return await self._database.write(work)

    async def merge(self, story_id: int, other_id: int, now: datetime) -> Story:
        """The other story's articles join this one, which wakes; the other one goes. NotFound."""

        def work(c: Connection) -> Story:
            for known in (story_id, other_id):
                _get(c, known)
            regrouping.merge(c, story_id, other_id)
            return _touch(c, story_id, now, {}, material=True)

        return await self._database.write(work)

    async def mark_copy(self, article_id: int, copy_of: int | None) -> None:
        """Remember whose text the article repeats; None: it is its own."""
        marked = update(articles).where(articles.c.id == article_id).values(copy_of=copy_of)
        await self._database.write(lambda c: c.execute(marked).rowcount)

    async def leave(self, article_id: int) -> None:
        """Take the article out of its story; an empty story goes, a lost lead is replaced."""
        await self._database.write(lambda c: _leave(c, article_id))

    async def change(
        self,
        story_id: int,
        *,
        now: datetime,
        title: str | None = None,
        lead_id: int | None = None,
        material: bool = False,
    ) -> Story:
        """Change what is given; `material` makes a new revision. Wakes it. NotFound."""
        values: dict[str, Any] = {} if title is None else {"title": title}
        if lead_id is not None:
            values["lead_id"] = lead_id
        return await self._database.write(lambda c: _touch(c, story_id, now, values, material=material))

    async def get(self, story_id: int) -> Story:
        """The story of this number, or the one that it became part of. NotFound."""
        return await self._database.read(lambda c: _get(c, former.present(c, [story_id])[story_id]))

    async def get_many(self, story_ids: Sequence[int]) -> list[Story]:
        """The same of each, in the order asked, a story once; unknown numbers are left out."""

        def work(c: Connection) -> list[Story]:
            ids = list(dict.fromkeys(former.present(c, story_ids).values()))
            query = select(stories).where(stories.c.id.in_(ids))
            found = {s.id: s for s in _stories(c, c.execute(query).all())}
            return [found[i] for i in ids if i in found]

        return await self._database.read(work)

    async def of_article(self, article_id: int) -> Story | None:
        """The story that has the article."""
        of_article = select(articles.c.story_id).where(articles.c.id == article_id).scalar_subquery()
        query = select(stories).where(stories.c.id == of_article)
        return await self._database.read(lambda c: next(iter(_stories(c, c.execute(query).all())), None))

    async def articles(self, story_id: int) -> list[Article]:
        """In order of publication."""
        query = select(*SHOWN).where(articles.c.story_id == story_id)
        query = query.order_by(articles.c.happened, articles.c.id)
        return await self._database.read(lambda c: [article_of(r) for r in c.execute(query)])

    async def revised(self, story_id: int) -> dict[int, datetime]:
        """When the present revision of each of its articles was fetched, by article."""
        query = select(articles.c.id, articles.c.revised).where(articles.c.story_id == story_id)
        return await self._database.read(lambda c: {r.id: r.revised for r in c.execute(query)})

    async def vectors(self, story_ids: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The mean direction of each story's articles, shape (dimensions,), unit length.

        Stories that no embedder read are left out.
        """
        return await self._database.read(lambda c: middles(c, story_ids))

    async def put_summary(
        self, story_id: int, *, revision: int, length: Length, language: str, summary: Summary
    ) -> None:
        """Keep a summary of a revision; replaces the one of another revision."""
        key = {"story_id": story_id, "length": length.value, "language": language}
        row = {**key, "revision": revision, "summary": summary_to_json(summary)}

        def work(c: Connection) -> None:
            c.execute(delete(story_summaries).filter_by(**key))
            c.execute(insert(story_summaries).values(row))

        await self._database.write(work)

    async def summary(self, story_id: int, *, length: Length, language: str) -> tuple[Summary, int] | None:
        """The summary and the revision it was written for."""
        key = {"story_id": story_id, "length": length.value, "language": language}
        query = select(story_summaries.c.summary, story_summaries.c.revision).filter_by(**key)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else (summary_from_json(row.summary), row.revision)

    async def list(
        self,
        *,
        limit: int,
        since: datetime | None = None,
        before: datetime | None = None,
        following: Story | None = None,
    ) -> list[Story]:
        """Last updated first; `since` inclusive, `before` exclusive, `following` a story in this order."""
        query = select(stories).order_by(stories.c.updated.desc(), stories.c.id.desc()).limit(limit)
        if since is not None:
            query = query.where(stories.c.updated >= since)
        if before is not None:
            query = query.where(stories.c.updated < before)
        if following is not None:
            earlier = stories.c.updated < following.updated
            beside = and_(stories.c.updated == following.updated, stories.c.id < following.id)
            query = query.where(or_(earlier, beside))
        return await self._database.read(lambda c: _stories(c, c.execute(query).all()))


def _get(c: Connection, story_id: int) -> Story:
    found = _stories(c, c.execute(select(stories).where(stories.c.id == story_id)).all())
    if not found:
        raise NotFound(f"story {story_id}")
    return found[0]


def _stories(c: Connection, found: Sequence[AnyRow]) -> list[Story]:
    members: dict[int, list[int]] = {row.id: [] for row in found}
    query = select(articles.c.story_id, articles.c.id).where(articles.c.story_id.in_(members))
    for story_id, article_id in c.execute(query.order_by(articles.c.happened, articles.c.id)):
        members[story_id].append(article_id)
    return [
        Story(
            id=row.id,
            title=row.title,
            created=row.created,
            updated=row.updated,
            article_ids=tuple(members[row.id]),
            lead_id=row.lead_id,
            revision=row.revision,
        )
        for row in found
    ]


def _place(c: Connection, article_id: int, story_id: int) -> None:
    moved = update(articles).where(articles.c.id == article_id).values(story_id=story_id)
    if c.execute(moved).rowcount != 1:
        raise NotFound(f"article {article_id}")


def _touch(c: Connection, story_id: int, now: datetime, values: dict[str, Any], *, material: bool) -> Story:
    values = {**values, "updated": now}
    if material:
        values["revision"] = stories.c.revision + 1
    if c.execute(update(stories).where(stories.c.id == story_id).values(values)).rowcount != 1:
        raise NotFound(f"story {story_id}")
    rows.wake(c, "stories", story_id, now)
    return _get(c, story_id)


def _leave(c: Connection, article_id: int) -> None:
    story_id = c.scalar(select(articles.c.story_id).where(articles.c.id == article_id))
    if story_id is None:
        return
    c.execute(update(articles).where(articles.c.id == article_id).values(story_id=None))
    story = _get(c, story_id)
    if not story.article_ids:
        c.execute(delete(stories).where(stories.c.id == story_id))
    elif story.lead_id == article_id:
        lead = {"lead_id": story.article_ids[0]}
        c.execute(update(stories).where(stories.c.id == story_id).values(lead))
