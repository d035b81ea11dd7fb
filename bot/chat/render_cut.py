"""Cut a reply into pieces that fit: between blocks, else sentences, else words, else characters.

Pure text, before any mark-up. What a block costs is told by a function, so the same cutting serves
UTF-16 units and bytes. The hard thing is to lose nothing: only the white space at a cut goes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.types import Block, BlockKind, Reply, Span

BLOCKS_KEPT = 2048
"""Blocks that are remembered: one story goes to many chats."""
SENTENCE_END = re.compile(r"[.!?…]['\"”’)\]]*\s|[。！？]")
SPACES = re.compile(r"[\s\u200b]+")
JOINERS = "\u200d\ufe0e\ufe0f\u20e3"

_REMOVED = dict.fromkeys(
    [
        0x0D,
        0xFEFF,
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xE0000, 0xE0080),
    ]
)
_REPLACED = {
    **dict.fromkeys([*range(0x0A), 0x0B, 0x0C, *range(0x0E, 0x20)], " "),
    **dict.fromkeys([0x2028, 0x2029], "\n"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
UNSAFE = str.maketrans({**_REMOVED, **_REPLACED})
"""Control characters, direction overrides, invisible tags and lone surrogates, out of foreign text."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a block takes of a platform's limits."""

    size: int
    entities: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.size + other.size, self.entities + other.entities)

    def within(self, limit: Cost) -> bool:
        """Whether it fits."""
        return self.size <= limit.size and self.entities <= limit.entities


Price = Callable[[Block], Cost]


def text_of(block: Block) -> str:
    """A block's text without any style."""
    return "".join(span.text for span in block.spans)


def clean(reply: Reply) -> tuple[Block, ...]:
    """The reply's blocks with unsafe characters gone, ends trimmed and empty ones dropped."""
    blocks = (_clean_block(block) for block in reply.blocks)
    return tuple(block for block in blocks if text_of(block))


@lru_cache(maxsize=BLOCKS_KEPT)
def _clean_block(block: Block) -> Block:
    one_line = block.kind in {BlockKind.HEADING, BlockKind.BULLET}
    spans = tuple(_clean_span(span, one_line=one_line) for span in block.spans)
    return _trimmed(Block(block.kind, spans))


def _clean_span(span: Span, *, one_line: bool) -> Span:
    text = span.text
    if text.isascii() and text.isprintable():
        return span
    safe = text.translate(UNSAFE)
    return replace(span, text=safe.replace("\n", " ") if one_line else safe)


def _trimmed(block: Block) -> Block:
    """Without white space at either end, spans that become empty dropped; code keeps its indent."""
    text = text_of(block)
    left = 0 if block.kind is BlockKind.CODE and text.strip() else len(text) - len(text.lstrip())
    right = max(left, len(text.rstrip()))
    if left == 0 and right == len(text) and all(span.text for span in block.spans):
        return block
    return _slice(block, left, right)


def _slice(block: Block, start: int, end: int) -> Block:
    """The characters `start` to `end` of a block, styles kept."""
    spans: list[Span] = []
    at = 0
    for span in block.spans:
        part = span.text[max(start - at, 0) : max(end - at, 0)]
        if part:
            spans.append(replace(span, text=part))
        at += len(span.text)
    return Block(block.kind, tuple(spans))


def cut(blocks: Iterable[Block], *, price: Price, limit: Cost) -> Iterator[tuple[Block, ...]]:
    """Pack blocks into pieces within `limit`, in order, splitting only what is too large alone."""
    piece: list[Block] = []
    used = Cost(0)
    for block in blocks:
        for part in _fitting(block, price, limit):
            cost = price(part)
            if not (used + cost).within(limit):
                yield tuple(piece)
                piece, used = [], Cost(0)
            piece.append(part)
            used = used + cost
    if piece:
        yield tuple(piece)


def _fitting(block: Block, price: Price, limit: Cost) -> Iterator[Block]:
    """The block itself, or the parts of it that fit one by one."""
    rest = block
    while not price(rest).within(limit):
        length = _longest_fit(rest, price, limit)
        at = border(text_of(rest), length, code=rest.kind is BlockKind.CODE)
        head, rest = _halves(rest, at)
        if text_of(head):
            yield head
    if text_of(rest):
        yield rest


def _longest_fit(block: Block, price: Price, limit: Cost) -> int:
    """How many characters of the block fit, at least one: a price grows with the text."""
    low, high = 1, len(text_of(block))
    while low < high:
        middle = (low + high + 1) // 2
        if price(_slice(block, 0, middle)).within(limit):
            low = middle
        else:
            high = middle - 1
    return low


def _halves(block: Block, at: int) -> tuple[Block, Block]:
    text = text_of(block)
    if block.kind is BlockKind.CODE:
        skipped = at + 1 if text[at : at + 1] == "\n" else at
        return _slice(block, 0, at), _slice(block, skipped, len(text))
    return _trimmed(_slice(block, 0, at)), _trimmed(_slice(block, at, len(text)))


def border(text: str, most: int, *, code: bool = False) -> int:
    """Where to cut `text` at or before `most` characters: the end of a sentence, a word, or anywhere.

    The first two must leave a piece of at least half the size, so that one early full stop does not
    make a crumb. Combining marks stay with their letter.
    """
    if most >= len(text):
        return len(text)
    if code and (line := text.rfind("\n", most // 2, most + 1)) > 0:
        return line
    if not code:
        ends = [m.end() for m in SENTENCE_END.finditer(text, most // 2, most + 1) if m.end() <= most + 1]
        if ends:
            return min(ends[-1], most)
    words = [m.start() for m in SPACES.finditer(text, most // 2, most + 1)]
    if words and words[-1] > 0:
        return words[-1]
    return _whole_character(text, most)


def _whole_character(text: str, at: int) -> int:
    """The nearest cut before `at` that parts no accent or joined emoji from its base; else `at`."""
    for place in range(at, max(at - 32, 0), -1):
        after, before = text[place], text[place - 1]
        if not unicodedata.combining(after) and after not in JOINERS and before != "\u200d":
            return place
    return at
