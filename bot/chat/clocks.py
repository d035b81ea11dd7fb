"""A time of day as people write it: `8:05`, `7.30`, `18h`, `8 pm`, `noon`. Pure."""

from __future__ import annotations

import re
from datetime import time

from bot.errors import BadInput
from bot.schedule import time_of

HALVES = frozenset({"am", "pm", "a.m.", "p.m.", "a.m", "p.m"})
NAMED = {"noon": time(12), "midnight": time(0)}
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{1,2})|h)?(?:\s*(?P<half>[ap])\.?m\b\.?)?", re.IGNORECASE
)
_BETWEEN = frozenset({"-", "–", "to", "until", "till", "from", "and"})


def clock(text: str) -> time | None:
    """The time that a text is; None where it is something else, BadInput for one that no day has."""
    folded = text.strip().lower()
    found = CLOCK.fullmatch(folded)
    return time_in(found) if found else NAMED.get(folded)


def time_in(found: re.Match[str]) -> time:
    """The time that was found; BadInput where no day has it."""
    said, half = time_of(f"{found['hour']}:{found['minute'] or '00'}"), (found["half"] or "").lower()
    if not half:
        return said
    if not 1 <= said.hour <= 12:
        raise BadInput(f"“{found[0]}” is not a time of day. Write it like 2:05 pm or 14:05.")
    return said.replace(hour=said.hour % 12 + (12 if half == "p" else 0))


def span(text: str) -> tuple[time, time] | None:
    """The two times of `22:00-07:00`, `10 pm to 7 am`; None where it is something else."""
    times = list(CLOCK.finditer(text))
    between = CLOCK.sub(" ", text).lower().split()
    if len(times) != 2 or not _BETWEEN.issuperset(between):
        return None
    return time_in(times[0]), time_in(times[1])
