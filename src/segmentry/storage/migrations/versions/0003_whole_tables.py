"""Whether an import brought every row of the records its rows belong to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Say of every file of the archive that it is not."""
    op.add_column(
        "import_files",
        sa.Column("whole", sa.Boolean, nullable=False, server_default=sa.false()),
    )
