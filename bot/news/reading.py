"""Reading: one passage and one question in, the shortest exact answer out, found in the text again.

The model is asked for a copy, and what it writes counts only where the passage has it: the answer
is a place in the article, not a sentence of the model's. Always answers when any passage seems to;
whether that may be said is `verify`'s decision. The hard thing is time: passages are read one at a time,
the likeliest first, the question before the passage, so that the engine keeps the common beginning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.news import kinds, sentences
from bot.news.fitting import Fit, states
from bot.news.numbers import numbers
from bot.news.protocols import Generator, Prompts
from bot.news.retrieve import Asked, Candidate
from bot.news.terms import content, terms
from bot.types import Turn, Urgency

TOKENS = 24
"""An exact answer is short; a longer one is the model talking."""
NONE = re.compile(r"\bnone\b|\bnot (?:found|answered|mentioned)\b", re.I)
_CHOICE = re.compile(r"\b(?:or|oder)\b|还是", re.I)
_WRAPPING = re.compile(r"</?[a-z]+>|^[\s\"'“”‘’*`>:-]+|[\s\"'“”‘’*`<.,;:-]+$")


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer that stands in a passage."""

    answer: str
    candidate: Candidate
    start: int
    end: int
    """The sentence that holds it, as offsets into the article's text."""
    exact: bool
    """The passage has it word for word."""

    @property
    def sentence(self) -> str:
        """The sentence that holds the answer."""
        return self.candidate.article.text[self.start : self.end]


class Reader:
    """Reads passages with a language model. Raises ModelError kinds."""

    def __init__(self, generator: Generator, prompts: Prompts, *, urgency: Urgency, seconds: float) -> None:
        self._generator = generator
        self._prompts = prompts
        self._urgency = urgency
        self._seconds = seconds

    async def read(self, asked: Asked, candidate: Candidate) -> Reading | None:
        """The answer that `candidate` gives; None where it gives none."""
        done = await self._generator.generate(
            self._turns(asked, candidate),
            max_tokens=TOKENS,
            stop=("\n",),
            urgency=self._urgency,
            deadline=self._seconds,
        )
        return locate(clean(done.text), candidate, asked)

    def _turns(self, asked: Asked, candidate: Candidate) -> tuple[Turn, ...]:
        return self._prompts.render(
            "answer",
            today=day(asked.now, asked.zone),
            question=asked.text,
            date=day(candidate.article.published, asked.zone),
            title=candidate.article.title,
            passage=candidate.passage.text,
        )


def day(when: datetime | None, zone: tzinfo = UTC) -> str:
    """A day in `zone` as the prompts write it."""
    return f"{when.astimezone(zone):%-d %B %Y}" if when else "an unknown day"


def clean(text: str) -> str:
    """The bare answer: without quotes, full stop and tags around it; empty for NONE."""
    line = next((x for x in text.strip().splitlines() if x.strip()), "")
    bare = line
    while (shorter := _WRAPPING.sub("", bare)) != bare:
        bare = shorter
    return "" if NONE.search(bare) else bare


def locate(answer: str, candidate: Candidate, asked: Asked) -> Reading | None:
    """Where `candidate` has `answer`: the sentence with its words that has most of the question's.

    None where the words or numbers of the answer do not stand in one or two neighbouring sentences: then the
    model made it up, or put it together.
    """
    if not answer or echoes(answer, asked):
        return None
    passage = candidate.passage
    spans = sentences.split(passage.text, candidate.article.language)
    wanted = {w.stem for w in asked.words}
    best: tuple[tuple[bool, int, int], tuple[int, int]] | None = None
    for width in (1, 2):
        for i in range(len(spans) - width + 1):
            start, end = spans[i][0], spans[i + width - 1][1]
            text = passage.text[start:end]
            if states(text) and holds(answer, text):
                exact = squeeze(answer) in squeeze(text)
                shared = len(wanted & {w.stem for w in terms(text)})
                key = (exact, shared, -i)
                if best is None or key > best[0]:
                    best = key, (start, end)
        if best:
            (exact, _, _), (start, end) = best
            if kinds.fated(asked.text, passage.text[start:end], answer) is False:
                return None
            return Reading(answer, candidate, passage.start + start, passage.start + end, exact)
    return None


def echoes(answer: str, asked: Asked) -> bool:
    """Whether the answer only repeats the question, and the question gives no choice."""
    telling = {w.stem for w in content(terms(answer))}
    return bool(telling) and telling <= {w.stem for w in asked.words} and not _CHOICE.search(asked.text)


def holds(answer: str, text: str) -> bool:
    """Whether `text` has the answer: word for word, or all its telling words and numbers."""
    if squeeze(answer) in squeeze(text):
        return True
    said = numbers(text)
    counted = numbers(answer)
    if any(not any(n.agrees(s) for s in said) for n in counted):
        return False
    inside = [(n.start, n.end) for n in counted]
    telling = [w for w in content(terms(answer)) if not any(a <= w.start < b for a, b in inside)]
    have = {w.stem for w in terms(text)}
    return bool(telling or counted) and all(w.stem in have for w in telling)


def squeeze(text: str) -> str:
    """Without case, and with single spaces and straight quotes."""
    return " ".join(text.casefold().replace("’", "'").replace("“", '"').replace("”", '"').split())


@dataclass(frozen=True, slots=True)
class Vote:
    """Readings that say the same, and the weight behind them."""

    readings: tuple[Reading, ...]
    weight: float

    @property
    def best(self) -> Reading:
        """The one from the likeliest passage."""
        return max(self.readings, key=lambda r: (r.candidate.score, r.exact))


def count(readings: Sequence[Reading], found: Sequence[Fit]) -> list[Vote]:
    """Readings grouped by what they say, the heaviest group first; `found` are the passages' sentences."""
    groups: list[list[Reading]] = []
    for reading in readings:
        home = next((g for g in groups if same(g[0].answer, reading.answer)), None)
        if home is None:
            groups.append([reading])
        else:
            home.append(reading)
    votes = [Vote(tuple(g), sum(_weight(r, found) for r in g)) for g in groups]
    return sorted(votes, key=lambda v: -v.weight)


def _weight(reading: Reading, found: Sequence[Fit]) -> float:
    """Half as much for each point that its sentence fits worse than the best."""
    article = reading.candidate.article.id
    inside = [
        f.score
        for f in found
        if f.article.id == article and reading.start <= f.start and f.end <= reading.end
    ]
    behind = max(inside, default=found[-1].score) - found[0].score if found else 0.0
    return float(2.0**behind) * (1.0 if reading.exact else 0.7)


def same(one: str, other: str) -> bool:
    """Whether two answers mean the same: equal numbers, or the words of one all in the other."""
    mine, theirs = numbers(one), numbers(other)
    if mine and theirs:
        return any(a.agrees(b) or b.agrees(a) for a in mine for b in theirs)
    if bool(mine) != bool(theirs):
        return False
    a, b = ({w.stem for w in content(terms(t))} for t in (one, other))
    return bool(a and b and (a <= b or b <= a)) or squeeze(one) == squeeze(other)
