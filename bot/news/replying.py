"""From a verified answer to what the bot says: the source's own sentences, cited, and what to know besides.

Pure. The words are the source's; of the bot's own there is at most a note: that outlets differ,
that a newer report overrides an older one, that no model was at hand, what the nearest article is.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.news import kinds, overriding, quoting, verify
from bot.news.counts import meaning, meanings
from bot.news.fitting import Fit, alike, denials, fits, reasons, spread
from bot.news.numbers import numbers
from bot.news.reading import Reading, Vote
from bot.news.retrieve import Asked, Candidate, share
from bot.news.terms import DATES, HONORIFICS, stems, terms
from bot.types import Answer, Article, Citation

NO_MODEL = "No language model is at hand: this is the passage that fits best, word for word."
PREMISE = "The nearest article does not mention {}: the question may assume what the sources don't say."
WHY = "No sentence found says why in so many words; the article may still tell."
LOOKED_AT = 6
"""Passages whose sentences are compared where nothing can be read out."""
SAID, AGREED = 3, 2
"""Sentences said at most; and where two passages gave the same answer."""
SURE = 0.96
"""Confidence from which the sentence that answers stands alone."""
ALMOST, BESIDE = 1.0, 0.6
"""How much worse than the best a sentence may fit that is said too; and beside what was read out."""
ON_IT = 0.5
"""Share of the question's words that a sentence needs to contradict another."""
RELEVANT = 0.35
"""Share of the question's words that an article must have to be offered as the nearest."""

_TELLING = 3
"""Words besides names that an article must have in common with a question where it has none of its names."""


def say(
    asked: Asked,
    votes: Sequence[Vote],
    confidences: Sequence[float],
    found: Sequence[Fit],
    candidates: Sequence[Candidate],
) -> Answer:
    """The winner's sentence; beside it a contradicting one, the newer first, and what fits as well."""
    chosen = [votes[0].best]
    note = ""
    if rival := _rival(asked, votes, confidences):
        chosen = sorted([chosen[0], rival], key=lambda r: r.candidate.article.when, reverse=True)
        note = _difference(*chosen)
    cited = [_cited(r) for r in chosen]
    said = 1 if confidences[0] >= SURE else AGREED if len(votes[0].readings) > 1 else SAID
    for fit in spread(found, most=SAID, within=BESIDE):
        if len(cited) < said and not any(alike(fit.text, c.quote) for c in cited):
            cited.append(_quoted(fit))
    cited = _joined(cited)
    if not note:
        cited, note = _overridden(asked, cited, candidates)
    return Answer(
        answered=True,
        sentences=tuple(quoting.said(c) for c in dict.fromkeys(cited)),
        method="mixed",
        note=note,
        question=asked.text,
        confidence=confidences[0],
    )


