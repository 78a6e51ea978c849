"""Audit entries of the doors themselves: sign-ins, refusals, sign-outs."""

import asyncio
from datetime import datetime

from core.audit.entry import AuditEntry
from core.context import Actor, Origin
from server.house import House


async def write_auth(house: House, kind: str, origin: Origin, actor: Actor | None = None) -> None:
    """Write one entry of the family `auth` in a transaction of its own."""
    await asyncio.to_thread(_write, house, kind, origin, actor)


def _write(house: House, kind: str, origin: Origin, actor: Actor | None) -> None:
    verdict = "deny" if kind == "auth.failed" else "allow"
    with house.installation.database.transaction(actor.tenant_id if actor else None) as session:
        now: datetime = session.info["now"]
        entry = AuditEntry(kind=kind, at=now, actor=actor, origin=origin, verdict=verdict)
        house.installation.audit.append(session, entry)
