"""Which questions of subscriptions a story answers: pure, fast enough for 100,000 subscriptions.

The worker hands in the questions and what is known of the story. Many subscriptions ask the same, so
questions are decided, not subscriptions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from bot.chat import filters
from bot.errors import BadInput
from bot.storage.subscriptions import Question
from bot.types import Article, Source, Story, Subscription, SubscriptionKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIKE = 0.5
"""Cosine from which a story is like another (benchmarks/likeness.py)."""


@dataclass(frozen=True, slots=True, eq=False)
class StoryFacts:
    """What subscriptions ask about a story, computed once."""

    story_id: int
    source_ids: frozenset[int]
    topics: frozenset[str]
    """Topics of its sources and the topics above them, case folded."""
    fields: tuple[filters.Fields, ...]
    """One for each article."""
    vector: NDArray[np.float32] | None = None
    """The mean direction of its articles, shape (dimensions,), unit length; None: read by no embedder."""


def facts(
    story: Story,
    articles: Sequence[Article],
    sources: Mapping[int, Source],
    carriers: Mapping[int, Collection[int]],
    *,
    vector: NDArray[np.float32] | None = None,
) -> StoryFacts:
    """Gather what subscriptions ask about a story.

    `carriers` are those of `Articles.carriers`, `vector` is that of `Stories.vectors`.
    """
    own = {a.id: [sources[i] for i in sorted(carriers.get(a.id, ())) if i in sources] for a in articles}
    everything = [source for found in own.values() for source in found]
    return StoryFacts(
        story_id=story.id,
        source_ids=frozenset(source.id for source in everything),
        topics=frozenset(level for source in everything for level in _levels(source.topic)),
        fields=tuple(fields_of(a, own[a.id]) for a in articles),
        vector=vector,
    )


def fields_of(article: Article, carried_by: Sequence[Source]) -> filters.Fields:
    """What a filter looks at in one article."""
    names = [article.outlet, urlsplit(article.url).hostname or ""]
    names += [name for s in carried_by for name in (s.title, urlsplit(s.url).hostname or "")]
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


def matching(questions: Iterable[Question], story: StoryFacts) -> dict[Question, float]:
    """The questions that the story answers, each with its score (`score`)."""
    scores = ((question, score(question, story)) for question in questions)
    return {question: found for question, found in scores if found is not None}


def wanted_by(
    questions: Sequence[Question], stories: Iterable[StoryFacts], *, taken: Counter[Question], most: int
) -> set[int]:
    """The ids of the stories that answer any question which has not taken `most` yet; counts in `taken`."""
    found = set()
    for story in stories:
        for question in questions:
            if taken[question] < most and score(question, story) is not None:
                taken[question] += 1
                found.add(story.story_id)
    return found


def question_of(subscription: Subscription) -> Question:
    """What a subscription asks of a story."""
    return Question(subscription.kind, subscription.value, subscription.vector)


def score(question: Question, story: StoryFacts) -> float | None:
    """How well the story answers: None where it does not, the likeness for `like`, else 1."""
    if question.kind is SubscriptionKind.LIKE:
        near = likeness(question, story)
        return near if near is not None and near >= ALIKE else None
    return 1.0 if _wants(question.kind, question.value, story) else None


def likeness(question: Question, story: StoryFacts) -> float | None:
    """The cosine of a `like` to the story; None for its own story and where nothing can be compared."""
    if story.vector is None or question.value == str(story.story_id):
        return None
    wanted = np.frombuffer(question.vector, dtype="<f2").astype(np.float32)
    return float(wanted @ story.vector) if wanted.size == story.vector.size else None


def _wants(kind: SubscriptionKind, value: str, story: StoryFacts) -> bool:
    match kind:
        case SubscriptionKind.ALL:
            return True
        case SubscriptionKind.SOURCE:
            return value.isdecimal() and int(value) in story.source_ids
        case SubscriptionKind.TOPIC:
            return value.casefold() in story.topics
        case SubscriptionKind.STORY:
            return value == str(story.story_id)
        case _:
            return passes(value, story)


def passes(text: str, story: StoryFacts) -> bool:
    """Whether any article passes the filter; a stored one that no longer parses matches nothing."""
    try:
        wanted = filters.parse(text)
    except BadInput:
        return False
    return any(wanted.matches(f) for f in story.fields)
