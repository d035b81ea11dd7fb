"""One story taken apart, or two made one, with what chats were told of them; behind `Stories`.

What a chat knows goes with the articles: whoever was told them in one story is not told them again in
another. Messages that were sent stay with the story that they were sent for, and lead to the one that its
articles went to, as votes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from bot.storage import former, votes
from bot.storage.tables import articles, chat_stories, stories, subscriptions
from bot.storage.told import remember
from bot.storage.unsubscribe import take_over
from bot.types import SubscriptionKind


def split(c: Connection, story_id: int, article_ids: Sequence[int], now: datetime) -> int | None:
    """Move those articles that are still in the story into a new one; its id, None where none moved.

    A chat that was told the story after the last of them came knows the new one; one that was told
    before that knows it in part, and is told what is new in it.
    """
    inside = and_(articles.c.story_id == story_id, articles.c.id.in_(article_ids))
    query = select(articles.c.id, articles.c.title, articles.c.revised).where(inside)
    moving = c.execute(query.order_by(articles.c.happened, articles.c.id)).all()
    staying = c.scalar(select(func.count()).where(articles.c.story_id == story_id, ~inside)) or 0
    if not moving or not staying:
        return None
    values = {"title": moving[0].title, "created": now, "updated": now, "lead_id": moving[0].id}
    new = c.execute(insert(stories).values(**values, due_at=now).returning(stories.c.id)).scalar_one()
    c.execute(update(articles).where(inside).values(story_id=new))
    first, last = min(r.revised for r in moving), max(r.revised for r in moving)
    told = select(chat_stories).where(chat_stories.c.story_id == story_id, chat_stories.c.told >= first)
    for row in c.execute(told).all():
        remember(c, [(row.chat_id, new, 1 if row.told >= last else 0, 0)], row.told)
    return int(new)


def merge(c: Connection, story_id: int, other_id: int) -> None:
    """Move the articles of the other story into this one; who asks about the other asks about this one.

    A chat that was told the other story alone knows this one in part. The other's number leads here.
    """
    c.execute(update(articles).where(articles.c.story_id == other_id).values(story_id=story_id))
    former.follow(c, other_id, story_id)
    votes.follow(c, other_id, story_id)
    c.execute(delete(stories).where(stories.c.id == other_id))
    known = select(chat_stories.c.chat_id).where(chat_stories.c.story_id == story_id)
    alone = and_(chat_stories.c.story_id == other_id, chat_stories.c.chat_id.not_in(known))
    for row in c.execute(select(chat_stories).where(alone)).all():
        remember(c, [(row.chat_id, story_id, 0, 0)], row.told)
    about = [SubscriptionKind.STORY.value, SubscriptionKind.LIKE.value]
    of_other = and_(subscriptions.c.kind.in_(about), subscriptions.c.value == str(other_id))
    own = subscriptions.alias()
    both = and_(
        own.c.chat_id == subscriptions.c.chat_id,
        own.c.kind == subscriptions.c.kind,
        own.c.cadence == subscriptions.c.cadence,
        own.c.value == str(story_id),
    )
    doubled = select(subscriptions.c.id, subscriptions.c.due_at, own.c.id.label("twin")).join(own, both)
    for row in c.execute(doubled.where(of_other)).all():
        take_over(c, row)
    alone = ~select(own.c.id).where(both).exists()
    c.execute(update(subscriptions).where(of_other, alone).values(value=str(story_id)))
    c.execute(delete(subscriptions).where(of_other))
