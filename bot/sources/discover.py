"""A pasted URL in, the feeds behind it out: rules, link rel, well-known paths, sitemaps last."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sources.http import Fetcher
from bot.types import SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source that can be added."""

    url: str
    title: str
    kind: SourceKind


async def discover(fetcher: Fetcher, url: str) -> list[Found]:
    """Every source that `url` leads to, best first; the page itself (watched by links) last.

    Raises SourceError when the URL can't be read at all.
    """
    raise NotImplementedError
