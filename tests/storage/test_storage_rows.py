"""Leases: who holds a row, what finishing commits, and what is never slept through."""

from __future__ import annotations

import pytest
from storage_samples import DAY, HOUR, MINUTE, NOW, draft, stored

from bot.errors import LeaseLost, NotFound, StoreError
from bot.storage import Store
from bot.types import Address, Cadence, Claim, SourceKind, SourceState, SubscriptionKind


async def source(store: Store, name: str = "a") -> int:
    return (await store.sources.add(f"https://{name}.example/feed", kind=SourceKind.FEED, now=NOW)).id


async def claimed(store: Store, table: str = "sources", now=NOW) -> Claim:
    [claim] = await store.rows.claim(table, now=now, lease=MINUTE)
    return claim


async def done(store: Store, claim: Claim) -> None:
    async with store.rows.finish(claim, due_at=None):
        pass


async def test_longest_due_rows_are_claimed_first_up_to_the_limit(store: Store) -> None:
    rows = [await source(store, name) for name in "abc"]
    for claim in await store.rows.claim("sources", now=NOW, lease=MINUTE, limit=3):
        await store.rows.retry(claim, due_at=NOW + MINUTE * (10 - claim.id), error="")
    claims = await store.rows.claim("sources", now=NOW + HOUR, lease=MINUTE, limit=2)
    assert {c.id for c in claims} == set(rows[1:])


async def test_leased_row_is_not_claimed_again_until_its_lease_ends(store: Store) -> None:
    row = await source(store)
    first = await claimed(store)
    assert await store.rows.claim("sources", now=NOW + MINUTE / 2, lease=MINUTE) == []
    again = await claimed(store, now=NOW + MINUTE)
    assert (again.id, again.attempts) == (row, 2)
    assert again.token != first.token


async def test_row_due_later_is_not_claimed(store: Store) -> None:
    await source(store)
    await store.rows.retry(await claimed(store), due_at=NOW + HOUR, error="")
    assert await store.rows.claim("sources", now=NOW + HOUR - MINUTE, lease=MINUTE) == []


async def test_finish_commits_the_work_and_the_next_due_time_together(store: Store) -> None:
    row = await source(store)
    async with store.rows.finish(await claimed(store), due_at=NOW + HOUR):
        await store.sources.polled(row, now=NOW, etag='"1"')
    found = await store.sources.get(row)
    assert (found.etag, found.due_at) == ('"1"', NOW + HOUR)
    assert (await claimed(store, now=NOW + HOUR)).attempts == 1


async def test_lost_lease_undoes_everything_in_the_body(store: Store) -> None:
    row = await source(store)
    stale = await claimed(store)
    fresh = await claimed(store, now=NOW + HOUR)

    async def work_on_it() -> None:
        async with store.rows.finish(stale, due_at=None):
            await store.sources.polled(row, now=NOW, etag='"stale"')
            await store.articles.put(draft(), source_id=row, now=NOW)

    with pytest.raises(LeaseLost):
        await work_on_it()
    assert (await store.sources.get(row)).etag == ""
    assert await store.articles.count() == 0
    await store.rows.renew(fresh, until=NOW + DAY)


async def test_failing_body_leaves_the_row_leased_and_nothing_written(store: Store) -> None:
    row = await source(store)
    claim = await claimed(store)

    async def fail() -> None:
        async with store.rows.finish(claim, due_at=None):
            await store.sources.polled(row, now=NOW, etag='"1"')
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await store.sources.get(row)).etag == ""
    async with store.rows.finish(claim, due_at=None):
        pass


@pytest.mark.parametrize("step", ["retry", "renew", "release"])
async def test_every_other_step_needs_the_lease_too(store: Store, step: str) -> None:
    await source(store)
    stale = await claimed(store)
    await claimed(store, now=NOW + HOUR)
    arguments = {"retry": {"due_at": NOW, "error": "x"}, "renew": {"until": NOW}, "release": {}}[step]
    with pytest.raises(LeaseLost):
        await getattr(store.rows, step)(stale, **arguments)


async def test_retry_keeps_the_error_and_the_attempts(store: Store) -> None:
    row = await source(store)
    await store.rows.retry(await claimed(store), due_at=NOW + MINUTE, error="timed out")
    assert (await store.sources.get(row)).last_error == "timed out"
    assert (await claimed(store, now=NOW + MINUTE)).attempts == 2


