"""What changed in a story since somebody was told it: reports withdrawn, numbers corrected, new facts.

Pure. Every sentence is a report's own, with its place; nothing is written. The hard thing is to be
silent about a cosmetic edit and about the same news in other words (`novelty`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.news import quoting
from bot.news.counts import Said, counted
from bot.news.differences import renumbered
from bot.news.facts import Source
from bot.news.novelty import READ, says_new
from bot.news.select import candidates
from bot.news.sentences import split
from bot.types import Article, Citation, Sentence, Summary

MOST = 3
"""Changes that are told at once."""
LEAD = 3
"""Sentences at the top of a rewritten report that are looked at besides those that the summary rests on."""
COMPARED = 12
"""Sentences at the top of each report whose numbers are compared."""


class ChangeKind(StrEnum):
    """How a story changed, the gravest first."""

    WITHDRAWN = "withdrawn"
    NUMBER = "number"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, with the report's own sentence."""

    kind: ChangeKind
    sentence: Sentence
    before: str = ""
    """Of a number: what was said before, as written (`14 people`)."""


def changes(
    before: Sequence[Article], after: Sequence[Article], summary: Summary | None, *, changed: Collection[int]
) -> tuple[Change, ...]:
    """What readers of `before` don't know, the gravest first, at most MOST.

    `before` are the reports as they were told, `after` all reports as they are now, `changed` the ids
    of those that came or changed since.
    """
    late = [a for a in after if a.id in changed]
    known = [Source.read(a.text[s:e]) for a in before for s, e in split(a.text[:READ], a.language)]
    known += [Source.read(a.title) for a in before if a.title]
    found = _withdrawn(before, late) + _numbers(before, [a for a in late if not a.withdrawn])
    seen = {c.sentence.text for c in found}
    for sentence in _sentences(before, [a for a in late if not a.withdrawn], summary):
        if len(found) >= MOST:
            break
        if sentence.text not in seen and says_new(sentence.text, known):
            found.append(Change(ChangeKind.NEW, sentence))
            known.append(Source.read(sentence.text))
    return tuple(found[:MOST])


def _withdrawn(before: Sequence[Article], late: Sequence[Article]) -> list[Change]:
    stood = {a.id for a in before if not a.withdrawn}
    gone = [a for a in late if a.withdrawn and a.id in stood]
    return [Change(ChangeKind.WITHDRAWN, Sentence(a.title, (_top(a),), extracted=True)) for a in gone]


def _top(article: Article) -> Citation:
    start, end = next(iter(split(article.text, article.language)), (0, 0))
    return quoting.cite(article, start, end)


def _numbers(before: Sequence[Article], late: Sequence[Article]) -> list[Change]:
    """Numbers that stand against a known one, where no known report has them."""
    old = [said for a in before for said in _counted(a)]
    found: dict[str, Change] = {}
    for new in (said for a in late for said in _counted(a)):
        contrary = [o for o in old if renumbered(o, new)]
        repeated = any(o.unit == new.unit and o.number.values & new.number.values for o in old)
        if contrary and not repeated and new.unit not in found:
            own = _own(new.article, new.start, new.end)
            found[new.unit] = Change(ChangeKind.NUMBER, own, before=contrary[-1].phrase)
    return list(found.values())


def _counted(article: Article) -> list[Said]:
    return counted(article, split(article.text, article.language)[:COMPARED])


def _sentences(before: Sequence[Article], late: Sequence[Article], summary: Summary | None) -> list[Sentence]:
    """What the summary rests on first: it chose what matters; then the top of each rewritten report.

    Of a report that only came, what the summary leaves out is no news: every report has its details.
    """
    by_id = {a.id: a for a in late}
    cited = [
        _own(by_id[c.article_id], c.start, c.end)
        for s in (summary.sentences if summary else ())
        for c in s.citations
        if c.article_id in by_id
    ]
    rewritten = [a for a in late if a.id in {b.id for b in before}]
    leads = [_own(a, c.start, c.end) for a in rewritten for c in candidates(a.text, a.language)[:LEAD]]
    return [s for s in (*cited, *leads) if s.text]


def _own(article: Article, start: int, end: int) -> Sentence:
    """The report's own sentence."""
    return quoting.said(quoting.cite(article, start, end))
