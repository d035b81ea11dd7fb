"""Citations: exact places in an article, and the source's own sentences said as they stand.

Pure. Offsets are into the article's text as it is stored, so `text[start:end] == quote` holds by
construction. The hard thing is a sentence that begins with "He": it is said with the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.news import sentences
from bot.types import Article, Citation, Sentence

LONGEST = 420
"""Characters that a sentence and the one before it may have together."""
READ = 20_000
"""Characters of an article in which a telling sentence is looked for."""
_SHORT = 40
"""Characters up to which a line without a stop is rather a heading than a sentence."""
_POINTING = re.compile(
    r"[\"“'‘]?(?:He|She|It|They|His|Her|Their|Its|This|That|These|Those|Er|Sie|Es|Il|Elle|Ils|Elles|Ella|Él)\b"
)


def cite(article: Article, start: int, end: int) -> Citation:
    """The place `start:end` of `article`'s text."""
    return Citation(
        article_id=article.id,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        start=start,
        end=end,
        quote=article.text[start:end],
    )


def said(citation: Citation) -> Sentence:
    """The cited words as the bot's sentence, in one line."""
    return Sentence(flat(citation.quote), (citation,), extracted=True)


def flat(text: str) -> str:
    """`text` in one line."""
    return " ".join(text.split())


def lead(article: Article) -> Citation:
    """The article's first sentence; its place is empty where the text is."""
    spans = sentences.split(article.text[:2000], article.language)
    start, end = next((s for s in spans if s[1] - s[0] > _SHORT), spans[0] if spans else (0, 0))
    return cite(article, start, end)


def telling(article: Article, worth: Callable[[str], int]) -> Citation:
    """The first sentence that is worth most, with what it leans on; the lead where none is worth anything."""
    text = article.text[:READ]
    spans = [
        (start, end)
        for start, end in sentences.split(text, article.language)
        if end - start > _SHORT or not text[end - 1].isalnum()
    ]
    worths = [worth(text[start:end]) for start, end in spans]
    if not any(worths):
        return lead(article)
    return cite(article, *complete(article, *spans[worths.index(max(worths))]))


def points_back(text: str, start: int) -> bool:
    """Whether the sentence that begins at `start` begins with a word that points back."""
    return bool(_POINTING.match(text, start))


def complete(article: Article, start: int, end: int) -> tuple[int, int]:
    """`start:end`, and the sentence before it where it begins with a word that points back."""
    if not points_back(article.text, start):
        return start, end
    before = article.text[max(0, start - LONGEST) : start]
    spans = sentences.split(before, article.language)
    if not spans:
        return start, end
    begin = start - len(before) + spans[-1][0]
    cut = begin == start - len(before) and begin > 0
    return (start, end) if cut or end - begin > LONGEST else (begin, end)
