"""Thumbs: what people of a chat said about stories, one vote a person and story.

Knows no ranking: it keeps what the story was like when the vote was given (`traits`), since stories
go and votes stay. It also finds what a message of the bot told, which is how a thumb names its story.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, delete, func, insert, or_, select, update

from bot.storage import former
from bot.storage.codec import buttons_from_json
from bot.storage.columns import AnyRow
from bot.storage.database import Database
from bot.storage.tables import chats, deliveries, votes
from bot.types import Address, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's thumb."""

    story_id: int
    value: int
    """1 up, -1 down, 0 taken back."""
    traits: tuple[str, ...]
    """What the story was like: `topic:world`, `outlet:River Post`, `word:ferry`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What one message of the bot told."""

    chat_id: int
    story_id: int


class Votes:
    """The thumbs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, chat_id: int, vote: Vote, *, user: str) -> None:
        """Give a vote, in place of the one that the person gave before."""
        values = {
            "chat_id": chat_id,
            "story_id": vote.story_id,
            "user": user,
            "value": vote.value,
            "traits": list(vote.traits),
            "at": vote.at,
        }
        same = and_(votes.c.chat_id == chat_id, votes.c.story_id == vote.story_id, votes.c.user == user)

        def work(c: Connection) -> None:
            c.execute(delete(votes).where(same))
            c.execute(insert(votes).values(values))

        await self._database.write(work)

    async def given(self, chat_id: int, story_id: int, *, user: str) -> Vote | None:
        """What the person said of the story, also a vote taken back."""
        query = select(votes).where(
            votes.c.chat_id == chat_id, votes.c.story_id == story_id, votes.c.user == user
        )

        def work(c: Connection) -> Vote | None:
            row = c.execute(query).one_or_none()
            return None if row is None else _vote(row)

        return await self._database.read(work)

    async def of_chat(self, chat_id: int, *, since: datetime) -> list[Vote]:
        """The votes of a chat since then that stand, oldest first."""
        query = select(votes).where(votes.c.chat_id == chat_id, votes.c.at >= since, votes.c.value != 0)
        return await self._database.read(
            lambda c: [_vote(row) for row in c.execute(query.order_by(votes.c.at))]
        )

    async def counts(self, story_id: int) -> dict[int, tuple[int, int]]:
        """Thumbs up and down by chat."""
        up, down = (func.sum(case((votes.c.value == v, 1), else_=0)) for v in (1, -1))
        query = select(votes.c.chat_id, up, down).where(votes.c.story_id == story_id)
        query = query.group_by(votes.c.chat_id)
        return await self._database.read(lambda c: {i: (int(u), int(d)) for i, u, d in c.execute(query)})

    async def reset(self, chat_id: int) -> int:
        """Forget the votes of a chat; how many there were."""
        gone = delete(votes).where(votes.c.chat_id == chat_id)
        return await self._database.write(lambda c: c.execute(gone).rowcount)

    async def told_by(self, address: Address, message_id: str) -> Told | None:
        """The story that a message of the bot tells, in whatever thread of the chat it stands."""
        query = (
            select(deliveries.c.chat_id, deliveries.c.story_id)
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .where(chats.c.platform == address.platform, chats.c.chat == address.chat)
            .where(deliveries.c.message_id == message_id, deliveries.c.story_id.is_not(None))
            .limit(1)
        )

        def work(c: Connection) -> Told | None:
            row = c.execute(query).one_or_none()
            if row is None:
                return None
            return Told(row.chat_id, former.present(c, [row.story_id])[row.story_id])

        return await self._database.read(work) if message_id else None

    async def shown(self, chat_id: int, message_id: str) -> Part | None:
        """What a message of the bot shows, the newest edit that is queued; None once it was tidied away."""
        same = or_(deliveries.c.message_id == message_id, deliveries.c.edits == message_id)
        query = (
            select(deliveries.c.html, deliveries.c.plain, deliveries.c.buttons, deliveries.c.preview)
            .where(deliveries.c.chat_id == chat_id, same, deliveries.c.plain != "")
            .order_by(deliveries.c.id.desc())
            .limit(1)
        )

        def work(c: Connection) -> Part | None:
            row = c.execute(query).one_or_none()
            if row is None:
                return None
            return Part(
                html=row.html, plain=row.plain, buttons=buttons_from_json(row.buttons), preview=row.preview
            )

        return await self._database.read(work) if message_id else None


def _vote(row: AnyRow) -> Vote:
    return Vote(story_id=row.story_id, value=row.value, traits=tuple(row.traits), at=row.at)


def follow(c: Connection, old: int, new: int) -> None:
    """Two stories became one: a vote that the new one has stays, so that one person has one."""
    has = votes.alias()
    same = and_(has.c.story_id == new, has.c.chat_id == votes.c.chat_id, has.c.user == votes.c.user)
    alone = and_(votes.c.story_id == old, ~select(has.c.story_id).where(same).exists())
    c.execute(update(votes).where(alone).values(story_id=new))
    c.execute(delete(votes).where(votes.c.story_id == old))


def move(c: Connection, old: int, new: int) -> None:
    """Two chats became one: a vote that the new one has stays."""
    has = votes.alias()
    same = and_(has.c.chat_id == new, has.c.story_id == votes.c.story_id, has.c.user == votes.c.user)
    fresh = and_(votes.c.chat_id == old, ~select(has.c.story_id).where(same).exists())
    c.execute(update(votes).where(fresh).values(chat_id=new))
