"""One runner a graph thread: PostgreSQL's advisory locks, held by one connection a process.

Two concurrent resumes of one interrupt would both run, so whoever runs a thread holds its
lock meanwhile. PostgreSQL releases the locks of a process that dies, which is how another
one can tell that a turn was left unfinished.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow

from core.errors import Conflict
from core.i18n import N_
from graphs.checkpoints import connection_options

TRY: Final = "SELECT pg_try_advisory_lock(%s) AS got"
BUSY: Final = N_("ya se está reanudando")
FREE: Final = "SELECT pg_advisory_unlock(%s)"


def number(thread: str) -> int:
    """The lock's number: 64 bits of the thread's hash, signed as PostgreSQL wants it."""
    return int.from_bytes(hashlib.sha256(f"graph:{thread}".encode()).digest()[:8], "big", signed=True)


class Locks:
    """All locks of this process, on one connection of their own.

    A session may take its own lock twice, so what this process holds is remembered here
    as well. A connection that broke is opened again and takes its locks back.
    """

    def __init__(self, graph_url: str) -> None:
        """Prepare; the connection opens with the first lock."""
        self.graph_url = graph_url
        self._held: set[int] = set()
        self._connection: AsyncConnection[DictRow] | None = None
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, thread: str) -> AsyncIterator[None]:
        """Hold the lock of `thread` for the length of the block.

        Raises:
            Conflict: somebody else runs this thread already.
        """
        lock = number(thread)
        if lock in self._held or not await self._take(lock):
            raise Conflict(reason=BUSY)
        try:
            yield
        finally:
            await self._give_back(lock)

    async def _take(self, lock: int) -> bool:
        async with self._one_at_a_time:
            if lock in self._held:
                return False
            try:
                got = await self._ask(lock)
            except OperationalError:
                await self._reconnect()
                got = await self._ask(lock)
            if got:
                self._held.add(lock)
            return got

    async def _give_back(self, lock: int) -> None:
        async with self._one_at_a_time:
            self._held.discard(lock)
            if self._connection is None:
                return
            try:
                await self._connection.execute(FREE, (lock,))
            except OperationalError:
                self._connection = None  # a broken connection has released its locks already

    async def _ask(self, lock: int) -> bool:
        if self._connection is None:
            await self._reconnect()
        assert self._connection is not None
        row = await (await self._connection.execute(TRY, (lock,))).fetchone()
        return bool(row and row["got"])

    async def _reconnect(self) -> None:
        self._connection = await AsyncConnection.connect(self.graph_url, **connection_options())
        for lock in self._held:
            await self._connection.execute(TRY, (lock,))

    async def close(self) -> None:
        """Close the connection, which releases everything."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
