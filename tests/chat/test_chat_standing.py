"""Transcripts about subscriptions, settings and a person's own data."""

from datetime import UTC, datetime

import pytest
from town import Person, Town

from bot.types import Cadence, SubscriptionKind


async def test_subscribing_to_everything_is_a_daily_digest(town: Town, ann: Person) -> None:
    said = await ann.says("/subscribe")
    assert said.startswith(
        "Subscribed to everything, daily at 08:00.\n\nThe first comes on 24 Nov 2026, 08:00 (UTC)."
    )
    [made] = await town.store.subscriptions.list((await town.chat(ann)).id)
    assert (made.kind, made.cadence) == (SubscriptionKind.ALL, Cadence.DAILY)
    assert made.due_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


async def test_subscribing_twice_makes_one_subscription(town: Town, ann: Person) -> None:
    await ann.says("/subscribe keyword flood")
    assert await ann.says("/subscribe keyword flood") == (
        "This chat is subscribed to stories with flood, at once already."
    )
    assert len(await town.store.subscriptions.list((await town.chat(ann)).id)) == 1


async def test_subscribing_again_at_another_time_moves_the_digest(town: Town, ann: Person) -> None:
    await ann.says("/subscribe all daily 08:00")
    assert (await ann.says("/subscribe all daily 09:30")).startswith(
        "Subscribed to everything, daily at 09:30."
    )
    [moved] = await town.store.subscriptions.list((await town.chat(ann)).id)
    assert (moved.at, moved.due_at) == ("09:30", datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


async def test_a_live_subscription_has_no_digest(town: Town, ann: Person) -> None:
    assert (await ann.says("/subscribe keyword flood")).startswith(
        "Subscribed to stories with flood, at once."
    )
    [made] = await town.store.subscriptions.list((await town.chat(ann)).id)
    assert made.due_at is None


async def test_a_mistake_in_a_filter_is_shown_with_its_place(ann: Person) -> None:
    said = await ann.says("/subscribe keyword flood AND (elbe")
    assert said == "I can't read this filter: a “(” is never closed, at character 11 (“(elbe”)."


@pytest.mark.parametrize("order", ["source 99", "story 99"])
async def test_what_is_not_there_can_not_be_subscribed_to(ann: Person, order: str) -> None:
    assert (await ann.says(f"/subscribe {order}")).startswith(f"I have no {order}.")


async def test_subscriptions_are_listed_and_ended(town: Town, ann: Person) -> None:
    await ann.says("/subscribe")
    await ann.says("/subscribe keyword flood")
    listed = await ann.sends("/subscriptions")
    assert "everything, daily at 08:00, next 24 Nov 2026, 08:00" in listed.text
    assert listed.payloads == ["change 1", "unsubscribe 1", "change 2", "unsubscribe 2"]
    assert await ann.presses("unsubscribe 2") == "Ended: stories with flood, at once."
    assert await ann.says("/unsubscribe all") == "Ended: 1 subscription."
    assert (await ann.says("/subscriptions")).startswith("No subscriptions here yet.")


async def test_a_chat_can_not_end_anothers_subscription(town: Town, ann: Person) -> None:
    bob = town.person("8")
    await bob.says("/subscribe")
    await bob.says("/subscribe keyword flood")
    await ann.says("/subscribe")
    [first, _] = await town.store.subscriptions.list((await town.chat(bob)).id)
    assert (await ann.says(f"/unsubscribe {first.id}")).startswith("This chat has no subscription")
    assert len(await town.store.subscriptions.list((await town.chat(bob)).id)) == 2


async def test_a_chat_has_a_limited_number_of_subscriptions(town: Town, ann: Person) -> None:
    chat = await town.chat(ann)
    async with town.store.transaction():
        for n in range(50):
            kind = SubscriptionKind.KEYWORD
            await town.store.subscriptions.add(chat.id, kind=kind, value=f"word{n}", now=town.now)
    assert (await ann.says("/subscribe keyword more")).startswith("This chat has 50 subscriptions")


# --- settings ------------------------------------------------------------------------------


async def test_settings_are_shown(ann: Person) -> None:
    assert await ann.says("/settings") == (
        "Settings of this chat\n\n• timezone: UTC\n• length of summaries: short\n"
        "• language: as in the article\n• quiet hours: none\n\nTo change one: /settings quiet 22:00-07:00"
    )


async def test_a_new_time_zone_moves_the_digests(town: Town, ann: Person) -> None:
    await ann.says("/subscribe all daily 08:00")
    assert await ann.says("/settings timezone Asia/Tokyo") == "Time zone: Asia/Tokyo. It is 18:00 there."
    [moved] = await town.store.subscriptions.list((await town.chat(ann)).id)
    assert moved.due_at == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


async def test_who_does_not_know_their_zone_says_what_time_it_is(ann: Person) -> None:
    asked = await ann.sends("/settings it's 18:02 here")
    assert asked.text == "Where is it 18:02 now?"
    assert "settings timezone Asia/Tokyo" in asked.payloads
    assert (await ann.presses("settings timezone Asia/Tokyo")).startswith("Time zone: Asia/Tokyo.")


@pytest.mark.parametrize(
    "said", ["it's 18:02 here", "It’s 6:02 pm here", "it is 6.02pm here", "/settings 18h02", "it's 6:02 here"]
)
async def test_a_clock_is_understood_as_people_say_it(ann: Person, said: str) -> None:
    asked = await ann.sends(said)
    assert asked.text.startswith("Where is it ")
    assert "settings timezone Asia/Tokyo" in asked.payloads


async def test_a_morning_is_no_evening_where_it_was_said(ann: Person) -> None:
    assert "settings timezone Asia/Tokyo" not in (await ann.sends("it's 6:02 am here")).payloads


@pytest.mark.parametrize(
    ("said", "zone"),
    [("tokyo", "Asia/Tokyo"), ("new york", "America/New_York"), ("europe/berlin", "Europe/Berlin")],
)
async def test_a_city_names_its_time_zone(town: Town, ann: Person, said: str, zone: str) -> None:
    assert (await ann.says(f"/settings timezone {said}")).startswith(f"Time zone: {zone}.")
    assert (await town.chat(ann)).timezone == zone


async def test_a_time_that_it_is_nowhere(ann: Person) -> None:
    assert (await ann.says("/settings it's 18:17 here")).startswith("I know no place where it is 18:17 now.")


@pytest.mark.parametrize(
    "zone", ["Mars/Base", "Factory", "localtime", "posixrules", "right/UTC", "é\0", "x" * 3000]
)
async def test_what_is_no_place_is_no_time_zone(town: Town, ann: Person, zone: str) -> None:
    assert "Names look like Europe/Berlin" in await ann.says(f"/settings timezone {zone}")
    assert (await town.chat(ann)).timezone == "UTC"


@pytest.mark.parametrize("said", ["timezone\nAsia/Tokyo", "timezone\tAsia/Tokyo", " timezone   Asia/Tokyo "])
async def test_a_setting_may_stand_on_a_line_of_its_own(ann: Person, said: str) -> None:
    assert (await ann.says(f"/settings {said}")).startswith("Time zone: Asia/Tokyo.")


@pytest.mark.parametrize(
    "how",
    ["22:00-07:00", "22:00 07:00", "22:00 to 7:00", "22:00–07:00", "10pm-7am", "from 22 until 7", "22h-7h"],
)
async def test_quiet_hours(town: Town, ann: Person, how: str) -> None:
    assert (await ann.says(f"/settings quiet {how}")).startswith("Quiet hours: 22:00 to 07:00 (UTC).")
    chat = await town.chat(ann)
    assert (chat.quiet_from, chat.quiet_until) == ("22:00", "07:00")
    assert await ann.says("/settings quiet off") == "No quiet hours."


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("quiet 22:00", "two times"),
        ("quiet 22:00-22:00", "another end"),
        ("quiet 22:00-99:00", "not a time of day"),
        ("length huge", "Lengths are headline, short, long."),
        ("language klingon", "a name or a code"),
        ("colour red", "I know the settings"),
        ("timezone", "Which time zone?"),
        ("it's 14:05 pm here", "not a time of day"),
        ("it's 25:61 here", "not a time of day"),
    ],
)
async def test_a_setting_that_can_not_be_is_refused(ann: Person, wrong: str, says: str) -> None:
    assert says in await ann.says(f"/settings {wrong}")


