"""Threads: on Matrix a place of the talk within its room, on Telegram a topic and a chat of its own."""

from datetime import timedelta

import pytest
from fakes import Clock, FakePlatform, first
from test_chat_replies import flood, posted
from town import Person, Town

from bot.errors import ChatMoved
from bot.types import Address, Answer, Message
from bot.workers.deliver import Deliver
from bot.workers.handle import Handle
from bot.workers.loop import Bells, Loop, Stage

ABOUT_THE_FLOOD = "Elbe floods its valley. The Elbe rose by two metres."
UNKNOWN = "That is not in the sources."


@pytest.fixture
def ann(town: Town) -> Person:
    """An administrator of a room on Matrix."""
    return town.person("@ann:x", platform="matrix", group="!room", administers=True)


# --- the conversation ----------------------------------------------------------------------


async def test_a_question_in_the_answers_thread_continues_the_conversation(town: Town, ann: Person) -> None:
    thread = ann.inside((await ann.sends("!ask Who is the mayor?")).answers)
    await thread.says("And before?", addressed=True)
    await thread.says("And before that?", addressed=True)
    assert [history for _, history in town.answerer.asked] == [
        [],
        ["Who is the mayor?", UNKNOWN],
        ["Who is the mayor?", UNKNOWN, "And before?", UNKNOWN],
    ]


async def test_other_talk_of_the_room_is_not_mixed_in(town: Town, ann: Person) -> None:
    thread = ann.inside((await ann.sends("!ask Who is the mayor?")).answers)
    other = ann.inside((await ann.sends("!ask Will it rain?")).answers)
    await thread.says("!ask And before?")
    await other.says("!ask And tomorrow?")
    assert town.answerer.asked[-2:] == [
        ("And before?", ["Who is the mayor?", UNKNOWN]),
        ("And tomorrow?", ["Will it rain?", UNKNOWN]),
    ]


async def test_a_thread_that_people_opened_has_a_conversation_of_its_own(town: Town, ann: Person) -> None:
    thread, ben = ann.inside("theirs"), town.person("@ben:x", platform="matrix", group="!room")
    await thread.says("!ask Who is the mayor?")
    await ben.inside("theirs").says("!ask And before?")
    assert town.answerer.asked[-1] == ("And before?", ["Who is the mayor?", UNKNOWN])


async def test_in_private_a_new_thread_begins_anew(town: Town) -> None:
    bea = town.person("@bea:x", platform="matrix")
    await bea.says("Who is the mayor?")
    await bea.inside("picture").says("And this?")
    assert town.answerer.asked[-1] == ("And this?", [])


# --- posts ---------------------------------------------------------------------------------


async def test_a_question_in_a_posts_thread_is_about_its_story(town: Town, ann: Person) -> None:
    thread = ann.inside(await posted(town, await flood(town), ann))
    await thread.says("How high?", addressed=True)
    assert town.answerer.asked == [("How high?", [ABOUT_THE_FLOOD])]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("!why", "1. Elbe floods its valley"),
        ("!summary", "Elbe floods its valley"),
        ("!changes", "Nothing of this was changed"),
        ("!up", "Noted: more like “Elbe floods its valley”"),
        ("!subscribe story this", "Subscribed to story 1"),
    ],
)
async def test_a_command_in_a_posts_thread_means_that_post(
    town: Town, ann: Person, command: str, said: str
) -> None:
    thread = ann.inside(await posted(town, await flood(town), ann))
    await thread.says("How high?", addressed=True)
    assert (await thread.says(command)).startswith(said)


async def test_a_reply_is_closer_than_the_thread(town: Town, ann: Person) -> None:
    thread = ann.inside(await posted(town, await flood(town), ann))
    ferry = await town.article("Coast FM", "Ferry returns", "The ferry sails again.")
    town.answerer.answer_ = Answer(answered=True, sentences=(first(ferry),))
    answer = await thread.sends("What else?", addressed=True)
    assert (await thread.says("!summary", reply_to=answer.message_id)).startswith("Ferry returns")


# --- the room ------------------------------------------------------------------------------


async def test_the_rooms_settings_hold_in_its_threads(ann: Person) -> None:
    await ann.says("!settings timezone Europe/Berlin")
    thread = ann.inside("m1")
    assert "timezone: Europe/Berlin" in await thread.says("!settings")
    await thread.says("!settings language de")
    assert "language: de" in await ann.says("!settings")


async def test_subscriptions_in_a_thread_are_the_rooms(town: Town, ann: Person) -> None:
    await ann.says("!subscribe keyword flood")
    thread = ann.inside("m1")
    assert await thread.says("!unsubscribe 1") == "Ended: stories with flood, at once."
    await thread.says("!subscribe keyword storm")
    assert "stories with storm" in await ann.says("!subscriptions")
    assert [chat.address for chat in await town.store.chats.list()] == [Address("matrix", "!room")]


async def test_a_topic_on_telegram_is_a_chat_of_its_own(town: Town) -> None:
    bob = town.person("8", group="-100", administers=True)
    await bob.says("/subscribe keyword flood")
    topic = bob.inside("33")
    assert await topic.says("/unsubscribe 1") == "This chat has no subscriptions."
    await topic.says("Who is the mayor?", addressed=True)
    await topic.says("And before?", addressed=True)
    assert town.answerer.asked[-1] == ("And before?", ["Who is the mayor?", UNKNOWN])


# --- the reply -----------------------------------------------------------------------------


async def answered(town: Town, platform: FakePlatform) -> None:
    """A question in a thread, through the inbox, the handle stage and the deliver stage."""

    async def typing(address: Address, text: str, number: int) -> None:
        """Nobody looks."""

    question = Message(
        address=Address("matrix", "!room", "$root"),
        message_id="$question",
        sender="@ann:x",
        sender_name="Ann",
        text="!settings",
        sent=town.now,
        private=False,
    )
    await town.store.inbox.put(question, town.now)
    clock, bells = Clock(town.now), Bells()
    handle = Handle(store=town.store, router=town.router, typing=typing, clock=clock, bells=bells)
    [claim] = await town.store.rows.claim("inbox", now=town.now, lease=timedelta(minutes=1))
    await handle.step(claim)
    work = Deliver(store=town.store, platform=platform, clock=clock)
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
    sender = Loop(stage, town.store.rows, clock=clock, bells=bells)
    while await sender.once():
        pass


async def test_the_reply_goes_into_the_thread(town: Town) -> None:
    platform = FakePlatform("matrix")
    await answered(town, platform)
    assert [d.address for d in platform.sent] == [Address("matrix", "!room", "$root")]


async def test_a_room_that_is_replaced_meanwhile_gets_the_reply_in_its_new_place(town: Town) -> None:
    platform = FakePlatform("matrix")
    platform.trouble.append(ChatMoved("!new"))
    await answered(town, platform)
    assert [d.address for d in platform.sent] == [Address("matrix", "!new")]
