"""Which sources carry an article: several feeds of an outlet often bring the same one.

The first to bring it is its `source_id`; subscriptions and topics look at all of them, so that nobody misses
what another feed happened to bring first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.storage import rows
from bot.storage.columns import insert_new
from bot.storage.tables import article_sources, articles, stories


def carry(c: Connection, article_id: int, source_id: int) -> bool:
    """Keep that the source carries the article; whether that is new."""
    values = {"article_id": article_id, "source_id": source_id}
    return c.execute(insert_new(c, article_sources).values(values)).rowcount == 1


def tell_again(c: Connection, article_id: int, now: datetime) -> None:
    """Wake the article's story: one more source's readers may want it."""
    story_id = c.scalar(select(articles.c.story_id).where(articles.c.id == article_id))
    if story_id is not None:
        c.execute(update(stories).where(stories.c.id == story_id).values(updated=now))
        rows.wake(c, "stories", story_id, now)


def carriers(c: Connection, article_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """The sources of each article that has any."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    query = select(article_sources).where(article_sources.c.article_id.in_(set(article_ids)))
    for row in c.execute(query):
        found[row.article_id].add(row.source_id)
    return {article_id: frozenset(own) for article_id, own in found.items()}
