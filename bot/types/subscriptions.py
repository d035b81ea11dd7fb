"""What a chat asks for, and what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.types.answers import Length


class SubscriptionKind(StrEnum):
    """What a subscription matches."""

    ALL = "all"
    SOURCE = "source"
    TOPIC = "topic"
    KEYWORD = "keyword"
    STORY = "story"
    LIKE = "like"
    """Other stories like one story."""


class Cadence(StrEnum):
    """When a subscription delivers."""

    LIVE = "live"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one subscription differs from its chat; every default means: as the chat has it."""

    length: Length | None = None
    language: str = ""
    """A code (`de`), or `original`: as in the article, whatever the chat's language is."""
    quiet_from: str = ""
    """Own quiet hours, local `HH:MM`; with the same time twice there are none."""
    quiet_until: str = ""
    urgent: str = ""
    """Filter text: a story that passes it goes at once, whatever cadence, quiet hours and limit say."""
    most: int | None = None
    """Posts a day; what is over them comes as a digest at the next `Subscription.at`."""
    changes: bool = False
    """Say what changed in a story that was posted."""


NO_OPTIONS = Options()
"""All as the chat has it."""


ORIGINAL = "original"
"""`Options.language` for summaries in the language of the article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A chat's standing order for news."""

    id: int
    chat_id: int
    kind: SubscriptionKind
    value: str
    """Source id, topic, filter text or story id (also of `like`); empty for `all`."""
    cadence: Cadence
    at: str = "08:00"
    """Local time of a daily or weekly digest, and of what is over a live subscription's limit."""
    weekdays: tuple[int, ...] = ()
    """ISO weekdays (Monday 1) of digests; empty: Monday for weekly, every day for daily."""
    options: Options = NO_OPTIONS
    vector: bytes = b""
    """Of `like`: its story's vector when it was made, unit length, as little-endian half floats."""
    created: datetime
    active: bool = True
    due_at: datetime | None = None
    """Of the next digest; None for live, unless stories over its limit wait."""
    covered_until: datetime | None = None
    """Stories updated up to here were in a digest already."""


class Outcome(StrEnum):
    """What was decided for a chat about a story."""

    POST = "post"
    """Sent by itself, at once or after the quiet hours."""
    FOLDED = "folded"
    """Over the limit of a day: waits for the next digest."""
    DIGEST = "digest"
    """It was over the limit and a digest told it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why and when a chat is told a story by itself: what `/why` says, and what limits count."""

    chat_id: int
    story_id: int
    subscription_id: int
    outcome: Outcome
    as_of: datetime
    """When the newest report that the chat was told was fetched: what came later is a change."""
    at: datetime
    """When a post may go; when a folded story was decided."""
    urgent: bool = False
    score: float | None = None
    """Likeness, where the subscription is `like`."""
    changed: datetime | None = None
    """When it was last said what changed."""
