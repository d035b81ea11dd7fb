"""Transcripts about what a subscription asks for beyond its news, changing it, and why a story came."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from town import Person, Town

from bot.types import (
    Cadence,
    DeliveryKind,
    Length,
    NewDelivery,
    Outcome,
    Part,
    Signature,
    Story,
    Subscription,
    SubscriptionKind,
    Verdict,
)


async def only(town: Town, person: Person) -> Subscription:
    [one] = await town.store.subscriptions.list((await town.chat(person)).id)
    return one


async def flood(town: Town) -> Story:
    return await town.event(await town.article("River Post", "Elbe floods its valley", "The Elbe rose."))


async def decided(town: Town, person: Person, story: Story, outcome: Outcome, **more: object) -> None:
    """What the write stage would have kept."""
    one = await only(town, person)
    values = {"at": town.now, "as_of": town.now} | more
    verdict = Verdict(
        chat_id=one.chat_id, story_id=story.id, subscription_id=one.id, outcome=outcome, **values
    )  # type: ignore[arg-type]
    await town.store.verdicts.put([verdict])


async def held(town: Town, person: Person, story: Story) -> None:
    """Its post waits until seven in the morning."""
    seven = (town.now + timedelta(days=1)).replace(hour=7, minute=0)
    await decided(town, person, story, Outcome.POST, at=seven)
    chat = await town.chat(person)
    post = NewDelivery(
        dedup_key=f"story:{story.id}:{chat.id}",
        chat_id=chat.id,
        kind=DeliveryKind.LIVE,
        parts=(Part(html="", plain="It waits."),),
        story_id=story.id,
        not_before=seven,
    )
    await town.store.outbox.put([post], town.now)


# --- quiet hours that change -------------------------------------------------------------------


@pytest.mark.parametrize(
    "says",
    [
        "/settings quiet off",
        "/settings quiet 01:00-09:00",
        "/settings timezone Asia/Tokyo",
        "/change 1 quiet off",
    ],
)
async def test_posts_that_wait_for_the_old_quiet_hours_end_are_decided_anew(
    town: Town, ann: Person, says: str
) -> None:
    await ann.says("/subscribe keyword flood")
    story = await flood(town)
    await held(town, ann, story)
    [claim] = await town.store.rows.claim("stories", now=town.now, lease=timedelta(minutes=1))
    async with town.store.rows.finish(claim, due_at=None):
        pass

    await ann.says(says)

    chat = await town.chat(ann)
    assert await town.store.verdicts.get(chat.id, story.id) is None
    assert await town.store.subscriptions.sent_stories(chat.id, story.created) == set()
    assert await town.store.outbox.claim(now=town.now + timedelta(days=2), lease=timedelta(minutes=1)) == []
    assert await town.store.rows.next_due("stories") == town.now


@pytest.mark.parametrize(
    ("says", "hour"),
    [
        ("/settings quiet off", 23),
        ("/settings quiet 21:00-09:00", 9),
        ("/change 1 quiet off", 23),
        ("/change 1 long", 7),
    ],
)
async def test_a_digest_that_waits_for_the_old_quiet_hours_end_waits_no_longer(
    town: Town, ann: Person, says: str, hour: int
) -> None:
    await ann.says("/settings quiet 22:00-07:00")
    await ann.says("/subscribe all daily at 22:30")
    town.now = town.now.replace(hour=23, minute=0)
    seven = (town.now + timedelta(days=1)).replace(hour=7)
    await town.store.subscriptions.reschedule(1, seven)

    await ann.says(says)

    due = (await only(town, ann)).due_at
    assert due is not None
    assert due.hour == hour


async def test_a_digest_that_is_due_just_now_is_not_put_off_by_a_change(town: Town, ann: Person) -> None:
    await ann.says("/subscribe all daily at 08:00")
    await town.store.subscriptions.reschedule(1, town.now)
    for says in ("/change 1 long", "/settings timezone Asia/Tokyo", "/settings quiet 01:00-02:00"):
        await ann.says(says)
        assert (await only(town, ann)).due_at == town.now


# --- subscribing and changing ------------------------------------------------------------------


async def test_options_are_kept_and_repeated_in_words(town: Town, ann: Person) -> None:
    said = await ann.says("/subscribe keyword flood live max 5 urgent dam long in German")
    assert said.startswith(
        "Subscribed to stories with flood, at once, long summaries, in German, at most 5 a day, "
        "urgent: dam.\n\n"
        "What is over the limit comes as a digest at 08:00 (UTC).\n\n"
        "To end it: /unsubscribe 1; to change it: /change 1"
    )
    assert (await only(town, ann)).options.length is Length.LONG


async def test_subscribing_again_with_other_options_replaces_them(town: Town, ann: Person) -> None:
    await ann.says("/subscribe keyword flood max 5")
    await ann.says("/subscribe keyword flood max 2")
    assert (await only(town, ann)).options.most == 2


async def test_a_subscription_is_changed_and_said_back(town: Town, ann: Person) -> None:
    await ann.says("/subscribe keyword flood live max 5")
    assert await ann.says("/change 1 daily mon-fri 07:30 short") == (
        "Now: stories with flood, daily on Monday to Friday at 07:30, short summaries.\n\n"
        "The next digest comes on 24 Nov 2026, 07:30."
    )
    one = await only(town, ann)
    assert (one.cadence, one.options.most) == (Cadence.DAILY, None)
    assert one.due_at == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    assert await ann.says("/change 1 live") == "Now: stories with flood, at once, short summaries."
    assert (await only(town, ann)).due_at is None


async def test_buttons_change_what_people_change_most(town: Town, ann: Person) -> None:
    await ann.says("/subscribe keyword flood")
    shown = await ann.sends("/change 1")
    assert shown.text.startswith("Change subscription 1: stories with flood, at once.")
    for payload in ("change 1 long", "change 1 max 3", "change 1 changes on", "change 1 quiet 22:00-07:00"):
        assert payload in shown.payloads
        assert (await ann.presses(payload)).startswith("Now: stories with flood, at once,")
    one = (await only(town, ann)).options
    assert (one.length, one.most, one.changes, one.quiet_from) == (Length.LONG, 3, True, "22:00")
    assert "change 1 max off" in (await ann.sends("/change 1")).payloads


async def test_the_button_daily_makes_a_weekly_digest_daily(town: Town, ann: Person) -> None:
    await ann.says("/subscribe weekly thu 18:00")
    assert "change 1 daily" in (await ann.sends("/change 1")).payloads
    assert (await ann.presses("change 1 daily")).startswith("Now: everything, daily at 18:00.")
    assert (await only(town, ann)).due_at == datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize("space", ["\n", "\t", "   "])
async def test_a_change_may_stand_on_a_line_of_its_own(ann: Person, space: str) -> None:
    await ann.says("/subscribe keyword flood daily")
    assert await ann.says(f"/change 1{space}live") == "Now: stories with flood, at once."


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("/change", "Which subscription? Give me its number."),
        ("/change 9 short", "This chat has no subscription 9."),
        ("/change 1 sometimes", "I don't understand “sometimes” here."),
        ("/change 1 daily max 3", "“max” goes with live"),
        (
            "/change 1 daily",
            "Subscription 2 is stories with flood, daily at 08:00. End one of the two first.",
        ),
    ],
)
async def test_a_change_that_can_not_be_is_refused(ann: Person, wrong: str, says: str) -> None:
    await ann.says("/subscribe keyword flood")
    await ann.says("/subscribe keyword flood daily")
    assert (await ann.says(wrong)).startswith(says)


async def test_a_chat_can_not_change_anothers_subscription(town: Town, ann: Person) -> None:
    await town.person("8").says("/subscribe keyword flood")
    assert (await ann.says("/change 1 short")).startswith("This chat has no subscription 1.")


async def test_in_a_group_only_those_who_administer_it_change(town: Town) -> None:
    boss = town.person("9", group="-100", administers=True)
    await boss.says("/subscribe keyword flood", addressed=True)
    said = await town.person("8", group="-100").says("/change 1 short", addressed=True)
    assert said == "In a group, only its administrators can change what I post here."


async def test_what_waits_for_a_digest_keeps_its_time_when_the_zone_or_the_order_changes(
    town: Town, ann: Person
) -> None:
    await ann.says("/subscribe all live max 1")
    await decided(town, ann, await flood(town), Outcome.FOLDED)
    await ann.says("/change 1 max 2 at 12:00")
    assert (await only(town, ann)).due_at == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    await ann.says("/settings timezone Asia/Tokyo")
    assert (await only(town, ann)).due_at == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


# --- like this story ----------------------------------------------------------------------------


async def compared(town: Town) -> Story:
    """A story that an embedder read."""
    article = await town.article("River Post", "Elbe floods its valley", "The Elbe rose.")
    signature = Signature(
        article_id=article.id,
        story_id=None,
        when=article.when,
        outlet="",
        title="",
        vector=np.array([0.6, 0.8], np.float32),
        terms=(),
    )
    await town.store.articles.index(
        article.id, revision=1, passages=[], vectors=np.zeros((0, 0), np.float32), signature=signature
    )
    return await town.event(article)


async def test_stories_like_one_are_subscribed_to_with_its_vector(town: Town, ann: Person) -> None:
    story = await compared(town)
    shown = await ann.sends(f"/story {story.id}")
    assert f"subscribe like {story.id}" in shown.payloads
    assert (await ann.presses(f"subscribe like {story.id}")).startswith(
        f"Subscribed to stories like story {story.id}, at once."
    )
    one = await only(town, ann)
    assert one.kind is SubscriptionKind.LIKE
    assert np.frombuffer(one.vector, "<f2") == pytest.approx([0.6, 0.8], abs=1e-3)


async def test_a_reply_to_a_post_subscribes_to_its_like(town: Town, ann: Person) -> None:
    from test_chat_replies import posted

    story = await compared(town)
    post = await posted(town, story, ann)
    assert (await ann.says("/subscribe like this max 2", reply_to=post)).startswith(
        f"Subscribed to stories like story {story.id}, at once, at most 2 a day."
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/subscribe like this", "Which story? Give me its number, or reply to a post of mine."),
        ("/subscribe like 99", "I have no story 99."),
        ("/subscribe like 1", "I can't compare story 1 with others: no embedding model has read it."),
    ],
)
async def test_a_story_that_can_not_be_compared_is_refused(
    town: Town, ann: Person, text: str, says: str
) -> None:
    await flood(town)
    assert (await ann.says(text)).startswith(says)


# --- why ---------------------------------------------------------------------------------------


async def test_why_says_the_likeness_and_what_is_needed(town: Town, ann: Person) -> None:
    await ann.says(f"/subscribe like {(await compared(town)).id}")
    second = await compared(town)
    said = await ann.says(f"/why {second.id}")
    assert "• 1 stories like story 1, at once. Its likeness is 1.00; 0.50 is enough." in said


async def test_why_a_story_waits_for_a_digest(town: Town, ann: Person) -> None:
    await ann.says("/subscribe all live max 1")
    story = await flood(town)
    await decided(town, ann, story, Outcome.FOLDED)
    due = town.now + timedelta(hours=20)
    await town.store.subscriptions.reschedule(1, due)
    [article] = await town.store.stories.articles(story.id)
    said = await ann.says(f"/why {article.url}")
    assert "I have not told this chat about it yet: it waits for a digest." in said
    assert "Over its limit of 1 a day: it comes in the next digest, on 24 Nov 2026, 05:00." in said


@pytest.mark.parametrize("mark", ["?utm_source=share&fbclid=x", "#comments", "/"])
async def test_an_address_is_known_as_people_copy_it(town: Town, ann: Person, mark: str) -> None:
    story = await flood(town)
    [article] = await town.store.stories.articles(story.id)
    for command in ("why", "summary", "changes"):
        said = await ann.says(f"/{command} {article.url.replace('https://', 'http://www.')}{mark}")
        assert "Elbe" in said or "Nothing of this was changed" in said


async def test_why_a_story_waits_for_the_morning(town: Town, ann: Person) -> None:
    await ann.says("/subscribe all live")
    story = await flood(town)
    await decided(town, ann, story, Outcome.POST, at=town.now + timedelta(hours=3))
    assert "in its quiet hours it waits until 23 Nov 2026, 12:00." in await ann.says(f"/why {story.id}")


async def test_why_an_urgent_story_came_at_once_and_another_did_not(town: Town, ann: Person) -> None:
    await ann.says("/subscribe all daily urgent dam")
    story = await flood(town)
    said = await ann.says(f"/why {story.id}")
    assert "It is not urgent, so it waits for the next digest, on 24 Nov 2026, 08:00." in said
    await decided(town, ann, story, Outcome.POST, urgent=True)
    assert "It sent it, at once: it passes the urgent filter dam." in await ann.says(f"/why {story.id}")


async def test_why_a_story_of_before_did_not_come(town: Town, ann: Person) -> None:
    story = await flood(town)
    await ann.says("/subscribe keyword elbe")
    said = await ann.says(f"/why {story.id}")
    assert "The filter passes in River Post. It came before you subscribed." in said


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("flood", "the post waits until 23 Nov 2026, 21:10 to be sent."),
        ("queued", "The post is on its way."),
        ("lost", "I sent it, and Telegram did not say whether it arrived."),
        ("rights", "I could not post it here: I have no right to write there."),
    ],
)
async def test_why_a_post_that_was_decided_is_not_here(
    town: Town, ann: Person, trouble: str, says: str
) -> None:
    await ann.says("/subscribe all live")
    story = await flood(town)
    await decided(town, ann, story, Outcome.POST)
    outbox, chat = town.store.outbox, await town.chat(ann)
    post = NewDelivery(
        dedup_key=f"story:{story.id}:{chat.id}",
        chat_id=chat.id,
        kind=DeliveryKind.LIVE,
        parts=(Part(html="", plain="Elbe floods"),),
        story_id=story.id,
        story_revision=1,
    )
    await outbox.put([post], town.now)
    if trouble != "queued":
        [(claim, _)] = await outbox.claim(now=town.now, lease=timedelta(minutes=1))
    match trouble:
        case "flood":
            await outbox.retry(claim, town.now + timedelta(seconds=43_837), "too many requests")
        case "lost":
            await outbox.unknown(claim, "no answer")
        case "rights":
            await outbox.failed(claim, "not enough rights to send text messages to the chat")

    assert says in await ann.says(f"/why {story.id}")
