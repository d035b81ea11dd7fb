"""Taking back what subscriptions decided and nobody was sent yet; behind `Subscriptions` and `Chats`.

A post that waits for the end of quiet hours must not come once its subscription is gone, nor wait for an
end that was changed; and a story that waits for a digest which never comes must not wait for ever. The
hard thing is a message that may be on its way: where any part of it was begun, it stays, and so does its
verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, false, func, or_, select, update

from bot.storage import queue, rows, told
from bot.storage.columns import AnyRow
from bot.storage.outbox import begun
from bot.storage.tables import DUE, chat_stories, deliveries, links, stories, subscriptions, verdicts
from bot.types import DeliveryKind, Outcome


def digests_of(subscription_id: int) -> str:
    """How the dedup keys of its digests begin; `created` of a digest is when its stories count as told."""
    return f"digest:{subscription_id}:"


def end(c: Connection, subscription_ids: Collection[int]) -> int:
    """Erase the subscriptions and what waits because of them; how many subscriptions there were.

    Where their chat has others, the stories are looked at again: one of these may want them.
    """
    own = subscriptions.c.id.in_(subscription_ids)
    chat_ids = set(c.scalars(select(subscriptions.c.chat_id).where(own)))
    held = chat_ids | set(c.scalars(select(links.c.other_id).where(links.c.chat_id.in_(chat_ids))))
    queue.lock(c, held)
    again = _unfold(c, subscription_ids) | _take_back(c, _waiting(c, subscription_ids, held))
    again |= _withdraw(c, subscription_ids, held)
    ended = c.execute(delete(subscriptions).where(own)).rowcount
    queue.refresh(c, held)
    if c.scalar(select(subscriptions.c.id).where(subscriptions.c.chat_id.in_(chat_ids)).limit(1)):
        _wake(c, again)
        _cover_again(c, chat_ids, again)
    return ended


def decide_again(c: Connection, subscription_ids: Collection[int], now: datetime) -> None:
    """Take back their posts that wait for the end of quiet hours; the stories are looked at again at once."""
    own = subscriptions.c.id.in_(subscription_ids)
    chat_ids = set(c.scalars(select(subscriptions.c.chat_id).where(own)))
    queue.lock(c, chat_ids)
    waiting = [row for row in _waiting(c, subscription_ids, chat_ids) if row.at > now]
    there = set(c.scalars(select(stories.c.id).where(stories.c.id.in_([row.story_id for row in waiting]))))
    # The post of a story that became part of another is all there is to tell it: it keeps its time.
    again = _take_back(c, [row for row in waiting if row.story_id in there])
    queue.refresh(c, chat_ids)
    _wake(c, dict.fromkeys(again, now))


def take_over(c: Connection, ends: AnyRow) -> None:
    """An equal subscription, `ends.twin`, tells what this one decided and still has to tell."""
    c.execute(update(verdicts).where(verdicts.c.subscription_id == ends.id).values(subscription_id=ends.twin))
    if ends.due_at is not None:
        rows.wake(c, "subscriptions", ends.twin, ends.due_at)


def _unfold(c: Connection, subscription_ids: Collection[int]) -> dict[int, datetime]:
    """The stories over a limit wait no longer; which, and since when they did."""
    mine = verdicts.c.subscription_id.in_(subscription_ids)
    folded = delete(verdicts).where(mine, verdicts.c.outcome == Outcome.FOLDED.value)
    return {r.story_id: r.at for r in c.execute(folded.returning(verdicts.c.story_id, verdicts.c.at))}


def _waiting(c: Connection, subscription_ids: Collection[int], held: Collection[int]) -> Sequence[AnyRow]:
    """Parts of posts that wait because of them, at home or in the linked chat, none of the post begun."""
    home = func.coalesce(deliveries.c.home_id, deliveries.c.chat_id)
    why = and_(verdicts.c.chat_id == home, verdicts.c.story_id == deliveries.c.story_id)
    query = (
        select(deliveries.c.id, deliveries.c.chat_id, home.label("home"), deliveries.c.story_id)
        .add_columns(deliveries.c.due_at, verdicts.c.at)
        .join(verdicts, why)
        .where(DUE, deliveries.c.chat_id.in_(held), deliveries.c.kind == DeliveryKind.LIVE.value)
        .where(verdicts.c.subscription_id.in_(subscription_ids), ~begun())
    )
    return c.execute(query).all()


def _take_back(c: Connection, waiting: Sequence[AnyRow]) -> dict[int, datetime]:
    """As if these posts had never been decided; their stories, and when they would have been told.

    The rows go whole: one that only ended would keep its dedup key, and the story could never be posted.
    """
    c.execute(delete(deliveries).where(deliveries.c.id.in_([row.id for row in waiting])))
    untold: defaultdict[int, set[int]] = defaultdict(set)
    decided: defaultdict[int, set[int]] = defaultdict(set)
    for row in waiting:
        decided[row.home].add(row.story_id)
        untold[row.home].add(row.story_id)
        untold[row.chat_id].add(row.story_id)
    for chat_id, story_ids in untold.items():
        told.forget(c, chat_id, story_ids)
    for chat_id, story_ids in decided.items():
        of_chat = delete(verdicts).where(verdicts.c.chat_id == chat_id)
        c.execute(of_chat.where(verdicts.c.story_id.in_(story_ids)))
    return {row.story_id: row.due_at for row in waiting}


def _withdraw(c: Connection, subscription_ids: Collection[int], held: Collection[int]) -> dict[int, datetime]:
    """Erase their digests that wait; the stories that these were to tell, and as of when."""
    theirs = [deliveries.c.dedup_key.startswith(digests_of(number)) for number in subscription_ids]
    waiting = and_(DUE, deliveries.c.chat_id.in_(held), or_(false(), *theirs), ~begun())
    home = func.coalesce(deliveries.c.home_id, deliveries.c.chat_id).label("home")
    found = c.execute(select(deliveries.c.id, home, deliveries.c.created).where(waiting)).all()
    c.execute(delete(deliveries).where(deliveries.c.id.in_([row.id for row in found])))
    untold: dict[int, datetime] = {}
    for chat_id, created in {(row.home, row.created) for row in found}:
        by_it = and_(chat_stories.c.chat_id == chat_id, chat_stories.c.told == created)
        story_ids = c.scalars(select(chat_stories.c.story_id).where(by_it)).all()
        untold |= dict.fromkeys(told.forget(c, chat_id, story_ids), created)
    return untold


def _wake(c: Connection, again: dict[int, datetime]) -> None:
    for story_id in c.scalars(select(stories.c.id).where(stories.c.id.in_(again))).all():
        rows.wake(c, "stories", story_id, again[story_id])


def _cover_again(c: Connection, chat_ids: Collection[int], story_ids: Collection[int]) -> None:
    """The next digests of these chats reach back to the stories, which earlier ones took for told."""
    first = c.scalar(select(func.min(stories.c.updated)).where(stories.c.id.in_(story_ids)))
    if first is not None:
        passed = and_(subscriptions.c.chat_id.in_(chat_ids), subscriptions.c.covered_until > first)
        c.execute(update(subscriptions).where(passed).values(covered_until=first))
