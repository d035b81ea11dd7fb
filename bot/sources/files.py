"""Files and standard input in, drafts out: text, Markdown, HTML, PDF, feeds, JSON lines, folders.

Knows the disk and no network. The hard thing: one bad file or line never stops the others; it
becomes a Rejected with a reason that tells what to do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from bot.errors import SourceError
from bot.sources import extract, feed, markup, pdf, recognise
from bot.sources.language import detect, subtag
from bot.types import Draft

LARGEST = 20_000_000
"""Bytes of one document; JSON lines are read line by line and may be of any size."""
LONGEST_LINE = 5_000_000

FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".pdf": "pdf",
}
NOT_ARTICLES = frozenset({".opml"})
"""Skipped in folders without a word: they are for `sources import`."""
HEADER = frozenset({"title", "url", "published", "date", "outlet", "byline", "author", "language", "id"})
MARKS = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d+\.)\s+", re.M), ""),
    (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
)
"""Markdown that plain text does without."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be read, and why; `url` is a path, with `:line` in JSON lines."""

    url: str
    reason: str


def read_path(path: Path, *, now: datetime | None = None) -> Iterator[Draft | Rejected]:
    """Read a file, or a folder with everything below it in order of name."""
    if path.is_dir():
        for inside in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in inside.relative_to(path).parts)
            if inside.is_file() and not hidden and inside.suffix.lower() not in NOT_ARTICLES:
                yield from _read_file(inside, now)
    elif not path.exists():
        yield Rejected(str(path), "there is no such file")
    elif not path.is_file():
        yield Rejected(str(path), "this is no regular file")
    else:
        yield from _read_file(path, now)


def read_bytes(
    content: bytes, *, name: str = "stdin", now: datetime | None = None
) -> Iterator[Draft | Rejected]:
    """Read standard input; the format is recognised from the content."""
    kind = sniff(content)
    if kind == "jsonl":
        yield from _json_lines(BytesIO(content), name)
    else:
        yield from _document(content, kind, name=name, now=now)


def sniff(content: bytes) -> str:
    """The format of unnamed bytes, one of FORMATS' values."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf-"):
        return "pdf"
    if start.startswith((b"{", b"[")):
        first = content.strip().split(b"\n", 1)[0].strip()
        whole_on_one_line = first.endswith(b"}") and b'"items"' not in first
        return "jsonl" if start.startswith(b"{") and whole_on_one_line else "json"
    if any(mark in start for mark in (b"<rss", b"<feed", b"<rdf:rdf")):
        return "feed"
    if start.startswith((b"<!doctype html", b"<html")) or b"<body" in start or b"<head" in start:
        return "html"
    return "text"


def _read_file(path: Path, now: datetime | None) -> Iterator[Draft | Rejected]:
    name = str(path)
    kind = FORMATS.get(path.suffix.lower())
    try:
        size = path.stat().st_size
        if kind == "jsonl":
            with path.open("rb") as lines:
                yield from _json_lines(lines, name)
        elif size > LARGEST:
            yield Rejected(name, f"larger than {LARGEST // 1_000_000} MB; split it, or make it JSON lines")
        elif kind is None and path.suffix:
            yield Rejected(name, f"files that end with {path.suffix} are not read")
        else:
            yield from _document(path.read_bytes(), kind or "text", name=name, now=now)
    except OSError as e:
        yield Rejected(name, f"can't be opened: {e.strerror or 'unknown reason'}")


def _document(content: bytes, kind: str, *, name: str, now: datetime | None) -> Iterator[Draft | Rejected]:
    """Everything but JSON lines."""
    if len(content) > LARGEST:
        yield Rejected(name, f"larger than {LARGEST // 1_000_000} MB; split it, or make it JSON lines")
    elif not content.strip():
        yield Rejected(name, "empty")
    elif kind != "pdf" and is_binary(content):
        yield Rejected(name, "binary data, not text")
    else:
        try:
            yield from _read(content, kind, name, now or datetime.now(UTC))
        except SourceError as e:
            yield Rejected(name, e.reason)


def is_binary(content: bytes) -> bool:
    """Whether the bytes are no text in any encoding: NULs without a byte order mark, or controls."""
    start = content[:8000]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    controls = sum(1 for byte in start if byte < 9 or 13 < byte < 32)
    return b"\x00" in start or controls > len(start) // 20


def _read(content: bytes, kind: str, name: str, now: datetime) -> list[Draft | Rejected]:
    if kind in ("feed", "json"):
        items = feed.parse(content, url="", now=now, scope=name).items
        return list(items) or [Rejected(name, "the feed has no items")]
    if kind == "pdf":
        found = pdf.parse(content)
        return [_draft({"title": found.title, "byline": found.byline}, found.text, found.published)]
    text = markup.decode(content)
    if kind == "html":
        page = extract.extract(text)
        fields = {"title": page.title, "url": page.canonical_url, "byline": page.byline}
        fields |= {"outlet": page.outlet, "language": page.language}
        return [_draft(fields, page.text, page.published)]
    return [_from_text(text, name, marked=kind == "markdown")]


def _from_text(text: str, name: str, *, marked: bool) -> Draft | Rejected:
    fields, body = header(text)
    for mark, plain in MARKS if marked else ():
        body = mark.sub(plain, body)
    body = markup.fold(body)
    if not fields.get("title"):
        first, _, rest = body.partition("\n")
        fields["title"], body = first, rest or first
    if not body:
        return Rejected(name, "it has a title and no text")
    return _draft(fields, body, None)


def header(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines at the top (with or without `---` around them), and the text below."""
    lines = markup.clean(text).strip().splitlines()
    fenced = bool(lines) and lines[0].strip() == "---"
    fields: dict[str, str] = {}
    for at, line in enumerate(lines[1:] if fenced else lines, start=fenced):
        bare = line.strip()
        if (fenced and bare == "---") or (not fenced and fields and not bare):
            return fields, "\n".join(lines[at + 1 :])
        key, colon, value = bare.partition(":")
        if colon and key.strip().lower() in HEADER:
            fields[key.strip().lower()] = value.strip().strip("\"'")
        elif not fenced:
            return {}, text
    return (fields, "") if fields and not fenced else ({}, text)


