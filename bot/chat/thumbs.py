"""The thumbs under a story: two buttons in one row, with how often each was pressed.

Pure. What a thumb does is in `feedback`; here is only how it looks and how it is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.types import Button, Message

UP, DOWN = "👍", "👎"
UNVOTE = "unvote"
"""As `Message.button`: the reaction that `reply_to` names was taken back."""
_VALUES = {"up": 1, "down": -1}


def thumbs(story_id: int, up: int = 0, down: int = 0) -> list[Button]:
    """The two buttons, with their counts."""
    labels = _labels((up, down))
    return [Button(label, f"{name} {story_id}", optional=True) for name, label in labels.items()]


def recounted(rows: Sequence[Sequence[Button]], counts: tuple[int, int]) -> tuple[tuple[Button, ...], ...]:
    """The buttons of a message with its thumbs counted anew.

    Whatever number they name: a message has the thumbs of one story, which may have become part of another.
    """
    labels = _labels(counts)
    return tuple(
        tuple(replace(b, label=labels.get(b.payload.partition(" ")[0], b.label)) for b in row) for row in rows
    )


def _labels(counts: tuple[int, int]) -> dict[str, str]:
    signs = zip(_VALUES, (UP, DOWN), counts, strict=True)
    return {name: f"{sign} {n}" if n else sign for name, sign, n in signs}


def is_thumb(message: Message) -> bool:
    """Whether somebody pressed one or reacted with one: no words are waited for."""
    return message.button.partition(" ")[0] in {*_VALUES, UNVOTE}


def value_of(message: Message) -> int:
    """What a thumb says: 1 or -1; 0 where the message is none."""
    return _VALUES.get(message.button.partition(" ")[0], 0)
