"""The nouns, as frozen values: one word per thing, the same here, in tables, commands and logs.

Knows only the standard library. Times are aware UTC; `start` and `end` are offsets in
characters (code points) into `Article.text`, half open, so `text[start:end] == quote` always
holds for a citation of the revision it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# --- sources -------------------------------------------------------------------------------


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    """RSS, RDF, Atom or JSON Feed."""
    PAGE = "page"
    """A page without a feed, watched by its links."""
    SITEMAP = "sitemap"
    """A sitemap or news sitemap, the last resort."""


class SourceState(StrEnum):
    """Whether a source is polled."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By an admin."""
    DEAD = "dead"
    """By the bot: gone (410) or failing for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What an admin may set for one source; every field has a default that serves."""

    full_text: str = "auto"
    """`auto`, `feed` (trust the feed's text) or `page` (always read the page)."""
    selector: str = ""
    """CSS selector of the article's text on its page; empty: let the extractor find it."""
    routes: tuple[str, ...] = ()
    """Names of routes to try in order; empty: by host pattern, then `direct`."""
    mirrors: tuple[str, ...] = ()
    """Other URLs of the same feed, tried in order when the first fails."""
    interval: timedelta | None = None
    """Fixed poll interval; None adapts to the feed's own rhythm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed or page that is polled."""

    id: int
    url: str
    kind: SourceKind
    title: str
    topic: str
    """Folder name; `/` separates levels, empty is none."""
    state: SourceState
    settings: SourceSettings
    added: datetime
    etag: str = ""
    last_modified: str = ""
    polled: datetime | None = None
    """The last poll that reached the source."""
    first_polled: datetime | None = None
    """None until the first successful poll; that one announces only a few items."""
    failures: int = 0
    failing_since: datetime | None = None
    last_error: str = ""
    due_at: datetime | None = None
    scope: str = ""
    """The URL it was added with: what its items' ids belong to, also after it moved."""
    onion_url: str = ""
    """The site's own .onion address for it, as the site says."""
    quiet_start: bool = False
    """Nothing of what it has at the first poll is announced (it came with a list of many)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source to add; `due_at` None is at once."""

    url: str
    kind: SourceKind = SourceKind.FEED
    title: str = ""
    topic: str = ""
    settings: SourceSettings = SourceSettings()
    quiet_start: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLease:
    """A source's subscription at its WebSub hub: until it expires, the hub brings what is new."""

    source_id: int
    hub: str
    topic: str
    secret: str = field(repr=False)
    path: str
    """Last part of the callback URL: random, so that it names the source and nobody can guess it."""
    id: int = 0
    """0 until stored."""
    granted: datetime | None = None
    expires: datetime | None = None
    """None until the hub verified it, and again when it ended it."""

    def live(self, now: datetime) -> bool:
        """Whether the hub has promised to bring what is new."""
        return self.expires is not None and self.expires > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub brought, signed, until it is stored as articles."""

    id: int
    source_id: int
    body: bytes
    content_type: str
    received: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as read from outside, before the store gave it an identity."""

    url: str
    title: str
    text: str
    keys: tuple[str, ...]
    """Recognition keys, strongest first: canonical URL, feed id, ... Same key, same article."""
    outlet: str = ""
    byline: str = ""
    language: str = ""
    """BCP 47 primary subtag (`en`), empty when unknown."""
    published: datetime | None = None
    updated: datetime | None = None
    teaser: bool = False
    """The text is only the feed's teaser; the page has more."""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteHealth:
    """How a way out to the network does, for people."""

    name: str
    """Without name and password."""
    healthy: bool
    since: datetime | None = None
    """Since when it is so; None: not used yet."""
    error: str = ""


# --- articles and stories ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A stored article at its newest revision."""

    id: int
    url: str
    title: str
    text: str
    outlet: str
    byline: str
    language: str
    published: datetime | None
    fetched: datetime
    revision: int
    """1 for the first; grows when the publisher changes the text or title."""
    source_id: int | None
    story_id: int | None
    withdrawn: bool = False
    quiet: bool = False
    """Back catalogue of a new source: kept and searchable, never announced (`Articles.put(..., quiet=)`)."""
    copy_of: int | None = None
    """The article whose text it repeats (agency copy), which says nothing twice."""
    teaser: bool = False
    """The text is only a feed's teaser: its page was not read, or can't be."""

    @property
    def when(self) -> datetime:
        """The publisher's time, or the time of fetching where there is none."""
        return self.published or self.fetched


