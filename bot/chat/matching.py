"""Which subscriptions a story matches: pure, fast enough for 100,000 of them.

Knows no database: the worker hands in the subscriptions, the story's articles and their sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.types import Article, Source, Story, Subscription


def matches(
    subscription: Subscription, story: Story, articles: Sequence[Article], sources: Mapping[int, Source]
) -> bool:
    """Whether `subscription` wants this story; `sources` are those of the articles, by id."""
    raise NotImplementedError


def matching(
    subscriptions: Iterable[Subscription],
    story: Story,
    articles: Sequence[Article],
    sources: Mapping[int, Source],
) -> tuple[Subscription, ...]:
    """The subscriptions that want this story, in the order given; a paused one never does."""
    raise NotImplementedError
