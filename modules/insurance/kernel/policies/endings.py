"""Ending a policy (*anulación, desistimiento, oposición, reemplazo, nulidad*): first the plan, then the act.

A plan says all that would happen, with the arithmetic; a preview shows it, an act performs
it. Nobody but `perform` changes anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any, Final, NamedTuple

from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.identifiers import new_id
from core.money import ZERO, to_cents
from modules.core_business.crm import Customer
from modules.insurance.kernel.amounts import Amounts, negative, plus
from modules.insurance.kernel.billing import bill_difference, cancel_receipt
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.policies.clawback import clawed_back, months_between, rule_of
from modules.insurance.kernel.policies.ledger import Annuity, annuities
from modules.insurance.kernel.policies.proration import balance
from modules.insurance.kernel.policies.reasons import (
    Ending,
    Party,
    Refund,
    Takes,
    ccs_refundable,
    ending_on,
    short_period_scale,
)
from modules.insurance.kernel.policies.watching import drop, meet, watch
from modules.insurance.kernel.records import CommissionLine, Policy, Receipt
from modules.insurance.kernel.states import FEMININE, MOVES, PolicyState, ReceiptState, move
from modules.insurance.kernel.states import LABELS as STATES
from modules.insurance.kernel.terms import latest_term
from modules.insurance.kernel.views import day

PENDING: Final = frozenset((PolicyState.PENDING_SIGNATURE, PolicyState.PENDING_FIRST_PREMIUM))
PAID: Final = ("accrued", "settled")  # states of commission that was really earned
HOLD: Final = 1  # months that the end is not opposable to a creditor: LCS art. 41
KINDER: Final = {Refund.NOTHING: 0, Refund.SHORT_PERIOD: 1, Refund.PRO_RATA: 2, Refund.ALL_BUT_COVER: 2, Refund.ALL: 3}


class NotEndable(Conflict):
    """The policy is over already, or never ends this way."""

    text = N_("La póliza {policy} está {state}: no se puede anular así.")

    def told(self, locale: str) -> str:
        """The message with the state in words."""
        state = str(self.detail["state"])
        said = translate({**STATES, **FEMININE}.get(state, state), locale)
        return translate(self.text, locale, policy=self.detail["policy"], state=said)


class EndsAlready(Conflict):
    """An end is noted already."""

    text = N_("La póliza {policy} ya tiene fecha de fin: {on}.")


class TooLate(Conflict):
    """The law's last day has passed."""

    text = N_("El plazo terminó el {last} ({article}).")


class NotOpposable(Conflict):
    """The insurer may not oppose renewal in this line."""

    text = N_("La aseguradora no puede oponerse a la prórroga en este ramo (LCS art. 106 bis).")


class NoFreeLook(Conflict):
    """The line or the client has no right of withdrawal of that kind."""

    text = N_("Esta póliza no admite ese desistimiento ({article}).")


class CoverBegan(Conflict):
    """It is for policies whose first premium was never paid."""

    text = N_("La póliza {policy} ya tiene pagada la primera prima o está en vigor ({article}).")


class Notice(NamedTuple):
    """What somebody said of the end: when it arrived, when the cover ends, since when the cause is known."""

    noticed_on: date | None = None
    effective_on: date | None = None
    known_on: date | None = None
    creditor_told_on: date | None = None
    agreed: Refund | None = None


