"""The whole road on a platform: who the bot is, a source, a subscription, a question, a restart.

The same steps on Telegram and on Matrix; only how a person speaks and hears differs.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from e2e.process import BotProcess
from e2e.web import NewsSite

FERRY = (
    "Ferry Marla Quist runs aground off Port Halden",
    "The passenger ferry Marla Quist ran aground on the Grey Teeth rocks near Port Halden on Monday morning. "
    "The coastguard said that eleven people were hurt. Lifeboats brought all 221 people ashore before seven.",
)
TRAM = (
    "First trams run on the harbour line in Brennick",
    "Trams began to run on the new harbour line in Brennick on Saturday. The line is 8.4 kilometres long. "
    "Travel is free until the end of November, said the mayor, Petra Olander.",
)


class Voice(Protocol):
    """A person in one chat with the bot."""

    prefix: str
    """What a command begins with."""

    async def say(self, text: str) -> None:
        """Write to the bot."""
        ...

    def heard(self) -> list[str]:
        """Everything the bot wrote here, oldest first."""
        ...

    async def until(self, test: Callable[[], bool]) -> None:
        """Wait for the bot."""
        ...


async def ask(voice: Voice, text: str) -> str:
    """Say something; the bot's next message."""
    before = len(voice.heard())
    await voice.say(text)
    await voice.until(lambda: len(voice.heard()) > before)
    return voice.heard()[before]


async def walk(
    voice: Voice, bot: BotProcess, site: NewsSite, *, restart: Callable[[], Awaitable[None]]
) -> None:
    """Walk the whole road; raises AssertionError where the bot strays."""
    for item in (FERRY, TRAM):
        site.publish(*item)

    assert "help" in (await ask(voice, f"{voice.prefix}start")).lower()
    assert "subscri" in (await ask(voice, f"{voice.prefix}subscribe all live")).lower()
    await _source_is_added_and_told(voice, site)
    await _question_is_answered(voice)
    await _restart_loses_and_repeats_nothing(voice, bot, restart)


async def _source_is_added_and_told(voice: Voice, site: NewsSite) -> None:
    assert "added" in (await ask(voice, f"{voice.prefix}addsource {site.feed}")).lower()
    await voice.until(lambda: all(told(voice, title) for title, _ in (FERRY, TRAM)))


async def _question_is_answered(voice: Voice) -> None:
    answer = await ask(voice, f"{voice.prefix}ask How long is the new tram line in Brennick?")

    assert "8.4" in answer
    assert "[1]" in answer


async def _restart_loses_and_repeats_nothing(
    voice: Voice, bot: BotProcess, restart: Callable[[], Awaitable[None]]
) -> None:
    await bot.settle()
    before = voice.heard()
    await bot.kill()
    await voice.say(f"{voice.prefix}ask How many people were hurt on the ferry Marla Quist?")
    await restart()
    await voice.until(lambda: len(voice.heard()) > len(before))

    answer = voice.heard()[len(before)]
    assert re.search(r"eleven|11", answer)
    assert [told(voice, title) for title, _ in (FERRY, TRAM)] == [1, 1]
    assert voice.heard()[: len(before)] == before


def told(voice: Voice, title: str) -> int:
    """How often a story was posted."""
    return sum(text.lstrip("*# ").startswith(title) for text in voice.heard())
