"""What time a question is about: "yesterday", "in May", "since 3 March", seen from the moment it is asked.

Pure; the moment is passed in, days are UTC days. English, with the everyday phrases of German, French,
Spanish and Italian. The hard thing is that a month without a year means the last one that has begun.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to `until` (exclusive), and the words that said so."""

    since: datetime
    until: datetime
    phrase: str

    def away(self, when: datetime) -> float:
        """Days between `when` and the period; 0 inside it."""
        gap = max(self.since - when, when - self.until, timedelta())
        return gap / DAY


def _table(text: str) -> dict[str, int]:
    """Lines of words that mean the same; a line's number is the value."""
    return {word: n for n, line in enumerate(text.strip().splitlines(), 1) for word in line.split()}


MONTHS = _table("""
january jan januar janvier enero gennaio
february feb februar février febrero febbraio
march mar märz mars marzo
april apr avril abril aprile
may mai mayo maggio
june jun juni juin junio giugno
july jul juli juillet julio luglio
august aug août agosto
september sep sept septembre septiembre settembre
october oct oktober octobre octubre ottobre
november nov novembre noviembre
december dec dezember décembre diciembre dicembre
""")
WEEKDAYS = _table("""
monday montag lundi lunes lunedì
tuesday dienstag mardi martes martedì
wednesday mittwoch mercredi miércoles mercoledì
thursday donnerstag jeudi jueves giovedì
friday freitag vendredi viernes venerdì
saturday samstag sonnabend samedi sábado sabato
sunday sonntag dimanche domingo domenica
""")
_DAYS_AGO = {
    **dict.fromkeys(("today", "tonight", "heute", "aujourd'hui", "hoy", "oggi"), 0),
    **dict.fromkeys(("yesterday", "gestern", "hier", "ayer", "ieri"), 1),
}
_THIS = r"(?:this|current|diese[nrsm]?|cette|ce|est[ae]|quest[ao])"
_LAST = r"(?:last|past|previous|letzte[nrsm]?|vergangene[nrsm]?|pasad[ao]|scors[ao])"
_UNITS = {
    "week": r"(?:week|woche|semaine|semana|settimana)",
    "month": r"(?:month|monat|mois|mes|mese)",
    "year": r"(?:year|jahr|année|an|año|anno)",
}
_WEEKEND = re.compile(rf"\b(?:{_THIS}|{_LAST}|this past|over the)\s+week-?end\b", re.I)
_COUNT = re.compile(
    r"\b(?:(?:in|over|during|for|within)\s+)?(?:the\s+)?(?:last|past|letzten|derniers?|últimos)\s+(\d+|few|two|three|four|five|six|seven|ten)\s+"
    r"(day|week|month|year|tag|woche|monat|jahr|jour|semaine|año|día|semana)",
    re.I,
)
_NUMBERS = {"few": 3, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_SPANS = {"d": 1, "t": 1, "j": 1, "w": 7, "s": 7, "m": 30.5, "y": 365, "a": 365}
_WORD = r"[^\W\d_]+"
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?({_WORD})\.?(?:,?\s+(?:de\s+)?(20\d\d))?\b"
)
_MONTH_DAY = re.compile(rf"\b({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(20\d\d))?(?!\d)")
_MONTH = re.compile(rf"\b({_WORD})\.?(?:\s+(?:of\s+|de\s+)?(20\d\d))?\b")
_YEAR = re.compile(r"\b(?:in|of|during|im|en|nel|the|this|since|seit|depuis|desde|dal)\s+(20\d\d)\b", re.I)
_SINCE = re.compile(r"\b(?:since|after|seit|nach|depuis|desde|dal|dalla)\s+(?:the\s+)?(?:last\s+)?$", re.I)
_BEFORE_MONTH = re.compile(
    r"\b(?:in|since|during|of|last|this|until|by|early|late|mid|im|seit|en|depuis|desde|a|ad|dal|de)\s*-?$",
    re.I,
)


def period(question: str, now: datetime) -> Period | None:
    """The time that `question`, asked at `now`, names; None where it names none."""
    found = next(_found(question, now.astimezone(UTC)), None)
    if found is None:
        return None
    since, until, start, end = found
    opened = _SINCE.search(question[:start])
    if opened:
        return Period(since, now + DAY, question[opened.start() : end].strip())
    return Period(since, until, question[start:end].strip())