class PutStatus(StrEnum):
    """What storing a draft did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Passage:
    """A few sentences of an article: the unit of retrieval and of embedding."""

    id: int
    """0 until stored."""
    article_id: int
    ordinal: int
    start: int
    end: int
    text: str
    """Exactly `article.text[start:end]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles about one event."""

    id: int
    title: str
    created: datetime
    updated: datetime
    """When it last gained or changed an article."""
    article_ids: tuple[int, ...]
    """In order of publication."""
    lead_id: int
    """The article that stands for it."""
    revision: int = 1
    """Grows when the story changed materially."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a sentence stands in a stored article."""

    article_id: int
    url: str
    title: str
    outlet: str
    published: datetime | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that the bot says, with what it rests on."""

    text: str
    citations: tuple[Citation, ...]
    extracted: bool = False
    """The source's own sentence, word for word."""


class Length(StrEnum):
    """How long a summary is: at most 15 words, 2-3 sentences, 5-7 sentences."""

    HEADLINE = "headline"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an article or a story says, each sentence cited."""

    title: str
    """The outlet's own headline, quoted."""
    sentences: tuple[Sentence, ...]
    method: str
    """`model`, `extract` or `mixed`: who wrote the sentences."""
    language: str = ""
    note: str = ""
    """What the reader must know: degraded to extracts, outlets differ, not translated."""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply to a question, or the statement that the sources do not have it."""

    answered: bool
    sentences: tuple[Sentence, ...]
    method: str = "model"
    """`model`, `extract`, `mixed`, `database` or `none`."""
    nearest: Citation | None = None
    """With `answered=False`: the nearest relevant article, offered instead."""
    note: str = ""
    question: str = ""
    """The question as understood, after follow-up rewriting."""
    confidence: float = 0.0
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The sentences as one paragraph; empty when not answered."""
        return " ".join(s.text for s in self.sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, in order."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))


# --- people and chats ----------------------------------------------------------------------


class Role(IntEnum):
    """What a person may do; higher includes lower."""

    BLOCKED = -1
    READER = 0
    ADMIN = 10
    OWNER = 20


@dataclass(frozen=True, slots=True)
class Address:
    """Where a platform delivers: platform name, its chat id, and thread or topic (empty: none)."""

    platform: str
    chat: str
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person sent, as the inbox keeps it until it is handled."""

    address: Address
    message_id: str
    """The platform's id; (platform, chat, message_id) is unique in the inbox."""
    sender: str
    """The platform's user id: `12345` or `@ann:example.org`."""
    sender_name: str
    text: str
    sent: datetime
    private: bool
    """A one-to-one chat: plain text is a question."""
    addressed: bool = False
    """The bot was mentioned, or the message replies to the bot."""
    reply_to: str = ""
    """The platform id of the message that this one replies to."""
    button: str = ""
    """Payload of the pressed button; the text is then empty."""
    chat_title: str = ""
    may_administer: bool = False
    """The platform says that the sender administers this chat (always so in private)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat that the bot knows, with its settings."""

    id: int
    address: Address
    title: str = ""
    private: bool = False
    language: str = ""
    timezone: str = "UTC"
    length: Length = Length.SHORT
    quiet_from: str = ""
    """`HH:MM` local; empty: no quiet hours."""
    quiet_until: str = ""
    active: bool = True
    """False after a block or kick; `start` restores it."""


class SubscriptionKind(StrEnum):
    """What a subscription matches."""

    ALL = "all"
    SOURCE = "source"
    TOPIC = "topic"
    KEYWORD = "keyword"
    STORY = "story"
    LIKE = "like"
    """Other stories like one story."""


class Cadence(StrEnum):
    """When a subscription delivers."""

    LIVE = "live"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one subscription differs from its chat; every default means: as the chat has it."""

    length: Length | None = None
    language: str = ""
    """A code (`de`), or `original`: as in the article, whatever the chat's language is."""
    quiet_from: str = ""
    """Own quiet hours, local `HH:MM`; with the same time twice there are none."""
    quiet_until: str = ""
    urgent: str = ""
    """Filter text: a story that passes it goes at once, whatever cadence, quiet hours and limit say."""
    most: int | None = None
    """Posts a day; what is over them comes as a digest at the next `Subscription.at`."""
    changes: bool = False
    """Say what changed in a story that was posted."""


NO_OPTIONS = Options()
"""All as the chat has it."""
ORIGINAL = "original"
"""`Options.language` for summaries in the language of the article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A chat's standing order for news."""

    id: int
    chat_id: int
    kind: SubscriptionKind
    value: str
    """Source id, topic, filter text or story id (also of `like`); empty for `all`."""
    cadence: Cadence
    at: str = "08:00"
    """Local time of a daily or weekly digest, and of what is over a live subscription's limit."""
    weekdays: tuple[int, ...] = ()
    """ISO weekdays (Monday 1) of digests; empty: Monday for weekly, every day for daily."""
    options: Options = NO_OPTIONS
    vector: bytes = b""
    """Of `like`: its story's vector when it was made, unit length, as little-endian half floats."""
    created: datetime
    active: bool = True
    due_at: datetime | None = None
    """Of the next digest; None for live, unless stories over its limit wait."""
    covered_until: datetime | None = None
    """Stories updated up to here were in a digest already."""


class Outcome(StrEnum):
    """What was decided for a chat about a story."""

    POST = "post"
    """Sent by itself, at once or after the quiet hours."""
    FOLDED = "folded"
    """Over the limit of a day: waits for the next digest."""
    DIGEST = "digest"
    """It was over the limit and a digest told it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why and when a chat is told a story by itself: what `/why` says, and what limits count."""

    chat_id: int
    story_id: int
    subscription_id: int
    outcome: Outcome
    as_of: datetime
    """When the newest report that the chat was told was fetched: what came later is a change."""
    at: datetime
    """When a post may go; when a folded story was decided."""
    urgent: bool = False
    score: float | None = None
    """Likeness, where the subscription is `like`."""
    changed: datetime | None = None
    """When it was last said what changed."""


# --- what leaves ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


class BlockKind(StrEnum):
    """A block's form."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    QUOTE = "quote"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A line or paragraph of a reply."""

    kind: BlockKind
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a message; `payload` comes back as `Message.button`, at most 64 bytes."""

    label: str
    payload: str
    optional: bool = field(default=False, compare=False)
    """Left out where a platform has no buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the bot wants to say, knowing no platform."""

    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    """Rows of buttons; a platform without buttons shows them as text commands."""
    preview: bool = False
    """Let the platform show a preview of the first link."""
    relabels: bool = False
    """Nothing is said; the message whose button was pressed gets `buttons` in place of its own."""


class DeliveryKind(StrEnum):
    """Why something is sent; decides priority and what an ambiguous time-out means."""

    ANSWER = "answer"
    LIVE = "live"
    UPDATE = "update"
    DIGEST = "digest"
    NOTICE = "notice"


PRIORITY: Mapping[DeliveryKind, int] = {
    DeliveryKind.ANSWER: 0,
    DeliveryKind.NOTICE: 1,
    DeliveryKind.LIVE: 2,
    DeliveryKind.UPDATE: 3,
    DeliveryKind.DIGEST: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One platform message, rendered: small enough for the platform, markup already closed."""

    html: str
    """In the platform's dialect of HTML; empty where the platform has none."""
    plain: str
    """The same without markup: the fallback, and Matrix's `body`."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview: bool = False


class DeliveryState(StrEnum):
    """Where a delivery is in its life."""

    DUE = "due"
    SENT = "sent"
    UNKNOWN = "unknown"
    """A time-out after sending where the platform has no idempotency key."""
    FAILED = "failed"
    """The platform refused it for good."""
    DROPPED = "dropped"
    """Folded into a digest, or its chat is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox: one Part for one chat."""

    id: int
    key: str
    """Random, unique, made with the row: the Matrix transaction id."""
    chat_id: int
    address: Address
    kind: DeliveryKind
    part: Part
    reply_to: str = ""
    """Platform id of the message that this answers."""
    edits: str = ""
    """Platform id of the message to edit instead of sending anew."""
    silent: bool = False
    attempts: int = 0
    interrupted: bool = False
    """An earlier attempt ended without an outcome (a crash): it may have been sent."""
    story_id: int | None = None
    story_revision: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's acknowledgement."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on a row: finish with the token it was claimed with."""

    table: str
    id: int
    token: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a conversation, or one message of a prompt."""

    role: str
    """`system`, `user` or `assistant`."""
    text: str
    at: datetime | None = None
    citations: tuple[Citation, ...] = field(default=())


# --- between rooms -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found; a higher score is better, scales differ by search."""

    passage_id: int
    article_id: int
    score: float
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signature:
    """What clustering remembers of an article."""

    article_id: int
    story_id: int | None
    when: datetime
    outlet: str
    title: str
    vector: NDArray[np.float32]
    """Unit length, shape (dimensions,)."""
    terms: tuple[str, ...]
    """Names and telling words, as `news.cluster` chose them."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator wrote, and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    truncated: bool = False
    """The token limit cut it off."""


class Urgency(IntEnum):
    """Who waits for a model: lower goes first."""

    PERSON = 0
    BACKGROUND = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What to put into the outbox: all parts or none, once for a dedup key."""

    dedup_key: str
    chat_id: int
    kind: DeliveryKind
    parts: tuple[Part, ...]
    reply_to: str = ""
    edits: str = ""
    silent: bool = False
    story_id: int | None = None
    story_revision: int | None = None
    not_before: datetime | None = None
