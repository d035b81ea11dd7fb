"""What time a question is about: "yesterday", "in May", "since 3 March", seen from the moment it is asked.

Pure; the moment is passed in, and the zone whose days are meant; a period is in UTC. English, with the
everyday phrases of German, French, Spanish and Italian. The hard thing is that a month without a year means
the last one that has begun, and that most words of time are something else besides: a march, Theresa May,
Black Friday, the planet Mars.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

DAY = timedelta(days=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a period begins that only has an end: "until 5 May"."""
READ = 2000
"""Characters of a question that are looked at."""
OLDEST = 2000
"""The first year that articles are of: what happened before is told by articles of now, and is no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to `until` (exclusive), and the words that said so."""

    since: datetime
    until: datetime
    phrase: str

    def away(self, when: datetime) -> float:
        """Days between `when` and the period; 0 inside it. "Until 5 May" is about the days before most."""
        since = self.until - DAY if self.since == BEGINNING else self.since
        return max(since - when, when - self.until, timedelta()) / DAY


@dataclass(frozen=True, slots=True)
class _Read:
    """A time that is named at `start:end` of the text."""

    since: datetime
    until: datetime
    start: int
    end: int


def _table(text: str) -> dict[str, int]:
    """Lines of words that mean the same; a line's number is the value."""
    return {word: n for n, line in enumerate(text.strip().splitlines(), 1) for word in line.split()}


