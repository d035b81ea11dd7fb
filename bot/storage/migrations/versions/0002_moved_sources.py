"""Sources that move: their former URLs, the scope of their items' ids, and a start without posts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what is new; a source's scope is the URL that it has now."""
    op.add_column("sources", sa.Column("scope", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "sources", sa.Column("quiet_start", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute("UPDATE sources SET scope = url")
    op.create_table(
        "former_urls",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("url"),
    )
    op.create_index("ix_former_urls_source_id", "former_urls", ["source_id"])
