"""A story as a post: the outlet's headline, two or three cited sentences, numbered links.

Pure: values in, a Reply out. Links lead only to the URLs of the articles given.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.types import Article, Reply, Story, Summary


def story_post(story: Story, articles: Sequence[Article], summary: Summary) -> Reply:
    """The post of a story: live delivery, `/story` without its time line, and edits of either."""
    raise NotImplementedError


def update_post(story: Story, articles: Sequence[Article], summary: Summary) -> Reply:
    """The post that says that a story known to the chat changed materially."""
    raise NotImplementedError
