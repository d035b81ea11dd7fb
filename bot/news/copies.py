"""Near-copies: the same text at another address, cut shorter, or with a few words changed.

Agency copy in ten outlets is one report, not ten confirmations. Each text is remembered as the
smallest hashes of its runs of words (a bottom-k sketch, Broder 1997), small enough to store with
every article. The hard thing is copies cut to a part of the text: so what counts is the share of
the shorter one's runs, and equal titles help where crawls kept different parts.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

from bot.types import Signature

MARK = "#"
"""Begins the sketch, the last of a signature's terms."""
COPY = 0.5
"""Likeness from which two articles count as one report (benchmarks/duplicates.py)."""
RUN = 5
SIZE = 64
_DIGITS = 8
_WORD = re.compile(r"[^\W_]+")


def sketch(text: str) -> str:
    """The `SIZE` smallest hashes of the runs of `RUN` words in `text`, as one term after `MARK`."""
    words = _WORD.findall(text.casefold())
    runs = {" ".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1))} if words else set()
    return MARK + "".join(f"{h:0{_DIGITS}x}" for h in sorted(zlib.crc32(r.encode()) for r in runs)[:SIZE])


def telling(signature: Signature) -> tuple[str, ...]:
    """A signature's terms without its sketch."""
    terms = signature.terms
    return terms[:-1] if terms and terms[-1].startswith(MARK) else terms


def alike(one: Signature, other: Signature) -> float:
    """How surely one text repeats the other, 0 to 1."""
    mine, theirs = _hashes(_sketch_of(one)), _hashes(_sketch_of(other))
    if not mine or not theirs:
        return 0.0
    return 0.7 * _overlap(mine, theirs) + 0.3 * _titles(one.title, other.title)


def _sketch_of(signature: Signature) -> str:
    last = signature.terms[-1] if signature.terms else ""
    return last if last.startswith(MARK) else ""


@lru_cache(maxsize=256)
def _hashes(written: str) -> tuple[str, ...]:
    """A sketch's hashes; a new article's is asked for with each that it is compared with."""
    return tuple(written[i : i + _DIGITS] for i in range(len(MARK), len(written), _DIGITS))


def _overlap(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """Share of runs in common, of those that both sketches can see."""
    cut = min(mine[-1] if len(mine) == SIZE else "~", theirs[-1] if len(theirs) == SIZE else "~")
    a, b = ({h for h in hashes if h <= cut} for hashes in (mine, theirs))
    return len(a & b) / max(1, min(len(a), len(b)))


def _titles(one: str, other: str) -> float:
    a, b = (frozenset(_WORD.findall(t.casefold())) for t in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0
