"""The chat's settings: time zone, length, language, quiet hours.

The hard thing is a time zone for people who don't know its name: they say what time it is, and choose
among well-known places where it is that time now.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.chat.blocks import bold, bullet, heading, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.subscriptions import first_due
from bot.schedule import time_of, zone_of
from bot.types import Button, Chat, Length, Reply

PLACES = (
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Moscow", "Africa/Lagos"),
    *("Africa/Johannesburg", "Africa/Nairobi", "Africa/Cairo", "Asia/Tehran", "Asia/Dubai", "Asia/Kabul"),
    *("Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok"),
    *("Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul", "Australia/Perth"),
    *("Australia/Adelaide", "Australia/Darwin", "Australia/Sydney", "Australia/Brisbane"),
    *("Pacific/Auckland", "Pacific/Noumea", "Pacific/Tongatapu", "Pacific/Honolulu"),
    *("America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Phoenix"),
    *("America/Chicago", "America/Mexico_City", "America/New_York", "America/Bogota", "America/Halifax"),
    *("America/Caracas", "America/St_Johns", "America/Sao_Paulo", "America/Buenos_Aires"),
    *("Atlantic/Azores", "Atlantic/Cape_Verde"),
)
"""Places that people know, to choose from by their local time."""
CLOSE = timedelta(minutes=10)
"""How wrong a person's clock may be."""
OFFERED = 6
CLOCK = re.compile(r"\b(\d{1,2}:\d{2})\b")
OFF = {"off", "none", "no", "auto", "-"}


async def settings(request: Request) -> Reply:
    """Show the settings, or change the one that the arguments name."""
    text = request.arguments.strip()
    if not text:
        return _shown(request.chat, request.sign)
    name, _, value = text.partition(" ")
    change = CHANGES.get(name.lower())
    if change:
        return await change(request.saying(value.strip()))
    if CLOCK.search(text):
        return _places(request, text)
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
    if not request.arguments or CLOCK.search(request.arguments):
        return _places(request, request.arguments)
    name = request.arguments.replace(" ", "_")
    zone_of(name)
    async with request.store.transaction():
        chat = await request.store.chats.change(request.chat.id, timezone=name)
        for subscription in await request.store.subscriptions.list(chat.id):
            waiting = subscription.due_at is not None
            due = first_due(subscription, chat, request.now, waiting=waiting)
            await request.store.subscriptions.reschedule(subscription.id, due)
    return say("Time zone: ", bold(name), f". It is {_local(request.now, name):%H:%M} there.")


def _local(now: datetime, zone: str) -> datetime:
    return now.astimezone(zone_of(zone))


def _places(request: Request, text: str) -> Reply:
    """Offer the places where it is the time that the person says."""
    clock = CLOCK.search(text)
    if not clock:
        raise Usage("Which time zone? A name like Europe/Berlin, or tell me: it's 14:05 here.")
    said = time_of(clock[1])
    minutes = timedelta(hours=said.hour, minutes=said.minute)
    fitting = [place for place in PLACES if _apart(_local(request.now, place), minutes) <= CLOSE]
    if not fitting:
        raise Usage(f"I know no place where it is {clock[1]} now. A name like Europe/Berlin always works.")
    buttons = [[Button(place.replace("_", " "), f"settings timezone {place}")] for place in fitting[:OFFERED]]
    return say(f"Where is it {clock[1]} now?", buttons=buttons)


def _apart(local: datetime, said: timedelta) -> timedelta:
    """How far a local time is from what was said, around midnight too."""
    apart = abs(timedelta(hours=local.hour, minutes=local.minute) - said)
    return min(apart, timedelta(days=1) - apart)


async def _length(request: Request) -> Reply:
    names = [length.value for length in Length]
    if request.arguments.lower() not in names:
        raise Usage(f"Lengths are {', '.join(names)}.")
    chat = await request.store.chats.change(request.chat.id, length=Length(request.arguments.lower()))
    return say("Length of summaries: ", bold(chat.length.value), ".")


async def _language(request: Request) -> Reply:
    code = request.arguments.lower()
    if code in OFF:
        await request.store.chats.change(request.chat.id, language="")
        return say("Summaries come in the language of their article.")
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise Usage("A language is a code like en or de; off keeps the language of the article.")
    await request.store.chats.change(request.chat.id, language=code)
    return say(
        "Language: ", bold(code), ". Where my model can't write it, you get the original and I say so."
    )


async def _quiet(request: Request) -> Reply:
    if request.arguments.lower() in OFF:
        await request.store.chats.change(request.chat.id, quiet_from="", quiet_until="")
        return say("No quiet hours.")
    ends = [end for end in re.split(r"\s*(?:-|–|to|until)\s*|\s+", request.arguments) if end]
    if len(ends) != 2:
        raise Usage("Quiet hours are two times, like 22:00-07:00, or off.")
    start, end = (f"{time_of(e):%H:%M}" for e in ends)
    if start == end:
        raise Usage("Quiet hours need a beginning and another end.")
    await request.store.chats.change(request.chat.id, quiet_from=start, quiet_until=end)
    return say("Quiet hours: ", bold(f"{start} to {end}"), f" ({request.zone}). What comes then waits.")


SHOWN = ("timezone", "length", "language", "quiet")
CHANGES: Mapping[str, Callable[[Request], Awaitable[Reply]]] = {
    "timezone": _timezone,
    "zone": _timezone,
    "length": _length,
    "language": _language,
    "quiet": _quiet,
}
