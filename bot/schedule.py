"""When things are due: the next digest, the end of quiet hours, the next poll, the next try.

Pure: the clock and the jitter are passed in, times in and out are aware UTC, zones are IANA names.
The hard thing is daylight saving: a digest belongs to a local *date*, so it comes exactly once on each
date, also when its time of day is skipped (then just after the gap) or happens twice (then the first).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.types import Cadence


def next_digest(
    cadence: Cadence, *, at: str, weekdays: Sequence[int] = (), zone: str, after: datetime
) -> datetime:
    """The first digest strictly after `after`.

    `at` is local `HH:MM` (hourly ignores it), `weekdays` are ISO numbers, empty for Monday. A bot that
    was down asks with `after=now`: what was missed is one digest. Raises BadInput for a bad zone or
    time and for the live cadence, which has no digest.
    """
    raise NotImplementedError


def quiet_until(now: datetime, *, zone: str, start: str, end: str) -> datetime | None:
    """When the quiet hours that `now` lies in end; None when it lies in none.

    `start` and `end` are local `HH:MM`; either empty or both the same means no quiet hours.
    """
    raise NotImplementedError


def backoff(attempts: int, *, base: timedelta, limit: timedelta, jitter: float = 0.5) -> timedelta:
    """How long to wait after `attempts` failures: doubling from `base`, never past `limit`.

    `jitter` in 0..1 takes up to half of the wait off, so that many rows don't come back at once.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a server and its feed asked for; None or empty where they said nothing."""

    ttl: timedelta | None = None
    max_age: timedelta | None = None
    retry_after: timedelta | None = None
    skip_hours: Collection[int] = ()
    """Hours of the day in UTC, 0-23 (RSS 2.0 `skipHours`)."""
    skip_days: Collection[int] = ()
    """ISO weekdays in UTC, Monday 1 (RSS 2.0 `skipDays`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The owner's limits for poll intervals."""

    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(hours=12)


def next_poll(
    now: datetime,
    *,
    published: Sequence[datetime] = (),
    hints: Hints = Hints(),  # noqa: B008 - frozen
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    fixed: timedelta | None = None,
    failures: int = 0,
    jitter: float = 0.5,
) -> datetime:
    """When to poll a source again.

    `published` are the times of its recent items in any order. `fixed` is an admin's interval.
    A server's Retry-After always holds, the other hints only lengthen the interval up to the bounds.
    """
    raise NotImplementedError
