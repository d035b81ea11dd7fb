"""What due digests have to tell, read once for all of them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from town import Person, Town

from bot.chat import window
from bot.chat.digest import told_button
from bot.chat.window import FRESH, Windows, begins
from bot.types import Cadence, SourceKind, Story, Subscription, SubscriptionKind

DAY = timedelta(days=1)


async def standing(town: Town, person: Person, kind: SubscriptionKind, value: str = "") -> Subscription:
    chat = await town.chat(person)
    return await town.store.subscriptions.add(
        chat.id, kind=kind, value=value, cadence=Cadence.DAILY, now=town.now, due_at=town.now + DAY
    )


async def told(town: Town, windows: Windows, subscription: Subscription) -> list[str]:
    """Titles of what a digest due now tells."""
    chat = await town.store.chats.get(subscription.chat_id)
    window = await windows.reaching(begins(subscription, town.now), now=town.now)
    return [entry.articles[0].title for entry in await window.digest_for(subscription, chat)]


async def report(town: Town, title: str, **more: object) -> Story:
    return await town.event(await town.article("River Post", title, f"{title}.", **more))  # type: ignore[arg-type]


async def test_a_digest_has_what_matches_most_important_first(town: Town, ann: Person) -> None:
    await report(town, "Rain on Monday")
    one, two = [await town.article(o, f"Rain in {o}", "It rains.") for o in ("Town", "Vale")]
    await town.event(one, two)
    await report(town, "A vote")
    rain = await standing(town, ann, SubscriptionKind.KEYWORD, "title:rain")
    assert await told(town, Windows(town.store), rain) == ["Rain in Town", "Rain on Monday"]


async def test_stories_on_the_screen_bring_their_summaries(town: Town, ann: Person) -> None:
    await report(town, "Rain on Monday")
    everything = await standing(town, ann, SubscriptionKind.ALL)
    chat = await town.chat(ann)
    window = await Windows(town.store).reaching(begins(everything, town.now), now=town.now)
    [entry] = await window.digest_for(everything, chat)
    assert entry.summary is not None
    assert entry.summary.text == "Rain on Monday."


async def test_what_the_chat_was_told_within_a_week_is_not_told_again(town: Town, ann: Person) -> None:
    old = await report(town, "Old")
    await report(town, "New")
    everything = await standing(town, ann, SubscriptionKind.ALL)
    await town.store.subscriptions.remember_stories(everything.chat_id, {old.id: 1}, now=town.now)
    assert await told(town, Windows(town.store), everything) == ["New"]


async def test_the_back_catalogue_of_a_new_source_is_no_news(town: Town, ann: Person) -> None:
    everything = await standing(town, ann, SubscriptionKind.ALL)
    await report(town, "Long ago", hours=24 * 30)
    await report(town, "Before its source", quiet=True)
    await report(town, "New")
    assert await told(town, Windows(town.store), everything) == ["New"]


FIRST = "The ferry Marla hit rocks on Monday. Fourteen people were hurt."


async def grown(town: Town, ann: Person, kind: SubscriptionKind, text: str) -> tuple[Subscription, Story]:
    """A story that the chat was told in full, and then a report of another outlet."""
    first = await town.article("River Post", "Ferry hits rocks", FIRST)
    ferry = await town.event(first)
    order = await standing(town, ann, kind, str(ferry.id) if kind is SubscriptionKind.STORY else "")
    await town.store.subscriptions.remember_stories(order.chat_id, {ferry.id: 1}, now=town.now)
    town.now += timedelta(hours=20)
    later = await town.article("Daily Echo", "Ferry Marla", text)
    grown = await town.store.stories.join(ferry.id, later.id, town.now)
    await town.summarize(grown, first, later)
    town.now += timedelta(minutes=1)
    return order, ferry


@pytest.mark.parametrize("kind", [SubscriptionKind.ALL, SubscriptionKind.STORY])
async def test_a_story_that_was_told_is_told_again_with_what_is_new(
    town: Town, ann: Person, kind: SubscriptionKind
) -> None:
    order, _ = await grown(town, ann, kind, "The captain of the ferry was arrested in Oldmouth.")
    chat = await town.store.chats.get(order.chat_id)
    window = await Windows(town.store).reaching(begins(order, town.now), now=town.now)
    [entry] = await window.digest_for(order, chat)
    said = "".join(span.text for span in entry.block.spans)
    assert "New: The captain of the ferry was arrested in Oldmouth. (Daily Echo" in said


@pytest.mark.parametrize("kind", [SubscriptionKind.ALL, SubscriptionKind.STORY])
async def test_a_story_that_only_another_outlet_repeats_is_not_told_again(
    town: Town, ann: Person, kind: SubscriptionKind
) -> None:
    order, _ = await grown(town, ann, kind, "On Monday the ferry Marla hit rocks; 14 people were hurt.")
    assert await told(town, Windows(town.store), order) == []


async def test_a_withdrawn_report_is_told(town: Town, ann: Person) -> None:
    order, ferry = await grown(town, ann, SubscriptionKind.ALL, "The captain was arrested in Oldmouth.")
    await town.store.subscriptions.remember_stories(order.chat_id, {ferry.id: 2}, now=town.now)
    town.now += timedelta(hours=1)
    [echo] = [a for a in await town.store.stories.articles(ferry.id) if a.outlet == "Daily Echo"]
    await town.withdraw(echo)
    await town.store.stories.change(ferry.id, now=town.now, material=True)
    town.now += timedelta(minutes=1)
    chat = await town.store.chats.get(order.chat_id)
    window = await Windows(town.store).reaching(begins(order, town.now), now=town.now)
    [entry] = await window.digest_for(order, chat)
    assert entry.change is not None
    assert entry.change.text == "Daily Echo withdrew its report."


async def test_a_digest_begins_where_the_last_one_ended(town: Town, ann: Person) -> None:
    await report(town, "Before")
    everything = replace(await standing(town, ann, SubscriptionKind.ALL), covered_until=town.now)
    await report(town, "After")
    assert await told(town, Windows(town.store), everything) == ["After"]


async def test_a_story_that_comes_while_digests_are_composed_is_told_by_the_next(
    town: Town, ann: Person
) -> None:
    everything = await standing(town, ann, SubscriptionKind.ALL)
    windows = Windows(town.store)
    await report(town, "Before")
    shared = await windows.reaching(begins(everything, town.now), now=town.now)
    await report(town, "Meanwhile")
    assert await told(town, windows, everything) == ["Before"]
    next_one = replace(everything, covered_until=shared.until)
    town.now += DAY
    assert await told(town, windows, next_one) == ["Meanwhile"]


async def test_a_story_of_this_very_moment_is_left_to_the_next_digest(town: Town, ann: Person) -> None:
    everything = await standing(town, ann, SubscriptionKind.ALL)
    town.now = (await report(town, "Just now")).updated
    assert await told(town, Windows(town.store), everything) == []
    covered = replace(everything, covered_until=town.now)
    town.now += DAY
    assert await told(town, Windows(town.store), covered) == ["Just now"]


async def test_digests_within_a_minute_share_one_window(town: Town) -> None:
    windows = Windows(town.store)
    first = await windows.reaching(town.now - DAY, now=town.now)
    assert await windows.reaching(town.now - DAY, now=town.now + FRESH / 2) is first
    assert await windows.reaching(town.now - DAY, now=town.now + FRESH) is not first


@pytest.mark.parametrize("back", [timedelta(hours=1), DAY, 7 * DAY, 30 * DAY])
async def test_a_window_reaches_back_far_enough(town: Town, back: timedelta) -> None:
    windows = Windows(town.store)
    await windows.reaching(town.now - back, now=town.now)
    later = town.now + FRESH * 0.9
    window = await windows.reaching(later - back, now=later)
    assert window.since <= later - back


async def test_a_clock_that_went_back_reads_a_new_window(town: Town) -> None:
    windows = Windows(town.store)
    await windows.reaching(town.now - DAY, now=town.now)
    earlier = town.now - timedelta(hours=1)
    assert (await windows.reaching(earlier - DAY, now=earlier)).until == earlier


async def test_topics_and_sources_are_seen_through_the_window(town: Town, ann: Person) -> None:
    space = await town.store.sources.add(
        "https://space.example/feed", kind=SourceKind.FEED, topic="science/space", now=town.now
    )
    await report(town, "A comet", source=space)
    await report(town, "A vote")
    windows = Windows(town.store)
    by_topic = await standing(town, ann, SubscriptionKind.TOPIC, "science")
    by_source = await standing(town, ann, SubscriptionKind.SOURCE, str(space.id))
    assert await told(town, windows, by_topic) == await told(town, windows, by_source) == ["A comet"]


async def test_the_rest_of_a_long_digest_is_behind_its_button_however_long(town: Town, ann: Person) -> None:
    chat = await town.chat(ann)
    stories = [await report(town, f"Event {n}") for n in range(60)]
    await town.store.subscriptions.remember_stories(chat.id, {s.id: 1 for s in stories}, now=town.now)
    button, seen = told_button(town.now, 5, 55), []
    while button:
        heard = await ann.sends("", button=button.payload)
        seen += re.findall(r"^\d+\. Event (\d+)$", heard.text, re.MULTILINE)
        button = next((b for r in heard.replies for row in r.buttons for b in row), None)
    assert seen == [str(n) for n in range(5, 60)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of three stories instead of a thousand."""
    monkeypatch.setattr(window, "PAGE", 3)


