"""A PDF's text. Pure; pypdf only. The hard thing: damaged and hostile files, so pages are bounded."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from typing import Any

from pypdf import PdfReader

from bot.errors import Unreadable
from bot.sources import markup

# it warns of every oddity, quoting the file
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

MOST_PAGES = 200
LONGEST = 500_000
ENDS = tuple('.!?:»”"')
SHORT = 0.7
"""Of a full line's length: a shorter one is a headline, or the last of its paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """What a PDF says."""

    title: str
    text: str
    byline: str
    published: datetime | None


def parse(content: bytes, *, url: str = "") -> Pdf:
    """Read a PDF. Raises Unreadable: broken, locked, or only pictures."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("the PDF is locked with a password", url=url)
        pages = _pages(reader)
        about: Any = reader.metadata or {}
        title, byline = str(about.get("/Title") or ""), str(about.get("/Author") or "")
        published = _date(str(about.get("/CreationDate") or ""))
    except Unreadable:
        raise
    except Exception as e:
        raise Unreadable("the PDF is damaged", url=url) from e
    text = _paragraphs(pages)
    if not text:
        raise Unreadable("the PDF has no text, only pictures", url=url)
    return Pdf(
        title=markup.line(title) or markup.line(text.partition("\n")[0], limit=120),
        text=text,
        byline=markup.line(byline, limit=200),
        published=published,
    )


def _pages(reader: PdfReader) -> list[str]:
    found: list[str] = []
    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES or sum(map(len, found)) > LONGEST:
            break
        found.append(page.extract_text())
    return found


def _paragraphs(pages: list[str]) -> str:
    """Lines joined to paragraphs, words put together that a line's end divided."""
    text = re.sub(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])", "", "\n".join(pages)[:LONGEST])
    lines = [line.strip() for line in text.split("\n")]
    lengths = sorted(len(line) for line in lines if line) or [0]
    full = lengths[len(lengths) * 9 // 10]
    ended = (line + ("\n" if _ends(line, after, full) else " ") for line, after in pairwise([*lines, ""]))
    return markup.fold("".join(ended))


def _ends(line: str, after: str, full: int) -> bool:
    """Whether a paragraph ends here: with a sentence, or far from the margin before a new beginning."""
    if line[-1:] in ENDS or not after:
        return True
    return len(line) < full * SHORT and (after[0].isupper() or after[0].isdigit())


def _date(value: str) -> datetime | None:
    """PDF dates: `D:20250131120000+01'00'` (ISO 32000, 7.9.4); the zone is left aside."""
    match = re.match(r"D:(\d{4})(\d\d)(\d\d)", value)
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC) if match else None
    except ValueError:
        return None
