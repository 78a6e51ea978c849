"""Messages between agents, kept and published (*mensajes entre agentes*).

Each consultation and each advice is one `AgentMessage`: an entry of the audit log and an
event on `agent-events`, both in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agents.protocol import Advice, AgentMessage, Payload, Urgency
from core.audit.entry import AuditEntry
from core.audit.log import AuditLog
from core.context import Actor, Event, Origin
from core.outbox import of_event
from graphs.state import Brief
from tools.gate.rehearsal import Rehearsal
from tools.gate.transact import Transactions


@dataclass(frozen=True)
class Post:
    """Writes messages for the audit and the event stream."""

    transactions: Transactions
    audit: AuditLog

    def send(
        self,
        actor: Actor,
        origin: Origin,
        turn_id: UUID,
        messages: Sequence[AgentMessage],
        rehearsal: Rehearsal | None,
    ) -> None:
        """Append and publish `messages` in one transaction."""
        with self.transactions.open(actor, origin, rehearsal) as session:
            for message in messages:
                wire = message.wire()
                event = of_event(Event(f"agent.{message.type}", turn_id, wire))
                entry = AuditEntry(
                    kind="agent.messaged", at=session.now, actor=actor, origin=origin, turn=turn_id, details=wire
                )
                self.audit.append(session, entry, [event])


def consultation(executor: str, brief: Brief, turn: str, urgency: Urgency = "normal") -> AgentMessage:
    """The executor's question to one specialist."""
    context = {"proposal": brief["proposal"], "evidence": [item["ref"] for item in brief["evidence"]]}
    return AgentMessage(
        sender=f"executor/{executor}",
        to=f"specialist/{brief['specialist']}",
        type="consultation",
        payload=Payload(question=brief["question"], context=context, urgency=urgency),
        metadata={"turn": turn},
    )


def reply_of(executor: str, advice: Advice, question: str, turn: str) -> AgentMessage:
    """The specialist's answer, or the notice that there is none."""
    said = advice.recommendation
    context: dict[str, Any] = said.model_dump(mode="json") if said else {"status": advice.status, "cause": advice.cause}
    return AgentMessage(
        sender=f"specialist/{advice.specialist}",
        to=f"executor/{executor}",
        type="recommendation" if said else "error",
        payload=Payload(question=question, context=context),
        metadata={"turn": turn, "seconds": advice.seconds},
    )


def exchange(executor: str, briefs: Sequence[Brief], advices: Sequence[Advice], turn: str) -> list[AgentMessage]:
    """All messages of one consultation: each question, then each answer, by specialist."""
    questions = {brief["specialist"]: brief["question"] for brief in briefs}
    asked = [consultation(executor, brief, turn) for brief in briefs]
    answered = [reply_of(executor, a, questions.get(a.specialist, ""), turn) for a in advices]
    return [*asked, *answered]
