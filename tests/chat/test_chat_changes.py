"""Transcripts of a reader who asks what a publisher changed."""

from dataclasses import replace
from datetime import timedelta

from town import Person, Town

from bot.types import Article, Draft

FIRST = "The ferry Marla hit rocks. Fourteen passengers were hurt. The lights were out."
LATER = "The ferry Marla hit rocks. Eleven passengers were hurt. Divers search the wreck."


async def told(town: Town) -> Article:
    """A story of one article."""
    article = await town.article("River Post", "Ferry hits rocks", FIRST)
    await town.event(article)
    return article


async def again(town: Town, article: Article, text: str, *, title: str = "", teaser: bool = False) -> None:
    """The publisher's next version, an hour later."""
    town.now += timedelta(hours=1)
    draft = Draft(
        url=article.url, title=title or article.title, text=text, keys=(article.url,), teaser=teaser
    )
    await town.store.articles.put(draft, source_id=None, now=town.now)


async def test_changes_are_shown_with_their_time(town: Town, ann: Person) -> None:
    article = await told(town)
    await again(town, article, LATER, title="Ferry runs aground")
    said = await ann.says("/changes 1")
    assert said == (
        "What changed\n\nFerry runs aground (River Post)\n\n"
        "23 Nov 2026, 10:00: 4 words added, 4 words removed\n\n"
        "• Headline: Ferry hits rocks → Ferry runs aground\n"
        "• Number: Fourteen passengers → Eleven passengers\n"
        "• Added: Divers search the wreck.\n"
        "• Removed: The lights were out."
    )
    assert await ann.says(f"/changes {article.url}") == said


async def test_a_changed_story_says_so_and_leads_there(town: Town, ann: Person) -> None:
    article = await told(town)
    assert "changes 1" not in (await ann.sends("/story 1")).payloads
    await again(town, article, LATER)
    heard = await ann.sends("/story 1")
    assert "changed its report: Ferry hits rocks" in heard.text
    assert "Number: Fourteen passengers" in await ann.presses(heard.payloads[-1])


async def test_nothing_changed_is_said_plainly(town: Town, ann: Person) -> None:
    article = await told(town)
    await again(town, article, f"Updated 14:05\n{FIRST}")
    assert (await ann.says("/changes 1")).startswith("Nothing of this was changed by its publishers")


async def test_a_teaser_that_got_its_full_text_was_changed_by_nobody(town: Town, ann: Person) -> None:
    short = replace(
        Draft(url="https://river.example/1", title="Ferry", text="A ferry hit rocks.", keys=("k",)),
        teaser=True,
    )
    _, article = await town.store.articles.put(short, source_id=None, now=town.now)
    await town.event(article, summarized=False)
    await town.store.articles.put(replace(short, text=FIRST, teaser=False), source_id=None, now=town.now)
    assert (await ann.says("/changes 1")).startswith("Nothing of this was changed")


async def test_of_many_revisions_the_newest_are_shown(town: Town, ann: Person) -> None:
    article = await told(town)
    for n in range(20, 28):
        await again(town, article, FIRST.replace("Fourteen", str(n)))
    said = await ann.says("/changes 1")
    assert said.count("Number: ") == 5
    assert "26 passengers → 27 passengers" in said
    assert said.endswith("3 earlier changes.")


async def test_what_is_not_there_is_said(town: Town, ann: Person) -> None:
    assert (await ann.says("/changes 7")).startswith("I have no story 7.")
    assert (await ann.says("/changes river.example/x")).startswith("I have no article with this address.")
    assert (await ann.says("/changes")).startswith("Which story?")
