"""Writing a job (*trabajo*) in the open transaction: it runs after the commit, or never was."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from core.context import Actor
from core.identifiers import new_id

SUBMIT: Final = text(
    "INSERT INTO soriano_platform.job (tenant_id, id, tool, args, actor, idempotency_key, run_at)"
    " VALUES (:tenant_id, :id, :tool, CAST(:args AS jsonb), CAST(:actor AS jsonb), :key, coalesce(:run_at, now()))"
    " ON CONFLICT (tenant_id, idempotency_key) DO UPDATE SET tool = job.tool RETURNING id"
)


def submit(
    session: Session,
    actor: Actor,
    tool: str,
    args: Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    run_at: datetime | None = None,
) -> UUID:
    """Write a call of `tool` as `actor`; it runs after the commit, not before `run_at`.

    The same `idempotency_key` again gives the job that is there already.
    """
    id = new_id()
    who = {"user": actor.user, "user_id": str(actor.user_id), "agent": actor.agent, "locale": actor.locale}
    values = {
        "tenant_id": actor.tenant_id,
        "id": id,
        "tool": tool,
        "args": json.dumps(dict(args), default=str),
        "actor": json.dumps(who),
        "key": idempotency_key or f"job:{id}",
        "run_at": run_at,
    }
    found: UUID = session.connection().execute(SUBMIT, values).scalar_one()
    return found
