"""What goes into the gate and what comes out: `Call`, `Outcome`, and the `Work` between."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from core.context import Actor, Context, Origin
from core.identifiers import new_id
from core.stamping import TenantSession
from tools.catalogue import Catalogue
from tools.gate.rehearsal import Rehearsal
from tools.policy import Decision, Facts
from tools.preview import Preview
from tools.provenance import Evidence, Label, Provenance
from tools.tool import Tool


@dataclass(frozen=True)
class Call:
    """A wish to run a tool.

    Args:
        tool: its name.
        args: the arguments, or the raw JSON bytes that a face received.
        actor: for whom it runs.
        origin: where the wish came from.
        idempotency_key: the same key gives the same outcome, once.
        evidence: what a turn knows that can vouch for the call. A call without any is a
            person's own, unless an agent or another house's model makes it.
        dry_run: give the exact preview and change nothing.
        turn_id, thread_id: the turn of the chat, if any.
        reason, advice: what the agent and its specialists say to an approver.
        must_ask: why a person must decide although the policy would allow it (specialists disagree).
        approval_id, ids: run what this approval granted, with the ids of its preview (set
            by `Approvals` alone; the gate checks both against the approval's row).
        rehearsal: run inside a transaction that is rolled back in the end.
    """

    tool: str
    args: Mapping[str, Any] | bytes
    actor: Actor
    origin: Origin
    idempotency_key: str | None = None
    evidence: Evidence | None = None
    dry_run: bool = False
    turn_id: UUID | None = None
    thread_id: UUID | None = None
    reason: str = ""
    advice: Mapping[str, Any] = field(default_factory=dict)
    must_ask: str = ""
    approval_id: UUID | None = None
    ids: tuple[UUID, ...] = ()
    rehearsal: Rehearsal | None = None


@dataclass(frozen=True)
class Outcome:
    """What a call did: the typed value, the same as JSON, and the audit entry that proves it."""

    tool: str
    value: Any
    json: Any
    entry_id: UUID
    preview: Preview | None = None
    replayed: bool = False


@dataclass
class Work:
    """One call on its way through the gate; each step fills what it knows."""

    call: Call
    entry_id: UUID = field(default_factory=new_id)
    catalogue: Catalogue = Catalogue({})  # the snapshot that the call ends on
    _tool: Tool | None = None
    _arguments: BaseModel | None = None
    _ctx: Context | None = None
    _decision: Decision | None = None
    args: dict[str, Any] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)
    facts: Facts | None = None
    policy_version: str = ""
    grants: int = 0  # distinct persons who granted this very call
    preview: Preview | None = None
    value: Any = None
    ids: list[UUID] = field(default_factory=list)

    @property
    def tool(self) -> Tool:
        """The tool, once resolved."""
        assert self._tool is not None
        return self._tool

    @property
    def arguments(self) -> BaseModel:
        """The typed arguments, once validated."""
        assert self._arguments is not None
        return self._arguments

    @property
    def ctx(self) -> Context:
        """The context, once the transaction is open."""
        assert self._ctx is not None
        return self._ctx

    @property
    def decision(self) -> Decision:
        """The policy's decision, once taken."""
        assert self._decision is not None
        return self._decision

    @property
    def labels(self) -> Mapping[str, Label]:
        """The provenance of each argument."""
        return self.provenance.arguments

    @property
    def args_digest(self) -> str:
        """SHA-256 over tool, canonical arguments and tenant: what an approval binds."""
        facts = [self.call.tool, self.args, str(self.call.actor.tenant_id)]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def restart(self, session: TenantSession) -> Context:
        """Go on in `session`, after the first transaction ended without a trace."""
        self._ctx = Context(session, self.call.actor, self.call.origin, session.now)
        return self._ctx

    def outcome(self, *, replayed: bool = False) -> Outcome:
        """The outcome of the finished work."""
        shown = None if self.value is None else self.tool.to_json(self.value)
        return Outcome(self.tool.name, self.value, shown, self.entry_id, self.preview, replayed)
