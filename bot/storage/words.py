"""Words as the index sees them, alike in both databases and for questions and texts.

Case and the accents of Latin, Greek and Cyrillic are folded, Arabic and Hebrew points dropped.
Scripts that write no spaces (Chinese, Japanese, Thai, Khmer, Lao, Burmese) are taken character by
character, and a run of them in a question is a phrase. Knows no language and no stemming.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 64
"""Of a longer word the rest is ignored."""

_ASCII = re.compile(rf"[a-z0-9]{{1,{LONGEST}}}")
_POINTS = [(0x0300, 0x036F), (0x0591, 0x05C7), (0x064B, 0x065F), (0x0670, 0x0670)]
_UNSPACED = [
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3041, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
]


@dataclass(frozen=True, slots=True)
class Term:
    """What to look for: words in a row; with `prefix` the last one only has to begin so."""

    words: tuple[str, ...]
    prefix: bool = False


def split(text: str) -> list[str]:
    """The folded words of a text, in order."""
    if text.isascii():
        return _ASCII.findall(text.lower())
    # Twice, since what decomposes (a mathematical letter, say) may have a case of its own.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = plain.translate(_SIGNS)
    return [word[:LONGEST] for word in unicodedata.normalize("NFC", bare).split()]


def terms(queries: Sequence[str]) -> list[Term]:
    """The terms to look for, each once; those without a letter or digit are left out."""
    found = (Term(tuple(split(q)), q.rstrip().endswith("*")) for q in queries)
    return list(dict.fromkeys(t for t in found if t.words))


class _Signs(dict[int, str]):
    """What becomes of each character, decided when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = out = _fold(code)
        return out


def _fold(code: int) -> str:
    if _within(code, _POINTS):
        return ""
    sign = chr(code)
    if unicodedata.category(sign)[0] not in "LNM":
        return " "
    return f" {sign} " if _within(code, _UNSPACED) else sign


def _within(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


_SIGNS = _Signs()
