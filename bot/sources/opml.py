"""OPML subscription lists in and out. Pure. Nested folders become topics with `/` between levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.types import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlEntry:
    """One subscription of a list."""

    url: str
    title: str
    topic: str = ""


def parse(content: bytes) -> list[OpmlEntry]:
    """Read a list, each URL once. Raises Unreadable when it is no OPML."""
    raise NotImplementedError


def write(sources: Iterable[Source]) -> bytes:
    """Write OPML 2.0, topics as nested folders."""
    raise NotImplementedError
