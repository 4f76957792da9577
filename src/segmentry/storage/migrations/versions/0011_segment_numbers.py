"""The number of the last segment that there was, so that it is not given to another."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Begin after all segments there are, and those that messages to others still tell of."""
    op.execute("DELETE FROM counters WHERE name = 'segment'")
    op.execute(
        """
        INSERT INTO counters (name, value)
        SELECT 'segment', COALESCE(MAX(id), 0) FROM (
            SELECT id FROM segments UNION ALL SELECT segment_id FROM webhook_messages
        ) AS known
        """
    )
