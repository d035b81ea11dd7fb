"""Questions about the archive itself: how many articles, and what happened when. No model answers these.

Knows protocols only. "How many articles about X this month" counts stored articles that have every
telling word of X; "what happened with X since May" tells one sentence a day from those articles. The hard
thing is to know such a question from one about the news ("how many people died").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.news import quoting
from bot.news.protocols import Archive, PassageIndex
from bot.news.retrieve import Asked, queries
from bot.news.terms import DATES, Term, content, terms
from bot.types import Answer, Article, Sentence

SEARCHED = 2000
"""Passages that a count looks through at most."""
SHOWN = 3
EVENTS = 6

_HOW_MANY = re.compile(
    r"\b(?:how many|wie ?viele|combien d[e']|cuánt[oa]s|quant[ei])\s+(?:\w+\s+){0,2}?"
    r"(?:articles?|reports?|stories|news items|artikel|berichte|meldungen|artículos|noticias|articoli)\b",
    re.I,
)
_TIMELINE = re.compile(
    r"\bwhat(?:'s| has| have| is)?\s+(?:\w+\s+)?happen(?:ed|ing|s)?\s+(?:with|to|in|about|around|at)\b"
    r"|\btime-?line\b|\bchronology\b|\bwas ist\b.{0,30}\bpassiert\b"
    r"|\bque s'est-il passé\b|\bqué (?:ha )?pas(?:ó|ado)\b",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:articles?|reports?|stories|news|items|time-?line|chronology|happen\w*|mention\w*|about|archive|stored|published|appeared"
    r"|how|many|what|has|have|been|written|were|was|are|is|there|did|we|you|week|month|year|past|last|days?|weeks|months|recent\w*"
    r"|artikel|berichte|meldungen|artículos|noticias|articoli|passiert|viele|monat|woche|jahr)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What the archive is asked: its subject, and which way."""

    subject: tuple[Term, ...]
    timeline: bool


def sought(asked: Asked) -> Sought | None:
    """What the archive is to be asked; None for a question about the news."""
    timeline = bool(_TIMELINE.search(asked.text)) and (
        asked.period is not None or "line" in asked.text.lower()
    )
    if not timeline and not _HOW_MANY.search(asked.text):
        return None
    text = asked.text.replace(asked.period.phrase, " ") if asked.period else asked.text
    subject = content(terms(_ABOUT.sub(" ", text)))
    subject = [w for w in subject if w.fold not in DATES and not (asked.period and w.fold.isdigit())]
    return Sought(tuple(subject), timeline)


async def answer(asked: Asked, what: Sought, index: PassageIndex, archive: Archive) -> Answer | None:
    """The count or the time line; None for a time line of nothing."""
    found, whole = await _matching(asked, what, index, archive)
    if what.timeline:
        return _timeline(asked, found) if found else None
    return _counted(asked, what, found, whole=whole)


async def _matching(
    asked: Asked, what: Sought, index: PassageIndex, archive: Archive
) -> tuple[list[Article], bool]:
    """Articles of the period that have every word of the subject, oldest first, and whether these are all."""
    since = asked.period.since if asked.period else None
    until = min(asked.period.until if asked.period else asked.now, asked.now)
    if not what.subject:
        found = await archive.recent(limit=SEARCHED, since=since)
        whole = len(found) < SEARCHED
    else:
        hits = await index.text(queries(what.subject), limit=SEARCHED, since=since, until=until)
        found = await archive.get_many(list(dict.fromkeys(h.article_id for h in hits)))
        whole = len(hits) < SEARCHED
    wanted = {w.stem for w in what.subject}
    kept = [a for a in found if a.when <= until and not a.withdrawn and wanted <= _stems(a)]
    return sorted(kept, key=lambda a: (a.when, a.id)), whole


def _stems(article: Article) -> set[str]:
    return {w.stem for w in terms(f"{article.title}\n{article.text}")}


def _counted(asked: Asked, what: Sought, found: Sequence[Article], *, whole: bool) -> Answer:
    """A sentence with the number, citing the newest articles counted."""
    subject = " ".join(w.text for w in what.subject)
    about = f" that mention {subject}" if subject else ""
    when = f" ({_span(asked)})" if asked.period else ""
    number = f"{len(found)} article{'' if len(found) == 1 else 's'}"
    cited = tuple(quoting.lead(a) for a in reversed(found[-SHOWN:]) if a.text.strip())
    text = f"The archive has {'' if whole else 'at least '}{number}{about}{when}."
    return Answer(
        answered=True,
        sentences=(Sentence(text, cited),),
        method="database",
        question=asked.text,
        confidence=1.0,
        note="Counted in the archive; articles that use other words for it are not in the number.",
    )


def _timeline(asked: Asked, found: Sequence[Article]) -> Answer:
    """One sentence a day, oldest first; of many days those spread over the whole time."""
    days = {a.when.date(): a for a in reversed(found) if a.text.strip()}
    chosen = _spread([days[d] for d in sorted(days)], EVENTS)
    sentences = [
        replace(quoting.said(c := quoting.lead(a)), text=f"{a.when:%-d %B %Y}: {quoting.flat(c.quote)}")
        for a in chosen
    ]
    left = len(days) - len(chosen)
    note = f"{left} more days have reports." if left > 0 else ""
    return Answer(
        answered=bool(sentences),
        sentences=tuple(sentences),
        method="database",
        question=asked.text,
        confidence=1.0,
        note=note,
    )


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