def _found(text: str, now: datetime) -> Iterator[tuple[datetime, datetime, int, int]]:
    """Every reading as (since, until, start, end), the most exact kind first."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yield from _dates(text, today)
    for word, ago in _DAYS_AGO.items():
        if match := re.search(rf"\b{word}\b", text, re.I):
            yield today - ago * DAY, today + (1 - ago) * DAY, *match.span()
    if match := _WEEKEND.search(text):
        saturday = today - ((today.weekday() - 5) % 7) * DAY
        yield saturday, saturday + 2 * DAY, *match.span()
    if match := _COUNT.search(text):
        many = _NUMBERS.get(match[1].lower()) or int(match[1])
        days = min(many * _SPANS[match[2][0].lower()], 36_500)
        yield today - days * DAY, today + DAY, *match.span()
    yield from _units(text, today)
    yield from _named(text, today)


def _dates(text: str, today: datetime) -> Iterator[tuple[datetime, datetime, int, int]]:
    for match in _ISO.finditer(text):
        yield from _day(int(match[1]), int(match[2]), int(match[3]), match, today)
    for match in _DAY_MONTH.finditer(text):
        if month := MONTHS.get(match[2].lower()):
            yield from _day(match[3], month, int(match[1]), match, today)
    for match in _MONTH_DAY.finditer(text):
        if month := MONTHS.get(match[1].lower()):
            yield from _day(match[3], month, int(match[2]), match, today)


def _day(
    year: int | str | None, month: int, day: int, match: re.Match[str], today: datetime
) -> Iterator[tuple[datetime, datetime, int, int]]:
    chosen = int(year) if year else today.year - ((month, day) > (today.month, today.day))
    if 1 <= month <= 12 and 1 <= day <= monthrange(chosen, month)[1]:
        since = datetime(chosen, month, day, tzinfo=UTC)
        yield since, since + DAY, *match.span()


def _units(text: str, today: datetime) -> Iterator[tuple[datetime, datetime, int, int]]:
    for unit, words in _UNITS.items():
        # "la semaine dernière", "la semana pasada": the adjective may follow.
        last = rf"\b(?:{_LAST}\s+{words}|{words}\s+(?:derni[eè]re?|pasad[ao]|scors[ao]))\b"
        this = rf"\b{_THIS}\s+(?:past\s+)?{words}\b"
        if match := re.search(last, text, re.I):
            yield *_unit(unit, today, ago=1), *match.span()
        elif match := re.search(this, text, re.I):
            yield *_unit(unit, today, ago=0), *match.span()


def _unit(unit: str, today: datetime, *, ago: int) -> tuple[datetime, datetime]:
    if unit == "week":
        if ago:
            monday = today - today.weekday() * DAY
            return monday - 7 * DAY, monday
        return today - 6 * DAY, today + DAY  # asked on a Monday it still means the last days
    year, month = today.year, today.month
    if unit == "year":
        return datetime(year - ago, 1, 1, tzinfo=UTC), datetime(year - ago + 1, 1, 1, tzinfo=UTC)
    year, month = (year, month - ago) if month > ago else (year - 1, month - ago + 12)
    since = datetime(year, month, 1, tzinfo=UTC)
    return since, since + monthrange(year, month)[1] * DAY


def _named(text: str, today: datetime) -> Iterator[tuple[datetime, datetime, int, int]]:
    """Months, weekdays and years by name."""
    for match in _MONTH.finditer(text):
        month = MONTHS.get(match[1].lower())
        if month and (
            match[2] or (match[1][0].isupper() and _BEFORE_MONTH.search(text[: match.start()].rstrip()))
        ):
            chosen = int(match[2]) if match[2] else today.year - (month > today.month)
            since = datetime(chosen, month, 1, tzinfo=UTC)
            yield since, since + monthrange(chosen, month)[1] * DAY, *match.span()
    for word in re.finditer(_WORD, text):
        if weekday := WEEKDAYS.get(word[0].lower()):
            since = today - ((today.weekday() - weekday + 1) % 7) * DAY
            yield since, since + DAY, *word.span()
    if year := _YEAR.search(text):
        since = datetime(int(year[1]), 1, 1, tzinfo=UTC)
        yield since, since.replace(year=since.year + 1), *year.span(1)
