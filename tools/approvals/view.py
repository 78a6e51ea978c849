"""One approval as every face shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.context import Actor
from tools.approvals.power import Power, power_of
from tools.catalogue import Catalogue
from tools.gate.quorum import Grant, grants_of, persons
from tools.gate.records import Approval, ApprovalState
from tools.preview import Preview


class RuleSaid(BaseModel):
    """A rule that asked for people, in words (Spanish, catalogued)."""

    model_config = ConfigDict(frozen=True)

    id: str
    why: str


class ApprovalView(BaseModel):
    """One approval as every face shows it.

    Args:
        grants: who has said yes; what they said is hidden from who has yet to decide, lest
            the first word weigh on the second.
        missing: how many more persons it takes.
        may_decide, why_not: whether the reader may, or why not.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    state: ApprovalState
    tool: str
    risk: str
    title: str
    args: dict[str, Any]
    labels: dict[str, Any]
    preview: Preview
    preview_hash: str
    ids: tuple[UUID, ...]
    rule: str
    rules: list[str]
    rules_said: tuple[RuleSaid, ...]
    why: str
    approver: str
    needed: int
    missing: int
    grants: tuple[Grant, ...]
    step_up: int | None
    foreign_sources: list[str]
    requester: str
    requested_at: datetime
    agent: str | None
    reason: str
    advice: dict[str, Any]
    thread_id: UUID | None
    turn_id: UUID | None
    expires_at: datetime
    escalated_at: datetime | None
    postponed_until: datetime | None
    delegated_to: str | None
    decision: str | None
    decider: str | None
    decided_at: datetime | None
    comment: str
    messages: list[dict[str, Any]]
    supersedes_id: UUID | None
    superseded_by_id: UUID | None
    executed_at: datetime | None
    result: dict[str, Any] | None
    entry_id: UUID | None
    error: str | None
    may_decide: bool
    why_not: str


MADE = frozenset({"title", "requested_at", "may_decide", "why_not", "rules_said", "missing", "grants"})


@dataclass(frozen=True)
class Eyes:
    """How `actor` sees approvals at a moment: with the catalogue and the rules of then."""

    actor: Actor
    now: datetime
    catalogue: Catalogue
    rules: Mapping[str, str]

    def see(self, approval: Approval) -> ApprovalView:
        """The approval, for these eyes."""
        facts = approval.model_dump(include=set(ApprovalView.model_fields) - MADE)
        tool = self.catalogue.tools.get(approval.tool)
        open_still = approval.state is ApprovalState.PENDING and approval.expires_at > self.now
        power, grants = power_of(self.actor, approval), grants_of(approval)
        mine = open_still and isinstance(power, Power)
        return ApprovalView(
            **facts,
            title=(tool.title or tool.summary) if tool else approval.tool,
            requested_at=approval.created_at,
            rules_said=tuple(RuleSaid(id=rule, why=self._why(rule, approval)) for rule in self._fired(approval)),
            grants=tuple(grant.model_copy(update={"comment": ""}) if mine else grant for grant in grants),
            missing=max(0, approval.needed - persons(grants)),
            may_decide=mine,
            why_not=power if isinstance(power, str) else "",
        )

    def _fired(self, approval: Approval) -> list[str]:
        """The rule that decided, then the others."""
        return list(dict.fromkeys((approval.rule, *approval.rules)))

    def _why(self, rule: str, approval: Approval) -> str:
        return approval.why if rule == approval.rule else self.rules.get(rule, "")
