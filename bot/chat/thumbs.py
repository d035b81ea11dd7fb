"""The thumbs under a story: two buttons in one row, with how often each was pressed.

Pure. What a thumb does is in `feedback`; here is only how it looks and how it is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.types import Button, Message

UP, DOWN = "👍", "👎"
UNVOTE = "unvote"
"""As `Message.button`: the reaction that `reply_to` names was taken back."""
_VALUES = {"up": 1, "down": -1}


def thumbs(story_id: int, up: int = 0, down: int = 0) -> list[Button]:
    """The two buttons, with their counts."""
    return [
        Button(f"{sign} {n}" if n else sign, f"{name} {story_id}", optional=True)
        for sign, name, n in ((UP, "up", up), (DOWN, "down", down))
    ]


def recounted(
    rows: Sequence[Sequence[Button]], story_id: int, counts: tuple[int, int]
) -> tuple[tuple[Button, ...], ...]:
    """The buttons of a message with the thumbs of this story counted anew."""
    fresh = {b.payload: b for b in thumbs(story_id, *counts)}
    return tuple(tuple(fresh.get(b.payload, b) for b in row) for row in rows)


def is_thumb(message: Message) -> bool:
    """Whether somebody pressed one or reacted with one: no words are waited for."""
    return message.button.partition(" ")[0] in {*_VALUES, UNVOTE}


def value_of(message: Message) -> int:
    """What a thumb says: 1 or -1; 0 where the message is none."""
    return _VALUES.get(message.button.partition(" ")[0], 0)
