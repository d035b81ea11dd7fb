"""Sentences that the bot says in more than one place, and errors turned into sentences.

The voice: short, plain, friendly. An exception's own text is shown only for BadInput, which is
written for people; every other error gets its sentence here.
"""

from __future__ import annotations

from bot.errors import NewsbotError
from bot.types import Reply


def trouble() -> Reply:
    """What to say when something unexpected broke; the worker has the details in its log."""
    raise NotImplementedError


def sentence(error: NewsbotError) -> str:
    """Say an expected error in plain words, with what can be done about it."""
    raise NotImplementedError
