"""Transcripts of an admin who sets what one source is and how it is read."""

from datetime import timedelta

import pytest
from town import Feed, Person, Town

from bot.errors import FetchError
from bot.types import Source, SourceKind, SourceState

URL = "https://river.example/feed"
NEW = "https://new.example/feed"


@pytest.fixture
async def source(town: Town) -> Source:
    return await town.store.sources.add(URL, kind=SourceKind.FEED, title="River Post", now=town.now)


async def now(town: Town, source: Source) -> Source:
    return await town.store.sources.get(source.id)


@pytest.mark.usefixtures("source")
async def test_bare_it_shows_every_setting_and_what_it_is_for(olga: Person) -> None:
    said = await olga.says("/setsource 1")
    assert said.startswith(
        "Settings of River Post, number 1\n\n• url: https://river.example/feed. Where I read"
    )
    for key in ("title", "topic", "text", "selector", "interval", "routes", "mirrors"):
        assert f"• {key}: " in said
    assert said.endswith("Change one so: /setsource 1 text page. The value none takes a setting back.")


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ("text page", "full_text", "page"),
        ("full_text FEED", "full_text", "feed"),
        ("interval 30m", "interval", timedelta(minutes=30)),
        ("interval 2 hours", "interval", timedelta(hours=2)),
        ("interval auto", "interval", None),
        ("routes tor, direct", "routes", ("tor", "direct")),
        (
            "mirrors a.example/feed https://b.example/f",
            "mirrors",
            ("https://a.example/feed", "https://b.example/f"),
        ),
        ("mirrors none", "mirrors", ()),
    ],
)
async def test_a_setting_is_changed(
    town: Town, olga: Person, source: Source, said: str, field: str, value: object
) -> None:
    assert "Usage" not in await olga.says(f"/setsource 1 {said}")
    assert getattr((await now(town, source)).settings, field) == value


async def test_title_and_topic_are_changed(town: Town, olga: Person, source: Source) -> None:
    assert await olga.says("/setsource 1 title The  River") == "Its name is now The River."
    assert await olga.says("/setsource 1 topic /world/ asia /") == "It is in world/asia now."
    changed = await now(town, source)
    assert (changed.title, changed.topic) == ("The River", "world/asia")
    await olga.says("/setsource 1 topic none")
    assert (await now(town, source)).topic == ""


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("colour red", "I know no setting “colour”. There are url, title, topic,"),
        ("text", "What shall text be?"),
        ("text all", "text is one of these. auto takes"),
        ("interval 1m", "The interval is a time from 5 minutes to 30 days"),
        ("interval soon", "The interval is a time from 5 minutes to 30 days"),
        ("routes mars", "The configuration has no route mars. There are direct, tor;"),
        ("mirrors javascript:x", "I need a web address"),
        (f"mirrors {URL}", "Mirrors are other addresses than its own"),
        ("selector !", "That is no CSS selector."),
        ("url ftp://river.example/", "I need a web address"),
    ],
)
async def test_a_value_that_can_not_be_used_changes_nothing(
    town: Town, olga: Person, source: Source, said: str, answer: str
) -> None:
    assert (await olga.says(f"/setsource 1 {said}")).startswith(answer)
    assert await now(town, source) == source


# --- url ------------------------------------------------------------------------------------


async def test_a_new_address_is_tried_and_the_source_stays_what_it_is(
    town: Town, olga: Person, source: Source
) -> None:
    await olga.says("/setsource 1 text page")
    town.desk.found[NEW] = [Feed(NEW, "River")]
    assert await olga.says(f"/setsource 1 url {NEW}") == (
        f"Moved to {NEW}.\n\nIt keeps its settings, articles and subscribers; I read it now."
    )
    moved = await now(town, source)
    assert (moved.id, moved.url, moved.title, moved.settings.full_text) == (1, NEW, "River Post", "page")
    known = await olga.says(f"/addsource {URL}")
    assert known.startswith("That source is there already: number 1 (not read yet).")
    assert known.endswith(f"It moved from there to {NEW}.")


