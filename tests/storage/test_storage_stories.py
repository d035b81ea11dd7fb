"""Stories: one home for an article, ids that never return, summaries by revision."""

from __future__ import annotations

import numpy as np
import pytest
from storage_samples import DAY, HOUR, MINUTE, NOW, delivery, direction, draft, indexed, stored, summary

from bot.errors import NotFound
from bot.storage import Store
from bot.storage.votes import Told, Vote
from bot.types import (
    Address,
    Cadence,
    Length,
    Outcome,
    Receipt,
    Subscription,
    SubscriptionKind,
    Verdict,
)


async def test_story_begins_with_its_lead_and_is_due(store: Store) -> None:
    article = await stored(store)
    story = await store.stories.create("Harbour reopens", article.id, NOW)
    assert (story.title, story.article_ids, story.lead_id, story.revision) == (
        "Harbour reopens",
        (article.id,),
        article.id,
        1,
    )
    assert (await store.articles.get(article.id)).story_id == story.id
    assert await store.stories.of_article(article.id) == story
    assert await store.rows.next_due("stories") == NOW


async def test_joining_article_wakes_the_story_with_a_new_revision(store: Store) -> None:
    late, early = await stored(store, "late"), await stored(store, "early", published=NOW - DAY)
    story = await store.stories.create("t", late.id, NOW)
    [claim] = await store.rows.claim("stories", now=NOW, lease=MINUTE)
    async with store.rows.finish(claim, due_at=None):
        pass
    grown = await store.stories.join(story.id, early.id, NOW + HOUR)
    assert (grown.article_ids, grown.lead_id, grown.revision, grown.updated) == (
        (early.id, late.id),
        late.id,
        2,
        NOW + HOUR,
    )
    assert await store.rows.next_due("stories") == NOW + HOUR


async def test_article_that_adds_nothing_makes_no_revision(store: Store) -> None:
    story = await store.stories.create("t", (await stored(store, "a")).id, NOW)
    copy = await stored(store, "b")
    assert (await store.stories.join(story.id, copy.id, NOW, material=False)).revision == 1


async def test_article_moves_from_one_story_to_another(store: Store) -> None:
    a, b = await stored(store, "a"), await stored(store, "b")
    first = await store.stories.create("first", a.id, NOW)
    await store.stories.join(first.id, b.id, NOW)
    second = await store.stories.create("second", b.id, NOW)
    assert (await store.stories.get(first.id)).article_ids == (a.id,)
    assert [x.id for x in await store.stories.articles(second.id)] == [b.id]


async def test_lost_lead_is_replaced_and_empty_story_goes_for_good(store: Store) -> None:
    a, b = await stored(store, "a"), await stored(store, "b")
    story = await store.stories.create("t", a.id, NOW)
    await store.stories.join(story.id, b.id, NOW)
    await store.stories.leave(a.id)
    assert (await store.stories.get(story.id)).lead_id == b.id
    await store.stories.leave(b.id)
    with pytest.raises(NotFound):
        await store.stories.get(story.id)
    assert (await store.stories.create("t", a.id, NOW)).id > story.id


async def test_story_can_be_renamed_and_led_by_another(store: Store) -> None:
    a, b = await stored(store, "a"), await stored(store, "b")
    story = await store.stories.create("t", a.id, NOW)
    await store.stories.join(story.id, b.id, NOW)
    changed = await store.stories.change(
        story.id, now=NOW + HOUR, title="better", lead_id=b.id, material=True
    )
    assert (changed.title, changed.lead_id, changed.revision) == ("better", b.id, 3)


async def test_unknown_story_or_article_says_so_and_changes_nothing(store: Store) -> None:
    article = await stored(store)
    story = await store.stories.create("t", article.id, NOW)
    with pytest.raises(NotFound):
        await store.stories.join(99, article.id, NOW)
    with pytest.raises(NotFound):
        await store.stories.join(story.id, 99, NOW)
    with pytest.raises(NotFound):
        await store.stories.create("t", 99, NOW)
    assert await store.stories.get(story.id) == story
    assert await store.stories.list(limit=9) == [story]


