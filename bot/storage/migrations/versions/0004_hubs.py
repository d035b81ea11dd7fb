"""Leases at WebSub hubs, and what the hubs brought."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "hub_leases",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        _moment("granted"),
        _moment("expires"),
        _moment("due_at"),
        _moment("leased_until"),
        sa.Column("lease_token", sa.Text()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        _moment("woken_at"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id"),
        sa.UniqueConstraint("path"),
        sqlite_autoincrement=True,
    )
    for name, column, where in (
        ("hub_leases_due", "due_at", "lease_token IS NULL"),
        ("hub_leases_leased", "leased_until", "lease_token IS NOT NULL"),
    ):
        condition = sa.text(where)
        op.create_index(name, "hub_leases", [column], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "pushes",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id", "digest"),
        sqlite_autoincrement=True,
    )


def _moment(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger())
