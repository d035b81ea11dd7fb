"""Feeds and pages that are polled, with their settings, their memory of the server and their trouble.

Knows nothing of HTTP. A source's row is also its poll: `Rows.claim("sources")`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, insert, literal, or_, select, update

from bot.errors import Conflict, NotFound
from bot.storage.codec import settings_from_json, settings_to_json
from bot.storage.columns import AnyRow, Moment, beginning
from bot.storage.database import Database
from bot.storage.tables import sources
from bot.types import Source, SourceKind, SourceSettings, SourceState


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
        """Add a source, due at once. Raises Conflict when the URL is there."""
        values = {
            "url": url,
            "kind": kind.value,
            "title": title,
            "topic": topic.strip("/"),
            "state": SourceState.ACTIVE.value,
            "settings": settings_to_json(settings or SourceSettings()),
            "added": now,
            "due_at": now,
        }

        def work(c: Connection) -> Source:
            _refuse_twin(c, url)
            return _source(c.execute(insert(sources).values(values).returning(sources)).one())

        return await self._database.write(work)

    async def get(self, source_id: int) -> Source:
        """Raises NotFound."""
        return await self._database.read(lambda c: _get(c, source_id))

    async def find(self, url: str) -> Source | None:
        """The source with exactly this URL."""

        def work(c: Connection) -> Source | None:
            row = c.execute(select(sources).where(sources.c.url == url)).one_or_none()
            return None if row is None else _source(row)

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
        """Change what is given (None: leave). A new URL forgets the ETag. NotFound, Conflict."""
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
            "failures": 0,
            "failing_since": None,
            "last_error": "",
        }
        await self._database.write(lambda c: _update(c, source_id, values))

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
    if values.get("url", before.url) != before.url:
        _refuse_twin(c, values["url"])
        values = {**values, "etag": "", "last_modified": ""}
    if values:
        _update(c, source_id, values)
    return _get(c, source_id)


def _update(c: Connection, source_id: int, values: dict[str, Any]) -> None:
    if c.execute(update(sources).where(sources.c.id == source_id).values(values)).rowcount != 1:
        raise NotFound(f"source {source_id}")


def _refuse_twin(c: Connection, url: str) -> None:
    if c.execute(select(sources.c.id).where(sources.c.url == url)).first() is not None:
        raise Conflict(f"a source with the URL {url} exists")


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
    )
