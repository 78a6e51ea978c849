"""Who may decide an approval (*poder de decisión*): four eyes, no stake in it, one voice a person."""

from dataclasses import dataclass
from typing import Final

from core.context import Actor, Loan
from core.i18n import N_
from tools.gate.quorum import grants_of, voices
from tools.gate.records import Approval
from tools.policy.facts import REQUESTER

EXECUTIVE: Final = "executive"
AGENT: Final = N_("un agente no aprueba nada")
ASKED: Final = N_("debe decidir otra persona con ese poder: la pidió usted")
GRANTED: Final = N_("usted ya la ha aprobado; falta otra persona")
SPOKEN: Final = N_("ya se ha aprobado con ese mismo poder delegado; falta otra persona")
STAKE: Final = N_("debe decidir otra persona con ese poder: usted tiene interés en este acto")
LENDERS_OWN: Final = N_("debe decidir otra persona con ese poder: la pidió quien le delega el suyo, o tiene interés")
NO_POWER: Final = N_("debe decidir otra persona con ese poder")


@dataclass(frozen=True)
class Power:
    """What lets somebody decide: his own role, or a loan."""

    loan: Loan | None = None


def roles_of(approval: Approval) -> frozenset[str]:
    """The roles that may decide; what whoever asked may confirm, the executives may too."""
    roles = frozenset(approval.approver.split(","))
    return roles | {EXECUTIVE} if REQUESTER in roles else roles


def power_of(actor: Actor, approval: Approval) -> Power | str:
    """What lets `actor` decide, or why he may not (catalogued)."""
    grants = grants_of(approval)
    if actor.agent is not None:
        return AGENT
    if actor.user_id in {grant.by for grant in grants}:
        return GRANTED
    if approval.requested_by == actor.user_id:
        return Power() if approval.approver == REQUESTER else ASKED
    if actor.user_id in approval.conflicted:
        return STAKE
    heard, roles = voices(grants), roles_of(approval)
    if not actor.own_roles.isdisjoint(roles):
        return SPOKEN if actor.user_id in heard else Power()
    loans = [loan for loan in actor.lent if loan.role in roles]
    free = [loan for loan in loans if loan.lender_id not in {approval.requested_by, *approval.conflicted}]
    fresh = [loan for loan in free if loan.lender_id not in heard]
    if fresh:
        return Power(fresh[0])
    return SPOKEN if free else LENDERS_OWN if loans else NO_POWER


def may_decide(actor: Actor, approval: Approval) -> bool:
    """Whether `actor` may decide it, as it stands."""
    return isinstance(power_of(actor, approval), Power)