async def test_an_address_that_can_not_be_read_is_kept_only_on_wish(
    town: Town, olga: Person, source: Source
) -> None:
    town.desk.found[NEW] = FetchError("no answer in time", url=NEW)
    heard = await olga.sends(f"/setsource 1 url {NEW}")
    assert heard.text.startswith("I changed nothing. Its trouble is: no answer in time.")
    assert await now(town, source) == source
    assert (await olga.presses(heard.payloads[0])).startswith("Moved to")
    assert (await now(town, source)).url == NEW


async def test_a_site_with_several_feeds_asks_which_one_is_meant(
    town: Town, olga: Person, source: Source
) -> None:
    site = "https://new.example/"
    town.desk.found[site] = [Feed(f"{site}{n}", f"Feed {n}") for n in "ab"]
    town.desk.found[f"{site}b"] = [Feed(f"{site}b", "Feed b")]
    heard = await olga.sends(f"/setsource 1 url {site}")
    assert heard.text.startswith("There are several things to follow there.")
    await olga.presses(heard.payloads[1])
    assert (await now(town, source)).url == f"{site}b"


async def test_another_sources_address_is_not_taken(town: Town, olga: Person, source: Source) -> None:
    await town.store.sources.add(NEW, kind=SourceKind.FEED, now=town.now)
    town.desk.found[NEW] = [Feed(NEW, "River")]
    assert (await olga.says(f"/setsource 1 url {NEW}")).startswith(
        "Source number 2 has this address already."
    )
    assert (await now(town, source)).url == URL


async def test_a_given_up_source_lives_again_at_its_new_address(
    town: Town, olga: Person, source: Source
) -> None:
    await town.store.sources.change(source.id, state=SourceState.DEAD)
    town.desk.found[NEW] = [Feed(NEW, "River")]
    assert "It was given up; I read it again." in await olga.says(f"/setsource 1 url {NEW}")
    assert (await now(town, source)).state is SourceState.ACTIVE


async def test_an_old_button_changes_nothing(town: Town, olga: Person, source: Source) -> None:
    town.desk.found[NEW] = FetchError("no answer in time", url=NEW)
    old = await olga.sends(f"/setsource 1 url {NEW}")
    await olga.sends(f"/setsource 1 url {NEW}")
    assert (await olga.presses(old.payloads[0])).startswith("That choice is too old.")
    assert (await now(town, source)).url == URL


# --- selector -------------------------------------------------------------------------------


async def test_a_selector_is_tried_on_the_newest_article_and_the_answer_shows_what_it_takes(
    town: Town, olga: Person, source: Source
) -> None:
    article = await town.article("River Post", "Bridge closed", "Words.", source=source)
    town.desk.taken_[article.url, ".story > p"] = "The bridge is closed. " * 50
    said = await olga.says("/setsource 1 selector .story > p")
    assert said.startswith(
        "I tried it on the newest article, Bridge closed.\n\nIt takes 200 words, from here"
    )
    assert "The bridge is closed." in said
    assert (await now(town, source)).settings.selector == ".story > p"


@pytest.mark.parametrize("taken", ["", FetchError("no answer in time")])
async def test_a_selector_that_takes_nothing_is_kept_only_on_wish(
    town: Town, olga: Person, source: Source, taken: str
) -> None:
    article = await town.article("River Post", "Bridge closed", "Words.", source=source)
    town.desk.taken_[article.url, ".x"] = taken
    heard = await olga.sends("/setsource 1 selector .x")
    assert "nothing is changed" in heard.text
    assert (await now(town, source)).settings.selector == ""
    assert await olga.presses(heard.payloads[0]) == "Kept, untried."
    assert (await now(town, source)).settings.selector == ".x"


@pytest.mark.usefixtures("source")
async def test_a_selector_without_an_article_to_try_it_on_is_kept(olga: Person) -> None:
    said = await olga.says("/setsource 1 selector .story")
    assert said == "Kept. There is no article yet to try it on."
