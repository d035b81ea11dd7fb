"""Entries that a feed took back: Atom tombstones (RFC 6721). Pure.

Read from the bytes, since feedparser takes what stands inside a tombstone for the feed's own. The
hard thing: a feed may be cut off anywhere, and no number of tombstones may cost more than reading it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

NAMESPACE = b"http://purl.org/atompub/tombstones/1.0"
MOST = 1000
TAG = re.compile(rb"<(/?)(?:[\w.-]{1,40}:)?deleted-entry\b([^<>]{0,3000})>")
ATTRIBUTE = re.compile(r"""\b(ref|when)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that is no longer there: its id, and since when."""

    ref: str
    when: datetime | None


def take(content: bytes) -> tuple[bytes, tuple[Tombstone, ...]]:
    """The feed without its tombstones, and the tombstones."""
    if NAMESPACE not in content:
        return content, ()
    kept: list[bytes] = []
    found: list[Tombstone] = []
    at, inside = 0, False
    for tag in TAG.finditer(content):
        closes, attributes = bool(tag[1]), tag[2]
        if closes and not inside:
            continue
        if not inside:
            kept.append(content[at : tag.start()])
        if not closes and len(found) < MOST and (tombstone := _read(attributes)):
            found.append(tombstone)
        at = tag.end()
        inside = not closes and not attributes.endswith(b"/")
    return b"".join((*kept, content[at:])), tuple(found)


def _read(attributes: bytes) -> Tombstone | None:
    text = attributes.decode("utf-8", "replace")
    values = {name: unescape(one or other).strip() for name, one, other in ATTRIBUTE.findall(text)}
    return Tombstone(values["ref"], _when(values.get("when", ""))) if values.get("ref") else None


def _when(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
