"""Checkpoints on PostgreSQL (*puntos de control*), and the list of graphs that have not ended.

They log in as `ait_graph`, which sees LangGraph's own tables alone. Ids and nothing else
stand in them that would tell whose they are, except the tenant of unfinished work.
"""

import zlib
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

SEARCH_PATH: Final = "-c search_path=soriano_platform"
SAVERS: Final = 4  # one saver serialises its calls; more than four gain nothing on two cores


@dataclass(frozen=True)
class Work:
    """A graph that began and has not ended: `turn:<turn id>` or `act:<approval id>`."""

    key: str
    tenant_id: UUID
    age_seconds: float = field(default=0.0, compare=False)

    @property
    def kind(self) -> str:
        """`turn` or `act`."""
        return self.key.partition(":")[0]

    @property
    def id(self) -> UUID:
        """The turn's or the approval's id."""
        return UUID(self.key.partition(":")[2])


@dataclass
class Checkpoints:
    """A pool, and savers over it; a thread always uses the same saver."""

    graph_url: str
    size: int = 8
    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = field(init=False)
    savers: list[AsyncPostgresSaver] = field(init=False, default_factory=list)

    async def open(self) -> None:
        """Connect; call inside the loop that will use it."""
        self.pool = AsyncConnectionPool(
            self.graph_url, min_size=2, max_size=self.size, open=False, kwargs=connection_options()
        )
        await self.pool.open()
        # Unknown types in a checkpoint are refused, whatever the environment says.
        serde = JsonPlusSerializer(allowed_msgpack_modules=None)
        self.savers = [AsyncPostgresSaver(self.pool, serde=serde) for _ in range(SAVERS)]

    async def close(self) -> None:
        """Close the pool."""
        await self.pool.close()

    def slot(self, thread: str) -> int:
        """Which of the savers keeps `thread`."""
        return zlib.crc32(thread.encode()) % SAVERS

    async def begin(self, work: Work) -> None:
        """Remember that `work` has begun."""
        async with self.pool.connection() as connection:
            await connection.execute(
                "INSERT INTO graph_work (key, tenant_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (work.key, work.tenant_id),
            )

    async def end(self, work: Work) -> None:
        """Forget `work` and its checkpoints: what it did is told in its turn's frames."""
        await self.savers[self.slot(work.key)].adelete_thread(work.key)
        async with self.pool.connection() as connection:
            await connection.execute("DELETE FROM graph_work WHERE key = %s", (work.key,))

    async def unfinished(self) -> list[Work]:
        """All work that began and has not ended, oldest first."""
        async with self.pool.connection() as connection:
            found = await connection.execute(
                "SELECT key, tenant_id, extract(epoch FROM now() - began_at)::float8 AS age "
                "FROM graph_work ORDER BY began_at, key"
            )
            return [Work(row["key"], row["tenant_id"], row["age"]) for row in await found.fetchall()]


def connection_options() -> dict[str, Any]:
    """How every connection of this package is opened; the saver needs the first three."""
    return {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, "options": SEARCH_PATH}
