"""Idempotent: one key, one effect; a repeated call gets the first one's outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text

from core.errors import BadArguments
from core.i18n import N_
from tools.gate.call import Outcome, Work
from tools.gate.step import Step

KEPT: Final = timedelta(hours=24)
LONGEST: Final = 200
USED: Final = N_("ya se usó con otros argumentos")
LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
FIND: Final = text(
    "SELECT fingerprint, result, entry_id FROM soriano_platform.idempotency "
    "WHERE user_id = :user AND tool = :tool AND key = :key AND expires_at > :now"
)
FORGET: Final = text("DELETE FROM soriano_platform.idempotency WHERE user_id = :user AND tool = :tool AND key = :key")
KEEP: Final = text(
    "INSERT INTO soriano_platform.idempotency VALUES "
    "(:tenant, :user, :tool, :key, :fingerprint, cast(:result AS jsonb), :entry, :expires)"
)


def key_of(work: Work) -> str | None:
    """The caller's key; inside a chat's turn the gate makes one, so that a model can't double a write."""
    call = work.call
    if call.idempotency_key is not None or call.turn_id is None or work.tool.risk.reads_only:
        return call.idempotency_key
    return f"turn:{call.turn_id}:{work.args_digest}"


@dataclass(frozen=True)
class Idempotent(Step):
    """Look the key up and keep the outcome, in the call's own transaction."""

    def __call__(self, work: Work) -> Outcome:
        """Give the stored outcome of the same key and arguments, or run and store."""
        key = key_of(work)
        if key is None or work.call.dry_run:
            return self.inner(work)
        if not key or len(key) > LONGEST:
            raise BadArguments(field="Idempotency-Key", problem=N_("admite de 1 a 200 caracteres"))
        connection = work.ctx.session.connection()
        actor = work.call.actor
        where: Mapping[str, Any] = {"user": actor.user_id, "tool": work.tool.name, "key": key, "now": work.ctx.now}
        connection.execute(LOCK, {"lock": f"{actor.tenant_id}:{actor.user_id}:{work.tool.name}:{key}"})
        stored = connection.execute(FIND, where).one_or_none()
        if stored is not None:
            return self._again(work, stored)
        outcome = self.inner(work)
        connection.execute(FORGET, where)
        connection.execute(
            KEEP,
            {
                **where,
                "tenant": actor.tenant_id,
                "fingerprint": work.args_digest,
                "result": json.dumps(outcome.json),
                "entry": work.entry_id,
                "expires": work.ctx.now + KEPT,
            },
        )
        return outcome

    @staticmethod
    def _again(work: Work, stored: Any) -> Outcome:
        if stored.fingerprint != work.args_digest:
            raise BadArguments(field="Idempotency-Key", problem=USED)
        return Outcome(work.tool.name, stored.result, stored.result, stored.entry_id, replayed=True)
