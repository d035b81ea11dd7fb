"""What `/subscribe` and `/unsubscribe` understand, and how a subscription is said back.

Pure. People write orders in many ways; what is understood is always repeated in words, so that a
misunderstanding is seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat import filters
from bot.chat.clauses import (
    FIRST,
    LENGTHS,
    Clauses,
    at_the_end,
    read,
    tokens,
    unquoted,
)
from bot.chat.command import Usage
from bot.chat.wording import describe_days, describe_options
from bot.chat.words import called, host
from bot.types import NO_OPTIONS, Cadence, Options, Source, Subscription, SubscriptionKind

MORNING = "08:00"
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})
KINDS = frozenset({"source", "topic", "story", "like", "keyword", "filter"})
THIS = frozenset({"", "this", "that", "it"})
"""Instead of a story's number: the story of the post that is replied to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A subscription as asked for."""

    kind: SubscriptionKind
    value: str
    """As in `Subscription`; empty for `story` and `like`: that of the post that is replied to."""
    cadence: Cadence
    at: str = MORNING
    weekdays: tuple[int, ...] = ()
    options: Options = NO_OPTIONS


def read_order(text: str, *, sources: Mapping[int, Source], at: str = MORNING) -> Order:
    """Read `[WHAT] [WHEN] [HOW]`; Usage or BadInput say what is wrong.

    Without WHEN everything comes as a daily digest and anything narrower at once; without a time
    of day a digest comes at `at`.
    """
    words = tokens(text.translate(QUOTES))
    kind_named = bool(words) and words[0].lower() in KINDS
    bare = not words or words[0].lower() in _FIRST or " ".join(words[:2]).lower() == "at most"
    place, said = at_the_end(
        words,
        first=_least(words) if kind_named else 0 if bare else 1,
        changes_alone=bool(words) and words[0].lower() in KINDS - {"keyword", "filter"} | EVERYTHING,
    )
    what = [*words[: place - 1], words[place - 1].rstrip(",")] if 0 < place < len(words) else words[:place]
    kind, value = _what(what, sources)
    usual = Order(
        kind=kind,
        value=value,
        cadence=said.cadence or _usual(kind),
        at=at,
        options=Options(changes=kind is SubscriptionKind.STORY and said.cadence in {None, Cadence.LIVE}),
    )
    return changed(usual, said)


EVERYTHING = frozenset({"all", "everything"})
_FIRST = frozenset({*Cadence, *LENGTHS, *FIRST})
"""Words that an order may begin with where it leaves out what it is about."""


def _least(words: Sequence[str]) -> int:
    """How many words say what is wanted, at least: `source 4`, but `like` alone is enough."""
    return 1 if words[0].lower() == "like" else 2


def read_changes(text: str) -> Clauses:
    """Read `[WHEN] [HOW]` alone; Usage names what is no clause."""
    return read(tokens(text.translate(QUOTES)))


def changed(order: Order, said: Clauses) -> Order:
    """The order with what the clauses say; Usage where they don't go together."""
    cadence = said.cadence or order.cadence
    kept = order.weekdays if cadence is order.cadence else ()
    new = replace(
        order,
        cadence=cadence,
        at=order.at if said.at is None else said.at,
        weekdays=kept if said.weekdays is None else said.weekdays,
        options=replace(order.options, **said.options),
    )
    if cadence is not Cadence.LIVE:
        _must_fit_digests(said, cadence)
        return replace(new, options=replace(new.options, most=None, changes=False))
    if said.at is not None and new.options.most is None:
        raise Usage("I need one time of day at most, and only for daily or weekly.")
    if said.weekdays:
        raise Usage("Weekdays go with daily or weekly.")
    return new


def _must_fit_digests(said: Clauses, cadence: Cadence) -> None:
    if said.options.get("most"):
        raise Usage("“max” goes with live: a digest keeps the rest behind its button.")
    if said.options.get("changes"):
        raise Usage("“changes” goes with live: a digest tells what is new anyway.")
    if cadence is Cadence.HOURLY and said.at is not None:
        raise Usage("I need one time of day at most, and only for daily or weekly.")
    if cadence is Cadence.HOURLY and said.weekdays:
        raise Usage("Weekdays go with daily or weekly.")


def _usual(kind: SubscriptionKind) -> Cadence:
    return Cadence.DAILY if kind is SubscriptionKind.ALL else Cadence.LIVE


def _what(words: Sequence[str], sources: Mapping[int, Source]) -> tuple[SubscriptionKind, str]:
    first, rest = (words[0].lower(), " ".join(words[1:])) if words else ("all", "")
    known = {source.topic.casefold(): source.topic for source in sources.values() if source.topic}
    if first in EVERYTHING and not rest:
        return SubscriptionKind.ALL, ""
    if first == "source" and rest:
        return SubscriptionKind.SOURCE, _source(rest, sources)
    if first == "story" and rest:
        return SubscriptionKind.STORY, "" if rest.lower() in THIS else _number(first, rest)
    if (like := _like(first, rest)) is not None:
        return SubscriptionKind.LIKE, like
    if first == "topic" and rest:
        return SubscriptionKind.TOPIC, _topic(rest, known)
    if first in {"keyword", "filter"} and rest:
        return SubscriptionKind.KEYWORD, filters.parse(unquoted(rest)).source
    whole = " ".join(words)
    if whole.casefold() in known:
        return SubscriptionKind.TOPIC, known[whole.casefold()]
    return SubscriptionKind.KEYWORD, filters.parse(unquoted(whole)).source


def _like(first: str, rest: str) -> str | None:
    """The story of `like 12`, `like story 12`, `like this`; None where it is something else."""
    if (first, rest.lower()) == ("more", "like this"):
        return ""
    named = rest.lower().removeprefix("story").strip().removeprefix("#")
    if first != "like" or not (named in THIS or named.isdecimal()):
        return None
    return "" if named in THIS else _number("story", named)


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


def describe(order: Order | Subscription, sources: Mapping[int, Source]) -> str:
    """`source River Post, daily at 08:00, long summaries`."""
    parts = (_describe_what(order, sources), _describe_when(order), *describe_options(order.options))
    return ", ".join(parts)


def _describe_what(order: Order | Subscription, sources: Mapping[int, Source]) -> str:
    match order.kind:
        case SubscriptionKind.ALL:
            return "everything"
        case SubscriptionKind.SOURCE:
            source = sources.get(int(order.value))
            return f"source {called(source)}" if source else f"source {order.value} (gone)"
        case SubscriptionKind.TOPIC:
            return f"topic {order.value}"
        case SubscriptionKind.KEYWORD:
            return f"stories with {order.value}"
        case SubscriptionKind.STORY:
            return f"story {order.value}"
        case SubscriptionKind.LIKE:
            return f"stories like story {order.value}"


def _describe_when(order: Order | Subscription) -> str:
    match order.cadence:
        case Cadence.LIVE:
            return "at once"
        case Cadence.HOURLY:
            return "hourly"
        case Cadence.DAILY:
            days = f" on {describe_days(order.weekdays)}" if order.weekdays else ""
            return f"daily{days} at {order.at}"
        case Cadence.WEEKLY:
            return f"weekly on {describe_days(order.weekdays or (1,))} at {order.at}"
