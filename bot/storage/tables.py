"""The tables, as the code queries them; `migrations/` makes them, and a test holds both together.

Ids that others remember (articles, passages, stories, deliveries) are never used again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    or_,
)

from bot.storage.columns import Id, Moment, Plain, lease

metadata = MetaData()


def _partial(name: str, where: ColumnElement[bool], *columns: Column[Any]) -> None:
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _due(table: Table) -> None:
    _partial(f"{table.name}_due", table.c.lease_token.is_(None), table.c.due_at)
    _partial(f"{table.name}_leased", table.c.lease_token.is_not(None), table.c.leased_until)


def _text(name: str) -> Column[str]:
    return Column(name, Plain, nullable=False, server_default="")


def _flag(name: str, *, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=default)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Plain, nullable=False))

sources = Table(
    "sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Plain, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    _text("title"),
    _text("topic"),
    Column("state", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("added", Moment, nullable=False),
    _text("etag"),
    _text("last_modified"),
    Column("polled", Moment),
    Column("first_polled", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Moment),
    _text("scope"),
    _text("onion_url"),
    Column("quiet_start", Boolean, nullable=False, server_default=false()),
    *lease(),
    sqlite_autoincrement=True,
)
"""`scope` is the first URL, which the ids of its items belong to for good."""

former_urls = Table(
    "former_urls",
    metadata,
    Column("url", Plain, primary_key=True),
    Column("source_id", Id, ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True),
)
"""Where sources were before: an old address still leads to its source."""

hub_leases = Table(
    "hub_leases",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("hub", Plain, nullable=False),
    Column("topic", Plain, nullable=False),
    Column("secret", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("granted", Moment),
    Column("expires", Moment),
    *lease(),
    sqlite_autoincrement=True,
)

pushes = Table(
    "pushes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    _text("content_type"),
    Column("received", Moment, nullable=False),
    UniqueConstraint("source_id", "digest"),
    sqlite_autoincrement=True,
)
"""What a hub brought and the next step of its source stores; the same body waits once."""

stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True),
    _text("title"),
    Column("created", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("lead_id", Id, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    *lease(),
    Index("stories_updated", "updated"),
    sqlite_autoincrement=True,
)

former_stories = Table(
    "former_stories",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("story_id", Id, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
)
"""Stories that became part of another: an old number still leads to its articles."""

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Plain, nullable=False),
    _text("title"),
    _text("text"),
    _text("outlet"),
    _text("byline"),
    _text("language"),
    Column("published", Moment),
    Column("updated", Moment),
    Column("fetched", Moment, nullable=False),
    Column("revised", Moment, nullable=False),
    Column("happened", Moment, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    _flag("teaser"),
    _flag("withdrawn"),
    _flag("quiet"),
    Column("source_id", Id, ForeignKey("sources.id", ondelete="SET NULL")),
    Column("story_id", Id, ForeignKey("stories.id", ondelete="SET NULL")),
    Column("copy_of", Id),
    *lease(),
    Index("articles_happened", "happened"),
    Index("articles_source", "source_id", "happened"),
    Index("articles_story", "story_id", "happened"),
    Index("articles_url", "url"),
    sqlite_autoincrement=True,
)
"""`happened` is `Article.when`; `revised` is when the present revision was fetched; `copy_of` may be gone."""

article_sources = Table(
    "article_sources",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", Id, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Index("article_sources_source", "source_id"),
)
"""Every source that carries an article; `articles.source_id` is the first of them."""

signatures = Table(
    "signatures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("vector", LargeBinary, nullable=False),
    Column("terms", JSON, nullable=False),
    sqlite_autoincrement=True,
)
"""A new signature has a new id, so what is known by its id never changes."""

article_keys = Table(
    "article_keys",
    metadata,
    Column("key", Plain, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
)

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    _text("title"),
    _text("text"),
    Column("published", Moment),
    Column("fetched", Moment, nullable=False),
    _flag("withdrawn"),
    Column("teaser", Boolean, nullable=False, server_default=false()),
)
"""What an article was before; the present revision is in `articles` alone."""

pages = Table(
    "pages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id", ondelete="SET NULL"), unique=True),
    _text("title"),
    Column("seen", Text, nullable=False),
    Column("read", Moment),
    *lease(),
    sqlite_autoincrement=True,
)
"""Pages that articles are completed from; `seen` tells the teaser that asked for it, `read` the last time."""

passages = Table(
    "passages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    UniqueConstraint("article_id", "ordinal"),
    CheckConstraint('start >= 0 AND "end" >= start', name="passages_span"),
    sqlite_autoincrement=True,
)
"""A passage's text is cut out of its article. Words and vectors differ by database (`index_*.py`)."""

