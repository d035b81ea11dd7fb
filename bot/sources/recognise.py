"""Whether two items are the same article: canonical URLs and recognition keys. Pure.

The hard thing: merging twins (tracking parameters, http, www, AMP, mobile) and never two articles.
"""

from __future__ import annotations


def canonical(url: str) -> str:
    """The URL all twins share, for comparing and never for fetching; empty when it is no http(s) URL."""
    raise NotImplementedError


def keys(url: str, *, feed_id: str = "", scope: str = "", text: str = "") -> tuple[str, ...]:
    """Recognition keys, strongest first; never empty.

    `scope` is the feed that `feed_id` is unique in; `text` identifies what has neither URL nor id.
    """
    raise NotImplementedError
