"""Reply -> Parts: what one platform can take, split where it must be, mark-up always closed.

Knows no platform library, only their documented limits. The hard thing is that Telegram counts
UTF-16 units and entities *after* parsing its HTML, so a reply is cut as text (`chat.render_cut`) and
each piece is marked up afterwards: nothing is ever cut inside a tag, a link or a surrogate pair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from bot.chat import render_html as html
from bot.chat.render_cut import BLOCKS_KEPT, Cost, clean, cut, text_of
from bot.types import Block, BlockKind, Button, Part, Reply, Span

TELEGRAM_LIMIT = Cost(size=4096, entities=100)
"""https://core.telegram.org/bots/api#sendmessage: UTF-16 units and entities after parsing."""
MATRIX_LIMIT = Cost(size=40_000, entities=1_000_000)
"""Bytes of both bodies: an event may have 65,536, and encryption makes four of three."""
PAYLOAD_LIMIT = 64
"""Bytes of a button's payload: https://core.telegram.org/bots/api#inlinekeyboardbutton."""
LABEL_LIMIT = 60
"""Characters of a button's label that a phone still shows."""
PREFIX = {"matrix": "!"}


def has_buttons(platform: str) -> bool:
    """Whether the platform shows buttons; elsewhere each is a line that says what to type."""
    return platform == "telegram"


def prefix(platform: str) -> str:
    """What a command starts with on this platform."""
    return PREFIX.get(platform, "/")


def utf16(text: str) -> int:
    """The length of `text` as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def render(reply: Reply, platform: str) -> tuple[Part, ...]:
    """Turn a reply into the messages to send, in order; buttons go under the last.

    `platform` is `telegram` (HTML parse mode), `matrix` (the spec's tags) or anything else, which
    gets plain text. `Part.plain` is always filled. A button whose payload is too long raises
    ValueError: that is a mistake of ours, never of a person.
    """
    for button in (b for row in reply.buttons for b in row):
        if not 0 < len(button.payload.encode()) <= PAYLOAD_LIMIT:
            raise ValueError(f"a button's payload has 1 to {PAYLOAD_LIMIT} bytes: {button.payload!r}")
    if platform == "telegram":
        return _telegram(reply)
    blocks = (*clean(reply), *clean(Reply(blocks=tuple(_as_commands(reply.buttons, prefix(platform))))))
    if platform == "matrix":
        return _matrix(blocks, preview=reply.preview)
    return (Part(html="", plain=html.plain(blocks)),) if blocks else ()


def _telegram(reply: Reply) -> tuple[Part, ...]:
    pieces = list(cut(clean(reply), price=_telegram_price, limit=TELEGRAM_LIMIT))
    parts = [Part(html=html.telegram(p), plain=html.telegram_text(p), preview=reply.preview) for p in pieces]
    if parts:
        parts[-1] = replace(parts[-1], buttons=tuple(tuple(map(_short, row)) for row in reply.buttons))
    return tuple(parts)


def _short(button: Button) -> Button:
    label = " ".join(button.label.split()) or button.payload
    return (
        button if label == button.label and len(label) <= LABEL_LIMIT else replace(button, label=clip(label))
    )


def clip(text: str, most: int = LABEL_LIMIT) -> str:
    """`text` at most `most` characters long, cut at a word, with an ellipsis where it was cut."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    space = head.rfind(" ", most // 2)
    return (head[:space] if space > 0 else head).rstrip() + "…"


@lru_cache(maxsize=BLOCKS_KEPT)
def _telegram_price(block: Block) -> Cost:
    return Cost(utf16(text_of(block)) + len("\n\n") + len(html.BULLET_SIGN), html.telegram_entities(block))


def _matrix(blocks: tuple[Block, ...], *, preview: bool) -> tuple[Part, ...]:
    pieces = cut(blocks, price=_matrix_price, limit=MATRIX_LIMIT)
    return tuple(Part(html=html.matrix(p), plain=html.plain(p), preview=preview) for p in pieces)


def _matrix_price(block: Block) -> Cost:
    """Bytes as JSON with every non-ASCII character escaped: the longest way a client may write it."""
    both = html.matrix_block(block) + html.plain_block(block)
    return Cost(len(json.dumps(both)) + len("<ul></ul>\\n\\n"))


def _as_commands(rows: tuple[tuple[Button, ...], ...], sign: str) -> Iterator[Block]:
    """Buttons for platforms that have none: what to type for each, a line for a button."""
    spans: list[Span] = []
    for button in (b for row in rows for b in row if not b.optional):
        end = "\n" if spans else ""
        label = "" if button.label == sign + button.payload else f"{button.label}: "
        spans += [Span(end + label), Span(sign + button.payload, code=True)]
    yield Block(BlockKind.PARAGRAPH, tuple(spans))
