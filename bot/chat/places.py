"""Where a message stands: the chat that it belongs to, and what it may be about.

Pure. The hard thing is threads. A topic on Telegram is a place that people subscribe in, so it is a
chat of its own. On Matrix every answer in a room opens a thread: that is only a place of the talk, and
the room's settings, subscriptions, posts and history hold in it. What is said there is answered there:
the outbox takes a reply's thread from the message that it answers.
"""

from __future__ import annotations

from dataclasses import replace

from bot.types import Address, Message

PLACES_ONLY = frozenset({"matrix"})
"""Platforms whose threads are no chats of their own."""


def home(message: Message) -> Address:
    """The address of the chat that the message belongs to."""
    return replace(message.address, thread="") if root(message) else message.address


def root(message: Message) -> str:
    """The message that its thread hangs under, where a thread is only a place; else empty."""
    return message.address.thread if message.address.platform in PLACES_ONLY else ""


def hangs_on(message: Message) -> tuple[str, ...]:
    """The messages that it may be about, the closest first: what it replies to, then its thread's root."""
    return tuple(dict.fromkeys(i for i in (message.reply_to, root(message)) if i))
