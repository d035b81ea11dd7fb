"""Digests over daylight-saving changes, quiet hours across midnight, backoff and poll intervals."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.schedule import LONGEST_RETRY_AFTER, Bounds, Hints, backoff, next_digest, next_poll, quiet_until
from bot.types import Cadence

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Santiago",
    "Asia/Beirut",  # changes at midnight
    "Pacific/Chatham",
)
zones = st.sampled_from(ZONES)
clock = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
instants = st.datetimes(datetime(2023, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(zone=zones, at=clock, start=instants)
def test_daily_digest_comes_exactly_once_on_each_local_date(zone: str, at: str, start: datetime) -> None:
    dates: list[date] = []
    moment = start
    for _ in range(40):
        after, moment = moment, next_digest(Cadence.DAILY, at=at, zone=zone, after=moment)
        assert moment > after
        dates.append(moment.astimezone(ZoneInfo(zone)).date())
    assert dates == [dates[0] + timedelta(days=n) for n in range(40)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:59"])
def test_a_whole_year_has_one_digest_a_day(zone: str, at: str) -> None:
    moment = utc("2026-01-01T00:00")
    dates = []
    while moment < utc("2027-01-01T00:00"):
        moment = next_digest(Cadence.DAILY, at=at, zone=zone, after=moment)
        dates.append(moment.astimezone(ZoneInfo(zone)).date())
    assert dates == [dates[0] + timedelta(days=n) for n in range(len(dates))]


@given(zone=zones, at=clock, start=instants)
def test_digest_keeps_its_local_time_unless_the_clock_skips_it(zone: str, at: str, start: datetime) -> None:
    here = ZoneInfo(zone)
    local = next_digest(Cadence.DAILY, at=at, zone=zone, after=start).astimezone(here)
    wanted = datetime.combine(local.date(), datetime.strptime(at, "%H:%M").time(), tzinfo=here)
    skipped = wanted.astimezone(UTC).astimezone(here).replace(tzinfo=None) != wanted.replace(tzinfo=None)
    assert skipped or (local.hour, local.minute) == (wanted.hour, wanted.minute)


@given(
    cadence=st.sampled_from([Cadence.DAILY, Cadence.WEEKLY]),
    zone=zones,
    at=clock,
    days=st.sets(st.integers(1, 7), min_size=1).map(sorted).map(tuple),
    start=instants,
)
def test_digests_come_on_their_weekdays_only(
    cadence: Cadence, zone: str, at: str, days: tuple[int, ...], start: datetime
) -> None:
    seen = set()
    moment = start
    for _ in range(len(days)):
        moment = next_digest(cadence, at=at, weekdays=days, zone=zone, after=moment)
        seen.add(moment.astimezone(ZoneInfo(zone)).isoweekday())
    assert seen == set(days)
    assert moment - start <= timedelta(days=7, hours=2)


def test_weekly_digest_without_weekdays_is_on_monday() -> None:
    due = next_digest(Cadence.WEEKLY, at="09:00", zone="UTC", after=utc("2026-11-24T00:00"))
    assert due == utc("2026-11-30T09:00")


@given(zone=zones, start=instants)
def test_hourly_digest_comes_at_each_full_local_hour(zone: str, start: datetime) -> None:
    due = next_digest(Cadence.HOURLY, at="", zone=zone, after=start)
    assert timedelta() < due - start <= timedelta(hours=1)
    assert due.astimezone(ZoneInfo(zone)).minute in ({0, 30} if zone == "Australia/Lord_Howe" else {0})


def test_skipped_time_of_day_comes_just_after_the_gap() -> None:
    due = next_digest(Cadence.DAILY, at="02:30", zone="Europe/Berlin", after=utc("2026-03-28T12:00"))
    assert due == utc("2026-03-29T01:30")  # 03:30 summer time; 02:30 does not exist


def test_repeated_time_of_day_comes_once() -> None:
    first = next_digest(Cadence.DAILY, at="02:30", zone="Europe/Berlin", after=utc("2026-10-24T12:00"))
    second = next_digest(Cadence.DAILY, at="02:30", zone="Europe/Berlin", after=first)
    assert (first, second) == (utc("2026-10-25T00:30"), utc("2026-10-26T01:30"))


def test_a_bot_that_was_down_sends_one_digest_not_three() -> None:
    up_again = utc("2026-05-04T12:00")
    due = next_digest(Cadence.DAILY, at="08:00", zone="UTC", after=up_again)
    assert due == utc("2026-05-05T08:00")


@pytest.mark.parametrize("at", ["", "8", "25:00", "08:60", "08:0", "-1:00", "٠٨:٠٠", "8:00 pm"])
def test_a_time_that_is_none_is_refused_with_an_example(at: str) -> None:
    with pytest.raises(BadInput, match="08:00"):
        next_digest(Cadence.DAILY, at=at, zone="UTC", after=utc("2026-05-04T12:00"))


@pytest.mark.parametrize(
    "zone", ["", "Berlin", "Europe/Nowhere", "../etc/passwd", "/etc/passwd", "\0", "a" * 300]
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(BadInput, match="Europe/Berlin"):
        next_digest(Cadence.DAILY, at="08:00", zone=zone, after=utc("2026-05-04T12:00"))


def test_live_has_no_digest() -> None:
    with pytest.raises(BadInput):
        next_digest(Cadence.LIVE, at="08:00", zone="UTC", after=utc("2026-05-04T12:00"))


# --- quiet hours ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-06-10T19:59", None),
        ("2026-06-10T20:00", "2026-06-11T05:00"),
        ("2026-06-10T23:30", "2026-06-11T05:00"),
        ("2026-06-11T04:59", "2026-06-11T05:00"),
        ("2026-06-11T05:00", None),
    ],
)
def test_quiet_hours_cross_midnight(now: str, ends: str | None) -> None:
    found = quiet_until(utc(now), zone="Europe/Berlin", start="22:00", end="07:00")
    assert found == (utc(ends) if ends else None)


@given(now=instants, zone=zones, start=clock, end=clock)
def test_quiet_hours_end_within_a_day_and_in_no_quiet_hour(
    now: datetime, zone: str, start: str, end: str
) -> None:
    ends = quiet_until(now, zone=zone, start=start, end=end)
    if ends is not None:
        assert now < ends <= now + timedelta(hours=25)
        assert quiet_until(ends, zone=zone, start=start, end=end) is None


@given(now=instants, start=clock, end=clock)
def test_without_clock_changes_quiet_means_local_time_between(now: datetime, start: str, end: str) -> None:
    local = now.astimezone(ZoneInfo("Asia/Kathmandu")).strftime("%H:%M")
    quiet = start <= local < end if start < end else (start != end and (local >= start or local < end))
    assert (quiet_until(now, zone="Asia/Kathmandu", start=start, end=end) is not None) == quiet


@pytest.mark.parametrize(("start", "end"), [("", ""), ("22:00", ""), ("", "07:00"), ("08:00", "08:00")])
def test_no_quiet_hours_when_unset(start: str, end: str) -> None:
    assert quiet_until(utc("2026-06-11T00:00"), zone="UTC", start=start, end=end) is None


# --- backoff and polls ---------------------------------------------------------------------


@given(attempts=st.integers(-5, 10_000), jitter=st.floats(0, 1))
def test_backoff_stays_between_half_the_base_and_the_limit(attempts: int, jitter: float) -> None:
    wait = backoff(attempts, base=timedelta(seconds=10), limit=timedelta(hours=1), jitter=jitter)
    assert timedelta(seconds=5) <= wait <= timedelta(hours=1)


def test_backoff_doubles() -> None:
    waits = [backoff(n, base=timedelta(seconds=1), limit=timedelta(hours=1), jitter=0) for n in (1, 2, 3, 4)]
    assert [w.total_seconds() for w in waits] == [1, 2, 4, 8]


NOW = utc("2026-11-23T12:00")


def poll(**how: object) -> timedelta:
    return next_poll(NOW, jitter=0, **how) - NOW  # type: ignore[arg-type]


def every(gap: timedelta, count: int = 30) -> list[datetime]:
    return [NOW - gap * n for n in range(1, count + 1)]


def test_a_busy_feed_is_polled_more_often_than_a_slow_one() -> None:
    busy, slow = poll(published=every(timedelta(minutes=20))), poll(published=every(timedelta(hours=8)))
    assert busy == timedelta(minutes=10)
    assert slow == timedelta(hours=4)


def test_a_feed_that_fell_silent_is_polled_ever_more_seldom() -> None:
    burst = [NOW - timedelta(days=3, minutes=n) for n in range(20)]
    assert poll(published=burst) > timedelta(hours=1)


def test_ttl_and_max_age_lengthen_but_never_past_the_bound() -> None:
    busy = every(timedelta(minutes=10))
    assert poll(published=busy, hints=Hints(ttl=timedelta(hours=2))) == timedelta(hours=2)
    assert poll(published=busy, hints=Hints(max_age=timedelta(days=365))) == Bounds().longest


def test_retry_after_holds_even_past_the_bound_but_not_for_ever() -> None:
    assert poll(hints=Hints(retry_after=timedelta(hours=20))) == timedelta(hours=20)
    assert poll(fixed=timedelta(minutes=5), hints=Hints(retry_after=timedelta(hours=3))) == timedelta(hours=3)
    assert poll(hints=Hints(retry_after=timedelta(days=4000))) == LONGEST_RETRY_AFTER


def test_an_admins_interval_is_kept() -> None:
    assert poll(fixed=timedelta(minutes=7), hints=Hints(ttl=timedelta(hours=5))) == timedelta(minutes=7)


def test_failures_lengthen_the_wait_up_to_the_bound() -> None:
    waits = [poll(fixed=timedelta(minutes=30), failures=n) for n in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] == Bounds().longest


def test_hours_that_the_feed_skips_are_skipped() -> None:
    due = NOW + poll(hints=Hints(skip_hours=range(12, 18), skip_days=(1,)))
    assert due == utc("2026-11-24T00:00")  # Monday is skipped whole


def test_a_feed_that_skips_every_hour_is_polled_all_the_same() -> None:
    assert poll(hints=Hints(skip_hours=range(24))) <= Bounds().longest


@given(
    published=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))),
    ttl=st.none() | st.timedeltas(timedelta(0), timedelta(days=9)),
    failures=st.integers(0, 100),
    jitter=st.floats(0, 1),
)
def test_a_poll_is_always_ahead_and_within_the_bounds(
    published: list[datetime], ttl: timedelta | None, failures: int, jitter: float
) -> None:
    due = next_poll(NOW, published=published, hints=Hints(ttl=ttl), failures=failures, jitter=jitter)
    assert NOW + Bounds().shortest <= due <= NOW + Bounds().longest * 1.1
