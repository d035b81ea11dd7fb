"""Blocks -> the two dialects of HTML and the plain text beside them.

Knows what Telegram's HTML parse mode and Matrix's `formatted_body` allow, and nothing else. Every
character that comes from outside passes `escape`; a link that is not plain http(s) becomes text.

Telegram: https://core.telegram.org/bots/api#html-style
Matrix: https://spec.matrix.org/v1.16/client-server-api/#mroommessage-msgtypes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import groupby, pairwise
from urllib.parse import urlsplit

from bot.chat.render_cut import BLOCKS_KEPT, text_of
from bot.types import Block, BlockKind, Span

LONGEST_URL = 2000
BULLET_SIGN = "• "
MARK = re.compile(r"\[\d+\]")
TELEGRAM_TAGS = {
    BlockKind.HEADING: "b",
    BlockKind.QUOTE: "blockquote",
    BlockKind.CODE: "pre",
}
MATRIX_TAGS = {
    BlockKind.HEADING: "h4",
    BlockKind.PARAGRAPH: "p",
    BlockKind.BULLET: "li",
    BlockKind.QUOTE: "blockquote",
}


@lru_cache(maxsize=10_000)
def web_url(url: str) -> str:
    """`url` if it may stand behind a link: http(s), a real host, no credentials, not huge; else empty."""
    if not url or len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        return ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    plain = parts.scheme in {"http", "https"} and "@" not in parts.netloc and "." in host.strip(".")
    return url if plain else ""


def gap(before: Block, after: Block) -> str:
    """What stands between two blocks in text: list items keep together."""
    return "\n" if before.kind is after.kind is BlockKind.BULLET else "\n\n"


def _joined(blocks: Sequence[Block], texts: Iterable[str]) -> str:
    gaps = ["", *(gap(a, b) for a, b in pairwise(blocks))]
    return "".join(g + t for g, t in zip(gaps, texts, strict=True))


# --- telegram ------------------------------------------------------------------------------


def telegram(blocks: Sequence[Block]) -> str:
    """Telegram's HTML: no paragraphs or lists, only line breaks."""
    return _joined(blocks, (_telegram_block(block) for block in blocks))


def telegram_text(blocks: Sequence[Block]) -> str:
    """What Telegram shows after parsing `telegram(blocks)`."""
    return _joined(blocks, (_sign(block) + text_of(block) for block in blocks))


def telegram_entities(block: Block) -> int:
    """How many entities the block makes."""
    inner = 0 if block.kind is BlockKind.CODE else sum(_styles(span) for span in block.spans)
    return inner + (block.kind in TELEGRAM_TAGS)


def _styles(span: Span) -> int:
    return span.bold + span.italic + span.code + bool(web_url(span.link))


def _sign(block: Block) -> str:
    return BULLET_SIGN if block.kind is BlockKind.BULLET else ""


@lru_cache(maxsize=BLOCKS_KEPT)
def _telegram_block(block: Block) -> str:
    if block.kind is BlockKind.CODE:
        return f"<pre>{escape(text_of(block))}</pre>"
    inner = "".join(_telegram_span(span) for span in block.spans)
    tag = TELEGRAM_TAGS.get(block.kind)
    return f"<{tag}>{inner}</{tag}>" if tag else _sign(block) + inner


def _telegram_span(span: Span) -> str:
    return _styled(span, escape(span.text), bold="b", italic="i")


def _styled(span: Span, html: str, *, bold: str, italic: str) -> str:
    if span.code:
        html = f"<code>{html}</code>"
    if span.italic:
        html = f"<{italic}>{html}</{italic}>"
    if span.bold:
        html = f"<{bold}>{html}</{bold}>"
    if url := web_url(span.link):
        html = f'<a href="{escape(url)}">{html}</a>'
    return html


# --- matrix --------------------------------------------------------------------------------


def matrix(blocks: Sequence[Block]) -> str:
    """Matrix's HTML: paragraphs, lists, and the tags that every client shows."""
    return "".join(_matrix_runs(blocks))


def _matrix_runs(blocks: Sequence[Block]) -> Iterator[str]:
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        inner = "".join(matrix_block(block) for block in run)
        yield f"<ul>{inner}</ul>" if kind is BlockKind.BULLET else inner


def matrix_block(block: Block) -> str:
    """One block in Matrix's HTML; a bullet without the list around it."""
    if block.kind is BlockKind.CODE:
        return f"<pre><code>{escape(text_of(block))}</code></pre>"
    tag = MATRIX_TAGS[block.kind]
    inner = "".join(_matrix_span(span) for span in block.spans)
    return f"<{tag}>{inner}</{tag}>"


def _matrix_span(span: Span) -> str:
    return _styled(span, escape(span.text).replace("\n", "<br>"), bold="strong", italic="em")


# --- plain ---------------------------------------------------------------------------------


def plain(blocks: Sequence[Block]) -> str:
    """Text without mark-up that still shows where links lead, each address once."""
    shown: set[str] = set()
    return _joined(blocks, [plain_block(block, shown) for block in blocks])


def plain_block(block: Block, shown: set[str] | None = None) -> str:
    """One block as text; quotes are marked as in mail. Addresses in `shown` are not repeated."""
    known = set() if shown is None else shown
    text = _sign(block) + "".join([_plain_span(span, known) for span in block.spans])
    if block.kind is BlockKind.QUOTE:
        return "\n".join(f"> {line}" for line in text.split("\n"))
    return text


def _plain_span(span: Span, shown: set[str]) -> str:
    """A mark like [1] stays bare: what it means is listed below with its address."""
    url = web_url(span.link)
    if not url or url in shown or MARK.fullmatch(span.text):
        return span.text
    shown.add(url)
    return f"{span.text} ({url})" if span.text != url else span.text
