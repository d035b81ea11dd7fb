"""Lines of an extracted text that belong to the page and not to the article; and the reverse. Pure.

The hard thing: news sentences say `follow`, `share` and `related` too. A line is dropped only when
it is short or at an edge and its form says that it speaks to the reader, not of the news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

from bot.sources import markup

HEADS = r"""(?:also\s+on|read\s+(?:more|also|next|full)|see\s+(?:more|also)|more\s+(?:on|from|stories)
    |related(?:\s+\w+)?|don['’]?t\s+miss|recommended|you\s+(?:may|might)\s+(?:also\s+)?like|trending
    |most\s+(?:read|popular)|up\s+next|(?:lesen|sehen)\s+sie\s+auch|mehr\s+zum\s+thema|lire\s+aussi|à\s+lire
    |lee\s+también|leia\s+(?:também|mais)|veja\s+também|leggi\s+anche|читайте\s+также|смотрите\s+также|по\s+теме
    |tags?|labels|topics|schlagw[oö]rter|étiquettes|etiquetas|теги)"""
"""What stands before links to other articles, or before labels."""

PLACES = r"(?:twitter|facebook|instagram|telegram|whatsapp|pinterest|linkedin|youtube|tiktok|bluesky|x)"

CALLS = (
    HEADS + r"\b(?:\s*[:|>»].*|\s+[-–—]\s.*|\W*)",
    r"(?:like|enjoyed)\s+this\s+(?:story|article).*",
    r"share\s+(?:this\s+(?:article|story|post|page)|it\s+with|on|via|with\s+(?:your|a))\b.*",
    r"(?:please\s+)?(?:follow|find|like|join)\s+(?:us|me|him|her|them|our|@)\b.*",
    r"(?:follow|find|like|join)\s+\S+(?:\s+\S+){0,3}\s+on\s+" + PLACES + r"\b.*",
    r"(?:sign\s+up|subscribe|register)\s+(?:to|for|now|here|today)\b.*",
    r"get\s+(?:\S+\s+){1,8}(?:delivered|in\s+your\s+inbox|to\s+your\s+inbox|newsletter)\b.*",
    r".{0,60}\bnewsletters?\W*",
    r"(?:tell\s+us\s+what|what\s+do)\s+you\s+think\W*",
    r"(?:leave|post|write|add)\s+a\s+(?:comment|reply)\W*",
    r"(?:\d+\s+)?comments?\W*",
    r"(?:advertisement|advertising|sponsored(?:\s+content)?|anzeige|werbung|publicité|publicidad|реклама)\W*",
    r"(?:copyright|©|\(c\))\s.*",
    r".{0,60}all\s+rights\s+reserved\W*",
    r"(?:photo|image|picture|foto)(?:\s+(?:credit|source|by))?\s*:.{0,80}",
    r"(?:watch|listen|download|itunes|video|gallery)\s*:.{0,160}",
    r"(?:(?:print|email|share|save|tweet|copy\s+link|" + PLACES + r")\b\W*){1,8}",
)
CALL = re.compile(r"\W*(?:" + "|".join(f"(?:{call})" for call in CALLS) + ")", re.I | re.X)
"""A whole line that speaks to the reader."""

LONGEST_CALL = 220
WORDS = re.compile(r"\w+")
SHORTEST_RESTORED = 80


def trim(text: str, *, title: str = "") -> str:
    """The text without the headline repeated on top and without lines that call to the reader."""
    lines = text.split("\n")
    lines = list(_without_headline(lines, title))
    kept = [line for line in lines if len(line) > LONGEST_CALL or not CALL.fullmatch(line)]
    # a text of nothing but calls is an odd page, and better than none
    return "\n".join(kept or lines)


def _without_headline(lines: list[str], title: str) -> Iterator[str]:
    """Drop the first line among the top three that says what the title says."""
    words = [w.casefold() for w in WORDS.findall(title)]
    dropped = not words
    for at, line in enumerate(lines):
        if not dropped and at < 3 and _same_words(words, line):
            dropped = True
            continue
        yield line


def _same_words(words: list[str], line: str) -> bool:
    there = [w.casefold() for w in WORDS.findall(line)]
    if not there or len(line) > 300:
        return False
    shared = len(set(words) & set(there))
    return shared >= 0.8 * len(set(there)) and shared >= 0.75 * len(set(words))


def restore(text: str, root: _Element) -> str:
    """The text with the paragraphs that stand in the page between its own, built just like them.

    Long articles come in several boxes of one build, and an extractor that scores boxes takes the
    best and leaves the others.
    """
    lines = text.split("\n")
    places = {line: at for at, line in enumerate(lines)}
    paragraphs = [(p, " ".join(markup.text_of_tree(p).split())) for p in root.iter("p")]
    inside = [p for p, words in paragraphs if words in places and len(words) > SHORTEST_RESTORED]
    if len(inside) < 3 or len(lines) > 2000:
        return text
    builds, boxes = {_build(p) for p in inside}, {_box(p) for p in inside}
    there = _stream(text)
    after = -1
    more: dict[int, list[str]] = {}
    for paragraph, words in paragraphs:
        if words in places:
            after = places[words]
            continue
        built_alike = after >= 0 and _build(paragraph) in builds and _box(paragraph) in boxes
        if built_alike and _is_missing(words, there) and not _is_links(paragraph, words):
            more.setdefault(after, []).append(words)
    rows = ([line, *more.get(at, [])] for at, line in enumerate(lines))
    return "\n".join(line for row in rows for line in row) if more else text


def _stream(text: str) -> str:
    return " ".join(WORDS.findall(text))


def _is_missing(words: str, there: str) -> bool:
    """Whether neither the paragraph's beginning nor middle nor end stands in the text in some form."""
    found = WORDS.findall(words)
    if len(words) <= SHORTEST_RESTORED or len(found) < 12:
        return False
    middle = len(found) // 2
    samples = (found[:5], found[middle - 2 : middle + 3], found[-5:])
    return not any(" ".join(sample) in there for sample in samples)


def _build(paragraph: _Element) -> tuple[str, ...]:
    """How a paragraph is wrapped: the tags and classes of what it stands in."""
    above = [a for _, a in zip(range(3), paragraph.iterancestors(), strict=False)]
    return tuple(f"{a.tag}.{a.get('class') or ''}" for a in above)


def _box(paragraph: _Element) -> _Element:
    """The element three levels up, though never beyond the article."""
    box = paragraph
    for _, above in zip(range(3), paragraph.iterancestors(), strict=False):
        if above.tag not in ("div", "span", "section"):
            return above if above.tag in ("article", "main", "td") else box
        box = above
    return box


def _is_links(paragraph: _Element, words: str) -> bool:
    linked = sum(len(markup.text_of_tree(a)) for a in paragraph.iter("a"))
    return linked > len(words) // 2
