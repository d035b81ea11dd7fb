"""What a story says now that was not known before: its new sentences.

Pure. The same rules that keep a summary from saying what its sources don't have tell here what the
earlier reports don't have. The hard thing is the same news in other words, which no two outlets
share: so a new number or name counts only beside other new words, and words alone when most are new.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.news.facts import Source, problems
from bot.news.grounding import carrying, features
from bot.news.sentences import split
from bot.news.terms import content
from bot.types import Sentence

SOME_NEW, MOST_NEW = 0.25, 0.5
"""Shares of a sentence's telling words that no earlier report has, with a new fact and without."""
FACTS = ("number ", "name ")
READ = 4000
"""Characters of each earlier report that are looked at."""


def new_sentences(
    sentences: Sequence[Sentence], *, changed: Collection[int], before: Sequence[str]
) -> tuple[Sentence, ...]:
    """Those of `sentences` that rest on a changed article and say what `before` does not.

    `changed` are ids of articles that came or changed since; `before` the texts known until then.
    """
    resting = [s for s in sentences if any(c.article_id in changed for c in s.citations)]
    if not resting or not before:
        return tuple(resting)
    known = [Source.read(text[a:b]) for text in before for a, b in split(text[:READ])]
    return tuple(s for s in resting if says_new(s.text, known))


def says_new(sentence: str, known: Sequence[Source]) -> bool:
    """Whether a sentence has a number or name, or mostly words, that no known one has."""
    claim = Source.read(sentence)
    telling = content(list(claim.words))
    if not telling:
        return False
    novel = features(claim, telling, known).novel
    facts = problems(claim, known, (), carrying(telling, known))
    return novel >= MOST_NEW or (novel >= SOME_NEW and any(fact.startswith(FACTS) for fact in facts))
