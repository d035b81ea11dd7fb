"""A story that turns out to be two: articles move, posts stay true, nobody is told anything twice."""

from fakes import draft

from bot.types import Cadence, Options, SubscriptionKind

FERRY = "The ferry Marla hit rocks near the harbour on Monday. Fourteen passengers of the ferry were hurt."
FERRY_TOO = "Fourteen passengers of the ferry Marla were hurt near the harbour on Monday, when it hit rocks."
LIBRARY = "The library of Oldmouth buys a heat pump for its reading room. It closes for six weeks."
LIBRARY_TOO = (
    "For six weeks the library of Oldmouth closes its reading room and buys a heat pump. "
    "Ida Brandt leads the works and asks readers for patience."
)


async def wrongly_joined(town) -> int:
    """Two reports of the ferry, and one of the library that was put beside them."""
    await town.arrive(
        draft("ferry", FERRY, title="Ferry hits rocks"),
        draft("ferry-too", FERRY_TOO, title="Ferry hits rocks near harbour", outlet="Echo"),
    )
    await town.work()
    [story] = await town.store.stories.list(limit=5)
    town.clock.advance(minutes=5)
    await town.arrive(draft("library", LIBRARY, title="Library buys heat pump"))
    await town.work("read")
    await town.store.stories.join(story.id, 3, town.clock())
    await town.work()
    return story.id


async def evidence(town) -> None:
    """A second report of the library, which joins its first one."""
    town.clock.advance(minutes=5)
    await town.arrive(draft("library-too", LIBRARY_TOO, title="Library buys heat pump", outlet="Echo"))
    await town.work("read")


async def test_a_wrong_join_is_taken_apart_when_evidence_comes(town) -> None:
    first = await wrongly_joined(town)
    await evidence(town)
    assert (await town.store.stories.get(first)).article_ids == (1, 2)
    [second] = [s for s in await town.store.stories.list(limit=5) if s.id != first]
    assert (set(second.article_ids), second.title) == ({3, 4}, "Library buys heat pump")


async def test_the_post_is_edited_to_what_remains_and_only_the_rest_is_told(town) -> None:
    chat = await town.chat()
    await town.subscribe(chat, Cadence.LIVE)
    await town.subscribe(chat, Cadence.HOURLY)
    await wrongly_joined(town)
    assert "library" in town.platform.texts[-1].lower()
    await evidence(town)
    await town.work()
    edits = [d for d in town.platform.sent if d.edits]
    assert "library" not in edits[-1].part.plain.lower()
    new = [d for d in town.platform.sent if not d.edits and "library" in d.part.plain.lower()]
    assert len(new) == 1
    assert "Ida Brandt" in new[0].part.plain or "For six weeks" in new[0].part.plain

    for _ in range(4):
        town.clock.advance(hours=1)
        await town.work()
    assert len([d for d in town.platform.sent if not d.edits and "ibrary" in d.part.plain]) == 1


async def test_two_stories_of_one_event_become_one_and_are_not_told_again(town) -> None:
    await town.subscribe(await town.chat(), Cadence.LIVE)
    await town.arrive(draft("ferry", FERRY, title="Ferry hits rocks"))
    await town.work()
    town.clock.advance(minutes=5)
    await town.arrive(draft("ferry-too", FERRY_TOO, title="Ferry hits rocks", outlet="Echo"))
    await town.work("read")
    await town.store.stories.create("Ferry hits rocks", 2, town.clock())
    await town.work()
    told = len([d for d in town.platform.sent if not d.edits])
    town.clock.advance(minutes=5)

    third = draft("ferry-three", f"{FERRY} {FERRY_TOO}", title="Ferry hits rocks", outlet="Mail")
    await town.arrive(third)
    await town.work()

    assert [n for _, n in await town.stories()] == [3]
    assert len([d for d in town.platform.sent if not d.edits]) == told


async def test_a_digest_tells_what_became_one_story_once(town) -> None:
    chat = await town.chat()
    await town.store.subscriptions.add(
        chat.id, kind=SubscriptionKind.ALL, options=Options(most=1), now=town.clock.now
    )
    for name, text, title in (
        ("library", LIBRARY, "Library buys heat pump"),
        ("ferry", FERRY, "Ferry hits rocks"),
        ("storm", "A storm took the roof of the tram depot. It comes back on Friday.", "Storm takes roof"),
    ):
        await town.arrive(draft(name, text, title=title, at=town.clock.now))
        await town.work("read", "write", "deliver")
        town.clock.advance(seconds=1)
    _, ferry, storm = sorted(s.id for s in await town.store.stories.list(limit=5))
    await town.store.stories.merge(ferry, storm, town.clock())
    town.clock.advance(days=1)
    await town.work()
    await town.work()

    told = town.platform.texts[1:]
    assert sum(text.count("Ferry hits rocks") for text in told) == 1
