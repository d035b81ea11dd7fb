"""Short ways to write a Reply: a heading, a paragraph, a bullet, a link.

Knows no platform. Text given here is data: it is never parsed for mark-up, so an article's title
can't change how a message looks.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.types import Block, BlockKind, Button, Reply, Span

Inline = str | Span


def _spans(parts: Iterable[Inline]) -> tuple[Span, ...]:
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts if part)


def heading(*parts: Inline) -> Block:
    """A line that names what follows."""
    return Block(BlockKind.HEADING, _spans(parts))


def paragraph(*parts: Inline) -> Block:
    """Running text."""
    return Block(BlockKind.PARAGRAPH, _spans(parts))


def bullet(*parts: Inline) -> Block:
    """One line of a list."""
    return Block(BlockKind.BULLET, _spans(parts))


def quote(*parts: Inline) -> Block:
    """Another's words."""
    return Block(BlockKind.QUOTE, _spans(parts))


def code(text: str) -> Block:
    """Text to be copied as it is."""
    return Block(BlockKind.CODE, (Span(text),))


def bold(text: str) -> Span:
    """Text that stands out."""
    return Span(text, bold=True)


def italic(text: str) -> Span:
    """An aside."""
    return Span(text, italic=True)


def mono(text: str) -> Span:
    """A command or value to type."""
    return Span(text, code=True)


def link(text: str, url: str) -> Span:
    """Text that leads to `url`."""
    return Span(text, link=url)


def say(*parts: Inline, buttons: Iterable[Iterable[Button]] = ()) -> Reply:
    """A reply of one paragraph."""
    return reply(paragraph(*parts), buttons=buttons)


def reply(*blocks: Block, buttons: Iterable[Iterable[Button]] = (), preview: bool = False) -> Reply:
    """A reply of several blocks; empty rows of buttons vanish."""
    rows = tuple(tuple(row) for row in buttons)
    return Reply(blocks=blocks, buttons=tuple(row for row in rows if row), preview=preview)