def together(parts: Sequence[str], answers: Sequence[Answer]) -> Answer:
    """One answer to several questions, which says which of them has none."""
    known = [a for a in answers if a.answered]
    missing = [p for p, a in zip(parts, answers, strict=True) if not a.answered]
    notes = [a.note for a in answers if a.note]
    if known and missing:
        notes.append("Nothing was found on: " + " ".join(missing))
    each = max(1, SAID // max(1, len(known)))
    methods = {a.method for a in known}
    said = dict.fromkeys(s for a in known for s in a.sentences[:each])
    return Answer(
        answered=bool(known),
        sentences=tuple(s for s in said if not any(s.text != o.text and s.text in o.text for o in said)),
        method=methods.pop() if len(methods) == 1 else "mixed" if methods else "none",
        nearest=None if known else next((a.nearest for a in answers if a.nearest), None),
        note=" ".join(dict.fromkeys(notes)),
        confidence=min((a.confidence for a in known), default=0.0),
    )


def nothing(asked: Asked, candidates: Sequence[Candidate], *, confidence: float = 0.0) -> Answer:
    """The statement that the archive does not have it, with the nearest relevant article."""
    near, missing = _nearest(asked, candidates)
    note = PREMISE.format(", ".join(missing)) if missing else WHY if near and kinds.reason(asked.text) else ""
    return Answer(
        answered=False,
        sentences=(),
        method="none",
        nearest=_quoted(fits(asked, [near])[0]) if near else None,
        note=note,
        question=asked.text,
        confidence=confidence,
    )


def extract(asked: Asked, candidates: Sequence[Candidate], relevance: float, *, note: str = "") -> Answer:
    """The sentences that fit best, where nothing can be read out; or nothing, where they hardly fit."""
    if relevance < verify.PLAIN:
        return nothing(asked, candidates, confidence=relevance)
    best = _best(asked, fits(asked, candidates[:LOOKED_AT]))
    if not any(kinds.kind(asked.text, f.text) for f in best):
        return nothing(asked, candidates, confidence=relevance)
    cited, changed = _overridden(asked, _joined([_quoted(f) for f in best]), candidates)
    return Answer(
        answered=True,
        sentences=tuple(quoting.said(c) for c in cited),
        method="extract",
        note=" ".join(n for n in (note, changed) if n),
        question=asked.text,
        confidence=relevance,
    )


def _best(asked: Asked, found: Sequence[Fit]) -> list[Fit]:
    """The sentences that fit best; where a reason is asked for, those that give it, and of whom."""
    if not kinds.reason(asked.text):
        if kinds.denies(asked.text):
            found = denials(asked, found) or ([] if kinds.who_not(asked.text) else found)
        best = _fated(asked, spread(found, most=SAID, within=ALMOST))
        return _near(asked, best) if any(_named(asked, f) for f in best) else []
    why = spread(reasons(asked, found), most=SAID, within=ALMOST)
    if not why or any(asked.names & set(stems(f.text)) for f in why):
        return why
    named = (f for f in found if f.article == why[0].article and asked.names & set(stems(f.text)))
    return [*itertools.islice(named, 1), *why][:SAID]


def _near(asked: Asked, best: Sequence[Fit]) -> list[Fit]:
    """Without those of articles that have none of the question's names and share a single word with it."""
    rest = {w.stem for w in asked.words} - asked.names
    return [f for f in best if len(rest.intersection(stems(f.text))) > 1 or _named(asked, f)]


def _fated(asked: Asked, best: Sequence[Fit]) -> list[Fit]:
    """Those that count the killed, who were asked for, before those that count others; none without them."""
    fates = [kinds.fated(asked.text, f.text) for f in best]
    if False in fates and not any(fate and _named(asked, f) for fate, f in zip(fates, best, strict=True)):
        return []
    return [f for _, f in sorted(zip(fates, best, strict=True), key=lambda pair: pair[0] is False)]


def _named(asked: Asked, fit: Fit) -> bool:
    """Whether its article has any of the question's names, inflected perhaps; that of another town has none.

    Initials may stand for words that the article has, a number or a name in another script for what it writes
    otherwise; a day is its date's.
    """
    names = [w for w in asked.words if w.stem in asked.names and w.fold not in HONORIFICS | DATES]
    begun = tuple(w.stem[: max(4, len(w.stem) - 3)] for w in names)
    unsure = all(w.text.isupper() or not w.fold.isascii() or not w.fold.isalpha() for w in names)
    return unsure or any(s.startswith(begun) for s in stems(f"{fit.article.title}\n{fit.article.text}"))


def _overridden(
    asked: Asked, cited: list[Citation], candidates: Sequence[Candidate]
) -> tuple[list[Citation], str]:
    """What is cited, after the newer report that overrides it, and what to say of that.

    What is said beside the answer matters only where a number was asked for.
    """
    looked = cited if kinds.counted(asked.text) else cited[:1]
    found = overriding.override(asked, looked, candidates[:LOOKED_AT])
    if found is None:
        return cited, ""
    rest = [c for c in cited if not alike(c.quote, found.newer.quote)]
    return [found.newer, *rest][:SAID], found.note


def _cited(reading: Reading) -> Citation:
    article = reading.candidate.article
    return quoting.cite(article, *quoting.complete(article, reading.start, reading.end))


def _quoted(fit: Fit) -> Citation:
    return quoting.cite(fit.article, *quoting.complete(fit.article, fit.start, fit.end))


def _joined(cited: Sequence[Citation]) -> list[Citation]:
    """The citations, those that overlap as one: a "She" may bring a sentence that is cited already."""
    found: list[Citation] = []
    for one in cited:
        near = [c for c in found if _overlap(c, one)]
        place = found.index(near[0]) if near else len(found)
        found = [c for c in found if c not in near]
        found.insert(place, functools.reduce(_union, near, one))
    return found


def _union(one: Citation, other: Citation) -> Citation:
    first, last = sorted((one, other), key=lambda c: c.start)
    quote = first.quote + last.quote[first.end - last.start :]
    return replace(first, end=max(first.end, last.end), quote=quote)


def _overlap(one: Citation, other: Citation) -> bool:
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end


def _rival(asked: Asked, votes: Sequence[Vote], confidences: Sequence[float]) -> Reading | None:
    """Another article's answer of the same kind, almost as well supported as the winner's."""
    winner = votes[0].best
    for vote, confidence in zip(votes[1:], confidences[1:], strict=True):
        other = vote.best
        elsewhere = other.candidate.article.id != winner.candidate.article.id
        close = vote.weight >= verify.CLOSE * votes[0].weight and confidence >= verify.THRESHOLD
        alike = _comparable(asked, winner, other) and _of_one_thing(asked, winner, other)
        if elsewhere and close and alike and _on_it(asked, other):
            return other
    return None


def _comparable(asked: Asked, one: Reading, other: Reading) -> bool:
    """Whether two answers can only be true one at a time: two numbers, or two persons where one is sought."""
    counted = [bool(numbers(r.answer)) for r in (one, other)]
    return all(counted) or (not any(counted) and kinds.person(asked.text))


def _of_one_thing(asked: Asked, one: Reading, other: Reading) -> bool:
    """Whether both sentences have the same of the question's words: the killed are not the injured.

    Names aside, which the headline may have instead.
    """
    words = {meaning(w.stem) for w in asked.words if w.stem not in asked.names}
    return words & meanings(one.sentence) == words & meanings(other.sentence)


def _on_it(asked: Asked, reading: Reading) -> bool:
    """Whether the sentence itself is about what was asked, and not only its article."""
    own = {t.stem for t in terms(reading.sentence)}
    return share({w.stem: 1.0 for w in asked.words}, own) >= ON_IT


def _difference(newer: Reading, older: Reading) -> str:
    one, other = (f"{_whose(r.candidate.article)}: {r.answer}" for r in (newer, older))
    apart = newer.candidate.article.when - older.candidate.article.when
    if apart >= timedelta(hours=12):
        return f"The reports differ, and the newer one comes first. {one}; earlier {other}."
    return f"The sources differ. {one}; {other}."


def _whose(article: Article) -> str:
    day = f", {article.published.day} {article.published:%B %Y}" if article.published else ""
    return f"{article.outlet or article.title}{day}"


def _nearest(asked: Asked, candidates: Sequence[Candidate]) -> tuple[Candidate | None, Sequence[str]]:
    """The first passage whose article is on the question, and the question's names that it lacks."""
    first: dict[int, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.article.id, candidate)
    for candidate in first.values():
        missing = _missing(asked, candidate.article)
        if missing or candidate.features.article >= RELEVANT:
            return candidate, missing
    return None, ()


def _missing(asked: Asked, article: Article) -> Sequence[str]:
    """Names and numbers of the question that an article lacks though it has most of the rest: maybe a false
    premise. None where it has them all, or is not on the question."""
    have = set(stems(f"{article.title}\n{article.text}"))
    rest = {w.stem for w in asked.words} - asked.names
    on_it = bool(rest) and len(rest & have) * 3 >= len(rest) * 2
    if not on_it or not (asked.names & have or len(rest & have) >= _TELLING):
        return ()
    lacks = asked.names - have
    return tuple(dict.fromkeys(w.text for w in asked.words if w.stem in lacks))
