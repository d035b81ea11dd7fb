"""Pages still to be read for articles of which a feed has only a teaser.

Knows nothing of HTTP. A page's row is also its job: `Rows.claim("pages")`. It is made in the same
transaction as its article, which is held back from reading meanwhile: until its page is there, or was
asked for once in vain. The row stays, so that a feed which changes its teaser has the page read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from bot.errors import NotFound
from bot.storage.columns import insert_new, storable
from bot.storage.database import Database
from bot.storage.put import fill
from bot.storage.rows import UNLEASED, wake
from bot.storage.tables import articles, pages
from bot.types import Draft, PutStatus

FRESH = timedelta(days=1)
SOON, LATER = timedelta(hours=1), timedelta(days=1)
"""How long a page that was read is left alone, of a fresh article and of an older one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article's page."""

    article_id: int | None
    """None when the article turned out to be another one."""
    title: str
    """As the feed has it now."""
    known: bool
    """It was read before."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a feed says of an article whose page should be read."""

    title: str
    seen: str
    """A mark of the teaser."""


class Pages:
    """The pages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def want(self, article_id: int, wish: Wish, *, own: bool, due_at: datetime) -> bool:
        """Have the article's page read, unless it was for the same wish; whether it is due at `due_at`.

        A page that was read is read again at the wish of the article's own source only: two sources
        with two teasers must not take turns.
        """
        return await self._database.write(lambda c: _want(c, article_id, wish, own, due_at))

    async def get(self, page_id: int) -> Page:
        """Raises NotFound."""
        query = select(pages.c.article_id, pages.c.title, pages.c.read).where(pages.c.id == page_id)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound(f"page {page_id}")
        return Page(article_id=row.article_id, title=row.title, known=row.read is not None)

    async def was_read(
        self, page_id: int, draft: Draft, *, now: datetime, keys_of: Callable[[str], Sequence[str]]
    ) -> PutStatus:
        """Put what the page brought into its article; for the body of `Rows.finish`.

        An article that was held is due for reading with the new text. One that nobody read yet and
        whose page names another stored article as itself becomes that one. `keys_of` gives the keys of
        an address.
        """

        def work(c: Connection) -> PutStatus:
            query = select(pages.c.article_id, pages.c.read, articles.c.teaser).where(pages.c.id == page_id)
            row = c.execute(query.join(articles, articles.c.id == pages.c.article_id)).one_or_none()
            c.execute(update(pages).where(pages.c.id == page_id).values(read=now))
            if row is None:
                return PutStatus.UNCHANGED
            # Another source may have brought the whole text meanwhile: then this is no news.
            wanted = row.teaser or row.read is not None
            status = fill(c, row.article_id, draft, now, keys_of) if wanted else PutStatus.UNCHANGED
            _release(c, row.article_id, now)
            return status

        return await self._database.write(work)

    async def failed(self, page_id: int, *, now: datetime) -> None:
        """The page could not be read now: its article is read as it is."""

        def work(c: Connection) -> None:
            article_id = c.scalar(select(pages.c.article_id).where(pages.c.id == page_id))
            if article_id is not None:
                _release(c, article_id, now)

        await self._database.write(work)

    async def unread(self, source_id: int) -> dict[str, int]:
        """How many of a source's articles are only teasers since their pages failed, by the error."""
        query = (
            select(pages.c.last_error, func.count())
            .join(articles, articles.c.id == pages.c.article_id)
            .where(articles.c.source_id == source_id, articles.c.teaser, pages.c.last_error != "")
            .group_by(pages.c.last_error)
        )
        return await self._database.read(lambda c: {row[0]: row[1] for row in c.execute(query)})

    async def waiting(self) -> int:
        """How many pages are still to be read."""
        query = select(func.count()).select_from(pages).where(pages.c.due_at.is_not(None))
        return await self._database.read(lambda c: c.scalar(query) or 0)

    async def tidy(self) -> int:
        """Take away the rows whose article is gone; how many."""
        gone = delete(pages).where(pages.c.article_id.is_(None), pages.c.lease_token.is_(None))
        return await self._database.write(lambda c: c.execute(gone).rowcount)


def _want(c: Connection, article_id: int, wish: Wish, own: bool, due_at: datetime) -> bool:
    known = c.execute(select(pages).where(pages.c.article_id == article_id)).one_or_none()
    article = c.execute(
        select(articles.c.teaser, articles.c.happened).where(articles.c.id == article_id)
    ).one()
    values = {"title": storable(wish.title), "seen": wish.seen}
    if known is None:
        if article.teaser:
            c.execute(insert_new(c, pages), {**values, "article_id": article_id, "due_at": due_at})
        return bool(article.teaser)
    if known.seen == wish.seen or not own:
        return False
    pause = SOON if due_at - article.happened < FRESH else LATER
    due = due_at if known.read is None else max(due_at, known.read + pause)
    c.execute(update(pages).where(pages.c.id == known.id).values(**values, attempts=0))
    wake(c, "pages", known.id, due)
    return due == due_at


def _release(c: Connection, article_id: int, now: datetime) -> None:
    """Make a held article due for reading."""
    held = (articles.c.story_id.is_(None), articles.c.due_at.is_(None), articles.c.lease_token.is_(None))
    values = {"due_at": now, "attempts": 0, **UNLEASED}
    c.execute(update(articles).where(articles.c.id == article_id, *held).values(values))
