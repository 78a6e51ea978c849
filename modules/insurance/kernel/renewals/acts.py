"""Renewing policies: what they need from the database, the checks by date, and the act."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import Conflict
from core.i18n import N_, translate
from core.money import ZERO
from modules.insurance.kernel.agreed import all_agreements
from modules.insurance.kernel.billing import Billed, annuity_bill, receipt_count
from modules.insurance.kernel.commissions import renewal_terms
from modules.insurance.kernel.line import Line, PastClaim
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.market_records import CommissionAgreement
from modules.insurance.kernel.records import Claim, Policy, Receipt, Term
from modules.insurance.kernel.renewals.pricing import NextYear
from modules.insurance.kernel.states import ClaimState, PolicyState
from modules.insurance.kernel.terms import RiskUnknown, Shelf, add_term, read_shelf, typed_risk
from modules.insurance.kernel.views import day

EARLIEST: Final = 3  # months before the expiry
INSURER_NOTICE: Final = 2  # months: LCS art. 22.2 and 22.3
POLICYHOLDER_NOTICE: Final = 1  # LCS art. 22.2
LOOKBACK: Final = 60  # months of claims


class NotRenewable(Conflict):
    """The policy is not renewed by itself, or not any more."""

    text = N_("La póliza {policy} no se renueva: {why}.")

    def told(self, locale: str) -> str:
        """The message with its reason, both in `locale`."""
        return translate(
            self.text, locale, policy=self.detail["policy"], why=translate(str(self.detail["why"]), locale)
        )


@dataclass(frozen=True)
class Dossier:
    """What the next annuity of a policy rests on."""

    terms: tuple[Term, ...]  # the first and the latest; none if the risk is unknown
    claims: tuple[PastClaim, ...]


def dossiers(ctx: Context, line_of_policy: Mapping[UUID, Line]) -> dict[UUID, Dossier]:
    """The dossiers of many policies, in three queries however many they are."""
    ids = list(line_of_policy)
    mine = (col(Term.policy_id).in_(ids), alive(Term))
    one_each = select(Term).where(*mine).ext(distinct_on(col(Term.policy_id)))
    last = ctx.session.exec(one_each.order_by(col(Term.policy_id), col(Term.number).desc())).all()
    first = ctx.session.exec(one_each.order_by(col(Term.policy_id), col(Term.number))).all()
    terms: dict[UUID, list[Term]] = defaultdict(list)
    for term in (*first, *last):
        terms[term.policy_id].append(term)
    since = add_months(ctx.today, -LOOKBACK)
    known = select(Claim).where(col(Claim.policy_id).in_(ids), alive(Claim), Claim.occurred_on >= since)
    claims: dict[UUID, list[PastClaim]] = defaultdict(list)
    for claim in ctx.session.exec(known):
        if claim.state != ClaimState.REJECTED:
            claims[claim.policy_id].append(past(claim, line_of_policy[claim.policy_id]))
    return {id: Dossier(tuple(terms[id]), tuple(claims[id])) for id in ids}


def past(claim: Claim, line: Line) -> PastClaim:
    """A claim as the risk of the next annuity sees it."""
    kind = line.claim_types.get(claim.kind or "")
    return PastClaim(
        kind=claim.kind or claim.cause, occurred_on=claim.occurred_on, paid=claim.paid_amount,
        at_fault=kind is not None and kind.at_fault,
    )  # fmt: skip


def check_renewable(line: Line, policy: Policy, term: Term | None) -> None:
    """Refuse to renew what does not run, does not go on by itself, or is ended.

    Raises:
        Conflict: with the reason.
    """
    number = policy.policy_number
    if term is None:
        raise RiskUnknown(policy=number)
    if policy.state != PolicyState.IN_FORCE:
        raise NotRenewable(policy=number, why=N_("no está en vigor"))
    if policy.ended_on is not None:
        raise NotRenewable(policy=number, why=N_("ya tiene fecha de fin"))
    if not line.duration(typed_risk(line, term.risk)).renewable:
        raise NotRenewable(policy=number, why=N_("su duración es única y no se prorroga"))


def check_due(policy: Policy, today: date) -> None:
    """Refuse to renew earlier than three months before the expiry."""
    if today < add_months(policy.expires_on, -EARLIEST):
        raise NotRenewable(policy=policy.policy_number, why=N_("faltan más de tres meses para su vencimiento"))


def renew(ctx: Context, line: Line, policy: Policy, year: NextYear) -> Sequence[Receipt]:
    """Begin the next annuity of one policy: dates, premiums, a term, the receipts and their commission."""
    shelf = read_shelf(ctx, line, [policy.id])
    billed = begin_annuity(ctx, line, policy, year, shelf, all_agreements(ctx), receipt_count(ctx, policy))
    ctx.session.add_all(billed.receipts)
    ctx.session.flush()  # the lines refer to them
    ctx.session.add_all(billed.lines)
    return billed.receipts


def begin_annuity(
    ctx: Context, line: Line, policy: Policy, year: NextYear, shelf: Shelf,
    agreements: Sequence[CommissionAgreement], billed: int,
) -> Billed:  # fmt: skip
    """Begin the next annuity with what was read already; the caller enters the receipts, then their lines."""
    rating, begins, term = year.rating, policy.expires_on, shelf.terms[policy.id][-1]
    months = line.duration(typed_risk(line, year.risk)).months
    policy.effective_on, policy.expires_on = begins, add_months(begins, months)
    policy.net_premium = rating.net_premium or ZERO
    policy.fractioning_surcharge = rating.fractioning_surcharge or ZERO
    policy.surcharges = sum((rating.public_surcharges or {}).values(), ZERO)
    policy.ips, policy.total_premium = rating.ips or ZERO, rating.total or ZERO
    policy.sum_insured = line.sum_insured(year.risk) or policy.sum_insured
    terms = renewal_terms(policy, agreements)
    policy.commission_rate = terms.rate
    ctx.session.add(policy)
    add_term(
        ctx, line, policy, "renewal", begins, risk=year.risk, details=term.details, rating=rating,
        tariff_version=year.tariff_version, shelf=shelf,
    )  # fmt: skip
    ctx.emit("policy.renewed", policy.id, from_on=begins.isoformat(), total=f"{policy.total_premium:.2f}")
    return annuity_bill(ctx, policy, rating, terms, "renewal", billed)


def late_for_change(policy: Policy, before: Decimal, after: Decimal, today: date) -> bool:
    """Whether a change is announced later than the law allows (LCS art. 22.3): the client may keep the old terms."""
    return before != after and today > add_months(policy.expires_on, -INSURER_NOTICE)


def told_until(policy: Policy) -> str:
    """The last day for announcing a change."""
    return day(add_months(policy.expires_on, -INSURER_NOTICE))


def lines_of(policies: Iterable[Policy], lines: Mapping[str, Line]) -> dict[UUID, Line]:
    """The line of each policy, by its id."""
    return {policy.id: lines[policy.line] for policy in policies if policy.line in lines}
