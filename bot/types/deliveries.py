"""What leaves: the rows of the outbox, and the claims on rows of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.types.chats import Address
from bot.types.replies import Button


class DeliveryKind(StrEnum):
    """Why something is sent; decides priority and what an ambiguous time-out means."""

    ANSWER = "answer"
    LIVE = "live"
    UPDATE = "update"
    DIGEST = "digest"
    NOTICE = "notice"


PRIORITY: Mapping[DeliveryKind, int] = {
    DeliveryKind.ANSWER: 0,
    DeliveryKind.NOTICE: 1,
    DeliveryKind.LIVE: 2,
    DeliveryKind.UPDATE: 3,
    DeliveryKind.DIGEST: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One platform message, rendered: small enough for the platform, markup already closed."""

    html: str
    """In the platform's dialect of HTML; empty where the platform has none."""
    plain: str
    """The same without markup: the fallback, and Matrix's `body`."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview: bool = False


class DeliveryState(StrEnum):
    """Where a delivery is in its life."""

    DUE = "due"
    SENT = "sent"
    UNKNOWN = "unknown"
    """A time-out after sending where the platform has no idempotency key."""
    FAILED = "failed"
    """The platform refused it for good."""
    DROPPED = "dropped"
    """Folded into a digest, or its chat is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox: one Part for one chat."""

    id: int
    key: str
    """Random, unique, made with the row: the Matrix transaction id."""
    chat_id: int
    address: Address
    """The chat's; in the thread of the message that this answers."""
    kind: DeliveryKind
    part: Part
    reply_to: str = ""
    """Platform id of the message that this answers."""
    edits: str = ""
    """Platform id of the message to edit instead of sending anew."""
    silent: bool = False
    attempts: int = 0
    interrupted: bool = False
    """An earlier attempt ended without an outcome (a crash): it may have been sent."""
    story_id: int | None = None
    story_revision: int | None = None
    personal: bool = False
    """Meant for one person: it moved here from the chat that this one is linked with."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's acknowledgement."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on a row: finish with the token it was claimed with."""

    table: str
    id: int
    token: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What to put into the outbox: all parts or none, once for a dedup key."""

    dedup_key: str
    chat_id: int
    kind: DeliveryKind
    parts: tuple[Part, ...]
    reply_to: str = ""
    edits: str = ""
    silent: bool = False
    story_id: int | None = None
    story_revision: int | None = None
    not_before: datetime | None = None
