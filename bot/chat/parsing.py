"""What a message asks for: a command, a question, or nothing that is the bot's business.

Pure. The hard thing is a group: a command with another bot's name, or plain talk that mentions
nobody, must leave the bot silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.chat.render import prefix
from bot.chat.timezones import says_clock
from bot.types import Message

LONGEST_TEXT = 4000
"""Characters of a message that are read; a question is shorter."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command by name, or with an empty name a question."""

    name: str
    arguments: str
    certain: bool = True
    """False: it may be for another bot in the group, so an unknown name is no mistake."""


def wanted(message: Message, bot_name: str) -> Wanted | None:
    """Read a message; None where the bot should say nothing."""
    if message.button:
        name, _, arguments = message.button.partition(" ")
        return Wanted(name.lower(), arguments.strip())
    text = _without_mention(message.text[:LONGEST_TEXT].strip(), bot_name)
    spoken_to = message.private or message.addressed
    if command := _command(text, prefix(message.address.platform)):
        name, to, arguments = command
        if to and to.casefold() != bot_name.casefold():
            return None
        return Wanted(name.lower(), arguments.strip(), certain=bool(spoken_to or to))
    if not (text and spoken_to):
        return None
    return Wanted("settings" if says_clock(text) else "", text)


def _command(text: str, sign: str) -> tuple[str, str, str] | None:
    """Name, bot's name and arguments of `/name@bot arguments`."""
    found = re.match(rf"{re.escape(sign)}([A-Za-z]\w*)(?:@(\w+))?(?:\s+|$)(.*)", text, re.DOTALL)
    return (found[1], found[2] or "", found[3]) if found else None


def _without_mention(text: str, bot_name: str) -> str:
    """`@newsbot what ...`, `newsbot: what ...` and `what ... @newsbot` without the name."""
    name = re.escape(bot_name)
    text = re.sub(rf"^@?{name}(?::[\w.-]+)?\s*[:,]\s*|^@{name}\b\s*", "", text, flags=re.IGNORECASE)
    return re.sub(rf"\s*@{name}\s*$", "", text, flags=re.IGNORECASE)
