"""The journal of live messages, in one sequence with imports."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_PLACE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the journal; the sequence goes on after the last import."""
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", _PLACE, nullable=False),
    )
    last = op.get_bind().execute(sa.text("SELECT max(position) FROM imports")).scalar()
    op.bulk_insert(counters, [{"name": "position", "value": last or 0}])
    op.create_table(
        "journal",
        sa.Column("position", _PLACE, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("about_at", sa.DateTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "message_ids",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("position", _PLACE, nullable=False),
        sa.Column("received_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_message_ids_received_at", "message_ids", ["received_at"])
    op.create_table(
        "journal_files",
        sa.Column("first", _PLACE, primary_key=True, autoincrement=False),
        sa.Column("last", _PLACE, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
    )
