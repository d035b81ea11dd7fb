"""What can go wrong between a bot and Telegram, told to the stand-in in advance.

A fault waits for a request that it fits and is used up by it (`times`). Before or after the
request is carried out is the difference that matters: the sender can't see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Wire(Enum):
    """What happens to the connection."""

    KEEP = "keep"
    CUT = "cut"
    """Reset."""
    HANG = "hang"
    """No answer, ever."""


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, for the next `times` requests of `method` (to `chat`)."""

    method: str = "sendMessage"
    chat: int | None = None
    times: int = 1
    carried_out: bool = False
    """The request takes effect before the fault shows."""
    wire: Wire = Wire.KEEP
    status: int = 0
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def fits(self, method: str, chat: int | None) -> bool:
        """Whether this request meets the fault."""
        return self.times > 0 and method == self.method and self.chat in {None, chat}


def times_out(method: str = "sendMessage", *, sent: bool = True, **where: Any) -> Fault:
    """The request arrives (and is carried out, unless `sent` is false); no answer comes."""
    return Fault(method, carried_out=sent, wire=Wire.HANG, **where)


def is_cut(method: str = "sendMessage", *, sent: bool, **where: Any) -> Fault:
    """The connection is reset before or after the request was carried out."""
    return Fault(method, carried_out=sent, wire=Wire.CUT, **where)


def answers(status: int, description: str, method: str = "sendMessage", **where: Any) -> Fault:
    """The server answers with an error; `parameters={"retry_after": 3}` goes along."""
    return Fault(method, status=status, description=description, **where)


def floods(seconds: int, method: str = "sendMessage", **where: Any) -> Fault:
    """HTTP 429."""
    sentence = f"Too Many Requests: retry after {seconds}"
    return answers(429, sentence, method, parameters={"retry_after": seconds}, **where)
