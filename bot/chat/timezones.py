"""Time zones for people who don't know the name of theirs: by city, or by what time it is where they are.

Pure. The hard thing is that a clock alone says little: six places may have it, and without am or pm
half a day is open, so people choose from places that they know.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import available_timezones

from bot.chat.clocks import CLOCK, time_in
from bot.chat.render import clip
from bot.errors import BadInput
from bot.schedule import zone_of

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
CONTINENTS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
NOWHERE = frozenset({"Factory", "localtime"})
"""In the time zone database, but no place: a machine that nobody set, and whatever this machine has."""
CLOSE = timedelta(minutes=10)
"""How wrong a person's clock may be."""
HALF_A_DAY = timedelta(hours=12)
_SAID = re.compile(
    r"(?:it['’]?s|it is|the time is)\s+(?:now\s+)?(?=\d).{1,12}\s(?:here|now)[.!]?", re.IGNORECASE
)


def clock_in(text: str) -> tuple[time, bool] | None:
    """The time of day that a text names, and whether am or pm was said; BadInput where it can't be.

    A lone number is none: `it's 14 here` may be a temperature.
    """
    first = next(filter(_is_clock, CLOCK.finditer(text)), None)
    return (time_in(first), bool(first["half"])) if first else None


def _is_clock(found: re.Match[str]) -> bool:
    return bool(found["minute"] or found["half"])


def says_clock(text: str) -> bool:
    """Whether a text says what time it is where its writer is, and nothing else."""
    return bool(_SAID.fullmatch(text.strip())) and any(map(_is_clock, CLOCK.finditer(text)))


def places(said: time, now: datetime, *, sure: bool) -> list[str]:
    """Where it is that time now; then where it is half a day later, unless am or pm was said."""
    minutes = timedelta(hours=said.hour, minutes=said.minute)
    meant = [minutes] if sure or said.hour > 12 else [minutes, minutes + HALF_A_DAY]
    return [place for m in meant for place in PLACES if _apart(now, place, m) <= CLOSE]


def _apart(now: datetime, place: str, said: timedelta) -> timedelta:
    """How far the local time of a place is from what was said, around midnight too."""
    local, day = now.astimezone(zone_of(place)), timedelta(days=1)
    apart = abs(timedelta(hours=local.hour, minutes=local.minute) - said) % day
    return min(apart, day - apart)


def named(text: str) -> str:
    """The zone of an IANA name in any letters, or of a city that has one; BadInput where there is none."""
    found = _by_name().get(text.strip().replace(" ", "_").casefold())
    if found is None:
        raise BadInput(f"I don't know the time zone “{clip(text, 60)}”. Names look like Europe/Berlin.")
    return found


@cache
def _by_name() -> dict[str, str]:
    """Zones by folded name and by folded city; of cities that several have, the first of the alphabet."""
    zones = sorted(z for z in available_timezones() - NOWHERE if not z.startswith(("posix/", "right/")))
    cities = {z.rpartition("/")[2].casefold(): z for z in reversed(zones) if z.startswith(CONTINENTS)}
    return cities | {zone.casefold(): zone for zone in zones}
