"""The first tables.

Written out, not taken from `tables.py`: a migration means the same for ever.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, then the database's own index of passages."""
    _make_articles()
    _make_chats()
    own = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRES
    for statement in own:
        op.execute(statement)


_SQLITE = (
    """
    CREATE VIRTUAL TABLE passage_words
    USING fts5(title, text, tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'")
    """,
    "INSERT INTO passage_words(passage_words, rank) VALUES ('rank', 'bm25(2.0, 1.0)')",
    """
    CREATE TABLE passage_vectors (
        passage_id INTEGER PRIMARY KEY REFERENCES passages(id) ON DELETE CASCADE,
        vector BLOB NOT NULL
    )
    """,
    "CREATE TABLE passage_removals (seq INTEGER PRIMARY KEY AUTOINCREMENT, passage_id INTEGER NOT NULL)",
    """
    CREATE TRIGGER passages_leave AFTER DELETE ON passages BEGIN
        DELETE FROM passage_words WHERE rowid = old.id;
        INSERT INTO passage_removals(passage_id) VALUES (old.id);
    END
    """,
)

_POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    """
    CREATE TABLE passage_index (
        passage_id BIGINT PRIMARY KEY REFERENCES passages(id) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        words TSVECTOR NOT NULL,
        vector HALFVEC
    )
    """,
    "CREATE INDEX passage_index_words ON passage_index USING gin (words)",
)


def _make_articles() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "sources",
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _text("title"),
        _text("topic"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        _moment("added", nullable=False),
        _text("etag"),
        _text("last_modified"),
        _moment("polled"),
        _moment("first_polled"),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        _moment("failing_since"),
        *_lease(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url"),
        sqlite_autoincrement=True,
    )
    _due("sources")
    op.create_table(
        "stories",
        sa.Column("id", ID, nullable=False),
        _text("title"),
        _moment("created", nullable=False),
        _moment("updated", nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        *_lease(),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _due("stories")
    op.create_index("stories_updated", "stories", ["updated"])
    op.create_table(
        "articles",
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        _text("title"),
        _text("text"),
        _text("outlet"),
        _text("byline"),
        _text("language"),
        _moment("published"),
        _moment("updated"),
        _moment("fetched", nullable=False),
        _moment("revised", nullable=False),
        _moment("happened", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        _flag("teaser"),
        _flag("withdrawn"),
        _flag("quiet"),
        sa.Column("source_id", ID),
        sa.Column("story_id", ID),
        *_lease(),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _due("articles")
    op.create_index("articles_happened", "articles", ["happened"])
    op.create_index("articles_source", "articles", ["source_id", "happened"])
    op.create_index("articles_story", "articles", ["story_id", "happened"])
    op.create_index("articles_url", "articles", ["url"])
    op.create_table(
        "signatures",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "article_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_article_keys_article_id", "article_keys", ["article_id"])
    op.create_table(
        "revisions",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _text("title"),
        _text("text"),
        _moment("published"),
        _moment("fetched", nullable=False),
        _flag("withdrawn"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "revision"),
    )
    op.create_table(
        "passages",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.CheckConstraint('start >= 0 AND "end" >= start', name="passages_span"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id", "ordinal"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "article_summaries",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "length", "language"),
    )
    op.create_table(
        "story_summaries",
        sa.Column("story_id", ID, nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("story_id", "length", "language"),
    )


def _make_chats() -> None:
    op.create_table(
        "chats",
        sa.Column("id", ID, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        _text("title"),
        _flag("private"),
        _text("language"),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("length", sa.Text(), server_default="short", nullable=False),
        _text("quiet_from"),
        _text("quiet_until"),
        _flag("active"),
        _text("inactive_reason"),
        _moment("paused_until"),
        _moment("outbox_at"),
        sa.Column("outbox_priority", sa.Integer()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform", "chat", "thread"),
        sqlite_autoincrement=True,
    )
    _partial("chats_outbox", "chats", ["outbox_priority", "outbox_at"], "outbox_at IS NOT NULL")
    op.create_table(
        "platform_pauses",
        sa.Column("platform", sa.Text(), nullable=False),
        _moment("until", nullable=False),
        sa.PrimaryKeyConstraint("platform"),
    )
    op.create_table(
        "roles",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        _text("granted_by"),
        sa.PrimaryKeyConstraint("platform", "user"),
    )
    op.create_table(
        "turns",
        sa.Column("id", ID, nullable=False),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        _text("message_id"),
        _text("thread"),
        sa.Column("role", sa.Text(), nullable=False),
        _text("text"),
        _moment("at"),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("turns_message", "turns", ["chat_id", "message_id"])
    op.create_index("turns_thread", "turns", ["chat_id", "thread"])
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _text("value"),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        _moment("created", nullable=False),
        _flag("active"),
        _moment("covered_until"),
        *_lease(),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("chat_id", "kind", "value", "cadence"),
        sqlite_autoincrement=True,
    )
    _due("subscriptions")
    op.create_table(
        "chat_stories",
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        _moment("told", nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "story_id"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        _text("sender"),
        _text("sender_name"),
        _text("text"),
        _moment("sent", nullable=False),
        _moment("received", nullable=False),
        _flag("private"),
        _flag("addressed"),
        _text("reply_to"),
        _text("button"),
        _text("chat_title"),
        _flag("may_administer"),
        *_lease(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform", "chat", "message_id"),
        sqlite_autoincrement=True,
    )
    _due("inbox")
    _partial("inbox_order", "inbox", ["platform", "chat", "id"], "due_at IS NOT NULL")
    op.create_index("inbox_received", "inbox", ["received"])
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _text("html"),
        _text("plain"),
        sa.Column("buttons", sa.JSON(), nullable=False),
        _flag("preview"),
        _text("reply_to"),
        _text("edits"),
        _flag("silent"),
        sa.Column("story_id", ID),
        sa.Column("story_revision", sa.Integer()),
        _moment("created", nullable=False),
        _moment("sent"),
        _text("message_id"),
        _flag("interrupted"),
        *_lease(),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedup_key", "part"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_created", "deliveries", ["created"])
    _partial("deliveries_flight", "deliveries", ["chat_id", "leased_until"], "lease_token IS NOT NULL")
    op.create_index("deliveries_message", "deliveries", ["chat_id", "message_id"])
    _partial("deliveries_order", "deliveries", ["chat_id", "priority", "id"], "state = 'due'")
    op.create_index("deliveries_story", "deliveries", ["story_id"])
    _partial("deliveries_time", "deliveries", ["chat_id", "due_at"], "state = 'due'")


def _text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _flag(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(), nullable=False)


def _moment(name: str, *, nullable: bool = True) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _lease() -> "list[sa.Column[Any]]":
    return [
        _moment("due_at"),
        _moment("leased_until"),
        sa.Column("lease_token", sa.Text()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _text("last_error"),
        _moment("woken_at"),
    ]


def _due(table: str) -> None:
    _partial(f"{table}_due", table, ["due_at"], "lease_token IS NULL")
    _partial(f"{table}_leased", table, ["leased_until"], "lease_token IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
