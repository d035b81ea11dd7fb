"""What arrived: a Matrix event, as plain JSON, becomes a Message, or nothing.

Pure: it knows no library, no network and no clock. The hard thing is to see when the bot is
meant; what was said to others in a room is not even kept.
https://spec.matrix.org/v1.16/client-server-api/#room-events
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.types import Address, Message

Event = Mapping[str, Any]

COMMAND = "!"
ADMINISTRATOR = 50
"""The power level from which somebody administers a room (`state_default`)."""
THUMBS = {"👍": "up", "👎": "down"}
"""Reactions that count, as `Message.button`; others are talk among people."""
UNVOTE = "unvote"
"""As `Message.button`: an event was redacted, by its id; whether it was a thumb is known where votes are."""
_SKIN = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_EVENT_ID = re.compile(r"\$[!-~]{1,254}")
"""https://spec.matrix.org/v1.16/appendices/#event-ids: at most 255 bytes."""
CREATORS_RULE_FROM = 12
"""The room version from which creators stand above all power levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What reading a message needs to know of its room."""

    room_id: str
    own_id: str
    own_name: str = ""
    title: str = ""
    members: frozenset[str] = frozenset()
    """Joined members, the bot included."""
    names: Mapping[str, str] = field(default_factory=dict)
    version: str = "12"
    creators: frozenset[str] = frozenset()
    levels: Mapping[str, int] = field(default_factory=dict)
    default_level: int = 0
    needed_level: int = ADMINISTRATOR

    @property
    def private(self) -> bool:
        """Nobody but the bot and one person."""
        return len(self.members) == 2 and self.own_id in self.members

    def may_administer(self, user: str) -> bool:
        """Whether the room's own rules let this user set its state."""
        if user in self.creators and _creators_rule(self.version):
            return True
        return self.levels.get(user, self.default_level) >= self.needed_level


def _creators_rule(version: str) -> bool:
    return version.isdecimal() and int(version) >= CREATORS_RULE_FROM


def creators(create: Event) -> frozenset[str]:
    """Who made the room: the sender of `m.room.create` and those it names beside."""
    content = _dict(create.get("content"))
    beside = content.get("additional_creators", ())
    named = {user for user in beside if isinstance(user, str)} if isinstance(beside, list) else set()
    return frozenset(named | {str(create.get("sender", ""))})


def levels(powers: Event) -> dict[str, int]:
    """The users that `m.room.power_levels` names, and their levels."""
    return {user: level(value, 0) for user, value in _dict(powers.get("users")).items()}


def level(value: Any, default: int) -> int:
    """A power level: before room version 10 it may be text."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def may_invite(inviter: str, allowed: Sequence[str]) -> bool:
    """Whether a user id fits one of the patterns, in which `*` stands for anything."""
    return any(re.fullmatch(re.escape(p).replace(r"\*", ".*"), inviter, re.DOTALL) for p in allowed)


def reply_target(event: Event) -> str:
    """Id of the event that this one replies to, or follows in a thread."""
    return _event_id(_dict(_relation(event).get("m.in_reply_to")).get("event_id"))


def _replied_to(event: Event) -> str:
    """Id of the event that the person chose to reply to.

    In a thread clients also name the newest event, for others that show no threads.
    https://spec.matrix.org/v1.16/client-server-api/#fallback-for-unthreaded-clients
    """
    falls_back = bool(thread_root(event)) and _relation(event).get("is_falling_back") is True
    return "" if falls_back else reply_target(event)


def thumb(event: Event) -> tuple[str, str]:
    """The event that a thumb reacts to, and `up` or `down`; empty where it is no such reaction."""
    relation = _relation(event)
    if event.get("type") != "m.reaction" or relation.get("rel_type") != "m.annotation":
        return "", ""
    key = _SKIN.sub("", str(relation.get("key", "")))
    return (_event_id(relation.get("event_id")), THUMBS[key]) if key in THUMBS else ("", "")


def taken_back(event: Event) -> str:
    """The event that this one redacts, in the room versions before 11 and since."""
    if event.get("type") != "m.room.redaction":
        return ""
    return _event_id(event.get("redacts") or _dict(event.get("content")).get("redacts"))


def thread_root(event: Event) -> str:
    """Id of the thread that this event stands in."""
    relation = _relation(event)
    return _event_id(relation.get("event_id")) if relation.get("rel_type") == "m.thread" else ""


def after_invitation(events: Sequence[Event], own_id: str) -> Sequence[Event]:
    """Only what came after the bot was last asked in; a room's earlier talk was not meant for it."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if event.get("type") != "m.room.member" or event.get("state_key") != own_id:
            continue
        before = _dict(_dict(event.get("unsigned")).get("prev_content")).get("membership")
        if _dict(event.get("content")).get("membership") != "join" or before not in {"join", "invite"}:
            return events[index + 1 :]
    return events


