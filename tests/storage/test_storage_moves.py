"""Outages, moving to a linked chat, and folding a pile: whole, once, and only what was not begun."""

from __future__ import annotations

from dataclasses import replace

import pytest
from storage_samples import DAY, HOUR, MINUTE, NOW, delivery

from bot.storage import Store
from bot.types import Address, Button, DeliveryKind, DeliveryState, Part, Receipt

AFTER = 15 * MINUTE
THERE = (Part(html="<p>there</p>", plain="there"),)


async def linked(store: Store) -> tuple[int, int]:
    here = await store.chats.ensure(Address("telegram", "1"), private=True)
    there = await store.chats.ensure(Address("matrix", "!r:x"), private=True)
    await store.links.pair(here.id, there.id, NOW)
    return here.id, there.id


async def fails(store: Store) -> None:
    """For sixteen minutes, to `NOW`."""
    await store.moves.failed("telegram", "down", NOW - 16 * MINUTE)
    await store.moves.failed("telegram", "still down", NOW)


async def test_an_outage_has_a_beginning_and_ends_with_an_answer(store: Store) -> None:
    await fails(store)
    [outage] = await store.moves.outages()
    assert (outage.since, outage.last, outage.reason) == (NOW - 16 * MINUTE, NOW, "still down")
    await store.moves.reached("matrix")
    assert len(await store.moves.outages()) == 1
    await store.moves.reached("telegram")
    await store.moves.reached("telegram")
    assert await store.moves.outages() == []


