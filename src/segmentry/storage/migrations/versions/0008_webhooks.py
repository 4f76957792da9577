"""Outgoing webhooks, and the hosts that may be sent to although they are private."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables of endpoints, messages, deliveries and attempts; no host is allowed."""
    op.add_column(
        "settings", sa.Column("allow_private", sa.Text, nullable=False, server_default="[]")
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("every_segment", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("failing_since", sa.DateTime),
    )
    op.create_table(
        "webhook_messages",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False, index=True),
        sa.Column("segment_id", sa.Integer),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("customers", sa.LargeBinary),
        sa.Column("left_out", sa.Text, nullable=False),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        _going_with("message_number", sa.Integer, "webhook_messages.number"),
        _going_with("endpoint_id", sa.Text, "webhook_endpoints.id"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime),
        sa.Column("claim", sa.Text),
        sa.Column("claimed_until", sa.DateTime),
        sa.Column("last_at", sa.DateTime),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("last_ms", sa.Integer),
        sa.UniqueConstraint("message_number", "endpoint_id"),
        sa.Index("ix_webhook_deliveries_due", "endpoint_id", "state", "next_at"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        _going_with("delivery_id", sa.Integer, "webhook_deliveries.id", index=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("ms", sa.Integer, nullable=False),
    )
    op.create_table(
        "webhook_told",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
    )


def _going_with(
    name: str, type: type[sa.Integer] | type[sa.Text], whose: str, *, index: bool = False
) -> sa.Column[object]:
    """A column of rows that go with those they point to."""
    key = sa.ForeignKey(whose, ondelete="CASCADE")
    return sa.Column(name, type, key, nullable=False, index=index)
