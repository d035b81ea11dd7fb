"""Replying to a post of the bot: asking about it, summarizing it, asking why it came."""

from datetime import timedelta

import pytest
from town import Person, Town

from bot.chat.posts import story_post
from bot.chat.render import render
from bot.types import DeliveryKind, Length, NewDelivery, Receipt, SourceKind, Story


async def flood(town: Town) -> Story:
    post = await town.article(
        "River Post", "Elbe floods its valley", "The Elbe rose by two metres. Rain goes on."
    )
    return await town.event(post)


async def posted(town: Town, story: Story, person: Person) -> str:
    """The platform's id of the story's post in the person's chat."""
    chat = await town.chat(person)
    found = await town.store.stories.summary(story.id, length=Length.SHORT, language="")
    assert found
    reply = story_post(story, await town.store.stories.articles(story.id), found[0])
    new = NewDelivery(
        dedup_key=f"story:{story.id}:{chat.id}",
        chat_id=chat.id,
        kind=DeliveryKind.LIVE,
        parts=render(reply, "telegram"),
        story_id=story.id,
        story_revision=story.revision,
    )
    await town.store.outbox.put([new], town.now)
    [(claim, _)] = await town.store.outbox.claim(now=town.now, lease=timedelta(minutes=1))
    await town.store.outbox.sent(claim, Receipt(f"post-{story.id}-{chat.id}"), town.now)
    return f"post-{story.id}-{chat.id}"


async def test_a_question_in_reply_to_a_post_is_about_its_story(town: Town, ann: Person) -> None:
    post = await posted(town, await flood(town), ann)
    await ann.says("How high?", reply_to=post)
    assert town.answerer.asked == [("How high?", ["Elbe floods its valley. The Elbe rose by two metres."])]


async def test_a_summary_in_reply_to_a_post_is_of_its_story(town: Town, ann: Person) -> None:
    post = await posted(town, await flood(town), ann)
    assert (await ann.says("/summary long", reply_to=post)).startswith(
        "Elbe floods its valley\n\nThe Elbe rose"
    )


async def test_why_a_post_came(town: Town, ann: Person) -> None:
    await ann.says("/subscribe keyword elbe")
    await ann.says("/subscribe keyword storm")
    story = await flood(town)
    assert await ann.says("/why", reply_to=await posted(town, story, ann)) == (
        f"{story.id}. Elbe floods its valley\n\nI told this chat about it.\n\n"
        "• 1 stories with elbe, at once. The filter passes in River Post."
    )


async def test_a_post_in_another_chat_explains_nothing_here(town: Town, ann: Person) -> None:
    post = await posted(town, await flood(town), town.person("8"))
    assert (await ann.says("/why", reply_to=post)).startswith("Why what?")


async def test_message_ids_of_two_chats_are_not_mixed_up(town: Town, ann: Person) -> None:
    story = await flood(town)
    await posted(town, story, ann)
    bobs = await posted(town, story, town.person("8"))
    assert (await ann.says("/why", reply_to=bobs)).startswith("Why what?")


async def test_why_a_story_did_not_come(town: Town, ann: Person) -> None:
    story = await flood(town)
    assert "This chat has no subscriptions." in await ann.says(f"/why {story.id}")
    await ann.says("/subscribe keyword storm")
    said = await ann.says(f"/why {story.id}")
    assert "I have not told this chat about it.\n\nNo subscription of this chat asks for it." in said


async def test_why_a_page_did_not_come(town: Town, ann: Person) -> None:
    assert await ann.says("/why river.example/1") == "I have not read that page: no source of mine is there."
    await town.store.sources.add("https://www.river.example/feed", kind=SourceKind.FEED, now=town.now)
    assert await ann.says("/why https://river.example/1") == (
        "I have not read that page: its source has not brought it."
    )
    article = await town.article("River Post", "Lone", "Lone.")
    assert await ann.says(f"/why {article.url}") == "I have that article, but it is in no story yet."


@pytest.mark.parametrize("wrong", ["", "99", "storm"])
async def test_why_about_nothing(ann: Person, wrong: str) -> None:
    assert "Example: /why https://example.org/article" in await ann.says(f"/why {wrong}")
