"""Quotes and what becomes of them (*cotización y emisión*), for any line.

A line assembles the risk; the kernel prices it, keeps the quote with its whole breakdown,
and issues the policy with its receipts from what the quote holds, never from a new rating.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
from modules.core_business.crm import Customer
from modules.insurance.kernel.billing import bill_annuity
from modules.insurance.kernel.commissions import Terms, terms_of
from modules.insurance.kernel.line import InsuredRisk, Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.numbering import next_number, policy_number
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Insurer, Policy, Quote, Receipt
from modules.insurance.kernel.states import PolicyState, QuoteState, move
from modules.insurance.kernel.tariff_versions import tariff_for
from modules.insurance.kernel.terms import add_term
from modules.insurance.kernel.underwriting import Decision

VALIDITY: Final = timedelta(days=30)  # house rule
LATEST: Final = 12  # months ahead that a cover may begin
YEAR: Final = 12  # months
STATES: Final[Mapping[Decision, QuoteState]] = {
    Decision.ACCEPT: QuoteState.PRICED, Decision.REFER: QuoteState.REFERRED, Decision.DECLINE: QuoteState.DECLINED,
}  # fmt: skip


class QuoteNotBinding(Conflict):
    """The quote was referred or declined: the insurer has to accept the risk first."""

    text = N_("La cotización {quote} no se puede emitir: por las normas {rules} debe decidir la aseguradora.")


class QuoteExpired(Conflict):
    """The quote's time is over."""

    text = N_("La cotización {quote} venció el {until}; haga una nueva.")


class EffectPassed(Conflict):
    """The cover would have begun already."""

    text = N_("La fecha de efecto de {quote} ({on}) ya ha pasado; haga una nueva cotización.")


class AlreadyIssued(Conflict):
    """The quote became a policy before."""

    text = N_("La cotización {quote} ya se emitió: póliza {policy}.")


def check_effect(ctx: Context, on: date) -> None:
    """Refuse a cover that begins before today or more than a year ahead."""
    if on < ctx.today:
        raise BadArguments(N_("La fecha de efecto («{field}») no puede ser anterior a hoy."), field="effective_on")
    if on > add_months(ctx.today, LATEST):
        text = N_("La fecha de efecto («{field}») no puede pasar de un año desde hoy.")
        raise BadArguments(text, field="effective_on")


def keep_quote(
    ctx: Context, line: Line, customer: Customer, insurer: Insurer, risk: InsuredRisk, effective_on: date,
    object_ref: str | None, details: Mapping[str, Any],
) -> Quote:  # fmt: skip
    """Price `risk` and keep the quote, whatever underwriting says of it."""
    tariff = tariff_for(ctx, line, insurer.id, effective_on)
    rating = line.rate(risk, effective_on, tariff)
    inputs = risk.model_dump(mode="json", exclude_none=True)
    quote = Quote(
        id=new_id(), quote_number=next_number(ctx, "Q"), line=line.code, product=inputs["product"],
        customer_id=customer.id, insurer_id=insurer.id, state=QuoteState.DRAFT.value, decision=rating.decision.value,
        rules_hit=list(rating.rules_hit), risk=inputs, details=dict(details), rating=rating.model_dump(mode="json"),
        tariff_version=tariff.version, payment_frequency=risk.payment_frequency, effective_on=effective_on,
        valid_until=ctx.today + VALIDITY, object_ref=object_ref, net_premium=rating.net_premium,
        total_premium=rating.total,
    )  # fmt: skip
    ctx.emit("quote.created", quote.id, line=line.code, customer=str(customer.id))
    move(quote, STATES[rating.decision])
    ctx.session.add(quote)
    ctx.emit(f"quote.{quote.state}", quote.id, rules=list(rating.rules_hit))
    return quote


def rating_of(quote: Quote) -> Rating:
    """The breakdown that the quote keeps."""
    return Rating.model_validate(quote.rating)


def policy_of(ctx: Context, quote: Quote) -> Policy | None:
    """The policy that was issued from `quote`."""
    return ctx.session.exec(select(Policy).where(Policy.quote_id == quote.id, alive(Policy))).first()


