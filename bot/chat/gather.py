"""Stories from the store with what is needed to show them: articles, topic, summary.

The only place in this room that joins several of the store's rooms. Articles of all stories are read
at once; summaries only for the stories that will be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.chat.digest import SCREEN_STORIES, Entry, ranked
from bot.chat.matching import matching
from bot.storage.store import Store
from bot.types import (
    Article,
    Cadence,
    Chat,
    Length,
    Source,
    Story,
    Subscription,
    SubscriptionKind,
    Summary,
)

WINDOW = 500
"""Stories that one digest looks at, the newest."""
NOT_TWICE_WITHIN = timedelta(days=7)
FIRST_WINDOW: Mapping[Cadence, timedelta] = {
    Cadence.HOURLY: timedelta(hours=1),
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(days=7),
}
"""How far back the first digest of a subscription looks."""


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


async def for_digest(store: Store, subscription: Subscription, chat: Chat, *, now: datetime) -> list[Entry]:
    """What a due digest of `subscription` has to tell, most important first.

    Stories updated since the last digest that match and that the chat was not told within a week. The
    ones that fit the screen have their summaries. The caller composes (`digest.compose`), remembers
    (`subscriptions.remember_stories`) and moves `covered_until` to `now` with the delivery.
    """
    since = subscription.covered_until or now - FIRST_WINDOW.get(subscription.cadence, timedelta(days=1))
    stories = await store.stories.list(limit=WINDOW, since=since, before=now)
    if subscription.kind is not SubscriptionKind.STORY:
        told = await store.subscriptions.sent_stories(chat.id, now - NOT_TWICE_WITHIN)
        stories = [story for story in stories if story.id not in told]
    sources = await sources_by_id(store)
    found = await entries(store, stories, sources)
    wanted = ranked((e for e in found if matching([subscription], e.story, e.articles, sources)), now)
    seen = await with_summaries(store, wanted[:SCREEN_STORIES], chat)
    return [*seen, *wanted[SCREEN_STORIES:]]
