"""Whether, when and by which subscription a chat is told a story by itself.

Pure. Several subscriptions of one chat may want a story: the one that brings it soonest does. Urgent
stories know no quiet hours, no limit and no digest. The hard thing is the day that a post counts in: it
is the chat's local day at the time when the post may go, not when it was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.schedule import next_digest, quiet_until, zone_of
from bot.types import Cadence, Chat, Outcome, Subscription, SubscriptionKind, Verdict

EDITS_APART = timedelta(minutes=3)
"""Between two edits of one post, at least."""
EDIT_WITHIN = timedelta(hours=1)
"""No post stays behind its story for longer."""


def decide(
    chat: Chat,
    wanting: Iterable[tuple[Subscription, float]],
    *,
    story_id: int,
    urgent: Callable[[str], bool],
    posts: Mapping[int, Sequence[datetime]],
    as_of: datetime,
    now: datetime,
) -> Verdict | None:
    """The verdict; None where every subscription leaves the story to its digest.

    `wanting` are the chat's subscriptions that the story answers, with their scores; `urgent` says
    whether the story passes a filter; `posts` are the times of each subscription's posts of late.
    """
    found = []
    for one, score in wanting:
        pressing = bool(one.options.urgent) and urgent(one.options.urgent)
        if one.cadence is not Cadence.LIVE and not pressing:
            continue
        at = now if pressing else goes_at(one, chat, now)
        full = not pressing and is_full(one, chat, posts.get(one.id, ()), at)
        found.append(
            Verdict(
                chat_id=chat.id,
                story_id=story_id,
                subscription_id=one.id,
                outcome=Outcome.FOLDED if full else Outcome.POST,
                as_of=as_of,
                at=now if full else at,
                urgent=pressing,
                score=score if one.kind is SubscriptionKind.LIKE else None,
            )
        )
    return min(found, key=lambda v: (v.outcome is Outcome.FOLDED, v.at, v.subscription_id), default=None)


def goes_at(one: Subscription, chat: Chat, now: datetime) -> datetime:
    """`now`, or the end of the quiet hours of the subscription or else the chat."""
    return quiet_end(one, chat, now) or now


def quiet_end(one: Subscription, chat: Chat, now: datetime) -> datetime | None:
    """When the quiet hours that `now` lies in end; None when it lies in none."""
    own = one.options if one.options.quiet_from else chat
    return quiet_until(now, zone=chat.timezone, start=own.quiet_from, end=own.quiet_until)


def is_full(one: Subscription, chat: Chat, posts: Sequence[datetime], at: datetime) -> bool:
    """Whether the subscription has had its posts of the local day of `at`."""
    if one.options.most is None:
        return False
    zone = zone_of(chat.timezone)
    day = at.astimezone(zone).date()
    return sum(posted.astimezone(zone).date() == day for posted in posts) >= one.options.most


def folded_due(one: Subscription, chat: Chat, now: datetime) -> datetime:
    """When what is over a live subscription's limit comes as a digest."""
    return next_digest(Cadence.DAILY, at=one.at, zone=chat.timezone, after=now)


def edit_due(begun: datetime, edited: datetime) -> datetime:
    """When a post may be edited again that was edited at `edited`; its story began at `begun`.

    After a quarter of the story's age: thirty reports in an hour make a handful of edits, not thirty.
    """
    return edited + min(max((edited - begun) / 4, EDITS_APART), EDIT_WITHIN)
