"""The people, chats and topics that a test plays, and what stands in them.

Knows no HTTP: every act becomes an update in the `World`, as Telegram would write it. The hard
thing is what Telegram adds by itself: entities, the silent reply to a topic's first message,
stand-in users for anonymous administrators, and privacy mode, which hides most of a group.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from botapi import oracle
from botapi.members import member

ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
Json = dict[str, Any]


class World(Protocol):
    """What holds the people: it numbers updates and knows the bot."""

    user: Json
    privacy: bool

    def push(self, kind: str, body: Json) -> None:
        """Queue an update for the bot."""
        ...

    def pressed(self) -> str:
        """The id of a new callback query."""
        ...


@dataclass(slots=True, eq=False)
class Post:
    """A message in a chat, as people see it: the text is without markup."""

    chat: Chat
    message_id: int
    sender: Json
    text: str
    entities: list[Json]
    thread: int | None = None
    reply_to: int | None = None
    buttons: list[list[Json]] = field(default_factory=list)
    silent: bool = False
    preview: bool = True
    parse_mode: str = ""
    edits: int = 0
    date: int = field(default_factory=lambda: int(time.time()))
    sender_chat: Json | None = None

    @property
    def links(self) -> list[str]:
        """Targets of its links."""
        return [e["url"] for e in self.entities if e["type"] == "text_url"]

    def button(self, label: str) -> Json:
        """The button with this label."""
        return next(b for row in self.buttons for b in row if b["text"] == label)

    def json(self) -> Json:
        """As the Bot API shows it."""
        made: Json = {
            "message_id": self.message_id,
            "date": self.date,
            "chat": self.chat.json(),
            "from": self.sender,
            "text": self.text,
        }
        if self.entities:
            made["entities"] = [_bot_api(e) for e in self.entities]
        if self.sender_chat:
            made["sender_chat"] = self.sender_chat
        if self.thread:
            made |= {"message_thread_id": self.thread, "is_topic_message": True}
        if answered := self.chat.find(self.reply_to):
            made["reply_to_message"] = {k: v for k, v in answered.json().items() if k != "reply_to_message"}
        elif self.thread:
            made["reply_to_message"] = self.chat.topics[self.thread].json()
        if self.buttons:
            made["reply_markup"] = {"inline_keyboard": self.buttons}
        return made


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum."""

    chat: Chat
    id: int
    name: str
    closed: bool = False
    deleted: bool = False

    @property
    def said(self) -> list[Post]:
        """What the bot wrote here."""
        return [p for p in self.chat.said if p.thread == self.id]

    def json(self) -> Json:
        """The service message that opened it."""
        return {
            "message_id": self.id,
            "date": 1700000000,
            "chat": self.chat.json(),
            "from": self.chat.world.user,
            "message_thread_id": self.id,
            "is_topic_message": True,
            "forum_topic_created": {"name": self.name, "icon_color": 7322096},
        }


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat, group, supergroup or channel."""

    world: World
    id: int
    kind: str
    title: str
    bot: str = "member"
    """The bot's status: member, administrator, restricted, left or kicked."""
    started: bool = True
    admins: dict[int, str] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    topics: dict[int, Topic] = field(default_factory=dict)
    moved_to: int | None = None
    numbers: int = 0

    @property
    def said(self) -> list[Post]:
        """What the bot wrote, oldest first."""
        return [p for p in self.posts if p.sender["id"] == self.world.user["id"]]

    @property
    def texts(self) -> list[str]:
        """The bot's texts, oldest first."""
        return [p.text for p in self.said]

    def find(self, message_id: int | None) -> Post | None:
        """The post with this id."""
        return next((p for p in self.posts if p.message_id == message_id), None)

    def number(self) -> int:
        """The next message id."""
        self.numbers += 1
        return self.numbers

    def json(self) -> Json:
        """As the Bot API shows it."""
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        made: Json = {"id": self.id, "type": self.kind, "title": self.title}
        return made | ({"is_forum": True} if self.topics else {})

    def topic(self, name: str) -> Topic:
        """Open a topic; the chat is a forum from then on."""
        topic = Topic(self, self.number(), name)
        self.topics[topic.id] = topic
        return topic

    def publishes(self, text: str) -> Post:
        """A channel's own post."""
        post = Post(self, self.number(), {}, text, oracle.entities(text), sender_chat=self.json())
        self.posts.append(post)
        body = post.json()
        del body["from"]
        self.world.push("channel_post", body)
        return post

    def puts_bot(self, status: str, *, by: Person) -> None:
        """Change what the bot is here, and tell it."""
        old, self.bot = self.bot, status
        self.world.push(
            "my_chat_member",
            {
                "chat": self.json(),
                "from": by.json(),
                "date": int(time.time()),
                "old_chat_member": member(self.world.user, old),
                "new_chat_member": member(self.world.user, status),
            },
        )

    def migrates(self, new: Chat) -> Chat:
        """A group becomes a supergroup with another id."""
        self.moved_to = new.id
        service = {"date": int(time.time()), "from": ANONYMOUS}
        gone = {"message_id": self.number(), "chat": self.json(), "migrate_to_chat_id": new.id}
        come = {"message_id": new.number(), "chat": new.json(), "migrate_from_chat_id": self.id}
        self.world.push("message", gone | service)
        self.world.push("message", come | service)
        return new


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with a Telegram account."""

    world: World
    id: int
    name: str
    chat: Chat
    """With the bot."""
    is_bot: bool = False

    def json(self) -> Json:
        """As the Bot API shows them."""
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.name}

    def says(
        self,
        text: str,
        *,
        to: Chat | Topic | None = None,
        reply_to: Post | None = None,
        anonymous: bool = False,
        extra: Json | None = None,
        seen: Callable[[Post], bool] | None = None,
    ) -> Post:
        """Write in the private chat, or elsewhere; `extra` goes into the update as it is."""
        place = to or self.chat
        chat = place.chat if isinstance(place, Topic) else place
        post = Post(chat, chat.number(), self.json(), text, oracle.entities(text))
        post.thread = place.id if isinstance(place, Topic) else None
        post.reply_to = reply_to.message_id if reply_to else None
        if anonymous:
            post.sender, post.sender_chat = ANONYMOUS, chat.json()
        if chat is self.chat:
            chat.started = True
        chat.posts.append(post)
        if (seen or _shown)(post):
            self.world.push("message", post.json() | (extra or {}))
        return post

    def replies(self, post: Post, text: str) -> Post:
        """Answer a post where it stands."""
        place = post.chat.topics[post.thread] if post.thread else post.chat
        return self.says(text, to=place, reply_to=post)

    def edits(self, post: Post, text: str) -> None:
        """Change what was said."""
        post.text, post.entities = text, oracle.entities(text)
        self.world.push("edited_message", post.json() | {"edit_date": int(time.time())})

    def presses(self, post: Post, label: str, *, too_old: bool = False) -> str:
        """Press a button; the query's id comes back."""
        shown = post.json()
        if too_old:
            shown = {"chat": post.chat.json(), "message_id": post.message_id, "date": 0}
        query = self.world.pressed()
        body = {
            "id": query,
            "from": self.json(),
            "message": shown,
            "chat_instance": str(post.chat.id),
            "data": post.button(label)["callback_data"],
        }
        self.world.push("callback_query", body)
        return query

    def blocks(self) -> None:
        """Block the bot."""
        self.chat.puts_bot("kicked", by=self)

    def unblocks(self) -> None:
        """Let it write again."""
        self.chat.puts_bot("member", by=self)


def _shown(post: Post) -> bool:
    """Privacy mode: in groups a bot sees commands, its name and replies to itself.

    Source: https://core.telegram.org/bots/features#privacy-mode
    """
    chat, world = post.chat, post.chat.world
    if chat.bot in {"left", "kicked"}:
        return False
    if chat.kind == "private" or not world.privacy or chat.bot == "administrator":
        return True
    if (answered := chat.find(post.reply_to)) and answered.sender["id"] == world.user["id"]:
        return True
    own = f"@{world.user['username']}".lower()
    return any(_calls(post, e, own) for e in post.entities)


def _calls(post: Post, entity: Json, own: str) -> bool:
    units = post.text.encode("utf-16-le")
    word = units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le").lower()
    if entity["type"] == "bot_command":
        return "@" not in word or word.endswith(own)
    return entity["type"] == "mention" and word == own


def _bot_api(entity: Json) -> Json:
    """TDLib's name of an entity as the Bot API's."""
    kind = {"text_url": "text_link", "pre_code": "pre", "email_address": "email"}.get(
        entity["type"], entity["type"]
    )
    return {**entity, "type": kind}
