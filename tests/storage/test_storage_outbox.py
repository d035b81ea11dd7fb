"""The outbox: once, in order, one at a time a chat, and nobody waits for another chat."""

from __future__ import annotations

import pytest
from storage_samples import DAY, HOUR, MINUTE, NOW, delivery

from bot.errors import LeaseLost, NotFound, StoreError
from bot.storage import Store
from bot.types import (
    Address,
    Button,
    Claim,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    NewDelivery,
    Part,
    Receipt,
)


async def chat(store: Store, name: str = "1", platform: str = "telegram", thread: str = "") -> int:
    return (await store.chats.ensure(Address(platform, name, thread))).id


async def claims(store: Store, now=NOW, limit: int = 99, **more) -> list[tuple[Claim, Delivery]]:
    return await store.outbox.claim(now=now, lease=MINUTE, limit=limit, **more)


async def send_all(store: Store, now=NOW) -> list[str]:
    """What a platform that takes everything would have got, in order."""
    seen = []
    while batch := await claims(store, now):
        for claim, what in batch:
            seen.append(what.part.plain)
            await store.outbox.sent(claim, Receipt(f"m{what.id}"), now)
    return seen


async def test_delivery_comes_out_as_it_went_in(store: Store) -> None:
    here = await chat(store, "-100", thread="7")
    part = Part(html="<i>x</i>", plain="x", buttons=((Button("More", "more:1"),),), preview=True)
    given = delivery(
        here, "k", parts=(part,), reply_to="5", edits="4", silent=True, story_id=3, story_revision=2
    )
    assert await store.outbox.put([given], NOW) == 1
    [(claim, found)] = await claims(store)
    assert found == Delivery(
        id=claim.id,
        key=found.key,
        chat_id=here,
        address=Address("telegram", "-100", "7"),
        kind=DeliveryKind.LIVE,
        part=part,
        reply_to="5",
        edits="4",
        silent=True,
        attempts=1,
        story_id=3,
        story_revision=2,
    )
    assert len(found.key) >= 16


async def test_same_dedup_key_is_queued_once_for_ever(store: Store) -> None:
    here = await chat(store)
    assert await store.outbox.put([delivery(here, "k"), delivery(here, "k")], NOW) == 1
    assert await send_all(store) == ["k"]
    assert await store.outbox.put([delivery(here, "k", "other", "parts")], NOW + 400 * DAY) == 0
    assert await send_all(store, NOW + 400 * DAY) == []


async def test_unknown_chat_queues_nothing(store: Store) -> None:
    here = await chat(store)
    with pytest.raises(NotFound):
        await store.outbox.put([delivery(here, "a"), delivery(99, "b")], NOW)
    assert (await store.outbox.counts())[DeliveryState.DUE] == 0


async def test_one_delivery_a_chat_is_in_flight(store: Store) -> None:
    one, two = await chat(store, "1"), await chat(store, "2")
    await store.outbox.put([delivery(one, "a"), delivery(one, "b"), delivery(two, "c")], NOW)
    first = await claims(store)
    assert sorted(d.part.plain for _, d in first) == ["a", "c"]
    assert await claims(store) == []
    await store.outbox.sent(first[0][0], Receipt("m"), NOW)
    assert [d.chat_id for _, d in await claims(store)] == [first[0][1].chat_id]


async def test_urgent_goes_first_then_the_older(store: Store) -> None:
    here = await chat(store)
    kinds = [DeliveryKind.DIGEST, DeliveryKind.LIVE, DeliveryKind.ANSWER, DeliveryKind.LIVE]
    await store.outbox.put([delivery(here, f"{k}{n}", kind=k) for n, k in enumerate(kinds)], NOW)
    assert await send_all(store) == ["answer2", "live1", "live3", "digest0"]


async def test_chats_with_urgent_deliveries_go_before_others(store: Store) -> None:
    flooded = [await chat(store, f"f{n}") for n in range(5)]
    await store.outbox.put([delivery(c, f"digest{c}", kind=DeliveryKind.DIGEST) for c in flooded], NOW - HOUR)
    asking = await chat(store, "asking")
    await store.outbox.put([delivery(asking, "answer", kind=DeliveryKind.ANSWER)], NOW)
    assert [d.part.plain for _, d in await claims(store, limit=1)] == ["answer"]


async def test_flood_in_one_chat_does_not_hide_another(store: Store) -> None:
    loud, quiet = await chat(store, "loud"), await chat(store, "quiet")
    await store.outbox.put([delivery(loud, f"l{n}") for n in range(300)], NOW)
    await store.outbox.put([delivery(quiet, "q")], NOW)
    assert [d.part.plain for _, d in await claims(store, limit=2)] == ["l0", "q"]


