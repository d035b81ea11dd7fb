"""All sources that carry an article, not only the one that brought it first."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, with the sources that are known."""
    op.create_table(
        "article_sources",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "source_id"),
    )
    op.create_index("article_sources_source", "article_sources", ["source_id"])
    op.execute(
        "INSERT INTO article_sources (article_id, source_id) "
        "SELECT id, source_id FROM articles WHERE source_id IS NOT NULL"
    )
