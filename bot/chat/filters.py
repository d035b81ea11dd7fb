"""Keyword filters: words, "phrases", AND OR NOT, (...), title: source: lang: and /regex/.

Pure and linear: a filter takes time proportional to the text however it is written, because words are
looked up in a set, phrases by substring search and regular expressions by RE2. Errors say where.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What a filter looks at."""

    title: str
    text: str
    source: str = ""
    """Names of the outlet and source, joined by newlines."""
    language: str = ""


class Filter:
    """A parsed filter; keep it and use it on many articles."""

    source: str
    """The text that was parsed."""

    def matches(self, fields: Fields) -> bool:
        """Whether the filter accepts an article."""
        raise NotImplementedError


def parse(text: str) -> Filter:
    """Parse a filter; BadInput says what is wrong and where."""
    raise NotImplementedError
