"""Answers from the archive itself: how many articles, what happened when, what is new.

No model answers these. Knows protocols only. A count is of the stored articles that have every telling word
of the subject (`sought.py`); a time line tells one sentence a day of each story from those articles, the
latest the newest of them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta, tzinfo

from bot.news import dates, quoting
from bot.news.protocols import Archive, PassageIndex
from bot.news.retrieve import Asked, queries
from bot.news.sought import Sought, What, fills
from bot.news.terms import DATES, STOP, Term, stems
from bot.types import Answer, Article, Citation, Sentence

SEARCHED = 2000
"""Passages that a count looks through at most."""
LOT = 200
"""Articles that are read and looked through at once."""
SHOWN = 3
EVENTS = 6
RECENT = 60
"""Articles among which the newest stories are looked for."""


async def answer(asked: Asked, sought: Sought, index: PassageIndex, archive: Archive) -> Answer | None:
    """The count, the time line or the newest; None where there is nothing to tell of the last two."""
    found, whole = await _matching(asked, sought, index, archive)
    return await asyncio.to_thread(_said, asked, sought, found, whole=whole)


def _said(asked: Asked, sought: Sought, found: Sequence[Article], *, whole: bool) -> Answer | None:
    if sought.what is What.COUNT:
        return _counted(asked, sought, found, whole=whole)
    events = _events(found, asked.zone)
    if sought.what is What.LATEST:
        return _told(asked, sought, events[: -SHOWN - 1 : -1], left=0) if events else None
    chosen = _spread(events, EVENTS)
    return _told(asked, sought, chosen, left=len(events) - len(chosen)) if events else None


async def _matching(
    asked: Asked, sought: Sought, index: PassageIndex, archive: Archive
) -> tuple[list[Article], bool]:
    """Articles of the period that have every word of the subject, oldest first, and whether these are all."""
    since = asked.period.since if asked.period else None
    until = min(asked.period.until if asked.period else asked.now, asked.now)
    if not sought.subject:
        limit = RECENT if sought.what is What.LATEST else SEARCHED
        found = await archive.recent(limit=limit, since=since, before=until)
        return _in_order(asked, found), len(found) < limit
    hits = await index.text(queries(sought.subject), limit=SEARCHED, since=since, until=until)
    ids = list(dict.fromkeys(h.article_id for h in hits))
    kept: list[Article] = []
    for start in range(0, len(ids), LOT):
        some = await archive.get_many(ids[start : start + LOT])
        kept += await asyncio.to_thread(_having, sought.subject, some)
    return _in_order(asked, kept), len(hits) < SEARCHED


def _in_order(asked: Asked, found: Sequence[Article]) -> list[Article]:
    """Those of the time asked about, oldest first. The index's own end is inclusive, a period's is not."""
    end = asked.period.until if asked.period else None
    kept = [a for a in found if a.when <= asked.now and (end is None or a.when < end) and not a.withdrawn]
    return sorted(kept, key=lambda a: (a.when, a.id))


def _having(subject: Sequence[Term], found: Sequence[Article]) -> list[Article]:
    return [a for a in found if _shared(subject, f"{a.title}\n{a.text}") == len(subject)]


def _shared(subject: Sequence[Term], text: str) -> int:
    """How many words of the subject `text` has."""
    have = set(stems(text))
    return sum(_spelled(w, text) if _also_a_word(w) else w.stem in have for w in subject)


def _also_a_word(word: Term) -> bool:
    """Whether it is a name only as it is spelled: the US, the WHO, The Times, X."""
    besides = word.fold in STOP or fills(word) or len(word.fold) == 1
    return word.fold in DATES or (word.capital and besides)


def _spelled(word: Term, text: str) -> bool:
    bare = re.sub(r"['’]s$", "", word.text)
    return re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", text) is not None


def _counted(asked: Asked, sought: Sought, found: Sequence[Article], *, whole: bool) -> Answer:
    """A sentence with the number, citing the newest articles counted."""
    subject = " ".join(w.text for w in sought.subject)
    about = f" that mention{'s' if len(found) == 1 else ''} {subject}" if subject else ""
    when = f" ({_span(asked)})" if asked.period else ""
    number = f"{len(found)} article{'' if len(found) == 1 else 's'}"
    cited = tuple(_telling(sought, a) for a in reversed(found[-SHOWN:]) if a.text.strip())
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


def _events(found: Sequence[Article], zone: tzinfo) -> list[Article]:
    """The first report of each story on each day in `zone`, oldest first."""
    first: dict[tuple[object, ...], Article] = {}
    for a in found:
        if a.text.strip():
            first.setdefault((a.when.astimezone(zone).date(), a.story_id or f"article {a.id}"), a)
    return list(first.values())


def _told(asked: Asked, sought: Sought, chosen: Sequence[Article], *, left: int) -> Answer:
    """A sentence of each, with its day."""
    sentences = [
        replace(
            quoting.said(c := _telling(sought, a)), text=f"{_day(a, asked.zone)}: {quoting.flat(c.quote)}"
        )
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


def _telling(sought: Sought, article: Article) -> Citation:
    """Its sentence about the subject: what is named in passing is not what the article begins with."""
    return quoting.telling(article, lambda sentence: _shared(sought.subject, sentence))


def _day(article: Article, zone: tzinfo) -> str:
    when = f"{article.when.astimezone(zone):%-d %B %Y}"
    return when if article.published else f"Without a date, read on {when}"


def _spread(found: Sequence[Article], most: int) -> list[Article]:
    if len(found) <= most:
        return list(found)
    return [found[round(i * (len(found) - 1) / (most - 1))] for i in range(most)]


def _span(asked: Asked) -> str:
    period = asked.period
    if period is None:
        return ""
    since, end, now = (t.astimezone(asked.zone) for t in (period.since, period.until, asked.now))
    until = f"{min(end - timedelta(days=1), now):%-d %B %Y}"
    if period.since == dates.BEGINNING:
        return f"until {until}"
    clock = "" if since.hour == since.minute == 0 else f", {since:%H:%M %Z},"
    return f"{since:%-d %B %Y}{clock} to {until}"
