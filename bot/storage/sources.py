"""Feeds and pages that are polled, with their settings, their memory of the server and their trouble.

Knows nothing of HTTP. A source's row is also its poll: `Rows.claim("sources")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, insert, literal, or_, select, update

from bot.errors import Conflict, NotFound
from bot.storage.codec import settings_from_json, settings_to_json
from bot.storage.columns import AnyRow, Moment, batched, beginning
from bot.storage.database import Database
from bot.storage.tables import former_urls, sources
from bot.types import NewSource, Source, SourceKind, SourceSettings, SourceState

UNTROUBLED: dict[str, Any] = {"failures": 0, "failing_since": None, "last_error": ""}
"""A source that has not failed, or has not failed since an admin did something about it."""


class Sources:
    """The sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        url: str,
        *,
        kind: SourceKind,
        title: str = "",
        topic: str = "",
        settings: SourceSettings | None = None,
        now: datetime,
    ) -> Source:
        """Add a source, due at once. Raises Conflict when a source has, or had, the URL."""
        new = NewSource(url=url, kind=kind, title=title, topic=topic, settings=settings or SourceSettings())
        added = await self.add_all([new], now=now)
        if not added:
            raise Conflict(f"a source with the URL {url} exists")
        return added[0]

    async def add_all(self, new: Sequence[NewSource], *, now: datetime) -> list[Source]:
        """Add sources together; those whose URL a source has, or had, are left out."""

        def work(c: Connection) -> list[Source]:
            known = _known(c, [n.url for n in new])
            rows = {n.url: _row(n, now) for n in new if n.url not in known}
            if not rows:
                return []
            added = insert(sources).returning(sources, sort_by_parameter_order=True)
            return [_source(row) for row in c.execute(added, list(rows.values()))]

        return await self._database.write(work)

    async def get(self, source_id: int) -> Source:
        """Raises NotFound."""
        return await self._database.read(lambda c: _get(c, source_id))

    async def find(self, url: str) -> Source | None:
        """The source with exactly this URL, or else the one that moved away from it."""
        former = select(former_urls.c.source_id).where(former_urls.c.url == url).scalar_subquery()

        def work(c: Connection) -> Source | None:
            for place in (sources.c.url == url, sources.c.id == former):
                row = c.execute(select(sources).where(place)).one_or_none()
                if row is not None:
                    return _source(row)
            return None

        return await self._database.read(work)

    async def change(
        self,
        source_id: int,
        *,
        url: str | None = None,
        kind: SourceKind | None = None,
        title: str | None = None,
        topic: str | None = None,
        state: SourceState | None = None,
        settings: SourceSettings | None = None,
    ) -> Source:
        """Change what is given (None: leave). NotFound, Conflict.

        A new URL forgets the ETag, and the old one still leads here. A new URL, and taking it up again,
        forget the failures.
        """
        values: dict[str, Any] = {
            "url": url,
            "kind": None if kind is None else kind.value,
            "title": title,
            "topic": None if topic is None else topic.strip("/"),
            "state": None if state is None else state.value,
            "settings": None if settings is None else settings_to_json(settings),
        }
        values = {name: value for name, value in values.items() if value is not None}
        return await self._database.write(lambda c: _change(c, source_id, values))

    async def remove(self, source_id: int) -> None:
        """Forget the source; its articles stay, without a source. NotFound."""

        def work(c: Connection) -> None:
            if c.execute(delete(sources).where(sources.c.id == source_id)).rowcount != 1:
                raise NotFound(f"source {source_id}")

        await self._database.write(work)

    async def polled(self, source_id: int, *, now: datetime, etag: str = "", last_modified: str = "") -> None:
        """A poll reached the source: remember the validators, forget the failures."""
        values = {
            "polled": now,
            "first_polled": case(
                (sources.c.first_polled.is_(None), literal(now, Moment())), else_=sources.c.first_polled
            ),
            "etag": etag,
            "last_modified": last_modified,
            **UNTROUBLED,
        }
        await self._database.write(lambda c: _update(c, source_id, values))

    async def has_onion(self, source_id: int, onion_url: str) -> None:
        """The site named its own .onion address for this source. NotFound."""
        await self._database.write(lambda c: _update(c, source_id, {"onion_url": onion_url}))

    async def failed(self, source_id: int, *, now: datetime, error: str) -> None:
        """A poll failed: count it, remember since when."""
        values = {
            "failures": sources.c.failures + 1,
            "failing_since": case(
                (sources.c.failing_since.is_(None), literal(now, Moment())), else_=sources.c.failing_since
            ),
            "last_error": error,
        }
        await self._database.write(lambda c: _update(c, source_id, values))

    async def topics(self) -> list[str]:
        """Every topic in use, sorted."""
        used = select(sources.c.topic).where(sources.c.topic != "").distinct()
        return sorted(await self._database.read(lambda c: list(c.scalars(used))))

    async def list(self, *, topic: str | None = None, state: SourceState | None = None) -> list[Source]:
        """In order of addition; `topic` includes the topics below it (`world` has `world/asia`)."""
        query = select(sources).order_by(sources.c.id)
        if topic is not None:
            query = query.where(within(topic))
        if state is not None:
            query = query.where(sources.c.state == state.value)
        return await self._database.read(lambda c: [_source(row) for row in c.execute(query)])