@dataclass(frozen=True, kw_only=True)
class Clawback:
    """Commission that goes back beyond that on refunded premium."""

    kind: str  # clawback, clawback_ceded
    paid: Decimal
    share: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Part:
    """What an ending does to one annuity."""

    annuity: Annuity
    refund: Refund
    cancelled: tuple[Receipt, ...]
    unearned: Amounts
    balance: Amounts  # to be paid (above zero) or given back


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that ending a policy would mean."""

    policy: Policy
    line: Line
    ending: Ending
    refund: Refund
    noticed_on: date
    ends_on: date  # the first day without cover
    last_day: date | None  # of the right, if it has one
    parts: tuple[Part, ...]
    still_due: tuple[Receipt, ...]
    balance: Amounts
    clawbacks: tuple[Clawback, ...]
    creditor: str | None
    opposable_on: date | None  # to the creditor

    @property
    def cancelled(self) -> tuple[Receipt, ...]:
        """Receipts that nobody will have to pay any more."""
        return tuple(receipt for part in self.parts for receipt in part.cancelled)

    @property
    def coverages(self) -> dict[str, Decimal]:
        """Unearned premium by coverage."""
        found = reduce(plus, (part.unearned for part in self.parts), Amounts())
        return dict(found.coverages)


def plan(ctx: Context, policy: Policy, code: str, notice: Notice) -> Plan:
    """What ending `policy` by `code` would mean; nothing changes.

    Raises:
        BadArguments: a date is missing or impossible; names the field.
        Conflict: the law or the policy's state does not allow it.
    """
    line = line_of(policy.line)
    noticed_on = notice.noticed_on or ctx.today
    ending = ending_on(code, noticed_on)
    check_state(policy, ending)
    check_right(ctx, line, policy, ending)
    last_day = limit_of(policy, ending, notice, noticed_on)
    ends_on = end_of(policy, ending, notice, noticed_on)
    check_dates(ctx, policy, ending, noticed_on, ends_on)
    refund = refund_of(policy, ending, notice.agreed)
    known = annuities(ctx, line, policy)
    parts = tuple(
        part_of_annuity(annuity, refund, ends_on, ending)
        for annuity in known
        if concerns(annuity, refund, ends_on, ending)
    )
    cancelled = {receipt.id for part in parts for receipt in part.cancelled}
    total = reduce(plus, (part.balance for part in parts), Amounts())
    still = tuple(r for annuity in known for r in annuity.outstanding if r.id not in cancelled)
    creditor, told = creditor_of(ctx, line, policy), notice.creditor_told_on
    if creditor and told is None and ending.state is not PolicyState.LAPSED:
        text = N_("Hay que avisar antes a {creditor} («{field}»): ¿qué día se le comunicó? (LCS arts. 40 a 42)")
        raise BadArguments(text, field="creditor_told_on", creditor=creditor)
    return Plan(
        policy=policy, line=line, ending=ending, refund=refund, noticed_on=noticed_on, ends_on=ends_on,
        last_day=last_day, parts=parts, still_due=still, balance=total,
        clawbacks=clawbacks_of(ctx, policy, ending, ends_on, total), creditor=creditor,
        opposable_on=add_months(told, HOLD) if creditor and told else None,
    )  # fmt: skip


def concerns(annuity: Annuity, refund: Refund, ends_on: date, ending: Ending) -> bool:
    """Whether the end touches an annuity: one that is not over then, or all if nothing of it is owed any more."""
    return annuity.period.ends > ends_on or refund is Refund.ALL or ending.cancels_outstanding


def part_of_annuity(annuity: Annuity, refund: Refund, ends_on: date, ending: Ending) -> Part:
    """What an end on `ends_on` does to one annuity; one that has not begun is given back whole."""
    rule = Refund.ALL if annuity.period.begins >= ends_on else refund
    if rule is Refund.NOTHING:
        gone = annuity.outstanding if ending.cancels_outstanding else ()
        return Part(annuity=annuity, refund=rule, cancelled=gone, unearned=Amounts(), balance=Amounts())
    gone = annuity.outstanding
    if rule is Refund.ALL:
        held = {receipt.id for receipt in gone}
        kept = [receipt for receipt in annuity.receipts if receipt.id not in held]
        back = negative(annuity.amounts(kept))
        return Part(annuity=annuity, refund=rule, cancelled=gone, unearned=negative(back), balance=back)
    refundable = ccs_refundable(ends_on)
    if rule is Refund.SHORT_PERIOD:
        begun = months_between(annuity.period.begins, ends_on - timedelta(1)) + 1
        kept_share = next((kept for up_to, kept in short_period_scale(ends_on) if begun <= up_to), Decimal(1))
        unearned = annuity.unearned_by_scale(kept_share, ends_on, ccs_refundable=refundable)
    else:
        unearned = annuity.unearned(ends_on, ccs_refundable=refundable)
    due = balance(annuity.amounts(gone), unearned, annuity.charges)
    return Part(annuity=annuity, refund=rule, cancelled=gone, unearned=unearned, balance=due)


def check_state(policy: Policy, ending: Ending) -> None:
    """Refuse what is over, what ends otherwise, and what has an end already."""
    number = policy.policy_number
    lawful = MOVES[PolicyState].get(policy.state, frozenset())
    if ending.state not in lawful:
        raise NotEndable(policy=number, state=policy.state)
    if policy.ended_on is not None and ending.state != PolicyState.ANNULLED:
        raise EndsAlready(policy=number, on=day(policy.ended_on))
    if ending.before_cover and policy.state not in PENDING:
        raise CoverBegan(policy=number, article=ending.article)


def check_right(ctx: Context, line: Line, policy: Policy, ending: Ending) -> None:
    """Refuse what the line, or the person, does not give a right to."""
    if ending.code == "non_renewal_insurer" and not line.insurer_may_oppose:
        raise NotOpposable
    if ending.withdrawal_days is not None and line.withdrawal_days != ending.withdrawal_days:
        raise NoFreeLook(article=ending.article)
    if ending.consumer and ctx.get(Customer, policy.policyholder_id).kind != "person":
        raise NoFreeLook(article=ending.article)


def limit_of(policy: Policy, ending: Ending, notice: Notice, noticed_on: date) -> date | None:
    """The last day for the notice, if the law sets one.

    Raises:
        BadArguments: since when the cause is known was not said.
        TooLate: it has passed.
    """
    if ending.limit is None:
        return None
    if ending.limit.trigger == "knowledge":
        if notice.known_on is None:
            text = N_("¿Desde qué día se conoce el hecho («{field}»)? El plazo cuenta desde entonces ({article}).")
            raise BadArguments(text, field="known_on", article=ending.article)
        trigger = notice.known_on
    elif ending.limit.trigger == "delivery":
        if policy.signed_on is None and policy.state == PolicyState.PENDING_SIGNATURE:
            return None  # the time has not begun to run
        trigger = policy.signed_on or policy.started_on
    else:
        trigger = expiry_of(policy, noticed_on)
    last = ending.limit.last_day(trigger)
    if noticed_on > last:
        raise TooLate(last=day(last), article=ending.article)
    return last


def expiry_of(policy: Policy, on: date) -> date:
    """When the annuity that runs on `on` ends: one that was renewed ahead ends where the next begins."""
    return (
        policy.effective_on
        if policy.started_on < policy.effective_on and on < policy.effective_on
        else policy.expires_on
    )


def end_of(policy: Policy, ending: Ending, notice: Notice, noticed_on: date) -> date:
    """The first day without cover."""
    match ending.effect:
        case Takes.EXPIRY:
            return expiry_of(policy, noticed_on)
        case Takes.START:
            return policy.started_on
        case Takes.MONTH_AFTER:
            return add_months(noticed_on, 1)
        case Takes.NOTICE:
            return noticed_on
        case Takes.CHOSEN:
            return notice.effective_on or max(noticed_on, policy.started_on)


def check_dates(ctx: Context, policy: Policy, ending: Ending, noticed_on: date, ends_on: date) -> None:
    """Refuse a notice of tomorrow, and an end outside the policy's days."""
    if noticed_on > ctx.today:
        raise BadArguments(
            N_("La fecha de la comunicación («{field}») no puede ser posterior a hoy."), field="noticed_on"
        )
    if ending.state is PolicyState.LAPSED:
        return  # the day is the law's
    if ending.effect is Takes.CHOSEN and not policy.started_on <= ends_on <= policy.expires_on:
        text = N_("La fecha de fin («{field}») debe estar entre el {begins} y el {ends}.")
        raise BadArguments(text, field="effective_on", begins=day(policy.started_on), ends=day(policy.expires_on))


