"""The inbox, the sources and the small facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from storage_samples import DAY, HOUR, MINUTE, NOW, delivery, draft, message

from bot.errors import Conflict, NotFound
from bot.storage import Store
from bot.types import Address, DeliveryKind, NewSource, Receipt, SourceKind, SourceSettings, SourceState


async def test_message_comes_out_as_it_went_in(store: Store) -> None:
    given = message(
        7,
        "Größe? 🚢",
        address=Address("matrix", "!r:x", "$t"),
        addressed=True,
        reply_to="$m",
        button="more:1",
        chat_title="Room",
        may_administer=True,
        private=False,
    )
    assert await store.inbox.put(given, NOW)
    [claim] = await store.rows.claim("inbox", now=NOW, lease=MINUTE)
    assert await store.inbox.get(claim.id) == given


async def test_message_that_comes_again_is_not_kept_twice(store: Store) -> None:
    assert await store.inbox.put(message(1), NOW)
    assert not await store.inbox.put(message(1), NOW)
    assert await store.inbox.put(message(1, address=Address("telegram", "other")), NOW)
    assert await store.inbox.waiting() == 2
    [claim] = await store.rows.claim("inbox", now=NOW, lease=MINUTE)
    async with store.rows.finish(claim, due_at=None):
        pass
    assert not await store.inbox.put(message(1), NOW)
    assert await store.inbox.waiting() == 1
    with pytest.raises(NotFound):
        await store.inbox.get(99)


async def test_messages_of_a_chat_are_handled_one_after_the_other(store: Store) -> None:
    other = Address("telegram", "other")
    for given in (message(1), message(2), message(3, address=other)):
        await store.inbox.put(given, NOW)
    claims = await store.rows.claim("inbox", now=NOW, lease=DAY, limit=9)
    first, elsewhere = sorted(claims, key=lambda c: c.id)
    assert (await store.inbox.get(elsewhere.id)).address == other
    assert await store.rows.claim("inbox", now=NOW, lease=MINUTE) == []
    await store.rows.retry(first, due_at=NOW + HOUR, error="trouble")
    assert await store.rows.claim("inbox", now=NOW, lease=MINUTE) == []

    [first] = await store.rows.claim("inbox", now=NOW + HOUR, lease=MINUTE)
    async with store.rows.finish(first, due_at=None):
        pass

    [second] = await store.rows.claim("inbox", now=NOW + HOUR, lease=MINUTE)
    assert (await store.inbox.get(second.id)).message_id == message(2).message_id


async def test_source_comes_out_as_it_went_in(store: Store) -> None:
    settings = SourceSettings(
        full_text="page",
        selector="article p",
        routes=("tor", "direct"),
        mirrors=("https://m.example/feed",),
        interval=timedelta(minutes=7),
    )
    source = await store.sources.add(
        "https://a.example/feed",
        kind=SourceKind.FEED,
        title="A",
        topic="world/asia",
        settings=settings,
        now=NOW,
    )
    assert await store.sources.get(source.id) == source
    assert await store.sources.find(source.url) == source
    assert (source.settings, source.topic, source.state, source.due_at) == (
        settings,
        "world/asia",
        SourceState.ACTIVE,
        NOW,
    )
    with pytest.raises(Conflict):
        await store.sources.add(source.url, kind=SourceKind.PAGE, now=NOW)


async def test_sources_are_listed_by_topic_and_state(store: Store) -> None:
    ids = []
    for name, topic in (("a", "world"), ("b", "world/asia"), ("c", "World"), ("d", "")):
        url = f"https://{name}.example/feed"
        ids.append((await store.sources.add(url, kind=SourceKind.FEED, topic=topic, now=NOW)).id)
    await store.sources.change(ids[1], state=SourceState.DEAD)
    assert [s.id for s in await store.sources.list(topic="world")] == ids[:2]
    assert [s.id for s in await store.sources.list(state=SourceState.DEAD)] == [ids[1]]
    assert await store.sources.topics() == ["World", "world", "world/asia"]


async def test_moved_source_keeps_its_settings_and_forgets_the_validators(store: Store) -> None:
    source = await store.sources.add("https://a.example", kind=SourceKind.FEED, title="A", now=NOW)
    await store.sources.add("https://b.example", kind=SourceKind.FEED, now=NOW)
    await store.sources.polled(source.id, now=NOW, etag='"1"', last_modified="x")
    moved = await store.sources.change(source.id, url="https://new.example")
    assert (moved.title, moved.etag, moved.last_modified) == ("A", "", "")
    with pytest.raises(Conflict):
        await store.sources.change(source.id, url="https://b.example")
    assert (await store.sources.change(source.id, url="https://new.example")).id == source.id


async def test_a_former_url_still_leads_to_its_source(store: Store) -> None:
    old, new = "https://a.example", "https://new.example"
    source = await store.sources.add(old, kind=SourceKind.FEED, now=NOW)
    await store.sources.change(source.id, url=new)
    found = await store.sources.find(old)
    assert found is not None
    assert (found.id, found.url, found.scope) == (source.id, new, old)
    with pytest.raises(Conflict):
        await store.sources.add(old, kind=SourceKind.FEED, now=NOW)
    back = await store.sources.change(source.id, url=old)
    assert (await store.sources.find(new), await store.sources.find(old)) == (back, back)
    await store.sources.remove(source.id)
    assert await store.sources.find(new) is None


async def test_many_sources_are_added_at_once_and_known_ones_left_out(store: Store) -> None:
    moved = await store.sources.add("https://0.example", kind=SourceKind.FEED, now=NOW)
    await store.sources.change(moved.id, url="https://1.example")
    new = [NewSource(url=f"https://{n}.example", topic="world/", quiet_start=True) for n in (0, 1, 2, 3, 2)]
    added = await store.sources.add_all(new, now=NOW)
    assert [s.url for s in added] == ["https://2.example", "https://3.example"]
    assert {(s.topic, s.quiet_start, s.due_at) for s in added} == {("world", True, NOW)}
    assert await store.sources.add_all(new, now=NOW) == []


async def test_failures_count_until_a_poll_succeeds(store: Store) -> None:
    source = await store.sources.add("https://a.example", kind=SourceKind.FEED, now=NOW)
    await store.sources.failed(source.id, now=NOW, error="timed out")
    await store.sources.failed(source.id, now=NOW + HOUR, error="refused")
    failing = await store.sources.get(source.id)
    assert (failing.failures, failing.failing_since, failing.last_error) == (2, NOW, "refused")
    for when in (NOW + 2 * HOUR, NOW + 3 * HOUR):
        await store.sources.polled(source.id, now=when, etag='"2"')
    well = await store.sources.get(source.id)
    assert (well.failures, well.failing_since, well.last_error, well.etag) == (0, None, "", '"2"')
    assert (well.first_polled, well.polled) == (NOW + 2 * HOUR, NOW + 3 * HOUR)


async def test_removed_source_leaves_its_articles(store: Store) -> None:
    source = await store.sources.add("https://a.example", kind=SourceKind.FEED, now=NOW)
    _, article = await store.articles.put(draft(), source_id=source.id, now=NOW)
    await store.sources.remove(source.id)
    assert (await store.articles.get(article.id)).source_id is None
    for step in (store.sources.remove, store.sources.get):
        with pytest.raises(NotFound):
            await step(source.id)


async def test_small_facts_outlive_a_restart(store: Store, open_store) -> None:
    assert await store.meta.get("sync") is None
    await store.meta.set("sync", "1")
    await store.meta.set("sync", "2")
    await store.close()
    assert await (await open_store()).meta.get("sync") == "2"


async def test_pruning_takes_words_but_not_what_prevents_a_second_sending(store: Store) -> None:
    chat = await store.chats.ensure(Address("telegram", "77"), private=True)
    await store.inbox.put(message(1), NOW)
    await store.inbox.put(message(2), NOW)
    [claim] = await store.rows.claim("inbox", now=NOW, lease=MINUTE)
    async with store.rows.finish(claim, due_at=None):
        pass
    live = delivery(chat.id, "live", story_id=3, story_revision=1)
    answer = delivery(chat.id, "answer", kind=DeliveryKind.ANSWER)
    await store.outbox.put([live, answer], NOW)
    while batch := await store.outbox.claim(now=NOW, lease=MINUTE):
        await store.outbox.sent(batch[0][0], Receipt(f"m{batch[0][0].id}"), NOW)
    waiting = delivery(chat.id, "waiting")
    await store.outbox.put([waiting], NOW)
    early = await store.prune(NOW + DAY, 14 * DAY)
    assert (early.inbox, early.deliveries) == (0, 0)
    late = await store.prune(NOW + 15 * DAY, 14 * DAY)
    assert (late.inbox, late.deliveries) == (1, 2)
    assert await store.inbox.waiting() == 1
    assert await store.outbox.put([live, waiting], NOW + 15 * DAY) == 0
    assert len(await store.outbox.posts(3)) == 1
    [(_, left)] = await store.outbox.claim(now=NOW + 15 * DAY, lease=MINUTE)
    assert left.part.plain == "waiting"
