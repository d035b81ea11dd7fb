"""A database of release 0.1 with rows in it: brought up to date, everything is still there."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text
from storage_samples import MINUTE, NOW

from bot.storage import Store, migrate
from bot.storage.columns import microseconds
from bot.storage.store import _open, _parsed
from bot.types import NO_OPTIONS, Address, Cadence, HubLease, Options, Receipt, SourceKind, SubscriptionKind

FEED = "https://a.example/feed"

ROWS = (
    """INSERT INTO sources (id, url, kind, title, topic, state, settings, added, etag)
       VALUES (7, 'https://a.example/feed', 'feed', 'Gazette', 'world/asia', 'active',
               '{"full_text": "page", "selector": ".text"}', :now, '"1"')""",
    """INSERT INTO stories (id, title, created, updated, lead_id, revision)
       VALUES (4, 'Ferry', :now, :now, 9, 6)""",
    """INSERT INTO articles (id, url, title, text, fetched, revised, happened, revision, teaser, withdrawn,
                             quiet, source_id, story_id)
       VALUES (9, 'https://a.example/1', 'Ferry', 'Two hurt.', :now, :now, :now, 2, :no, :no, :no, 7, 4)""",
    """INSERT INTO article_keys (key, article_id) VALUES ('url:https://a.example/1', 9)""",
    """INSERT INTO revisions (article_id, revision, title, text, fetched, withdrawn)
       VALUES (9, 1, 'Ferry', 'One hurt.', :now, :no)""",
    """INSERT INTO chats (id, platform, chat, thread, private, active)
       VALUES (5, 'telegram', '77', '', :yes, :yes)""",
    """INSERT INTO subscriptions (id, chat_id, kind, value, cadence, at, weekdays, created, active)
       VALUES (2, 5, 'topic', 'world', 'daily', '07\\:30', '[]', :now, :yes)""",
    """INSERT INTO deliveries (id, key, dedup_key, part, chat_id, kind, priority, state, plain, buttons,
                               preview, silent, created, due_at, interrupted)
       VALUES (6, 'k', 'story\\:4\\:5', 0, 5, 'live', 2, 'due', 'Ferry', '[]', :no, :no, :now, :now, :no)""",
    """UPDATE chats SET outbox_at = :now, outbox_priority = 2 WHERE id = 5""",
    """INSERT INTO chat_stories (chat_id, story_id, told) VALUES (5, 4, :now), (5, 3, :now)""",
)


def release_0_1(c: Connection) -> None:
    """The tables of 0.1, with a source and a story of one changed article."""
    assert migrate.version(c) is None
    migrate._upgrade(c, to="0001")
    for row in ROWS:
        c.execute(text(row), {name: v for name, v in VALUES.items() if f":{name}" in row})


VALUES = {"now": microseconds(NOW), "no": False, "yes": True}


@pytest.fixture
async def store(url: str):
    """That database, opened by the present code."""
    database, _ = await _open(_parsed(url))
    await database.write(release_0_1)
    await database.close()
    store = await Store.open(url)
    yield store
    await store.close()


async def test_sources_of_0_1_keep_what_they_are(store: Store) -> None:
    source = await store.sources.get(7)
    assert (source.url, source.kind, source.title, source.topic) == (
        FEED,
        SourceKind.FEED,
        "Gazette",
        "world/asia",
    )
    assert (source.settings.full_text, source.settings.selector, source.etag) == ("page", ".text", '"1"')


async def test_ids_of_items_read_by_0_1_are_still_recognised(store: Store) -> None:
    assert (await store.sources.get(7)).scope == FEED


async def test_articles_of_0_1_keep_their_revisions_and_story(store: Store) -> None:
    article = await store.articles.find("url:https://a.example/1")
    assert article is not None
    assert (article.id, article.story_id, article.revision) == (9, 4, 2)
    assert [a.text for a in await store.articles.revisions(9)] == ["One hurt.", "Two hurt."]
    assert (await store.stories.get(4)).article_ids == (9,)
    assert await store.articles.carriers([9]) == {9: frozenset({7})}


async def test_what_chats_of_0_1_were_told_counts_as_told_in_full(store: Store) -> None:
    told = await store.subscriptions.told(5, NOW)
    assert {story: t.revision for story, t in told.items()} == {4: 6, 3: 1}


async def test_chats_of_0_1_keep_their_subscriptions(store: Store) -> None:
    [order] = await store.subscriptions.list(5)
    assert (order.kind, order.value, order.cadence, order.at) == (
        SubscriptionKind.TOPIC,
        "world",
        Cadence.DAILY,
        "07:30",
    )
    assert (order.options, order.vector) == (NO_OPTIONS, b"")


async def test_subscriptions_of_0_1_may_get_options(store: Store) -> None:
    urgent = Options(urgent="flood", most=3)
    assert (await store.subscriptions.change(2, options=urgent)).options == urgent
    assert [q.value for q in await store.subscriptions.questions()] == ["world"]


async def test_sources_of_0_1_may_get_a_hub(store: Store) -> None:
    lease = HubLease(source_id=7, hub="https://hub.example/", topic=FEED, secret="s", path="p")
    await store.hubs.keep(lease, NOW)
    assert await store.hubs.push(7, b"<rss/>", "text/xml", NOW)
    assert (await store.hubs.of_source(7), await store.hubs.next_push(7)) != (None, None)


async def test_deliveries_of_0_1_are_sent_once(store: Store) -> None:
    [(claim, found)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    assert (found.key, found.part.plain) == ("k", "Ferry")
    await store.outbox.sent(claim, Receipt("m"), NOW)
    assert await store.outbox.claim(now=NOW, lease=MINUTE) == []
    assert await store.links.other(5) is None


async def test_revisions_of_0_1_were_no_teasers_and_teasers_ask_for_their_pages_again(store: Store) -> None:
    assert await store.pages.waiting() == 0
    assert [a.teaser for a in await store.articles.revisions(9)] == [False, False]


def before_0013(c: Connection) -> None:
    """Two linked readers, of whom the first asked others into their room."""
    assert migrate.version(c) is None
    migrate._upgrade(c, to="0012")
    for number, private in enumerate([True, False, True, True], start=1):
        made = """INSERT INTO chats (id, platform, chat, thread, private, active)
                  VALUES (:id, 'matrix', :chat, '', :private, :private)"""
        c.execute(text(made), {"id": number, "chat": str(number), "private": private})
    for one, other in ((1, 2), (2, 1), (3, 4), (4, 3)):
        made = "INSERT INTO links (chat_id, other_id, made) VALUES (:one, :other, 0)"
        c.execute(text(made), {"one": one, "other": other})


async def test_links_of_chats_that_others_joined_before_0013_end(url: str) -> None:
    database, _ = await _open(_parsed(url))
    await database.write(before_0013)
    await database.close()

    store = await Store.open(url)

    assert [await store.links.other(number) for number in (1, 2, 3, 4)] == [None, None, 4, 3]
    await store.close()


THREADS = (
    """INSERT INTO chats (id, platform, chat, thread, private, active)
       VALUES (1, 'matrix', '!a', '', :no, :yes), (2, 'matrix', '!a', '$t', :no, :yes),
              (3, 'matrix', '!b', '$t', :no, :yes), (4, 'telegram', '-1', '7', :no, :yes)""",
    """INSERT INTO subscriptions (id, chat_id, kind, value, cadence, at, weekdays, created, active, changes,
                                  due_at)
       VALUES (1, 1, 'keyword', 'storm', 'live', '08\\:00', '[]', :now, :yes, :no, NULL),
              (2, 2, 'keyword', 'storm', 'live', '08\\:00', '[]', :now, :yes, :no, :now),
              (3, 2, 'keyword', 'flood', 'live', '08\\:00', '[]', :now, :yes, :no, NULL),
              (4, 3, 'keyword', 'comet', 'live', '08\\:00', '[]', :now, :yes, :no, NULL),
              (5, 4, 'keyword', 'tram', 'live', '08\\:00', '[]', :now, :yes, :no, NULL)""",
    """INSERT INTO verdicts (chat_id, story_id, subscription_id, outcome, as_of, at, urgent)
       VALUES (1, 8, 1, 'post', :now, :now, :no), (2, 8, 3, 'post', :now, :now, :no),
              (2, 9, 2, 'folded', :now, :now, :no)""",
    """INSERT INTO chat_stories (chat_id, story_id, told, revision)
       VALUES (1, 8, :now, 2), (2, 8, :now, 1)""",
    """INSERT INTO deliveries (id, key, dedup_key, part, chat_id, kind, priority, state, plain, buttons,
                               preview, silent, created, due_at, interrupted)
       VALUES (6, 'k', 'story\\:7\\:2', 0, 2, 'live', 2, 'due', 'Ferry', '[]', :no, :no, :now, :now, :no)""",
    """UPDATE chats SET outbox_at = :now, outbox_priority = 2 WHERE id = 2""",
)


def before_0015(c: Connection) -> None:
    """A room with a thread, another of which only a thread is known, and a topic on Telegram."""
    assert migrate.version(c) is None
    migrate._upgrade(c, to="0014")
    for row in THREADS:
        c.execute(text(row), {name: v for name, v in VALUES.items() if f":{name}" in row})


async def test_threads_on_matrix_from_before_0015_are_part_of_their_room(url: str) -> None:
    database, _ = await _open(_parsed(url))
    await database.write(before_0015)
    await database.close()

    store = await Store.open(url)

    found = {chat.id: chat.address for chat in await store.chats.list()}
    room, topic = Address("matrix", "!a"), Address("telegram", "-1", "7")
    assert found == {1: room, 3: Address("matrix", "!b"), 4: topic}
    orders = [[s.value for s in await store.subscriptions.list(number)] for number in found]
    assert orders == [["storm", "flood"], ["comet"], ["tram"]]
    assert await store.verdicts.folded(1) == [9]
    assert (await store.subscriptions.get(1)).due_at == NOW
    assert (await store.subscriptions.told(1, NOW))[8].revision == 2
    [(_, waiting)] = await store.outbox.claim(now=NOW, lease=MINUTE)
    assert (waiting.address, waiting.part.plain) == (room, "Ferry")
    await store.close()
