"""Who is told a story by itself, when, in which form, and what becomes of the rest."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import MORNING, FirstSentence, draft

from bot.errors import RetryAfter
from bot.storage.subscriptions import Question
from bot.types import Cadence, Length, Options, Outcome, SubscriptionKind, Summary

FERRY = "The ferry Marla hit rocks near the harbour on Monday. Fourteen passengers of the ferry were hurt."
THINGS = ("ferry", "tram", "library", "comet", "bakery", "market", "lighthouse")
LIVE = Cadence.LIVE


async def order(town, options: Options, *, name: str = "ann", cadence: Cadence = LIVE, **more):
    chat = await town.chat(name)
    kind = more.pop("kind", SubscriptionKind.ALL)
    due = None if cadence is LIVE else town.clock.now + timedelta(days=1)
    return await town.store.subscriptions.add(
        chat.id, kind=kind, cadence=cadence, options=options, now=town.clock.now, due_at=due, **more
    )


async def report(town, *things: str) -> None:
    """Something different happens with each thing, one after the other."""
    for thing in things:
        text = f"{thing} {thing}s {thing}ing {thing}er {thing}ly."
        await town.arrive(draft(thing, text, at=town.clock.now))
        await town.work("read", "write", "deliver")
        town.clock.advance(seconds=1)


def told(town) -> list[str]:
    """The first word of each message."""
    return [text.split()[0] for text in town.platform.texts]


# --- a limit a day -----------------------------------------------------------------------------


async def test_what_is_over_the_limit_comes_as_one_digest_at_the_next_digest_time(town) -> None:
    await order(town, Options(most=2))
    await report(town, *THINGS[:5])
    assert told(town) == ["Ferry", "Tram"]

    town.clock.advance(days=1)
    await town.work()
    await town.work()

    assert len(town.platform.sent) == 3
    digest = town.platform.texts[2]
    assert digest.startswith("More of your news")
    assert [thing.capitalize() in digest for thing in THINGS[:5]] == [False, False, True, True, True]


async def test_the_next_day_has_its_own_posts(town) -> None:
    await order(town, Options(most=1))
    await report(town, "ferry", "tram")
    town.clock.advance(days=1)
    await town.work()
    await report(town, "comet")

    assert [word for word in told(town) if word != "More"] == ["Ferry", "Comet"]


async def test_the_day_is_the_chats_own(town) -> None:
    """08:00 is 21:00 of the day before in Pago Pago: three hours later a new day begins there."""
    chat = await town.chat()
    await town.store.chats.change(chat.id, timezone="Pacific/Pago_Pago")
    await order(town, Options(most=1))
    await report(town, "ferry", "tram")
    town.clock.advance(hours=3, minutes=1)
    await report(town, "comet")

    assert told(town) == ["Ferry", "Comet"]


async def test_a_folded_story_is_not_told_twice_when_it_grows(town) -> None:
    await order(town, Options(most=1))
    await report(town, "library")
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write", "deliver")
    town.clock.advance(days=1)
    await town.arrive(draft("ferry-again", f"{FERRY} Two ships helped.", outlet="Echo", at=town.clock.now))
    await town.work()

    ferries = [text for text in town.platform.texts if "ferry Marla" in text]
    assert len(ferries) == 1
    assert ferries[0].startswith("More of your news")


async def test_another_subscription_of_the_chat_may_tell_what_one_would_fold(town) -> None:
    await order(town, Options(most=1))
    await order(town, Options(), kind=SubscriptionKind.KEYWORD, value="tram")
    await report(town, "ferry", "tram", "comet")

    assert told(town) == ["Ferry", "Tram"]
    story = (await town.store.stories.list(limit=3))[1]
    [verdict] = (await town.store.verdicts.of_story(story.id)).values()
    assert (verdict.subscription_id, verdict.outcome) == (2, Outcome.POST)


async def test_a_digest_that_told_it_first_leaves_nothing_for_the_folded(town) -> None:
    await order(town, Options(most=1), at="12:00")
    await order(town, Options(), cadence=Cadence.DAILY, at="08:00")
    await report(town, "ferry", "tram")
    town.clock.advance(days=1)
    await town.work()
    assert len(town.platform.sent) == 2

    town.clock.advance(hours=6)
    await town.work()
    assert len(town.platform.sent) == 2


async def test_a_digest_that_waits_ends_with_its_subscription_and_another_tells_its_stories(town) -> None:
    ends = await order(town, Options(), cadence=Cadence.DAILY, at="08:00")
    await order(town, Options(), cadence=Cadence.HOURLY)
    await report(town, "ferry", "tram")
    town.clock.advance(days=1)
    await town.work("digest")

    await town.store.subscriptions.remove(ends.id)

    await town.work("write", "deliver")
    assert town.platform.sent == []
    town.clock.advance(hours=1)
    await town.work()
    [digest] = town.platform.texts
    assert [word in digest for word in ("Ferry", "Tram")] == [True, True]


async def test_a_digest_tells_what_it_left_to_a_post_whose_subscription_ends(town) -> None:
    ends = await order(town, Options(quiet_from="07:00", quiet_until="12:00"))
    hourly = await order(town, Options(), cadence=Cadence.HOURLY)
    await report(town, "ferry")
    await town.store.subscriptions.reschedule(hourly.id, town.clock.now)
    await town.work("digest", "deliver")
    assert town.platform.sent == []

    await town.store.subscriptions.remove(ends.id)

    town.clock.advance(hours=1)
    await town.work()
    assert told(town) == ["Your"]
    assert "Ferry" in town.platform.texts[0]


async def test_a_digest_that_is_begun_is_finished_though_its_subscription_ends(town) -> None:
    ends = await order(town, Options(), cadence=Cadence.DAILY, at="08:00")
    await report(town, "ferry")
    town.clock.advance(days=1)
    await town.work("digest")
    [(claim, _)] = await town.store.outbox.claim(now=town.clock.now, lease=timedelta(minutes=1))

    await town.store.subscriptions.remove(ends.id)

    await town.store.outbox.retry(claim, town.clock.now, "no answer", perhaps_sent=True)
    await town.work("deliver")
    assert told(town) == ["Your"]


# --- quiet hours and what is urgent -----------------------------------------------------------


async def test_a_subscription_has_quiet_hours_of_its_own(town) -> None:
    await order(town, Options(quiet_from="07:00", quiet_until="09:00"))
    await order(town, Options(), name="bob")
    await report(town, "ferry")
    assert [d.address.chat for d in town.platform.sent] == ["bob"]

    town.clock.advance(hours=1)
    await town.work("deliver")
    assert [d.address.chat for d in town.platform.sent] == ["bob", "ann"]


async def test_a_post_comes_once_when_the_quiet_hours_that_it_waits_for_are_changed(town) -> None:
    one = await order(town, Options(quiet_from="07:00", quiet_until="09:00"))
    await report(town, "ferry")
    assert told(town) == []

    await town.store.subscriptions.change(one.id, options=Options())
    await town.store.subscriptions.decide_again([one.id], town.clock.now)
    await town.work()
    assert told(town) == ["Ferry"]

    town.clock.advance(hours=3)
    await town.work()
    assert told(town) == ["Ferry"]


async def test_a_post_whose_story_became_part_of_another_is_not_lost_with_its_quiet_hours(town) -> None:
    one = await order(town, Options(quiet_from="07:00", quiet_until="09:00"))
    await report(town, "ferry", "tram")
    tram, ferry = [story.id for story in await town.store.stories.list(limit=2)]
    await town.store.stories.merge(ferry, tram, town.clock.now)

    await town.store.subscriptions.change(one.id, options=Options())
    await town.store.subscriptions.decide_again([one.id], town.clock.now)
    town.clock.advance(hours=3)
    await town.work()
    assert sorted(told(town)) == ["Ferry", "Tram"]


async def test_a_subscription_may_have_none_where_its_chat_has(town) -> None:
    chat = await town.chat()
    await town.store.chats.change(chat.id, quiet_from="07:00", quiet_until="09:00")
    await order(town, Options(quiet_from="00:00", quiet_until="00:00"))
    await report(town, "ferry")
    assert told(town) == ["Ferry"]


async def test_what_is_urgent_knows_no_quiet_hours_no_limit_and_is_not_silent(town) -> None:
    await order(town, Options(urgent="comet", quiet_from="07:00", quiet_until="09:00", most=1))
    await report(town, "ferry", "tram", "comet")
    assert told(town) == ["Comet"]
    assert not town.platform.sent[0].silent


async def test_what_is_urgent_comes_at_once_from_a_daily_digest_too_and_only_once(town) -> None:
    await order(town, Options(urgent="comet"), cadence=Cadence.DAILY)
    await report(town, "ferry", "comet")
    assert told(town) == ["Comet"]

    town.clock.advance(days=1)
    await town.work()
    assert len(town.platform.sent) == 2
    assert "Comet" not in town.platform.texts[1]
    assert "Ferry" in town.platform.texts[1]


async def test_a_folded_story_that_becomes_urgent_goes_at_once_and_is_in_no_digest(town) -> None:
    await order(town, Options(most=1, urgent="evacuated"))
    await report(town, "library")
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write", "deliver")
    assert told(town) == ["Library"]

    await town.arrive(draft("ferry-2", f"{FERRY} The ferry was evacuated.", outlet="Echo"))
    await town.work("read", "write", "deliver")
    assert len(town.platform.sent) == 2

    town.clock.advance(days=1)
    await town.work()
    assert len(town.platform.sent) == 2


@pytest.mark.parametrize("cadence", [Cadence.HOURLY, Cadence.DAILY])
async def test_digests_of_a_quiet_night_come_as_one_when_it_ends(town, cadence) -> None:
    chat = await town.chat()
    await town.store.subscriptions.add(
        chat.id,
        kind=SubscriptionKind.ALL,
        cadence=cadence,
        at="09:00",
        options=Options(quiet_from="08:30", quiet_until="12:00"),
        now=MORNING,
        due_at=MORNING + timedelta(hours=1),
    )
    for thing in ("ferry", "tram", "comet"):
        await report(town, thing)
        town.clock.advance(hours=1)
        await town.work("digest", "deliver")
    assert town.platform.sent == []

    town.clock.advance(hours=1, minutes=1)
    await town.work("digest", "deliver")

    [digest] = town.platform.texts
    assert all(thing in digest for thing in ("Ferry", "Tram", "Comet"))


# --- a subscription that ends ------------------------------------------------------------------

NIGHT = Options(quiet_from="07:00", quiet_until="09:00")


async def test_what_waits_for_the_morning_does_not_come_once_its_subscription_ended(town) -> None:
    ended = await order(town, NIGHT)
    await report(town, "ferry", "tram")
    await town.store.subscriptions.remove(ended.id)
    town.clock.advance(hours=2)
    await town.work()
    assert town.platform.sent == []


async def test_what_one_subscription_left_untold_another_of_the_chat_tells_once(town) -> None:
    ended = await order(town, NIGHT)
    longer = replace(NIGHT, quiet_until="10:00")
    await order(town, longer, kind=SubscriptionKind.KEYWORD, value="ferry")
    await order(town, NIGHT, cadence=Cadence.DAILY)
    await report(town, "ferry")
    await town.store.subscriptions.remove(ended.id)
    for _ in range(30):
        town.clock.advance(hours=1)
        await town.work()
    assert told(town) == ["Ferry"]


async def test_what_was_over_the_limit_of_a_subscription_that_ended_is_posted_by_a_new_one(town) -> None:
    ended = await order(town, Options(most=1))
    await report(town, "library")
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write", "deliver")
    await town.store.subscriptions.remove(ended.id)
    await order(town, Options())
    town.clock.advance(minutes=1)
    await town.arrive(draft("ferry-2", f"{FERRY} Two ships helped.", outlet="Echo", at=town.clock.now))
    await town.work()
    assert told(town) == ["Library", "Ferry"]


class Interrupted(FirstSentence):
    """Somebody unsubscribes while it writes."""

    def __init__(self, town, subscription_id: int) -> None:
        super().__init__()
        self.town, self.subscription_id = town, subscription_id

    async def story(self, articles, **more) -> Summary:
        if self.subscription_id:
            await self.town.store.subscriptions.remove(self.subscription_id)
        self.subscription_id = 0
        return await super().story(articles, **more)


@pytest.mark.parametrize(("others", "heard"), [(0, []), (1, ["Ferry"])])
async def test_a_subscription_that_ends_while_its_story_is_written_posts_nothing(town, others, heard) -> None:
    ended = await order(town, Options(length=Length.LONG))
    for _ in range(others):
        await order(town, Options(), kind=SubscriptionKind.KEYWORD, value="ferry")
    town.summarizer = Interrupted(town, ended.id)
    await report(town, "ferry")
    await town.work()
    assert told(town) == heard


# --- form --------------------------------------------------------------------------------------


async def test_each_reads_in_the_form_asked_for_and_a_form_is_written_once(town) -> None:
    town.summarizer.speaks = {"de"}
    for n, options in enumerate([Options(language="de"), Options(language="de"), Options()]):
        await order(town, options, name=f"reader-{n}")
    for name in ("long", "long-too"):
        await order(town, Options(length=Length.LONG), name=name)
    await report(town, "ferry")

    sentence = "ferry ferrys ferrying ferryer ferryly."
    assert [f"de: {sentence}" in text for text in town.platform.texts] == [True, True, False, False, False]
    written = [(length, language) for _, length, language in town.summarizer.wrote]
    assert sorted(written) == [(Length.LONG, ""), (Length.SHORT, ""), (Length.SHORT, "de")]


async def test_the_chats_settings_hold_where_the_subscription_says_nothing(town) -> None:
    town.summarizer.speaks = {"de"}
    chat = await town.chat()
    await town.store.chats.change(chat.id, language="de", length=Length.LONG)
    await order(town, Options())
    await report(town, "ferry")
    assert "de: ferry" in town.platform.texts[0]
    assert (Length.LONG, "") in [(length, language) for _, length, language in town.summarizer.wrote]


async def test_a_language_that_the_model_can_not_write_is_said_with_the_original(town) -> None:
    await order(town, Options(language="fi"))
    await report(town, "ferry")
    assert "ferry ferrys" in town.platform.texts[0]
    assert "Not translated into fi." in town.platform.texts[0]


async def test_an_edit_keeps_the_form_of_its_post(town) -> None:
    town.summarizer.speaks = {"de"}
    await order(town, Options(language="de"))
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.clock.advance(minutes=30)
    await town.arrive(draft("ferry", FERRY.replace("Marla", "Linda")))
    await town.work()

    edit = town.platform.sent[1]
    assert edit.edits == "message-1"
    assert "de: The ferry Linda" in edit.part.plain


def edits(town) -> list[str]:
    return [d.part.plain for d in town.platform.sent if d.edits]


async def renames(town, *ferries: str, minutes: float) -> None:
    """The report is corrected again and again, `minutes` apart."""
    for ferry in ferries:
        town.clock.advance(minutes=minutes)
        await town.arrive(draft("ferry", FERRY.replace("Marla", ferry)))
        await town.work()


async def test_a_story_that_grows_fast_makes_few_edits_and_the_last_has_all_of_it(town) -> None:
    await order(town, Options())
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    luck, words = random.Random(7), FERRY.replace(".", "").split()
    for number in range(30):
        town.clock.advance(minutes=1)
        text = " ".join(luck.sample(words, len(words)))
        await town.arrive(draft("ferry", f"{text}.", outlet=f"Outlet {number}", at=town.clock.now))
        await town.work("read", "write", "deliver")
    town.clock.advance(minutes=20)
    await town.work()

    assert await town.stories() == [("Ferry", 31)]
    assert 5 <= len(edits(town)) <= 9
    assert "31 outlets" in edits(town)[-1]


async def test_a_lone_change_is_shown_at_once(town) -> None:
    await order(town, Options())
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    await renames(town, "Linda", minutes=1)
    assert len(edits(town)) == 1


async def test_a_change_that_the_post_does_not_show_makes_no_edit(town) -> None:
    await order(town, Options())
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.clock.advance(minutes=30)
    await town.arrive(draft("ferry", FERRY.replace("Fourteen", "Eleven")))
    await town.work()
    assert edits(town) == []


async def test_what_is_withdrawn_does_not_stand_until_the_next_edit(town) -> None:
    await order(town, Options())
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.clock.advance(hours=6)
    await renames(town, "Linda", minutes=1)
    await town.arrive(replace(draft("ferry"), text="", withdrawn=True))
    town.clock.advance(seconds=30)
    await town.work()
    assert len(edits(town)) == 2


async def test_of_edits_that_wait_only_the_newest_is_made(town) -> None:
    await order(town, Options())
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.platform.trouble.append(RetryAfter(43_837))
    await renames(town, "Linda", "Anna", "Vera", minutes=30)
    assert edits(town) == []

    town.clock.advance(hours=12, minutes=11)
    await town.work()
    [edit] = edits(town)
    assert "Vera" in edit


@pytest.mark.parametrize(
    ("length", "lines"),
    [(Length.HEADLINE, ["Ferry"]), (Length.SHORT, ["Ferry", "de: The ferry Marla hit rocks"])],
)
async def test_digests_honour_length_and_language(town, length, lines) -> None:
    town.summarizer.speaks = {"de"}
    await order(town, Options(length=length, language="de"), cadence=Cadence.DAILY)
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write")
    town.clock.advance(days=1)
    await town.work()

    [digest] = town.platform.texts
    assert all(line in digest for line in lines)
    assert ("hit rocks" in digest) is (length is not Length.HEADLINE)


async def test_a_digest_says_where_it_could_not_be_translated(town) -> None:
    await order(town, Options(language="fi"), cadence=Cadence.DAILY)
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write")
    town.clock.advance(days=1)
    await town.work()
    assert "as published: I could not write Finnish." in town.platform.texts[0]


# --- like another ------------------------------------------------------------------------------


async def test_stories_like_one_are_told_with_their_score(town) -> None:
    await report(town, "library")
    await town.arrive(draft("ferry", FERRY, at=town.clock.now))
    await town.work("read", "write")
    ferry = next(s for s in await town.store.stories.list(limit=5) if s.title == "Ferry")
    vector = (await town.store.stories.vectors([ferry.id]))[ferry.id].astype("<f2").tobytes()
    town.clock.advance(days=8)
    await order(town, Options(), kind=SubscriptionKind.LIKE, value=str(ferry.id), vector=vector)

    later = "The ferry Anna hit rocks near the harbour on Friday. Nine passengers of the ferry were hurt."
    await town.arrive(draft("anna", later, title="Ferry Anna hits rocks", at=town.clock.now))
    await report(town, "market")
    await town.work()

    assert told(town) == ["Ferry"]
    assert "Anna" in town.platform.texts[0]
    story = next(s for s in await town.store.stories.list(limit=5) if "Anna" in s.title)
    [verdict] = (await town.store.verdicts.of_story(story.id)).values()
    assert verdict.score is not None
    assert verdict.score > 0.5
    assert (
        Question(SubscriptionKind.LIKE, str(ferry.id), vector) in await town.store.subscriptions.questions()
    )
