"""The store: one door to everything that is kept, on SQLite or PostgreSQL.

Knows no stage and no platform. Every method of its rooms is safe to call from any task; inside
`transaction()` they all join it. Use a transaction from one task only, and wait for nothing
slow inside: on SQLite there is one writer.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StoreError
from bot.storage.articles import Articles
from bot.storage.chats import Chats
from bot.storage.database import Database
from bot.storage.folds import Folds
from bot.storage.hubs import Hubs
from bot.storage.inbox import Inbox
from bot.storage.index import Index
from bot.storage.links import Links
from bot.storage.meta import Meta
from bot.storage.migrate import migrate as bring_up_to_date
from bot.storage.moves import Moves
from bot.storage.outbox import Outbox
from bot.storage.pages import Pages
from bot.storage.prune import Pruned, prune
from bot.storage.rows import Rows
from bot.storage.search import Search
from bot.storage.sources import Sources
from bot.storage.stories import Stories
from bot.storage.subscriptions import Subscriptions
from bot.storage.verdicts import Verdicts
from bot.storage.votes import Votes

__all__ = ["Pruned", "Store"]


class Store:
    """An open store; `await Store.open(url)`."""

    def __init__(self, database: Database, index: Index, timezone: str) -> None:
        self._database = database
        self.sources = Sources(database)
        self.hubs = Hubs(database)
        self.articles = Articles(database, index)
        self.pages = Pages(database)
        self.stories = Stories(database)
        self.search = Search(database, index)
        self.chats = Chats(database, timezone)
        self.subscriptions = Subscriptions(database)
        self.verdicts = Verdicts(database)
        self.votes = Votes(database)
        self.inbox = Inbox(database)
        self.outbox = Outbox(database)
        self.moves = Moves(database)
        self.folds = Folds(database)
        self.links = Links(database)
        self.rows = Rows(database)
        self.meta = Meta(database)

    @classmethod
    async def open(cls, url: str, *, migrate: bool = True, timezone: str = "UTC") -> Store:
        """Open `sqlite:///PATH` (made where absent, folder 0700, file 0600) or `postgresql://...`.

        Brings the tables up to date, or with `migrate=False` refuses an old database. `timezone` is what
        new chats start with. Raises StoreError: not reachable, not a database, newer than this newsbot.
        """
        database, index = await _open(_parsed(url))
        try:
            await database.write(lambda c: bring_up_to_date(c, allowed=migrate))
        except BaseException:
            await database.close()
            raise
        return cls(database, index, timezone)

    async def close(self) -> None:
        """Close every connection; a second close does nothing."""
        await self._database.close()

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Everything inside commits together or not at all; nested, it joins the outer one."""
        return self._database.transaction()

    async def backup(self, path: Path) -> None:
        """A consistent copy into a new file (SQLite). Raises StoreError: exists, PostgreSQL, no room."""
        await self._database.backup(path)

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        """Take away handled messages and texts of deliveries older than `keep`.

        What still prevents a second sending stays, as does where stories were posted.
        """
        return await self._database.write(lambda c: prune(c, now, keep))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError("the store's URL can't be read: sqlite:///PATH or postgresql://...") from error


async def _open(url: URL) -> tuple[Database, Index]:
    """The adapters are imported here, so that SQLite needs no driver of PostgreSQL."""
    kind = url.get_backend_name()
    if kind == "sqlite":
        from bot.storage.index_sqlite import SqliteIndex
        from bot.storage.sqlite import SqliteDatabase

        return await SqliteDatabase.open(url), SqliteIndex()
    if kind == "postgresql":
        from bot.storage.index_postgres import PostgresIndex
        from bot.storage.postgres import PostgresDatabase

        return await PostgresDatabase.open(url), PostgresIndex()
    raise StoreError(f"the store can't be a {kind} database: sqlite:///PATH or postgresql://...")
