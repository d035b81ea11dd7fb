"""WebSub (W3C Recommendation of 2018): what to ask a hub, and what to believe of it. Pure.

Knows no network: the listener hands in queries and bodies, the worker posts the forms. The hard
thing: anybody may post to the callback, so nothing counts without a signature made with our secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urljoin, urlsplit

from bot.types import HubLease

WISHED = timedelta(days=10)
SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=30)
RENEW_AT = 0.8
"""Share of the lease after which it is renewed."""
STRONG = frozenset({"sha256", "sha384", "sha512"})
WEAK = "sha1"
"""Still what the largest hubs sign with. Such a body is not believed, but that something came is."""
LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"<>]*))?)*)")
REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"<>]+))", re.I)


class Trust(Enum):
    """What a signature makes of a body."""

    NONE = "none"
    NEWS = "news"
    """Something is new; what, the source itself must say."""
    BODY = "body"
    """The body is the hub's, byte for byte."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a hub's question: status and body, and the lease as it is now (None: no change)."""

    status: int
    body: str = ""
    lease: HubLease | None = None


def new_lease(*, source_id: int, topic: str, hub: str) -> HubLease:
    """A subscription to ask for, with a secret and a path of its own."""
    return HubLease(
        source_id=source_id,
        topic=topic,
        hub=hub,
        secret=secrets.token_urlsafe(32),
        path=secrets.token_urlsafe(24),
    )


def renewal(lease: HubLease, *, now: datetime) -> datetime:
    """When to ask the hub again for a lease that it granted; at once where there is none."""
    if lease.granted is None or lease.expires is None:
        return now
    return lease.granted + (lease.expires - lease.granted) * RENEW_AT


def form(lease: HubLease, *, callback: str) -> dict[str, str]:
    """What to post to the hub (section 5.1). `callback` is the public URL without the lease's path."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": lease.topic,
        "hub.callback": f"{callback.rstrip('/')}/{lease.path}",
        "hub.secret": lease.secret,
        "hub.lease_seconds": str(int(WISHED.total_seconds())),
    }


def verify(lease: HubLease | None, query: Mapping[str, str], *, wanted: bool, now: datetime) -> Verified:
    """Answer the hub's question whether we meant it (section 5.3): its challenge, or 404.

    `wanted` says whether we want this subscription; a question about another topic is refused.
    """
    mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
    if lease is None or not hmac.compare_digest(query.get("hub.topic", "").encode(), lease.topic.encode()):
        return Verified(404)
    if mode == "denied":
        return Verified(200, lease=replace(lease, granted=None, expires=None))
    if not challenge or len(challenge) > 2000 or not challenge.isprintable():
        return Verified(404)
    if mode == "subscribe" and wanted:
        granted = granted_time(query.get("hub.lease_seconds", ""))
        return Verified(200, challenge, replace(lease, granted=now, expires=now + granted))
    if mode == "unsubscribe" and not wanted:
        return Verified(200, challenge, replace(lease, granted=None, expires=None))
    return Verified(404)


def granted_time(seconds: str) -> timedelta:
    """How long the hub grants, within bounds: neither a renewal a minute nor a lease for ever."""
    stated = timedelta(seconds=int(seconds[:9])) if seconds.isascii() and seconds.isdigit() else WISHED
    return max(SHORTEST, min(LONGEST, stated))


def trust(body: bytes, header: str, secret: str) -> Trust:
    """What `X-Hub-Signature` (section 7.1) says of this body: whether our secret signed it, and how well."""
    method, _, given = header.strip().partition("=")
    method = method.lower()
    if method not in (*STRONG, WEAK) or not secret:
        return Trust.NONE
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.strip().lower().encode()):
        return Trust.NONE
    return Trust.BODY if method in STRONG else Trust.NEWS


def links(header: str, base: str) -> tuple[str, str]:
    """The hub and the topic that an HTTP `Link` header names (section 4); empty where it names none."""
    found = {"hub": "", "self": ""}
    for target, parameters in LINK.findall(header[:8000]):
        for quoted, bare in REL.findall(parameters):
            for rel in (quoted or bare).lower().split():
                if found.get(rel) == "":
                    found[rel] = address(target, base)
    return found["hub"], found["self"]


def address(href: str, base: str) -> str:
    """An absolute web address; empty where `href` is none."""
    if not href.strip():
        return ""
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname and len(url) <= 2000 else ""
