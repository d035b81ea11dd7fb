"""When and how a subscription comes: the clauses at the end of an order, such as `live max 5 in German`.

Pure. The hard thing is that an order begins with free words (a filter) and that filters may have words
such as `live` or `long`: clauses are the longest end of the text that reads as nothing else. Once one
clause is certain, a mistake in the next is named instead of being searched for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from bot.chat import filters
from bot.chat.clocks import CLOCK, HALVES, clock, span
from bot.chat.command import Usage
from bot.chat.words import WEEKDAYS
from bot.errors import BadInput
from bot.news import languages
from bot.schedule import time_of
from bot.types import ORIGINAL, Cadence, Length

DAYS = {name[:3].lower(): number for number, name in enumerate(WEEKDAYS, start=1)}
GROUPS = {"weekdays": (1, 2, 3, 4, 5), "weekends": (6, 7), "weekend": (6, 7)}
LENGTHS = {"headline": Length.HEADLINE, "headlines": Length.HEADLINE, "short": Length.SHORT} | {
    "long": Length.LONG
}
OFF = frozenset({"off", "none", "no"})
CHAT = frozenset({"chat", "default"})
"""Words for: as the chat has it."""
NEVER = "00:00"
"""Quiet hours that begin and end here are none at all."""
LARGEST = 100
"""Posts a day that a limit may allow."""
FIRST = frozenset({"in", "language", "length", "limit", "max", "maximum", "quiet"})
"""Options that an order may begin with. Not `urgent` and `changes`: any word may follow them in a filter."""
_BETWEEN = frozenset({"-", "–", "to", "until"})
_CADENCES = {cadence.value: cadence for cadence in Cadence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """What the clauses say; None and absent options: nothing."""

    cadence: Cadence | None = None
    at: str | None = None
    weekdays: tuple[int, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    """Fields of `Options` with their new values."""


def tokens(text: str) -> list[str]:
    """The words of `text`; what stands in quotation marks or parentheses stays together."""
    found, start, depth, quoted = [], 0, 0, False
    for place, sign in enumerate(f"{text} "):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "()":
            depth = max(depth + (1 if sign == "(" else -1), 0)
        elif sign.isspace() and (place == len(text) or not (quoted or depth)):
            found.append(text[start:place])
            start = place + 1
    return [token for token in (*found, text[start:]) if token.strip()]


def at_the_end(words: Sequence[str], *, first: int, changes_alone: bool) -> tuple[int, Clauses]:
    """Where the clauses begin, at `first` or later, and what they say; Usage names a mistake.

    `changes_alone`: a lone `changes` is a clause, not the last word of a filter.
    """
    for place in range(first, len(words)):
        tail = list(words[place:])
        if tail[0].lower() == "changes" and len(tail) == 1 and not changes_alone:
            break
        found = _read(tail, certain=False)
        if found is not None:
            return place, found
    return len(words), Clauses()


def read(words: Sequence[str]) -> Clauses:
    """Read clauses and nothing else; Usage names the first word that is none."""
    found = _read(list(words), certain=True)
    if found is None:
        raise Usage(f"Something is missing after “{words[-1]}”.")
    return found


def _read(words: list[str], *, certain: bool) -> Clauses | None:
    reader = _Reader(words, certain=certain)
    while reader.place < len(words):
        if not reader.step():
            return None
    return reader.clauses()


class _Reader:
    """One pass over the words; `certain` once a clause was read that can't be anything else."""

    def __init__(self, words: list[str], *, certain: bool) -> None:
        self.words = words
        self.place = 0
        self.anywhere = certain
        self.certain = certain
        self.cadence: Cadence | None = None
        self.times: list[str] = []
        self.days: list[int] = []
        self.options: dict[str, Any] = {}

    def clauses(self) -> Clauses:
        """What was read."""
        if len(self.times) > 1:
            raise Usage("I need one time of day at most, and only for daily or weekly.")
        return Clauses(
            cadence=self.cadence,
            at=self.times[0] if self.times else None,
            weekdays=tuple(sorted(set(self.days))) or None,
            options=self.options,
        )

    def peek(self, ahead: int = 0) -> str:
        """A word from here, folded; empty after the end."""
        place = self.place + ahead
        return self.words[place].lower().strip(",") if place < len(self.words) else ""

    def step(self) -> bool:
        """Read one clause; False where the next word begins none."""
        word = self.peek()
        if word in {"and", "with", ""} and self.words[self.place] not in {"AND", "WITH"}:
            return self._joined()
        reads = self._when() or self._option(word)
        if not reads and self.anywhere:
            raise Usage(f"I don't understand “{self.words[self.place]}” here.")
        self.certain = self.certain or reads
        return reads

    def _joined(self) -> bool:
        """`and` and `with` join clauses; at the end they are nothing."""
        self.place += 1
        return self.place < len(self.words)

    # --- when ---

    def _when(self) -> bool:
        word = self.peek()
        if word in _CADENCES:
            if self.cadence:
                raise Usage("I need one of live, hourly, daily and weekly.")
            self.cadence = _CADENCES[word]
            self.place += 1
            return True
        if not (self.cadence or self.anywhere or "most" in self.options):
            return False
        if word in {"at", "on"} and self.peek(1) != "most":
            self.place += 1
            return True
        if self._clock(word):
            return True
        days = _days(word)
        self.days += days
        self.place += bool(days)
        return bool(days)

    def _clock(self, word: str) -> bool:
        """A time of day; a lone number is one only after a pace that has one."""
        halves = self.peek(1) in HALVES
        if word.isdecimal() and not halves and self.cadence not in {Cadence.DAILY, Cadence.WEEKLY}:
            return False
        moment = clock(f"{word} {self.peek(1)}" if halves else word)
        if moment is None and ":" not in word:
            return False
        self.times.append(f"{moment or time_of(word):%H:%M}")
        self.place += 2 if halves else 1
        return True

    # --- how ---

    def _option(self, word: str) -> bool:
        if word in LENGTHS:
            return self._set("length", LENGTHS[word], 1)
        if word in {"no", "without"} and self.peek(1) in _REMOVED:
            name, value = _REMOVED[self.peek(1)]
            return self._set(name, value, 2) if name != "quiet" else self._quiet_set(NEVER, NEVER, 2)
        if word == "at" and self.peek(1) == "most":
            return self._most(2)
        reading = _BY_NAME.get(word)
        return bool(reading and reading(self))

    def _set(self, name: str, value: object, words: int) -> bool:
        self.options[name] = value
        self.place += words
        return True

    def _length(self) -> bool:
        word = self.peek(1)
        if word in LENGTHS:
            return self._set("length", LENGTHS[word], 2)
        if word in CHAT:
            return self._set("length", None, 2)
        return self._wrong("Lengths are headline, short and long.")

    def _most(self, words: int = 1) -> bool:
        number = self.peek(words)
        if number in OFF:
            return self._set("most", None, words + 1)
        digits = number.isascii() and number.isdecimal()
        if not (digits and 1 <= int(number[:6]) <= LARGEST):
            said = f"I need a number from 1 to {LARGEST} after “{self.words[self.place]}”, like max 5."
            self.certain = self.certain or digits
            return self._wrong(said)
        self._set("most", int(number), words + 1)
        if self.peek() in {"a", "per"} and self.peek(1) == "day":
            self.place += 2
        return True

    def _urgent(self) -> bool:
        given = self.words[self.place + 1] if self.place + 1 < len(self.words) else ""
        if given.lower() in OFF:
            return self._set("urgent", "", 2)
        if not given:
            return self._wrong("After “urgent” I need the words that make a story urgent.")
        try:
            wanted = filters.parse(_bare(unquoted(given))).source
        except BadInput as e:
            return self._wrong(f"After “urgent”: {e}")
        return self._set("urgent", wanted, 2)

    def _quiet(self) -> bool:
        word = self.peek(1)
        if word in OFF:
            return self._quiet_set(NEVER, NEVER, 2)
        if word in CHAT:
            return self._quiet_set("", "", 2)
        words = 2
        while self.peek(words) in _BETWEEN | HALVES or CLOCK.fullmatch(self.peek(words)):
            words += 1
        given = span(" ".join(self.peek(n) for n in range(1, words)))
        if given is None and ":" not in word and not self.certain:
            return False
        if given is None:
            raise Usage("Quiet hours are two times, like quiet 22:00-07:00, or off.")
        start, end = (f"{moment:%H:%M}" for moment in given)
        if start == end:
            raise Usage("Quiet hours need a beginning and another end.")
        return self._quiet_set(start, end, words)

    def _quiet_set(self, start: str, end: str, words: int) -> bool:
        self.options["quiet_from"] = start
        return self._set("quiet_until", end, words)

    def _in(self) -> bool:
        words = 2 if self.peek(1) == "the" else 1
        if self.peek(words) == ORIGINAL:
            return self._set("language", ORIGINAL, words + 1)
        code = languages.code(self.peek(1))
        return self._set("language", code, 2) if code else self._wrong(_unknown(self.peek(1)))

    def _language(self) -> bool:
        word = self.peek(1)
        if word in CHAT:
            return self._set("language", "", 2)
        if word == ORIGINAL or word in OFF:
            return self._set("language", ORIGINAL, 2)
        longest = 3 if self.certain else 2  # three letters may be a word of a filter: `language gap`
        code = languages.code(word) or (word if re.fullmatch(f"[a-z]{{2,{longest}}}", word) else "")
        return self._set("language", code, 2) if code else self._wrong(_unknown(word))

    def _changes(self) -> bool:
        words = 2 if self.peek(1) in OFF | {"on"} else 1
        return self._set("changes", self.peek(1) not in OFF, words)

    def _wrong(self, said: str) -> bool:
        """A mistake where a clause is certain; elsewhere the word is no clause."""
        if self.certain:
            raise Usage(said)
        return False


