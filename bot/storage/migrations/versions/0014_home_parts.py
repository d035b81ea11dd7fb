"""What a delivery was before it went to the linked chat, so that it can go home as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column."""
    op.add_column("deliveries", sa.Column("home_parts", sa.JSON()))
