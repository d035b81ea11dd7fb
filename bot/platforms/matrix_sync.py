"""What a sync brought becomes Messages, each exactly once, in order, whatever breaks on the way.

It knows no nio and no login. The hard thing is the position: it moves only after everything of a
sync was received, gaps in the timeline are fetched first, and what can't be read yet is kept
in the same file as the position until its key comes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from bot.errors import ChatGone, NotAuthorised
from bot.platforms import matrix_events as events
from bot.platforms.matrix_errors import Refusal, error_of
from bot.platforms.matrix_folder import Folder, Progress, Waiting
from bot.platforms.matrix_rooms import Connection, Rooms
from bot.types import Message

log = logging.getLogger(__name__)
T = TypeVar("T")
Receive = Callable[[Message], Awaitable[None]]

REMEMBERED = 5_000
"""Events whose sender is remembered, to know a reply to the bot without asking."""
WAITING_AT_MOST = 500
OVERLAP_MS = 600_000
"""How far servers' clocks may be apart; what is read twice by it, the inbox knows."""
LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as JSON; `locked` while its room key is missing."""

    event: Mapping[str, Any]
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened in a room, oldest first; `gap` is where earlier events are to be fetched."""

    room_id: str
    state: tuple[Mapping[str, Any], ...]
    happenings: tuple[Happening, ...]
    gap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One sync."""

    position: str
    joined: tuple[Timeline, ...]
    left: tuple[str, ...]
    keys: bool
    """Room keys came: what could not be read may be now."""


class Source(Connection, Protocol):
    """What is needed of the client."""

    async def page(self, room_id: str, start: str, until: str) -> tuple[list[Happening], str]:
        """A page of a room's past, newest first, and where the next one starts (empty: nowhere)."""

    def opened(self, waiting: Waiting) -> Mapping[str, Any] | None:
        """The event in clear, or None while its key is missing."""


def pause(tries: int) -> float:
    """Seconds to wait after so many failures."""
    return min(0.5 * 2.0 ** min(tries - 1, 10), LONGEST_PAUSE)


def _time(event: Mapping[str, Any]) -> int:
    when = event.get("origin_server_ts")
    return when if isinstance(when, int) else 0


def _now_ms() -> int:
    return int(time.time() * 1000)


