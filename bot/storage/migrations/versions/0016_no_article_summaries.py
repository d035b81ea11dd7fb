"""Summaries of single articles were never kept."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Drop their table."""
    op.drop_table("article_summaries")
