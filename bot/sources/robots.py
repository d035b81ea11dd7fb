"""robots.txt (RFC 9309): text in, verdicts out. Pure; `reader` fetches and remembers.

The hard thing: the longest matching rule decides, and a hostile file must not make matching slow,
hence patterns are matched piece by piece and not by regular expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

LARGEST = 500_000
"""Bytes looked at: RFC 9309, 2.5 asks for at least 500 KiB."""
MOST_RULES = 5000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to us."""

    lines: tuple[tuple[bool, str], ...] = ()
    """(allowed, pattern)"""

    def allows(self, url: str) -> bool:
        """Whether `url` may be read: the longest matching pattern decides, `allow` on a tie."""
        parts = urlsplit(url)
        path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        matching = [(len(pattern), allowed) for allowed, pattern in self.lines if _matches(pattern, path)]
        return max(matching, default=(0, True))[1]


ALL = Rules()
NONE = Rules(((False, "/"),))


def parse(content: bytes, agent: str) -> Rules:
    """The rules for the product token `agent` (`newsbot`): its own groups, else those for `*`."""
    groups: dict[str, list[tuple[bool, str]]] = {}
    current: list[str] = []
    heading = False
    for line in content[:LARGEST].decode("utf-8", "replace").lstrip("\ufeff").splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            current = [*current, value.lower()] if heading else [value.lower()]
            groups.setdefault(value.lower(), [])
            heading = True
        elif name in ("allow", "disallow"):
            heading = False
            if value:
                for token in current:
                    groups[token].append((name == "allow", _normal(value)))
    own = groups.get(agent.lower())
    return Rules(tuple((groups.get("*", []) if own is None else own)[:MOST_RULES]))


def _normal(path: str) -> str:
    """One spelling for a path: what need not be escaped is not."""
    return quote(unquote(path, errors="replace"), safe="/?&=*$%!'()+,;:@~-._")


def _matches(pattern: str, path: str) -> bool:
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not rest:
        return not anchored or at == len(path)
    last = rest[-1]
    if anchored:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