def within(topic: str) -> Any:
    """The condition that a source is of this topic or one below it."""
    topic = topic.strip("/")
    return or_(sources.c.topic == topic, beginning(sources.c.topic, f"{topic}/"))


def _get(c: Connection, source_id: int) -> Source:
    row = c.execute(select(sources).where(sources.c.id == source_id)).one_or_none()
    if row is None:
        raise NotFound(f"source {source_id}")
    return _source(row)


def _change(c: Connection, source_id: int, values: dict[str, Any]) -> Source:
    before = _get(c, source_id)
    url = values.get("url", before.url)
    if url != before.url:
        if c.execute(select(sources.c.id).where(sources.c.url == url)).first() is not None:
            raise Conflict(f"a source with the URL {url} exists")
        c.execute(delete(former_urls).where(former_urls.c.url.in_([url, before.url])))
        c.execute(insert(former_urls).values(url=before.url, source_id=source_id))
        values = {**values, "etag": "", "last_modified": "", "onion_url": "", **UNTROUBLED}
    if before.state is not SourceState.ACTIVE and values.get("state") == SourceState.ACTIVE.value:
        values = {**values, **UNTROUBLED}
    if values:
        _update(c, source_id, values)
    return _get(c, source_id)


def _update(c: Connection, source_id: int, values: dict[str, Any]) -> None:
    if c.execute(update(sources).where(sources.c.id == source_id).values(values)).rowcount != 1:
        raise NotFound(f"source {source_id}")


def _known(c: Connection, urls: Sequence[str]) -> set[str]:
    """Which of these URLs a source has or had."""
    columns = (sources.c.url, former_urls.c.url)
    return {
        url
        for lot in batched(urls)
        for column in columns
        for url in c.scalars(select(column).where(column.in_(lot)))
    }


def _row(new: NewSource, now: datetime) -> dict[str, Any]:
    return {
        "url": new.url,
        "kind": new.kind.value,
        "title": new.title,
        "topic": new.topic.strip("/"),
        "state": SourceState.ACTIVE.value,
        "settings": settings_to_json(new.settings),
        "added": now,
        "scope": new.url,
        "quiet_start": new.quiet_start,
        "due_at": new.due_at or now,
    }


def _source(row: AnyRow) -> Source:
    return Source(
        id=row.id,
        url=row.url,
        kind=SourceKind(row.kind),
        title=row.title,
        topic=row.topic,
        state=SourceState(row.state),
        settings=settings_from_json(row.settings),
        added=row.added,
        etag=row.etag,
        last_modified=row.last_modified,
        polled=row.polled,
        first_polled=row.first_polled,
        failures=row.failures,
        failing_since=row.failing_since,
        last_error=row.last_error,
        due_at=row.due_at,
        scope=row.scope,
        onion_url=row.onion_url,
        quiet_start=row.quiet_start,
    )