_NORTHERN = _table("""
january jan januar
february feb februar
march mar märz
april apr
may mai
june jun juni
july jul juli
august aug
september sep sept
october oct oktober
november nov
december dec dezember
""")
_ROMANCE = _table("""
janvier enero gennaio
février febrero febbraio
mars marzo
avril abril aprile
mai mayo maggio
juin junio giugno
juillet julio luglio
août agosto
septembre septiembre settembre
octobre octubre ottobre
novembre noviembre
décembre diciembre dicembre
""")
"""Written small: the Mars is a planet, Julio a man."""
MONTHS = _NORTHERN | _ROMANCE
WEEKDAYS = _table("""
monday montag lundi lunes lunedì
tuesday dienstag mardi martes martedì
wednesday mittwoch mercredi miércoles mercoledì
thursday donnerstag jeudi jueves giovedì
friday freitag vendredi viernes venerdì
saturday samstag sonnabend samedi sábado sabato
sunday sonntag dimanche domingo domenica
""")
_NUMBERS = _table("""
a an one einem einer un une una uno
couple two zwei deux dos due
few three drei trois tres tre
four vier quatre cuatro quattro
five fünf cinq cinco cinque
six sechs seis sei
seven sieben sept siete sette
eight acht huit ocho otto
nine neun neuf nueve nove
ten zehn dix diez dieci
""")
_DAYS_AGO = {
    r"the day before yesterday|vorgestern|avant-hier|anteayer|l'altro ieri": 2,
    r"yesterday|gestern|ayer|ieri": 1,
    r"today|tonight|heute|aujourd'hui|hoy|oggi": 0,
}
_HIER = re.compile(r"\bhier\b", re.I)
_FRENCH = re.compile(
    r"\b(?:combien|que|qui|quoi|quel\w*|qu'\w+|pourquoi|comment|où|et|les?|la|sur|dans|avec|est|depuis|d'\w+|l'\w+"
    r"|une?|du|aux?|ils?|elles?|à|[ay] (?!la\b)\w+|des nouvelles|résultats?)\b",
    re.I,
)
_GERMAN = re.compile(
    r"\b(?:wie|was|wer|wo|wann|warum|wieso|welche\w*|gibt|gab|ist|sind|war|hat|haben|hast|und|über|der|die|das)\b",
    re.I,
)
_THIS = r"(?:this|current|diese[nrsm]?|cette|ce|est[ae]|quest[ao])"
_LAST = r"(?:last|past|previous|letzte[nrsm]?|vergangene[nrsm]?|pasad[ao]|scors[ao])"
_LAST_AFTER = r"(?:derni[eè]re?|pasad[ao]|scors[ao])"
_LASTS = r"(?:last|past|previous|letzten|vergangenen|derni[eè]re?s|últim[oa]s|ultim[ie])"
_UNITS = {
    "week": r"(?:week|woche|semaine|semana|settimana)",
    "month": r"(?:month|monat|mois(?:-ci)?|mes|mese)",
    "quarter": r"(?:quarter|quartal|trimestre)",
    "year": r"(?:year|jahr|année|an(?=\s+derni)|año|anno)",
}
_UNIT = (
    r"(?:(?P<hour>hours?|stunden?|heures?|horas?|or[ae])|(?P<day>days?|tag(?:en?)?|jours?|días?|giorn[oi])"
    r"|(?P<week>weeks?|wochen?|semaines?|semanas?|settiman[ae])"
    r"|(?P<month>months?|monat(?:en?)?|mois|mes(?:es)?|mes[ei])"
    r"|(?P<year>years?|jahr(?:en?)?|ans?|années?|años?|ann[oi]))\b"
)
_DAYS_OF = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.5, "year": 365}
_MANY = rf"(\d{{1,4}}|{'|'.join(_NUMBERS)})"
_COUNT = re.compile(
    r"\b(?:(?:in|over|during|for|within|negli|nelle)\s+)?(?:(?:the|den|les|ces|los|las|gli|le)\s+)?"
    rf"(?:{_LASTS}\s+(?:a\s+)?{_MANY}|{_MANY}\s+{_LASTS})\s+(?:of\s+)?{_UNIT}",
    re.I,
)
_AGO = (
    re.compile(rf"\b{_MANY}\s+{_UNIT}\s+(?:ago|fa)\b", re.I),
    re.compile(rf"\b(?:vor|il y a|hace)\s+{_MANY}\s+{_UNIT}", re.I),
)
_WEEKEND = re.compile(
    rf"\b(?:{_THIS}|{_LAST}|this past|(?:over|on|at) the|am)\s+(?:week-?end|wochenende)\b", re.I
)
_WORD = r"[^\W\d_]+"
_NTH = r"(?:st|nd|rd|th|er|\.|º)?"
_SOME_YEAR = r"([12]\d{3})"
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(20\d\d)\b")
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}}){_NTH}\s+(?:of\s+|de\s+)?({_WORD})\.?(?:,?\s+(?:de\s+)?{_SOME_YEAR})?\b"
)
_MONTH_DAY = re.compile(rf"\b({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+{_SOME_YEAR})?(?!\d)")
_MONTH = re.compile(rf"\b({_WORD})\.?(?:\s+(?:of\s+|de\s+)?{_SOME_YEAR})?\b")
_YEAR = re.compile(r"\b(?:in|of|during|im|en|nel|the|this|since|seit|depuis|desde|dal)\s+(20\d\d)\b", re.I)
_TO = r"(?:to|till|until|through|bis(?:\s+zum)?|au|à|jusqu'(?:au|en|à)|al?|ad|hasta|fino\s+al?|[-–—])"
_AND = r"(?:and|und|et|y|e)"
_BETWEEN = r"(?:between|zwischen|entre|tra|fra)"
_THE = rf"(?:(?:the|dem|der|den|les?|la|el|il|lo|last|{'|'.join(WEEKDAYS)})\b[,\s]+|l')*"
_JOINED = re.compile(
    rf"\s*(?:{_TO}|(?P<both>{_AND}))\s*\b(?:(?:the|de[mnr]|les?|la|el|il)\s+)?"
    rf"(?:(?:{'|'.join(WEEKDAYS)})[,\s]+(?:(?:the|den|le)\s+)?(?=\d))?",
    re.I,
)
_FIRST_DAY = re.compile(rf"\b(\d{{1,2}}){_NTH}\s*(?:{_TO}|(?P<both>{_AND}))\s*(?:the\s+|el\s+|le\s+)?$", re.I)
_LAST_DAY = re.compile(
    rf"\s?(?:[-–—]|\s(?P<word>to|till|until|through|(?P<both>and)))\s*(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"
    rf"(?!\s+(?:of\s+)?(?:{'|'.join(MONTHS)})\b|[-–—:./%]\d|%)(?:,?\s+(?P<year>20\d\d))?\b",
    re.I,
)
_AFTER_BETWEEN = re.compile(rf"\b{_BETWEEN}\s+{_THE}$", re.I)
_FROM = re.compile(rf"\b(?:from|since|vo[nm]|seit|de|du|depuis|del|desde|dal?|{_BETWEEN})\s+{_THE}$", re.I)
_OPEN = re.compile(
    r"\b(?:(?P<since>since|seit|ab|depuis|desde|dal|dalla|à\s+partir\s+d[eu]|a\s+partir\s+del?)"
    r"|(?P<after>after|nach|après|después\s+del?|dopo)"
    r"|(?P<before>before|vor|avant|antes\s+del?|prima\s+d(?:i|el))"
    rf"|until|till|up\s+to|bis(?:\s+zu[mr])?|jusqu'(?:à|au|en)|hasta|fino\s+al?)\s+{_THE}$",
    re.I,
)
_OF_A_YEAR = re.compile(r"\bthe\s+\d{4}$", re.I)
"""After the 2024 election is not after 2024."""
_AT = r"(?:in|on|at|during|over|for|within|from|of|the|im|am|an|en|les?|la|el|il|de[nmr]|au|du|del|nel)"
_AT_DAY = r"(?:the|de[nmr]|les?|la|el|il)"
_WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})"
_LEAD = re.compile(
    rf"(?:\b{_AT}\b[,\s]+)+(?:\b{_WEEKDAY}\b[,\s]+(?:{_AT}\s+)*)?$|\b{_WEEKDAY}\b[,\s]+(?:{_AT_DAY}\s+)?$",
    re.I,
)
_NORTHERN_LEAD = re.compile(
    r"\b(?:in|since|during|of|last|this|until|till|by|early|late|mid|before|after|from|between|im|seit|ab|vor|nach"
    r"|bis|zwischen|von|anfang|mitte|ende|letzten|diesen|en|a|ad|de|dal|depuis|desde)[\s-]*$",
    re.I,
)
_MONTH_ALONE = re.compile(r"\b(?:in|since|until|till|before|after|im|seit)\s+$", re.I)
_ALONE = re.compile(r"\W*$")
"""A small "may" or "march" is a month where nothing else can follow: "since may?"."""
_ROMANCE_LEAD = re.compile(
    r"\b(?:en|de|del|di|depuis|desde|da|dal|entre|tra|fra|avant|après|dès|début|fin|hasta|ad|dopo)\s+$", re.I
)
_BY = re.compile(r"\b(?:of|by|von)\s+$", re.I)
_SAID_LAST = re.compile(rf"\b{_LAST}\s+$", re.I)
_SAID_LAST_AFTER = re.compile(rf"\s+{_LAST_AFTER}\b", re.I)
_NAMED = re.compile(r"[^\W\d_A-Z],?\s+(?:[A-Z](?:\w*|\.)\s+)+$")


