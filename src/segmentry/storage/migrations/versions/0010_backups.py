"""Where a server puts backups that it is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nowhere, until somebody at the command line says where."""
    op.add_column("settings", sa.Column("backups", sa.Text))
