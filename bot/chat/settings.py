"""The chat's settings: time zone, length, language, quiet hours.

What time zone a person means is found in `timezones`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time

from bot.chat import clocks, timezones
from bot.chat.blocks import bold, bullet, heading, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.subscriptions import settle
from bot.news import languages
from bot.schedule import zone_of
from bot.types import Button, Chat, Length, Reply

OFFERED = 8
OFF = {"off", "none", "no", "auto", "-"}


async def settings(request: Request) -> Reply:
    """Show the settings, or change the one that the arguments name."""
    words = request.arguments.split(maxsplit=1)
    if not words:
        return _shown(request.chat, request.sign)
    change = CHANGES.get(words[0].lower())
    if change:
        return await change(request.saying("".join(words[1:]).strip()))
    if clock := timezones.clock_in(request.arguments):
        return _places(request, *clock)
    raise Usage(f"I know the settings {', '.join(dict.fromkeys(SHOWN))}.")


def _shown(chat: Chat, sign: str) -> Reply:
    quiet = f"{chat.quiet_from} to {chat.quiet_until}" if chat.quiet_from else "none"
    return reply(
        heading("Settings of this chat"),
        bullet("timezone: ", bold(chat.timezone)),
        bullet("length of summaries: ", bold(chat.length.value)),
        bullet("language: ", bold(chat.language or "as in the article")),
        bullet("quiet hours: ", bold(quiet)),
        paragraph(f"To change one: {sign}settings quiet 22:00-07:00"),
    )


async def _timezone(request: Request) -> Reply:
    if clock := timezones.clock_in(request.arguments):
        return _places(request, *clock)
    if not request.arguments:
        raise Usage("Which time zone? A city or a name like Europe/Berlin, or tell me: it's 14:05 here.")
    name = await asyncio.to_thread(timezones.named, request.arguments)
    async with request.store.transaction():
        await settle(request, await request.store.chats.change(request.chat.id, timezone=name))
    return say("Time zone: ", bold(name), f". It is {_local(request.now, name):%H:%M} there.")


def _local(now: datetime, zone: str) -> datetime:
    return now.astimezone(zone_of(zone))


def _places(request: Request, said: time, sure: bool) -> Reply:
    """Offer the places where it is the time that the person says."""
    found = timezones.places(said, request.now, sure=sure)
    if not found:
        raise Usage(f"I know no place where it is {said:%H:%M} now. A name like Europe/Berlin always works.")
    offered = [[Button(place.replace("_", " "), f"settings timezone {place}")] for place in found[:OFFERED]]
    return say(f"Where is it {said:%H:%M} now?", buttons=offered)


async def _length(request: Request) -> Reply:
    names = [length.value for length in Length]
    if request.arguments.lower() not in names:
        raise Usage(f"Lengths are {', '.join(names)}.")
    chat = await request.store.chats.change(request.chat.id, length=Length(request.arguments.lower()))
    return say("Length of summaries: ", bold(chat.length.value), ".")


async def _language(request: Request) -> Reply:
    wanted = request.arguments.lower()
    code = languages.code(wanted) or wanted
    if code in OFF:
        await request.store.chats.change(request.chat.id, language="")
        return say("Summaries come in the language of their article.")
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise Usage(
            "A language is a name or a code, like German or de; off keeps the language of the article."
        )
    await request.store.chats.change(request.chat.id, language=code)
    return say(
        "Language: ", bold(code), ". Where my model can't write it, you get the original and I say so."
    )


async def _quiet(request: Request) -> Reply:
    if request.arguments.lower() in OFF:
        await _hold(request, "", "")
        return say("No quiet hours.")
    given = clocks.span(request.arguments)
    if given is None:
        raise Usage("Quiet hours are two times, like 22:00-07:00, or off.")
    start, end = (f"{moment:%H:%M}" for moment in given)
    if start == end:
        raise Usage("Quiet hours need a beginning and another end.")
    await _hold(request, start, end)
    return say("Quiet hours: ", bold(f"{start} to {end}"), f" ({request.zone}). What comes then waits.")


async def _hold(request: Request, start: str, end: str) -> None:
    async with request.store.transaction():
        chat = await request.store.chats.change(request.chat.id, quiet_from=start, quiet_until=end)
        await settle(request, chat)


SHOWN = ("timezone", "length", "language", "quiet")
CHANGES: Mapping[str, Callable[[Request], Awaitable[Reply]]] = {
    "timezone": _timezone,
    "zone": _timezone,
    "length": _length,
    "language": _language,
    "quiet": _quiet,
}
