"""OPML subscription lists in and out. Pure. Nested folders become topics with `/` between levels.

The hard thing: lists are written by hand and by programs of twenty years; what can be read is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from bot.errors import Unreadable
from bot.sources import markup
from bot.types import Source

MOST = 20_000
LARGEST = 20_000_000
DEEPEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlEntry:
    """One subscription of a list."""

    url: str
    title: str
    topic: str = ""


def parse(content: bytes) -> list[OpmlEntry]:
    """Read a list, each URL once, in its order. Raises Unreadable when it is no OPML."""
    if len(content) > LARGEST:
        raise Unreadable(f"the list is larger than {LARGEST:,} bytes")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise Unreadable("this is no OPML list") from e
    if root is None or markup.local_name(root) != "opml":
        raise Unreadable("this is no OPML list")
    entries: dict[str, OpmlEntry] = {}
    for entry in _entries(root):
        entries.setdefault(entry.url, entry)
        if len(entries) >= MOST:
            break
    return list(entries.values())


def _entries(root: etree._Element) -> Iterator[OpmlEntry]:
    for outline in root.iter("outline", "OUTLINE"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        url = attributes.get("xmlurl", "").strip()
        if url.startswith("feed://"):
            url = "https://" + url.removeprefix("feed://")
        if url:
            title = markup.plain_line(attributes.get("title") or attributes.get("text") or "", limit=200)
            yield OpmlEntry(url=url, title=title, topic=_topic(outline))


def _topic(outline: etree._Element) -> str:
    names: list[str] = []
    for folder in outline.iterancestors("outline", "OUTLINE"):
        name = markup.plain_line(folder.get("text") or folder.get("title") or "", limit=100).replace("/", "-")
        if name and len(names) < DEEPEST:
            names.append(name)
    return "/".join(reversed(names))


def write(sources: Iterable[Source]) -> bytes:
    """Write OPML 2.0, topics as nested folders."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "newsbot sources"
    folders: dict[str, etree._Element] = {"": etree.SubElement(root, "body")}
    for source in sources:
        title = markup.clean(source.title or source.url)
        etree.SubElement(
            _folder(folders, markup.clean(source.topic)),
            "outline",
            type="rss",
            text=title,
            title=title,
            xmlUrl=markup.clean(source.url),
        )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _folder(folders: dict[str, etree._Element], topic: str) -> etree._Element:
    if topic not in folders:
        above, _, name = topic.rpartition("/")
        folders[topic] = etree.SubElement(_folder(folders, above), "outline", text=name, title=name)
    return folders[topic]
