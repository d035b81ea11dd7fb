"""What owners and admins are told without having asked: a chat that can't be written to, a source that died.

Pure. A platform's reason is told in plain words where they are known, and as it came otherwise.
"""

from __future__ import annotations

from bot.chat.blocks import bold, link, mono, paragraph, reply
from bot.chat.carry import NAMES
from bot.chat.render import clip, prefix
from bot.chat.words import host, moment, public
from bot.types import Button, Chat, Reply, Source

REASONS = (
    (("blocked",), "I was blocked there"),
    (("kicked", "removed", "not a member", "not in the room", "channel_private"), "I was removed from it"),
    (("topic", "thread not found"), "its topic was deleted or closed"),
    (("deactivated",), "the account or group was deleted"),
    (("rights", "may not", "forbidden", "restricted"), "I have no right to write there"),
    (
        ("not found", "not_found", "unrecognized", "initiate conversation", "peer_id"),
        "the platform does not know it",
    ),
)
"""Parts of what platforms say, and what they mean."""


def gone(chat: Chat, reason: str, *, resting: int) -> Reply:
    """A chat was given up; `resting` of its subscriptions wait."""
    where = NAMES.get(chat.address.platform, chat.address.platform)
    name = chat.title or chat.address.chat
    topic = f", topic {chat.address.thread}" if chat.address.thread else ""
    start = f"{prefix(chat.address.platform)}start"
    rests = "Its subscriptions rest" if resting else "It has no subscriptions"
    return reply(
        paragraph("I can't write to ", bold(name), f" ({where}{topic}) any more: {in_words(reason)}."),
        paragraph(f"{rests}. {start} there takes it up again."),
    )


def source_died(source: Source, *, wrong: str, remedy: str, zone: str, platform: str) -> Reply:
    """A source was given up: which, why, and what can be done; `zone` and `platform` are the chat's."""
    title = clip(source.title or host(source.url) or source.url, 80)
    since = f" It has failed since {moment(source.failing_since, zone)}." if source.failing_since else ""
    sign = prefix(platform)
    return reply(
        paragraph(bold("I gave a source up: "), link(title, public(source.url)), f" (number {source.id})."),
        paragraph(f"{wrong}{since} I don't read it any more; its articles stay. {remedy}".rstrip()),
        paragraph(
            "To give it another address: ", mono(f"{sign}setsource {source.id} url https://example.org/feed")
        ),
        buttons=[
            [Button("Look at it now", f"checksource {source.id}")],
            [Button("Read it again", f"resumesource {source.id}")],
            [Button("Remove it", f"removesource {source.id}")],
        ],
    )


def in_words(reason: str) -> str:
    """Why a platform takes nothing, in plain words where they are known."""
    said = reason.lower()
    return next((words for parts, words in REASONS if any(part in said for part in parts)), reason)
