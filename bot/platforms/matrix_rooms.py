"""Which rooms the bot is in: invitations answered, upgrades followed, empty rooms left.

It knows no nio: rooms come as they are, requests go through `call`. The hard thing is that none
of it may stop the reading of messages: what fails is tried again at the next sync.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from bot.errors import PlatformError, RetryAfter
from bot.platforms import matrix_events as events
from bot.platforms.matrix_errors import Refusal, error_of

log = logging.getLogger(__name__)

A_ROUND = 10
"""Invitations answered after one sync, so that a flood of them delays nobody's answer for long."""


class Connection(Protocol):
    """What is needed of the client."""

    user_id: str
    rooms: dict[str, Any]
    invited_rooms: dict[str, Any]

    async def call(self, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """One request: status and answer."""


class Rooms:
    """The account's rooms."""

    def __init__(self, client: Connection, allowed: Sequence[str]) -> None:
        self._client = client
        self._allowed = tuple(allowed)
        self._creators: dict[str, frozenset[str]] = {}
        self._powers: dict[str, events.Event] = {}
        """Power levels as they stand: nio keeps those that are gone, and knows none that are text."""
        self._joined: dict[str, set[str]] = {}
        """Members as they stand: nio overlooks one whose event has something odd in it."""
        self._followed: set[str] = set()

    def note(self, room_id: str, event: events.Event) -> None:
        """Remember what later reading needs; call it for every state event."""
        kind, key, content = event.get("type"), event.get("state_key"), events.content(event)
        if kind == "m.room.create":
            self._creators[room_id] = events.creators(event)
        elif kind == "m.room.power_levels" and key == "":
            self._powers[room_id] = content
        elif kind == "m.room.member" and isinstance(key, str):
            here = self._joined.setdefault(room_id, set())
            (here.add if content.get("membership") == "join" else here.discard)(key)

    def view(self, room_id: str) -> events.Room:
        """The room as reading a message sees it."""
        room = self._client.rooms[room_id]
        powers = self._powers.get(room_id, {})
        joined = self._joined.get(room_id, set())
        own = room.users.get(self._client.user_id)
        return events.Room(
            room_id=room_id,
            own_id=self._client.user_id,
            own_name=(own.display_name or "") if own else "",
            title=room.display_name,
            members=frozenset(u for u, member in room.users.items() if not member.invited) | joined,
            names={u: member.name for u, member in room.users.items()},
            version=room.room_version,
            creators=self._creators.get(room_id, frozenset()),
            levels=events.levels(powers),
            default_level=events.level(powers.get("users_default"), 0),
            needed_level=events.level(powers.get("state_default"), events.ADMINISTRATOR),
        )

    def moved_to(self, room_id: str) -> str:
        """The room that replaced this one, if the bot is in it already."""
        replacement = self._client.rooms[room_id].replacement_room
        return replacement if replacement in self._client.rooms else ""

    async def settle(self, changed: Iterable[str], left: Iterable[str]) -> None:
        """Bring the rooms in order after a sync; a failure is tried again after the next."""
        for room_id in left:
            self._client.rooms.pop(room_id, None)
            self._client.invited_rooms.pop(room_id, None)
            self._joined.pop(room_id, None)
        for room_id in changed:
            await self._follow(room_id)
            await self._leave_if_alone(room_id)
        for room_id in list(self._client.invited_rooms)[:A_ROUND]:
            await self._answer(room_id)

    async def _answer(self, room_id: str) -> None:
        """Accept or decline one invitation."""
        inviter = getattr(self._client.invited_rooms[room_id], "inviter", None) or ""
        replaces = room_id in {room.replacement_room for room in self._client.rooms.values()}
        if replaces or events.may_invite(inviter, self._allowed):
            done = await self._join(room_id, inviter)
        else:
            log.warning("invitation declined", extra={"room": room_id, "inviter": inviter})
            done = await self._leave(room_id)
        if done:
            self._client.invited_rooms.pop(room_id, None)

    async def _follow(self, room_id: str) -> None:
        """Join the room that an upgrade put in the place of this one."""
        room = self._client.rooms.get(room_id)
        new = room.replacement_room if room else None
        if not new or new in self._client.rooms or new in self._followed:
            return
        log.info("room upgraded", extra={"room": room_id, "replacement": new})
        if await self._join(new, next(iter(self._creators.get(room_id, ())), "")):
            self._followed.add(new)

    async def _leave_if_alone(self, room_id: str) -> None:
        room = self._client.rooms.get(room_id)
        if room and set(room.users) == {self._client.user_id}:
            log.info("left an empty room", extra={"room": room_id})
            if await self._leave(room_id):
                self._client.rooms.pop(room_id, None)

    async def _join(self, room_id: str, known_by: str) -> bool:
        """Join; True when the matter is closed. `known_by`'s server knows a room that ours may not."""
        server = known_by.partition(":")[2]
        via = f"?via={quote(server)}&server_name={quote(server)}" if server else ""
        path = f"/_matrix/client/v3/join/{quote(room_id, safe='')}{via}"
        return await self._ask("room joined", path, room_id)

    async def _leave(self, room_id: str) -> bool:
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/leave"
        return await self._ask("room left", path, room_id)

    async def _ask(self, event: str, path: str, room_id: str) -> bool:
        """True when done or refused for good; False to try again after the next sync."""
        try:
            status, answer = await self._client.call("POST", path, {})
        except PlatformError as error:
            log.warning("room request failed", extra={"room": room_id, "reason": error.reason})
            return False
        if status < 300:
            log.info(event, extra={"room": room_id})
            return True
        refused = error_of(Refusal.of(status, answer))
        log.warning("room request refused", extra={"room": room_id, "reason": refused.reason})
        return not isinstance(refused, RetryAfter) and 400 <= status < 500
