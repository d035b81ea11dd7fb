"""What becomes of `sendMessage` and `editMessageText`: a post in a chat, or the server's refusal.

The sentences are the real server's, since a bot has nothing else to tell one refusal from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botapi import oracle
from botapi.people import Chat, Json, Post


class RefusedRequest(Exception):
    """HTTP status, description and response parameters."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters or {}


def known(chats: Mapping[int, Chat], chat_id: int | str) -> Chat:
    """The chat.

    Raises:
        RefusedRequest: there is none, or it has another id now.
    """
    chat = chats.get(int(chat_id))
    if chat is None:
        raise RefusedRequest(400, "Bad Request: chat not found")
    if chat.moved_to:
        raise RefusedRequest(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.moved_to},
        )
    return chat


def writable(chats: Mapping[int, Chat], chat_id: int | str) -> Chat:
    """The chat, if the bot may write there.

    Raises:
        RefusedRequest: it may not.
    """
    chat = known(chats, chat_id)
    if chat.kind == "private":
        if chat.bot == "kicked":
            raise RefusedRequest(403, "Forbidden: bot was blocked by the user")
        if not chat.started:
            raise RefusedRequest(403, "Forbidden: bot can't initiate conversation with a user")
    elif chat.bot == "kicked":
        raise RefusedRequest(403, f"Forbidden: bot was kicked from the {chat.kind} chat")
    elif chat.bot == "left":
        raise RefusedRequest(403, f"Forbidden: bot is not a member of the {chat.kind} chat")
    elif chat.bot == "restricted":
        raise RefusedRequest(400, "Bad Request: not enough rights to send text messages to the chat")
    elif chat.kind == "channel" and chat.bot != "administrator":
        raise RefusedRequest(400, "Bad Request: need administrator rights in the channel chat")
    return chat


def new_post(chats: Mapping[int, Chat], bot: Json, **params: Any) -> Post:
    """Put the bot's message into its chat."""
    chat = writable(chats, params["chat_id"])
    text, entities = _text(params)
    thread = params.get("message_thread_id")
    _open(chat, thread)
    post = Post(
        chat,
        0,
        bot,
        text,
        entities,
        thread=thread,
        reply_to=_answered(chat, params.get("reply_parameters")),
        buttons=_buttons(params),
        silent=params.get("disable_notification", False),
        preview=_preview(params),
        parse_mode=params.get("parse_mode", ""),
    )
    post.message_id = chat.number()
    chat.posts.append(post)
    return post


def edited_post(chats: Mapping[int, Chat], bot: Json, **params: Any) -> Post:
    """Change one of the bot's messages."""
    chat = writable(chats, params["chat_id"])
    post = chat.find(params["message_id"])
    if post is None:
        raise RefusedRequest(400, "Bad Request: message to edit not found")
    if post.sender != bot:
        raise RefusedRequest(400, "Bad Request: message can't be edited")
    text, entities = _text(params)
    buttons = _buttons(params)
    if (text, entities, buttons) == (post.text, post.entities, post.buttons):
        raise RefusedRequest(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message",
        )
    post.text, post.entities, post.buttons = text, entities, buttons
    post.preview = _preview(params)
    post.edits += 1
    return post


def _text(params: Json) -> tuple[str, list[oracle.Entity]]:
    text: str = params["text"]
    mode = params.get("parse_mode", "")
    if mode not in {"", "HTML"}:
        raise RefusedRequest(501, f"Not Implemented: parse mode {mode}")
    entities = oracle.entities(text)
    if mode:
        try:
            text, entities = oracle.parse_html(text)
        except oracle.Unparsed as e:
            raise RefusedRequest(400, f"Bad Request: {e}") from e
    if not text.strip():
        raise RefusedRequest(400, "Bad Request: message text is empty")
    if oracle.units(text) > oracle.LIMIT:
        raise RefusedRequest(400, "Bad Request: message is too long")
    return text, entities[: oracle.MOST_ENTITIES]


def _open(chat: Chat, thread: int | None) -> None:
    if thread is None:
        return
    topic = chat.topics.get(thread)
    if topic is None or topic.deleted:
        raise RefusedRequest(400, "Bad Request: message thread not found")
    if topic.closed and chat.bot != "administrator":
        raise RefusedRequest(400, "Bad Request: TOPIC_CLOSED")


def _answered(chat: Chat, reply: Json | None) -> int | None:
    if reply is None:
        return None
    if chat.find(reply["message_id"]):
        return int(reply["message_id"])
    if reply.get("allow_sending_without_reply"):
        return None
    raise RefusedRequest(400, "Bad Request: message to be replied not found")


def _buttons(params: Json) -> list[list[Json]]:
    rows: list[list[Json]] = params.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (b for row in rows for b in row):
        if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
            raise RefusedRequest(400, "Bad Request: BUTTON_DATA_INVALID")
    return rows


def _preview(params: Json) -> bool:
    return not params.get("link_preview_options", {}).get("is_disabled", False)
