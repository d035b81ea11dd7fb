"""Read an update of the Bot API, as JSON, into what the bot heard. Pure.

Knows no library and no network: updates stay JSON so that one that nobody foresaw can't stop the
others of its batch, as a typed parse of the whole batch would. The hard thing is who speaks:
anonymous administrators and channels come with a stand-in user, other bots must not be answered,
and entity offsets count UTF-16 units (https://core.telegram.org/bots/api#messageentity).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import ChatGone, ChatMoved
from bot.types import Address, Message

PLATFORM = "telegram"
KINDS = ("message", "channel_post", "callback_query", "my_chat_member")
"""What `getUpdates` asks for. Edited messages are not among them: what was asked first stands."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account."""

    id: int
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message for the inbox."""

    message: Message
    query: str = ""
    """Id of the callback query that must be answered so that the button stops spinning."""
    rights_matter: bool = False
    """A command or a button in a group: ask whether the sender administers it.

    Nothing else that is said changes anything (`chat.permissions`), so questions are not held up by asking.
    """


@dataclass(frozen=True, slots=True)
class Changed:
    """A chat can no longer be written to, or has another id; an empty thread is all of it."""

    address: Address
    error: ChatGone | ChatMoved


def read(update: Json, *, me: Me, now: datetime) -> Heard | Changed | None:
    """What the update says; None for what is not for the bot.

    Raises:
        KeyError, TypeError, ValueError: it does not have the Bot API's shape.
    """
    if query := update.get("callback_query"):
        return _button(query, now=now)
    if member := update.get("my_chat_member"):
        return _membership(member)
    if message := update.get("message") or update.get("channel_post"):
        if moved := message.get("migrate_to_chat_id"):
            return Changed(Address(PLATFORM, str(message["chat"]["id"])), ChatMoved(str(moved)))
        return _text(message, me=me)
    return None


def _text(message: Json, *, me: Me) -> Heard | None:
    raw = message.get("text") or message.get("caption") or ""
    entities = message.get("entities") or message.get("caption_entities") or ()
    if not raw or _not_a_person(message):
        return None
    text, mentioned = _strip_own_name(raw, entities, me=me)
    if text is None:
        return None
    chat = message["chat"]
    private = chat["type"] == "private"
    sender, name = _sender(message)
    by_chat = message.get("sender_chat", {}).get("id") == chat["id"]
    answered = _replied_to(message)
    return Heard(
        message=Message(
            address=_address(message),
            message_id=str(message["message_id"]),
            sender=sender,
            sender_name=name,
            text=text,
            sent=datetime.fromtimestamp(message["date"], UTC),
            private=private,
            addressed=mentioned or answered.get("from", {}).get("id") == me.id,
            reply_to=str(answered.get("message_id", "")),
            chat_title=_title(chat),
            may_administer=private or by_chat,
        ),
        rights_matter=text.startswith("/") and not private and not by_chat,
    )


def _button(query: Json, *, now: datetime) -> Heard | None:
    """A pressed button. The post that carries it may be too old for more than its id and chat.

    The message id is the query's own, since one post's buttons may be pressed often; `reply_to`
    is the post, which an answer may edit.
    """
    post = query.get("message")
    if not post or query["from"].get("is_bot"):
        return None
    private = post["chat"]["type"] == "private"
    return Heard(
        message=Message(
            address=_address(post),
            message_id=f"button:{query['id']}",
            sender=str(query["from"]["id"]),
            sender_name=_name(query["from"]),
            text="",
            sent=now,
            private=private,
            addressed=True,
            reply_to=str(post["message_id"]),
            button=query.get("data", ""),
            chat_title=_title(post["chat"]),
            may_administer=private,
        ),
        query=str(query["id"]),
        rights_matter=not private,
    )


def _membership(member: Json) -> Changed | None:
    """Whether the bot lost the chat. That it gained one is told by the `/start` that follows."""
    now = member["new_chat_member"]
    status = now["status"]
    reason = ""
    if status in {"left", "kicked"}:
        blocked = member["chat"]["type"] == "private"
        reason = "the bot was blocked" if blocked else "the bot was removed from the chat"
    elif status == "restricted" and not now.get("can_send_messages", False):
        reason = "the bot may not write here"
    elif member["chat"]["type"] == "channel" and not now.get("can_post_messages", False):
        reason = "the bot may not post in the channel"
    if not reason:
        return None
    return Changed(Address(PLATFORM, str(member["chat"]["id"])), ChatGone(reason))


def _not_a_person(message: Json) -> bool:
    """Other bots, the bot itself, and a channel's posts that Telegram copies into its group.

    Telegram marks the stand-in users of anonymous administrators and channels as bots.
    """
    if message.get("is_automatic_forward") or message.get("via_bot"):
        return True
    return bool(message.get("from", {}).get("is_bot")) and "sender_chat" not in message


def _sender(message: Json) -> tuple[str, str]:
    """Id and name of who speaks: the chat itself for anonymous administrators and channels."""
    if chat := message.get("sender_chat"):
        return str(chat["id"]), _title(chat)
    return str(message["from"]["id"]), _name(message["from"])


def _replied_to(message: Json) -> Json:
    """The message that this one answers; empty for none.

    In a topic every message that answers nothing is sent as a reply to the topic's first.
    """
    answered: Json = message.get("reply_to_message") or {}
    if "forum_topic_created" in answered:
        return {}
    return answered


def _address(message: Json) -> Address:
    """Chat and topic. A thread id without a topic is only a chain of replies."""
    thread = str(message["message_thread_id"]) if message.get("is_topic_message") else ""
    return Address(PLATFORM, str(message["chat"]["id"]), thread)


def _title(chat: Json) -> str:
    return clean(chat.get("title") or _name(chat))


def _name(user: Json) -> str:
    names = (user.get("first_name", ""), user.get("last_name", ""))
    return clean(" ".join(n for n in names if n)) or user.get("username", "")


def _strip_own_name(text: str, entities: Any, *, me: Me) -> tuple[str | None, bool]:
    """The text without the bot's name, and whether it was there; None: meant for another bot.

    `/ask@newsbot why` becomes `/ask why`, `@newsbot why?` becomes `why?`.
    """
    data = text.encode("utf-16-le", "surrogatepass")
    own = f"@{me.username}".lower()
    mentioned = False
    for entity in sorted(entities, key=lambda e: -int(e["offset"])):
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        word = data[start:end].decode("utf-16-le", "replace")
        command, at, name = word.partition("@")
        if entity["type"] == "bot_command" and at:
            if f"@{name}".lower() != own:
                if start == 0:
                    return None, False
                continue
            data = data[:start] + command.encode("utf-16-le") + data[end:]
            mentioned = True
        elif _names(entity, word, own=own, me=me):
            data = _cut(data, start, end)
            mentioned = True
    return clean(data.decode("utf-16-le", "surrogatepass")).strip(), mentioned


def _names(entity: Json, word: str, *, own: str, me: Me) -> bool:
    if entity["type"] == "mention":
        return word.lower() == own
    return entity["type"] == "text_mention" and bool(entity["user"]["id"] == me.id)


def _cut(data: bytes, start: int, end: int) -> bytes:
    """Take a name out, with the separator that follows it at the start of the text."""
    before = data[:start].decode("utf-16-le", "surrogatepass")
    after = data[end:].decode("utf-16-le", "surrogatepass")
    if not before.strip():
        after = after.lstrip(" ,:")
    return (before + after).encode("utf-16-le", "surrogatepass")


def clean(text: str) -> str:
    """Without what a database or an encoder would refuse: NUL and halves of surrogate pairs."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