async def test_list_is_last_updated_first_within_its_bounds(store: Store) -> None:
    ids = [
        (await store.stories.create(n, (await stored(store, n)).id, NOW + i * HOUR)).id
        for i, n in enumerate("abc")
    ]
    assert [s.id for s in await store.stories.list(limit=2)] == [ids[2], ids[1]]
    found = await store.stories.list(limit=9, since=NOW + HOUR, before=NOW + 2 * HOUR)
    assert [s.id for s in found] == [ids[1]]
    assert [s.id for s in await store.stories.get_many([ids[1], 99, ids[0]])] == [ids[1], ids[0]]


async def test_list_goes_on_after_a_story_also_among_those_of_one_moment(store: Store) -> None:
    ids = [(await store.stories.create(n, (await stored(store, n)).id, NOW)).id for n in "abcd"]
    seen, last = [], None
    while page := await store.stories.list(limit=2, following=last):
        seen += [s.id for s in page]
        last = page[-1]
        await store.stories.change(ids[3], now=NOW + HOUR)
    assert seen == ids[::-1]


async def test_candidates_carry_what_clustering_needs(store: Store) -> None:
    article = await stored(store, outlet="Gazette", published=NOW - DAY)
    vector = direction(3, 4)
    await indexed(store, article, vector[None, :], terms=("harbour", "ships"))
    story = await store.stories.create("t", article.id, NOW)
    [found] = await store.stories.candidates(since=NOW - DAY, until=NOW)
    assert (found.article_id, found.story_id, found.when, found.outlet, found.title, found.terms) == (
        article.id,
        story.id,
        NOW - DAY,
        "Gazette",
        article.title,
        ("harbour", "ships"),
    )
    assert np.allclose(found.vector, vector, atol=1e-3)
    assert found.vector.dtype == np.float32


async def test_candidates_are_bounded_newest_first_and_without_withdrawn(store: Store) -> None:
    ids = []
    for n in range(4):
        article = await stored(store, f"day{n}", published=NOW - n * DAY)
        await indexed(store, article)
        ids.append(article.id)
    await stored(store, "unread")
    await store.articles.put(draft("day1", withdrawn=True), source_id=None, now=NOW)
    found = await store.stories.candidates(since=NOW - 3 * DAY, until=NOW, limit=2)
    assert [s.article_id for s in found] == [ids[0], ids[2]]


async def test_of_too_many_candidates_the_nearest_in_time_are_taken(store: Store) -> None:
    ids = []
    for n in range(6):
        article = await stored(store, f"day{n}", published=NOW - n * DAY)
        await indexed(store, article)
        ids.append(article.id)
    late = {"since": NOW - 9 * DAY, "until": NOW, "around": NOW - 4 * DAY, "limit": 3}
    assert [s.article_id for s in await store.stories.candidates(**late)] == ids[3:6]
    fresh = late | {"around": NOW}
    assert [s.article_id for s in await store.stories.candidates(**fresh)] == ids[:3]


async def test_story_summary_is_kept_by_length_and_language(store: Store) -> None:
    article = await stored(store, published=NOW)
    story = await store.stories.create("t", article.id, NOW)
    old, new, german = (summary(article, t) for t in ("Old.", "New.", "Neu."))
    put = store.stories.put_summary
    await put(story.id, revision=1, length=Length.SHORT, language="en", summary=old)
    await put(story.id, revision=2, length=Length.SHORT, language="en", summary=new)
    await put(story.id, revision=2, length=Length.SHORT, language="de", summary=german)
    assert await store.stories.summary(story.id, length=Length.SHORT, language="en") == (new, 2)
    assert await store.stories.summary(story.id, length=Length.SHORT, language="de") == (german, 2)
    assert await store.stories.summary(story.id, length=Length.LONG, language="en") is None


