"""A desk for stories of decisions: rules of one's own, a clock that one moves, notices to publish."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core.context import Actor, Origin
from core.errors import ApprovalRequired
from core.identifiers import new_id
from modules.installation import Installation
from tools.approvals import Approvals, ApprovalView
from tools.delegations import Delegations
from tools.gate import Call, Gate
from tools.gate.policies import PoliciesInForce
from tools.gate.record import Recorder
from tools.gate.transact import Transactions
from tools.policy import DEFAULT, Policy

RULE = 'context.permission like "*:bind" && context.approvals < 1'
DAY = "2026-06-01"


def house_rules() -> str:
    """The rules as they are shipped."""
    return DEFAULT.with_suffix(".cedar").read_text(encoding="utf-8")


def with_binding(then: str, approver: str = "executive,compliance") -> str:
    """The rules, with another condition and other approvers for binding acts."""
    text = house_rules()
    assert RULE in text
    head, rule = text.split('@id("binding-act")')
    return head + '@id("binding-act")' + rule.replace('@approver("executive")', f'@approver("{approver}")', 1).replace(
        RULE, then, 1
    )  # fmt: skip


TWO = with_binding(RULE.replace("< 1", "< 2"))


@dataclass
class Desk:
    """Approvals of one tenant under rules of its own."""

    installation: Installation
    actor: Callable[[str], Actor]
    rules: str
    ahead: timedelta = timedelta()
    approvals: Approvals = field(init=False)
    delegations: Delegations = field(init=False)

    def __post_init__(self) -> None:
        """Build gate and services over the installation's database."""
        tables = DEFAULT.read_text(encoding="utf-8")
        policies = PoliciesInForce(Policy.parse(tables, self.rules))
        transactions = Transactions(self.installation.database, lambda now: now + self.ahead)
        recorder = Recorder(self.installation.audit, policies.house.version)
        gate = Gate.build(transactions, recorder, self.installation.modules.catalogue, policies)
        people = self.installation.people.actor
        self.approvals = Approvals(gate, transactions, recorder, policies, people)
        self.delegations = Delegations(transactions, recorder, policies, people)

    def run(self, tool: str, who: Actor, **args: Any) -> Any:
        """Call a tool through this desk's gate."""
        return self.approvals.gate.call(Call(tool, args, who, Origin("cli", new_id()))).value

    def notice(self, province: str = "25") -> str:
        """A notice that nobody has published."""
        return str(self.run("hail_notices_record_notice", self.actor("owner"), province=province, day=DAY).notice)

    def published(self, notice: str) -> bool:
        """Whether it is."""
        return any(
            n.notice == notice and n.published for n in self.run("hail_notices_list_notices", self.actor("owner"))
        )

    def asked(self, who: Actor, notice: str | None = None, **call: Any) -> UUID:
        """Ask to publish a notice; the approval that it waits for."""
        args = {"notice": notice or self.notice(), "recipient": "a@example.com"}
        wish = Call("hail_notices_publish_notice", args, who, Origin("web", new_id()), **call)
        with pytest.raises(ApprovalRequired) as held:
            self.approvals.gate.call(wish)
        return UUID(str(held.value.detail["approval_id"]))

    def approve(self, who: Actor, id: UUID, comment: str = "") -> ApprovalView:
        """Grant what is shown."""
        return self.approvals.approve(who, id, self.approvals.show(who, id).preview_hash, comment)

    def again(self, who: Actor) -> Actor:
        """The person as he is now, with what others lend him."""
        return self.installation.people.actor(who.user)
