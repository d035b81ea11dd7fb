"""What a Bot API server's refusal means for a delivery. Pure.

Knows status codes and the sentences that the server writes, no library. The hard thing is to tell
what was not done, and may be tried again, from what may have been done: a gateway that gave up
waiting says nothing about the message behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.errors import (
    Ambiguous,
    ChatGone,
    ChatMoved,
    NotAuthorised,
    PlatformError,
    Rejected,
    RetryAfter,
    Unavailable,
)

UNPARSED = "can't parse entities"
UNCHANGED = "message is not modified"

PAUSE = 5.0
"""Seconds to wait where a 429 does not say how long."""

GONE = (
    "chat not found",
    "peer_id_invalid",
    "user_is_blocked",
    "input_user_deactivated",
    "channel_private",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "group is deactivated",
    "chat was deactivated",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "message thread not found",
)
"""Parts of a 400's sentence after which nothing else will arrive in this chat or topic either."""


class Conflicting(Unavailable):
    """Another process polls with this token, or a webhook is set (HTTP 409)."""


def refusal(status: int, answer: Mapping[str, Any]) -> PlatformError:
    """The error for an HTTP status and the server's JSON (empty where it was none).

    Source: https://core.telegram.org/bots/api#making-requests and #responseparameters.
    """
    reason = str(answer.get("description") or f"the server answered {status}")
    facts = answer.get("parameters") or {}
    if moved := facts.get("migrate_to_chat_id"):
        return ChatMoved(str(moved))
    if status == 429:
        return RetryAfter(float(facts.get("retry_after") or PAUSE))
    if status in {401, 404}:
        return NotAuthorised(f"{reason}: the token is not valid, or this is no Bot API server")
    if status == 403:
        return ChatGone(reason)
    if status == 409:
        return Conflicting(reason)
    if status == 400 and any(part in reason.lower() for part in GONE):
        return ChatGone(reason)
    if 400 <= status < 500:
        return Rejected(reason)
    # The server says "restart" before it looks at the request; 503 comes from the gateway alone.
    if status == 503 or (status == 500 and reason.endswith("restart")):
        return Unavailable(reason)
    return Ambiguous(reason)


def judged(status: int, payload: bytes) -> tuple[int, bytes]:
    """Status and payload of a success.

    Raises:
        PlatformError: the refusal in them.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    if status < 300 and answer.get("ok"):
        return status, payload
    raise refusal(status, answer)
