"""What people do about effects: look, hold, release, try again, settle. Each act is audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from core.audit.entry import AuditEntry
from core.audit.log import AuditLog
from core.context import Actor, Origin
from core.database import Database
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_

State: TypeAlias = Literal["pending", "sending", "sent", "failed", "unknown", "held"]
OPEN: Final[tuple[State, ...]] = ("pending", "sending", "failed", "unknown", "held")
MOST: Final = 500
LONGEST: Final = 200
SETTLE_FIRST: Final = N_("no se sabe si salió: compruébelo y use «settle»")
NOT_IN: Final = N_("El efecto está en «{state}»: ahora no se puede hacer eso.")

COLUMNS: Final = (
    "id, type AS kind, state, key AS about, payload, attempts, error, provider_ref AS reference, entry_id,"
    " created_at, next_at, published_at AS sent_at"
)
LIST: Final = text(
    f"SELECT {COLUMNS} FROM soriano_platform.outbox"
    " WHERE tenant_id = :tenant AND kind = 'effect' AND state = ANY(:states)"
    " ORDER BY agg_seq DESC LIMIT :most"
)
SHOW: Final = text(
    f"SELECT {COLUMNS} FROM soriano_platform.outbox"
    " WHERE tenant_id = :tenant AND kind = 'effect' AND id = :id FOR UPDATE"
)
MOVE: Final = text(
    "UPDATE soriano_platform.outbox SET state = :state, error = :error, provider_ref = coalesce(:ref, provider_ref),"
    " attempts = CASE WHEN :afresh THEN 0 ELSE attempts END, next_at = clock_timestamp(),"
    " published_at = CASE WHEN :state = 'sent' THEN clock_timestamp() END"
    " WHERE tenant_id = :tenant AND id = :id AND kind = 'effect'"
)


@dataclass(frozen=True)
class EffectRow:
    """One effect as it stands; `payload` is what leaves, in full."""

    id: UUID
    kind: str
    state: State
    about: UUID | None
    payload: Mapping[str, Any]
    attempts: int
    error: str | None
    reference: str | None
    entry_id: UUID | None
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class EffectDesk:
    """The effects of a tenant; the caller asks the policy first."""

    database: Database
    audit: AuditLog

    def list(self, actor: Actor, states: Sequence[State] = OPEN) -> list[EffectRow]:
        """The tenant's effects in these states, newest first, 500 at most."""
        with self.database.transaction(actor.tenant_id) as session:
            found = session.connection().execute(
                LIST, {"tenant": actor.tenant_id, "states": list(states), "most": MOST}
            )
            return [EffectRow(*row) for row in found]

    def show(self, actor: Actor, id: UUID) -> EffectRow:
        """One of them.

        Raises:
            NotFound: the tenant has none of that id.
        """
        with self.database.transaction(actor.tenant_id) as session:
            return self._row(session, actor, id)

    def hold(self, actor: Actor, origin: Origin, id: UUID, reason: str) -> EffectRow:
        """Keep a waiting effect, and what would follow it, from leaving."""
        return self._move(actor, origin, id, ("pending",), "held", "admin.effect_held", reason=_said("reason", reason))

    def release(self, actor: Actor, origin: Origin, id: UUID) -> EffectRow:
        """Let a held one go."""
        return self._move(actor, origin, id, ("held",), "pending", "admin.effect_released")

    def retry(self, actor: Actor, origin: Origin, id: UUID) -> EffectRow:
        """Try a failed one again from the start; a waiting one at once."""
        return self._move(actor, origin, id, ("failed", "pending"), "pending", "admin.effect_retried", afresh=True)

    def settle(self, actor: Actor, origin: Origin, id: UUID, sent: str | None) -> EffectRow:
        """Say how an unknown outcome ended: it left, under the reference `sent`; or it did not, and goes again.

        Raises:
            Conflict: its outcome is known.
        """
        if sent is None:
            return self._move(actor, origin, id, ("unknown",), "pending", "admin.effect_settled", afresh=True)
        ref = _said("sent", sent)
        return self._move(actor, origin, id, ("unknown",), "sent", "admin.effect_settled", ref=ref)

    def _row(self, session: Session, actor: Actor, id: UUID) -> EffectRow:
        row = session.connection().execute(SHOW, {"tenant": actor.tenant_id, "id": id}).one_or_none()
        if row is None:
            raise NotFound(what=N_("el efecto"), ref=id)
        return EffectRow(*row)

    def _move(
        self,
        actor: Actor,
        origin: Origin,
        id: UUID,
        allowed: Sequence[State],
        state: State,
        kind: str,
        *,
        reason: str | None = None,
        ref: str | None = None,
        afresh: bool = False,
    ) -> EffectRow:
        with self.database.transaction(actor.tenant_id) as session:
            before = self._row(session, actor, id)
            if before.state not in allowed:
                if before.state == "unknown":
                    raise Conflict(reason=SETTLE_FIRST)
                raise Conflict(NOT_IN, state=before.state)
            values = {
                "tenant": actor.tenant_id,
                "id": id,
                "state": state,
                "error": reason,
                "ref": ref,
                "afresh": afresh,
            }
            session.connection().execute(MOVE, values)
            details = {"was": before.state, "now": state, "reason": reason, "reference": ref}
            entry = AuditEntry(
                kind=kind,
                at=session.info["now"],
                actor=actor,
                origin=origin,
                records=[id],
                details={name: value for name, value in details.items() if value is not None},
            )
            self.audit.append(session, entry)
            return self._row(session, actor, id)


def _said(field: str, given: str) -> str:
    said = given.strip()
    if not said or len(said) > LONGEST:
        raise BadArguments(field=field, problem=N_("admite de 1 a 200 caracteres"))
    return said
