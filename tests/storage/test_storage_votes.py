"""Thumbs: one a person and story, gone with their person, and kept when a chat moves."""

from __future__ import annotations

from storage_samples import DAY, HOUR, MINUTE, NOW, delivery

from bot.storage import Store
from bot.storage.votes import Told, Vote
from bot.types import Address, Button, DeliveryKind, Part, Receipt

HERE = Address("telegram", "77")


async def chat(store: Store, name: str = "77", thread: str = "") -> int:
    return (await store.chats.ensure(Address("telegram", name, thread), private=True)).id


async def vote(store: Store, chat_id: int, user: str, value: int, *, story: int = 7, at=NOW) -> None:
    given = Vote(story_id=story, value=value, traits=("word:fer=ferry",), at=at)
    await store.votes.put(chat_id, given, user=user)


async def test_a_second_vote_takes_the_place_of_the_first(store: Store) -> None:
    here = await chat(store)
    await vote(store, here, "77", 1)
    await vote(store, here, "77", -1, at=NOW + HOUR)
    await vote(store, here, "78", 1)
    assert await store.votes.counts(7) == {here: (1, 1)}
    found = await store.votes.of_chat(here, since=NOW + MINUTE)
    assert found == [Vote(story_id=7, value=-1, traits=("word:fer=ferry",), at=NOW + HOUR)]


async def test_votes_of_a_chat_are_reset_together(store: Store) -> None:
    here, there = await chat(store), await chat(store, "78")
    await vote(store, here, "77", 1)
    await vote(store, there, "78", 1)
    assert await store.votes.reset(here) == 1
    assert await store.votes.counts(7) == {there: (1, 0)}


async def test_a_person_sees_and_forgets_their_own_votes_only(store: Store) -> None:
    here = await chat(store)
    await vote(store, here, "77", 1)
    await vote(store, here, "78", -1)
    [own] = (await store.chats.personal("telegram", "77"))["votes"]
    assert (own["story"], own["value"]) == (7, 1)
    await store.chats.forget("telegram", "77")
    assert await store.votes.counts(7) == {here: (0, 1)}


async def test_votes_go_along_when_two_chats_become_one(store: Store) -> None:
    old, new = await chat(store, "77"), await chat(store, "-100")
    await vote(store, old, "a", 1)
    await vote(store, old, "b", 1)
    await vote(store, new, "b", -1)
    await store.chats.move(HERE, "-100")
    assert await store.votes.counts(7) == {new: (1, 1)}


async def test_a_message_names_its_story_in_whatever_thread_it_stands(store: Store) -> None:
    thread = await chat(store, thread="9")
    await store.outbox.put([delivery(thread, "post", story_id=7, story_revision=1)], NOW)
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    await store.outbox.sent(claim, Receipt("501"), NOW)
    assert await store.votes.told_by(HERE, "501") == Told(thread, 7)
    assert await store.votes.told_by(HERE, "502") is None
    assert await store.votes.told_by(HERE, "") is None


async def test_what_a_message_shows_is_its_newest_edit_until_it_is_tidied_away(store: Store) -> None:
    here = await chat(store)
    buttons = ((Button("👍", "up 7"),),)
    first = delivery(here, "post", story_id=7, parts=(Part(html="", plain="First", buttons=buttons),))
    await store.outbox.put([first], NOW)
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    await store.outbox.sent(claim, Receipt("501"), NOW)
    assert await store.votes.shown(here, "501") == first.parts[0]
    edit = delivery(here, "edit", "Second", kind=DeliveryKind.UPDATE, edits="501")
    await store.outbox.put([edit], NOW)
    shown = await store.votes.shown(here, "501")
    assert shown is not None
    assert shown.plain == "Second"
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    await store.outbox.sent(claim, Receipt("501"), NOW)
    await store.prune(NOW + 30 * DAY, DAY)
    assert await store.votes.shown(here, "501") is None
