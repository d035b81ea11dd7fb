"""A message that was rendered for one platform, made ready for another.

Reads back only what `render_html` wrote. The hard thing is what the dialects leave out: Telegram's
has no paragraphs and no lists, Matrix's no buttons, so both are told again from line breaks, bullet
signs and commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser

from bot.chat.blocks import italic, paragraph
from bot.chat.render import prefix, render
from bot.chat.render_html import BULLET_SIGN, MATRIX_TAGS
from bot.types import Block, BlockKind, Button, Part, Reply, Span

NAMES = {"telegram": "Telegram", "matrix": "Matrix"}
KINDS = {tag: kind for kind, tag in MATRIX_TAGS.items()} | {"pre": BlockKind.CODE}
BOLD, ITALIC = ("b", "strong"), ("i", "em")
BREAK = re.compile(r"\n{2,}|\n(?=• )")


def carried(parts: Sequence[Part], *, origin: str, platform: str) -> tuple[Part, ...]:
    """The parts of one message of `origin`, as `platform` takes them, with a line that says why."""
    blocks: list[Block] = []
    buttons: list[tuple[Button, ...]] = []
    for part in parts:
        blocks += _blocks(part)
        buttons += part.buttons
    signed = [_signed(block, prefix(origin), prefix(platform)) for block in blocks]
    why = paragraph(italic(f"(sent here because {NAMES.get(origin, origin)} can't be reached)"))
    preview = any(part.preview for part in parts)
    return render(Reply(blocks=(*signed, why), buttons=tuple(buttons), preview=preview), platform)


def _blocks(part: Part) -> list[Block]:
    if not part.html:
        return [paragraph(text) for text in part.plain.split("\n\n")]
    reader = _Reader()
    reader.feed(part.html)
    reader.close()
    return [made for block in reader.blocks for made in _split(block)]


def _split(block: Block) -> Iterator[Block]:
    """A run of Telegram's text as the blocks that its line breaks and bullet signs show."""
    if block.kind is not BlockKind.PARAGRAPH:
        yield block
        return
    piece: list[Span] = []
    for span in block.spans:
        texts = BREAK.split(span.text)
        for number, text in enumerate(texts):
            if number:
                yield _named(piece)
                piece = []
            if text:
                piece.append(replace(span, text=text))
    if piece:
        yield _named(piece)


def _named(spans: Sequence[Span]) -> Block:
    """A piece between two breaks: a bullet by its sign, a heading where all of it is bold."""
    if spans and spans[0].text.startswith(BULLET_SIGN):
        first = replace(spans[0], text=spans[0].text.removeprefix(BULLET_SIGN))
        return Block(BlockKind.BULLET, (first, *spans[1:]))
    if spans and all(span.bold and not span.link for span in spans):
        return Block(BlockKind.HEADING, tuple(replace(span, bold=False) for span in spans))
    return Block(BlockKind.PARAGRAPH, tuple(spans))


def _signed(block: Block, old: str, new: str) -> Block:
    """Commands to type begin as the other platform has them."""
    spans = tuple(
        replace(span, text=new + span.text.removeprefix(old))
        if span.code and span.text.startswith(old)
        else span
        for span in block.spans
    )
    return Block(block.kind, spans)


class _Reader(HTMLParser):
    """Either dialect to blocks; what stands outside any block is a paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._kind = BlockKind.PARAGRAPH
        self._spans: list[Span] = []
        self._open: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block or a style."""
        if tag == "br":
            self._spans.append(Span("\n"))
        elif tag in KINDS:
            self._flush(KINDS[tag])
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        else:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if tag in KINDS:
            self._flush(BlockKind.PARAGRAPH)
        elif tag == "a":
            self._links.pop()
        elif tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        """Text in the styles that are open."""
        plain = self._kind is BlockKind.CODE
        self._spans.append(
            Span(
                data,
                bold=any(tag in self._open for tag in BOLD),
                italic=any(tag in self._open for tag in ITALIC),
                code="code" in self._open and not plain,
                link=self._links[-1] if self._links else "",
            )
        )

    def close(self) -> None:
        """End the last block."""
        super().close()
        self._flush(BlockKind.PARAGRAPH)

    def _flush(self, following: BlockKind) -> None:
        if any(span.text.strip() for span in self._spans):
            self.blocks.append(Block(self._kind, tuple(self._spans)))
        self._kind, self._spans = following, []