async def test_candidates_follow_what_changes_after_they_were_first_read(store: Store) -> None:
    article = await stored(store)
    await indexed(store, article, direction(1)[None, :], terms=("old",))
    bounds = {"since": NOW - DAY, "until": NOW}
    assert [s.terms for s in await store.stories.candidates(**bounds)] == [("old",)]
    await indexed(store, article, direction(0, 1)[None, :], terms=("new",))
    story = await store.stories.create("t", article.id, NOW)
    [found] = await store.stories.candidates(**bounds)
    assert (found.terms, found.story_id) == (("new",), story.id)
    assert np.allclose(found.vector, direction(0, 1), atol=1e-3)


async def test_candidates_of_an_undone_transaction_are_not_remembered(store: Store) -> None:
    article = await stored(store)
    bounds = {"since": NOW - DAY, "until": NOW}

    async def sign_and_fail() -> None:
        async with store.transaction():
            await indexed(store, article, terms=("undone",))
            assert len(await store.stories.candidates(**bounds)) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await sign_and_fail()
    await indexed(store, article, terms=("kept",))
    assert [s.terms for s in await store.stories.candidates(**bounds)] == [("kept",)]


async def of_four(store: Store) -> tuple[int, list[int]]:
    """A story of four articles, and a chat each that was told it at three moments."""
    ids = [(await stored(store, name)).id for name in "abcd"]
    story = await store.stories.create("both", ids[0], NOW)
    for article_id in ids[1:]:
        story = await store.stories.join(story.id, article_id, NOW)
    return story.id, ids


async def test_articles_leave_together_for_a_story_of_their_own(store: Store) -> None:
    story_id, ids = await of_four(store)
    new = await store.stories.split(story_id, ids[2:], NOW + HOUR)
    assert new is not None
    assert (new.article_ids, new.title, new.revision) == (tuple(ids[2:]), "The c story", 1)
    left = await store.stories.get(story_id)
    assert (left.article_ids, left.revision, left.updated) == (tuple(ids[:2]), 5, NOW + HOUR)
    assert {c.id for c in await store.rows.claim("stories", now=NOW + HOUR, lease=MINUTE, limit=5)} == {
        story_id,
        new.id,
    }


async def test_nothing_leaves_a_story_that_would_be_empty(store: Store) -> None:
    story_id, ids = await of_four(store)
    assert await store.stories.split(story_id, ids, NOW) is None
    assert await store.stories.split(story_id, [99], NOW) is None
    assert (await store.stories.get(story_id)).article_ids == tuple(ids)


async def test_what_chats_were_told_goes_with_the_articles(store: Store) -> None:
    before, whole = [
        (await store.chats.ensure(Address("telegram", name), private=True)).id for name in ("1", "2")
    ]
    story_id, ids = await of_four(store)
    await store.subscriptions.remember_stories(before, {story_id: 1}, now=NOW - HOUR)
    await store.subscriptions.remember_stories(whole, {story_id: 4}, now=NOW + MINUTE)
    new = await store.stories.split(story_id, ids[2:], NOW + HOUR)
    assert new is not None
    told = await store.subscriptions.told_of(new.id, [before, whole], NOW - DAY)
    assert {chat: t.revision for chat, t in told.items()} == {whole: 1}


async def test_two_stories_become_one_with_those_who_follow_them(store: Store) -> None:
    here = (await store.chats.ensure(Address("telegram", "1"), private=True)).id
    story_id, ids = await of_four(store)
    other = await store.stories.create("the same", (await stored(store, "e")).id, NOW)
    order = await store.subscriptions.add(
        here, kind=SubscriptionKind.STORY, value=str(other.id), cadence=Cadence.LIVE, now=NOW
    )
    await store.subscriptions.remember_stories(here, {other.id: 1}, now=NOW)
    merged = await store.stories.merge(story_id, other.id, NOW + HOUR)
    assert merged.article_ids == (*ids, other.lead_id)
    assert (await store.subscriptions.get(order.id)).value == str(story_id)
    assert (await store.subscriptions.told_of(story_id, [here], NOW))[here].revision == 0


