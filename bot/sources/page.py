"""A page without a feed, watched by its links; and Telegram's public channel previews. Pure.

The hard thing: which links of a page are its articles and which are its furniture.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from bot.errors import Unreadable
from bot.sources import markup, recognise
from bot.types import Draft

MOST_LINKS = 100
MOST_ANCHORS = 3000
FURNITURE = frozenset({"nav", "footer", "aside", "form", "header", "menu"})
FURNITURE_NAMES = re.compile(
    r"\b(?:nav|menu|footer|breadcrumb|sidebar|social|share|cookie|pagination|pager|tags?)\b"
)
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts that put no spaces between words."""
NO_PAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|mp[34]|zip|css|js|xml|rss|json|ico)$", re.I)
NOT_NEWS = re.compile(
    r"/(?:tag|tags|topic|topics|category|categories|author|authors|user|login|signin|register|subscribe|about|"
    r"contact|privacy|terms|impressum|datenschutz|search|page|jobs|careers|advertise|newsletters?|account|cart)(?:/|$)",
    re.I,
)


def links(html: str, *, url: str) -> tuple[str, tuple[Draft, ...]]:
    """The page's title, and its article links as drafts without text, in the page's order.

    Raises Unreadable when the page is empty.
    """
    root = markup.tree(html)
    if root is None:
        raise Unreadable("the page is empty", url=url)
    found: dict[str, Draft] = {}
    base = base_of(root, url)
    for anchor in islice(root.iter("a"), MOST_ANCHORS):
        address = _address(anchor, base)
        title = markup.line(markup.text_of_tree(anchor), limit=300)
        if not address or not _is_headline(title) or _is_furniture(anchor):
            continue
        if not _looks_like_article(address, url):
            continue
        key = recognise.canonical(address)
        known = found.get(key)
        if known is None or len(title) > len(known.title):
            found[key] = Draft(url=address, title=title, text="", keys=recognise.keys(address), teaser=True)
        if len(found) >= MOST_LINKS:
            break
    return title_of(root), tuple(found.values())


def telegram(html: str, *, url: str, now: datetime) -> tuple[str, tuple[Draft, ...]]:
    """A channel's title and its latest posts (`t.me/s/NAME`), newest first.

    Raises Unreadable when it is no channel preview.
    """
    root = markup.tree(html)
    posts = [] if root is None else root.xpath("//*[@data-post]")
    if root is None or not posts:
        raise Unreadable("the channel has no public preview", url=url)
    title = title_of(root).removesuffix(" – Telegram")
    drafts = [draft for post in posts[-200:] if (draft := _post(post, title, now))]
    return title, tuple(reversed(drafts))


def title_of(root: _Element) -> str:
    """The page's name: og:site_name or title."""
    for path in ("//meta[@property='og:title']/@content", "//title/text()"):
        found = root.xpath(path)
        if found and (title := markup.line(str(found[0]), limit=200)):
            return title
    return ""


def _post(post: _Element, channel: str, now: datetime) -> Draft | None:
    bodies = post.xpath(".//*[contains(concat(' ', @class, ' '), ' tgme_widget_message_text ')]")
    text = "\n".join(dict.fromkeys(markup.text_of_tree(body) for body in bodies))
    name = post.get("data-post") or ""
    if not text or not re.fullmatch(r"\w+/\d+", name):
        return None
    address = f"https://t.me/{name}"
    times = post.xpath(".//time/@datetime")
    return Draft(
        url=address,
        title=markup.line(text.partition("\n")[0], limit=120),
        text=text,
        keys=recognise.keys(address),
        outlet=channel,
        published=_when(str(times[-1]), now) if times else None,
    )


def _when(value: str, now: datetime) -> datetime | None:
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when if when <= now else None


def base_of(root: _Element, url: str) -> str:
    """What the page's links are relative to."""
    stated = root.xpath("//base/@href")
    try:
        return urljoin(url, str(stated[0])) if stated else url
    except ValueError:
        return url


def _address(anchor: _Element, base: str) -> str:
    try:
        address = urljoin(base, (anchor.get("href") or "").strip())
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address.partition("#")[0] if parts.scheme in ("http", "https") and parts.hostname else ""


def _is_headline(title: str) -> bool:
    """Whether a link's text is long enough for one; those of menus are shorter."""
    return (len(title) >= 15 and len(title.split()) >= 3) or len(UNSPACED.findall(title)) >= 10


def _is_furniture(anchor: _Element) -> bool:
    for above in anchor.iterancestors():
        if above.tag in ("article", "main"):
            return False
        names = f"{above.get('class') or ''} {above.get('id') or ''} {above.get('role') or ''}".lower()
        if above.tag in FURNITURE or (above.tag not in ("body", "html") and FURNITURE_NAMES.search(names)):
            return True
    return False


def _looks_like_article(address: str, page: str) -> bool:
    """On the same site, and an address with something of its own: words, a number, a date."""
    parts = urlsplit(address)
    if not recognise.same_site(address, page) or recognise.canonical(address) == recognise.canonical(page):
        return False
    path = parts.path.rstrip("/")
    if NO_PAGE.search(path) or NOT_NEWS.search(path):
        return False
    last = path.rpartition("/")[2]
    return last.count("-") >= 2 or last.count("_") >= 2 or bool(re.search(r"\d{4,}", path + parts.query))
