"""Which subscriptions a story matches: pure, fast enough for 100,000 of them.

Knows no database: the worker hands in the subscriptions, the story's articles and their sources. Many
subscriptions ask the same question, so each (kind, value) is decided once for a story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.chat import filters
from bot.errors import BadInput
from bot.types import Article, Source, Story, Subscription, SubscriptionKind


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """What subscriptions ask about a story, computed once."""

    story_id: int
    source_ids: frozenset[int]
    topics: frozenset[str]
    """Topics of its sources and the topics above them, case folded."""
    fields: tuple[filters.Fields, ...]
    """One for each article."""


def facts(story: Story, articles: Sequence[Article], sources: Mapping[int, Source]) -> StoryFacts:
    """Gather what subscriptions ask about a story."""
    own = {a.id: sources.get(a.source_id) for a in articles if a.source_id is not None}
    return StoryFacts(
        story_id=story.id,
        source_ids=frozenset(a.source_id for a in articles if a.source_id is not None),
        topics=frozenset(level for source in own.values() if source for level in _levels(source.topic)),
        fields=tuple(fields_of(a, own.get(a.id)) for a in articles),
    )


def fields_of(article: Article, source: Source | None) -> filters.Fields:
    """What a filter looks at in one article."""
    names = [article.outlet, urlsplit(article.url).hostname or ""]
    names += [source.title, urlsplit(source.url).hostname or ""] if source else []
    return filters.Fields(
        title=article.title,
        text=article.text,
        source="\n".join(dict.fromkeys(n for n in names if n)),
        language=article.language,
    )


def _levels(topic: str) -> list[str]:
    """`world/asia` is about `world` too."""
    parts = topic.casefold().split("/") if topic else []
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def matches(
    subscription: Subscription, story: Story, articles: Sequence[Article], sources: Mapping[int, Source]
) -> bool:
    """Whether `subscription` wants this story; `sources` are those of the articles, by id."""
    return subscription.active and _wants(facts(story, articles, sources))(
        subscription.kind, subscription.value
    )


def matching(
    subscriptions: Iterable[Subscription],
    story: Story,
    articles: Sequence[Article],
    sources: Mapping[int, Source],
) -> tuple[Subscription, ...]:
    """The subscriptions that want this story, in the order given; a paused one never does."""
    wants = _wants(facts(story, articles, sources))
    return tuple(s for s in subscriptions if s.active and wants(s.kind, s.value))


def _wants(story: StoryFacts) -> Callable[[SubscriptionKind, str], bool]:
    decided: dict[tuple[SubscriptionKind, str], bool] = {}

    def wants(kind: SubscriptionKind, value: str) -> bool:
        key = (kind, value)
        if key not in decided:
            decided[key] = decide(kind, value, story)
        return decided[key]

    return wants


def decide(kind: SubscriptionKind, value: str, story: StoryFacts) -> bool:
    """Whether an active subscription of this kind and value wants the story."""
    match kind:
        case SubscriptionKind.ALL:
            return True
        case SubscriptionKind.SOURCE:
            return value.isdecimal() and int(value) in story.source_ids
        case SubscriptionKind.TOPIC:
            return value.casefold() in story.topics
        case SubscriptionKind.STORY:
            return value == str(story.story_id)
        case SubscriptionKind.KEYWORD:
            return _passes(value, story.fields)


def _passes(text: str, fields: Iterable[filters.Fields]) -> bool:
    """Whether any article passes; a stored filter that no longer parses matches nothing."""
    try:
        wanted = filters.parse(text)
    except BadInput:
        return False
    return any(wanted.matches(f) for f in fields)
