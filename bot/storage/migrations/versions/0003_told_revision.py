"""Which revision of a story a chat was told; what was told before counts as the present one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

PRESENT = """
UPDATE chat_stories SET revision = coalesce(
    (SELECT stories.revision FROM stories WHERE stories.id = chat_stories.story_id), 1)
"""


def upgrade() -> None:
    """Add the column."""
    op.add_column("chat_stories", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.execute(sa.text(PRESENT))
