"""Pages still to be read for teasers; a revision tells whether it was only a teaser."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; teasers that a feed still has ask for their pages at its next poll."""
    op.add_column("revisions", sa.Column("teaser", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "pages",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("read", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("lease_token", sa.Text()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("woken_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id"),
        sqlite_autoincrement=True,
    )
    for name, column, where in (
        ("pages_due", "due_at", "lease_token IS NULL"),
        ("pages_leased", "leased_until", "lease_token IS NOT NULL"),
    ):
        condition = sa.text(where)
        op.create_index(name, "pages", [column], sqlite_where=condition, postgresql_where=condition)
