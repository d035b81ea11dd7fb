"""Thumbs: who may vote how often, what a vote does to a digest, and that it stays explainable."""

from datetime import timedelta

import pytest
from fakes import Clock
from hypothesis import given
from hypothesis import strategies as st
from samples import NOW, article, story
from test_chat_window import report, standing, told
from town import Person, Town

from bot.chat.digest import Entry
from bot.chat.posts import story_post
from bot.chat.render import render
from bot.chat.taste import HALF, KEPT, MOST, learned, traits
from bot.chat.window import Windows
from bot.storage.votes import Vote
from bot.types import Address, DeliveryKind, Message, NewDelivery, Receipt, SubscriptionKind
from bot.workers.handle import Handle
from bot.workers.loop import Bells


def entry(number: int, *titles: str, topic: str = "") -> Entry:
    reports = tuple(article(number * 10 + n, f"Outlet {n}", title) for n, title in enumerate(titles))
    return Entry(story=story(number, *reports), articles=reports, summary=None, topic=topic)


async def test_a_thumb_up_brings_its_kind_further_up(town: Town, ann: Person) -> None:
    liked = await report(town, "Ferry timetable changes", hours=5)
    await ann.says(f"/up {liked.id}")
    everything = await standing(town, ann, SubscriptionKind.ALL)
    await report(town, "Ferry runs aground")
    await report(town, "Parliament debates")
    town.now += timedelta(minutes=1)
    assert (await told(town, Windows(town.store), everything))[-1] == "Parliament debates"

    await ann.says("/feedback reset")
    assert (await told(town, Windows(town.store), everything))[0] == "Parliament debates"


async def test_a_thumb_down_never_hides_a_story(town: Town, ann: Person) -> None:
    storm = await report(town, "Storm takes roofs")
    for _ in range(3):
        await ann.says(f"/down {storm.id}")
    everything = await standing(town, ann, SubscriptionKind.ALL)
    town.now += timedelta(minutes=1)
    assert await told(town, Windows(town.store), everything) == ["Storm takes roofs"]


async def test_a_person_has_one_vote_for_a_story_and_may_change_it(town: Town) -> None:
    ann, ben = town.person("1", group="-5"), town.person("2", group="-5")
    number = (await report(town, "Ferry runs aground")).id
    for said in (f"/up {number}", f"/up {number}", f"/down {number}"):
        await ann.says(said)
    await ben.says(f"/up {number}")
    chat = await town.chat(ann)
    assert await town.store.votes.counts(number) == {chat.id: (1, 1)}


async def test_feedback_says_what_votes_do_and_why_says_it_of_one_story(town: Town, ann: Person) -> None:
    first = await report(town, "Ferry timetable changes")
    await ann.says(f"/up {first.id}")
    second = await report(town, "Ferry runs aground")
    shown = await ann.says("/feedback")
    assert "👍 1 · 👎 0" in shown
    assert "Further up: " in shown
    assert "“ferry”" in shown
    why = await ann.says(f"/why {second.id}")
    assert "Votes in this chat move it up in digests by 0.7: “ferry” (+0.4), River Post (+0.3)." in why


async def test_in_a_group_anyone_votes_and_its_administrators_reset(town: Town) -> None:
    ann, ben = town.person("10", group="-5"), town.person("11", group="-5", administers=True)
    number = (await report(town, "Ferry runs aground")).id
    assert "Noted" in await ann.says(f"/up {number}")
    assert "only its administrators" in await ann.says("/feedback reset")
    assert "1 vote forgotten" in await ben.says("/feedback reset")


async def test_votes_are_shown_to_their_person_and_forgotten_with_them(town: Town, ann: Person) -> None:
    number = (await report(town, "Ferry runs aground")).id
    await ann.says(f"/up {number}")
    assert '"value": 1' in await ann.says("/mydata")
    await ann.presses("forget yes")
    assert await town.store.votes.counts(number) == {}


@pytest.mark.parametrize("said", ["/up", "/down", "/up 99", "/up x"])
async def test_a_vote_for_nothing_is_explained(town: Town, ann: Person, said: str) -> None:
    answer = await ann.says(said)
    assert "no story 99" in answer or "number" in answer


# --- under a post --------------------------------------------------------------------------


