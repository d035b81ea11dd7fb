"""A site's own .onion address, which is tried when all others fail."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column."""
    op.add_column("sources", sa.Column("onion_url", sa.Text(), server_default="", nullable=False))
