"""The store: one door to everything that is kept, on SQLite or PostgreSQL.

Knows no stage and no platform. Every method of its rooms is safe to call from any task; inside
`transaction()` they all join it. Use a transaction from one task only, and wait for nothing
slow inside: on SQLite there is one writer.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.storage.articles import Articles
from bot.storage.chats import Chats
from bot.storage.database import Database
from bot.storage.inbox import Inbox
from bot.storage.meta import Meta
from bot.storage.outbox import Outbox
from bot.storage.rows import Rows
from bot.storage.search import Search
from bot.storage.sources import Sources
from bot.storage.stories import Stories
from bot.storage.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `Store.prune` took away."""

    inbox: int
    deliveries: int


class Store:
    """An open store; `await Store.open(url)`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sources = Sources(database)
        self.articles = Articles(database)
        self.stories = Stories(database)
        self.search = Search(database)
        self.chats = Chats(database)
        self.subscriptions = Subscriptions(database)
        self.inbox = Inbox(database)
        self.outbox = Outbox(database)
        self.rows = Rows(database)
        self.meta = Meta(database)

    @classmethod
    async def open(cls, url: str, *, migrate: bool = True) -> Store:
        """Open `sqlite:///PATH` (made where absent, folder 0700, file 0600) or `postgresql://...`.

        Brings the tables up to date, or with `migrate=False` refuses an old database. Raises
        StoreError: not reachable, not a database, newer than this newsbot.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Close every connection; a second close does nothing."""
        raise NotImplementedError

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Everything inside commits together or not at all; nested, it joins the outer one."""
        return self._database.transaction()

    async def backup(self, path: Path) -> None:
        """A consistent copy into a new file (SQLite). Raises StoreError: exists, PostgreSQL, no room."""
        raise NotImplementedError

    async def prune(self, now: datetime, keep: timedelta) -> Pruned:
        """Take away handled messages and texts of deliveries older than `keep`.

        What still prevents a second sending stays, as does where stories were posted.
        """
        raise NotImplementedError
