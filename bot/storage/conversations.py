"""Conversations, what is known of a person, and forgetting it; behind `Chats`.

A conversation is named by the message id that began it, or that its thread hangs under. A reply names a
message of the bot, whose id only its delivery knows: the delivery answers a person's message, and that
one's turn has the conversation. Knows no platform.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select, update

from bot.storage.codec import citations_from_json, citations_to_json
from bot.storage.columns import AnyRow
from bot.storage.links import unlink
from bot.storage.rows import UNLEASED
from bot.storage.tables import chats, deliveries, inbox, link_tries, links, roles, subscriptions, turns, votes
from bot.storage.unsubscribe import end
from bot.types import DeliveryKind, Role, Turn


def add(
    c: Connection, chat_id: int, turn: Turn, *, user: str, message_id: str, reply_to: str, root: str
) -> None:
    """Remember a turn, in the conversation of the message that it replies to or whose thread it is in."""
    known = (_thread(c, chat_id, one) for one in (message_id, reply_to, root))
    thread = next((name for name in known if name), root or message_id)
    c.execute(
        insert(turns).values(
            chat_id=chat_id,
            user=user,
            message_id=message_id,
            thread=thread,
            role=turn.role,
            text=turn.text,
            at=turn.at,
            citations=citations_to_json(turn.citations),
        )
    )


def last(c: Connection, chat_id: int, limit: int, thread_of: str) -> list[Turn]:
    """The last turns of the chat or of one conversation, oldest first."""
    query = select(turns).where(turns.c.chat_id == chat_id).order_by(turns.c.id.desc()).limit(limit)
    if thread_of:
        thread = _thread(c, chat_id, thread_of)
        if thread is None:
            return []
        query = query.where(turns.c.thread == thread)
    found = [
        Turn(role=r.role, text=r.text, at=r.at, citations=citations_from_json(r.citations))
        for r in c.execute(query)
    ]
    return found[::-1]


def _thread(c: Connection, chat_id: int, message_id: str) -> str | None:
    if not message_id:
        return None
    answered = select(deliveries.c.reply_to).where(
        deliveries.c.chat_id == chat_id, deliveries.c.message_id == message_id
    )
    named = select(turns.c.thread).where(
        turns.c.chat_id == chat_id,
        or_(
            turns.c.message_id == message_id,
            turns.c.message_id.in_(answered),
            turns.c.thread == message_id,
        ),
        turns.c.message_id != "",
    )
    return c.scalar(named.order_by(turns.c.id).limit(1))


def personal(c: Connection, platform: str, user: str) -> dict[str, Any]:
    """What is stored about a person, as values fit for JSON."""
    role = select(roles.c.role).where(roles.c.platform == platform, roles.c.user == user)
    said = select(turns).join(chats).where(chats.c.platform == platform, turns.c.user == user)
    sent = select(inbox).where(inbox.c.platform == platform, inbox.c.sender == user)
    own = own_chats(c, platform, user)
    voted = select(votes, chats.c.chat).join(chats).where(chats.c.platform == platform, votes.c.user == user)
    standing = select(subscriptions).where(subscriptions.c.chat_id.in_(own))
    return {
        "platform": platform,
        "user": user,
        "role": Role(c.scalar(role) or 0).name.lower(),
        "chats": [
            {"chat": r.chat, "language": r.language, "timezone": r.timezone}
            for r in c.execute(select(chats).where(chats.c.id.in_(own)))
        ],
        "links": [
            {"chat": r.chat, "linked_with": f"{r.other_platform}:{r.other_chat}", "since": r.made.isoformat()}
            for r in c.execute(_links(own))
        ],
        "subscriptions": [
            {"kind": r.kind, "value": r.value, "cadence": r.cadence, "at": r.at, **_options(r)}
            for r in c.execute(standing.order_by(subscriptions.c.id))
        ],
        "votes": [
            {"chat": r.chat, "story": r.story_id, "value": r.value, "at": r.at.isoformat()}
            for r in c.execute(voted.order_by(votes.c.at))
        ],
        "messages": [
            {"chat": r.chat, "text": r.text, "sent": r.sent.isoformat()}
            for r in c.execute(sent.order_by(inbox.c.id))
        ],
        "turns": [
            {"role": r.role, "text": r.text, "at": r.at.isoformat() if r.at else None}
            for r in c.execute(said.order_by(turns.c.id))
        ],
    }


def _options(row: AnyRow) -> dict[str, Any]:
    """Those that the person chose."""
    names = ("length", "language", "quiet_from", "quiet_until", "urgent", "most", "changes")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def forget(c: Connection, platform: str, user: str) -> int:
    """Erase it; a message that is being handled only loses its words, so that it can be finished."""
    own = own_chats(c, platform, user)
    of_platform = select(chats.c.id).where(chats.c.platform == platform)
    mine = and_(inbox.c.platform == platform, inbox.c.sender == user)
    asked = select(inbox.c.message_id).where(mine)
    answers = and_(
        deliveries.c.kind == DeliveryKind.ANSWER.value,
        deliveries.c.state != "due",
        or_(
            deliveries.c.chat_id.in_(own),
            and_(deliveries.c.chat_id.in_(of_platform), deliveries.c.reply_to.in_(asked)),
        ),
    )
    blank: dict[str, Any] = {"sender": "", "sender_name": "", "text": "", "button": ""}
    erased = [
        update(deliveries).where(answers).values(html="", plain="", buttons=[]),
        delete(turns).where(turns.c.user == user, turns.c.chat_id.in_(of_platform)),
        delete(votes).where(votes.c.user == user, votes.c.chat_id.in_(of_platform)),
        update(inbox).where(mine, inbox.c.lease_token.is_(None)).values(due_at=None, **UNLEASED),
    ]
    orders = c.scalars(select(subscriptions.c.id).where(subscriptions.c.chat_id.in_(own))).all()
    # Before the links: what waits may wait in the linked chat.
    rows = end(c, orders) + unlink(c, own) + sum(c.execute(statement).rowcount for statement in erased)
    c.execute(delete(link_tries).where(link_tries.c.platform == platform, link_tries.c.user == user))
    c.execute(update(inbox).where(mine).values(blank))
    return rows


def _links(own: list[int]) -> Select[Any]:
    other = chats.alias("other")
    there = [other.c.platform.label("other_platform"), other.c.chat.label("other_chat")]
    joined = links.join(chats, chats.c.id == links.c.chat_id).join(other, other.c.id == links.c.other_id)
    return select(chats.c.chat, links.c.made, *there).select_from(joined).where(chats.c.id.in_(own))


def own_chats(c: Connection, platform: str, user: str) -> list[int]:
    """Private chats where the person wrote, or that have the person's id (Telegram's way)."""
    wrote = select(inbox.c.id).where(
        inbox.c.platform == platform, inbox.c.chat == chats.c.chat, inbox.c.sender == user
    )
    talked = select(turns.c.id).where(turns.c.chat_id == chats.c.id, turns.c.user == user)
    theirs = or_(chats.c.chat == user, wrote.exists(), talked.exists())
    query = select(chats.c.id).where(chats.c.platform == platform, chats.c.private, theirs)
    return list(c.scalars(query))
