"""A pile of posts becomes one digest, and every story of it can be reached."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import FirstSentence, draft

from bot.chat.router import Router
from bot.chat.services import Services
from bot.types import Chat, Message
from bot.workers.fold import Fold

THINGS = ("ferry", "tram", "comet", "bakery", "market", "lighthouse", "library", "harbour")


@pytest.fixture
def fold(town) -> Fold:
    return Fold(store=town.store, clock=town.clock, bells=town.bells, above=5)


async def reports(town, number: int, first: int = 0) -> None:
    """So many stories that have nothing in common."""
    for n in range(first, first + number):
        word = f"{THINGS[n % len(THINGS)]}{n}"
        text = f"{word}a {word}b {word}c {word}d {word}e. {word}f {word}g {word}h."
        await town.arrive(draft(f"story-{n}", text, title=f"{word} {word}x {word}y", at=town.clock.now))
    await town.work("read", "write")


async def presses(town, chat: Chat, payload: str) -> str:
    """What the bot says to a button."""
    summarizer = FirstSentence()
    router = Router(Services(store=town.store, answerer=None, summarizer=summarizer, desk=None))
    message = Message(
        address=chat.address,
        message_id=payload,
        sender="ann",
        sender_name="Ann",
        text="",
        button=payload,
        sent=town.clock.now,
        private=True,
    )
    [reply] = await router.handle(message, now=town.clock.now)
    return "\n".join("".join(s.text for s in b.spans) for b in reply.blocks)


async def test_few_posts_come_one_by_one(town, fold: Fold) -> None:
    await town.subscribe(await town.chat())
    await reports(town, 5)
    assert await fold.once() == 0
    await town.work("deliver")
    assert len(town.platform.sent) == 5


async def test_a_pile_is_told_by_one_digest_with_a_way_to_every_story(town, fold: Fold) -> None:
    chat = await town.chat()
    await town.subscribe(chat)
    await reports(town, 27)

    assert await fold.once() == 1
    await town.work("deliver")

    [digest] = town.platform.texts
    assert digest.startswith("27 stories waited for you")
    command = digest.rsplit("/", 1)[1].strip()
    first = await presses(town, chat, command)
    second = await presses(town, chat, f"{command} 1")
    assert first.startswith("What waited, 1 to 25 of 27")
    assert second.startswith("What waited, 26 to 27 of 27")
    shown = first + second
    assert all(f"{THINGS[n % len(THINGS)]}{n} " in shown for n in range(27))


async def test_nobody_sees_what_waited_for_another_chat(town, fold: Fold) -> None:
    await town.subscribe(await town.chat())
    await reports(town, 8)
    await fold.once()
    await town.work("deliver")
    command = town.platform.texts[0].rsplit("/", 1)[1].strip()
    eve = await town.chat("eve")
    assert await presses(town, eve, command) == "I don't have that list (any more)."


async def test_what_was_folded_is_not_told_again(town, fold: Fold) -> None:
    chat = await town.chat()
    await town.subscribe(chat)
    await reports(town, 8)
    await fold.once()
    await town.work()
    await fold.once()
    await town.work()
    assert len(town.platform.sent) == 1


async def test_a_pause_of_hours_ends_with_one_digest(town, fold: Fold) -> None:
    chat = await town.chat()
    await town.subscribe(chat)
    await town.store.outbox.pause_chat(chat.id, town.clock.now + timedelta(hours=12))
    for hour in range(2):
        await reports(town, 7, first=7 * hour)
        await fold.once()
        town.clock.advance(hours=1)
    assert town.platform.sent == []
    town.clock.advance(hours=11)
    await town.work("deliver")
    [digest] = town.platform.texts
    assert digest.startswith("14 stories waited for you")


async def test_posts_that_quiet_hours_hold_are_folded_before_these_end(town, fold: Fold) -> None:
    chat = await town.chat()
    await town.store.chats.change(chat.id, quiet_from="07:00", quiet_until="09:00")
    await town.subscribe(chat)
    await reports(town, 8)
    assert await fold.once() == 0
    town.clock.advance(minutes=59, seconds=30)
    assert await fold.once() == 1
    town.clock.advance(minutes=1)
    await town.work("deliver")
    assert len(town.platform.sent) == 1


async def test_a_post_that_is_being_sent_is_left_alone(town, fold: Fold) -> None:
    chat = await town.chat()
    await town.subscribe(chat)
    await reports(town, 9)
    [(_, flying)] = await town.store.outbox.claim(now=town.clock.now, lease=timedelta(minutes=1))
    assert await fold.once() == 1
    town.clock.advance(minutes=2)
    await town.work("deliver")
    assert len(town.platform.sent) == 2
    assert flying.part.plain in town.platform.texts
