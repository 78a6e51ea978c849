"""Declared premiums (*pólizas de declaraciones*): a provisional premium, a declaration a month, and the settlement.

The client declares each month what was insured in it, by a day of the following month that
the contract sets. When the annuity is over and every month is declared, the risk is priced
with what was declared: the difference to what was billed is one receipt, positive or not.
The tariff's minimum premium holds in it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
from modules.insurance.kernel.billing import YEAR, receipt_count
from modules.insurance.kernel.commissions import Terms, commission_lines
from modules.insurance.kernel.entries import PolicyEntry
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.numbering import receipt_number
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy, Receipt
from modules.insurance.kernel.states import ReceiptState, move
from modules.insurance.kernel.underwriting import Decision
from tools import Slot

DAY: Final = timedelta(days=1)
MONTH: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
Month: TypeAlias = Annotated[
    str,
    Field(pattern=MONTH, description=N_("Mes, como 2026-10")),
    Slot(ask=N_("¿De qué mes (como 2026-10)?"), cues=("mes", "month"), pattern=r"\b20\d\d-(?:0[1-9]|1[0-2])\b"),
]


class DeclarationEntry(PolicyEntry):
    """Base of what was declared of one month (*declaración mensual*)."""

    month: date  # its first day
    declared_on: date


class MonthDeclared(Conflict):
    """Each month is declared once."""

    text = N_("El mes {month} de la póliza {policy} ya está declarado.")


class MonthsMissing(Conflict):
    """Nothing is settled before every month is declared."""

    text = N_("La póliza {policy} no se puede liquidar: faltan las declaraciones de {months}.")


class NotOver(Conflict):
    """Nothing is settled before the annuity is over."""

    text = N_("La póliza {policy} se liquida al acabar la anualidad, el {on}.")


class SettledAlready(Conflict):
    """An annuity is settled once."""

    text = N_("La anualidad de la póliza {policy} ya está liquidada: recibo {receipt}.")


class NothingToSettle(Conflict):
    """What was billed is what is due."""

    text = N_("La póliza {policy} no tiene diferencia que liquidar.")


@dataclass(frozen=True)
class Annuity:
    """A year of a policy and what was billed for it."""

    begins: date
    ends: date  # exclusive
    premium: Decimal  # with the fractioning surcharge
    fractioning: Decimal
    surcharges: Decimal
    ips: Decimal

    @property
    def months(self) -> tuple[date, ...]:
        """Its months, as many as it has, from the one in which it begins."""
        first = self.begins.replace(day=1)
        count = (self.ends.year - first.year) * 12 + self.ends.month - first.month
        return tuple(add_months(first, at) for at in range(max(count, 1)))

    def missing(self, declared: Iterable[date], today: date) -> tuple[date, ...]:
        """Months that are over and not declared."""
        known = set(declared)
        return tuple(month for month in self.months if add_months(month, 1) <= today and month not in known)

    def late(self, declared: Iterable[date], today: date, day: int) -> tuple[date, ...]:
        """Months whose last day to declare is over."""
        return tuple(month for month in self.missing(declared, today) if due_on(month, day) < today)


def annuity_of(ctx: Context, policy: Policy, *, over: bool = False) -> Annuity:
    """The annuity of `policy` that runs; or, if `over`, the last one that has ended.

    What was billed is the sum of its receipts; a policy that was taken over without them
    bears the premium of the running annuity itself.
    """
    begins, ends = policy.effective_on, policy.expires_on
    if over and ends > ctx.today:
        begins, ends = add_months(begins, -YEAR), begins
        if begins < policy.started_on:
            raise NotOver(policy=policy.policy_number, on=f"{policy.expires_on:%d/%m/%Y}")
    billed = ctx.session.exec(
        select(Receipt).where(
            Receipt.policy_id == policy.id, col(Receipt.period_from) >= begins, col(Receipt.period_from) < ends,
            col(Receipt.kind).not_in(("regularisation", "refund")), Receipt.state != ReceiptState.CANCELLED,
            alive(Receipt),
        )
    ).all()  # fmt: skip
    if not billed:
        premium = policy.net_premium + policy.fractioning_surcharge
        return Annuity(begins, ends, premium, policy.fractioning_surcharge, policy.surcharges, policy.ips)
    fields = ("premium", "fractioning_surcharge", "surcharges", "ips")
    return Annuity(begins, ends, *(sum((getattr(one, name) for one in billed), ZERO) for name in fields))


def named(month: date) -> str:
    """A month as people write it in an order: 2026-10."""
    return f"{month:%Y-%m}"


def due_on(month: date, day: int) -> date:
    """The last day to declare `month`: the `day` of the following one."""
    return add_months(month, 1).replace(day=day)


def month_to_declare(policy: Policy, month: str, declared: Iterable[date], today: date) -> date:
    """The first day of `month`, if the policy ran in it, it has begun, and it is not declared.

    Raises:
        BadArguments: it is none of the annuity, or lies ahead.
        MonthDeclared: it is declared.
    """
    first = date.fromisoformat(f"{month}-01")
    if not policy.started_on.replace(day=1) <= first <= min(today, policy.expires_on - DAY):
        text = N_("El mes («{field}») debe caer en la vida de la póliza y haber empezado.")
        raise BadArguments(text, field="month")
    if first in set(declared):
        raise MonthDeclared(month=month, policy=policy.policy_number)
    return first


def check_complete(ctx: Context, policy: Policy, annuity: Annuity, declared: Sequence[date]) -> None:
    """Refuse to settle an annuity that lacks a month or is settled.

    Raises:
        MonthsMissing, SettledAlready: it does, or is.
    """
    number, left = policy.policy_number, annuity.missing(declared, ctx.today)
    if left:
        raise MonthsMissing(policy=number, months=", ".join(named(month) for month in left))
    where = (Receipt.policy_id == policy.id, Receipt.kind == "regularisation",
             Receipt.period_from == annuity.begins, alive(Receipt))  # fmt: skip
    before = ctx.session.exec(select(Receipt).where(*where)).first()
    if before is not None:
        raise SettledAlready(policy=number, receipt=before.receipt_number)


def repriced(line: Line, annuity: Annuity, risk: Mapping[str, Any]) -> Rating:
    """The annuity with what was declared in `risk`, at the rates of its effect date.

    Raises:
        Conflict: underwriting declines such a risk; the insurer has to say what it costs.
    """
    rating = line.rate(line.risk.model_validate(risk), annuity.begins)
    if rating.decision is Decision.DECLINE:
        text = N_("Lo declarado no se acepta según las normas {rules}: consulte a la aseguradora.")
        raise Conflict(text, rules=", ".join(rating.rules_hit))
    return rating


def settle(ctx: Context, policy: Policy, annuity: Annuity, rating: Rating) -> Receipt:
    """The receipt of the difference between `rating` and what was billed for the annuity.

    Raises:
        NothingToSettle: there is none.
    """
    premium = (rating.premium or ZERO) - annuity.premium
    fractioning = (rating.fractioning_surcharge or ZERO) - annuity.fractioning
    surcharges = sum((rating.public_surcharges or {}).values(), ZERO) - annuity.surcharges
    ips = (rating.ips or ZERO) - annuity.ips
    if not (premium or surcharges or ips):
        raise NothingToSettle(policy=policy.policy_number)
    receipt = Receipt(
        id=new_id(), receipt_number=receipt_number(policy.policy_number, receipt_count(ctx, policy) + 1),
        policy_id=policy.id, insurer_id=policy.insurer_id, kind="regularisation", state=ReceiptState.ISSUED.value,
        issued_on=ctx.today, period_from=annuity.begins, period_to=annuity.ends, due_on=ctx.today,
        premium=premium, fractioning_surcharge=fractioning,
        surcharges=surcharges, ips=ips, total=premium + surcharges + ips, collected_by=policy.collected_by,
    )  # fmt: skip
    move(receipt, ReceiptState.PENDING)
    ctx.session.add(receipt)
    terms = Terms(policy.commission_rate, policy.collaborator_id, policy.cession_rate)
    lines = commission_lines(receipt, premium - fractioning, terms)
    ctx.session.flush()  # the lines refer to it
    ctx.session.add_all(lines)
    ctx.emit("receipt.issued", receipt.id, policy=str(policy.id), total=f"{receipt.total:.2f}")
    return receipt
