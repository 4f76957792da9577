"""Runs the migrations on the connection that `app_db` hands over."""

from alembic import context

from segmentry.storage import (  # noqa: F401  their tables belong to the schema
    access_tables,
    erasure_tables,
    jobs_table,
    journal_tables,
    webhook_tables,
)
from segmentry.storage.app_db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
