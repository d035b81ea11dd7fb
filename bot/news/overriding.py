"""Whether a newer report found says another number of the same thing: a correction, or a later count.

Pure, and needs no reader: what was cited is held against the counted things in the other passages found.
The hard thing is not to set two events against each other, so the reports must be of the same weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.news import kinds, quoting, sentences
from bot.news.counts import Said, counted, meaning, meanings
from bot.news.differences import corrections, differences
from bot.news.retrieve import Asked, Candidate, share
from bot.news.terms import DATES
from bot.types import Article, Citation

RUNNING = timedelta(days=14)
"""How far apart two reports of one running story are at most."""
ON_IT = 0.5
"""Share of the question's words that each of two sentences needs, to count the thing that was asked for."""


@dataclass(frozen=True, slots=True)
class Override:
    """The newer report, and what to know of the older one."""

    newer: Citation
    note: str


def override(asked: Asked, cited: Sequence[Citation], candidates: Sequence[Candidate]) -> Override | None:
    """What overrides something cited, or is overridden by it; None where nothing does.

    Two counts are set against each other only where the question asks for just that count: without this,
    every one of four found in 283 answers was of two different things.
    """
    said = [s for c in candidates for s in counted(c.article, _spans(c))]
    articles = list({c.article.id: c.article for c in candidates}.values())
    for correction in corrections(articles, said):
        newer = correction.article
        outdated = [s for s in correction.outdated if _one_event(asked, s.article, newer)]
        told = any(c.article_id == newer.id and correction.new in c.quote for c in cited)
        if outdated and (told or any(_within(s, cited) for s in outdated)):
            was = f"{outdated[0].phrase} ({_source(outdated[0].article)})"
            return Override(quoting.lead(newer), f"{_source(newer)} corrects {was} to {correction.new}.")
    for found in differences(said, most=len(said)):
        one, other = found.earlier, found.later
        same = _asked_for(asked, one, other) and _near(one.article, other.article)
        if same and (_within(one, cited) or _within(other, cited)):
            note = f"The newer report says {other.phrase}; {_source(one.article)} said {one.phrase}."
            return Override(quoting.cite(other.article, other.start, other.end), note)
    return None


def _spans(candidate: Candidate) -> list[tuple[int, int]]:
    passage = candidate.passage
    spans = sentences.split(passage.text, candidate.article.language)
    return [(passage.start + a, passage.start + b) for a, b in spans]


def _near(one: Article, other: Article) -> bool:
    dated = one.published is not None and other.published is not None
    return dated and abs(other.when - one.when) <= RUNNING


def _one_event(asked: Asked, older: Article, newer: Article) -> bool:
    """Whether two reports are of one time, and the newer has the question's names that the older one has."""
    names = {w.stem for w in asked.words if w.stem in asked.names and w.fold not in DATES}
    had, has = (meanings(f"{a.title}\n{a.text}") for a in (older, newer))
    return _near(older, newer) and names & had <= has


def _asked_for(asked: Asked, older: Said, newer: Said) -> bool:
    """Whether the question asks for just this count: the newer has what the older one has of its words."""
    words = {meaning(w.stem): 1.0 for w in asked.words}
    had, has = meanings(older.sentence), meanings(newer.sentence)
    counted = kinds.counted(asked.text) and meaning(older.unit) in words
    on_it = all(share(words, set(known)) >= ON_IT for known in (had, has))
    others = kinds.fated(asked.text, older.sentence) is False
    return counted and on_it and not others and words.keys() & had <= has


def _within(said: Said, cited: Sequence[Citation]) -> bool:
    return any(c.article_id == said.article.id and c.start <= said.start < c.end for c in cited)


def _source(article: Article) -> str:
    return f"{article.outlet or 'An article'} of {article.when:%-d %B %Y}"