def check_binding(ctx: Context, quote: Quote) -> None:
    """Refuse to issue what is not priced, accepted by underwriting, and still valid."""
    number = quote.quote_number
    issued = policy_of(ctx, quote)
    if issued is not None:
        raise AlreadyIssued(quote=number, policy=issued.policy_number)
    if quote.decision != Decision.ACCEPT:
        raise QuoteNotBinding(quote=number, rules=", ".join(quote.rules_hit))
    if quote.valid_until < ctx.today:
        raise QuoteExpired(quote=number, until=f"{quote.valid_until:%d/%m/%Y}")
    if quote.effective_on < ctx.today:
        raise EffectPassed(quote=number, on=f"{quote.effective_on:%d/%m/%Y}")


def issue(ctx: Context, line: Line, quote: Quote, customer: Customer) -> tuple[Policy, list[Receipt]]:
    """Make the policy, its first term and all receipts of its first annuity; nothing is priced again.

    Raises:
        Conflict: the quote is referred, declined, expired, or issued already.
    """
    check_binding(ctx, quote)
    line.check_issue(quote)
    move(quote, QuoteState.ACCEPTED)
    ctx.session.add(quote)
    ctx.emit("quote.accepted", quote.id, customer=str(customer.id))
    terms, rating = terms_of(ctx, customer, quote), rating_of(quote)
    policy = policy_from(line, quote, rating, terms)
    ctx.session.add(policy)
    ctx.session.flush()  # its receipts refer to it
    add_term(
        ctx, line, policy, "new", policy.effective_on, risk=quote.risk, details=agreed_details(line, quote),
        rating=rating, tariff_version=quote.tariff_version,
    )  # fmt: skip
    ctx.emit("policy.issued", policy.id, quote=str(quote.id), number=policy.policy_number)
    receipts = bill_annuity(ctx, policy, rating, terms, "new")
    return policy, receipts


def agreed_details(line: Line, quote: Quote) -> dict[str, Any]:
    """What `quote` holds for the policy besides the tariff's inputs."""
    return {name: value for name, value in quote.details.items() if name in line.details.model_fields}


def policy_from(line: Line, quote: Quote, rating: Rating, terms: Terms) -> Policy:
    """The policy that `quote` becomes; it waits for the policyholder's signature (LCS art. 5)."""
    duration = line.duration(line.risk.model_validate(quote.risk))
    surcharges = sum((rating.public_surcharges or {}).values(), ZERO)
    return Policy(
        id=new_id(), policy_number=policy_number(quote.quote_number), line=quote.line, product=quote.product,
        insurer_id=quote.insurer_id, policyholder_id=quote.customer_id, insured_id=quote.customer_id,
        collaborator_id=terms.collaborator_id, quote_id=quote.id, state=PolicyState.PENDING_SIGNATURE.value,
        started_on=quote.effective_on, effective_on=quote.effective_on,
        expires_on=add_months(quote.effective_on, duration.months), payment_frequency=quote.payment_frequency,
        collected_by="broker", net_premium=rating.net_premium or ZERO,
        fractioning_surcharge=rating.fractioning_surcharge or ZERO, surcharges=surcharges, ips=rating.ips or ZERO,
        total_premium=rating.total or ZERO, commission_rate=terms.rate,
        cession_rate=terms.cession_rate,
        sum_insured=line.sum_insured(quote.risk), risk_description=line.describe(quote.risk, quote.details),
        object_ref=quote.object_ref,
    )  # fmt: skip


def quotes_of(
    ctx: Context, line: str | None, customer: Customer | None, state: str | None, limit: int
) -> Sequence[Quote]:
    """Quotes of a line or of all, newest first."""
    where: list[Any] = [alive(Quote)]
    if line is not None:
        where.append(col(Quote.line) == line)
    if customer is not None:
        where.append(col(Quote.customer_id) == customer.id)
    if state is not None:
        where.append(col(Quote.state) == state)
    return ctx.session.exec(select(Quote).where(*where).order_by(col(Quote.id).desc()).limit(limit)).all()
