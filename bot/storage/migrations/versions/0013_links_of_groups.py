"""Links of chats that others read along in by now: they end, as they do from now on at once."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """End them from both sides."""
    groups = "SELECT id FROM chats WHERE NOT private"
    op.execute(f"DELETE FROM links WHERE chat_id IN ({groups}) OR other_id IN ({groups})")
