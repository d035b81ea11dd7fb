"""How commands print: JSON lines, sentences, progress. Progress only where a person looks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from bot.types import Citation, Sentence

stderr = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """A sentence for the person, on standard error."""
    print(text, file=sys.stderr, flush=True)


def emit(row: dict[str, Any]) -> None:
    """One JSON object on a line of standard output; in ASCII where that can't have every letter."""
    print(json.dumps(row, ensure_ascii=sys.stdout.encoding.lower() != "utf-8"), flush=True)


def stamp(moment: datetime | None) -> str | None:
    """A time for JSON: ISO 8601 in UTC."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def quoted(citation: Citation) -> dict[str, Any]:
    """A citation for JSON."""
    return {
        "article": citation.article_id or citation.url,
        "url": citation.url,
        "title": citation.title,
        "published": stamp(citation.published),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def sentence(item: Sentence) -> dict[str, Any]:
    """A sentence for JSON."""
    return {
        "text": item.text,
        "extracted": item.extracted,
        "citations": [quoted(c) for c in item.citations],
    }


class Report(Protocol):
    """Tells how far something is."""

    def __call__(self, label: str, done: int, total: int, *, in_bytes: bool = False) -> None:
        """`total` 0 means unknown."""
        ...


class _Amount(ProgressColumn):
    """Bytes or a count, whichever the task counts."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes, self._count = DownloadColumn(), MofNCompleteColumn()

    def render(self, task: Task) -> Text:
        """The amount done."""
        return (self._bytes if task.fields.get("in_bytes") else self._count).render(task)


@contextmanager
def progress() -> Iterator[Report]:
    """A bar for each label on standard error; a line for each label where that is no terminal."""
    if not stderr.is_terminal:
        yield _lines()
        return
    bars: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), _Amount(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as shown:

        def report(label: str, done: int, total: int, *, in_bytes: bool = False) -> None:
            if label not in bars:
                bars[label] = shown.add_task(label, total=total or None, in_bytes=in_bytes)
            shown.update(bars[label], completed=done, total=total or None)

        yield report


def _lines() -> Callable[..., None]:
    seen: set[str] = set()

    def report(label: str, done: int, total: int, *, in_bytes: bool = False) -> None:
        if label not in seen:
            seen.add(label)
            size = f" ({total / 1e6:.0f} MB)" if in_bytes and total else ""
            say(f"{label}{size}")

    return report