def _json_lines(lines: BinaryIO, name: str) -> Iterator[Draft | Rejected]:
    number = 0
    while line := lines.readline(LONGEST_LINE):
        number += 1
        place = f"{name}:{number}"
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            yield Rejected(place, f"the line is longer than {LONGEST_LINE // 1_000_000} MB")
            while (more := lines.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                pass
        elif line.strip():
            yield _json_line(line, place)
    if not number:
        yield Rejected(name, "empty")


def _json_line(line: bytes, place: str) -> Draft | Rejected:
    try:
        row = json.loads(markup.decode(line))
    except (ValueError, RecursionError):
        return Rejected(place, "this is no JSON")
    if not isinstance(row, dict):
        return Rejected(place, "each line must be a JSON object with `text` or `html`")
    fields = {key: _plain(value) for key, value in row.items()}
    try:
        if fields.get("text", "").strip():
            body = markup.fold(fields["text"])
        elif fields.get("html", "").strip():
            page = extract.extract(fields["html"], url=fields.get("url", ""))
            body = page.text
            fields["title"] = fields.get("title") or page.title
            if page.published and not fields.get("published"):
                fields["published"] = page.published.isoformat()
        else:
            return Rejected(place, "it has neither `text` nor `html`")
    except SourceError as e:
        return Rejected(place, e.reason)
    fields["title"] = fields.get("title") or markup.line(body.partition("\n")[0], limit=120)
    return _draft(fields, body, None) if body else Rejected(place, "its text is empty")


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _draft(fields: dict[str, str], text: str, published: datetime | None) -> Draft:
    url = fields.get("url", "")
    title = markup.line(fields.get("title", "")) or markup.plain_line(text, limit=90)
    return Draft(
        url=url if url.startswith(("http://", "https://")) else "",
        title=title,
        text=text,
        keys=recognise.keys(url, feed_id=fields.get("id", ""), scope="file", text=f"{title}\n{text}"),
        outlet=markup.line(fields.get("outlet", ""), limit=100),
        byline=markup.line(fields.get("byline") or fields.get("author") or "", limit=200),
        language=subtag(fields.get("language", "")) or detect(text),
        published=published or _when(fields.get("published") or fields.get("date") or ""),
    )


def _when(value: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(value.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