async def test_length_and_language(town: Town, ann: Person) -> None:
    assert await ann.says("/settings length long") == "Length of summaries: long."
    assert (await ann.says("/settings language German")).startswith("Language: de.")
    assert (await town.chat(ann)).language == "de"
    await ann.says("/settings language off")
    assert (await town.chat(ann)).language == ""


# --- one's own data ------------------------------------------------------------------------


async def test_my_data_and_forgetting_it(town: Town, ann: Person) -> None:
    await ann.says("Who is the mayor?")
    assert "Who is the mayor?" in await ann.says("/mydata")
    warned = await ann.sends("/forget")
    assert "There is no way back" in warned.text
    assert (await ann.presses(warned.payloads[0])).startswith("Done:")
    assert "Who is the mayor?" not in await ann.says("/mydata")


async def test_my_data_is_not_told_in_a_group(town: Town) -> None:
    bob = town.person("8", group="-100")
    for command in ("/mydata", "/forget", "/forget yes"):
        assert (await bob.says(command)).startswith("Please ask me that in a private chat")


# --- a chat that was given up --------------------------------------------------------------


async def test_start_takes_a_chat_up_again(town: Town, ann: Person) -> None:
    await ann.says("/subscribe")
    chat = await town.chat(ann)
    await town.store.chats.deactivate(chat.id, "blocked")
    assert (await ann.says("/start")).startswith("Hello.")
    assert (await town.chat(ann)).active