async def test_delivery_for_later_waits(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "later", not_before=NOW + HOUR), delivery(here, "now")], NOW)
    assert await send_all(store) == ["now"]
    assert await store.rows.next_due("deliveries") == NOW + HOUR
    assert await send_all(store, NOW + HOUR) == ["later"]


async def test_parts_of_a_message_go_in_order(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k", "1", "2", "3", edits="9")], NOW)
    seen = []
    while batch := await claims(store):
        [(claim, what)] = batch
        seen.append((what.part.plain, what.edits))
        await store.outbox.sent(claim, Receipt("m"), NOW)
    assert seen == [("1", "9"), ("2", ""), ("3", "")]


async def test_answer_goes_into_the_thread_of_its_question(store: Store) -> None:
    room, elsewhere = await chat(store, "!r", "matrix"), await chat(store, "!s", "matrix")
    asked = Message(
        address=Address("matrix", "!r", "$root"),
        message_id="$q",
        sender="@ann:x",
        sender_name="Ann",
        text="why?",
        sent=NOW,
        private=False,
    )
    await store.inbox.put(asked, NOW)
    answers = [(room, "$q"), (room, "$unknown"), (room, ""), (elsewhere, "$q")]
    new = [delivery(c, f"{n}", kind=DeliveryKind.ANSWER, reply_to=to) for n, (c, to) in enumerate(answers)]
    await store.outbox.put(new, NOW)
    places = {}
    while batch := await claims(store):
        for claim, what in batch:
            places[what.part.plain] = what.address.thread
            await store.outbox.sent(claim, Receipt("m"), NOW)
    assert places == {"0": "$root", "1": "", "2": "", "3": ""}


async def test_waiting_part_holds_its_message_back_but_not_the_chat(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k", "1", "2"), delivery(here, "other")], NOW)
    [(claim, _)] = await claims(store)
    await store.outbox.retry(claim, NOW + HOUR, "unreachable")
    assert await send_all(store) == ["other"]
    assert await store.rows.next_due("deliveries") == NOW + HOUR
    assert await send_all(store, NOW + HOUR) == ["1", "2"]


async def test_key_stays_the_same_over_retries_and_attempts_count(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k", "1", "2")], NOW)
    [(claim, first)] = await claims(store)
    await store.outbox.retry(claim, NOW, "unreachable")
    [(again, second)] = await claims(store)
    assert (second.key, second.attempts, second.interrupted) == (first.key, 2, False)
    await store.outbox.sent(again, Receipt("m"), NOW)
    [(_, other)] = await claims(store)
    assert other.key != first.key


async def test_attempt_without_an_outcome_is_told_apart(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k")], NOW)
    [(lost, _)] = await claims(store)
    [(claim, what)] = await claims(store, NOW + MINUTE)
    assert (what.interrupted, what.attempts) == (True, 2)
    with pytest.raises(LeaseLost):
        await store.outbox.sent(lost, Receipt("m"), NOW)
    await store.outbox.sent(claim, Receipt("m"), NOW)


@pytest.mark.parametrize(
    ("outcome", "state"), [("unknown", DeliveryState.UNKNOWN), ("failed", DeliveryState.FAILED)]
)
async def test_ended_delivery_is_not_sent_again_and_the_rest_goes_on(store: Store, outcome, state) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k", "1", "2")], NOW)
    [(claim, _)] = await claims(store)
    await getattr(store.outbox, outcome)(claim, "why")
    assert await send_all(store, NOW + DAY) == ["2"]
    assert (await store.outbox.counts())[state] == 1


@pytest.mark.parametrize("step", ["sent", "unknown", "failed", "retry"])
async def test_every_outcome_needs_the_lease(store: Store, step: str) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k", "1", "2")], NOW)
    [(stale, _)] = await claims(store)
    await claims(store, NOW + MINUTE)
    arguments = {
        "sent": (Receipt("m"), NOW),
        "unknown": ("x",),
        "failed": ("x",),
        "retry": (NOW + DAY, "x"),
    }[step]
    with pytest.raises(LeaseLost):
        await getattr(store.outbox, step)(stale, *arguments)
    assert await store.rows.next_due("deliveries") == NOW + 2 * MINUTE


async def test_renewed_and_released_leases_move_the_queue(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k")], NOW)
    [(claim, _)] = await claims(store)
    await store.rows.renew(claim, until=NOW + HOUR)
    assert await claims(store, NOW + 2 * MINUTE) == []
    assert await store.rows.next_due("deliveries") == NOW + HOUR
    await store.rows.release(claim)
    [(_, again)] = await claims(store, NOW + 2 * MINUTE)
    assert (again.attempts, again.interrupted) == (1, False)


async def test_paused_chat_waits_with_all_its_threads(store: Store) -> None:
    one, two, other = (
        await chat(store, "1", thread="a"),
        await chat(store, "1", thread="b"),
        await chat(store, "2"),
    )
    await store.outbox.put([delivery(c, f"c{c}") for c in (one, two, other)], NOW)
    await store.outbox.pause_chat(one, NOW + HOUR)
    await store.outbox.pause_chat(one, NOW + MINUTE)
    assert await send_all(store) == [f"c{other}"]
    assert await store.rows.next_due("deliveries") == NOW + HOUR
    assert sorted(await send_all(store, NOW + HOUR)) == [f"c{one}", f"c{two}"]


async def test_pauses_outlive_a_restart(store: Store, open_store) -> None:
    there, here = await chat(store, "1"), await chat(store, "!r:x", platform="matrix")
    await store.outbox.put([delivery(there, "t"), delivery(here, "m")], NOW)
    await store.outbox.pause_platform("matrix", NOW + 12 * HOUR)
    await store.outbox.pause_platform("matrix", NOW + HOUR)
    await store.outbox.pause_chat(there, NOW + 13 * HOUR)
    await store.close()
    again = await open_store()
    assert await claims(again, NOW + 11 * HOUR) == []
    assert await again.rows.next_due("deliveries") == NOW + 12 * HOUR
    assert await send_all(again, NOW + 12 * HOUR) == ["m"]
    assert await send_all(again, NOW + 13 * HOUR) == ["t"]


async def test_only_the_platforms_asked_for_are_claimed(store: Store) -> None:
    there, here = await chat(store, "1"), await chat(store, "!r:x", platform="matrix")
    await store.outbox.put([delivery(there, "t"), delivery(here, "m")], NOW)
    assert [d.part.plain for _, d in await claims(store, platforms=["matrix"])] == ["m"]
    assert await claims(store, platforms=[]) == []


async def test_unreachable_chat_gets_nothing_more_until_it_is_back(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "before", story_id=5)], NOW)
    assert await store.chats.deactivate(here, "blocked")
    assert not await store.chats.deactivate(here, "blocked")
    await store.outbox.put([delivery(here, "after")], NOW)
    assert await claims(store) == []
    assert await store.rows.next_due("deliveries") is None
    assert await store.subscriptions.sent_stories(here, NOW) == set()
    await store.chats.change(here, active=True)
    assert await send_all(store) == ["after"]
    assert (await store.outbox.counts())[DeliveryState.DROPPED] == 1


async def test_dropped_backlog_leaves_its_stories_untold_but_begun_messages_whole(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "begun", "1", "2", story_id=1)], NOW)
    [(claim, _)] = await claims(store)
    await store.outbox.put([delivery(here, f"s{n}", story_id=n) for n in (2, 3)], NOW)
    await store.outbox.put([delivery(here, "answer", kind=DeliveryKind.ANSWER)], NOW)
    assert await store.outbox.drop(here, kinds=[DeliveryKind.LIVE]) == {2, 3}
    await store.outbox.sent(claim, Receipt("m"), NOW)
    assert await send_all(store) == ["answer", "2"]
    assert await store.subscriptions.sent_stories(here, NOW) == {1}


async def test_posts_of_a_story_know_their_newest_revision(store: Store) -> None:
    one, two = await chat(store, "1"), await chat(store, "2")
    await store.outbox.put(
        [delivery(c, f"live{c}", "1", "2", story_id=7, story_revision=1) for c in (one, two)], NOW
    )
    await send_all(store)
    [first, second] = await store.outbox.posts(7)
    edit = delivery(
        one, "edit", kind=DeliveryKind.UPDATE, edits=first.message_id, story_id=7, story_revision=4
    )
    await store.outbox.put([edit], NOW)
    await send_all(store)
    posts = await store.outbox.posts(7)
    assert [(p.chat_id, p.story_revision) for p in posts] == [(one, 4), (two, 1)]
    assert [p.message_id for p in posts] == [first.message_id, second.message_id]
    assert await store.outbox.posts(8) == []


async def test_a_newer_edit_takes_the_place_of_one_that_waits(store: Store) -> None:
    here, there = await chat(store, "1"), await chat(store, "2")
    await store.outbox.put([delivery(here, "post", kind=DeliveryKind.LIVE)], NOW)

    def edit(chat_id: int, name: str, of: str = "9") -> NewDelivery:
        return delivery(chat_id, name, kind=DeliveryKind.UPDATE, edits=of)

    await store.outbox.put([edit(here, "first"), edit(here, "another", "8"), edit(there, "elsewhere")], NOW)
    await store.outbox.put([edit(here, "second")], NOW)
    assert sorted(await send_all(store)) == ["another", "elsewhere", "post", "second"]


async def test_an_edit_on_its_way_is_left_alone(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "first", kind=DeliveryKind.UPDATE, edits="9")], NOW)
    [(claim, _)] = await claims(store)
    await store.outbox.put([delivery(here, "second", kind=DeliveryKind.UPDATE, edits="9")], NOW)
    await store.outbox.sent(claim, Receipt("9"), NOW)
    assert await send_all(store) == ["second"]