async def busy(town: Town) -> None:
    """A storm that everybody reports, a comet, and then eight stories of the day."""
    outlets = ("River Post", "Daily Echo", "Morning Mail")
    await town.event(*[await town.article(o, "A storm", f"A storm, says {o}.") for o in outlets])
    await report(town, "A comet")
    for number in range(8):
        await report(town, f"Story {number}")


async def test_of_a_busy_week_the_most_important_is_told_however_old(
    town: Town, ann: Person, small: None
) -> None:
    await busy(town)
    everything = await standing(town, ann, SubscriptionKind.ALL)
    titles = await told(town, Windows(town.store), everything)
    assert (titles[0], len(titles)) == ("A storm", 3)


@pytest.mark.parametrize("kind", [SubscriptionKind.KEYWORD, SubscriptionKind.STORY])
async def test_of_a_busy_week_nothing_that_is_asked_for_is_lost(
    town: Town, ann: Person, small: None, kind: SubscriptionKind
) -> None:
    await busy(town)
    comet = next(s for s in await town.store.stories.list(limit=20) if s.title == "A comet")
    order = await standing(town, ann, kind, "comet" if kind is SubscriptionKind.KEYWORD else str(comet.id))
    await town.store.subscriptions.reschedule(order.id, town.now)
    assert await told(town, Windows(town.store), order) == ["A comet"]


async def test_who_asks_for_much_takes_no_place_from_who_asks_for_little(
    town: Town, ann: Person, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "ASKED", 1)
    await busy(town)
    much = await standing(town, ann, SubscriptionKind.KEYWORD, "title:story")
    little = await standing(town, ann, SubscriptionKind.KEYWORD, "comet")
    for one in (much, little):
        await town.store.subscriptions.reschedule(one.id, town.now)
    windows = Windows(town.store)
    assert await told(town, windows, little) == ["A comet"]
    assert 1 <= len(await told(town, windows, much)) <= 4


async def test_with_very_many_questions_fewer_stories_are_looked_at(
    town: Town, ann: Person, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "DECISIONS", 6)
    await busy(town)
    order = await standing(town, ann, SubscriptionKind.KEYWORD, "comet")
    await town.store.subscriptions.reschedule(order.id, town.now)
    assert await told(town, Windows(town.store), order) == []
