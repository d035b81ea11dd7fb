"""OPML subscription lists in and out. Pure. Nested folders become topics with `/` between levels.

The hard thing: lists are written by hand and by programs of twenty years; what can be read is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from bot.errors import Unreadable
from bot.sources import markup
from bot.types import Source, SourceKind

MOST = 20_000
LARGEST = 20_000_000
DEEPEST = 20
LONGEST_URL = 2000
TYPES = {SourceKind.FEED: "rss", SourceKind.PAGE: "page", SourceKind.SITEMAP: "sitemap"}
KINDS = {name: kind for kind, name in TYPES.items()}
"""The `type` of an entry; what is no feed says so, for ourselves: other programs know only feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlEntry:
    """One subscription of a list."""

    url: str
    title: str
    topic: str = ""
    kind: SourceKind = SourceKind.FEED


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlList:
    """A list as read: what can be subscribed to, and what can't."""

    entries: tuple[OpmlEntry, ...]
    """In the list's order, each address once."""
    repeated: int = 0
    """Entries whose address came before."""
    refused: tuple[tuple[str, str], ...] = ()
    """Title or address, and why it is not taken."""


def looks_like(content: bytes) -> bool:
    """Whether the bytes begin like a list."""
    return b"<opml" in content[:2000].lower()


def parse(content: bytes) -> OpmlList:
    """Read a list. Raises Unreadable when it is no OPML."""
    if len(content) > LARGEST:
        raise Unreadable(f"the OPML list is larger than {LARGEST:,} bytes")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise Unreadable("this is no OPML list") from e
    if root is None or markup.local_name(root) != "opml":
        raise Unreadable("this is no OPML list")
    entries: dict[str, OpmlEntry] = {}
    refused: list[tuple[str, str]] = []
    repeated = 0
    for entry in _entries(root):
        if fault := _fault(entry.url):
            refused.append((entry.title or entry.url[:200], fault))
        elif twin(entry.url) in entries:
            repeated += 1
        elif len(entries) >= MOST:
            refused.append((entry.title or entry.url, f"the list has more than {MOST:,} feeds"))
        else:
            entries[twin(entry.url)] = entry
    return OpmlList(entries=tuple(entries.values()), repeated=repeated, refused=tuple(refused))


def twin(url: str) -> str:
    """What two spellings of one feed's address share: not the scheme, `www.` or a slash at the end."""
    _, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return host.lower().removeprefix("www.") + (slash + path).rstrip("/")


def _fault(url: str) -> str:
    if not url:
        return "it has no address of a feed (xmlUrl)"
    if len(url) > LONGEST_URL:
        return f"its address is longer than {LONGEST_URL:,} characters"
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    return "" if fits else "its address is no web address (http or https)"


def _entries(root: etree._Element) -> Iterator[OpmlEntry]:
    for outline in root.iter("outline", "OUTLINE"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        url = _address(attributes.get("xmlurl", "").strip())
        meant = attributes.get("type", "").lower() in {"rss", "atom"} or "htmlurl" in attributes
        if url or (meant and not len(outline)):
            title = markup.plain_line(attributes.get("title") or attributes.get("text") or "", limit=200)
            kind = KINDS.get(attributes.get("type", "").lower(), SourceKind.FEED)
            yield OpmlEntry(url=url, title=title, topic=_topic(outline), kind=kind)


def _address(url: str) -> str:
    """Without the `feed:` that some programs write in front."""
    if not url.startswith("feed:"):
        return url
    inner = url.removeprefix("feed:").removeprefix("//")
    return inner if "://" in inner else f"https://{inner}"


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
            type=TYPES[source.kind],
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
