"""What is said in a chat, before a platform shows it its own way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


class BlockKind(StrEnum):
    """A block's form."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    QUOTE = "quote"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A line or paragraph of a reply."""

    kind: BlockKind
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a message; `payload` comes back as `Message.button`, at most 64 bytes."""

    label: str
    payload: str
    optional: bool = field(default=False, compare=False)
    """Left out where a platform has no buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the bot wants to say, knowing no platform."""

    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    """Rows of buttons; a platform without buttons shows them as text commands."""
    preview: bool = False
    """Let the platform show a preview of the first link."""
    relabels: bool = False
    """Nothing is said; the message whose button was pressed gets `buttons` in place of its own."""
