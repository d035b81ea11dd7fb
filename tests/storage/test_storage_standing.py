"""Options of subscriptions, the questions they ask, and verdicts about stories."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from storage_samples import MINUTE, NOW, delivery, draft, stored

from bot.storage import Store
from bot.storage.subscriptions import Question
from bot.types import (
    Address,
    Cadence,
    Length,
    Options,
    Outcome,
    Receipt,
    Signature,
    Subscription,
    SubscriptionKind,
    Verdict,
)

HERE = Address("telegram", "77")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FULL = Options(
    length=Length.LONG,
    language="de",
    quiet_from="22:00",
    quiet_until="07:00",
    urgent="evacuation OR alarm",
    most=5,
    changes=True,
)


async def order(store: Store, value: str = "storm", *, chat: str = "77", **more: object) -> Subscription:
    here = await store.chats.ensure(Address("telegram", chat))
    kind = more.pop("kind", SubscriptionKind.KEYWORD)
    return await store.subscriptions.add(here.id, kind=kind, value=value, now=NOW, **more)


async def test_options_are_kept_and_changed(store: Store) -> None:
    made = await order(store, options=FULL, vector=b"\x00<\x00\x00")
    assert await store.subscriptions.get(made.id) == made
    assert (made.options, made.vector) == (FULL, b"\x00<\x00\x00")

    plain = await store.subscriptions.change(made.id, options=Options())
    assert plain.options == Options()
    untouched = await store.subscriptions.change(made.id, at="09:00")
    assert untouched.options == Options()


async def test_equal_questions_are_asked_once(store: Store) -> None:
    for chat in ("1", "2", "3"):
        await order(store, chat=chat)
    await order(store, "flood", chat="1", cadence=Cadence.DAILY)
    await order(store, "fire", chat="1", cadence=Cadence.DAILY, options=Options(urgent="alarm"))

    asked = await store.subscriptions.questions()

    assert sorted(q.value for q in asked) == ["fire", "storm"]


async def test_questions_of_digests_are_those_due(store: Store) -> None:
    for chat in ("1", "2"):
        await order(store, "flood", chat=chat, cadence=Cadence.DAILY, due_at=NOW)
    await order(store, "fire", cadence=Cadence.DAILY, due_at=NOW + timedelta(hours=1))
    await order(store, "storm", due_at=NOW)

    assert [q.value for q in await store.subscriptions.due_questions(NOW)] == ["flood"]


async def test_stories_alike_are_asked_for_by_their_vectors(store: Store) -> None:
    one = await order(store, "4", chat="1", kind=SubscriptionKind.LIKE, vector=b"\x01\x02")
    await order(store, "4", chat="2", kind=SubscriptionKind.LIKE, vector=b"\x03\x04")

    asked = await store.subscriptions.questions()
    assert len(asked) == 2

    [only] = await store.subscriptions.asking([Question(SubscriptionKind.LIKE, "4", b"\x01\x02")])
    assert only == one


async def test_only_who_can_be_reached_and_is_active_asks(store: Store) -> None:
    here = await order(store)
    paused = await order(store, chat="2")
    await order(store, chat="3")
    await order(store, "flood")
    await store.subscriptions.change(paused.id, active=False)
    gone = await store.chats.ensure(Address("telegram", "3"))
    await store.chats.deactivate(gone.id, "blocked")

    question = Question(SubscriptionKind.KEYWORD, "storm")
    assert [s.id for s in await store.subscriptions.asking([question])] == [here.id]


# --- verdicts --------------------------------------------------------------------------------


def verdict(subscription: Subscription, story: int, outcome: Outcome = Outcome.POST, **more) -> Verdict:
    at = more.pop("at", NOW)
    return Verdict(
        chat_id=subscription.chat_id,
        story_id=story,
        subscription_id=subscription.id,
        outcome=outcome,
        as_of=NOW,
        at=at,
        **more,
    )


async def test_a_verdict_is_kept_and_replaced(store: Store) -> None:
    made = await order(store)
    folded = verdict(made, 4, Outcome.FOLDED)
    await store.verdicts.put([folded])
    assert await store.verdicts.get(made.chat_id, 4) == folded

    posted = verdict(made, 4, urgent=True, score=0.5, changed=NOW + HOUR)
    await store.verdicts.put([posted])
    assert await store.verdicts.of_story(4) == {made.chat_id: posted}
    assert await store.verdicts.get(made.chat_id, 5) is None


async def test_posts_of_a_day_count_with_what_was_said_to_have_changed(store: Store) -> None:
    made, other = await order(store), await order(store, chat="2")
    await store.verdicts.put(
        [
            verdict(made, 1, at=NOW - 3 * HOUR),
            verdict(made, 2, at=NOW - 2 * DAY),
            verdict(made, 3, at=NOW - 2 * DAY, changed=NOW - HOUR),
            verdict(made, 4, Outcome.FOLDED),
            verdict(other, 4),
        ]
    )

    posted = await store.verdicts.posts([made.id], chat_ids=[made.chat_id], since=NOW - DAY)

    assert sorted(posted[made.id]) == [NOW - 3 * HOUR, NOW - HOUR]
    assert other.id not in posted


async def test_a_folded_story_waits_until_a_digest_told_it(store: Store) -> None:
    made = await order(store)
    await store.verdicts.put([verdict(made, n, Outcome.FOLDED) for n in (4, 5)])
    await store.verdicts.put([verdict(made, 6)])
    assert await store.verdicts.folded(made.id) == [4, 5]

    await store.verdicts.told(made.id, [4, 6])

    assert await store.verdicts.folded(made.id) == [5]
    outcomes = [v.outcome for n in (4, 6) if (v := await store.verdicts.get(made.chat_id, n))]
    assert outcomes == [Outcome.DIGEST, Outcome.POST]


async def test_verdicts_go_along_when_a_chat_moves(store: Store) -> None:
    made = await order(store)
    await store.chats.ensure(Address("telegram", "-100"))
    await store.verdicts.put([verdict(made, 4, Outcome.FOLDED)])

    moved = await store.chats.move(HERE, "-100")

    assert await store.verdicts.folded(made.id) == [4]
    assert await store.verdicts.get(moved.id, 4)


async def test_what_waits_for_a_digest_is_told_by_the_equal_subscription_of_the_chat_that_it_joins(
    store: Store,
) -> None:
    made = await order(store)
    await store.verdicts.put([verdict(made, 4, Outcome.FOLDED)])
    await store.subscriptions.reschedule(made.id, NOW + HOUR)
    twin = await order(store, chat="-100")

    await store.chats.move(HERE, "-100")

    assert [s.id for s in await store.subscriptions.list(twin.chat_id)] == [twin.id]
    assert await store.verdicts.folded(twin.id) == [4]
    [claim] = await store.rows.claim("subscriptions", now=NOW + HOUR, lease=MINUTE)
    assert claim.id == twin.id


async def test_old_verdicts_are_pruned_and_recent_ones_stay(store: Store) -> None:
    made = await order(store)
    await store.verdicts.put([verdict(made, 1, at=NOW - 90 * DAY), verdict(made, 2, at=NOW - DAY)])

    await store.prune(NOW, DAY)

    assert [n for n in (1, 2) if await store.verdicts.get(made.chat_id, n)] == [2]


# --- a subscription that ends ----------------------------------------------------------------


async def decided(store: Store, by: Subscription, story: int, *, waits: timedelta = HOUR) -> None:
    """A post of the story that waits, and why."""
    at = NOW + waits
    await store.verdicts.put([verdict(by, story, at=at)])
    name = f"story:{story}:{by.chat_id}"
    await store.outbox.put([delivery(by.chat_id, name, "1", "2", story_id=story, not_before=at)], NOW)


async def left(store: Store) -> list[str]:
    """What still goes out, in order."""
    sent = []
    while batch := await store.outbox.claim(now=NOW + DAY, lease=MINUTE, limit=9):
        for claim, found in batch:
            sent.append(f"{found.story_id}/{found.part.plain}")
            await store.outbox.sent(claim, Receipt("m"), NOW)
    return sent


async def test_what_waits_because_of_a_subscription_ends_with_it(store: Store) -> None:
    ends, stays = await order(store), await order(store, "flood")
    await decided(store, ends, 1)
    await decided(store, stays, 2)

    await store.subscriptions.remove(ends.id)

    assert await store.verdicts.get(ends.chat_id, 1) is None
    assert await store.subscriptions.sent_stories(ends.chat_id, NOW) == {2}
    assert await left(store) == ["2/1", "2/2"]
    await decided(store, stays, 1)
    assert await left(store) == ["1/1", "1/2"]


async def test_a_post_that_is_begun_goes_on_though_its_subscription_ends(store: Store) -> None:
    ends = await order(store)
    await decided(store, ends, 1, waits=timedelta())
    [(claim, _)] = await store.outbox.claim(now=NOW, lease=MINUTE)

    await store.subscriptions.remove(ends.id)

    await store.outbox.sent(claim, Receipt("m"), NOW)
    assert await left(store) == ["1/2"]
    assert await store.verdicts.get(ends.chat_id, 1) is not None


async def test_a_folded_story_waits_no_longer_than_its_subscription(store: Store) -> None:
    made = await order(store)
    await store.verdicts.put([verdict(made, 4, Outcome.FOLDED), verdict(made, 5)])
    await store.subscriptions.remove(made.id)
    assert await store.verdicts.get(made.chat_id, 4) is None
    assert await store.verdicts.get(made.chat_id, 5) is not None


@pytest.mark.parametrize(("others", "woken"), [(["flood"], 2), ([], 0)])
async def test_stories_are_looked_at_again_where_another_subscription_may_want_them(
    store: Store, others: list[str], woken: int
) -> None:
    ends = await order(store)
    for value in others:
        await order(store, value)
    for name in "abc":
        await store.stories.create(name, (await stored(store, name)).id, NOW)
    for claim in await store.rows.claim("stories", now=NOW, lease=MINUTE, limit=3):
        async with store.rows.finish(claim, due_at=None):
            pass
    await decided(store, ends, 1)
    await store.verdicts.put([verdict(ends, 2, Outcome.FOLDED)])

    await store.subscriptions.remove(ends.id)

    assert len(await store.rows.claim("stories", now=NOW + HOUR, lease=MINUTE, limit=3)) == woken


async def test_what_waits_in_the_linked_chat_ends_with_its_subscription_too(store: Store) -> None:
    ends = await order(store, chat="1")
    here = await store.chats.ensure(Address("telegram", "1"), private=True)
    there = await store.chats.ensure(Address("matrix", "!r:x"), private=True)
    await store.links.pair(here.id, there.id, NOW)
    await decided(store, ends, 1, waits=timedelta())
    await store.moves.failed("telegram", "down", NOW - HOUR)
    await store.moves.failed("telegram", "down", NOW)
    [stranded] = await store.moves.stranded(NOW, MINUTE)
    assert await store.moves.move(stranded, stranded.parts, due_at=NOW + HOUR, now=NOW)

    await store.chats.forget("telegram", "1")

    assert await left(store) == []
    for chat_id in (here.id, there.id):
        assert await store.subscriptions.sent_stories(chat_id, NOW) == set()


async def test_who_is_forgotten_gets_nothing_more_by_their_subscriptions(store: Store) -> None:
    mine, other = await order(store), await order(store, chat="78")
    await store.chats.ensure(HERE, private=True)
    await decided(store, mine, 1)
    await decided(store, other, 1)
    await store.chats.forget("telegram", "77")
    assert await left(store) == ["1/1", "1/2"]
    assert await store.subscriptions.list(other.chat_id) == [other]


# --- a story's vector ----------------------------------------------------------------------------


async def test_a_storys_vector_is_the_middle_of_its_articles(store: Store) -> None:
    ids = []
    for n, direction in enumerate([(1.0, 0.0), (0.0, 1.0)]):
        _, article = await store.articles.put(draft(f"report-{n}"), source_id=None, now=NOW)
        vector = np.array(direction, np.float32)
        signature = Signature(
            article_id=article.id, story_id=None, when=NOW, outlet="", title="", vector=vector, terms=()
        )
        await store.articles.index(
            article.id,
            revision=1,
            passages=[],
            vectors=np.zeros((0, 0), np.float32),
            signature=signature,
        )
        ids.append(article.id)
    story = await store.stories.create("Reports", ids[0], NOW)
    await store.stories.join(story.id, ids[1], NOW)

    middles = await store.stories.vectors([story.id, 99])

    assert list(middles) == [story.id]
    assert middles[story.id] == pytest.approx([0.5**0.5, 0.5**0.5], abs=1e-3)
