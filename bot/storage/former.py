"""Numbers of stories that became part of another: posts and people still name them, so they lead on.

The rows go with the story that they lead to.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, insert, select, update

from bot.storage.tables import former_stories


def follow(c: Connection, old: int, new: int) -> None:
    """`old` becomes part of `new`, with all that became part of it; call it before `old` goes."""
    led = update(former_stories).where(former_stories.c.story_id == old)
    c.execute(led.values(story_id=new))
    c.execute(insert(former_stories).values(id=old, story_id=new))


def present(c: Connection, story_ids: Collection[int]) -> dict[int, int]:
    """The story that each number leads to now; itself where it never became part of another."""
    query = select(former_stories).where(former_stories.c.id.in_(set(story_ids)))
    led = {row.id: row.story_id for row in c.execute(query)}
    return {number: led.get(number, number) for number in story_ids}
