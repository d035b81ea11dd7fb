"""An article's text, cut into passages of a few sentences: what is searched, embedded and read.

Knows sentences, nothing of databases or models. The hard thing is to cut where the text itself
pauses: a passage ends with a paragraph when it is long enough, and never inside a sentence.
"""

from __future__ import annotations

from bot.types import Passage


def split(text: str, language: str = "") -> list[Passage]:
    """Passages of `text` in order, each exactly `text[start:end]`; ids are 0 until stored."""
    raise NotImplementedError
