"""Which article's text an article repeats; in which place a digest told a story."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("articles", sa.Column("copy_of", ID))
    op.add_column("chat_stories", sa.Column("place", sa.Integer(), server_default="0", nullable=False))
