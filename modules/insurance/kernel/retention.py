"""How long a customer's policies, receipts and claims must be kept, and what is erased after that.

The books are kept six years from their last entry (Código de Comercio art. 30). Who
mediates life insurance and other investments keeps the customer's documents ten years from
the end of the business (Ley 10/2010 arts. 2.1 and 25).

What is erased after that: what the terms, endorsements and renewals tell of the risk, and
every row that a line keeps about the policy in its own schema. A table that a line adds is
erased without saying so. Numbers, states, dates and sums of the contract and its receipts
stay: they are the house's statistics and name nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Table, false
from sqlmodel import SQLModel, and_, col, or_, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, translate
from core.records import Record
from modules.core_business.crm.duties import DUTIES, ERASURE
from modules.insurance.kernel.claims.file import OWN_REASONS
from modules.insurance.kernel.lines import installed_lines
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import (
    Claim,
    ClaimExpert,
    ClaimMovement,
    ClaimNote,
    Endorsement,
    Policy,
    Quote,
    Receipt,
    Term,
)
from modules.insurance.kernel.renewals.records import RenewalItem
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
    _forget_history(ctx, ids)
    touched += forget_lines(ctx, customer_id, ids)
    for claim in ctx.session.exec(select(Claim).where(col(Claim.policy_id).in_(ids))).all():
        claim.description, claim.place, claim.claimant = "", None, None
        ctx.session.add(claim)
        touched.append((claim.claim_number,))
        _delete(ctx, select(ClaimNote).where(ClaimNote.claim_id == claim.id))
        _forget_people(ctx, claim)
    for quote in ctx.session.exec(select(Quote).where(Quote.customer_id == customer_id)).all():
        quote.risk, quote.details, quote.object_ref = {}, {}, None
        quote.rating, quote.rules_hit = figures(quote.rating), []
        ctx.session.add(quote)
        touched.append((quote.quote_number,))
    title = translate(N_("Pólizas, siniestros y cotizaciones"), ctx.actor.locale)
    return Panel(title=title, columns=(), rows=tuple(touched))


def figures(rating: Mapping[str, Any]) -> dict[str, Any]:
    """What a rating says in figures; the rules that were hit may tell of an illness."""
    return {**rating, "rules_hit": []} if rating else {}


def _forget_history(ctx: Context, ids: Sequence[UUID]) -> None:
    """Erase what the terms, endorsements and renewals of policies tell of the risk; what each cost stays.

    Terms and endorsements count as gone, so that a policy without its risk is read as one
    whose risk was never entered.
    """
    for term in ctx.session.exec(select(Term).where(col(Term.policy_id).in_(ids))).all():
        term.risk, term.details, term.rating = {}, {}, figures(term.rating)
        term.deleted_at = term.deleted_at or ctx.now
        ctx.session.add(term)
    for change in ctx.session.exec(select(Endorsement).where(col(Endorsement.policy_id).in_(ids))).all():
        change.risk, change.details, change.rating, change.rules_hit = {}, {}, figures(change.rating), []
        change.reason, change.signature_evidence, change.insurer_ref = "", "", None
        change.deleted_at = change.deleted_at or ctx.now
        ctx.session.add(change)
    for item in ctx.session.exec(select(RenewalItem).where(col(RenewalItem.policy_id).in_(ids))).all():
        item.risk, item.rating, item.rules_hit, item.causes, item.problem = {}, figures(item.rating), [], [], ""
        ctx.session.add(item)
    for receipt in ctx.session.exec(select(Receipt).where(col(Receipt.policy_id).in_(ids))).all():
        receipt.mandate_ref = None
        ctx.session.add(receipt)


def forget_lines(ctx: Context, customer_id: UUID, ids: Sequence[UUID]) -> list[tuple[str]]:
    """Delete every row of the lines' own tables about the policies `ids`, or about the customer and no policy.

    A row of a policy that is another's now is that policy's. The names of the tables, once a row.
    """
    kinds = {kind.__table__: kind for kind in _every(Record) if hasattr(kind, "__table__")}
    schemas = {f"soriano_insurance_{line.short}" for line in installed_lines()}
    touched = []
    for table in reversed(SQLModel.metadata.sorted_tables):  # what refers to a row goes before it
        kind: Any = kinds.get(table)
        if kind is None or table.schema not in schemas:
            continue
        rows = ctx.session.exec(select(kind).where(or_(*_about(table, customer_id, ids)))).all()
        for row in rows:
            ctx.session.delete(row)
        touched += [(str(table.name),)] * len(rows)
        ctx.session.flush()
    return touched


def _about(table: Table, customer_id: UUID, ids: Sequence[UUID]) -> Iterable[Any]:
    """Which rows of `table` are of the policies `ids`, or of the customer alone."""
    yield false()
    policy, customer = table.c.get("policy_id"), table.c.get("customer_id")
    if policy is not None:
        yield policy.in_(ids)
    if customer is not None:
        yield (customer == customer_id) if policy is None else and_(policy.is_(None), customer == customer_id)


def _every(kind: type[Any]) -> Iterable[type[Any]]:
    for below in kind.__subclasses__():
        yield below
        yield from _every(below)


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