async def posted(town: Town, person: Person) -> tuple[int, str]:
    """A story's post in the person's chat; the story's number and the post's id."""
    told_story = await report(town, "Ferry runs aground")
    articles = await town.store.stories.articles(told_story.id)
    post = story_post(told_story, articles, await town.summarizer.story(articles))
    chat = await town.chat(person)
    new = NewDelivery(
        dedup_key="post",
        chat_id=chat.id,
        kind=DeliveryKind.LIVE,
        parts=render(post, person.address.platform),
        story_id=told_story.id,
        story_revision=1,
    )
    await town.store.outbox.put([new], town.now)
    [(claim, _)] = await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1))
    await town.store.outbox.sent(claim, Receipt("501"), town.now)
    return told_story.id, "501"


async def pressed(town: Town, person: Person, button: str, under: str, *, message_id: str = "b1") -> None:
    """A button or reaction, through the inbox and the handle stage."""

    async def typing(address: Address, text: str, number: int) -> None:
        pytest.fail("nobody waits for words")

    message = Message(
        address=person.address,
        message_id=message_id,
        sender=person.user,
        sender_name=person.user,
        text="",
        sent=town.now,
        private=True,
        addressed=True,
        reply_to=under,
        button=button,
    )
    await town.store.inbox.put(message, town.now)
    handle = Handle(store=town.store, router=town.router, typing=typing, clock=Clock(town.now), bells=Bells())
    [claim] = await town.store.rows.claim("inbox", now=town.now, lease=timedelta(minutes=1))
    await handle.step(claim)


async def test_a_post_has_its_thumbs_in_one_row_and_counts_them(town: Town, ann: Person) -> None:
    number, post = await posted(town, ann)

    await pressed(town, ann, f"up {number}", post)

    [(_, edit)] = await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1))
    assert edit.edits == post
    assert "Ferry runs aground" in edit.part.plain
    assert [[b.label for b in row] for row in edit.part.buttons] == [["👍 1", "👎", "More"]]


async def test_a_thumb_that_changes_nothing_says_nothing(town: Town, ann: Person) -> None:
    number, post = await posted(town, ann)
    await pressed(town, ann, f"up {number}", post)
    [(claim, _)] = await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1))
    await town.store.outbox.sent(claim, Receipt(post), town.now)

    await pressed(town, ann, f"up {number}", post, message_id="b2")

    assert await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1)) == []


async def test_the_same_thumb_pressed_again_takes_the_vote_back(town: Town, ann: Person) -> None:
    number, post = await posted(town, ann)
    chat = await town.chat(ann)
    seen = []
    for n in range(4):
        town.now += timedelta(minutes=1)
        await pressed(town, ann, f"up {number}", post, message_id=f"b{n}")
        seen.append(await town.store.votes.counts(number))
    on, off = {chat.id: (1, 0)}, {chat.id: (0, 0)}
    assert seen == [on, off, on, off]
    assert "Nobody has voted here yet" in await ann.says("/feedback")


async def test_a_press_that_is_handled_twice_counts_once(town: Town, ann: Person) -> None:
    number, post = await posted(town, ann)
    chat = await town.chat(ann)
    for n in range(2):
        await pressed(town, ann, f"up {number}", post, message_id=f"b{n}")  # at the same moment
    assert await town.store.votes.counts(number) == {chat.id: (1, 0)}


async def test_more_under_a_post_shows_the_story_and_how_to_get_its_like(town: Town, ann: Person) -> None:
    number, post = await posted(town, ann)
    heard = await ann.sends("", button=f"story {number}", reply_to=post)
    assert f"subscribe like {number}" in heard.payloads


async def test_a_reaction_taken_back_takes_its_vote_back_and_no_other(town: Town) -> None:
    olga = town.person("@olga:example.org", platform="matrix", group="!room:example.org")
    number, post = await posted(town, olga)
    chat = await town.chat(olga)

    await pressed(town, olga, "up", post, message_id="$up")
    await pressed(town, olga, "down", post, message_id="$down")
    await pressed(town, olga, "unvote", "$up", message_id="$gone1")
    assert await town.store.votes.counts(number) == {chat.id: (0, 1)}

    await pressed(town, olga, "unvote", "$down", message_id="$gone2")
    await pressed(town, olga, "unvote", "$somebody-elses-words", message_id="$gone3")
    assert await town.store.votes.counts(number) == {chat.id: (0, 0)}
    assert await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1)) == []


