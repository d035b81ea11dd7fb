"""WebSub (W3C Recommendation of 2018): what to ask a hub, and what to believe of it. Pure.

Knows no network: the listener hands in queries and bodies, the worker posts the forms. The hard
thing: anybody may post to the callback, so nothing counts without a signature made with our secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

WISHED = timedelta(days=10)
SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=30)
RENEW_AT = 0.8
"""Share of the lease after which it is renewed."""
METHODS = frozenset({"sha256", "sha384", "sha512"})
"""SHA-1 is allowed by the standard and refused here: a hub that can only that is polled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A subscription at a hub."""

    topic: str
    hub: str
    secret: str = field(repr=False)
    path: str
    """Last part of the callback URL: random, so that it names the source and nobody can guess it."""
    expires: datetime | None = None
    """None until the hub verified it."""

    def due(self, *, granted: datetime) -> datetime:
        """When to renew, given when it was granted."""
        if self.expires is None:
            return granted + SHORTEST
        return granted + (self.expires - granted) * RENEW_AT


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a hub's question: status and body, and the lease as it is now (None: no change)."""

    status: int
    body: str = ""
    lease: Lease | None = None


def new_lease(*, topic: str, hub: str) -> Lease:
    """A subscription to ask for, with a secret and a path of its own."""
    return Lease(topic=topic, hub=hub, secret=secrets.token_urlsafe(32), path=secrets.token_urlsafe(24))


def form(lease: Lease, *, callback: str, subscribe: bool = True) -> dict[str, str]:
    """What to post to the hub (section 5.1). `callback` is the public URL without the lease's path."""
    return {
        "hub.mode": "subscribe" if subscribe else "unsubscribe",
        "hub.topic": lease.topic,
        "hub.callback": f"{callback.rstrip('/')}/{lease.path}",
        "hub.secret": lease.secret,
        "hub.lease_seconds": str(int(WISHED.total_seconds())),
    }


def verify(lease: Lease | None, query: Mapping[str, str], *, wanted: bool, now: datetime) -> Verified:
    """Answer the hub's question whether we meant it (section 5.3): its challenge, or 404.

    `wanted` says whether we want this subscription; a question about another topic is refused.
    """
    mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
    if lease is None or not hmac.compare_digest(query.get("hub.topic", "").encode(), lease.topic.encode()):
        return Verified(404)
    if mode == "denied":
        return Verified(200, lease=replace(lease, expires=None))
    if not challenge or len(challenge) > 2000 or not challenge.isprintable():
        return Verified(404)
    if mode == "subscribe" and wanted:
        granted = granted_time(query.get("hub.lease_seconds", ""))
        return Verified(200, challenge, replace(lease, expires=now + granted))
    if mode == "unsubscribe" and not wanted:
        return Verified(200, challenge, replace(lease, expires=None))
    return Verified(404)


def granted_time(seconds: str) -> timedelta:
    """How long the hub grants, within bounds: neither a renewal a minute nor a lease for ever."""
    stated = timedelta(seconds=int(seconds[:9])) if seconds.isascii() and seconds.isdigit() else WISHED
    return max(SHORTEST, min(LONGEST, stated))


def signed(body: bytes, header: str, secret: str) -> bool:
    """Whether `X-Hub-Signature` (section 7.1) was made from this body with our secret."""
    method, _, given = header.strip().partition("=")
    if method.lower() not in METHODS or not secret:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode())
