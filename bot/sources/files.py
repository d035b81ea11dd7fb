"""Files and standard input in, drafts out: text, Markdown, HTML, feeds, JSON lines, folders.

One bad file or line never stops the others: it becomes a Rejected with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.types import Draft


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be read, and why; `url` is a path, with `:line` in JSON lines."""

    url: str
    reason: str


def read_path(path: Path, *, now: datetime | None = None) -> Iterator[Draft | Rejected]:
    """Read a file, or a folder with everything below it in order of name."""
    raise NotImplementedError


def read_bytes(
    content: bytes, *, name: str = "stdin", now: datetime | None = None
) -> Iterator[Draft | Rejected]:
    """Read standard input; the format is recognised from the content."""
    raise NotImplementedError