story_summaries = Table(
    "story_summaries",
    metadata,
    Column("story_id", Id, ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    Column("length", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("summary", JSON, nullable=False),
)

chats = Table(
    "chats",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", Plain, nullable=False),
    Column("chat", Plain, nullable=False),
    Column("thread", Plain, nullable=False),
    _text("title"),
    _flag("private"),
    _text("language"),
    Column("timezone", Text, nullable=False, server_default="UTC"),
    Column("length", Text, nullable=False, server_default="short"),
    _text("quiet_from"),
    _text("quiet_until"),
    _flag("active", default=True),
    _text("inactive_reason"),
    Column("paused_until", Moment),
    Column("outbox_at", Moment),
    Column("outbox_priority", Integer),
    UniqueConstraint("platform", "chat", "thread"),
    sqlite_autoincrement=True,
)
"""`outbox_at` and `outbox_priority` tell when the chat's next delivery may go (see `queue.py`)."""

platform_pauses = Table(
    "platform_pauses",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("until", Moment, nullable=False),
)

outages = Table(
    "outages",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    _text("reason"),
)
"""Platforms that took nothing since then, and when that was last tried."""

links = Table(
    "links",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("other_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("made", Moment, nullable=False),
)
"""Two chats of one reader, a row for each of them."""

link_codes = Table(
    "link_codes",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("salt", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("expires", Moment, nullable=False),
)

link_tries = Table(
    "link_tries",
    metadata,
    Column("platform", Plain, primary_key=True),
    Column("user", Plain, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("platform", Plain, primary_key=True),
    Column("user", Plain, primary_key=True),
    Column("role", Integer, nullable=False),
    _text("granted_by"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("user", Plain, nullable=False),
    _text("message_id"),
    _text("thread"),
    Column("role", Text, nullable=False),
    _text("text"),
    Column("at", Moment),
    Column("citations", JSON, nullable=False),
    Index("turns_thread", "chat_id", "thread"),
    Index("turns_message", "chat_id", "message_id"),
)
"""`thread` is the message id that began the conversation."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    _text("value"),
    Column("cadence", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("weekdays", JSON, nullable=False),
    Column("created", Moment, nullable=False),
    _flag("active", default=True),
    Column("covered_until", Moment),
    _text("length"),
    _text("language"),
    _text("quiet_from"),
    _text("quiet_until"),
    _text("urgent"),
    Column("most", Integer),
    Column("changes", Boolean, nullable=False, default=False, server_default=false()),
    Column("vector", LargeBinary),
    *lease(),
    UniqueConstraint("chat_id", "kind", "value", "cadence"),
    sqlite_autoincrement=True,
)

AT_ONCE = or_(
    subscriptions.c.cadence == literal_column("'live'"), subscriptions.c.urgent != literal_column("''")
)
"""Subscriptions that may post a story by itself; written out for the partial index, as `DUE` is."""
_partial("subscriptions_questions", AT_ONCE, subscriptions.c.kind, subscriptions.c.value)

verdicts = Table(
    "verdicts",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", Id, primary_key=True),
    Column("subscription_id", Id, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    _flag("urgent"),
    Column("score", Float),
    Column("changed", Moment),
    Index("verdicts_story", "story_id"),
    Index("verdicts_subscription", "subscription_id", "at"),
)
"""Why a chat was told a story by itself; outlives the story and the subscription."""

chat_stories = Table(
    "chat_stories",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", Id, primary_key=True),
    Column("told", Moment, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("place", Integer, nullable=False, server_default="0"),
)
"""What a chat was told, the newest revision of each story and its place in the digest; outlives the story."""

votes = Table(
    "votes",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", Id, primary_key=True),
    Column("user", Plain, primary_key=True),
    Column("value", Integer, nullable=False),
    Column("traits", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index("votes_user", "user"),
)
"""Thumbs; they outlive the story."""

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", Plain, nullable=False),
    Column("chat", Plain, nullable=False),
    Column("thread", Plain, nullable=False),
    Column("message_id", Plain, nullable=False),
    _text("sender"),
    _text("sender_name"),
    _text("text"),
    Column("sent", Moment, nullable=False),
    Column("received", Moment, nullable=False),
    _flag("private"),
    _flag("addressed"),
    _text("reply_to"),
    _text("button"),
    _text("chat_title"),
    _flag("may_administer"),
    *lease(),
    UniqueConstraint("platform", "chat", "message_id"),
    Index("inbox_received", "received"),
    sqlite_autoincrement=True,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("dedup_key", Plain, nullable=False),
    Column("part", Integer, nullable=False),
    Column("chat_id", Id, ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),
    _text("html"),
    _text("plain"),
    Column("buttons", JSON, nullable=False),
    _flag("preview"),
    _text("reply_to"),
    _text("edits"),
    _flag("silent"),
    Column("story_id", Id),
    Column("story_revision", Integer),
    Column("created", Moment, nullable=False),
    Column("sent", Moment),
    _text("message_id"),
    _flag("interrupted"),
    Column("home_id", Id),
    Column("home_parts", JSON(none_as_null=True)),
    _text("folded"),
    *lease(),
    UniqueConstraint("dedup_key", "part"),
    Index("deliveries_created", "created"),
    Index("deliveries_story", "story_id"),
    Index("deliveries_message", "chat_id", "message_id"),
    sqlite_autoincrement=True,
)

"""`home_id`: the chat it was meant for, where it went to the linked one; `home_parts`: all of it, as it was
rendered for that chat. `folded`: the dedup key of the
digest that tells it instead."""

for _table in (sources, hub_leases, articles, pages, stories, subscriptions, inbox):
    _due(_table)

DUE = deliveries.c.state == literal_column("'due'")
"""Written out, since SQLite uses a partial index only for a condition that it can read."""

_in_flight = deliveries.c.lease_token.is_not(None)
_partial("inbox_order", inbox.c.due_at.is_not(None), inbox.c.platform, inbox.c.chat, inbox.c.id)
_partial("chats_outbox", chats.c.outbox_at.is_not(None), chats.c.outbox_priority, chats.c.outbox_at)
_partial("deliveries_order", DUE, deliveries.c.chat_id, deliveries.c.priority, deliveries.c.id)
_partial("deliveries_time", DUE, deliveries.c.chat_id, deliveries.c.due_at)
_partial("deliveries_folded", deliveries.c.folded != "", deliveries.c.folded)
_partial("deliveries_flight", _in_flight, deliveries.c.chat_id, deliveries.c.leased_until)

LEASED = {
    t.name: t for t in (sources, hub_leases, articles, pages, stories, subscriptions, inbox, deliveries)
}
"""Tables whose rows are jobs."""
