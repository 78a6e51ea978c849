"""How long a customer's policies, receipts and claims must be kept, and what is erased after that.

The books are kept six years from their last entry (Código de Comercio art. 30). Who
mediates life insurance and other investments keeps the customer's documents ten years from
the end of the business (Ley 10/2010 arts. 2.1 and 25).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlmodel import col, or_, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, translate
from modules.core_business.crm.duties import DUTIES, ERASURE
from modules.insurance.kernel.claims.file import OWN_REASONS
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, ClaimExpert, ClaimMovement, ClaimNote, Policy, Quote, Receipt
from modules.insurance.kernel.states import ClaimState, PolicyState
from modules.insurance.kernel.views import day
from tools.panels import Panel, panel

INVESTMENT: Final = frozenset(("vida", "ahorro", "unit-linked", "pensiones"))
ENDED: Final = frozenset(
    (PolicyState.CANCELLED, PolicyState.LAPSED, PolicyState.EXPIRED, PolicyState.REPLACED, PolicyState.ANNULLED)
)
SETTLED: Final = frozenset((ClaimState.PAID, ClaimState.REJECTED, ClaimState.CLOSED))
LIVE: Final = N_("póliza viva {number}")
OPEN: Final = N_("siniestro abierto {number}")
KEPT_POLICY: Final = N_("póliza {number}")
KEPT_RECEIPT: Final = N_("recibo {number}")
KEPT_CLAIM: Final = N_("siniestro {number}")
UNTIL: Final = N_("hasta el {on}")


class Law(NamedTuple):
    """For how many months something is kept, and where that stands."""

    months: int
    name: str


BOOKS: Final = Law(6 * 12, "CCom art. 30")
LAUNDERING: Final = Law(10 * 12, "Ley 10/2010 art. 25")
CONTRACT: Final = "RGPD art. 17.3.b"
DEFENCE: Final = "RGPD art. 17.3.e"


def law_of(line: str) -> Law:
    """The longest duty that holds for a policy of `line`."""
    return LAUNDERING if line in INVESTMENT else BOOKS


def keep_until(line: str, *days: date | None) -> date:
    """The last day on which something of `line` must be kept whose last entry is the latest of `days`."""
    return add_months(max(found for found in days if found is not None), law_of(line).months)


@panel(DUTIES)
def duties_of(ctx: Context, customer_id: UUID) -> Panel:
    """What of a customer's must be kept: live policies, open claims, and what the books still need."""
    rows = list(_duties(ctx, customer_id))
    return Panel(title=translate(N_("Deberes de conservación"), ctx.actor.locale), columns=(), rows=tuple(rows))


def _policies(ctx: Context, customer_id: UUID) -> Sequence[Policy]:
    mine = or_(col(Policy.policyholder_id) == customer_id, col(Policy.insured_id) == customer_id)
    return ctx.session.exec(select(Policy).where(mine, alive(Policy)).order_by(col(Policy.expires_on).desc())).all()


def _duties(ctx: Context, customer_id: UUID) -> Iterable[tuple[str, str, str]]:
    locale, today = ctx.actor.locale, ctx.today
    policies = {policy.id: policy for policy in _policies(ctx, customer_id)}

    def kept(text: str, number: str, line: str, *days: date | None) -> Iterable[tuple[str, str, str]]:
        until = keep_until(line, *days)
        if until >= today:
            said = translate(UNTIL, locale, on=day(until))
            yield translate(text, locale, number=number), law_of(line).name, said

    for policy in policies.values():
        if policy.state not in ENDED:
            yield translate(LIVE, locale, number=policy.policy_number), CONTRACT, ""
        else:
            yield from kept(KEPT_POLICY, policy.policy_number, policy.line, policy.expires_on)
    for claim in ctx.session.exec(select(Claim).where(col(Claim.policy_id).in_(policies), alive(Claim))):
        if claim.state not in SETTLED:
            yield translate(OPEN, locale, number=claim.claim_number), DEFENCE, ""
        else:
            line = policies[claim.policy_id].line
            yield from kept(KEPT_CLAIM, claim.claim_number, line, claim.known_on, claim.paid_on)
    for receipt in ctx.session.exec(select(Receipt).where(col(Receipt.policy_id).in_(policies), alive(Receipt))):
        line = policies[receipt.policy_id].line
        last = (receipt.issued_on, receipt.due_on, receipt.paid_on, receipt.returned_on)
        yield from kept(KEPT_RECEIPT, receipt.receipt_number, line, *last)


@panel(ERASURE)
def erase_of(ctx: Context, customer_id: UUID) -> Panel:
    """Erase what old policies, claims and quotes tell of a customer; their numbers and sums stay."""
    policies = _policies(ctx, customer_id)
    touched: list[tuple[str]] = []
    for policy in policies:
        policy.risk_description, policy.object_ref, policy.signature_evidence = "", None, ""
        ctx.session.add(policy)
        touched.append((policy.policy_number,))
    ids = [policy.id for policy in policies]
    for claim in ctx.session.exec(select(Claim).where(col(Claim.policy_id).in_(ids))).all():
        claim.description, claim.place, claim.claimant = "", None, None
        ctx.session.add(claim)
        touched.append((claim.claim_number,))
        _delete(ctx, select(ClaimNote).where(ClaimNote.claim_id == claim.id))
        _forget_people(ctx, claim)
    for quote in ctx.session.exec(select(Quote).where(Quote.customer_id == customer_id)).all():
        quote.risk, quote.details, quote.object_ref = {}, {}, None  # the rating is figures alone
        ctx.session.add(quote)
        touched.append((quote.quote_number,))
    title = translate(N_("Pólizas, siniestros y cotizaciones"), ctx.actor.locale)
    return Panel(title=title, columns=(), rows=tuple(touched))


def _forget_people(ctx: Context, claim: Claim) -> None:
    """Erase who was paid and who appraised a claim; what was paid, and when, stays."""
    for movement in ctx.session.exec(select(ClaimMovement).where(ClaimMovement.claim_id == claim.id)).all():
        movement.payee = None
        movement.reason = movement.reason if movement.reason in OWN_REASONS else None
        ctx.session.add(movement)
    for expert in ctx.session.exec(select(ClaimExpert).where(ClaimExpert.claim_id == claim.id)).all():
        expert.name = None
        ctx.session.add(expert)


def _delete(ctx: Context, query: Any) -> None:
    for record in ctx.session.exec(query).all():
        ctx.session.delete(record)
