"""Well-known places whose feed stands elsewhere: a pasted URL in, a feed or page to read out. Pure.

An open table: a new place is one entry of RULES and one line of the test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.types import SourceKind


@dataclass(frozen=True, slots=True)
class Rule:
    """`host` and `path` are matched whole; `target` is filled from the path's named groups."""

    host: str
    path: str
    target: str
    kind: SourceKind = SourceKind.FEED


RULES = (
    Rule(
        r"t\.me|telegram\.(?:me|dog)",
        r"/(?:s/)?(?P<name>[A-Za-z]\w{3,31})/?(?:\d+)?",
        "https://t.me/s/{name}",
        SourceKind.PAGE,
    ),
    Rule(
        r"(?:www\.|old\.|new\.|m\.)?reddit\.com",
        r"/r/(?P<name>\w{2,21}(?:\+\w{2,21}){0,20})(?:/(?!.*\.rss).*)?",
        "https://www.reddit.com/r/{name}/.rss",
    ),
    Rule(
        r"(?:www\.|old\.|new\.|m\.)?reddit\.com",
        r"/(?:u|user)/(?P<name>[\w-]{3,20})/?",
        "https://www.reddit.com/user/{name}/.rss",
    ),
    Rule(
        r"(?:www\.|m\.)?youtube\.com",
        r"/channel/(?P<name>UC[\w-]{22})(?:/.*)?",
        "https://www.youtube.com/feeds/videos.xml?channel_id={name}",
    ),
    Rule(
        r"(?:www\.|m\.)?youtube\.com",
        r"/user/(?P<name>[\w-]{2,40})(?:/.*)?",
        "https://www.youtube.com/feeds/videos.xml?user={name}",
    ),
    Rule(
        r"(?:www\.|m\.)?youtube\.com",
        r"/playlist\?(?:.*&)?list=(?P<name>[\w-]{10,50})(?:&.*)?",
        "https://www.youtube.com/feeds/videos.xml?playlist_id={name}",
    ),
    Rule(
        r"github\.com",
        r"/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/releases/?",
        "https://github.com/{owner}/{name}/releases.atom",
    ),
    Rule(
        r"github\.com",
        r"/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/commits(?:/(?P<branch>[\w./-]+))?/?",
        "https://github.com/{owner}/{name}/commits.atom",
    ),
    Rule(r"bsky\.app", r"/profile/(?P<name>[\w.:-]+)/?", "https://bsky.app/profile/{name}/rss"),
    Rule(r"medium\.com", r"/(?P<name>@?[\w.-]+)/?", "https://medium.com/feed/{name}"),
    Rule(r"vimeo\.com", r"/(?P<name>[A-Za-z]\w+)/?", "https://vimeo.com/{name}/videos/rss"),
    Rule(r"news\.ycombinator\.com", r"/?(?:news|newest)?", "https://news.ycombinator.com/rss"),
)

TELEGRAM = re.compile(r"https://t\.me/s/(\w+)")


def reading(url: str) -> tuple[str, SourceKind] | None:
    """What to read for a pasted URL; None when no rule knows it."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    for rule in RULES:
        if not re.fullmatch(rule.host, host):
            continue
        match = re.fullmatch(rule.path, path) or re.fullmatch(rule.path, parts.path)
        if match:
            return rule.target.format(**match.groupdict()), rule.kind
    return None


def telegram_channel(url: str) -> str:
    """The channel's name when `url` is a Telegram web preview, else empty."""
    match = TELEGRAM.match(url)
    return match[1] if match else ""
