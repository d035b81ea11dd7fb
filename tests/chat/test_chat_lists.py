"""Transcripts of an admin who brings a list of sources, and takes one away."""

import pytest
from town import Person, Town

from bot.chat import lists
from bot.chat.services import Listed
from bot.errors import FetchError, IsList
from bot.types import NewSource, SourceKind, SourceState

LIST = "https://friend.example/feeds.opml"


def listed(*names: str, **more) -> Listed:  # type: ignore[no-untyped-def]
    return Listed(entries=tuple(NewSource(url=f"https://{n}/feed", topic="news") for n in names), **more)


@pytest.fixture
def town(town: Town) -> Town:
    town.desk.found[LIST] = IsList("this is an OPML list of sources", url=LIST)
    return town


async def test_a_list_by_its_address_is_offered_and_imported_by_button(town: Town, olga: Person) -> None:
    await town.store.sources.add("https://a.example/feed", kind=SourceKind.FEED, now=town.now)
    town.desk.lists_[LIST] = listed(
        "a.example",
        "b.example",
        "c.example",
        repeated=2,
        refused=(("My blog", "it has no address of a feed (xmlUrl)"),),
    )
    asked = await olga.sends(f"/addsource {LIST} friends")
    assert asked.text == "That is a list of 3 sources in 1 folder, which becomes a topic."
    assert len(await town.store.sources.list()) == 1
    said = await olga.presses(asked.payloads[0])
    assert said.startswith(
        "2 added, 1 known already, 2 twice in the list, 1 not taken.\n\n"
        "• 1 entry, since it has no address of a feed (xmlUrl): My blog"
    )
    added = (await town.store.sources.list())[1:]
    assert [(s.url, s.topic) for s in added] == [
        ("https://b.example/feed", "friends/news"),
        ("https://c.example/feed", "friends/news"),
    ]


async def test_a_list_that_is_gone_when_the_button_is_pressed_is_told(town: Town, olga: Person) -> None:
    town.desk.lists_[LIST] = listed("a.example")
    asked = await olga.sends(f"/addsource {LIST}")

    async def gone(url: str) -> Listed:
        raise FetchError("no answer in time", url=url)

    town.desk.lists = gone  # type: ignore[method-assign]
    assert "no answer in time" in await olga.presses(asked.payloads[0])
    assert await town.store.sources.list() == []


async def test_first_polls_of_one_host_are_apart_and_nothing_old_is_announced(town: Town) -> None:
    many = Listed(entries=tuple(NewSource(url=f"https://a.example/{n}") for n in range(3)))
    await lists.take_in(town.store, many, now=town.now)
    found = await town.store.sources.list()
    assert [s.due_at for s in found] == [town.now + n * lists.APART for n in range(3)]
    assert all(s.quiet_start for s in found)


async def test_five_thousand_sources_are_taken_in_with_progress_and_again_changes_nothing(town: Town) -> None:
    many = listed(*(f"s{n}.example" for n in range(5000)))
    steps: list[int] = []
    taken = await lists.take_in(
        town.store, many, now=town.now, progress=lambda done, total: steps.append(done)
    )
    again = await lists.take_in(town.store, many, now=town.now)
    assert (taken.added, again.added, len(again.known)) == (5000, 0, 5000)
    assert steps[-1] == 5000
    assert len(steps) > 5


async def test_the_report_names_every_entry_that_was_not_taken(town: Town) -> None:
    refused = tuple((f"Blog {n}", "it has no address of a feed (xmlUrl)") for n in range(9))
    taken = await lists.take_in(town.store, listed("a.example", refused=refused), now=town.now)
    text = lists.report(taken)
    assert all(name in text for name, _ in refused)
    [_, line] = lists.told(taken)
    assert "and 4 more" in line.spans[0].text


async def test_sources_are_exported_in_parts_that_fit(town: Town, olga: Person) -> None:
    assert await olga.says("/exportsources") == "There are no sources yet."
    await lists.take_in(town.store, listed(*(f"s{n}.example" for n in range(120))), now=town.now)
    heard = await olga.sends("/exportsources")
    assert heard.text.startswith("Part 1 of 2; each is a list of its own.")
    both = heard.text + await olga.presses(heard.payloads[0])
    assert all(f"https://s{n}.example/feed" in both for n in range(120))
    assert (await olga.says("/exportsources 3")).startswith("There are 2 parts.")


async def test_sources_in_trouble_are_told_by_what_is_wrong(town: Town, olga: Person) -> None:
    await lists.take_in(town.store, listed("a.example", "b.example", "c.example", "d.example"), now=town.now)
    for number, error in ((1, "dns"), (2, "dns"), (3, "gone")):
        await town.store.sources.failed(number, now=town.now, error=error)
    await town.store.sources.change(3, state=SourceState.DEAD)
    said = await olga.says("/checksource all")
    assert said.startswith(
        "4 sources: 1 not read yet, 3 in trouble, 1 given up\n\n2 sources: Its trouble is: dns."
    )
    assert "• 3 c.example (given up)" in said