def period(question: str, now: datetime, zone: tzinfo = UTC) -> Period | None:
    """The time that `question`, asked at `now` in `zone`, names; None where it names none."""
    now = now.astimezone(zone)
    text = question[:READ].replace("’", "'")
    found = list(_found(text, now))
    if not found:
        return None
    ranges = (_range(text, read, now) for read in sorted(found, key=lambda r: r.start))
    read = next((r for r in ranges if r), None) or _opened(text, found[0], now)
    if read.since >= read.until:
        return None
    lead = _LEAD.search(_before(text, read.start))
    start = read.start - len(lead[0]) if lead else read.start
    words = question[start : read.end].strip()
    return Period(read.since.astimezone(UTC), read.until.astimezone(UTC), words)


def in_name(text: str, at: int) -> bool:
    """Whether the word at `at` follows a capital one within a sentence: Black Friday is no Friday."""
    return bool(_NAMED.search(_before(text, at)))


def _before(text: str, at: int) -> str:
    """What stands shortly before: nothing needs to look back further."""
    return text[max(0, at - 40) : at]


def _opened(text: str, read: _Read, now: datetime) -> _Read:
    """The time from or up to `read`, where the words before it say so."""
    opened = _OPEN.search(_before(text, read.start))
    if opened is None or _OF_A_YEAR.search(_before(text, read.end)):
        return read
    start = read.start - len(opened[0])
    if opened["since"]:
        return _Read(read.since, now + DAY, start, read.end)
    if opened["after"]:
        return _Read(read.until, now + DAY, start, read.end)
    return _Read(BEGINNING, read.since if opened["before"] else read.until, start, read.end)


def _range(text: str, first: _Read, now: datetime) -> _Read | None:
    """The time from `first` to the one that follows it: "from 1 May to 30 June"."""
    joined = _JOINED.match(text, first.end)
    between = _AFTER_BETWEEN.search(_before(text, first.start))
    if joined is None or (joined["both"] and not between):
        return None
    last = _alone(text[joined.end() : joined.end() + 40], now)
    since = first.since
    if last and last.until <= since:
        # "From Tuesday to Friday", asked on a Wednesday: the last Tuesday before that Friday.
        earlier = _alone(text[first.start : first.end], last.since)
        since = earlier.since if earlier else since
    if last is None or last.until <= since:
        return None
    return _Read(since, last.until, _from(text, first.start), joined.end() + last.end)


def _from(text: str, start: int) -> int:
    """Where the "from" of a range begins that goes on at `start`."""
    lead = _FROM.search(_before(text, start))
    return start - len(lead[0]) if lead else start


