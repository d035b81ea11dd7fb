"""Options of subscriptions, and why a chat was told a story."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = sa.text("cadence = 'live' OR urgent != ''")


def upgrade() -> None:
    """Add the columns and the table."""
    for name in ("length", "language", "quiet_from", "quiet_until", "urgent"):
        op.add_column("subscriptions", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("subscriptions", sa.Column("most", sa.Integer()))
    op.add_column(
        "subscriptions", sa.Column("changes", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("subscriptions", sa.Column("vector", sa.LargeBinary()))
    op.create_index(
        "subscriptions_questions",
        "subscriptions",
        ["kind", "value"],
        sqlite_where=AT_ONCE,
        postgresql_where=AT_ONCE,
    )
    op.create_table(
        "verdicts",
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("changed", sa.BigInteger()),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "story_id"),
    )
    op.create_index("verdicts_story", "verdicts", ["story_id"])
    op.create_index("verdicts_subscription", "verdicts", ["subscription_id", "at"])
