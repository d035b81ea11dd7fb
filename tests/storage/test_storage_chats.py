"""Chats, roles, conversations; what is known of a person and how it is forgotten."""

from __future__ import annotations

import json

import pytest
from storage_samples import DAY, HOUR, MINUTE, NOW, delivery, message

from bot.errors import Conflict, NotFound
from bot.storage import Store
from bot.types import (
    Address,
    Cadence,
    Citation,
    DeliveryKind,
    Length,
    Receipt,
    Role,
    SubscriptionKind,
    Turn,
)

HERE = Address("telegram", "-5")


async def test_chat_is_made_once_for_an_address(store: Store) -> None:
    first = await store.chats.ensure(HERE, title="News fans")
    assert await store.chats.ensure(HERE) == first
    assert (await store.chats.ensure(HERE, title="Renamed")).title == "Renamed"
    topic = await store.chats.ensure(Address("telegram", "-5", "9"))
    assert topic.id != first.id
    assert await store.chats.list() == [await store.chats.get(first.id), topic]
    assert await store.chats.find(Address("matrix", "-5")) is None


async def test_new_chats_start_with_the_time_zone_of_the_configuration(url: str) -> None:
    store = await Store.open(url, timezone="Europe/Lisbon")
    chat = await store.chats.ensure(HERE)
    await store.chats.change(chat.id, timezone="Asia/Tokyo")
    again = await store.chats.ensure(HERE, title="Harbour")
    await store.close()

    assert chat.timezone == "Europe/Lisbon"
    assert again.timezone == "Asia/Tokyo"


async def test_private_chat_stays_private_for_who_does_not_know(store: Store) -> None:
    await store.chats.ensure(HERE, private=True)
    assert (await store.chats.ensure(HERE, title="Ann")).private
    assert not (await store.chats.ensure(HERE, private=False)).private


