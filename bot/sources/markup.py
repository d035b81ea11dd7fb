"""HTML as data: a bounded tree, its plain text, and decoding of bytes. Pure; nothing is executed.

The hard thing: pages lie about their encoding and nest without end, and neither may raise or run
for long.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, lookup
from html import unescape

from charset_normalizer import from_bytes
from lxml import html as lxml_html
from lxml.etree import LxmlError, ParserError, _Element, iterwalk

LARGEST = 3_000_000
"""Characters of a page that are looked at."""

BLOCKS = frozenset(
    """
    address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
    h6 header hr li main nav ol p pre section table td th tr ul
    """.split()  # noqa: SIM905 - a table of words
)
UNREAD = frozenset(
    "script style noscript iframe object embed svg math template head button select audio video".split()  # noqa: SIM905
)

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
"""What a database refuses or nobody sees: controls, zero-width spaces, lone surrogates."""

LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"})
LIKELY = [
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r"),
    *("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
]
"""What undeclared pages are in; every other codec only makes the guess worse."""
CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([a-zA-Z0-9_.:-]{2,40})""")
SPACE = re.compile(r"\s+")
TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")


def decode(content: bytes, charset: str = "") -> str:
    """Bytes to text by byte order mark, UTF-8, the stated charset, the likeliest one. Never raises."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    if content.startswith(BOM_UTF8):
        return content[3:].decode("utf-8", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = CHARSET.search(content[:4096])
    for name in (charset, declared[1].decode("ascii") if declared else ""):
        if name and (text := _decoded(content, name)) is not None:
            return text
    # one stray byte must not turn a UTF-8 text into another alphabet
    text = content.decode("utf-8", "replace")
    if text.count("\ufffd") <= len(text) // 200:
        return text
    best = from_bytes(content[:65536], cp_isolation=LIKELY).best()
    return _decoded(content, best.encoding if best else "cp1252") or text


def _decoded(content: bytes, charset: str) -> str | None:
    # what the web calls Latin-1 is Windows' superset of it (WHATWG Encoding, 4.2)
    name = "cp1252" if charset.lower().replace("_", "-") in LATIN else charset
    try:
        lookup(name)
        text = content.decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if text.count("\ufffd") <= max(3, len(text) // 50) else None


def clean(text: str) -> str:
    """Text without what no reader sees and no database takes."""
    return CONTROL.sub("", text)


def line(text: str, *, limit: int = 500) -> str:
    """One line of plain text: entities read, tags dropped, white space folded, cut at a word."""
    return plain_line(unescape(TAG.sub(" ", text) if "<" in text else text), limit=limit)


def plain_line(text: str, *, limit: int = 500) -> str:
    """One line of what is plain text already: white space folded, cut at a word."""
    text = " ".join(clean(text).split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip() + "…"


def tree(html: str) -> _Element | None:
    """The parsed page, comments and processing instructions left out; None when there is nothing."""
    # encoded by us, so that no declaration in the page can contradict it
    content = clean(html[:LARGEST]).encode("utf-8")
    if not content.strip():
        return None
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root: _Element | None = lxml_html.document_fromstring(content, parser=parser)
    except (LxmlError, ParserError, ValueError, AssertionError):
        return None
    return root


def text_of(html: str) -> str:
    """A fragment's plain text, one line a paragraph. Plain text comes through unharmed."""
    if not TAG.search(html):
        return fold(unescape(html))
    root = tree(html)
    return "" if root is None else text_of_tree(root)


def text_of_tree(root: _Element) -> str:
    """A subtree's plain text, one line a paragraph; walks without recursion."""
    parts: list[str] = []
    skipping: _Element | None = None
    for event, element in iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start" and skipping is None:
            if tag in UNREAD and element is not root:
                skipping = element
                continue
            parts.append("\n" if tag in BLOCKS else "")
            parts.append(SPACE.sub(" ", element.text or ""))
        elif event == "end" and (skipping is None or skipping is element):
            skipping = None
            parts.append("\n" if tag in BLOCKS else "")
            if element is not root:
                parts.append(SPACE.sub(" ", element.tail or ""))
    return fold("".join(parts))


def fold(text: str) -> str:
    """Fold white space within lines and drop empty lines."""
    lines = (" ".join(part.split()) for part in clean(text).splitlines())
    return "\n".join(part for part in lines if part)


def local_name(element: _Element) -> str:
    """An XML element's name without its namespace, in lower case; broken names too, which QName refuses.

    Empty where the namespace is no text: lxml lets half a surrogate pair through and then can't decode it.
    """
    try:
        tag = element.tag if isinstance(element.tag, str) else ""
    except UnicodeDecodeError:
        return ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()