async def of_one(store: Store, name: str) -> int:
    return (await store.stories.create(name, (await stored(store, name)).id, NOW)).id


async def test_the_number_of_a_story_that_became_part_of_another_leads_to_it(store: Store) -> None:
    first, second, third = [await of_one(store, name) for name in "abc"]
    await store.stories.merge(second, third, NOW)
    await store.stories.merge(first, second, NOW)
    for number in (first, second, third):
        assert (await store.stories.get(number)).id == first
    found = await store.stories.get_many([99, third, first, second])
    assert [(s.id, len(s.article_ids)) for s in found] == [(first, 3)]


async def test_a_former_number_leads_nowhere_once_its_story_is_gone(store: Store) -> None:
    first, second = [await of_one(store, name) for name in "ab"]
    merged = await store.stories.merge(first, second, NOW)
    for article_id in merged.article_ids:
        await store.stories.leave(article_id)
    with pytest.raises(NotFound):
        await store.stories.get(second)
    assert await store.stories.get_many([first, second]) == []


async def test_posts_of_a_story_that_became_part_of_another_tell_that_one(store: Store) -> None:
    address = Address("telegram", "1")
    here = (await store.chats.ensure(address, private=True)).id
    first, second = [await of_one(store, name) for name in "ab"]
    await store.outbox.put([delivery(here, "post", story_id=second)], NOW)
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    await store.outbox.sent(claim, Receipt("501"), NOW)
    await store.stories.merge(first, second, NOW)
    assert await store.outbox.told_in(here, "501") == first
    assert await store.votes.told_by(address, "501") == Told(here, first)
    assert await store.outbox.told_in(here, "502") is None


async def test_votes_go_along_when_two_stories_become_one(store: Store) -> None:
    here = (await store.chats.ensure(Address("telegram", "1"), private=True)).id
    first, second = [await of_one(store, name) for name in "ab"]
    for user, story_id, value in (("a", second, 1), ("b", first, -1), ("b", second, 1)):
        vote = Vote(story_id=story_id, value=value, traits=(), at=NOW)
        await store.votes.put(here, vote, user=user)
    await store.stories.merge(first, second, NOW)
    assert await store.votes.counts(first) == {here: (1, 1)}
    assert await store.votes.counts(second) == {}


async def like(store: Store, chat_id: int, story_id: int) -> Subscription:
    kind, vector = SubscriptionKind.LIKE, b"\0\0"
    return await store.subscriptions.add(chat_id, kind=kind, value=str(story_id), vector=vector, now=NOW)


async def test_who_wants_stories_like_one_is_not_told_of_the_one_that_it_became_part_of(store: Store) -> None:
    here = (await store.chats.ensure(Address("telegram", "1"))).id
    first, second = [await of_one(store, name) for name in "ab"]
    await like(store, here, second)
    await store.stories.merge(first, second, NOW)
    assert [s.value for s in await store.subscriptions.list(here)] == [str(first)]


async def test_of_two_wishes_that_become_one_the_other_tells_what_one_put_off(store: Store) -> None:
    here = (await store.chats.ensure(Address("telegram", "1"))).id
    first, second = [await of_one(store, name) for name in "ab"]
    stays, ends = await like(store, here, first), await like(store, here, second)
    waits = Verdict(
        chat_id=here, story_id=77, subscription_id=ends.id, outcome=Outcome.FOLDED, as_of=NOW, at=NOW
    )
    await store.verdicts.put([waits])
    await store.subscriptions.reschedule(ends.id, NOW + HOUR)

    await store.stories.merge(first, second, NOW)

    [one] = await store.subscriptions.list(here)
    assert (one.id, one.due_at) == (stays.id, NOW + HOUR)
    assert await store.verdicts.folded(stays.id) == [77]
