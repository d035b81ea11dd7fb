"""What goes to a language model and comes from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from bot.types.answers import Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a conversation, or one message of a prompt."""

    role: str
    """`system`, `user` or `assistant`."""
    text: str
    at: datetime | None = None
    citations: tuple[Citation, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator wrote, and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    truncated: bool = False
    """The token limit cut it off."""


class Urgency(IntEnum):
    """Who waits for a model: lower goes first."""

    PERSON = 0
    BACKGROUND = 1
