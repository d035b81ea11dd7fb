"""How a chat reads a story: length and language, from the subscription or else the chat.

Pure. Summaries are written once for a form and shared by all who read in it.
"""

from __future__ import annotations

from typing import NamedTuple

from bot.types import ORIGINAL, Chat, Length, Options


class Form(NamedTuple):
    """A length and a language of summaries."""

    length: Length = Length.SHORT
    language: str = ""
    """Empty: as in the article."""


def form_of(chat: Chat, options: Options | None = None) -> Form:
    """The form that the subscription asks for, or else the chat."""
    language = (options.language if options else "") or chat.language
    length = (options.length if options else None) or chat.length
    return Form(length, "" if language == ORIGINAL else language)
