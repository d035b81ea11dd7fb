"""When things are due: the next digest, the end of quiet hours, the next poll, the next try.

Pure: the clock and the jitter are passed in, times in and out are aware UTC, zones are IANA names.
The hard thing is daylight saving: a digest belongs to a local *date*, so it comes exactly once on each
date, also when its time of day is skipped (then just after the gap) or happens twice (then the first).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import BadInput
from bot.types import Cadence

MONDAY = 1
DAY = timedelta(days=1)
LONGEST_RETRY_AFTER = timedelta(days=7)
"""A server that asks for more is asked again after a week all the same."""


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone `name`; BadInput when there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as e:
        raise BadInput(f"I don't know the time zone “{name}”. Names look like Europe/Berlin.") from e


def time_of(text: str) -> time:
    """Local time of day from `HH:MM` (or `8:05`); BadInput when it is none."""
    hour, colon, minute = text.strip().partition(":")
    digits = hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()
    if not (colon and digits and len(hour) <= 2 and len(minute) == 2 and int(hour) < 24 and int(minute) < 60):
        raise BadInput(f"“{text}” is not a time of day. Write it like 08:00 or 21:30.")
    return time(int(hour), int(minute))


def next_digest(
    cadence: Cadence, *, at: str, weekdays: Sequence[int] = (), zone: str, after: datetime
) -> datetime:
    """The first digest strictly after `after`.

    `at` is local `HH:MM`, `weekdays` are ISO numbers, empty for Monday if weekly and every day if daily;
    hourly ignores both. A bot that was down asks with `after=now`: what was missed is one digest. Raises
    BadInput for a bad zone or time and for the live cadence, which has no digest.
    """
    if cadence is Cadence.LIVE:
        raise BadInput("A live subscription has no digest.")
    here = zone_of(zone)
    if cadence is Cadence.HOURLY:
        return _next_full_hour(after, here)
    days = frozenset(weekdays or ((MONDAY,) if cadence is Cadence.WEEKLY else range(1, 8)))
    moments = (m for day, m in _each_day(time_of(at), here, after) if day.isoweekday() in days)
    return next(m for m in moments if m > after)


def _each_day(at: time, zone: ZoneInfo, around: datetime) -> Iterator[tuple[date, datetime]]:
    """Local dates from the day before `around`, each with the one instant of its `at`."""
    day = around.astimezone(zone).date() - DAY
    while True:
        yield day, _instant(day, at, zone)
        day += DAY


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a local time: the first when it happens twice, after the gap when it never does.

    That is what fold=0 means for arithmetic with zones (PEP 495).
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _next_full_hour(after: datetime, zone: ZoneInfo) -> datetime:
    """The next instant that reads HH:00 locally; zones with half-hour offsets count their own hours."""
    local = after.astimezone(zone)
    into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return after.astimezone(UTC) - into_hour + timedelta(hours=1)


def quiet_until(now: datetime, *, zone: str, start: str, end: str) -> datetime | None:
    """When the quiet hours that `now` lies in end; None when it lies in none.

    `start` and `end` are local `HH:MM`; either empty or both the same means no quiet hours.
    """
    if not start or not end or time_of(start) == time_of(end):
        return None
    here, first, last = zone_of(zone), time_of(start), time_of(end)
    today = now.astimezone(here).date()
    for day in (today - DAY, today):
        begins = _instant(day, first, here)
        ends = _instant(day if first < last else day + DAY, last, here)
        if begins <= now < ends:
            return ends
    return None


def backoff(attempts: int, *, base: timedelta, limit: timedelta, jitter: float = 0.5) -> timedelta:
    """How long to wait after `attempts` failures: doubling from `base`, never past `limit`.

    `jitter` in 0..1 takes up to half of the wait off, so that many rows don't come back at once.
    """
    doublings = min(max(attempts - 1, 0), 62)
    whole = min(base.total_seconds() * 2.0**doublings, limit.total_seconds())
    return timedelta(seconds=whole * (1 - min(max(jitter, 0.0), 1.0) / 2))


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


NO_HINTS = Hints()
USUAL_BOUNDS = Bounds()


def next_poll(
    now: datetime,
    *,
    published: Sequence[datetime] = (),
    hints: Hints = NO_HINTS,
    bounds: Bounds = USUAL_BOUNDS,
    fixed: timedelta | None = None,
    failures: int = 0,
    jitter: float = 0.5,
) -> datetime:
    """When to poll a source again.

    `published` are the times of its recent items in any order. `fixed` is an admin's interval.
    A server's Retry-After always holds; the other hints only lengthen the interval up to the bounds.
    """
    interval = fixed or _rhythm(published, now=now, bounds=bounds)
    if fixed is None:
        asked = max((h for h in (hints.ttl, hints.max_age) if h is not None), default=timedelta())
        interval = min(max(interval, asked), bounds.longest)
    if failures > 0:
        waits = backoff(failures, base=interval, limit=max(bounds.longest, interval), jitter=jitter)
        interval = max(interval, waits)
    due = now + interval * (1 + min(max(jitter, 0.0), 1.0) / 10)
    if hints.retry_after is not None:
        due = max(due, now + min(hints.retry_after, LONGEST_RETRY_AFTER))
    return _past_skipped(due, hints)


def hub_poll(due: datetime, *, polled: datetime, expires: datetime, longest: timedelta) -> datetime:
    """When to poll a source whose hub brings what is new: only to make sure, or when the lease ends.

    `due` is the earliest, `polled` the last poll, `expires` the end of the hub's lease.
    """
    return max(due, min(polled + longest, expires))


def _rhythm(published: Sequence[datetime], *, now: datetime, bounds: Bounds) -> timedelta:
    """Half of the source's usual gap between items, so that an item waits a quarter of it on average.

    A source that fell silent is asked ever more seldom: the time since its newest item counts as a gap.
    """
    times = sorted({t for t in published if t <= now})[-20:]
    if not times:
        return min(max(timedelta(hours=1), bounds.shortest), bounds.longest)
    gap = (now - times[0]) / len(times)
    silence = (now - times[-1]) / 4
    return min(max(gap / 2, silence / 2, bounds.shortest), bounds.longest)


def _past_skipped(due: datetime, hints: Hints) -> datetime:
    """The first full hour at or after `due` that the feed doesn't ask to skip; `due` if it skips all."""
    moment = due
    for _ in range(24 * 8):
        if moment.hour not in hints.skip_hours and moment.isoweekday() not in hints.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due
