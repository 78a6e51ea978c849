"""Live change: notices, within half a second, that decisions or turns of a tenant changed.

It asks PostgreSQL, once for all open pages of a tenant, so that a decision taken by the
command line or by another process shows as fast as one taken in the next tab.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import func, select

from core.database import Database
from graphs.records import Turn
from tools.gate.records import Approval

SECONDS: Final = 0.5
log = structlog.get_logger()


@dataclass
class Tenant:
    """The watch over one tenant: its last stamp, and who waits for the next."""

    stamp: tuple[object, ...] = ()
    version: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    readers: int = 0
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True)
class Watch:
    """Watches the tenants that have open pages, and no others."""

    database: Database
    tenants: dict[UUID, Tenant] = field(default_factory=dict)

    def stamp(self, tenant_id: UUID) -> tuple[object, ...]:
        """What changes whenever a decision or a turn of the tenant does."""
        with self.database.transaction(tenant_id) as session:
            approvals = session.exec(
                select(func.count(), func.max(Approval.updated_at), func.sum(Approval.version)).select_from(Approval)
            ).one()
            turns = session.exec(select(func.max(Turn.started_at), func.max(Turn.finished_at)).select_from(Turn)).one()
        return (*approvals, *turns)

    async def changes(self, tenant_id: UUID, timeout: float) -> AsyncIterator[bool]:
        """True after each change, False after `timeout` seconds without one; never ends."""
        tenant = self.tenants.setdefault(tenant_id, Tenant())
        tenant.readers += 1
        if tenant.task is None or tenant.task.done():
            tenant.task = asyncio.create_task(self._poll(tenant_id, tenant))
        seen = -1  # the first look counts as a change: the page may be older than this reader
        try:
            while True:
                try:
                    async with asyncio.timeout(timeout), tenant.changed:
                        while tenant.version == seen:
                            await tenant.changed.wait()
                except TimeoutError:
                    yield False
                    continue
                seen = tenant.version
                yield True
        finally:
            tenant.readers -= 1

    async def _poll(self, tenant_id: UUID, tenant: Tenant) -> None:
        while tenant.readers > 0:
            try:
                stamp = await asyncio.to_thread(self.stamp, tenant_id)
            except SQLAlchemyError as error:
                log.warning("watch.unavailable", error=str(error))
                await asyncio.sleep(SECONDS * 4)
                continue
            if stamp != tenant.stamp:
                async with tenant.changed:
                    tenant.stamp, tenant.version = stamp, tenant.version + 1
                    tenant.changed.notify_all()
            await asyncio.sleep(SECONDS)
        self.tenants.pop(tenant_id, None)

    async def close(self) -> None:
        """Stop all watching."""
        for tenant in list(self.tenants.values()):
            if tenant.task is not None:
                tenant.task.cancel()
        self.tenants.clear()
