"""Questions about the archive itself: how many articles, what happened when, what is new.

No model answers these. Knows protocols only. "How many articles about X this month" counts stored articles
that have every telling word of X; "what happened with X since May" tells one sentence a day of each story
from those articles, "the latest on X" the newest of them. The hard thing is to know such a question from one
about the news ("how many people died").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from bot.news import quoting, rewrite
from bot.news.protocols import Archive, PassageIndex
from bot.news.retrieve import Asked, queries
from bot.news.terms import DATES, Term, content, terms
from bot.types import Answer, Article, Sentence

SEARCHED = 2000
"""Passages that a count looks through at most."""
SHOWN = 3
EVENTS = 6
RECENT = 60
"""Articles among which the newest stories are looked for."""
WORDS = 4
"""A subject of the news is named in so few; with more of them, a question is about something in the news."""

_HOW_MANY = re.compile(
    r"\b(?:how many|wie ?viele|combien d[e']|cuánt[oa]s|quant[ei])\s+(?:\w+\s+){0,2}?"
    r"(?:articles?|reports?|stories|news items|artikel|berichte|meldungen|artículos|noticias|articoli)\b"
    r"|\bhow (?:often|many times)\b.{1,80}\b(?:mentioned|reported|covered|written|in the news)\b",
    re.I,
)
_TIMELINE = re.compile(
    r"\bwhat(?:'s| has| have| is)?\s+(?:\w+\s+)?happen(?:ed|ing|s)?\s+(?:with|to|in|about|around|at)\b"
    r"|^\W*(?:and |so |tell me )?what(?:'s|’s| has| have| is| else)?\s+happen(?:ed|ing|s)?\b"
    r"|\btime-?line\b|\bchronology\b|\bwas ist\b.{0,30}\bpassiert\b|\bwas geschah\b"
    r"|\bque s'est-il passé\b|\bqué (?:ha )?pas(?:ó|ado)\b",
    re.I,
)
_WITHOUT_TIME = re.compile(r"\btime-?line\b|\bchronology\b", re.I)
_LATEST = re.compile(
    r"\b(?:the latest|(?:latest|newest|recent|any|the|new)\s+(?:news|updates?|developments?|headlines))"
    r"\s+(?:on|about|with|from|of|in|today)\b"
    r"|\bwhat(?:'s|’s| is) (?:new|the latest|the news|in the news)\b(?!\s+\w+\s+of\b)"
    r"|^\W*(?:the |any )?(?:latest |newest |recent )?(?:news|headlines)\W*$"
    r"|\b(?:gibt es neues|das neueste|quoi de neuf|dernières nouvelles|últimas noticias|ultime notizie)\b",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:articles?|reports?|stories|news|items|time-?line|chronology|happen\w*|mention\w*|about|archive|stored|published|appeared"
    r"|how|many|what|has|have|been|written|were|was|are|is|there|did|we|you|week|month|year|past|last|days?|weeks|months|recent\w*"
    r"|often|times|covered|latest|newest|updates?|developments?|headlines|today|any|new|give|show|tell|make|please|me"
    r"|artikel|berichte|meldungen|artículos|noticias|articoli|passiert|geschah|viele|monat|woche|jahr"
    r"|über|sobre|sur|su|sulla|gibt|neues|neueste|zum|quoi|neuf|dernières|nouvelles|últimas|ultime|notizie)\b",
    re.I,
)


class What(Enum):
    """What is asked of the archive."""

    COUNT = "count"
    TIMELINE = "time line"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Sought:
    """What the archive is asked, and about what."""

    subject: tuple[Term, ...]
    what: What


def sought(asked: Asked) -> Sought | None:
    """What the archive is to be asked; None for a question about the news."""
    subject = _subject(asked)
    if _HOW_MANY.search(asked.text):
        return Sought(subject, What.COUNT)
    if _TIMELINE.search(asked.text) and (asked.period is not None or _WITHOUT_TIME.search(asked.text)):
        return Sought(subject, What.TIMELINE)
    if _LATEST.search(asked.text) and len(subject) <= WORDS:
        return Sought(subject, What.LATEST)
    return None


def stands_alone(asked: Asked) -> bool:
    """Whether it asks the archive and points back to nothing: "What's new?" is short, but whole."""
    return sought(asked) is not None and not rewrite.points(_timeless(asked))


def _timeless(asked: Asked) -> str:
    return asked.text.replace(asked.period.phrase, " ") if asked.period else asked.text


def _subject(asked: Asked) -> tuple[Term, ...]:
    words = [w for w in terms(_ABOUT.sub(" ", _timeless(asked))) if w.fold not in DATES]
    words = [w for w in words if not (asked.period and w.fold.isdigit())]
    # A single letter is a name only where there is nothing else: the platform X, not the I of a person.
    return tuple(
        content(words) or [w for w in words if len(w.text) == 1 and w.capital and w.text not in "AI"]
    )


async def answer(asked: Asked, sought: Sought, index: PassageIndex, archive: Archive) -> Answer | None:
    """The count, the time line or the newest; None where there is nothing to tell of the last two."""
    found, whole = await _matching(asked, sought, index, archive)
    if sought.what is What.COUNT:
        return _counted(asked, sought, found, whole=whole)
    events = _events(found)
    if sought.what is What.LATEST:
        return _told(asked, events[: -SHOWN - 1 : -1], left=0) if events else None
    chosen = _spread(events, EVENTS)
    return _told(asked, chosen, left=len(events) - len(chosen)) if events else None


async def _matching(
    asked: Asked, sought: Sought, index: PassageIndex, archive: Archive
) -> tuple[list[Article], bool]:
    """Articles of the period that have every word of the subject, oldest first, and whether these are all."""
    since = asked.period.since if asked.period else None
    until = min(asked.period.until if asked.period else asked.now, asked.now)
    if not sought.subject:
        limit = RECENT if sought.what is What.LATEST else SEARCHED
        found = await archive.recent(limit=limit, since=since, before=until)
        whole = len(found) < limit
    else:
        hits = await index.text(queries(sought.subject), limit=SEARCHED, since=since, until=until)
        found = await archive.get_many(list(dict.fromkeys(h.article_id for h in hits)))
        whole = len(hits) < SEARCHED
    wanted = {w.stem for w in sought.subject}
    kept = [a for a in found if a.when <= until and not a.withdrawn and wanted <= _stems(a)]
    return sorted(kept, key=lambda a: (a.when, a.id)), whole


def _stems(article: Article) -> set[str]:
    return {w.stem for w in terms(f"{article.title}\n{article.text}")}


def _counted(asked: Asked, sought: Sought, found: Sequence[Article], *, whole: bool) -> Answer:
    """A sentence with the number, citing the newest articles counted."""
    subject = " ".join(w.text for w in sought.subject)
    about = f" that mention{'s' if len(found) == 1 else ''} {subject}" if subject else ""
    when = f" ({_span(asked)})" if asked.period else ""
    number = f"{len(found)} article{'' if len(found) == 1 else 's'}"
    cited = tuple(quoting.lead(a) for a in reversed(found[-SHOWN:]) if a.text.strip())
    text = f"The archive has {'' if whole else 'at least '}{number}{about}{when}."
    note = "Counted in the archive; articles that use other words for it are not in the number."
    return Answer(
        answered=True,
        sentences=(Sentence(text, cited),),
        method="database",
        question=asked.text,
        confidence=1.0,
        note=note if subject else "",
    )


def _events(found: Sequence[Article]) -> list[Article]:
    """The first report of each story on each day, oldest first."""
    first: dict[tuple[object, ...], Article] = {}
    for a in found:
        if a.text.strip():
            first.setdefault((a.when.date(), a.story_id or f"article {a.id}"), a)
    return list(first.values())


def _told(asked: Asked, chosen: Sequence[Article], *, left: int) -> Answer:
    """A sentence of each, with its day."""
    sentences = [
        replace(quoting.said(c := quoting.lead(a)), text=f"{_day(a)}: {quoting.flat(c.quote)}")
        for a in chosen
    ]
    return Answer(
        answered=True,
        sentences=tuple(sentences),
        method="database",
        question=asked.text,
        confidence=1.0,
        note=f"{left} more {'report is' if left == 1 else 'reports are'} left out." if left > 0 else "",
    )


def _day(article: Article) -> str:
    when = f"{article.when:%-d %B %Y}"
    return when if article.published else f"Without a date, read on {when}"


def _spread(found: Sequence[Article], most: int) -> list[Article]:
    if len(found) <= most:
        return list(found)
    return [found[round(i * (len(found) - 1) / (most - 1))] for i in range(most)]


def _span(asked: Asked) -> str:
    period = asked.period
    if period is None:
        return ""
    last = min(period.until - timedelta(days=1), asked.now)
    return f"{period.since:%-d %B %Y} to {last:%-d %B %Y}"
