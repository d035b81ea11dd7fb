"""Feed reading: every document of feedparser's own collection, through `bot.sources.feed`.

    python -m benchmarks.feeds DATA_FOLDER

Counts the documents that are read without an exception other than Unreadable, those with items
where feedparser has entries, and the expectations (feedparser's own, written for its result) that
hold for what our parser gets from it, beside plain feedparser in the same run.
"""

from __future__ import annotations

import argparse
import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from bot.errors import Unreadable
from bot.sources import feed, markup

Reader = Callable[[bytes, Mapping[str, str]], Any]

URL = "http://127.0.0.1:8097/feed"
SAFE = {f.__name__: f for f in (len, str, bool, isinstance, list, tuple, set, dict, int, float, repr)}
DEFAULTS = {"content-location": URL, "content-type": "application/xml"}
"""As feedparser's own tests serve the documents."""


def headers_of(document: bytes) -> dict[str, str]:
    """The answer's headers that a document asks for in its first comment (`Header: NAME: VALUE`)."""
    found = {}
    for line in document[:2000].decode("latin-1").splitlines():
        if line.strip().startswith("Header:"):
            name, _, value = line.partition("Header:")[2].partition(":")
            found[name.strip().lower()] = value.strip()
    return found


def holds(expectation: str, result: Any) -> bool:
    """Whether an expectation of feedparser's tests is true of a result."""
    try:
        return bool(eval(expectation, {"__builtins__": SAFE}, dict(result)))
    except Exception:  # noqa: BLE001
        return False


def plain(document: bytes, headers: Mapping[str, str]) -> Any:
    return feedparser.parse(document, response_headers=DEFAULTS | dict(headers))


def ours(document: bytes, headers: Mapping[str, str]) -> Any:
    given = DEFAULTS | dict(headers)
    return feed.raw(document, url=given["content-location"], content_type=given["content-type"])


def said(result: Any) -> list[tuple[str, ...]]:
    """What a result says to a reader: titles, links, ids and texts without markup."""
    rows = []
    for part in (result.get("feed") or {}, *(result.get("entries") or [])):
        texts = [part.get("title"), part.get("summary"), part.get("subtitle"), part.get("rights")]
        texts += [content.get("value") for content in part.get("content") or []]
        plain_texts = (markup.text_of(text) for text in texts if isinstance(text, str))
        rows.append((str(part.get("link")), str(part.get("id")), *plain_texts))
    return rows


def count(name: str, reader: Reader, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print how many expectations hold; returns the rows whose expectation does not."""
    started = time.perf_counter()
    missed = []
    for row in rows:
        document = base64.b64decode(row["xml_b64"])
        if not holds(row["expect"], reader(document, headers_of(document))):
            missed.append(row)
    rate = len(rows) / (time.perf_counter() - started)
    kinds = Counter(row["category"] for row in missed).most_common()
    print(f"{name:11} {len(rows) - len(missed)} of {len(rows)} expectations hold, {rate:.0f} documents/s")
    print("            not: " + (", ".join(f"{kind} {n}" for kind, n in kinds) or "none"))
    return missed


def says_the_same(row: dict[str, Any]) -> bool:
    document = base64.b64decode(row["xml_b64"])
    headers = headers_of(document)
    return said(plain(document, headers)) == said(ours(document, headers))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    path = parser.parse_args().data / "feed_feedparser.jsonl"
    if not path.exists():
        print(f"{path.name}: no such file in {path.parent}; nothing measured")
        return
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    read = unreadable = items = entries = 0
    for row in rows:
        document = base64.b64decode(row["xml_b64"])
        headers = headers_of(document)
        entries += len(plain(document, headers).get("entries") or [])
        try:
            found = feed.parse(
                document, url=URL, content_type=headers.get("content-type", ""), now=datetime.now(UTC)
            )
            read, items = read + 1, items + len(found.items)
        except Unreadable:
            unreadable += 1
    print(f"{len(rows)} documents: {read} read as feeds, {unreadable} said to be none, 0 exceptions")
    print(f"items that became drafts: {items}, of {entries} entries (the others have neither title nor text)")
    theirs, mine = count("feedparser", plain, rows), count("newsbot", ours, rows)
    lost = [row for row in mine if row["id"] not in {other["id"] for other in theirs}]
    same = sum(says_the_same(row) for row in lost)
    print(f"of {len(lost)} that only feedparser holds, {same} give the same titles, links, ids and text:")
    print("            they are about markup, which newsbot drops instead of cleaning it")
    held = len(rows) - len(mine)
    print(f"ratio       {held / (len(rows) - len(theirs)):.4f}, in what a reader sees ", end="")
    print(f"{(held + same) / (len(rows) - len(theirs)):.4f}")


if __name__ == "__main__":
    main()