async def test_given_up_row_is_not_due_any_more(store: Store) -> None:
    await source(store)
    await store.rows.retry(await claimed(store), due_at=None, error="gone")
    assert await store.rows.claim("sources", now=NOW + 900 * DAY, lease=MINUTE) == []
    assert await store.rows.next_due("sources") is None


async def test_released_row_is_due_as_before_and_the_attempt_is_not_counted(store: Store) -> None:
    await source(store)
    await store.rows.release(await claimed(store))
    assert (await claimed(store)).attempts == 1


async def test_renewed_lease_holds_longer(store: Store) -> None:
    await source(store)
    await store.rows.renew(await claimed(store), until=NOW + HOUR)
    assert await store.rows.claim("sources", now=NOW + HOUR - MINUTE, lease=MINUTE) == []


async def test_wake_makes_a_row_due_earlier_but_never_later(store: Store) -> None:
    row = await source(store)
    await store.rows.retry(await claimed(store), due_at=NOW + HOUR, error="")
    await store.rows.wake("sources", row, NOW + MINUTE)
    await store.rows.wake("sources", row, NOW + 2 * HOUR)
    assert await store.rows.next_due("sources") == NOW + MINUTE


async def test_wake_of_a_finished_row_makes_it_due(store: Store) -> None:
    row = await source(store)
    async with store.rows.finish(await claimed(store), due_at=None):
        pass
    await store.rows.wake("sources", row, NOW + MINUTE)
    assert await store.rows.next_due("sources") == NOW + MINUTE


@pytest.mark.parametrize("due_at", [None, NOW + DAY])
async def test_wake_while_leased_is_kept_until_the_row_is_finished(store: Store, due_at) -> None:
    row = await source(store)
    claim = await claimed(store)
    await store.rows.wake("sources", row, NOW + MINUTE)
    assert await store.rows.claim("sources", now=NOW + MINUTE / 2, lease=MINUTE) == []
    async with store.rows.finish(claim, due_at=due_at):
        pass
    assert await store.rows.next_due("sources") == NOW + MINUTE


async def test_wake_before_the_claim_does_not_make_the_row_due_twice(store: Store) -> None:
    row = await source(store)
    await store.rows.wake("sources", row, NOW)
    async with store.rows.finish(await claimed(store), due_at=None):
        pass
    assert await store.rows.next_due("sources") is None


async def test_wake_of_an_unknown_row_says_so(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.rows.wake("sources", 99, NOW)


async def test_next_due_is_the_end_of_a_lease_when_nothing_else_waits(store: Store) -> None:
    await source(store)
    await claimed(store)
    assert await store.rows.next_due("sources") == NOW + MINUTE


async def test_paused_source_rests_and_is_due_at_once_when_resumed(store: Store) -> None:
    row = await source(store)
    await store.sources.change(row, state=SourceState.PAUSED)
    assert await store.rows.claim("sources", now=NOW + DAY, lease=MINUTE) == []
    assert await store.rows.next_due("sources") is None
    await store.sources.change(row, state=SourceState.ACTIVE)
    assert (await claimed(store, now=NOW + DAY)).id == row


async def test_digest_of_an_unreachable_chat_rests(store: Store) -> None:
    chat = await store.chats.ensure(Address("telegram", "1"))
    await store.subscriptions.add(
        chat.id, kind=SubscriptionKind.ALL, cadence=Cadence.DAILY, now=NOW, due_at=NOW + HOUR
    )
    await store.chats.deactivate(chat.id, "blocked")
    assert await store.rows.claim("subscriptions", now=NOW + DAY, lease=MINUTE) == []
    await store.chats.change(chat.id, active=True)
    assert len(await store.rows.claim("subscriptions", now=NOW + DAY, lease=MINUTE)) == 1


async def test_new_revision_while_an_article_is_read_takes_the_lease_away(store: Store) -> None:
    article = await stored(store)
    stale = await claimed(store, "articles")
    await store.articles.put(draft(text="The harbour closed again."), source_id=None, now=NOW)
    with pytest.raises(LeaseLost):
        await done(store, stale)
    assert (await claimed(store, "articles")).id == article.id


@pytest.mark.parametrize("table", ["chats", "deliveries", "nothing"])
async def test_tables_without_plain_leases_are_refused(store: Store, table: str) -> None:
    with pytest.raises(StoreError):
        await store.rows.claim(table, now=NOW, lease=MINUTE)
