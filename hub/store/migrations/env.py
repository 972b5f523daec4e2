"""Alembic's entry: runs migrations on the connection that it is handed."""

from alembic import context

from hub.model import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
