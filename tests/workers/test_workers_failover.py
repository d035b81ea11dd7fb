"""Where a platform fails for long, the linked chat gets what is due: once, and only meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botapi import BotApi
from pair import Pair

from bot.errors import (
    Ambiguous,
    ChatOpened,
    NotAuthorised,
    PlatformError,
    Rejected,
    RetryAfter,
    Unanswered,
    Unavailable,
)
from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.types import Address, DeliveryKind, DeliveryState, NewDelivery, Part

DOWN = Unavailable("no route")
WHY = "\n\n(sent here because Telegram can't be reached)"


@pytest.fixture
def pair(town) -> Pair:
    return Pair(town)


@pytest.mark.parametrize("trouble", [DOWN, NotAuthorised("the token was revoked")])
async def test_what_is_due_goes_to_the_linked_chat_once(pair: Pair, trouble: PlatformError) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = trouble
    await pair.queue(here, "one", "two")

    await pair.passes(30)

    assert pair.matrix.texts == [f"one{WHY}", f"two{WHY}"]
    pair.telegram.down = None
    await pair.passes(30)
    assert pair.telegram.texts == []
    assert len(pair.matrix.sent) == 2


async def test_what_moved_goes_home_where_others_came_in_without_a_word(pair: Pair) -> None:
    here, there = await pair.reader()
    pair.telegram.down = DOWN
    pair.matrix.down = ChatOpened("others are in the room")
    await pair.queue(here, "one")
    await pair.passes(30)
    pair.matrix.down = None
    await pair.passes(30)

    assert [d.personal for d in pair.matrix.tried] == [True]
    assert pair.matrix.sent == []
    assert not (await pair.store.chats.get(there.id)).private
    pair.telegram.down = None
    await pair.passes(3)
    assert pair.telegram.texts == ["one"]


async def test_what_was_perhaps_sent_there_waits_until_the_others_are_gone(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    pair.matrix.down = Unanswered("no answer in time")
    await pair.queue(here, "one")
    await pair.passes(16)
    pair.matrix.down = ChatOpened("others are in the room")
    await pair.passes(60)
    assert 1 < len(pair.matrix.tried) < 30

    pair.matrix.down = None
    await pair.passes(120)
    assert pair.matrix.texts == [f"one{WHY}"]
    assert pair.telegram.texts == []


async def test_nothing_moves_before_the_set_time(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "one")
    await pair.passes(14)
    pair.telegram.down = None
    await pair.passes(10)
    assert (pair.telegram.texts, pair.matrix.texts) == (["one"], [])


async def test_a_short_answer_in_between_starts_the_time_anew(pair: Pair) -> None:
    here, _ = await pair.reader()
    stranger = await pair.store.chats.ensure(Address("telegram", "9"), private=True)
    pair.telegram.down = DOWN
    await pair.queue(here, "one", not_before=pair.clock.now + timedelta(minutes=17))
    await pair.queue(stranger, "hello")
    await pair.passes(10)
    pair.telegram.down = None
    await pair.passes(6)
    pair.telegram.down = DOWN
    await pair.passes(14)
    assert pair.matrix.texts == []


async def test_new_deliveries_go_home_as_soon_as_the_platform_answers(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "one")
    await pair.passes(40)
    pair.telegram.down = None
    await pair.queue(here, "two")
    await pair.passes(1)
    assert (pair.matrix.texts, pair.telegram.texts) == ([f"one{WHY}"], ["two"])


async def test_while_it_lasts_new_deliveries_are_tried_at_home_and_move(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "one")
    await pair.passes(40)
    await pair.queue(here, "two")
    await pair.passes(1)
    assert pair.matrix.texts == [f"one{WHY}", f"two{WHY}"]
    assert pair.telegram.tried[-1].part.plain == "two"


async def test_what_the_homeserver_may_have_taken_stays_and_what_follows_moves_in_order(pair: Pair) -> None:
    _, there = await pair.reader()
    pair.matrix.down = Unanswered("no answer")
    await pair.queue(there, "one", "two", "three")
    await pair.passes(40)
    assert [t.split()[0] for t in pair.telegram.texts] == ["two", "three"]
    pair.matrix.down = None
    await pair.passes(10)
    assert pair.matrix.texts == ["one"]


async def test_what_may_have_been_sent_stays(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = Ambiguous("no answer")
    await pair.queue(here, "one")
    await pair.passes(40)
    assert pair.matrix.texts == []
    pair.telegram.down = None
    await pair.passes(40)
    assert pair.telegram.texts == ["one"]


async def test_what_a_kill_interrupted_stays(pair: Pair) -> None:
    here, _ = await pair.reader()
    await pair.queue(here, "one", "two")
    [claim] = await pair.loops["telegram"].stage.claim(pair.clock())
    assert claim
    pair.telegram.down = DOWN
    pair.restart()
    await pair.passes(40)
    assert pair.matrix.texts == [f"two{WHY}"]
    pair.telegram.down = None
    await pair.passes(40)
    assert pair.telegram.texts == ["one"]


async def test_a_kill_between_two_moves_neither_loses_nor_repeats(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, *"abcdef")
    await pair.loops["telegram"].once()
    pair.clock.advance(minutes=15)
    await pair.loops["telegram"].once()
    first, second, *_ = await pair.store.moves.stranded(pair.clock(), pair.failover.after)
    await pair.failover._move(first, pair.clock())
    await pair.loops["matrix"].once()
    pair.restart()
    assert not await pair.store.moves.move(first, first.parts, due_at=pair.clock(), now=pair.clock())
    await pair.passes(10)
    assert sorted(pair.matrix.texts) == [f"{name}{WHY}" for name in "abcdef"]
    assert second.dedup_key not in {s.dedup_key for s in await _stranded(pair)}


async def _stranded(pair: Pair):
    return await pair.store.moves.stranded(pair.clock(), timedelta())


async def test_a_platform_that_dies_in_a_batch_leaves_the_rest_to_the_other(pair: Pair) -> None:
    chats = [(await pair.reader(str(n)))[0] for n in range(5)]
    for chat in chats:
        await pair.queue(chat, *(f"{chat.id}.{n}" for n in range(4)))
    for _ in range(8):
        await pair.loops["telegram"].once()
        pair.clock.advance(seconds=1)
    pair.telegram.down = DOWN
    await pair.passes(40)
    pair.telegram.down = None
    await pair.passes(40)
    everything = [f"{chat.id}.{n}" for chat in chats for n in range(4)]
    heard = pair.telegram.texts + [t.removesuffix(WHY) for t in pair.matrix.texts]
    assert len(pair.telegram.texts) == 8
    assert sorted(heard) == sorted(everything)


async def test_answers_and_edits_stay(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "answer", kind=DeliveryKind.ANSWER)
    await pair.queue(here, "edit", kind=DeliveryKind.UPDATE, edits="5")
    await pair.queue(here, "news")
    await pair.passes(40)
    assert pair.matrix.texts == [f"news{WHY}"]


async def test_a_chat_without_a_link_waits(pair: Pair) -> None:
    alone = await pair.store.chats.ensure(Address("telegram", "1"), private=True)
    pair.telegram.down = DOWN
    await pair.queue(alone, "one")
    await pair.passes(40)
    pair.telegram.down = None
    await pair.passes(10)
    assert (pair.telegram.texts, pair.matrix.texts) == (["one"], [])


async def test_where_both_platforms_fail_nothing_moves(pair: Pair) -> None:
    here, there = await pair.reader()
    pair.telegram.down = pair.matrix.down = DOWN
    await pair.queue(here, "one")
    await pair.queue(there, "two")
    await pair.passes(40)
    assert {d.chat_id for d in pair.telegram.tried} == {here.id}
    assert {d.chat_id for d in pair.matrix.tried} == {there.id}


async def test_a_chat_that_is_paused_for_hours_is_stood_in_for(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.trouble.append(RetryAfter(43837))
    await pair.queue(here, "one", "two")
    await pair.passes(1)
    assert pair.matrix.texts == [f"one{WHY}", f"two{WHY}"]


async def test_a_platform_that_refuses_a_message_is_not_down(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = Rejected("too long")
    await pair.queue(here, "one")
    await pair.passes(40)
    assert pair.matrix.texts == []
    assert await pair.store.moves.outages() == []


async def test_the_outage_outlives_a_restart(pair: Pair) -> None:
    here, _ = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "one")
    await pair.passes(14)
    pair.restart()
    await pair.passes(10)
    assert pair.matrix.texts == [f"one{WHY}"]


async def test_a_story_told_over_there_counts_as_told_in_both_chats(pair: Pair) -> None:
    here, there = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "one", story_id=7)
    await pair.passes(30)
    for chat in (here, there):
        assert await pair.store.subscriptions.sent_stories(chat.id, pair.clock.now - timedelta(days=1)) == {7}
    [post] = await pair.store.outbox.posts(7)
    assert (post.chat_id, post.message_id) == (there.id, "message-1")


async def test_a_story_that_the_other_chat_has_is_not_told_there_again(pair: Pair) -> None:
    here, there = await pair.reader()
    pair.telegram.down = DOWN
    await pair.queue(here, "one", story_id=7)
    await pair.queue(there, "mine", story_id=7)
    await pair.passes(40)
    assert pair.matrix.texts == ["mine"]
    assert (await pair.store.outbox.counts())[DeliveryState.DROPPED] == 1


async def test_quiet_hours_of_the_other_chat_are_kept(pair: Pair) -> None:
    here, there = await pair.reader()
    await pair.store.chats.change(there.id, quiet_from="08:10", quiet_until="10:00")
    pair.telegram.down = DOWN
    await pair.queue(here, "one")
    await pair.passes(40)
    assert pair.matrix.texts == []
    await pair.passes(90)
    assert pair.matrix.texts == [f"one{WHY}"]


async def test_what_is_private_never_comes_where_others_joined(pair: Pair) -> None:
    here, there = await pair.reader()
    await pair.store.chats.change(there.id, quiet_from="08:10", quiet_until="10:00")
    pair.telegram.down = DOWN
    await pair.queue(here, "one")
    await pair.passes(40)
    await pair.store.chats.ensure(there.address, private=False)
    await pair.queue(here, "two")
    await pair.passes(90)
    assert pair.matrix.texts == []
    pair.telegram.down = None
    await pair.passes(10)
    assert sorted(pair.telegram.texts) == ["one", "two"]
    assert pair.matrix.texts == []


async def test_a_message_that_was_begun_is_not_torn_in_two(pair: Pair) -> None:
    here, _ = await pair.reader()
    halves = (Part(html="", plain="first half"), Part(html="", plain="second half"))
    both = NewDelivery(dedup_key="both", chat_id=here.id, kind=DeliveryKind.LIVE, parts=halves)
    await pair.store.outbox.put([both], pair.clock())
    await pair.loops["telegram"].once()
    pair.telegram.down = DOWN
    await pair.passes(40)
    pair.telegram.down = None
    await pair.passes(10)
    assert (pair.telegram.texts, pair.matrix.texts) == (["first half", "second half"], [])


async def test_a_bot_api_server_that_goes_away_and_comes_back(pair: Pair) -> None:
    async with BotApi() as api:
        ann = api.person("Ann")
        here, _ = await pair.reader(str(ann.id))
        settings = TelegramSettings(token=api.token, base_url=api.url, timeout=0.5)
        pair.telegram = TelegramPlatform(settings, pause=no_pause)
        pair.restart()
        await pair.queue(here, "one")
        await pair.works()
        await api.stop()
        await pair.queue(here, "two", "three")
        await pair.passes(40)
        await api.start()
        await pair.queue(here, "four")
        await pair.passes(3)
        await pair.telegram.close()
    assert ann.chat.texts == ["one", "four"]
    assert pair.matrix.texts == [f"two{WHY}", f"three{WHY}"]


async def no_pause(seconds: float) -> None:
    """The clock of this test does not go by itself."""
