"""Runs the migrations on the connection that `app_db` hands over."""

from alembic import context

from segmentry.storage import access_tables, jobs_table  # noqa: F401  tables of the schema
from segmentry.storage.app_db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