class Reader:
    """Reads one account's batches."""

    def __init__(
        self, source: Source, rooms: Rooms, folder: Folder, *, clock: Callable[[], int] = _now_ms
    ) -> None:
        self._clock = clock
        self._source = source
        self._rooms = rooms
        self._folder = folder
        self._progress = folder.progress()
        self._senders: OrderedDict[str, str] = OrderedDict()
        self._fresh = True
        self._after: int | None = None
        """While reading without a position: older events were received already, in milliseconds."""

    @property
    def position(self) -> str:
        """Everything before this sync token was received; empty: never synced."""
        return self._progress.position

    def lost(self) -> None:
        """The server forgot the position: the next batch begins at the time up to which all was received."""
        self._after = max(self._progress.seen - OVERLAP_MS, 0)
        self._progress = replace(self._progress, position="")

    def sent(self, event_id: str) -> None:
        """Remember an event as the bot's own."""
        self._remember(event_id, self._source.user_id)

    async def digest(self, batch: Batch, receive: Receive) -> dict[str, str]:
        """Receive all of a batch, then move the position; the last message of each room comes back.

        Raises NotAuthorised; everything else is tried until it works.
        """
        if not self.position and self._after is None:
            # The account's first sync ever: what was said before the bot existed stays unanswered.
            await self._advance(batch, ())
            self._note(batch)
            await self._settle(batch)
            return {}
        self._note(batch)
        last: dict[str, str] = {}
        waiting = await self._retry_waiting(batch, receive, last)
        for timeline in batch.joined:
            for happening in await self._whole(timeline):
                if happening.event.get("sender") == self._source.user_id:
                    self.sent(str(happening.event.get("event_id", "")))
                elif happening.locked:
                    waiting.append(self._lay_by(timeline.room_id, happening.event))
                else:
                    await self._deliver(timeline.room_id, happening.event, receive, last)
        await self._settle(batch)
        await self._advance(batch, tuple(waiting[-WAITING_AT_MOST:]))
        self._fresh, self._after = False, None
        return last

    def _note(self, batch: Batch) -> None:
        for timeline in batch.joined:
            for event in (*timeline.state, *(h.event for h in timeline.happenings)):
                self._rooms.note(timeline.room_id, event)

    async def _settle(self, batch: Batch) -> None:
        await self._rooms.settle([timeline.room_id for timeline in batch.joined], batch.left)

    async def _advance(self, batch: Batch, waiting: tuple[Waiting, ...]) -> None:
        times = [_time(h.event) for timeline in batch.joined for h in timeline.happenings]
        seen = max((self._progress.seen, *(t for t in times if t <= self._clock())))
        progress = Progress(position=batch.position, waiting=waiting, seen=seen)
        if progress == self._progress:
            return
        await self._insist(lambda: asyncio.to_thread(self._folder.keep_progress, progress), "position kept")
        self._progress = progress

    async def _whole(self, timeline: Timeline) -> list[Happening]:
        """The timeline with its gap filled, from where the bot was asked in."""
        happenings = list(timeline.happenings)
        start, own = timeline.gap, self._source.user_id
        while start:
            page = partial(self._page, timeline.room_id, start)
            start, earlier = await self._insist(page, "gap filled")
            happenings = [*reversed(earlier), *happenings]
        kept = events.after_invitation([h.event for h in happenings], own)
        return [h for h in happenings[len(happenings) - len(kept) :] if not self._known(h.event)]

    def _known(self, event: Mapping[str, Any]) -> bool:
        """Whether it is from before the position that the server forgot."""
        return self._after is not None and _time(event) < self._after

    async def _page(self, room_id: str, start: str) -> tuple[str, list[Happening]]:
        """The next start and a page; a room that may no longer be read has no more pages."""
        try:
            page, following = await self._source.page(room_id, start, self.position)
        except ChatGone:
            return "", []
        asked_in = len(events.after_invitation([h.event for h in reversed(page)], self._source.user_id))
        done = not page or following == start or asked_in < len(page) or self._known(page[-1].event)
        return ("" if done else following), page

    async def _retry_waiting(self, batch: Batch, receive: Receive, last: dict[str, str]) -> list[Waiting]:
        """Receive what a new key opened; the rest goes on waiting."""
        if not (batch.keys or self._fresh):
            return list(self._progress.waiting)
        still = []
        for waiting in self._progress.waiting:
            clear = self._source.opened(waiting)
            if clear is None:
                still.append(waiting)
            elif waiting.room_id in self._source.rooms:
                await self._deliver(waiting.room_id, clear, receive, last)
        return still

    def _lay_by(self, room_id: str, event: Mapping[str, Any]) -> Waiting:
        facts = {"room": room_id, "event": event.get("event_id"), "sender": event.get("sender")}
        log.warning("message can't be decrypted yet; kept until its key comes", extra=facts)
        return Waiting(room_id=room_id, event=event)

    async def _deliver(
        self, room_id: str, event: Mapping[str, Any], receive: Receive, last: dict[str, str]
    ) -> None:
        self._remember(str(event.get("event_id", "")), str(event.get("sender", "")))
        room = self._rooms.view(room_id)
        matters = not room.private or bool(events.thumb(event)[0])
        to_bot = matters and await self._replies_to_bot(room, event)
        message = events.read(event, room, to_bot=to_bot)
        if message is not None:
            await self._insist(lambda: receive(message), "message received")
            last[room_id] = message.message_id

    async def _replies_to_bot(self, room: events.Room, event: Mapping[str, Any]) -> bool:
        kind = event.get("type")
        replied = events.reply_target(event) if kind == "m.room.message" else ""
        target = replied or events.thumb(event)[0]
        if not target or event.get("sender") == room.own_id:
            return False
        if target not in self._senders:
            sender = await self._insist(lambda: self._sender(room.room_id, target), "reply looked up")
            self._remember(target, sender)
        return self._senders[target] == room.own_id

    async def _sender(self, room_id: str, event_id: str) -> str:
        """Who sent an event; empty when the server does not have it or does not show it."""
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/event/{quote(event_id, safe='')}"
        status, answer = await self._source.call("GET", path, {})
        if status >= 500 or status in {401, 429}:
            raise error_of(Refusal.of(status, answer))
        return str(answer.get("sender", ""))

    def _remember(self, event_id: str, sender: str) -> None:
        self._senders[event_id] = sender
        if len(self._senders) > REMEMBERED:
            self._senders.popitem(last=False)

    async def _insist(self, step: Callable[[], Awaitable[T]], goal: str) -> T:
        """Until it works: giving up would lose what a person said."""
        tries = 0
        while True:
            try:
                return await step()
            except NotAuthorised:
                raise
            except Exception:
                tries += 1
                log.exception("failed, will be tried again", extra={"goal": goal, "tries": tries})
            await asyncio.sleep(pause(tries))