def _alone(words: str, now: datetime) -> _Read | None:
    """The time that `words` begin with: within a range a month needs no "in" before it."""
    lead = "en "
    found = (r for r in _found(lead + words, now) if r.start == len(lead))
    return next((replace(r, start=0, end=r.end - len(lead)) for r in found), None)


def _found(text: str, now: datetime) -> Iterator[_Read]:
    """Every reading, the most exact kind first."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    yield from _dates(text, today)
    yield from _ago(text, today)
    for match, ago in _days_ago(text):
        yield _Read(today - ago * DAY, today + (1 - ago) * DAY, *match.span())
    if weekend := _WEEKEND.search(text):
        saturday = today - ((today.weekday() - 5) % 7) * DAY
        yield _Read(saturday, saturday + 2 * DAY, *weekend.span())
    if count := _COUNT.search(text):
        days = min(_many(count[1] or count[2]) * _DAYS_OF[count.lastgroup or "day"], 36_500)
        since = now.astimezone(UTC) - days * DAY if count["hour"] else today - round(days) * DAY
        yield _Read(since, today + DAY, *count.span())
    yield from _units(text, today)
    yield from _named(text, today)


def _days_ago(text: str) -> Iterator[tuple[re.Match[str], int]]:
    for words, ago in _DAYS_AGO.items():
        for match in re.finditer(rf"\b(?:{words})\b", text, re.I):
            # USA Today is a paper, Chris Hoy a man.
            if match[0].islower() or not in_name(text, match.start()):
                yield match, ago
    if not hier_is_here(text):
        yield from ((match, 1) for match in _HIER.finditer(text))


def hier_is_here(text: str) -> bool:
    """Whether "hier" is a place in `text`: yesterday it is in French only."""
    return not _FRENCH.search(text) or bool(_GERMAN.search(text))


def _many(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBERS.get(word.casefold(), 1)


def _dates(text: str, today: datetime) -> Iterator[_Read]:
    for match in _ISO.finditer(text):
        yield from _day(match[1], int(match[2]), int(match[3]), match, today)
    for match in _DOTTED.finditer(text):
        yield from _day(match[3], int(match[2]), int(match[1]), match, today)
    for match in _DAY_MONTH.finditer(text):
        if month := MONTHS.get(match[2].lower()):
            yield from (_from_day(text, r) for r in _day(match[3], month, int(match[1]), match, today))
    for match in _MONTH_DAY.finditer(text):
        if month := MONTHS.get(match[1].lower()):
            last = None if match[3] else _last_day(text, match)
            year = match[3] or (last["year"] if last else None)
            for first in _day(year, month, int(match[2]), match, today):
                yield _to_day(text, first, last) if last else first


def _day(year: str | None, month: int, day: int, match: re.Match[str], today: datetime) -> Iterator[_Read]:
    newest = today.year - ((month, day) > (today.month, today.day))
    # Without a year the last there was, which of 29 February may be eight years ago.
    for chosen in [int(year)] if year else range(newest, newest - 9, -1):
        if chosen >= OLDEST and 1 <= month <= 12 and 1 <= day <= monthrange(chosen, month)[1]:
            since = datetime(chosen, month, day, tzinfo=today.tzinfo)
            yield _Read(since, since + DAY, *match.span())
            return


def _from_day(text: str, last: _Read) -> _Read:
    """`last`, or the days up to it: "from 3 to 10 May"."""
    before = _before(text, last.start)
    first = _FIRST_DAY.search(before)
    if first is None or not 1 <= int(first[1]) < last.since.day:
        return last
    if first["both"] and not _AFTER_BETWEEN.search(before[: first.start()]):
        return last
    start = _from(text, last.start - len(first[0]))
    return replace(last, since=last.since.replace(day=int(first[1])), start=start)


def _last_day(text: str, first: re.Match[str]) -> re.Match[str] | None:
    """The day up to which it goes on from `first`: "May 3-5", "from May 3 to 5", "between May 3 and 5"."""
    last, before = _LAST_DAY.match(text, first.end()), _before(text, first.start())
    if last is None or not int(first[2]) < int(last["day"]) <= 31:
        return None
    led = _AFTER_BETWEEN if last["both"] else _FROM
    return last if last["word"] is None or led.search(before) else None


def _to_day(text: str, first: _Read, last: re.Match[str]) -> _Read:
    """`first` and the days up to `last`; `first` alone where its month has no such day."""
    if int(last["day"]) > monthrange(first.since.year, first.since.month)[1]:
        return first
    until = first.since.replace(day=int(last["day"])) + DAY
    return _Read(first.since, until, _from(text, first.start), last.end())


def _ago(text: str, today: datetime) -> Iterator[_Read]:
    """Ago within a year. What was longer ago is told by articles of now ("founded ten years ago")."""
    for match in (m for pattern in _AGO for m in pattern.finditer(text)):
        many = _many(match[1])
        if match["month"] and many <= 12:
            yield _Read(*_unit("month", today, ago=many), *match.span())
        elif (match["day"] or match["week"]) and (days := many * (7 if match["week"] else 1)) <= 365:
            yield _Read(today - days * DAY, today + (1 - days) * DAY, *match.span())


def _units(text: str, today: datetime) -> Iterator[_Read]:
    for unit, words in _UNITS.items():
        # "La semaine dernière": the adjective may follow. "The last week of May" is another.
        last = rf"\b(?:{_LAST}\s+{words}(?!\s+of\b)|{words}\s+{_LAST_AFTER})\b"
        this = rf"\b{_THIS}\s+(?:past\s+)?{words}\b"
        rolling = rf"\b(?:past|the\s+(?:last|past))\s+{words}\b(?!\s+of\b)"
        if unit in _DAYS_OF and (match := re.search(rolling, text, re.I)):
            yield _Read(today - round(_DAYS_OF[unit]) * DAY, today + DAY, *match.span())
        elif match := re.search(last, text, re.I):
            yield _Read(*_unit(unit, today, ago=1), *match.span())
        elif match := re.search(this, text, re.I):
            yield _Read(*_unit(unit, today, ago=0), *match.span())


def _unit(unit: str, today: datetime, *, ago: int) -> tuple[datetime, datetime]:
    if unit == "week":
        if ago:
            monday = today - today.weekday() * DAY
            return monday - 7 * DAY, monday
        return today - 6 * DAY, today + DAY  # asked on a Monday it still means the last days
    if unit == "year":
        year = today.year - ago
        return today.replace(year=year, month=1, day=1), today.replace(year=year + 1, month=1, day=1)
    if unit == "quarter":
        since, _ = _unit("month", today, ago=(today.month - 1) % 3 + 3 * ago)
        return since, (since + 95 * DAY).replace(day=1)
    year, month = divmod(today.year * 12 + today.month - 1 - ago, 12)
    since = today.replace(year=year, month=month + 1, day=1)
    return since, since + monthrange(year, month + 1)[1] * DAY


def _named(text: str, today: datetime) -> Iterator[_Read]:
    """Months, weekdays and years by name."""
    for match in _MONTH.finditer(text):
        month = _month(match, _before(text, match.start()))
        if month and int(match[2] or OLDEST) >= OLDEST:
            last, start, end = _said_last(text, match)
            newest = today.year - (month > today.month or (last and month == today.month))
            since = today.replace(year=int(match[2] or newest), month=month, day=1)
            yield _Read(since, since + monthrange(since.year, month)[1] * DAY, start, end)
    for match in re.finditer(_WORD, text):
        weekday = WEEKDAYS.get(match[0].lower())
        if weekday and not in_name(text, match.start()):
            last, start, end = _said_last(text, match)
            ago = (today.weekday() - weekday + 1) % 7
            since = today - (7 if last and not ago else ago) * DAY
            yield _Read(since, since + DAY, start, end)
    if year := _YEAR.search(text):
        since = today.replace(year=int(year[1]), month=1, day=1)
        yield _Read(since, since.replace(year=since.year + 1), *year.span(1))


def _month(match: re.Match[str], before: str) -> int | None:
    """The month that a word is, with a year or after a word that months stand after."""
    word = match[1]
    small, month = not word[0].isupper(), MONTHS.get(match[1].lower())
    if month is None or (not small and word.lower() not in _NORTHERN):
        return None
    if match[2] or (small and word in _ROMANCE and _ROMANCE_LEAD.search(before)):
        return month
    if small and _ALONE.match(match.string, match.end()) and _MONTH_ALONE.search(before):
        return month
    # A small "june" is a month; "march" and "may" are words, "of Jan Novak" and "by June Carter" are people.
    word_besides = small and (word not in _NORTHERN or len(word) <= 3 or word == "march")
    person = _BY.search(before) and re.match(r"\s+[A-Z]", match.string[match.end() :])
    return month if not word_besides and not person and _NORTHERN_LEAD.search(before) else None


def _said_last(text: str, match: re.Match[str]) -> tuple[bool, int, int]:
    """Whether it is the last of its name, so not today's, and where the words for it are."""
    if before := _SAID_LAST.search(_before(text, match.start())):
        return True, match.start() - len(before[0]), match.end()
    if after := _SAID_LAST_AFTER.match(text, match.end()):
        return True, match.start(), after.end()
    return False, *match.span()
