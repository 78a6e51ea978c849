"""Commission of what is issued (*comisiones*): the house's, and the part ceded to a collaborator.

Rates come from the agreements' data file; the base is the net premium without the
fractioning surcharge. Nothing that advises a client imports this module.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, or_, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_
from core.money import ZERO, to_cents
from modules.core_business.crm import Customer
from modules.insurance.kernel.agreed import Scope, agreement_on, all_agreements
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.market_records import CommissionAgreement
from modules.insurance.kernel.records import Collaborator, CommissionLine, Policy, Quote, Receipt

AGREEMENTS: Final = Path(__file__).parent / "data" / "commissions.json"


@dataclass(frozen=True)
class Terms:
    """What a policy pays: `rate` of the net premium to the house, `cession_rate` of that to a partner."""

    rate: Decimal
    collaborator_id: UUID | None = None
    cession_rate: Decimal = Decimal(0)


@cache
def agreements() -> Mapping[str, Any]:
    """The agreed rates by line."""
    found: Mapping[str, Any] = json.loads(AGREEMENTS.read_text(encoding="utf-8"))
    return found


class NoCommission(Conflict):
    """Nobody agreed what the line pays; no rate is made up."""

    text = N_("No consta la comisión del ramo «{line}»: fije un acuerdo antes de emitir.")


def reference_rate(line: str, kind: str) -> Decimal:
    """The reference rate of a line for `new` business or `renewal`.

    Raises:
        NoCommission: the reference does not know the line.
    """
    if line not in agreements()["lines"]:
        raise NoCommission(line=line)
    return Decimal(agreements()["lines"][line][kind])


def terms_of(ctx: Context, customer: Customer, quote: Quote) -> Terms:
    """The terms of a new policy: what was agreed for it, and the cession of the customer's collaborator.

    Without an agreement of the house the reference rate of the line holds. Without an agreed
    cession it is that of the customer's latest policy through the same collaborator; a
    collaborator without one gets none until it is agreed.
    """
    partner = collaborator_of(ctx, customer)
    active = partner if partner is not None and (partner.ended_on is None or partner.ended_on > ctx.today) else None
    scope = Scope(quote.line, quote.insurer_id, quote.product, active.id if active else None)
    agreed = agreement_on(all_agreements(ctx), scope, quote.effective_on)
    rate = agreed.rate_new if agreed else reference_rate(quote.line, "new")
    if active is None:
        return Terms(rate)
    if agreed is not None and agreed.collaborator_id == active.id and agreed.cession_rate is not None:
        return Terms(rate, active.id, agreed.cession_rate)
    return Terms(rate, active.id, _former_cession(ctx, customer, active))


def renewal_terms(policy: Policy, agreements_made: Iterable[CommissionAgreement]) -> Terms:
    """The terms of a renewal: what was agreed, else the line's reference for what we issued, else as taken over."""
    scope = Scope(policy.line, policy.insurer_id, policy.product, policy.collaborator_id)
    agreed = agreement_on(agreements_made, scope, policy.effective_on)
    rate = policy.commission_rate
    if agreed is not None:
        rate = agreed.rate_renewal
    elif policy.quote_id is not None:
        rate = reference_rate(policy.line, "renewal")
    return Terms(rate, policy.collaborator_id, policy.cession_rate)


def _former_cession(ctx: Context, customer: Customer, partner: Collaborator) -> Decimal:
    """The cession of the customer's latest policy through `partner`."""
    latest = select(Policy).where(Policy.collaborator_id == partner.id, Policy.policyholder_id == customer.id)
    policy = ctx.session.exec(latest.order_by(col(Policy.effective_on).desc()).limit(1)).first()
    return policy.cession_rate if policy else Decimal(0)


def collaborator_of(ctx: Context, customer: Customer) -> Collaborator | None:
    """The collaborator who brought the customer."""
    ref = customer.collaborator_ref
    if not ref:
        return None
    fits = or_(col(Collaborator.import_ref) == ref, col(Collaborator.code) == ref)
    return ctx.session.exec(select(Collaborator).where(fits, alive(Collaborator))).first()


def commission_lines(receipt: Receipt, base: Decimal, terms: Terms) -> list[CommissionLine]:
    """What `receipt` will earn once it is paid, and cede; its own amounts are set alike."""
    receipt.commission = to_cents(base * terms.rate)
    receipt.cession = to_cents(receipt.commission * terms.cession_rate) + ZERO  # of a refund, no minus zero
    lines = [_line(receipt, "earned", base, terms.rate, receipt.commission, None)]
    if receipt.cession != ZERO:
        partner = terms.collaborator_id
        lines.append(_line(receipt, "ceded", receipt.commission, terms.cession_rate, receipt.cession, partner))
    return lines


def _line(
    receipt: Receipt, kind: str, base: Decimal, rate: Decimal, amount: Decimal, party: UUID | None
) -> CommissionLine:
    return CommissionLine(
        receipt_id=receipt.id, policy_id=receipt.policy_id, kind=kind, state="expected", base=base, rate=rate,
        amount=amount, collaborator_id=party,
    )  # fmt: skip
