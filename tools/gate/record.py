"""Record: every call leaves an audit entry, in the transaction of what it did.

A call that succeeds is recorded with its events and effects in one statement, so that they
stand or fall together; one that is refused is recorded by itself.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from core import later, outbox
from core.audit.entry import AuditEntry
from core.audit.log import AuditLog
from core.errors import AitError, ApprovalRequired, Denied
from core.stamping import RowChange
from core.subjects import subjects_of
from tools.gate.call import Outcome, Work
from tools.gate.step import Step
from tools.gate.transact import Transactions
from tools.policy import Decision
from tools.risk import Risk

VERDICTS: Final = {"call.allowed": "allow", "call.held": "hold", "call.denied": "deny", "call.failed": "fail"}
LONGEST: Final = 20_000  # signs of an argument that an entry repeats
log = structlog.get_logger("gate")


@dataclass(frozen=True)
class Recorder:
    """Writes the entry of a piece of work, under a version of the policy."""

    audit: AuditLog
    policy_version: str

    def write(self, work: Work, kind: str, *, approval_id: UUID | None = None, error: AitError | None = None) -> None:
        """Append the entry, and whatever events and effects the work left, to its transaction."""
        call, decision = work.call, work._decision
        written = kind not in ("call.previewed", "call.held")
        changes = _changes(work)
        entry = AuditEntry(
            id=work.entry_id,
            kind=kind,
            at=work.ctx.now,
            actor=call.actor,
            origin=call.origin,
            tool=call.tool,
            risk_class=work._tool.risk.value if work._tool else "",
            args={name: _told(value) for name, value in work.args.items()},
            labels={name: int(label.integrity) for name, label in work.labels.items()},
            verdict=VERDICTS.get(kind, ""),
            rules=_rules(decision, error),
            policy_version=work.policy_version or self.policy_version,
            error=error.code if error else "",
            approvals=[a for a in (approval_id, call.approval_id) if a is not None],
            preview_hash=work.preview.hash if work.preview else "",
            changes=changes if written else (),
            details=_details(work, error),
            idempotency_key=call.idempotency_key,
            turn=call.turn_id,
            subjects=subjects_of(changes),
        )
        self.audit.append(work.ctx.session, entry, _outgoing(work) if kind != "call.previewed" else ())


def _told(value: Any) -> Any:
    """An argument as the log keeps it; a whole file by its digest: the log can't be emptied again."""
    if isinstance(value, str) and len(value) > LONGEST:
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()} ({len(value)})"
    return value


def _changes(work: Work) -> Sequence[RowChange]:
    rows = work.preview.rows if work.preview else ()
    return [RowChange(r.table, r.id, r.op, r.version, r.before, r.after) for r in rows]


def _outgoing(work: Work) -> list[outbox.OutboxRow]:
    events = [outbox.of_event(event) for event in work.ctx.events]
    return events + [outbox.of_effect(effect) for effect in work.ctx.effects]


def _details(work: Work, error: AitError | None) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if work.provenance.foreign:
        said["foreign"] = list(work.provenance.foreign)
        said["control"] = int(work.provenance.control)
    if work.facts is not None and work.tool.risk is not Risk.READ:
        # What the policy was told: so a draft of a policy can be asked what it would have said.
        said["facts"] = work.facts.told()
    if work.call.reason:
        said["reason"] = work.call.reason
    if error is not None:
        said["error"] = error.told("es")
    return said


def _rules(decided: Decision | None, error: AitError | None) -> list[str]:
    """The rule that decided, first; then the others that fired."""
    first = str(error.detail["rule"]) if isinstance(error, Denied) else decided.rule if decided else ""
    others = decided.rules if decided else ()
    return [rule for rule in dict.fromkeys((first, *others)) if rule]


@dataclass(frozen=True)
class Recorded(Step):
    """Append the entry of a call that succeeded."""

    recorder: Recorder

    def __call__(self, work: Work) -> Outcome:
        """Run the rest, then record it."""
        outcome = self.inner(work)
        if not outcome.replayed:
            self.recorder.write(work, "call.allowed")
            for job in work.ctx.jobs:
                later.submit(
                    work.ctx.session, work.call.actor, job.tool, job.args,
                    idempotency_key=job.key, run_at=job.not_before,
                )  # fmt: skip
        return outcome


@dataclass(frozen=True)
class Audited(Step):
    """Outermost: a refusal is recorded too, in a transaction of its own, and logged."""

    transactions: Transactions
    recorder: Recorder

    def __call__(self, work: Work) -> Outcome:
        """Run everything; record an error of ours and let it go on."""
        call = work.call
        with structlog.contextvars.bound_contextvars(
            request_id=str(call.origin.request_id),
            tenant=str(call.actor.tenant_id),
            actor=call.actor.label,
            tool=call.tool,
        ):
            try:
                outcome = self.inner(work)
            except ApprovalRequired as held:
                log.info("held", rule=held.detail.get("rule"), approval=str(held.detail.get("approval_id")))
                raise
            except AitError as error:
                self._refused(work, error)
                log.info("refused", code=error.code, rule=error.detail.get("rule"))
                raise
            log.debug("ran", replayed=outcome.replayed)
            return outcome

    def _refused(self, work: Work, error: AitError) -> None:
        call = work.call
        with self.transactions.open(call.actor, call.origin, call.rehearsal) as session:
            # The work's own context ended with its transaction, and its events with it.
            work.restart(session)
            if not work.args and not isinstance(call.args, bytes):
                work.args = {name: str(value)[:200] for name, value in call.args.items()}
            self.recorder.write(work, "call.denied" if isinstance(error, Denied) else "call.failed", error=error)