def read(event: Event, room: Room, *, to_bot: bool = False) -> Message | None:
    """The Message that an event carries to the bot; `to_bot`: it replies or reacts to one of the bot's own.

    None for the bot's own events, notices, edits, other types, and talk that is not for the bot.
    """
    content = _dict(event.get("content"))
    sender = str(event.get("sender", ""))
    target, pressed = thumb(event)
    if target:
        return _pressed(event, room, target, pressed) if to_bot and sender != room.own_id else None
    if gone := taken_back(event):
        return _pressed(event, room, gone, UNVOTE) if sender != room.own_id else None
    if event.get("type") != "m.room.message" or content.get("msgtype") != "m.text" or sender == room.own_id:
        return None
    if _relation(event).get("rel_type") == "m.replace" or not isinstance(content.get("body"), str):
        return None
    mentioned, text = _mention(content, _words(event, content["body"]), room)
    addressed = mentioned or to_bot
    if not text or not (room.private or addressed or text.startswith(COMMAND)):
        return None
    return Message(
        address=Address("matrix", room.room_id, thread_root(event)),
        message_id=str(event.get("event_id", "")),
        sender=sender,
        sender_name=clean(room.names.get(sender) or localpart(sender)),
        text=text,
        sent=_sent(event),
        private=room.private,
        addressed=addressed,
        reply_to=_replied_to(event),
        chat_title=clean(room.title),
        may_administer=room.private or room.may_administer(sender),
    )


def _pressed(event: Event, room: Room, target: str, button: str) -> Message:
    """A thumb at one of the bot's own messages is a button pressed under it; to take it back is another."""
    sender = str(event.get("sender", ""))
    return Message(
        address=Address("matrix", room.room_id),
        message_id=str(event.get("event_id", "")),
        sender=sender,
        sender_name=clean(room.names.get(sender) or localpart(sender)),
        text="",
        sent=_sent(event),
        private=room.private,
        addressed=True,
        reply_to=target,
        button=button,
        chat_title=clean(room.title),
        may_administer=room.private or room.may_administer(sender),
    )


def clean(text: str) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def localpart(user_id: str) -> str:
    """`ann` of `@ann:example.org`."""
    return user_id.removeprefix("@").partition(":")[0]


def without_fallback(body: str) -> str:
    """The body without the quoted lines that older clients put before a reply."""
    if not re.match(r"> (\* )?<@", body):
        return body
    lines = body.split("\n")
    said = next((n for n, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[said:]).lstrip("\n")


def _words(event: Event, body: str) -> str:
    return clean(without_fallback(body) if reply_target(event) else body).strip()


def _mention(content: Event, text: str, room: Room) -> tuple[bool, str]:
    """Whether the bot is meant, and the text without its name in front.

    A bare name needs a colon or comma after it unless the client marked the mention: people also
    talk about the bot.
    """
    named = _dict(content.get("m.mentions")).get("user_ids", ())
    marked = isinstance(named, list) and room.own_id in named
    sure = [room.own_id, f"@{localpart(room.own_id)}"]
    bare = [name for name in (room.own_name, localpart(room.own_id)) if name]
    patterns = [rf"(?:{_either(sure)})(?=[\s,]|:\s|:?$)\s*[:,]?", rf"(?:{_either(bare)})\s*[:,]"]
    if marked:
        patterns.append(rf"(?:{_either(bare)})(?=\s|$)")
    for pattern in patterns:
        found = re.match(pattern, text, re.IGNORECASE)
        if found:
            return True, text[found.end() :].strip()
    return marked, text


def _either(names: Sequence[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _sent(event: Event) -> datetime:
    """The server's stamp; a peer's server may have sent any number."""
    try:
        return datetime.fromtimestamp(float(event.get("origin_server_ts", 0)) / 1000, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return datetime.fromtimestamp(0, UTC)


def _relation(event: Event) -> Event:
    return _dict(_dict(event.get("content")).get("m.relates_to"))


def _event_id(value: object) -> str:
    """The value if it can name an event: a server that is asked for another may not even answer."""
    return value if isinstance(value, str) and _EVENT_ID.fullmatch(value) else ""


def content(event: Event) -> Event:
    """What the event says."""
    return _dict(event.get("content"))


def _dict(value: object) -> Mapping[str, Any]:
    """The value if it is an object: anybody may send any JSON into a room."""
    return value if isinstance(value, Mapping) else {}
