"""What a model wrote, as clean sentences: no lead-in, mark-up, special token, fragment or repeat.

Pure. It only takes away: nothing is reworded here, so that what is left can still be checked
against the sources word by word. The hard thing is the end: a text cut off by the token limit
loses its last half sentence, a finished one without a full stop does not.
"""

from __future__ import annotations

import re

from bot.news import sentences
from bot.news.terms import content, terms
from bot.news.untrusted import speaks_to_machine, without_marks

_SURE = r"(?:sure|certainly|of course|okay|ok|absolutely)\b[^\n:.!]{0,60}[:.!]\s*"
_HERE = (
    r"(?:here(?:['’]s| is| are)|below is|this is|the following is|in (?:summary|short|brief)"
    r"|to summari[sz]e|(?:a |the |short |brief )*summary|tl;?dr|headline|answer|output)\b[^\n:.]{0,80}"
    r"(?::|,(?= )|\n)\s*"
)
_LEAD_IN = re.compile(rf"^\W*(?:{_SURE}(?:{_HERE})?|{_HERE})|^[\s:;,.!?*-]+", re.IGNORECASE)
_ABOUT_ITSELF = re.compile(
    r"^(?:the|this) (?:article|text|passage|summary|story|sentences?|report|piece)s? "
    r"(?:also )?(?:is about|describes?|discuss(?:es)?|says?|states?|reports?|mentions?|summari[sz]es?"
    r"|provides?|talks?|tells?|highlights?|concludes?|can be|given|above)\b"
    r"|^(?:as an ai|i can(?:no|')t|i am (?:an|a) |i'm (?:an|a) )"
    r"|^(?:note|please note|let me know|i hope)\b",
    re.IGNORECASE,
)
_MARKUP = (
    (re.compile(r"```\w*\n?|\*\*|__|~~|`"), ""),
    (re.compile(r"!?\[([^\]\n]{0,200})\]\((?:[^()\s]|\([^()]*\)){0,500}\)"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>"), " "),
    (re.compile(r"(?m)^\s{0,3}(?:#{1,6}\s+|>\s+|[-*•‣▪–]\s+|\(?\d{1,2}[.)]\s+)"), ""),
    (re.compile(r"(?<=[^\W_])\s?\[\d{1,2}(?:, ?\d{1,2})*\](?=\W|$)"), ""),
)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_ENDS = re.compile(rf"[.!?…。！？।॥؟۔][\s{re.escape(sentences.CLOSERS)}]*$")
_LIST_MARK = re.compile(r"\s*\(?(\d{1,2})[.):]\s+(\S.*)")


def tidy(text: str) -> str:
    """`text` without special tokens, mark-up, links and lead-in."""
    text = without_marks(text).strip()
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    text = _LINK.sub("", text)
    return _LEAD_IN.sub("", text.strip(), count=1).strip()


def numbered(text: str, *, truncated: bool = False) -> dict[int, str]:
    """The lines of a numbered list by their number, the last one only if it is whole."""
    lines: dict[int, str] = {}
    for line in without_marks(text).splitlines():
        if match := _LIST_MARK.match(line):
            lines.setdefault(int(match[1]), match[2].strip())
    if truncated and lines and not _ENDS.search(lines[max(lines)]):
        del lines[max(lines)]
    return lines


def finished(text: str, *, truncated: bool = False, language: str = "") -> tuple[str, ...]:
    """The whole sentences of what a model wrote, each once, in order."""
    text = tidy(text)
    spans = sentences.split(text, language)
    if truncated and spans and not _ENDS.search(text):
        spans.pop()
    kept: list[str] = []
    for start, end in spans:
        sentence = " ".join(text[start:end].split())
        if _presentable(sentence) and not any(same(sentence, k) for k in kept):
            kept.append(_closed(sentence))
    return tuple(kept)


def same(one: str, other: str) -> bool:
    """Whether two sentences say the same in nearly the same words."""
    left, right = ({w.stem for w in content(terms(t))} for t in (one, other))
    if not left or not right:
        return one == other
    return (
        len(left & right) >= 0.8 * min(len(left), len(right))
        and {s for s in left ^ right if s[:1].isdigit()} == set()
    )


def _presentable(sentence: str) -> bool:
    if _ABOUT_ITSELF.match(sentence) or speaks_to_machine(sentence) or sentence.endswith(":"):
        return False
    return len(sentence.split()) >= 3 or (not sentence.isascii() and len(sentence) >= 6)


def _closed(sentence: str) -> str:
    """With a full stop and a capital, and with no quotation mark left over."""
    if sentence.count('"') == 1:
        sentence = " ".join(sentence.replace('"', "").split())
    if not _ENDS.search(sentence):
        sentence = sentence.rstrip(" ,;-–—") + "."
    return sentence[:1].upper() + sentence[1:]
