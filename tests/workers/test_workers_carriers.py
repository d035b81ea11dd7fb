"""Several feeds carry the same article: who follows any of them is told, and nobody twice."""

from datetime import timedelta

import pytest
from fakes import draft

from bot.sources.reader import Polled
from bot.types import Cadence, Draft, Source, SourceKind, SubscriptionKind

HOUR = timedelta(hours=1)
FERRY = draft("ferry")


class Feeds:
    """Polls that bring what the test put into each source's feed."""

    def __init__(self) -> None:
        self.has: dict[int, tuple[Draft, ...]] = {}

    async def poll(self, source: Source, now: object) -> Polled:
        return Polled(drafts=self.has.get(source.id, ()))


@pytest.fixture
def feeds(town) -> Feeds:
    town.reader = Feeds()
    return town.reader


async def source(town, name: str, topic: str = "") -> Source:
    url = f"https://post.example/{name}.xml"
    return await town.store.sources.add(url, kind=SourceKind.FEED, topic=topic, now=town.clock())


async def follows(town, name: str, kind: SubscriptionKind, value: object, cadence=Cadence.LIVE) -> None:
    due = None if cadence is Cadence.LIVE else town.clock() + HOUR
    await town.store.subscriptions.add(
        (await town.chat(name)).id, kind=kind, value=str(value), cadence=cadence, now=town.clock(), due_at=due
    )


async def brings(town, feeds: Feeds, one: Source, *drafts: Draft) -> None:
    """The source's feed has these now, and everything that follows from it happens."""
    feeds.has[one.id] = drafts
    town.clock.now += timedelta(minutes=5)
    await town.store.rows.wake("sources", one.id, town.clock())
    await town.work()


def told(town) -> list[str]:
    return [delivery.address.chat for delivery in town.platform.sent]


async def test_who_follows_the_second_feed_is_told_too_and_the_first_not_again(town, feeds: Feeds) -> None:
    news, world = await source(town, "news"), await source(town, "world")
    await follows(town, "ann", SubscriptionKind.SOURCE, news.id)
    await follows(town, "ben", SubscriptionKind.SOURCE, world.id)

    await brings(town, feeds, news, FERRY)
    assert told(town) == ["ann"]

    for _ in range(2):
        await brings(town, feeds, world, FERRY)
        assert told(town) == ["ann", "ben"]
    assert await town.store.articles.count() == 1
    for one in (news, world):
        assert await town.store.articles.count(source_id=one.id) == 1


async def test_a_topic_has_what_any_of_its_feeds_carries(town, feeds: Feeds) -> None:
    news, harbour = await source(town, "news"), await source(town, "harbour", topic="local/harbour")
    await follows(town, "ben", SubscriptionKind.TOPIC, "local")

    await brings(town, feeds, news, FERRY)
    await brings(town, feeds, harbour, FERRY)

    assert told(town) == ["ben"]
    assert [a.title for a in await town.store.articles.recent(limit=9, topic="local")] == [FERRY.title]


async def test_a_digest_has_what_a_second_feed_carried_after_the_last_digest(town, feeds: Feeds) -> None:
    news, world = await source(town, "news"), await source(town, "world")
    await follows(town, "ben", SubscriptionKind.SOURCE, world.id, Cadence.HOURLY)
    await brings(town, feeds, news, FERRY)
    town.clock.now += HOUR
    await town.work()
    assert told(town) == []

    await brings(town, feeds, world, FERRY)
    town.clock.now += HOUR
    await town.work()
    assert told(town) == ["ben"]


async def test_the_back_catalogue_of_a_second_feed_tells_nobody(town, feeds: Feeds) -> None:
    news, world = await source(town, "news"), await source(town, "world")
    await follows(town, "ben", SubscriptionKind.SOURCE, world.id)
    old = [
        draft(name, f"{name} {name}s {name}ing {name}er.", at=FERRY.published - n * HOUR)
        for n, name in enumerate(("ferry", "tram", "library", "comet", "flood"))
    ]
    await brings(town, feeds, news, *old)

    await brings(town, feeds, world, *old)

    assert len(told(town)) == 3  # the newest few of a new source, as always


async def test_a_source_that_is_removed_takes_nothing_with_it(town, feeds: Feeds) -> None:
    news, world = await source(town, "news"), await source(town, "world")
    await brings(town, feeds, news, FERRY)
    await brings(town, feeds, world, FERRY)
    [article] = await town.store.articles.recent(limit=9)

    await town.store.sources.remove(news.id)

    assert await town.store.articles.carriers([article.id]) == {article.id: frozenset({world.id})}
