"""The facts of a sentence, rule by rule: numbers, names, dates, quotations, negation, who did what.

Each rule looks at a sentence and what it rests on and names what has no support. Pure. The hard
thing is to be strict without being deaf: a demonym, an acronym or a number in words is support.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.news.numbers import Number, numbers, spaced
from bot.news.terms import (
    DATES,
    HEDGES,
    HONORIFICS,
    NEGATORS,
    OPPOSITES,
    SOFT_NEGATORS,
    STOP,
    Term,
    content,
    terms,
)

_QUOTED = re.compile(
    r"[\"“”„«»「」『』](?P<text>[^\"“”„«»「」『』]{2,400})[\"“”«»」』]|‘(?P<single>[^‘’]{2,300})’(?!\w)"
)
_SPACES = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A source sentence, read once."""

    text: str
    words: tuple[Term, ...]
    stems: frozenset[str]
    numbers: tuple[Number, ...]
    torn: tuple[Number, ...]
    negated: bool
    folds: tuple[str, ...]
    """Every word as written, numbers too; `words` have each number as one."""

    @classmethod
    def read(cls, text: str) -> Source:
        """Take `text` apart."""
        found = numbers(text)
        written = terms(text)
        words = tuple(_canonical(written, found))
        folds = tuple(w.fold for w in written)
        return cls(
            text,
            words,
            frozenset(w.stem for w in words),
            found,
            spaced(text),
            not NEGATORS.isdisjoint(folds) or not SOFT_NEGATORS.isdisjoint(folds),
            folds,
        )


def _canonical(words: Sequence[Term], found: Sequence[Number]) -> Iterator[Term]:
    """The words with each number as one word, its value, however it was written."""
    left = list(found)
    inside = -1
    for word in words:
        while left and left[0].end <= word.start:
            left.pop(0)
        if word.start < inside:
            continue
        if not left or word.start < left[0].start:
            yield word
            continue
        inside = left[0].end
        value = f"{max(left[0].values):.15g}"
        yield Term(word.text, value, value, False, word.start)


def problems(
    claim: Source,
    sources: Sequence[Source],
    context: Sequence[Source],
    support: Sequence[int],
) -> Iterator[str]:
    """What `claim` says that its sources don't, one phrase each; `support` are those it rests on."""
    wide = [*sources, *context]
    carried = [sources[i] for i in support]
    yield from _numbers(claim, sources, context)
    yield from _names(claim, wide)
    yield from _quotations(claim.text, wide)
    yield from _negation(claim, carried)
    yield from _hedge(claim, carried)
    yield from _opposites(claim, sources, carried)
    yield from _swapped(claim, sources)


def _numbers(claim: Source, sources: Sequence[Source], context: Sequence[Source]) -> Iterator[str]:
    for number in claim.numbers:
        holders = [s for s in (*sources, *context) if _has(s, number)]
        beside = _beside(claim, number)
        if not any(not beside or beside & s.stems for s in holders):
            yield f"number {number.text}"


def _has(source: Source, number: Number) -> bool:
    if any(number.agrees(n) for n in source.numbers):
        return True
    return any(number.values & torn.values for torn in source.torn)


def _beside(claim: Source, number: Number) -> set[str]:
    """What stands around a number: a 14 that counts something else elsewhere is no support."""
    before = [w for w in claim.words if w.start < number.start][-4:]
    after = [w for w in claim.words if w.start >= number.end][:4]
    return {w.stem for w in content([*before, *after]) if not w.fold[:1].isdigit()}


def _names(claim: Source, wide: Sequence[Source]) -> Iterator[str]:
    known = frozenset().union(*(s.stems for s in wide))
    folds = {w.fold for s in wide for w in s.words}
    initials = {"".join(w.fold[0] for w in run) for s in wide for run in _capital_runs(s.words)}
    for place, word in enumerate(claim.words):
        if word.fold in DATES and word.capital and word.fold not in folds:
            yield f"date {word.text}"
        elif _is_name(claim, place) and not _known_name(word, known, folds, initials):
            yield f"name {word.text}"


def _is_name(claim: Source, place: int) -> bool:
    word = claim.words[place]
    if not word.capital or word.fold in STOP or word.fold in HONORIFICS or word.fold in DATES:
        return False
    before = claim.text[: word.start].rstrip()
    opens = not before or before[-1] in ".!?:“\"‘'«(—–-"
    return not opens or (
        not word.fold.endswith("ly") and place + 1 < len(claim.words) and claim.words[place + 1].capital
    )


def _known_name(word: Term, known: frozenset[str], folds: set[str], initials: set[str]) -> bool:
    if word.stem in known or word.fold in folds:
        return True
    bare = word.fold.replace(".", "")
    if word.text.isupper() and (bare in initials or bare in {f.replace(".", "") for f in folds}):
        return True
    root = word.fold[: max(4, len(word.fold) - 3)]  # Syrian for Syria
    return len(word.fold) > 4 and any(f.startswith(root) and abs(len(f) - len(word.fold)) <= 3 for f in folds)


