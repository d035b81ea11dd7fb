"""What a homeserver's refusal means: its code, status and words become one of our errors.

It knows no library and no network. The hard thing is M_FORBIDDEN, which says that this room can't
be written to, while a refusal of the login carries the same code: the caller says which it asked.
https://spec.matrix.org/v1.16/client-server-api/#standard-error-response
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import ChatGone, NotAuthorised, PlatformError, Rejected, RetryAfter, Unanswered, Unavailable

NO_LOGIN = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"})
NO_ROOM = frozenset({"M_FORBIDDEN", "M_NOT_FOUND", "M_GUEST_ACCESS_FORBIDDEN"})
NOT_THERE = frozenset({"", "M_UNRECOGNIZED"})
"""Whoever answers is no homeserver, or a proxy before it sends the request astray: no word about the room."""

PAUSE = 5.0
"""Seconds to wait when the server asks for a pause and does not say how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the homeserver answered."""

    status: int
    """HTTP status; 0 when unknown."""
    code: str = ""
    words: str = ""
    retry_after_ms: int | None = None

    @classmethod
    def of(cls, status: int, answer: Mapping[str, Any]) -> Refusal:
        """A status and the JSON that came with it."""
        pause = answer.get("retry_after_ms")
        return cls(
            status=status,
            code=str(answer.get("errcode", "")),
            words=str(answer.get("error", "")),
            retry_after_ms=pause if isinstance(pause, int) else None,
        )


def error_of(refusal: Refusal, *, login: bool = False) -> PlatformError:
    """The error that a refusal stands for; `login` when it refused a login."""
    said = refusal.code or f"status {refusal.status}"
    if refusal.status == 429 or refusal.code == "M_LIMIT_EXCEEDED":
        return RetryAfter((refusal.retry_after_ms or PAUSE * 1000) / 1000)
    if refusal.code in NO_LOGIN or (login and 400 <= refusal.status < 500):
        return NotAuthorised(said)
    if refusal.status == 413:
        return Rejected("M_TOO_LARGE")
    if refusal.status >= 500 and refusal.status != 503:
        return Unanswered(said)  # A gateway that gave up waiting says nothing about the server behind it.
    if refusal.status == 503 or refusal.code in NOT_THERE:
        return Unavailable(said)
    if refusal.code in NO_ROOM:
        return ChatGone(said)
    return Rejected(f"{said}: {refusal.words}" if refusal.words else said)