async def test_a_row_that_moves_keeps_its_key_and_is_due_there(store: Store) -> None:
    here, there = await linked(store)
    await store.outbox.put([delivery(here, "k", story_id=3)], NOW)
    await fails(store)
    [stranded] = await store.moves.stranded(NOW, AFTER)
    assert (stranded.home_id, stranded.other_id, stranded.parts[0].plain) == (here, there, "k")
    assert await store.moves.move(stranded, THERE, due_at=NOW, now=NOW)
    assert not await store.moves.move(stranded, THERE, due_at=NOW, now=NOW)
    assert await store.moves.stranded(NOW, AFTER) == []
    [(claim, found)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    assert (found.chat_id, found.part, found.attempts) == (there, THERE[0], 1)
    await store.outbox.sent(claim, Receipt("$e"), NOW)
    assert await store.outbox.put([delivery(here, "k", story_id=3)], NOW) == 0
    assert await store.rows.next_due("deliveries") is None


async def test_a_message_may_take_more_or_fewer_parts_there(store: Store) -> None:
    here, _ = await linked(store)
    await store.outbox.put([delivery(here, "one"), delivery(here, "three", "1", "2", "3")], NOW)
    await fails(store)
    one, three = await store.moves.stranded(NOW, AFTER)
    two = tuple(Part(html="", plain=text) for text in "ab")
    assert await store.moves.move(one, two, due_at=NOW, now=NOW)
    assert await store.moves.move(three, THERE, due_at=NOW, now=NOW)
    seen = []
    while batch := await store.outbox.claim(now=NOW, lease=MINUTE):
        [(claim, found)] = batch
        seen.append(found.part.plain)
        await store.outbox.sent(claim, Receipt("m"), NOW)
    assert sorted(seen) == ["a", "b", "there"]
    assert (await store.outbox.counts())[DeliveryState.DUE] == 0


async def test_what_is_in_flight_does_not_move(store: Store) -> None:
    here, _ = await linked(store)
    await store.outbox.put([delivery(here, "k")], NOW)
    await fails(store)
    [stranded] = await store.moves.stranded(NOW, AFTER)
    await store.outbox.claim(now=NOW, lease=MINUTE)
    assert await store.moves.stranded(NOW, AFTER) == []
    assert not await store.moves.move(stranded, THERE, due_at=NOW, now=NOW)


async def test_a_pile_becomes_one_digest_that_knows_its_stories(store: Store) -> None:
    here, _ = await linked(store)
    await store.outbox.put([delivery(here, f"k{n}", story_id=n) for n in range(1, 8)], NOW)
    assert await store.folds.crowded(NOW, 7) == []
    assert await store.folds.crowded(NOW, 6) == [here]
    pile = await store.folds.pile(here)
    digest = delivery(here, "folded:1:7", kind=DeliveryKind.DIGEST)
    assert await store.folds.fold(pile, digest, NOW)
    assert not await store.folds.fold(pile, digest, NOW)
    assert await store.folds.stories("folded:1:7") == [1, 2, 3, 4, 5, 6, 7]
    assert await store.subscriptions.sent_stories(here, NOW - DAY) == set(range(1, 8))
    [(claim, found)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    assert found.kind is DeliveryKind.DIGEST
    await store.outbox.sent(claim, Receipt("m"), NOW)
    assert await store.outbox.claim(now=NOW, lease=MINUTE) == []


async def test_a_digest_that_waits_still_joins_the_next_pile(store: Store) -> None:
    here, _ = await linked(store)
    for first, name in ((1, "folded:1:a"), (4, "folded:1:b")):
        await store.outbox.put([delivery(here, f"k{n}", story_id=n) for n in range(first, first + 3)], NOW)
        pile = await store.folds.pile(here)
        assert await store.folds.fold(pile, delivery(here, name, kind=DeliveryKind.DIGEST), NOW)
    assert pile.story_ids == (1, 2, 3, 4, 5, 6)
    assert await store.folds.stories("folded:1:b") == [1, 2, 3, 4, 5, 6]
    [(_, found)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    assert found.part.plain == "folded:1:b"


async def test_a_post_that_may_have_been_sent_is_not_folded(store: Store) -> None:
    here, _ = await linked(store)
    await store.outbox.put([delivery(here, f"k{n}", story_id=n) for n in (1, 2)], NOW)
    pile = await store.folds.pile(here)
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    digest = delivery(here, "folded:1:2", kind=DeliveryKind.DIGEST)
    assert not await store.folds.fold(pile, digest, NOW)
    await store.outbox.retry(claim, NOW + HOUR, "no answer", perhaps_sent=True)
    assert (await store.folds.pile(here)).story_ids == (2,)


# --- only between private chats ------------------------------------------------------------------


async def test_a_chat_that_others_join_is_linked_no_longer_and_gets_nothing(store: Store) -> None:
    here, there = await linked(store)
    await store.outbox.put([delivery(here, "k")], NOW)
    await fails(store)
    [stranded] = await store.moves.stranded(NOW, AFTER)

    await store.chats.ensure(Address("matrix", "!r:x"), private=False)

    assert (await store.links.other(here), await store.links.other(there)) == (None, None)
    assert await store.moves.stranded(NOW, AFTER) == []
    assert not await store.moves.move(stranded, THERE, due_at=NOW, now=NOW)


async def test_what_moved_to_a_chat_that_others_join_goes_home_unread(store: Store) -> None:
    here, there = await linked(store)
    await store.outbox.put([delivery(here, "k", story_id=3), delivery(there, "own")], NOW)
    await fails(store)
    [stranded] = await store.moves.stranded(NOW, AFTER)
    assert await store.moves.move(stranded, THERE, due_at=NOW + HOUR, now=NOW)

    await store.chats.change(there, private=False)

    found = await store.outbox.claim(now=NOW + HOUR, lease=MINUTE, limit=9)
    assert sorted((d.chat_id, d.part.plain, d.part.html) for _, d in found) == [
        (here, "k", "<b>k</b>"),
        (there, "own", "<b>own</b>"),
    ]
    assert await store.subscriptions.sent_stories(here, NOW) == {3}
    assert await store.subscriptions.sent_stories(there, NOW) == set()


@pytest.mark.parametrize("texts", ["a", "abc"])
async def test_what_goes_home_is_what_it_was_however_many_parts_it_took(store: Store, texts: str) -> None:
    here, there = await linked(store)
    parts = tuple(Part(html=f"<b>{t}</b>", plain=t, buttons=((Button("More", "more 1"),),)) for t in texts)
    await store.outbox.put([replace(delivery(here, "k"), parts=parts)], NOW)
    await fails(store)
    [stranded] = await store.moves.stranded(NOW, AFTER)
    assert await store.moves.move(stranded, (*THERE, *THERE), due_at=NOW, now=NOW)

    await store.chats.change(there, private=False)

    seen = []
    while batch := await store.outbox.claim(now=NOW, lease=MINUTE):
        [(claim, found)] = batch
        seen.append((found.chat_id, found.part))
        await store.outbox.sent(claim, Receipt("m"), NOW)
    assert seen == [(here, part) for part in parts]


async def test_what_may_have_been_sent_there_before_others_joined_is_not_sent_at_home_too(
    store: Store,
) -> None:
    here, there = await linked(store)
    await store.outbox.put([delivery(here, "k")], NOW)
    await fails(store)
    [stranded] = await store.moves.stranded(NOW, AFTER)
    await store.moves.move(stranded, THERE, due_at=NOW, now=NOW)
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)

    await store.chats.change(there, private=False)
    await store.outbox.sent(claim, Receipt("$e"), NOW)

    assert await store.outbox.claim(now=NOW + HOUR, lease=MINUTE) == []


async def test_threads_are_as_open_as_their_room(store: Store) -> None:
    here = await store.chats.ensure(Address("telegram", "1"), private=True)
    thread = await store.chats.ensure(Address("matrix", "!r:x", "$t"), private=True)
    await store.chats.ensure(Address("matrix", "!r:x"), private=True)
    await store.links.pair(here.id, thread.id, NOW)
    await store.chats.ensure(Address("matrix", "!r:x"), private=False)
    assert await store.links.other(here.id) is None
    assert not (await store.chats.get(thread.id)).private


async def test_a_group_stands_in_for_nobody_even_where_it_is_linked(store: Store) -> None:
    here = await store.chats.ensure(Address("telegram", "1"), private=True)
    group = await store.chats.ensure(Address("matrix", "!r:x"), private=False)
    await store.links.pair(here.id, group.id, NOW)
    await store.outbox.put([delivery(here.id, "k")], NOW)
    await fails(store)
    assert await store.moves.stranded(NOW, AFTER) == []
