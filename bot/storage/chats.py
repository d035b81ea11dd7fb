"""Chats and people's roles.

Knows no command and no permission rule. A chat is an address: platform, chat id and thread.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, insert, select, update

from bot.errors import NotFound
from bot.storage import conversations, links, moves, queue, votes
from bot.storage.columns import AnyRow, batched, insert_new
from bot.storage.database import Database
from bot.storage.outbox import drop
from bot.storage.tables import chat_stories, chats, deliveries, roles, subscriptions, turns, verdicts
from bot.storage.unsubscribe import take_over
from bot.types import Address, Chat, DeliveryKind, Length, Role, Turn


class Member(NamedTuple):
    """A person with a role that was granted."""

    platform: str
    user: str
    role: Role
    granted_by: str


class Chats:
    """The chats."""

    def __init__(self, database: Database, timezone: str = "UTC") -> None:
        """`timezone` is what new chats start with."""
        self._database = database
        self._timezone = timezone

    async def ensure(self, address: Address, *, title: str = "", private: bool | None = None) -> Chat:
        """The chat at this address, made where it is new; what is given replaces what was known."""
        known = await self._database.read(lambda c: _find(c, address))
        if known is not None and title in ("", known.title) and private in (None, known.private):
            return known
        return await self._database.write(lambda c: _ensure(c, address, title, private, self._timezone))

    async def get(self, chat_id: int) -> Chat:
        """Raises NotFound."""
        return await self._database.read(lambda c: _get(c, chat_id))

    async def get_many(self, chat_ids: Collection[int]) -> dict[int, Chat]:
        """By id; unknown ids are left out."""

        def work(c: Connection) -> dict[int, Chat]:
            query = (select(chats).where(chats.c.id.in_(b)) for b in batched(sorted(set(chat_ids))))
            return {r.id: _chat(r) for one in query for r in c.execute(one)}

        return await self._database.read(work)

    async def find(self, address: Address) -> Chat | None:
        """The chat at this address."""
        return await self._database.read(lambda c: _find(c, address))

    async def change(
        self,
        chat_id: int,
        *,
        title: str | None = None,
        private: bool | None = None,
        language: str | None = None,
        timezone: str | None = None,
        length: Length | None = None,
        quiet_from: str | None = None,
        quiet_until: str | None = None,
        active: bool | None = None,
    ) -> Chat:
        """Change what is given (None: leave); `active=True` restores a chat. NotFound."""
        values: dict[str, Any] = {
            "title": title,
            "private": private,
            "language": language,
            "timezone": timezone,
            "length": None if length is None else length.value,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "active": active,
        }
        values = {name: given for name, given in values.items() if given is not None}
        if active:
            values["inactive_reason"] = ""
        return await self._database.write(lambda c: _change(c, chat_id, values))

    async def deactivate(self, chat_id: int, reason: str) -> bool:
        """The chat can't be reached: drop what waits for it, let its subscriptions rest.

        False when it was inactive already. NotFound.
        """

        def work(c: Connection) -> bool:
            if not _get(c, chat_id).active:
                return False
            drop(c, chat_id, list(DeliveryKind))
            _change(c, chat_id, {"active": False, "inactive_reason": reason})
            return True

        return await self._database.write(work)

    async def move(self, address: Address, new_chat: str) -> Chat:
        """The platform gave the chat another id: threads, subscriptions and deliveries go along.

        Where the new address is known already, both become one. Said twice, it is done once. NotFound.
        """
        return await self._database.write(lambda c: _move(c, address, new_chat))

    async def role(self, platform: str, user: str) -> Role:
        """READER for whoever has none."""
        query = select(roles.c.role).where(roles.c.platform == platform, roles.c.user == user)
        granted: int | None = await self._database.read(lambda c: c.scalar(query))
        return Role(granted or 0)

    async def set_role(self, platform: str, user: str, role: Role, by: str) -> None:
        """Grant a role; READER takes it away."""

        def work(c: Connection) -> None:
            c.execute(delete(roles).where(roles.c.platform == platform, roles.c.user == user))
            if role is not Role.READER:
                c.execute(insert(roles).values(platform=platform, user=user, role=int(role), granted_by=by))

        await self._database.write(work)

    async def admins(self) -> list[Member]:
        """Everyone with a role above READER."""
        return [member for member in await self.members() if member.role > Role.READER]

    async def members(self) -> list[Member]:
        """Everyone with a role, also those who are blocked."""
        query = select(roles).order_by(roles.c.platform, roles.c.user)
        return await self._database.read(
            lambda c: [Member(r.platform, r.user, Role(r.role), r.granted_by) for r in c.execute(query)]
        )

    async def add_turn(
        self,
        chat_id: int,
        turn: Turn,
        *,
        user: str,
        message_id: str = "",
        thread_of: str = "",
        root: str = "",
    ) -> None:
        """Remember a turn. `user` is the person whose conversation it is, also for the bot's turns.

        `message_id` is the platform id of the person's message, for the bot's turn that of the
        message it answers. `thread_of`: the message that the person replied to. `root`: the one that
        their thread hangs under; all that is said in the thread is one conversation.
        """
        await self._database.write(
            lambda c: conversations.add(
                c, chat_id, turn, user=user, message_id=message_id, reply_to=thread_of, root=root
            )
        )

    async def turns(self, chat_id: int, *, limit: int, thread_of: str = "") -> list[Turn]:
        """The last turns, oldest first.

        `thread_of` is the platform id of a message of that conversation, the person's or the
        bot's (known by its delivery); empty: of the whole chat.
        """
        return await self._database.read(lambda c: conversations.last(c, chat_id, limit, thread_of))

    async def personal(self, platform: str, user: str) -> dict[str, Any]:
        """What is stored about a person, as values fit for JSON."""
        return await self._database.read(lambda c: conversations.personal(c, platform, user))

    async def forget(self, platform: str, user: str) -> int:
        """Erase a person's messages, conversations, answers and private subscriptions; rows erased.

        Roles stay: a block outlives forgetting.
        """
        return await self._database.write(lambda c: conversations.forget(c, platform, user))

    async def private_with(self, platform: str, user: str) -> Chat | None:
        """The private chat with a person that is newest among those that can be reached."""

        def work(c: Connection) -> Chat | None:
            own = conversations.own_chats(c, platform, user)
            query = select(chats).where(chats.c.id.in_(own), chats.c.active, chats.c.thread == "")
            row = c.execute(query.order_by(chats.c.id.desc()).limit(1)).one_or_none()
            return None if row is None else _chat(row)

        return await self._database.read(work)

    async def list(self, *, active: bool | None = None) -> list[Chat]:
        """All chats, or those (in)active."""
        query = select(chats).order_by(chats.c.id)
        if active is not None:
            query = query.where(chats.c.active == active)
        return await self._database.read(lambda c: [_chat(r) for r in c.execute(query)])


def _at(address: Address) -> Any:
    return and_(
        chats.c.platform == address.platform, chats.c.chat == address.chat, chats.c.thread == address.thread
    )


def _find(c: Connection, address: Address) -> Chat | None:
    row = c.execute(select(chats).where(_at(address))).one_or_none()
    return None if row is None else _chat(row)


def _get(c: Connection, chat_id: int) -> Chat:
    row = c.execute(select(chats).where(chats.c.id == chat_id)).one_or_none()
    if row is None:
        raise NotFound(f"chat {chat_id}")
    return _chat(row)


def _ensure(c: Connection, address: Address, title: str, private: bool | None, timezone: str) -> Chat:
    values = {"platform": address.platform, "chat": address.chat, "thread": address.thread}
    c.execute(insert_new(c, chats).values(**values, title=title, private=bool(private), timezone=timezone))
    newer: dict[str, Any] = {} if private is None else {"private": private}
    if title:
        newer["title"] = title
    return _change(c, c.execute(select(chats.c.id).where(_at(address))).scalar_one(), newer)


def _private_threads(c: Connection, chat_id: int) -> list[int]:
    """The chats of the same place that pass for private so far: who reads one reads all."""
    this = chats.alias()
    same = and_(this.c.id == chat_id, this.c.platform == chats.c.platform, this.c.chat == chats.c.chat)
    return list(c.scalars(select(chats.c.id).join(this, same).where(chats.c.private)))


def _change(c: Connection, chat_id: int, values: dict[str, Any]) -> Chat:
    if values.get("private") is False and (opened := _private_threads(c, chat_id)):
        moves.opened(c, opened)
    if values:
        c.execute(update(chats).where(chats.c.id == chat_id).values(values))
    return _get(c, chat_id)


def _move(c: Connection, address: Address, new_chat: str) -> Chat:
    old = and_(chats.c.platform == address.platform, chats.c.chat == address.chat)
    for row in c.execute(select(chats).where(old).order_by(chats.c.id)).all():
        twin = _find(c, Address(row.platform, new_chat, row.thread))
        if twin is None:
            _change(c, row.id, {"chat": new_chat})
        else:
            _merge(c, row, twin.id)
    moved = _find(c, Address(address.platform, new_chat, address.thread))
    if moved is None:
        raise NotFound(f"chat {address.chat}")
    return moved


def _merge(c: Connection, old: AnyRow, twin: int) -> None:
    """The old chat's settings win: people made them, while the twin has only just appeared."""
    queue.lock(c, [old.id, twin])
    has = subscriptions.alias()
    same = and_(
        has.c.chat_id == twin,
        has.c.kind == subscriptions.c.kind,
        has.c.value == subscriptions.c.value,
        has.c.cadence == subscriptions.c.cadence,
    )
    mine = subscriptions.c.chat_id == old.id
    c.execute(update(subscriptions).where(mine, ~select(has.c.id).where(same).exists()).values(chat_id=twin))
    doubled = select(subscriptions.c.id, subscriptions.c.due_at, has.c.id.label("twin")).join(has, same)
    for row in c.execute(doubled.where(mine)).all():
        take_over(c, row)
    told = select(chat_stories.c.story_id).where(chat_stories.c.chat_id == twin)
    untold = and_(chat_stories.c.chat_id == old.id, chat_stories.c.story_id.not_in(told))
    c.execute(update(chat_stories).where(untold).values(chat_id=twin))
    decided = select(verdicts.c.story_id).where(verdicts.c.chat_id == twin)
    undecided = and_(verdicts.c.chat_id == old.id, verdicts.c.story_id.not_in(decided))
    c.execute(update(verdicts).where(undecided).values(chat_id=twin))
    votes.move(c, old.id, twin)
    for table in (deliveries, turns):
        c.execute(update(table).where(table.c.chat_id == old.id).values(chat_id=twin))
    c.execute(update(deliveries).where(deliveries.c.home_id == old.id).values(home_id=twin))
    links.follow(c, old.id, twin)
    kept = ("title", "language", "timezone", "length", "quiet_from", "quiet_until", "active")
    private = old.private and _get(c, twin).private
    _change(c, twin, {name: getattr(old, name) for name in kept} | {"private": private})
    c.execute(delete(chats).where(chats.c.id == old.id))
    queue.refresh(c, [twin])


def _chat(row: AnyRow) -> Chat:
    return Chat(
        id=row.id,
        address=Address(row.platform, row.chat, row.thread),
        title=row.title,
        private=row.private,
        language=row.language,
        timezone=row.timezone,
        length=Length(row.length),
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        active=row.active,
    )
