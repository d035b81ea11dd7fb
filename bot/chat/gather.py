"""Stories from the store with what is needed to show them: articles, topic, summary.

Joins several of the store's rooms. Articles of all stories are read at once; summaries only for the
stories that will be seen. Many digests at one time have `window`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.chat.digest import Entry
from bot.chat.services import SourceDesk
from bot.storage.store import Store
from bot.types import Article, Chat, Length, Source, Story, Summary


async def sources_by_id(store: Store) -> dict[int, Source]:
    """Every source."""
    return {source.id: source for source in await store.sources.list()}


async def entries(store: Store, stories: Sequence[Story], sources: Mapping[int, Source]) -> list[Entry]:
    """The stories with their articles and topic, without summaries, in the order given."""
    ids = list(dict.fromkeys(i for story in stories for i in story.article_ids))
    articles = {article.id: article for article in await store.articles.get_many(ids)}
    found = ((story, tuple(articles[i] for i in story.article_ids if i in articles)) for story in stories)
    return [Entry(story=s, articles=a, summary=None, topic=topic_of(a, sources)) for s, a in found if a]


def topic_of(articles: Iterable[Article], sources: Mapping[int, Source]) -> str:
    """The topic that most of the articles' sources have; empty when none has one."""
    named = [
        sources[a.source_id].topic for a in articles if a.source_id is not None and a.source_id in sources
    ]
    topics = sorted(topic for topic in named if topic)
    return max(dict.fromkeys(topics), key=topics.count, default="")


async def with_summaries(store: Store, shown: Sequence[Entry], chat: Chat) -> list[Entry]:
    """The entries with the summaries that are stored for them."""
    return [replace(entry, summary=await stored_summary(store, entry.story, chat)) for entry in shown]


async def stored_summary(store: Store, story: Story, chat: Chat) -> Summary | None:
    """A short summary in the chat's language, else in the story's own; None where there is none yet."""
    for language in dict.fromkeys((chat.language, "")):
        found = await store.stories.summary(story.id, length=Length.SHORT, language=language)
        if found:
            return found[0]
    return None


async def summary_in(store: Store, story: Story, language: str) -> Summary | None:
    """The short summary in exactly this language (empty: the story's own); None where there is none yet."""
    for written_in in dict.fromkeys((language, "")):
        found = await store.stories.summary(story.id, length=Length.SHORT, language=written_in)
        if found and (written_in == language or found[0].language[:2].lower() == language):
            return found[0]
    return None


async def article_at(store: Store, desk: SourceDesk, address: str) -> Article | None:
    """The stored article of a web address as people copy it: shared, mobile, with or without `https`."""
    url = address if "://" in address else f"https://{address}"
    for key in (url, *desk.keys(url)):
        if found := await store.articles.find(key):
            return found
    return None


async def posted_story(store: Store, chat: Chat, *message_ids: str) -> Story | None:
    """The story that the first post of the bot among these messages tells."""
    for message_id in message_ids:
        story_id = await store.outbox.told_in(chat.id, message_id)
        if story_id is not None:
            return next(iter(await store.stories.get_many([story_id])), None)
    return None