def refund_of(policy: Policy, ending: Ending, agreed: Refund | None) -> Refund:
    """What is given back: by the law, or what was agreed if that is kinder; all where no cover began."""
    if policy.state in PENDING:
        return Refund.ALL
    if agreed is None or agreed is ending.refund:
        return ending.refund
    if KINDER[agreed] < KINDER[ending.refund] and ending.by is not Party.BOTH:
        text = N_("La devolución pactada («{field}») no puede ser peor que la de la ley ({article}).")
        raise BadArguments(text, field="agreed_refund", article=ending.article)
    return agreed


def creditor_of(ctx: Context, line: Line, policy: Policy) -> str | None:
    """Who must be told before the cover ends: a mortgagee or pledgee whose rights the policy serves."""
    term = latest_term(ctx, policy.id)
    told = line.to_be_told(term.risk, term.details) if term else ()
    return ", ".join(told) or None


def commissions_of(ctx: Context, policy: Policy) -> Sequence[CommissionLine]:
    """All commission lines of a policy."""
    return ctx.session.exec(select(CommissionLine).where(CommissionLine.policy_id == policy.id)).all()


def clawbacks_of(ctx: Context, policy: Policy, ending: Ending, ends_on: date, due: Amounts) -> tuple[Clawback, ...]:
    """What the house and its collaborator give back beyond the commission on refunded premium."""
    if not ending.claws_back:
        return ()
    share = rule_of(policy.line, policy.started_on).share(months_between(policy.started_on, ends_on))
    if not share:
        return ()
    lines = commissions_of(ctx, policy)
    refunded = max(-due.net, ZERO)
    returned = to_cents(refunded * policy.commission_rate)
    parts = (
        ("clawback", "earned", returned),
        ("clawback_ceded", "ceded", to_cents(returned * policy.cession_rate)),
    )
    found = []
    for kind, of, back in parts:
        paid = sum((line.amount for line in lines if line.kind in (of, kind) and line.state in PAID), ZERO)
        amount = clawed_back(paid, back, share)
        if amount:
            found.append(Clawback(kind=kind, paid=paid, share=share, amount=amount))
    return tuple(found)


