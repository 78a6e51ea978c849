"""What was agreed and billed for each annuity of a policy (*cuenta de la póliza*).

An annuity is what the terms with one end tell: its premium from each date on, and the
receipts of its days. A policy that was renewed ahead has two that are not over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Final

from sqlmodel import col, select

from core.context import Context
from core.money import ZERO, to_cents
from modules.insurance.kernel.amounts import Amounts, plus
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.policies.proration import Annual, Period, Share, annual_of, annual_of_policy, part_of
from modules.insurance.kernel.records import Policy, Receipt, Term
from modules.insurance.kernel.states import ReceiptState
from modules.insurance.kernel.tariff import RECEIPTS, Charges, charges_on
from modules.insurance.kernel.terms import rating_of, terms_of

OUTSTANDING: Final = frozenset((ReceiptState.ISSUED, ReceiptState.PENDING, ReceiptState.RETURNED, ReceiptState.CLAIMED))
DEAD: Final = frozenset((ReceiptState.CANCELLED,))
REGULAR: Final = frozenset(("new", "renewal", "instalment"))  # kinds that bill a period, not a change
RHYTHMS: Final = {count: name for name, count in RECEIPTS.items()}


@dataclass(frozen=True)
class Step:
    """The annual premium that holds from a date on."""

    from_on: date
    annual: Annual


@dataclass(frozen=True)
class Annuity:
    """One annuity: its days, its premium step by step, its receipts that were not cancelled."""

    period: Period
    steps: tuple[Step, ...]
    receipts: tuple[Receipt, ...]
    charges: Charges = field(repr=False)

    @property
    def outstanding(self) -> tuple[Receipt, ...]:
        """Receipts that nobody has paid and that may still be cancelled; refunds to be paid are none of them."""
        return tuple(r for r in self.receipts if r.state in OUTSTANDING and r.total > ZERO)

    @property
    def billed_to(self) -> date:
        """The first day that no receipt was issued for; the beginning if none was."""
        return max((r.period_to for r in self.receipts if r.kind in REGULAR), default=self.period.begins)

    def annual_on(self, on: date) -> Annual:
        """The annual premium that holds on a date."""
        held = [step for step in self.steps if step.from_on <= on] or list(self.steps[:1])
        return held[-1].annual

    def amounts(self, receipts: Iterable[Receipt]) -> Amounts:
        """What `receipts` come to."""
        return reduce(plus, (self._amounts_of(receipt) for receipt in receipts), Amounts())

    def _amounts_of(self, receipt: Receipt) -> Amounts:
        parts = {name: Decimal(str(amount)) for name, amount in receipt.surcharge_parts.items()}
        missing = receipt.surcharges - sum(parts.values(), ZERO)
        if missing:
            parts["consorcio"] = parts.get("consorcio", ZERO) + missing
        return Amounts(
            premium=receipt.premium, fractioning=receipt.fractioning_surcharge, taxed=self._taxed(receipt),
            surcharges=parts, ips=receipt.ips,
        )  # fmt: skip

    def _taxed(self, receipt: Receipt) -> Decimal:
        """The part of a receipt that bore the premium tax: that of the annuity's, where only some coverages do."""
        annual = self.annual_on(receipt.period_from)
        taxed = sum((share.taxed for share in annual.shares), ZERO)
        if taxed == annual.premium or not annual.premium:
            return receipt.premium if receipt.ips else ZERO
        return to_cents(receipt.premium * taxed / annual.premium)

    def unearned(self, on: date, *, ccs_refundable: bool = True) -> Amounts:
        """What was billed for days from `on`: of the premium that holds then, and of later changes."""
        last = min(self.billed_to, self.period.ends)
        if not self.receipts or last <= on:
            return Amounts()
        days = self.period.days

        def left(since: date) -> int:
            return max((last - max(since, self.period.begins)).days, 0)

        found = part_of(self.annual_on(on), left(on), days, self.charges, ccs_refundable=ccs_refundable)
        held = self.annual_on(on)
        for step in (step for step in self.steps if step.from_on > on):
            changed = part_of(
                step.annual, left(step.from_on), days, self.charges, ccs_refundable=ccs_refundable, base=held
            )
            found, held = plus(found, changed), step.annual
        return found

    def unearned_by_scale(self, kept: Decimal, on: date, *, ccs_refundable: bool = True) -> Amounts:
        """What is given back where `kept` of the annual premium is kept."""
        per_cent = 100 - int(kept * 100)
        return part_of(self.annual_on(on), per_cent, 100, self.charges, ccs_refundable=ccs_refundable)


def annuities(ctx: Context, line: Line, policy: Policy) -> tuple[Annuity, ...]:
    """All annuities of `policy` that its terms tell, the oldest first; its own dates if it has no terms."""
    query = select(Receipt).where(Receipt.policy_id == policy.id, alive(Receipt))
    receipts = ctx.session.exec(query.order_by(col(Receipt.due_on), col(Receipt.receipt_number))).all()
    live = [receipt for receipt in receipts if receipt.state not in DEAD]
    return annuities_of(line, policy, terms_of(ctx, policy), live)


def annuities_of(line: Line, policy: Policy, terms: Sequence[Term], receipts: Sequence[Receipt]) -> tuple[Annuity, ...]:
    """The annuities that `terms` tell, each with its share of `receipts`."""
    ends: dict[date, list[Term]] = {}
    for term in terms:
        ends.setdefault(term.to_on, []).append(term)
    periods = [(min(t.from_on for t in group), end, group) for end, group in sorted(ends.items())]
    if not periods:
        periods = [(policy.effective_on, policy.expires_on, [])]
    found = []
    for at, (begins, end, group) in enumerate(periods):
        before = at + 1 == len(periods)
        own = tuple(r for r in receipts if begins <= r.period_from and (before or r.period_from < end))
        charges = charges_on(begins)
        found.append(Annuity(Period(begins=begins, ends=end), steps_of(line, policy, group, begins), own, charges))
    return tuple(found)


def steps_of(line: Line, policy: Policy, terms: Sequence[Term], begins: date) -> tuple[Step, ...]:
    """The premium of an annuity from each date on; as one part where a term was taken over without a breakdown."""
    ratings = [(term, rating_of(term.rating)) for term in terms]
    if not terms or any(rating is None for _, rating in ratings):
        if not terms or terms[0].to_on == policy.expires_on:
            return (Step(begins, annual_of_policy(policy)),)
        last = terms[-1]
        return (Step(begins, Annual(shares=(Share(code="prima", premium=last.net_premium),), lea=False)),)
    steps = []
    for term, rating in ratings:
        assert rating is not None
        rhythm = RHYTHMS.get(len(rating.instalments or ()), term.payment_frequency)
        steps.append(Step(term.from_on, annual_of(line, {**term.risk, "payment_frequency": rhythm}, rating)))
    return tuple(steps)
