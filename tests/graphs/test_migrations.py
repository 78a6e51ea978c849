"""The migrations build what the records declare, and what LangGraph's own would."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from graphs.migrations import graphs_0001
from graphs.records import PLATFORM

OURS = {f"{PLATFORM}.{name}" for name in ("thread", "turn", "turn_event", "turn_approval")}


def test_the_tables_are_those_of_the_records(installation):
    engine = create_engine(installation.database.admin_url.replace("postgresql:", "postgresql+psycopg:", 1))
    options = {
        "include_schemas": True,
        "compare_type": True,
        "include_name": lambda name, kind, parents: kind != "schema" or name == PLATFORM,
        "include_object": lambda thing, name, kind, reflected, other: kind != "table" or thing.fullname in OURS,
    }
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    engine.dispose()
    assert found == []


def test_all_of_langgraphs_migrations_are_in_ours():
    """A newer library whose own tables have grown needs a new revision here."""
    assert len(AsyncPostgresSaver.MIGRATIONS) == graphs_0001.RELEASED
