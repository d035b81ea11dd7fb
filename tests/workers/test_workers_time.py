"""Digests and quiet hours by the reader's own clock, over nights, weekends, clock changes and downtime."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fakes import draft

from bot.types import Cadence, Options, SubscriptionKind

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


async def reader(town, start: str, **order) -> None:
    """A chat in Berlin with one subscription made at `start`, due as the command would have it."""
    town.clock.now = berlin(start)
    chat = await town.chat()
    await town.store.chats.change(chat.id, timezone="Europe/Berlin")
    await town.store.subscriptions.add(
        chat.id, kind=SubscriptionKind.ALL, now=town.clock.now, due_at=town.clock.now, **order
    )
    await town.work("digest")


async def hours(town, number: int, *, every: int = 8) -> list[datetime]:
    """Let hours pass, with a story in some; when something came, by the reader's clock."""
    came: list[datetime] = []
    for hour in range(number):
        town.clock.advance(minutes=59)
        thing = f"thing{town.clock.now:%d%H}"
        if hour % every == 0:
            await town.arrive(draft(thing, f"{thing} {thing}s {thing}ing {thing}er.", at=town.clock.now))
            await town.work("read", "write")
        town.clock.advance(minutes=1)
        sent = len(town.platform.sent)
        await town.work("digest", "deliver")
        came += [town.clock.now.astimezone(BERLIN)] * (len(town.platform.sent) - sent)
    return came


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
@pytest.mark.parametrize("at", ["02:00", "03:00"])
async def test_a_clock_change_neither_skips_nor_repeats_a_digest(town, day: str, at: str) -> None:
    await reader(town, f"{day}T00:00", cadence=Cadence.DAILY, at=at)
    came = await hours(town, 72)
    assert [(moment.date() - came[0].date()).days for moment in came] == [0, 1, 2]


async def test_a_daily_digest_on_weekdays_tells_the_weekend_on_monday(town) -> None:
    await reader(town, "2026-11-20T00:00", cadence=Cadence.DAILY, at="08:00", weekdays=(1, 2, 3, 4, 5))
    came = await hours(town, 24 * 4)
    assert [f"{moment:%a %H:%M}" for moment in came] == ["Fri 08:00", "Mon 08:00"]
    assert await known(town, "thing2115")
    assert await known(town, "thing2215")


async def known(town, thing: str) -> bool:
    """Whether the chat counts as told of it."""
    chat = await town.chat()
    told = await town.store.subscriptions.sent_stories(chat.id, datetime(2026, 1, 1, tzinfo=UTC))
    return any(s.title.lower() == thing for s in await town.store.stories.get_many(sorted(told)))


async def test_hourly_digests_rest_at_night_and_one_tells_all_of_it(town) -> None:
    options = Options(quiet_from="22:00", quiet_until="07:00")
    await reader(town, "2026-11-23T18:30", cadence=Cadence.HOURLY, options=options)
    came = await hours(town, 15, every=1)
    assert [f"{moment:%H}" for moment in came] == ["19", "20", "21", "07", "08", "09"]


@pytest.mark.parametrize("cadence", [Cadence.HOURLY, Cadence.DAILY, Cadence.WEEKLY])
async def test_a_bot_that_was_down_tells_all_of_it_once(town, cadence: Cadence) -> None:
    await reader(town, "2026-11-20T08:00", cadence=cadence)
    for day in range(3):
        text = f"event{day} event{day}s event{day}ing event{day}er."
        await town.arrive(draft(f"event{day}", text, at=town.clock.now))
        await town.work("read", "write")
        town.clock.advance(days=1)
    town.clock.advance(days=5)
    await town.work("digest", "deliver")
    await town.work("digest", "deliver")
    [digest] = town.platform.texts
    assert [f"Event{day}" in digest for day in range(3)] == [True, True, True]


async def test_live_posts_rest_through_a_night_across_a_clock_change(town) -> None:
    options = Options(quiet_from="22:00", quiet_until="07:00")
    await reader(town, "2026-10-24T21:00", cadence=Cadence.LIVE, options=options)
    town.clock.now = berlin("2026-10-24T23:00")
    await town.arrive(draft("ferry", at=town.clock.now))
    await town.work()
    town.clock.now = berlin("2026-10-25T06:59")
    await town.work()
    assert town.platform.sent == []
    town.clock.advance(minutes=1)
    await town.work()
    assert len(town.platform.sent) == 1
    assert town.clock.now - berlin("2026-10-24T22:00") == timedelta(hours=10)