async def test_stories_told_are_remembered_by_chat_and_time(store: Store) -> None:
    one, two = await chat(store, "1"), await chat(store, "2")
    await store.outbox.put([delivery(one, "a", story_id=1)], NOW - 8 * DAY)
    await store.outbox.put([delivery(one, "b", story_id=2), delivery(two, "c", story_id=3)], NOW)
    await store.subscriptions.remember_stories(one, {4: 1, 5: 1}, now=NOW)
    assert await store.subscriptions.sent_stories(one, NOW - 7 * DAY) == {2, 4, 5}
    await store.subscriptions.remember_stories(one, {1: 1}, now=NOW)
    assert await store.subscriptions.sent_stories(one, NOW - 7 * DAY) == {1, 2, 4, 5}


async def test_more_deliveries_than_a_statement_takes_are_queued_together(store: Store) -> None:
    here = await chat(store)
    assert await store.outbox.put([delivery(here, f"k{n}") for n in range(6000)], NOW) == 6000
    assert (await store.outbox.counts())[DeliveryState.DUE] == 6000


async def test_outbox_rows_have_no_shortcut_around_their_order(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([delivery(here, "k")], NOW)
    [(claim, _)] = await claims(store)
    with pytest.raises(StoreError):
        await store.rows.retry(claim, due_at=None, error="")
    with pytest.raises(StoreError):
        await store.rows.wake("deliveries", claim.id, NOW)


async def test_what_a_chat_was_told_last_is_the_newest_revision(store: Store) -> None:
    one, two = await chat(store, "1"), await chat(store, "2")
    await store.subscriptions.remember_stories(one, {7: 3}, now=NOW)
    await store.outbox.put([delivery(one, "late", story_id=7, story_revision=2)], NOW + HOUR)
    await store.outbox.put([delivery(two, "other", story_id=7, story_revision=1)], NOW)
    assert (await store.subscriptions.told(one, NOW))[7] == (3, NOW + HOUR)
    told = await store.subscriptions.told_of(7, [one, two], NOW)
    assert {c: t.revision for c, t in told.items()} == {one: 3, two: 1}
    assert await store.subscriptions.told_of(7, [two], NOW + HOUR) == {}


# --- an edit and the answer to a button, of one message ----------------------------------------


def edit(chat_id: int, name: str, kind: DeliveryKind, count: str) -> NewDelivery:
    part = Part(html="", plain=name, buttons=((Button(count, "up 7"),),))
    return delivery(chat_id, name, kind=kind, edits="501", parts=(part,))


async def labels(store: Store, now=NOW) -> list[tuple[str, str]]:
    """What the message shows after each edit that goes out."""
    seen = []
    while batch := await claims(store, now):
        [(claim, what)] = batch
        seen.append((what.part.plain, what.part.buttons[0][0].label))
        await store.outbox.sent(claim, Receipt("501"), now)
    return seen


async def test_an_edit_that_waits_does_not_undo_a_newer_count(store: Store) -> None:
    here, there = await chat(store, "1"), await chat(store, "2")
    await store.outbox.put([edit(here, "update", DeliveryKind.UPDATE, "0")], NOW)
    await store.outbox.put([edit(there, "other", DeliveryKind.UPDATE, "0")], NOW)
    await store.outbox.put([edit(here, "counted", DeliveryKind.ANSWER, "1")], NOW)
    await store.outbox.pause_chat(there, NOW + HOUR)
    assert await labels(store) == [("counted", "1"), ("update", "1")]
    assert await labels(store, NOW + HOUR) == [("other", "0")]


async def test_an_edit_in_flight_that_goes_again_does_not_undo_a_newer_count(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([edit(here, "update", DeliveryKind.UPDATE, "0")], NOW)
    [(claim, _)] = await claims(store)
    await store.outbox.put([edit(here, "counted", DeliveryKind.ANSWER, "1")], NOW)
    await store.outbox.retry(claim, NOW, "wait")
    assert await labels(store) == [("counted", "1"), ("update", "1")]


async def test_an_edit_that_waits_longer_does_not_undo_a_newer_text(store: Store) -> None:
    here = await chat(store)
    await store.outbox.put([edit(here, "counted", DeliveryKind.ANSWER, "1")], NOW)
    [(claim, _)] = await claims(store)
    await store.outbox.retry(claim, NOW + HOUR, "broken")
    await store.outbox.put([edit(here, "update", DeliveryKind.UPDATE, "1")], NOW)
    assert await labels(store, NOW + DAY) == [("update", "1")]