async def test_settings_of_a_chat_are_kept(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    changed = await store.chats.change(
        chat.id,
        language="de",
        timezone="Europe/Berlin",
        length=Length.LONG,
        quiet_from="22:00",
        quiet_until="07:00",
    )
    assert await store.chats.get(chat.id) == changed
    assert (changed.language, changed.timezone, changed.length, changed.quiet_from, changed.quiet_until) == (
        "de",
        "Europe/Berlin",
        Length.LONG,
        "22:00",
        "07:00",
    )
    assert (await store.chats.change(chat.id, quiet_from="")).quiet_from == ""


async def test_inactive_chats_can_be_listed(store: Store) -> None:
    gone, here = await store.chats.ensure(HERE), await store.chats.ensure(Address("telegram", "1"))
    await store.chats.deactivate(gone.id, "kicked")
    assert [c.id for c in await store.chats.list(active=False)] == [gone.id]
    assert [c.id for c in await store.chats.list(active=True)] == [here.id]
    with pytest.raises(NotFound):
        await store.chats.deactivate(99, "x")


async def subscribe(store: Store, chat_id: int, value: str) -> int:
    added = await store.subscriptions.add(chat_id, kind=SubscriptionKind.KEYWORD, value=value, now=NOW)
    return added.id


async def test_moved_chat_keeps_everything_under_its_new_id(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    topic = await store.chats.ensure(Address("telegram", "-5", "9"))
    await subscribe(store, chat.id, "storm")
    await store.outbox.put([delivery(topic.id, "k")], NOW)
    moved = await store.chats.move(HERE, "-1005")
    assert (moved.id, moved.address) == (chat.id, Address("telegram", "-1005"))
    [(_, what)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    assert what.address == Address("telegram", "-1005", "9")
    assert await store.chats.find(HERE) is None
    assert await store.chats.move(HERE, "-1005") == moved
    with pytest.raises(NotFound):
        await store.chats.move(Address("telegram", "nobody"), "-7")


async def test_chat_that_moved_to_a_known_address_becomes_one_with_it(store: Store) -> None:
    old, new = await store.chats.ensure(HERE), await store.chats.ensure(Address("telegram", "-1005"))
    await store.chats.change(old.id, language="de")
    for chat, value in ((old, "storm"), (old, "flood"), (new, "storm")):
        await subscribe(store, chat.id, value)
    await store.outbox.put([delivery(old.id, "first", story_id=1), delivery(new.id, "second")], NOW)
    moved = await store.chats.move(HERE, "-1005")
    assert (moved.id, moved.language) == (new.id, "de")
    assert sorted(s.value for s in await store.subscriptions.list(new.id)) == ["flood", "storm"]
    assert await store.subscriptions.sent_stories(new.id, NOW) == {1}
    sent = []
    while batch := await store.outbox.claim(now=NOW, lease=MINUTE, limit=9):
        [(claim, what)] = batch
        sent.append(what.part.plain)
        await store.outbox.sent(claim, Receipt("m"), NOW)
    assert sent == ["first", "second"]


async def test_roles_are_granted_and_taken_away(store: Store) -> None:
    await store.chats.set_role("telegram", "7", Role.ADMIN, by="1")
    await store.chats.set_role("telegram", "8", Role.BLOCKED, by="7")
    assert await store.chats.role("telegram", "7") is Role.ADMIN
    assert await store.chats.role("telegram", "8") is Role.BLOCKED
    assert await store.chats.role("matrix", "7") is Role.READER
    assert [tuple(m) for m in await store.chats.admins()] == [("telegram", "7", Role.ADMIN, "1")]
    assert [(m.user, m.role) for m in await store.chats.members()] == [("7", Role.ADMIN), ("8", Role.BLOCKED)]
    await store.chats.set_role("telegram", "7", Role.READER, by="1")
    assert await store.chats.admins() == []


def said(text: str, role: str = "user") -> Turn:
    return Turn(role=role, text=text, at=NOW)


async def talk(store: Store, chat_id: int, number: int, *, thread_of: str = "", user: str = "77") -> str:
    """A question, the answer, and the answer's delivery; returns the answer's message id."""
    question, sent = f"q{number}", f"a{number}"
    more = {"user": user, "message_id": question, "thread_of": thread_of}
    await store.chats.add_turn(chat_id, said(question), **more)
    await store.chats.add_turn(chat_id, said(sent, "assistant"), **more)
    await store.outbox.put([delivery(chat_id, sent, kind=DeliveryKind.ANSWER, reply_to=question)], NOW)
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    await store.outbox.sent(claim, Receipt(sent), NOW)
    return sent


async def test_last_turns_of_a_chat_come_oldest_first_with_citations(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    citation = Citation(
        article_id=1, url="u", title="t", outlet="o", published=NOW, start=0, end=3, quote="abc"
    )
    answer = Turn(role="assistant", text="b", at=NOW, citations=(citation,))
    for turn in (said("dropped"), said("a"), answer):
        await store.chats.add_turn(chat.id, turn, user="77")
    assert await store.chats.turns(chat.id, limit=2) == [said("a"), answer]


async def test_reply_to_an_answer_continues_that_conversation(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    first = await talk(store, chat.id, 1)
    await talk(store, chat.id, 2)
    third = await talk(store, chat.id, 3, thread_of=first)
    texts = [t.text for t in await store.chats.turns(chat.id, limit=9, thread_of=third)]
    assert texts == ["q1", "a1", "q3", "a3"]
    assert [t.text for t in await store.chats.turns(chat.id, limit=9, thread_of="q2")] == ["q2", "a2"]
    assert await store.chats.turns(chat.id, limit=9, thread_of="unknown") == []


async def test_all_that_is_said_in_a_thread_is_one_conversation(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    for number, root in ((1, "root"), (2, ""), (3, "root")):
        more = {"user": "77", "message_id": f"q{number}", "root": root}
        await store.chats.add_turn(chat.id, said(f"q{number}"), **more)
    assert [t.text for t in await store.chats.turns(chat.id, limit=9, thread_of="root")] == ["q1", "q3"]


async def test_a_thread_under_a_question_continues_its_conversation(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    await talk(store, chat.id, 1)
    await store.chats.add_turn(chat.id, said("q2"), user="77", message_id="q2", root="q1")
    assert [t.text for t in await store.chats.turns(chat.id, limit=9, thread_of="q1")] == ["q1", "a1", "q2"]


async def test_what_is_known_of_a_person_is_told_and_forgotten(store: Store) -> None:
    own = await store.chats.ensure(Address("telegram", "77"), private=True)
    group = await store.chats.ensure(HERE)
    await subscribe(store, own.id, "storm")
    await subscribe(store, group.id, "flood")
    await store.inbox.put(message(1, "my question"), NOW)
    await store.inbox.put(message(2, "not mine", sender="88", address=HERE), NOW)
    await talk(store, own.id, 1)
    await talk(store, group.id, 2, user="88")
    known = await store.chats.personal("telegram", "77")
    assert json.loads(json.dumps(known)) == known
    assert [m["text"] for m in known["messages"]] == ["my question"]
    assert [t["text"] for t in known["turns"]] == ["q1", "a1"]
    assert [s["value"] for s in known["subscriptions"]] == ["storm"]
    assert await store.chats.forget("telegram", "77") > 0
    empty = await store.chats.personal("telegram", "77")
    assert (empty["messages"], empty["turns"], empty["subscriptions"]) == ([], [], [])
    assert [t.text for t in await store.chats.turns(group.id, limit=9)] == ["q2", "a2"]
    assert [s.value for s in await store.subscriptions.list(group.id)] == ["flood"]


async def test_forgotten_message_is_not_handled_again_and_the_one_at_work_can_finish(store: Store) -> None:
    await store.inbox.put(message(1, "/forget"), NOW)
    [claim] = await store.rows.claim("inbox", now=NOW, lease=MINUTE)
    await store.inbox.put(message(2, "later"), NOW)
    async with store.rows.finish(claim, due_at=None):
        await store.chats.forget("telegram", "77")
    assert await store.rows.claim("inbox", now=NOW + DAY, lease=MINUTE) == []
    assert (await store.inbox.get(claim.id)).text == ""
    assert not await store.inbox.put(message(2, "later"), NOW)


async def test_block_outlives_forgetting(store: Store) -> None:
    await store.chats.set_role("telegram", "77", Role.BLOCKED, by="1")
    await store.chats.forget("telegram", "77")
    assert await store.chats.role("telegram", "77") is Role.BLOCKED


async def test_same_subscription_is_refused_but_another_cadence_is_not(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    await subscribe(store, chat.id, "storm")
    with pytest.raises(Conflict):
        await subscribe(store, chat.id, "storm")
    digest = await store.subscriptions.add(
        chat.id,
        kind=SubscriptionKind.KEYWORD,
        value="storm",
        cadence=Cadence.WEEKLY,
        at="07:30",
        weekdays=(1, 5),
        now=NOW,
        due_at=NOW + HOUR,
    )
    assert await store.subscriptions.get(digest.id) == digest
    assert (digest.weekdays, digest.due_at, digest.covered_until) == ((1, 5), NOW + HOUR, None)
    with pytest.raises(Conflict):
        await store.subscriptions.change(digest.id, cadence=Cadence.LIVE)
    with pytest.raises(NotFound):
        await subscribe(store, 99, "storm")


async def test_subscription_changes_and_goes(store: Store) -> None:
    chat = await store.chats.ensure(HERE)
    row = await subscribe(store, chat.id, "storm")
    changed = await store.subscriptions.change(
        row, value="flood", cadence=Cadence.DAILY, at="09:00", covered_until=NOW, active=False
    )
    assert (changed.value, changed.cadence, changed.at, changed.covered_until, changed.active) == (
        "flood",
        Cadence.DAILY,
        "09:00",
        NOW,
        False,
    )
    await store.subscriptions.reschedule(row, NOW + DAY)
    assert (await store.subscriptions.get(row)).due_at == NOW + DAY
    await store.subscriptions.remove(row)
    with pytest.raises(NotFound):
        await store.subscriptions.remove(row)
