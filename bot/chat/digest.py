"""A digest: the most important stories first, grouped by topic, two lines each, one phone screen.

Pure: entries in, a Reply out. The hard thing is choosing what is left out: it goes behind a `more`
button that carries the story ids, so it works days later and after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.types import Article, Chat, Reply, Story, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One story as a digest sees it."""

    story: Story
    articles: tuple[Article, ...]
    summary: Summary | None
    topic: str = ""


def compose(entries: Sequence[Entry], *, chat: Chat, now: datetime, title: str = "") -> Reply:
    """Compose the digest of `entries` for `chat`; `title` defaults to the local date."""
    raise NotImplementedError
