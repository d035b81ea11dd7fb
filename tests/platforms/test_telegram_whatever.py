"""Whatever fails while people write, each message is kept once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from botapi import BotApi, Ears, Fault, Person, answers, floods, is_cut, listening
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.types import Message


class Act(Enum):
    """What happens, in any order."""

    SAY = "Ann writes"
    CALM = "the bot has heard all so far"
    CUT_BEFORE = "a poll is cut before the server hears it"
    CUT_AFTER = "a poll is cut after the server answered"
    GATEWAY = "the gateway fails"
    FLOOD = "polling too often"
    DEAF = "the disk is full once"
    AWAY = "the server goes away and comes back"
    RESTART = "the bot is killed and started again"


POLL_FAULTS: dict[Act, Callable[[], Fault]] = {
    Act.CUT_BEFORE: lambda: is_cut("getUpdates", sent=False),
    Act.CUT_AFTER: lambda: is_cut("getUpdates", sent=True),
    Act.GATEWAY: lambda: answers(502, "Bad Gateway", "getUpdates"),
    Act.FLOOD: lambda: floods(5, "getUpdates"),
}


async def at_once(seconds: float) -> None:
    await asyncio.sleep(0)


async def happens(act: Act, api: BotApi, ears: Ears, ann: Person, said: list[str]) -> None:
    if act is Act.SAY:
        said.append(f"message {len(said)}")
        ann.says(said[-1])
    elif act is Act.CALM:
        await api.until(lambda: not api.pending)
    elif act is Act.DEAF:
        ears.deaf += 1
    elif act is Act.AWAY:
        await api.stop()
        await api.start()
    else:
        api.faults.append(POLL_FAULTS[act]())


async def live_through(acts: list[Act]) -> tuple[list[str], list[Message]]:
    """What was said, and what was received when everything had arrived at last."""
    said: list[str] = []
    received: list[Message] = []
    rest = [*acts, Act.CALM]
    async with BotApi() as api:
        ann = api.person()
        while rest:
            platform = TelegramPlatform(TelegramSettings(token=api.token, base_url=api.url), pause=at_once)
            async with listening(api, platform) as ears:
                while rest and (act := rest.pop(0)) is not Act.RESTART:
                    await happens(act, api, ears, ann, said)
            received += ears.heard
            await platform.close()
    return said, received


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.just(Act.SAY), st.sampled_from(Act)), min_size=1, max_size=12))
def test_each_message_is_kept_once_and_in_order(acts: list[Act]) -> None:
    said, received = asyncio.run(live_through(acts))
    kept: dict[str, str] = {}
    for message in received:
        kept.setdefault(message.message_id, message.text)
    assert list(kept.values()) == said