def perform(ctx: Context, found: Plan) -> Receipt | None:
    """Do what `found` says; the receipt of the difference, if there is one."""
    policy, ending = found.policy, found.ending
    for gone in found.cancelled:
        cancel_receipt(ctx, gone)
    receipt: Receipt | None = None
    if found.balance.total != ZERO:
        period = (min(found.ends_on, policy.expires_on), policy.expires_on)
        receipt = bill_difference(ctx, policy, found.balance, "regularisation", period, ctx.today)
        if receipt.kind == "refund" and ending.refund_days is not None:
            watch(ctx, policy, "withdrawal_refund", found.noticed_on, subject=receipt.receipt_number)
    claw_back(ctx, policy, found.clawbacks, receipt)
    meet(ctx, policy, ("oppose_policyholder",) if ending.code == "non_renewal_policyholder" else (ending.code,))
    policy.ended_on, policy.end_reason = found.ends_on, ending.code
    ctx.session.add(policy)
    if found.ends_on <= ctx.today or policy.state in PENDING:
        end(ctx, policy, ending)
    else:
        ctx.emit(
            "policy.end_noted", policy.id, reason=ending.code, on=found.ends_on.isoformat(), article=ending.article
        )
    return receipt


def end(ctx: Context, policy: Policy, ending: Ending) -> None:
    """Take the last step of a policy whose end has come."""
    lawful = MOVES[PolicyState].get(policy.state, frozenset())
    # A policy that was suspended after its replacement was noted ends all the same.
    move(policy, ending.state if ending.state in lawful else PolicyState.CANCELLED)
    ctx.session.add(policy)
    drop(ctx, policy)
    ends_on = policy.ended_on.isoformat() if policy.ended_on else None
    ctx.emit(f"policy.{policy.state}", policy.id, reason=ending.code, on=ends_on, article=ending.article)


def claw_back(ctx: Context, policy: Policy, clawbacks: Iterable[Clawback], receipt: Receipt | None) -> None:
    """Add the negative commission lines; on the refund, or on the last receipt that was paid."""
    wanted = list(clawbacks)
    if not wanted:
        return
    held = receipt or last_paid(ctx, policy)
    if held is None:
        return
    for one in wanted:
        line = CommissionLine(
            id=new_id(), receipt_id=held.id, policy_id=policy.id, kind=one.kind, state="accrued", base=one.paid,
            rate=to_rate(one.share), amount=-one.amount,
            collaborator_id=policy.collaborator_id if one.kind == "clawback_ceded" else None,
        )  # fmt: skip
        ctx.session.add(line)
        ctx.emit("commission.clawed_back", line.id, policy=str(policy.id), amount=f"{one.amount:.2f}", kind=one.kind)


def to_rate(share: Decimal) -> Decimal:
    """A share as the column keeps it."""
    return share.quantize(Decimal("0.000001"))


def last_paid(ctx: Context, policy: Policy) -> Receipt | None:
    """The latest receipt of a policy that was paid."""
    paid: list[Any] = [ReceiptState.PAID.value, ReceiptState.SETTLED.value]
    query = select(Receipt).where(Receipt.policy_id == policy.id, col(Receipt.state).in_(paid), col(Receipt.total) > 0)
    return ctx.session.exec(query.order_by(col(Receipt.period_from).desc()).limit(1)).first()
