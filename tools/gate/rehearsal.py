"""A rehearsal (*ensayo*): calls that see each other's writes, all rolled back in the end.

Batches of the chat, evals and trials run in one, so that a quote can be issued although
neither will remain. Calls take turns on its one connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from sqlalchemy import Connection

from core.database import Database


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """One outer transaction; each call inside is a savepoint of it."""

    connection: Connection
    lock: RLock = field(default_factory=RLock)


@contextmanager
def rehearse(database: Database) -> Iterator[Rehearsal]:
    """A rehearsal that ends with a roll-back, whatever happens."""
    with database.engine.connect() as connection:
        outer = connection.begin()
        try:
            yield Rehearsal(connection)
        finally:
            outer.rollback()