async def test_a_reaction_on_matrix_votes_without_a_word(town: Town) -> None:
    olga = town.person("@olga:example.org", platform="matrix", group="!room:example.org")
    number, post = await posted(town, olga)

    await pressed(town, olga, "down", post)

    chat = await town.chat(olga)
    assert await town.store.votes.counts(number) == {chat.id: (0, 1)}
    assert await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1)) == []


async def test_a_reaction_to_anything_else_is_left_alone(town: Town, ann: Person) -> None:
    await pressed(town, ann, "down", "404")
    assert await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1)) == []


async def test_an_edit_that_waits_does_not_undo_a_thumb(town: Town, ann: Person) -> None:
    number, post = await posted(town, ann)
    chat = await town.chat(ann)
    shown = await town.store.votes.shown(chat.id, post)
    edit = NewDelivery(
        dedup_key="edit",
        chat_id=chat.id,
        kind=DeliveryKind.UPDATE,
        parts=(shown,),
        edits=post,
        story_id=number,
    )
    await town.store.outbox.put([edit], town.now)

    await pressed(town, ann, f"up {number}", post)

    seen = []
    while batch := await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1)):
        [(claim, found)] = batch
        seen.append((found.kind, found.part.buttons[0][0].label))
        await town.store.outbox.sent(claim, Receipt(post), town.now)
    assert seen == [(DeliveryKind.ANSWER, "👍 1"), (DeliveryKind.UPDATE, "👍 1")]


async def became_part(town: Town, old: int) -> int:
    """Another story that takes the articles of the old one."""
    new = await report(town, "Ferry stuck on sandbank")
    await town.store.stories.merge(new.id, old, town.now)
    return new.id


async def test_a_post_stays_alive_when_its_story_becomes_part_of_another(town: Town, ann: Person) -> None:
    old, post = await posted(town, ann)
    new = await became_part(town, old)
    assert "Ferry stuck on sandbank" in await ann.presses(f"story {old}", under=post)
    for said in ("/why", "/summary", "/up", f"/story {old}", f"/why {old}"):
        assert "erry" in (answer := await ann.says(said, reply_to=post))
        assert "Usage" not in answer
    assert "Subscribed" in await ann.says("/subscribe story this", reply_to=post)
    [order] = await town.store.subscriptions.list((await town.chat(ann)).id)
    assert order.value == str(new)


async def test_thumbs_of_a_story_that_became_part_of_another_count_with_its_own(
    town: Town, ann: Person
) -> None:
    old, post = await posted(town, ann)
    chat = await town.chat(ann)
    await town.store.votes.put(chat.id, Vote(story_id=old, value=1, traits=(), at=NOW), user="ben")
    new = await became_part(town, old)

    await pressed(town, ann, f"up {old}", post)

    assert await town.store.votes.counts(new) == {chat.id: (2, 0)}
    [(_, edit)] = await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1))
    assert [b.label for b in edit.part.buttons[0]] == ["👍 2", "👎", "More"]


# --- the deciding --------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.sampled_from([1, -1]), st.integers(0, 200)), max_size=60),
)
def test_votes_move_a_story_by_a_bounded_amount_whatever_was_voted(votes: list[tuple[int, int]]) -> None:
    one = entry(1, "Ferry runs aground", "Ferry hits rocks", topic="world/asia")
    given_votes = [
        Vote(story_id=1, value=value, traits=traits(one), at=NOW - timedelta(days=days))
        for value, days in votes
    ]
    assert abs(learned(given_votes, NOW).move(traits(one)).by) <= MOST


def test_a_vote_fades_and_is_gone_in_the_end() -> None:
    one = entry(1, "Ferry runs aground")

    def weight(age: timedelta) -> float:
        vote = Vote(story_id=1, value=1, traits=traits(one), at=NOW - age)
        return learned([vote], NOW).weights.get("outlet:Outlet 0", 0.0)

    assert weight(HALF) == pytest.approx(weight(timedelta()) / 2)
    assert weight(KEPT + timedelta(days=1)) == 0


def test_words_count_in_any_of_their_forms() -> None:
    liked = Vote(story_id=1, value=1, traits=traits(entry(1, "A ferry runs aground")), at=NOW)
    moved = learned([liked], NOW).move(traits(entry(2, "Ferries stay in port")))
    assert "word:fer" in [trait for trait, _ in moved.reasons]
