"""People who were erased, opt-outs that outlive them, and how long events are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_PLACE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; nobody is erased, and everything is kept."""
    op.add_column("settings", sa.Column("retention", sa.Text, nullable=False, server_default="{}"))
    op.create_table(
        "erasures",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("requested_at", sa.DateTime),
        sa.Column("erased_at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("pending", sa.Text),
        sa.Column("position", _PLACE, nullable=False),
    )
    op.create_table(
        "erased_people",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        _of_erasure(index=True),
    )
    op.create_table(
        "suppressions",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("acted_at", sa.DateTime, nullable=False),
        _of_erasure(),
    )
    op.create_table(
        "aged_out",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("before", sa.DateTime, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
    )


def _of_erasure(*, index: bool = False) -> sa.Column[object]:
    """The erasure that a row belongs to."""
    key = sa.ForeignKey("erasures.number")
    return sa.Column("number", sa.Integer, key, nullable=False, index=index)