_BY_NAME: dict[str, Callable[[_Reader], bool]] = {
    "length": _Reader._length,
    "max": _Reader._most,
    "maximum": _Reader._most,
    "limit": _Reader._most,
    "urgent": _Reader._urgent,
    "quiet": _Reader._quiet,
    "in": _Reader._in,
    "language": _Reader._language,
    "changes": _Reader._changes,
}
_REMOVED: dict[str, tuple[str, Any]] = {
    "max": ("most", None),
    "limit": ("most", None),
    "urgent": ("urgent", ""),
    "changes": ("changes", False),
    "quiet": ("quiet", None),
}


def _unknown(language: str) -> str:
    return f"I don't know the language “{language}”. Write a name like German, or: language de."


def _days(word: str) -> list[int]:
    """`mon`, `mon,thu`, `mon-fri`, `weekdays`; none where it is something else."""
    found: list[int] = []
    for item in word.split(","):
        ends = [DAYS.get(end[:3]) if end.isalpha() else None for end in re.split("[-–]", item)]
        if item in GROUPS:
            found += GROUPS[item]
        elif len(ends) == 1 and ends[0] and _named(item):
            found.append(ends[0])
        elif len(ends) == 2 and ends[0] and ends[1]:
            found += [(ends[0] - 1 + n) % 7 + 1 for n in range((ends[1] - ends[0]) % 7 + 1)]
        elif item:
            return []
    return found


def _named(word: str) -> bool:
    """A day's name or the beginning of one, of three letters or more; `sunny` is none."""
    return any(name.lower().startswith(word.rstrip("s") if len(word) > 5 else word) for name in WEEKDAYS)


def unquoted(text: str) -> str:
    """Quotation marks around the whole are the example's, not the filter's, if it has operators."""
    inner = text[1:-1]
    whole = len(text) > 2 and text[0] == text[-1] == '"' and '"' not in inner
    operators = {"AND", "OR", "NOT"} & set(inner.split()) or any(c in inner for c in ":()/")
    return inner if whole and operators else text


def _bare(text: str) -> str:
    """A filter without the parentheses that hold its words together."""
    inner = text[1:-1]
    depths = list(accumulate({"(": 1, ")": -1}.get(sign, 0) for sign in inner))
    whole = len(text) > 2 and text[0] == "(" and text[-1] == ")"
    return inner if whole and min(depths) >= 0 and depths[-1] == 0 else text
