"""A feed's teasers to full texts: each page a job, none lost, none in the way of its article."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import MORNING, draft

from bot.errors import FetchError, HttpStatus, Refused
from bot.sources import recognise
from bot.sources.reader import Polled
from bot.types import Draft, NewSource, PutStatus, SourceKind, SourceSettings, SourceState
from bot.workers.poll import APART

FEED = "https://post.example/feed.xml"
WHOLE = "The ferry Marla hit rocks near the harbour. Fourteen passengers were hurt. Rescuers came by boat."


def teaser(name: str = "ferry", text: str = "A ferry hit rocks. More on the page.", **more) -> Draft:
    return replace(draft(name, text, **more), teaser=True)


async def source(town, **settings):
    return await town.store.sources.add(
        FEED, kind=SourceKind.FEED, now=town.clock(), settings=SourceSettings(**settings)
    )


async def poll(town, *drafts: Draft) -> None:
    """Poll the source again, now."""
    town.reader.brings = Polled(drafts=drafts)
    await town.store.rows.wake("sources", 1, town.clock())
    await town.work("poll")


async def only(town):
    return await town.store.articles.get(1)


async def test_an_article_waits_for_its_page_and_is_told_with_its_full_text(town) -> None:
    await town.subscribe(await town.chat())
    await source(town)
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, teaser())
    assert not await town.loop("read").once()

    await town.work()

    assert ((await only(town)).text, (await only(town)).revision) == (WHOLE, 1)
    assert len(await town.store.articles.revisions(1)) == 1
    [told] = town.platform.texts
    assert "The ferry Marla hit rocks" in told
    assert "short text" not in told


async def test_every_teaser_of_a_first_poll_gets_its_page_in_turn_the_newest_first(town) -> None:
    await source(town)
    drafts = [teaser(f"n{n}", at=MORNING - timedelta(hours=n)) for n in range(60)]
    town.reader.pages = {d.url: f"{WHOLE} {d.title}." for d in drafts}
    await poll(town, *drafts)

    await town.work("page")
    assert town.reader.asked == [drafts[0].url]
    for _ in drafts:
        town.clock.now += APART
        await town.work("page")

    assert town.reader.asked == [d.url for d in drafts]
    assert not any(a.teaser for a in await town.store.articles.recent(limit=99))


async def test_of_undated_items_the_first_ones_of_the_feed_are_the_newest(town) -> None:
    await town.subscribe(await town.chat())
    await source(town)
    things = ["ferry", "tram", "library", "comet", "bakery"]
    drafts = [replace(draft(t, f"{t} {t}s {t}ing {t}er."), published=None) for t in things]
    await poll(town, *drafts)
    await town.work()
    assert {t.split()[0] for t in town.platform.texts} == {"Ferry", "Tram", "Library"}


async def test_of_what_a_source_from_a_list_has_already_nothing_is_announced(town) -> None:
    await town.subscribe(await town.chat())
    await town.store.sources.add_all([NewSource(url=FEED, quiet_start=True)], now=town.clock())
    await poll(town, draft("ferry"), draft("tram"))
    await town.work()
    assert town.platform.texts == []

    await poll(town, draft("comet", "A comet can be seen with the naked eye tonight."))
    await town.work()
    assert len(town.platform.texts) == 1


async def test_a_page_that_is_away_keeps_no_article_waiting_and_is_tried_again(town) -> None:
    await town.subscribe(await town.chat())
    await source(town)
    town.reader.pages[teaser().url] = FetchError("no answer in time")
    await poll(town, teaser())
    await town.work()
    assert "I know only the feed's short text of this." in town.platform.texts[0]
    assert (await only(town)).teaser

    town.reader.pages[teaser().url] = WHOLE
    town.clock.advance(minutes=2)
    await town.work("page", "read")

    assert ((await only(town)).text, (await only(town)).teaser) == (WHOLE, False)
    assert [a.teaser for a in await town.store.articles.revisions(1)] == [True, False]
    assert await town.store.pages.unread(1) == {}


async def test_a_page_that_stays_away_is_given_up_after_two_days(town) -> None:
    await source(town)
    town.reader.pages[teaser().url] = HttpStatus(503, retry_after=120)
    await poll(town, teaser())
    for _ in range(60):
        await town.work("page")
        town.clock.advance(hours=1)
    assert len(town.reader.asked) == 6
    assert await town.store.pages.waiting() == 0
    assert await town.store.pages.unread(1) == {"the server answered 503": 1}


@pytest.mark.parametrize("why", [HttpStatus(404), HttpStatus(403), Refused("robots.txt")])
async def test_a_page_that_will_never_be_read_leaves_the_teaser(town, why: Exception) -> None:
    await source(town)
    town.reader.pages[teaser().url] = why
    await poll(town, teaser())
    await town.work("page", "read")
    town.clock.advance(days=3)
    await poll(town, teaser())
    await town.work("page")
    assert len(town.reader.asked) == 1
    assert (await only(town)).story_id is not None
    assert (await only(town)).teaser


async def test_a_page_that_breaks_the_reader_leaves_the_teaser(town) -> None:
    await source(town)
    town.reader.pages[teaser().url] = RuntimeError("on purpose")
    await poll(town, teaser())
    await town.work("page", "read")
    assert (await only(town)).story_id is not None


async def test_a_page_that_kills_the_bot_each_time_is_given_up(town) -> None:
    await source(town)
    await poll(town, teaser())
    for _ in range(6):
        [_] = await town.store.rows.claim("pages", now=town.clock(), lease=timedelta(seconds=30))
        town.clock.advance(minutes=1)
    await town.work("page", "read")
    assert town.reader.asked == []
    assert (await only(town)).story_id is not None


async def test_a_page_whose_reading_was_killed_is_read_by_the_next(town) -> None:
    await source(town)
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, teaser())
    [_] = await town.store.rows.claim("pages", now=town.clock(), lease=timedelta(seconds=30))
    town.clock.advance(minutes=1)
    await town.work("page")
    assert (await only(town)).text == WHOLE


@pytest.mark.parametrize(
    ("wish", "is_teaser", "asked"), [("feed", True, 0), ("auto", False, 0), ("page", False, 1)]
)
async def test_the_sources_setting_decides(town, wish: str, is_teaser: bool, asked: int) -> None:
    await source(town, full_text=wish)
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, replace(teaser(), teaser=is_teaser))
    await town.work("page", "read")
    assert len(town.reader.asked) == asked
    assert (await only(town)).story_id is not None
    await poll(town, replace(teaser(), teaser=is_teaser))
    assert ((await only(town)).text == WHOLE) is bool(asked)


async def test_a_changed_teaser_has_the_page_read_again_after_an_hour(town) -> None:
    await source(town)
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, teaser())
    await town.work("page", "read")
    town.reader.pages[teaser().url] = WHOLE.replace("Fourteen", "Eleven")
    town.clock.advance(minutes=10)
    await poll(town, teaser(text="A ferry hit rocks. Now eleven hurt.", title="Ferry: eleven hurt"))
    await town.work("page")
    assert (await only(town)).revision == 1

    town.clock.advance(minutes=50)
    await town.work("page")

    changed = await only(town)
    assert (changed.revision, changed.title) == (2, "Ferry: eleven hurt")
    assert "Eleven passengers" in changed.text


async def test_a_pay_wall_does_not_take_the_place_of_the_article(town) -> None:
    await source(town)
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, teaser())
    await town.work("page", "read")
    town.reader.pages[teaser().url] = "Subscribe."
    town.clock.advance(hours=2)
    await poll(town, teaser(text="A ferry hit rocks. Now eleven hurt."))
    await town.work("page")
    assert (await only(town)).text == WHOLE


async def test_two_sources_with_two_teasers_do_not_take_turns(town) -> None:
    await source(town)
    other = await town.store.sources.add("https://b.example/", kind=SourceKind.FEED, now=town.clock())
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, teaser())
    await town.work("page", "read")
    town.clock.advance(hours=2)
    await town.store.sources.change(1, state=SourceState.PAUSED)
    town.reader.brings = Polled(drafts=(teaser(text="The same in other words."),))
    await town.store.rows.wake("sources", other.id, town.clock())
    await town.work("poll", "page")
    assert len(town.reader.asked) == 1


async def test_a_page_that_is_a_known_article_becomes_that_one(town) -> None:
    """A feed of links to others: the page tells which article it is."""
    await source(town)
    known = replace(draft("ferry", WHOLE), keys=recognise.keys("https://post.example/ferry"))
    assert await town.arrive(known) == [PutStatus.NEW]
    await town.work("read")
    link = replace(teaser("link"), keys=("https://post.example/link",))
    await poll(town, link)

    async def page(given: Draft, settings: SourceSettings, *, source_url: str = "") -> Draft:
        return replace(given, text=WHOLE, keys=known.keys, teaser=False)

    town.reader.page = page
    await town.work("page", "read")

    assert await town.store.articles.count() == 1
    found = await town.store.articles.find("https://post.example/link")
    assert found is not None
    assert (found.id, found.revision) == (1, 1)
    await town.store.pages.tidy()
    await poll(town, link)
    assert await town.store.pages.waiting() == 0


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        pytest.param(("The ferry sank.", "The tram burns."), [False, False], id="each its own text"),
        pytest.param(("Do you accept cookies?",) * 2, [False, True], id="the text of a wall"),
    ],
)
async def test_articles_that_are_sent_to_one_page_stay_two(
    town, texts: tuple[str, str], kept: list[bool]
) -> None:
    """Their site asks everybody for consent first, or names its section as the address of each."""
    await source(town)
    said = dict(zip(["https://post.example/a", "https://post.example/b"], texts, strict=True))
    await poll(town, *(replace(teaser(url[-1], "Short."), url=url, keys=(url,)) for url in said))

    async def page(given: Draft, settings: SourceSettings, *, source_url: str = "") -> Draft:
        shared = recognise.keys("https://post.example/consent")
        return replace(given, text=said[given.url], keys=(*shared, given.url), teaser=False)

    town.reader.page = page
    town.clock.advance(minutes=1)
    await town.work("page", "read")

    found = [await town.store.articles.find(url) for url in said]
    assert [a.url for a in found] == list(said)
    assert sorted(a.teaser for a in found) == kept
    assert all(a.story_id for a in found)


async def test_a_page_that_is_dated_in_the_future_has_no_date(town) -> None:
    await source(town)
    await poll(town, replace(teaser(), published=None))

    async def page(given: Draft, settings: SourceSettings, *, source_url: str = "") -> Draft:
        return replace(given, text=WHOLE, published=town.clock() + timedelta(days=9999), teaser=False)

    town.reader.page = page
    await town.work("page")

    assert ((await only(town)).published, (await only(town)).when) == (None, town.clock())


async def test_the_full_text_of_another_source_ends_the_wait(town) -> None:
    await source(town)
    town.reader.pages[teaser().url] = f"{WHOLE} As the page has it."
    await poll(town, teaser())
    await town.arrive(replace(teaser(), text=WHOLE, teaser=False))
    await town.work("read", "page")
    assert ((await only(town)).text, (await only(town)).revision) == (WHOLE, 1)


async def test_articles_of_a_removed_source_still_get_their_pages(town) -> None:
    feed = await source(town)
    town.reader.pages[teaser().url] = WHOLE
    await poll(town, teaser())
    await town.store.sources.remove(feed.id)
    await town.work("page", "read")
    assert (await only(town)).text == WHOLE
