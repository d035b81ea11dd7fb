"""What `/subscribe` and `/unsubscribe` understand, and how a subscription is said back.

Pure. People write orders in many ways; what is understood is always repeated in words, so that a
misunderstanding is seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat import filters
from bot.chat.command import Usage
from bot.chat.words import WEEKDAYS, host
from bot.schedule import time_of
from bot.types import Cadence, Source, Subscription, SubscriptionKind

MORNING = "08:00"
DAYS = {name[:3].lower(): number for number, name in enumerate(WEEKDAYS, start=1)}
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A subscription as asked for."""

    kind: SubscriptionKind
    value: str
    cadence: Cadence
    at: str = MORNING
    weekdays: tuple[int, ...] = ()


def read_order(text: str, *, sources: Mapping[int, Source]) -> Order:
    """Read `[WHAT] [WHEN]`; Usage or BadInput say what is wrong.

    Without WHEN everything comes as a daily digest and anything narrower at once.
    """
    what, when = _split(text.translate(QUOTES).split())
    kind, value = _what(what, sources)
    cadence, at, weekdays = _when(when) if when else (_usual(kind), MORNING, ())
    return Order(kind=kind, value=value, cadence=cadence, at=at, weekdays=weekdays)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """WHEN starts at the last word that names a cadence, if only a time and days follow it."""
    for place in range(len(words) - 1, -1, -1):
        if words[place].lower() in set(Cadence):
            return list(words[:place]), list(words[place:])
        if not _after_cadence(words[place]):
            break
    return list(words), []


def _after_cadence(word: str) -> bool:
    return (
        word.lower() == "at" or ":" in word or all(d[:3].lower() in DAYS for d in word.strip(",").split(","))
    )


def _usual(kind: SubscriptionKind) -> Cadence:
    return Cadence.DAILY if kind is SubscriptionKind.ALL else Cadence.LIVE


def _what(words: Sequence[str], sources: Mapping[int, Source]) -> tuple[SubscriptionKind, str]:
    first, rest = (words[0].lower(), " ".join(words[1:])) if words else ("all", "")
    known = {source.topic.casefold(): source.topic for source in sources.values() if source.topic}
    if first in {"all", "everything"} and not rest:
        return SubscriptionKind.ALL, ""
    if first == "source" and rest:
        return SubscriptionKind.SOURCE, _source(rest, sources)
    if first == "story" and rest:
        return SubscriptionKind.STORY, _number(first, rest)
    if first == "topic" and rest:
        return SubscriptionKind.TOPIC, _topic(rest, known)
    if first in {"keyword", "filter"} and rest:
        return SubscriptionKind.KEYWORD, filters.parse(_unquoted(rest)).source
    whole = " ".join(words)
    if whole.casefold() in known:
        return SubscriptionKind.TOPIC, known[whole.casefold()]
    return SubscriptionKind.KEYWORD, filters.parse(_unquoted(whole)).source


def _unquoted(text: str) -> str:
    """Quotation marks around the whole are the example's, not the filter's, if it has operators."""
    inner = text[1:-1]
    whole = len(text) > 2 and text[0] == text[-1] == '"' and '"' not in inner
    operators = {"AND", "OR", "NOT"} & set(inner.split()) or any(c in inner for c in ":()/")
    return inner if whole and operators else text


def _source(text: str, sources: Mapping[int, Source]) -> str:
    """The source's number, given as such or as a name that only one source has."""
    number = text.removeprefix("#")
    named = [s.id for s in sources.values() if text.casefold() in {s.title.casefold(), host(s.url)}]
    if number.isascii() and number.isdecimal() and int(number[:15]) in sources:
        return str(int(number[:15]))
    if len(named) == 1:
        return str(named[0])
    raise Usage(
        f"I have no source {text}." if not named else f"Several sources are called {text}; take a number."
    )


def _number(kind: str, text: str) -> str:
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise Usage(f"Which {kind}? Give me its number.")
    return str(int(digits))


def _topic(text: str, known: Mapping[str, str]) -> str:
    if text.casefold() in known:
        return known[text.casefold()]
    below = [topic for folded, topic in known.items() if folded.startswith(f"{text.casefold()}/")]
    if below:
        return below[0][: len(text)]
    raise Usage(f"I know no topic “{text}”. " + (f"Topics: {', '.join(known.values())}." if known else ""))


def _when(words: Sequence[str]) -> tuple[Cadence, str, tuple[int, ...]]:
    cadence = Cadence(words[0].lower())
    rest = [word for word in words[1:] if word.lower() != "at"]
    times = [word for word in rest if ":" in word]
    days = [day for word in rest if ":" not in word for day in word.split(",") if day]
    if len(times) > 1 or (times and cadence not in {Cadence.DAILY, Cadence.WEEKLY}):
        raise Usage("I need one time of day at most, and only for daily or weekly.")
    if days and cadence is not Cadence.WEEKLY:
        raise Usage("Weekdays go with weekly.")
    at = f"{time_of(times[0]):%H:%M}" if times else MORNING
    return cadence, at, tuple(sorted({DAYS[day[:3].lower()] for day in days}))


def describe(order: Order | Subscription, sources: Mapping[int, Source]) -> str:
    """`source River Post, daily at 08:00`."""
    return f"{_describe_what(order, sources)}, {_describe_when(order)}"


def _describe_what(order: Order | Subscription, sources: Mapping[int, Source]) -> str:
    match order.kind:
        case SubscriptionKind.ALL:
            return "everything"
        case SubscriptionKind.SOURCE:
            source = sources.get(int(order.value))
            return f"source {source.title or source.url}" if source else f"source {order.value} (gone)"
        case SubscriptionKind.TOPIC:
            return f"topic {order.value}"
        case SubscriptionKind.KEYWORD:
            return f"stories with {order.value}"
        case SubscriptionKind.STORY:
            return f"story {order.value}"


def _describe_when(order: Order | Subscription) -> str:
    match order.cadence:
        case Cadence.LIVE:
            return "at once"
        case Cadence.HOURLY:
            return "hourly"
        case Cadence.DAILY:
            return f"daily at {order.at}"
        case Cadence.WEEKLY:
            days = ", ".join(WEEKDAYS[number - 1] for number in order.weekdays or (1,))
            return f"weekly on {days} at {order.at}"
