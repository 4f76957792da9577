"""What segments are for, their versions, lists and uses; who belongs to them, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make what segments are for and the tables beside them; a segment from before gets its
    first version written when it is next touched."""
    for name in ("goal", "strategy", "note", "owner", "folder"):
        op.add_column("segments", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("segments", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
    op.add_column("segments", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
    op.add_column("segments", sa.Column("archived_at", sa.DateTime))
    op.add_column("segments", sa.Column("fixed_at", sa.DateTime))
    op.create_table(
        "segment_versions",
        _segment(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
    )
    op.create_table(
        "segment_lists",
        _segment(primary_key=True),
        sa.Column("included", sa.LargeBinary, nullable=False),
        sa.Column("excluded", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "segment_uses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("segment_id", sa.Integer, sa.ForeignKey("segments.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("blocking", sa.Boolean, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("kind", "name", "segment_id"),
    )
    op.create_table(
        "customer_numbers",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Text, unique=True),
    )
    op.create_table(
        "memberships",
        _segment(primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("as_of", sa.DateTime),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("facts_version", sa.Text, nullable=False),
        sa.Column("facts_position", sa.Integer, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.Column("members_after", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime),
        sa.Column("failed_at", sa.DateTime),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "membership_changes",
        sa.Column("first", sa.Integer, primary_key=True),
        _segment(index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("triggers", sa.Boolean, nullable=False),
        sa.Column("joined_count", sa.Integer, nullable=False),
        sa.Column("left_count", sa.Integer, nullable=False),
        sa.Column("joined", sa.LargeBinary, nullable=False),
        sa.Column("left", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "outbox_readers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "export_fields",
        _segment(primary_key=True),
        sa.Column("fields", sa.Text, nullable=False),
    )


def _segment(*, primary_key: bool = False, index: bool = False) -> sa.Column[int]:
    """Rows that go with their segment."""
    return sa.Column(
        "segment_id",
        sa.Integer,
        sa.ForeignKey("segments.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        index=index,
    )
