"""What changed in a story, for those who asked to be told."""

from datetime import timedelta

import pytest
from fakes import MORNING, draft

from bot.types import Cadence, Options, SubscriptionKind

FERRY = "The ferry Marla hit rocks near the harbour on Monday. Fourteen passengers of the ferry were hurt."
ELEVEN = FERRY.replace("Fourteen", "Eleven")
ARREST = f"The captain of the ferry was arrested in Lisbon. {ELEVEN}"


async def follow(town, name: str = "ann", **options) -> None:
    chat = await town.chat(name)
    await town.store.subscriptions.add(
        chat.id,
        kind=SubscriptionKind.ALL,
        cadence=Cadence.LIVE,
        options=Options(**{"changes": True, **options}),
        now=town.clock.now,
    )


async def says(town, text: str, **later: float) -> None:
    """The Post's report of the ferry has this text from now on."""
    town.clock.advance(**later)
    await town.arrive(draft("ferry", text, title="Ferry hits rocks"))
    await town.work()


def changed(town) -> list[str]:
    """The messages that say what changed."""
    return [d.part.plain for d in town.platform.sent if d.part.plain.startswith("What changed")]


async def test_who_asked_is_told_what_changed_with_its_source_under_the_post(town) -> None:
    await follow(town)
    await follow(town, "bob", changes=False)
    await says(town, FERRY)
    await says(town, ELEVEN, minutes=30)

    [said] = changed(town)
    assert said == (
        "What changed: Ferry hits rocks (https://post.example/ferry)\n\n"
        "• Now: Eleven passengers of the ferry were hurt. (before: Fourteen passengers) [1]\n\n[1] Post"
    )
    [delivery] = [d for d in town.platform.sent if d.part.plain == said]
    assert (delivery.address.chat, delivery.reply_to, delivery.edits) == ("ann", "message-1", "")
    assert not delivery.silent
    assert "bob" not in [d.address.chat for d in town.platform.sent[2:]]


async def test_a_cosmetic_edit_is_told_to_nobody(town) -> None:
    await follow(town)
    await says(town, FERRY)
    await says(town, FERRY.replace("near the harbour", "close to the harbour"), minutes=30)
    assert changed(town) == []


async def test_changes_soon_after_one_another_come_together_and_none_is_lost(town) -> None:
    await follow(town)
    await says(town, FERRY)
    await says(town, ELEVEN, minutes=30)
    await says(town, ARREST, minutes=30)
    assert len(changed(town)) == 1

    town.clock.advance(hours=2, minutes=31)
    await town.work()
    await town.work()

    assert len(changed(town)) == 2
    assert "New: The captain of the ferry was arrested in Lisbon. [1]" in changed(town)[1]
    assert "Eleven" not in changed(town)[1]


async def test_in_quiet_hours_what_changed_waits_for_their_end(town) -> None:
    await follow(town, quiet_from="08:15", quiet_until="12:00")
    await says(town, FERRY)
    await says(town, ELEVEN, minutes=30)
    await says(town, ARREST, minutes=30)
    assert changed(town) == []

    town.clock.advance(hours=3, minutes=1)
    await town.work()

    [said] = changed(town)
    assert "Eleven passengers" in said
    assert "arrested in Lisbon" in said


async def test_what_changed_counts_in_the_limit_of_the_day(town) -> None:
    await follow(town, most=1)
    await says(town, FERRY)
    await says(town, ELEVEN, minutes=30)
    assert changed(town) == []


async def test_a_withdrawn_report_is_told(town) -> None:
    await follow(town)
    await town.arrive(draft("ferry", FERRY, title="Ferry hits rocks"))
    await town.arrive(draft("ferry-rocks", f"{FERRY} Boats came.", title="Ferry hits rocks", outlet="Echo"))
    await town.work()
    town.clock.advance(minutes=30)
    gone = draft("ferry", FERRY, title="Ferry hits rocks")
    await town.arrive(type(gone)(**{f: getattr(gone, f) for f in gone.__slots__} | {"withdrawn": True}))
    await town.work()

    [said] = changed(town)
    assert "Withdrawn: Post took back its report “Ferry hits rocks” [1]" in said


async def test_what_changed_in_the_quiet_hours_before_the_post_went_is_in_the_post_afterwards(town) -> None:
    await follow(town, quiet_from="07:00", quiet_until="12:00")
    await says(town, FERRY)
    await says(town, ELEVEN.replace("Marla", "Linda"), minutes=30)
    town.clock.advance(hours=3, minutes=31)
    await town.work()
    town.clock.advance(minutes=2)
    await town.work()
    assert "Linda" in [d for d in town.platform.sent if d.edits][-1].part.plain


async def test_a_story_is_followed_for_a_week(town) -> None:
    await follow(town)
    await says(town, FERRY)
    await says(town, ELEVEN, days=8)
    assert changed(town) == []


@pytest.mark.parametrize("speaks", [{"de"}, set()])
async def test_what_changed_comes_in_the_readers_language_or_says_why_not(town, speaks) -> None:
    town.summarizer.speaks = speaks
    await follow(town, language="de")
    await says(town, FERRY)
    await says(town, ELEVEN, minutes=30)
    [said] = changed(town)
    assert ("de: Eleven passengers" in said) is bool(speaks)
    assert ("Not translated into de." in said) is not bool(speaks)


async def test_who_follows_one_story_gets_it_when_it_changes_though_it_was_never_posted(town) -> None:
    await says(town, FERRY)
    chat = await town.chat()
    [story] = await town.store.stories.list(limit=1)
    town.clock.advance(minutes=5)
    await town.store.subscriptions.add(
        chat.id,
        kind=SubscriptionKind.STORY,
        value=str(story.id),
        options=Options(changes=True),
        now=town.clock.now,
    )
    await says(town, ELEVEN, minutes=5)
    assert ["Eleven" in text or "ferry Marla" in text for text in town.platform.texts] == [True]
    assert MORNING + timedelta(minutes=10) == town.clock.now
