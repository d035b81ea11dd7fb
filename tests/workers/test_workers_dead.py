"""A source that died: its admins hear of it once, with what to do."""

from datetime import timedelta

import pytest
from fakes import draft

from bot.errors import FetchError
from bot.sources.reader import Polled
from bot.storage.outbox import Outbox
from bot.types import DeliveryKind, Role, Source, SourceKind, SourceState

FEED = "https://post.example/feed.xml"
GONE = Polled(gone=True)


async def dies(town, brings: Polled | Exception = GONE) -> Source:
    """The source is polled until it is given up."""
    town.reader.brings = brings
    for _ in range(60):
        await town.work("poll", "deliver")
        [source] = await town.store.sources.list()
        if source.state is SourceState.DEAD:
            return source
        town.clock.advance(days=1)
    return source


@pytest.fixture
async def feed(town) -> Source:
    return await town.store.sources.add(FEED, kind=SourceKind.FEED, title="Post", now=town.clock())


async def test_owners_and_admins_are_told_once_with_what_to_do(town, feed) -> None:
    for name in ("ann", "bob", "carl"):
        await town.chat(name)
    await town.store.chats.set_role("console", "bob", Role.ADMIN, "console:ann")

    await dies(town)
    town.clock.advance(days=9)
    await town.work()

    assert [d.address.chat for d in town.platform.sent] == ["ann", "bob"]
    told = town.platform.sent[0]
    assert told.kind is DeliveryKind.NOTICE
    assert "I gave a source up: Post" in told.part.plain
    assert "took it away for good (410)" in told.part.plain
    assert "setsource 1 url" in told.part.plain
    for command in ("/checksource 1", "/resumesource 1", "/removesource 1"):
        assert command in told.part.plain


async def test_a_source_that_fails_for_a_month_is_given_up_and_told(town, feed) -> None:
    await town.chat()

    source = await dies(town, FetchError("no answer in time"))

    assert source.state is SourceState.DEAD
    assert town.clock() - feed.added > timedelta(days=30)
    [told] = town.platform.texts
    assert "It did not answer in time. It has failed since 23 Nov 2026" in told
    assert "by itself" not in told


async def test_a_bot_that_was_off_for_a_month_gives_no_source_up_at_once(town, feed) -> None:
    town.reader.brings = FetchError("no answer in time")
    await town.work("poll")
    town.clock.advance(days=90)

    await town.work("poll")

    assert (await town.store.sources.get(1)).state is SourceState.ACTIVE


async def test_a_source_that_dies_again_is_told_again(town, feed) -> None:
    await town.chat()
    await dies(town)
    town.clock.advance(days=1)

    await town.store.sources.change(1, state=SourceState.ACTIVE)
    await town.store.rows.wake("sources", 1, town.clock())
    await dies(town)

    assert len(town.platform.sent) == 2


async def test_a_source_taken_up_again_has_another_month(town, feed) -> None:
    trouble = FetchError("no answer in time")
    await dies(town, trouble)
    await town.store.sources.change(1, state=SourceState.ACTIVE)
    await town.store.rows.wake("sources", 1, town.clock())

    await town.work("poll")

    again = await town.store.sources.get(1)
    assert (again.state, again.failures, again.failing_since) == (SourceState.ACTIVE, 1, town.clock())


async def test_the_notice_commits_with_the_death_or_not_at_all(town, feed, monkeypatch) -> None:
    await town.chat()
    town.reader.brings = GONE

    async def full(*args: object) -> int:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "put", full)
        await town.work("poll")
    assert (await town.store.sources.get(1)).state is SourceState.ACTIVE

    town.clock.advance(hours=2)
    await town.work("poll", "deliver")
    assert (await town.store.sources.get(1)).state is SourceState.DEAD
    assert len(town.platform.sent) == 1


async def test_at_night_the_notice_waits(town, feed) -> None:
    chat = await town.chat()
    await town.store.chats.change(chat.id, quiet_from="07:00", quiet_until="09:00")

    await dies(town)
    assert town.platform.sent == []

    town.clock.advance(hours=1, minutes=1)
    await town.work("deliver")
    assert len(town.platform.sent) == 1


async def test_where_no_admin_has_a_chat_the_source_is_given_up_all_the_same(town, feed) -> None:
    assert (await dies(town)).state is SourceState.DEAD
    town.reader.brings = Polled(drafts=(draft("tram"),))
    assert town.platform.sent == []
