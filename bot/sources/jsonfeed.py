"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1): bytes in, items out. Pure.

The hard thing: every field may be of any type, and a wrong one must cost that field only.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from bot.errors import Unreadable
from bot.sources import markup
from bot.sources.items import Item
from bot.sources.language import subtag


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFeed:
    """A JSON feed before its items are judged."""

    title: str
    link: str
    language: str
    items: tuple[Item, ...]
    withdrawn: tuple[Item, ...]
    """Those that say `"_deleted": true`: the format has no word for it, and lets writers add their own."""
    hub: str
    topic: str
    problems: tuple[str, ...]


def looks_like(content: bytes) -> bool:
    """Whether the bytes begin as JSON does."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def parse(content: bytes, *, url: str, most: int) -> JsonFeed:
    """Read a feed. Raises Unreadable when it is no JSON Feed."""
    try:
        top = json.loads(markup.decode(content))
    except (ValueError, RecursionError) as e:
        raise Unreadable("this looks like JSON and can't be read as such", url=url) from e
    if not isinstance(top, dict) or not isinstance(top.get("items"), list):
        raise Unreadable("this is JSON and no feed", url=url)
    entries = top["items"]
    problems: tuple[str, ...] = ()
    if len(entries) > most:
        problems = (f"it has {len(entries):,} items; the first and the last {most // 2} were read",)
        entries = entries[: most // 2] + entries[-(most // 2) :]
    entries = [e for e in entries if isinstance(e, dict)]
    return JsonFeed(
        title=_text(top.get("title")),
        link=_link(top.get("home_page_url"), url),
        language=subtag(_text(top.get("language"))),
        items=tuple(_item(e, base=url, feed=top) for e in entries if e.get("_deleted") is not True),
        withdrawn=tuple(
            i for e in entries if e.get("_deleted") is True and (i := _item(e, base=url, feed=top)).id
        ),
        hub=_hub(top.get("hubs"), url),
        topic=_link(top.get("feed_url"), url),
        problems=problems,
    )


def _item(entry: dict[str, Any], *, base: str, feed: dict[str, Any]) -> Item:
    marked, plain = _text(entry.get("content_html")), _text(entry.get("content_text"))
    summary = _text(entry.get("summary"))
    return Item(
        id=_text(entry.get("id")),
        url=_link(entry.get("url"), base) or _link(entry.get("external_url"), base),
        title=html.escape(_text(entry.get("title")), quote=False),
        html=marked or html.escape(plain or summary, quote=False),
        whole=bool(marked or plain),
        byline=_authors(entry) or _authors(feed),
        language=subtag(_text(entry.get("language"))),
        published=_when(entry.get("date_published")) or _when(entry.get("date_modified")),
        updated=_when(entry.get("date_modified")),
    )


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()


def _link(value: object, base: str) -> str:
    try:
        return urljoin(base, value.strip()) if isinstance(value, str) and value.strip() else ""
    except ValueError:
        return ""


def _authors(part: dict[str, Any]) -> str:
    authors = part.get("authors")
    listed = authors if isinstance(authors, list) else [part.get("author")]
    names = (_text(a.get("name")) for a in listed if isinstance(a, dict))
    return ", ".join(name for name in names if name)


def _hub(hubs: object, base: str) -> str:
    listed = hubs if isinstance(hubs, list) else []
    found = (h for h in listed if isinstance(h, dict) and _text(h.get("type")).lower() == "websub")
    return next((_link(h.get("url"), base) for h in found), "")


def _when(value: object) -> datetime | None:
    try:
        when = datetime.fromisoformat(_text(value))
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
