"""The error tree. Each carries facts, not prose: `chat/` and `cli` turn them into sentences.

NewsbotError
|-- ConfigError             every problem of a configuration at once
|-- BadInput                what a person gave can't be used (what, where, what would be right)
|-- SourceError             reading from outside
|   |-- FetchError          the transport: DNS, TLS, time-out, too large, too slow
|   |   |-- Refused         our own guard said no: scheme, private address, robots.txt
|   |   |-- Paused          not asked, since the host wants to be left alone for a while
|   |   |-- Circling        the address redirects in a circle
|   |   `-- HttpStatus      the server answered, but not with what was asked for
|   `-- Unreadable          the bytes are no feed, page or text that can be read
|       `-- IsList          they are a list of sources (OPML), which can be imported
|-- ModelError
|   |-- ModelMissing        not on this machine; `newsbot models pull NAME` gets it
|   |-- ModelCorrupt        the hash is not the catalogue's
|   |-- ModelNoSpace        the disk is too full to fetch it
|   |-- ModelBusy           the queue is full
|   `-- ModelFailed         the engine failed or ran past its deadline
|-- StoreError
|   |-- LeaseLost           somebody else holds the row now; drop the result
|   |-- Conflict            a unique thing exists already
|   `-- NotFound
`-- PlatformError
    |-- RetryAfter          the platform asks for a pause
    |-- Ambiguous           it may have been sent: time-out after the request left
    |-- Unavailable         not sent; the platform can't be reached now
    |   `-- Unanswered      it may have been sent, and sending it again is harmless there
    |-- Rejected            this message will never be accepted (markup, length, too old to edit)
    |-- ChatGone            blocked, kicked, deleted, no right to write
    |-- ChatMoved           the chat has another id now
    |-- ChatOpened          others are in the chat by now, and the message is for one person
    `-- NotAuthorised       the token or login is not valid
"""

from __future__ import annotations

from dataclasses import dataclass


class NewsbotError(Exception):
    """Root of every error that newsbot raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a configuration."""

    key: str
    value: str
    allowed: str


class ConfigError(NewsbotError):
    """The configuration can't be used; `problems` has all of it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.key}: {p.allowed}" for p in problems))


class BadInput(NewsbotError):
    """What a person gave can't be used. The message is a sentence that may be shown to them."""


class SourceError(NewsbotError):
    """Reading from outside failed; `url` is without credentials."""

    def __init__(self, reason: str, *, url: str = "", retry_after: float | None = None) -> None:
        self.reason = reason
        self.url = url
        self.retry_after = retry_after
        super().__init__(f"{reason} ({url})" if url else reason)


class FetchError(SourceError):
    """The transport failed."""


class Refused(FetchError):
    """Our own guard refused to fetch."""


class Paused(FetchError):
    """Nothing was asked: the host wanted to be left alone for `retry_after` more seconds."""


class Circling(FetchError):
    """The address redirects in a circle."""


class HttpStatus(FetchError):
    """The server answered with a status that is no success."""

    def __init__(self, status: int, *, url: str = "", retry_after: float | None = None) -> None:
        self.status = status
        super().__init__(f"the server answered {status}", url=url, retry_after=retry_after)


class Unreadable(SourceError):
    """The bytes can't be read as what was expected."""


class IsList(Unreadable):
    """The bytes are a list of sources, which can be imported."""


class ModelError(NewsbotError):
    """A model can't do its work; `model` is its name."""

    def __init__(self, reason: str, *, model: str = "") -> None:
        self.reason = reason
        self.model = model
        super().__init__(f"{model}: {reason}" if model else reason)


class ModelMissing(ModelError):
    """The model is not on this machine."""


class ModelCorrupt(ModelError):
    """A file's SHA-256 is not the catalogue's."""


class ModelNoSpace(ModelError):
    """The disk has too little room for the model's files."""


class ModelBusy(ModelError):
    """The queue is full."""


class ModelFailed(ModelError):
    """The engine failed or ran past its deadline."""


class StoreError(NewsbotError):
    """The store refused; `passing` when the same may succeed later (locked, full, unreachable)."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        self.reason = reason
        self.passing = passing
        super().__init__(reason)


class LeaseLost(StoreError):
    """The row's lease is no longer ours."""


class Conflict(StoreError):
    """A unique thing exists already."""


class NotFound(StoreError):
    """No such row."""


class PlatformError(NewsbotError):
    """A platform did not take what it was given."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class RetryAfter(PlatformError):
    """The platform asks for a pause of `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"retry after {seconds:.0f} s")


class Ambiguous(PlatformError):
    """The request left, the answer never came: it may have been sent."""


class Unavailable(PlatformError):
    """Not sent; the platform can't be reached now."""


class Unanswered(Unavailable):
    """The request left, the answer never came; a repeat is recognised, so it may simply be tried again.

    Only elsewhere it must not be sent meanwhile.
    """


class Rejected(PlatformError):
    """This message will never be accepted as it is."""


class ChatGone(PlatformError):
    """The chat can't be written to any more."""


class ChatMoved(PlatformError):
    """The chat has another id now."""

    def __init__(self, chat: str) -> None:
        self.chat = chat
        super().__init__("the chat moved")


class ChatOpened(PlatformError):
    """Not sent: the message is meant for one person, and others are in the chat by now."""


class NotAuthorised(PlatformError):
    """The token or login is not valid."""
