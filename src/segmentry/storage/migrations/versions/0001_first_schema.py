"""Settings, imports and segments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first schema."""
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("order_rules", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("stands_at", sa.DateTime),
    )
    op.create_table(
        "imports",
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
        sa.Column("imported_at", sa.DateTime, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )
    op.create_table(
        "import_files",
        sa.Column("position", sa.Integer, sa.ForeignKey("imports.position"), primary_key=True),
        sa.Column("table", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False, unique=True),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("preset", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
