"""What a publisher takes back is marked, told and kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import MORNING, draft

from bot.sources.reader import Polled
from bot.types import Article, Draft, SourceKind

FERRY = draft("ferry", "The ferry Marla hit rocks near the harbour on Monday. Fourteen were hurt.")
GONE = Draft(url="", title="", text="", keys=FERRY.keys, withdrawn=True)


async def reported(town, url: str = "https://post.example/feed.xml", *, item: Draft = FERRY) -> None:
    """A source with one article, announced to one chat."""
    await town.store.sources.add(url, kind=SourceKind.FEED, now=town.clock())
    await town.subscribe(await town.chat())
    town.reader.brings = Polled(drafts=(item,))
    await town.work()
    town.clock.advance(hours=2)


async def ferry(town) -> Article:
    return await town.store.articles.get(1)


async def test_a_withdrawn_article_is_marked_keeps_its_text_and_its_story_changes(town) -> None:
    await reported(town)
    town.reader.brings = Polled(withdrawn=(GONE,))

    await town.work()

    article = await ferry(town)
    assert (article.withdrawn, article.text, article.revision) == (True, FERRY.text, 2)
    assert (await town.store.stories.get(1)).revision == 2
    assert [d.edits for d in town.platform.sent] == ["", "message-1"]


async def test_a_tombstone_that_comes_again_changes_nothing(town) -> None:
    await reported(town)
    town.reader.brings = Polled(withdrawn=(GONE,))

    for _ in range(3):
        await town.work()
        town.clock.advance(days=1)

    assert (await ferry(town)).revision == 2


@pytest.mark.parametrize(
    ("url", "believed"), [("https://rival.example/feed", False), ("https://post.example/other.xml", True)]
)
async def test_only_feeds_of_the_same_site_can_take_an_article_back(town, url: str, believed: bool) -> None:
    await reported(town)
    await town.store.sources.remove(1)
    await town.store.sources.add(url, kind=SourceKind.FEED, now=town.clock())
    town.reader.brings = Polled(withdrawn=(GONE,))

    await town.work()

    assert (await ferry(town)).withdrawn is believed


async def test_a_tombstone_of_what_nobody_knows_makes_no_article(town) -> None:
    await reported(town)
    town.reader.brings = Polled(withdrawn=(replace(GONE, keys=("id:unknown",)),))

    await town.work()

    assert await town.store.articles.count() == 1


async def test_an_article_that_is_published_again_stands_again(town) -> None:
    await reported(town)
    town.reader.brings = Polled(withdrawn=(replace(GONE, updated=MORNING + timedelta(hours=1)),))
    await town.work()
    town.clock.advance(days=1)
    again = replace(FERRY, text="The ferry Marla did not hit rocks.", updated=MORNING + timedelta(hours=3))
    buried = replace(GONE, updated=MORNING + timedelta(hours=1))

    town.reader.brings = Polled(drafts=(again,), withdrawn=(buried,))
    await town.work()

    assert not (await ferry(town)).withdrawn


# --- pages ---------------------------------------------------------------------------------

TEASER = replace(FERRY, teaser=True, updated=MORNING)


async def test_a_page_is_read_again_when_the_feed_says_that_it_changed(town) -> None:
    town.reader.pages[FERRY.url] = FERRY.text
    await reported(town, item=TEASER)
    town.reader.brings = Polled(drafts=(TEASER,))
    await town.work()
    assert town.reader.asked == [FERRY.url]
    town.clock.advance(days=1)

    town.reader.brings = Polled(drafts=(replace(TEASER, updated=MORNING + timedelta(hours=5)),))
    await town.work()

    assert town.reader.asked == [FERRY.url, FERRY.url]


async def test_a_page_that_is_not_there_any_more_withdraws_its_article(town) -> None:
    town.reader.pages[FERRY.url] = FERRY.text
    await reported(town, item=TEASER)
    del town.reader.pages[FERRY.url]
    town.reader.brings = Polled(
        drafts=(replace(TEASER, text="Page not found.", updated=MORNING + timedelta(hours=5)),)
    )
    await town.work()

    article = await ferry(town)
    assert (article.withdrawn, article.text) == (True, FERRY.text)