def _capital_runs(words: Sequence[Term]) -> Iterator[list[Term]]:
    run: list[Term] = []
    for word in words:
        if word.capital:
            run.append(word)
        elif word.fold not in {"of", "the", "and", "for"} or not run:
            if len(run) > 1:
                yield run
            run = []
    if len(run) > 1:
        yield run


def _quotations(text: str, wide: Sequence[Source]) -> Iterator[str]:
    plain = [_plain(s.text) for s in wide]
    for match in _QUOTED.finditer(text):
        quoted = _plain(match["text"] or match["single"])
        if quoted and not any(quoted in p for p in plain) and quoted not in " ".join(plain):
            yield f"quotation {match[0]}"


def _plain(text: str) -> str:
    """Letters and digits only; `didn't` and `did not` are the same."""
    folded = text.casefold().replace("’", "'").replace("can't", "cannot").replace("can not", "cannot")
    return _SPACES.sub(" ", folded.replace("won't", "will not").replace("n't", " not")).strip()


def _negation(claim: Source, carried: Sequence[Source]) -> Iterator[str]:
    turned = [w for w in claim.words if _turns(w) and claim.text[w.start + len(w.text) :][:1] != "-"]
    if turned and carried and not any(s.negated for s in carried):
        yield f"negation {turned[0].text}"
    if not turned and carried and _drops_negation(claim, carried[0]):
        yield "negation left out"


def _turns(word: Term) -> bool:
    return word.fold in NEGATORS or word.fold.endswith("n't")


def _drops_negation(claim: Source, source: Source) -> bool:
    """The source says `not W`, the sentence says W with nothing that turns it round."""
    if not SOFT_NEGATORS.isdisjoint(claim.folds):
        return False
    return _bare(claim, source, [i for i, w in enumerate(source.words) if _turns(w)])


def _hedge(claim: Source, carried: Sequence[Source]) -> Iterator[str]:
    """The source says `allegedly W`, the sentence says W as certain."""
    if not carried or not HEDGES.isdisjoint(claim.folds):
        return
    places = [i for i, w in enumerate(carried[0].words) if w.fold in HEDGES and w.text != "May"]
    if _bare(claim, carried[0], places):
        yield f"hedge left out: {carried[0].words[places[0]].text}"


def _bare(claim: Source, source: Source, marks: Sequence[int]) -> bool:
    """Whether the sentence has the word that follows one of the marked words, and the source has it once."""
    own = {w.stem for w in content(list(claim.words))}
    after = [content(list(source.words[i + 1 : i + 4]))[:1] for i in marks]
    return any(w.stem in own and _once(w.stem, source) for found in after for w in found)


def _once(wanted: str, source: Source) -> bool:
    return sum(w.stem == wanted for w in source.words) == 1


def _opposites(claim: Source, sources: Sequence[Source], carried: Sequence[Source]) -> Iterator[str]:
    """A word that no source has, where its contrary stands among the same words in a source."""
    known = frozenset().union(*(s.stems for s in sources))
    telling = content(list(claim.words))
    for place, word in enumerate(telling):
        contrary = OPPOSITES.get(word.stem, frozenset())
        if word.stem in known or not contrary:
            continue
        beside = {w.stem for w in telling[max(0, place - 2) : place + 3]} - {word.stem}
        if any(contrary & s.stems and _together(contrary, beside, s) for s in carried):
            yield f"opposite {word.text}"


def _together(contrary: frozenset[str], beside: set[str], source: Source, within: int = 3) -> bool:
    telling = content(list(source.words))
    for place, word in enumerate(telling):
        if word.stem in contrary:
            around = {w.stem for w in telling[max(0, place - within) : place + within + 1]}
            if around & beside:
                return True
    return False


def _swapped(claim: Source, sources: Sequence[Source]) -> Iterator[str]:
    """`A beat B` where every source that has both and the verb says `B beat A`."""
    for left, verb, right in _triples(claim):
        ways = [way for s in sources if (way := _way(left, verb, right, s))]
        if ways and all(way < 0 for way in ways):
            yield f"swapped {left} and {right}"


def _triples(claim: Source) -> Iterator[tuple[str, str, str]]:
    words = claim.words
    names = [i for i, w in enumerate(words) if w.capital and w.fold not in STOP and w.fold not in DATES]
    for i, j in itertools.pairwise(names):
        between = [w for w in words[i + 1 : j] if w.fold not in STOP]
        if len(between) == 1 and j - i <= 3 and words[i].stem != words[j].stem:
            yield words[i].stem, between[0].stem, words[j].stem


def _way(left: str, verb: str, right: str, source: Source) -> int:
    """1: in the same order round the verb, -1: swapped, 0: the source lacks one or says it in the passive."""
    if not {left, verb, right} <= source.stems or " by " in source.text:
        return 0
    places = {s: [i for i, w in enumerate(source.words) if w.stem == s] for s in (left, verb, right)}
    if any(len(p) != 1 for p in places.values()):
        return 0
    if not all(source.words[places[s][0]].capital for s in (left, right)):
        return 0
    a, v, b = places[left][0], places[verb][0], places[right][0]
    return 1 if a < v < b else -1 if b < v < a else 0
