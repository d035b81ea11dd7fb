"""What a chat likes, learned from its thumbs, and what that does to the order of a digest.

Pure and simple on purpose, so that it can be explained: a thumb counts for the story's topic, its
outlets and the telling words of its headlines; it fades over weeks; and whatever was voted, it moves
a story by no more than MOST, about what two more outlets would. The hard thing is not to bury news:
a thumb down on one storm must not hide the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import tanh

from bot.chat.digest import Entry, importance
from bot.chat.words import outlet
from bot.news.terms import content, terms
from bot.storage.votes import Vote

MOST = 1.5
"""By how much votes move a story, at most; `digest.importance` of a story is about 2 to 8."""
HALF = timedelta(days=21)
"""After this time a vote counts half."""
KEPT = timedelta(days=120)
"""Older votes count no more."""
SHARE = {"topic": 0.5, "outlet": 0.3, "word": 0.4}
"""What one fresh vote for a trait weighs."""
WORDS = 16
"""Telling words of a story that are looked at."""


@dataclass(frozen=True, slots=True)
class Move:
    """What votes do to one story."""

    by: float
    """Added to its importance; negative: it goes down."""
    reasons: tuple[tuple[str, float], ...]
    """Traits that the chat voted on, the strongest first, with what one vote for each weighs now."""


@dataclass(frozen=True)
class Taste:
    """What a chat likes: the weight of each trait, votes down being negative; and how each is written."""

    weights: Mapping[str, float] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    def move(self, traits: Collection[str]) -> Move:
        """How a story with these traits moves."""
        keys = dict.fromkeys(key_of(t) for t in traits)
        found = [(key, self.weights[key]) for key in keys if self.weights.get(key)]
        ordered = sorted(found, key=lambda r: (-abs(r[1]), r[0]))
        return Move(MOST * tanh(sum(weight for _, weight in found) / MOST), tuple(ordered))

    def ranked(self, entries: Iterable[Entry], now: datetime) -> list[Entry]:
        """The most important first, as votes see it; without votes, the order given."""
        given = list(entries)
        if not self.weights:
            return given
        return sorted(given, key=lambda e: -importance(e, now) - self.move(traits(e)).by)


def learned(votes: Iterable[Vote], now: datetime) -> Taste:
    """What the votes say, each fading with its age."""
    weights: defaultdict[str, float] = defaultdict(float)
    written: dict[str, str] = {}
    for vote in votes:
        age = max(now - vote.at, timedelta())
        if age <= KEPT:
            for trait in vote.traits:
                kind, key = trait.partition(":")[0], key_of(trait)
                weights[key] += SHARE.get(kind, 0.0) * vote.value * 0.5 ** (age / HALF)
                written[key] = trait
    return Taste({key: weight for key, weight in weights.items() if abs(weight) >= 0.01}, written)


def traits(entry: Entry) -> tuple[str, ...]:
    """What can be liked about a story: its topic and those above, its outlets, the words of its headlines."""
    levels = entry.topic.split("/") if entry.topic else []
    topics = [f"topic:{'/'.join(levels[: n + 1])}" for n in range(len(levels))]
    outlets = [f"outlet:{outlet(a)}" for a in entry.articles]
    words = {w.stem: w.fold for a in reversed(entry.articles) for w in reversed(content(terms(a.title)))}
    told = [f"word:{stem}={word}" for stem, word in reversed(words.items()) if not word[:1].isdigit()]
    return tuple(dict.fromkeys([*topics, *outlets, *told[:WORDS]]))


def key_of(trait: str) -> str:
    """What makes two traits the same: `word:ferr` of `word:ferr=ferries`."""
    return trait.partition("=")[0] if trait.startswith("word:") else trait


def named(trait: str) -> str:
    """A trait as people say it: `“ferries”`, `River Post`, `the topic world`."""
    kind, _, value = trait.partition(":")
    return {"topic": f"the topic {value}", "word": f"“{value.partition('=')[2]}”"}.get(kind, value)
