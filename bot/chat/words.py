"""Sentences that the bot says in more than one place, dates, and errors turned into sentences.

The voice: short, plain, friendly. An exception's own text is shown only for BadInput, which is
written for people; every other error gets its sentence here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from bot import errors
from bot.chat.blocks import say
from bot.schedule import zone_of
from bot.types import Article, Citation, Reply, Source

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def trouble() -> Reply:
    """What to say when something unexpected broke; the worker has the details in its log."""
    return say("Sorry, something went wrong on my side. It is in the log, and trying again may help.")


def date(when: datetime, zone: str) -> str:
    """`23 Nov 2026`, in the chat's zone."""
    local = when.astimezone(zone_of(zone))
    return f"{local.day} {MONTHS[local.month - 1][:3]} {local.year}"


def moment(when: datetime, zone: str) -> str:
    """`23 Nov 2026, 14:05`, in the chat's zone."""
    return f"{date(when, zone)}, {when.astimezone(zone_of(zone)):%H:%M}"


def weekday(when: datetime, zone: str) -> str:
    """`Monday, 23 November`, in the chat's zone."""
    local = when.astimezone(zone_of(zone))
    return f"{WEEKDAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 outlet`, `2 outlets`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def outlet(item: Article | Citation) -> str:
    """The outlet's name, or its host where it has none."""
    return item.outlet or host(item.url) or "unknown outlet"


def reading(articles: Sequence[Article]) -> str:
    """`Reading “Ferry aground” (River Post) and 2 more…`."""
    first = articles[0]
    more = f" and {len(articles) - 1} more" if len(articles) > 1 else ""
    return f"Reading “{first.title[:90]}” ({outlet(first)}){more}…"


def host(url: str) -> str:
    """The host of a URL without `www.`; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def public(url: str) -> str:
    """A URL as it may be shown: without the name and password that it may have."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else url
    except ValueError:
        return host(url)


def called(source: Source) -> str:
    """What people call a source: its title, or its address."""
    return source.title or public(source.url)


def sentence(error: errors.NewsbotError) -> str:
    """Say an expected error in plain words, with what can be done about it."""
    match error:
        case errors.BadInput():
            return str(error)
        case errors.SourceError():
            return _about_source(error)
        case errors.ModelMissing():
            return "The language model is not on this machine, so I can't write that. My owner can fetch it."
        case errors.ModelBusy():
            return "I have too many questions waiting just now. Please ask again in a minute."
        case errors.ModelError():
            return "The language model failed at this one. Please try again."
        case errors.Conflict():
            return "That exists already."
        case errors.NotFound():
            return "I don't have that (any more)."
        case _:
            return "That didn't work. Please try again later."


def _about_source(error: errors.SourceError) -> str:
    place = host(error.url) or "that address"
    match error:
        case errors.Refused():
            return f"I may not read {place}: its rules for robots or my own safety rules forbid it."
        case errors.HttpStatus(status=404 | 410):
            return f"{place} says that this page does not exist."
        case errors.HttpStatus(status=401 | 402 | 403 | 451):
            return f"{place} does not let me read this page."
        case errors.Paused() | errors.HttpStatus(status=429):
            return f"{place} asks me to come back later."
        case errors.HttpStatus():
            return f"{place} answered with an error ({error.status})."
        case errors.FetchError():
            return f"I could not reach {place}. Please check the address, or try again later."
        case _:
            return (
                f"I could not make sense of what {place} sent: it is no feed, page or text that I can read."
            )
