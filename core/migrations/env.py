"""Alembic's entry: runs on the connection that `core.migrations.upgrade` opened."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="soriano_core", include_schemas=True)
connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS soriano_core AUTHORIZATION ait_owner")
with context.begin_transaction():
    context.run_migrations()
