"""Monthly statements by insurer (*borderós*): premiums, commissions or claims, row by row, and their sums."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.core_business.crm import Customer
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.lookup import InsurerRef, alive, resolve_insurer
from modules.insurance.kernel.portfolio.leaving import FileFormat, FileKept, Format, Purpose, keep_file
from modules.insurance.kernel.portfolio.sheets import Table
from modules.insurance.kernel.records import Claim, Insurer, Policy, Receipt
from modules.insurance.kernel.states import ReceiptState
from modules.insurance.kernel.views import KINDS, state_label
from tools import Risk, Slot, tool
from tools.marks import External, Guard
from tools.results import Result

SHOWN: Final = 200
MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class Subject(StrEnum):
    """What a bordereau is of."""

    PREMIUMS = "premiums"
    COMMISSIONS = "commissions"
    CLAIMS = "claims"


class Counted(StrEnum):
    """By which date a receipt or claim belongs to the month."""

    DUE = "due"  # when a receipt is to be paid, and a claim was paid
    EFFECT = "effect"  # from when a receipt insures, and when a claim occurred


def _month(text: str) -> str:
    if not MONTH.fullmatch(text):
        raise ValueError(N_("debe ser un mes, como 2026-10"))
    return text


Month: TypeAlias = Annotated[
    str, AfterValidator(_month), Guard.SCOPE,
    Slot(ask=N_("¿De qué mes (como 2026-10)?"), pattern=r"20\d\d-(?:0[1-9]|1[0-2])(?![-\d])"),
]  # fmt: skip
SubjectChoice: TypeAlias = Annotated[
    Subject,
    Slot(
        words={
            "premiums": ("primas", "producción", "premiums"), "commissions": ("comisiones", "commissions"),
            "claims": ("siniestros", "siniestralidad", "claims"),
        }
    ),
]  # fmt: skip
CountedChoice: TypeAlias = Annotated[
    Counted,
    Slot(words={"due": ("por vencimiento", "por fecha de cargo", "by due date"),
                "effect": ("por efecto", "por fecha de efecto", "by effect date")}),
]  # fmt: skip


class BordereauRow(BaseModel):
    """One receipt or claim; the amounts that its bordereau is not of are 0.00."""

    model_config = ConfigDict(frozen=True)

    reference: str
    policy: str
    customer: External
    line: str
    kind: External
    state: str
    on: date
    premium: Money = ZERO
    surcharges: Money = ZERO
    ips: Money = ZERO
    total: Money = ZERO
    commission: Money = ZERO
    cession: Money = ZERO
    net_commission: Money = ZERO
    reserve: Money = ZERO
    paid: Money = ZERO


AMOUNTS: Final = {
    Subject.PREMIUMS: ("premium", "surcharges", "ips", "total"),
    Subject.COMMISSIONS: ("premium", "commission", "cession", "net_commission"),
    Subject.CLAIMS: ("reserve", "paid"),
}
TITLES: Final = {
    "reference": N_("referencia"), "policy": N_("póliza"), "customer": N_("cliente"), "line": N_("ramo"),
    "kind": N_("clase"), "state": N_("estado"), "on": N_("fecha"), "premium": N_("prima"),
    "surcharges": N_("recargos"), "ips": N_("impuestos"), "total": N_("total"), "commission": N_("comisión"),
    "cession": N_("cesión"), "net_commission": N_("comisión neta"), "reserve": N_("reserva"), "paid": N_("pagado"),
}  # fmt: skip
SAID: Final = ("reference", "policy", "customer", "line", "kind", "state", "on")


class Bordereau(Result):
    """The statement of one insurer and month; the totals are the sums of all rows, listed or not."""

    insurer: str
    month: str
    subject: str
    by: str
    rows: Annotated[tuple[BordereauRow, ...], Field(max_length=SHOWN)]
    count: int
    totals: dict[str, Money]

    def told(self, locale: Locale) -> str:
        """How many rows, and the totals."""
        text = N_("Borderó de {insurer}, {month}: {count} líneas; {totals}.")
        said = (
            f"{translate(TITLES[name], locale)} {format_money(value, locale)}" for name, value in self.totals.items()
        )
        return translate(text, locale, insurer=self.insurer, month=self.month, count=self.count, totals=", ".join(said))


@tool(
    Risk.READ,
    permission="kernel:commissions",
    title=N_("Borderó mensual de una aseguradora"),
    examples=(
        "Borderó de primas de Mutua Levante de 2026-10",
        "Enséñame el borderó de comisiones de Cantábrica Seguros de 2026-09 por efecto",
        "Monthly bordereau of claims of Mutua Levante for 2026-10",
    ),
)
def show_bordereau(
    ctx: Context,
    insurer: InsurerRef,
    month: Month,
    subject: SubjectChoice = Subject.PREMIUMS,
    by: CountedChoice = Counted.DUE,
) -> Bordereau:
    """Premiums, commissions or claims of one insurer in one month, with their sums to the cent.

    Receipts count by their due date or by the date from which they insure; claims by the day
    they were paid or by the day they occurred. Cancelled receipts are left out.
    """
    found = resolve_insurer(ctx, insurer)
    rows = tuple(_rows(ctx, found, month, subject, by))
    return Bordereau(
        insurer=found.name, month=month, subject=subject, by=by, rows=rows[:SHOWN], count=len(rows),
        totals=totals_of(rows, subject),
    )  # fmt: skip


@tool(
    Risk.EXPORT,
    permission="kernel:export",
    title=N_("Exportar el borderó de una aseguradora"),
    examples=(
        "Exporta el borderó de primas de Mutua Levante de 2026-10 para la liquidación con la compañía",
        "Export the bordereau of commissions of Mutua Levante for 2026-10 in order to settle with the insurer",
    ),
)
def export_bordereau(
    ctx: Context,
    insurer: InsurerRef,
    month: Month,
    purpose: Purpose,
    subject: SubjectChoice = Subject.PREMIUMS,
    by: CountedChoice = Counted.DUE,
    format: Format = FileFormat.CSV,
) -> FileKept:
    """The bordereau as a file that only the person who asks can download, its last row the totals."""
    found = resolve_insurer(ctx, insurer)
    rows = tuple(_rows(ctx, found, month, subject, by))
    ctx.weigh(subjects=len({row.customer for row in rows}), special=False)
    names, sums, locale = (*SAID, *AMOUNTS[subject]), totals_of(rows, subject), ctx.actor.locale
    told = [[getattr(row, name) for name in names] for row in rows]
    if told:
        told.append([translate(N_("TOTAL"), locale), *[None] * (len(SAID) - 1), *sums.values()])
    table = {f"{subject} {month}": Table([translate(TITLES[name], locale) for name in names], told)}
    name = f"bordero-{subject}-{found.code.lower()}-{month}"
    scope = f"{found.code}, {month}, {subject}"
    return keep_file(ctx, name, format, table, purpose=purpose, scope=scope, event="bordereau.exported")


def totals_of(rows: Sequence[BordereauRow], subject: Subject) -> dict[str, Decimal]:
    """The sum of each amount that a bordereau is of."""
    return {name: sum((getattr(row, name) for row in rows), ZERO) for name in AMOUNTS[subject]}


def _rows(ctx: Context, insurer: Insurer, month: str, subject: Subject, by: Counted) -> Iterable[BordereauRow]:
    first = date.fromisoformat(f"{month}-01")
    last = add_months(first, 1)
    return (_claims if subject is Subject.CLAIMS else _receipts)(ctx, insurer, first, last, by)


def _receipts(ctx: Context, insurer: Insurer, first: date, end: date, by: Counted) -> Iterable[BordereauRow]:
    column: Any = col(Receipt.due_on) if by is Counted.DUE else col(Receipt.period_from)
    query: Any = (
        select(Receipt, Policy, Customer.name)
        .where(col(Receipt.insurer_id) == insurer.id, column >= first, column < end, alive(Receipt),
               col(Receipt.state) != ReceiptState.CANCELLED, col(Policy.id) == col(Receipt.policy_id),
               col(Customer.id) == col(Policy.policyholder_id))
        .order_by(column, col(Receipt.receipt_number))
    )  # fmt: skip
    locale = ctx.actor.locale
    for one, policy, name in ctx.session.exec(query):
        yield BordereauRow(
            reference=one.receipt_number, policy=policy.policy_number, customer=name,
            line=line_label(policy.line, locale), kind=translate(KINDS[one.kind], locale),
            state=state_label(one.state, locale, of_claim=True),
            on=one.due_on if by is Counted.DUE else one.period_from, premium=one.premium, surcharges=one.surcharges,
            ips=one.ips, total=one.total, commission=one.commission, cession=one.cession,
            net_commission=one.commission - one.cession,
        )  # fmt: skip


def _claims(ctx: Context, insurer: Insurer, first: date, end: date, by: Counted) -> Iterable[BordereauRow]:
    column: Any = col(Claim.paid_on) if by is Counted.DUE else col(Claim.occurred_on)
    query: Any = (
        select(Claim, Policy, Customer.name)
        .where(col(Policy.insurer_id) == insurer.id, column >= first, column < end, alive(Claim),
               col(Policy.id) == col(Claim.policy_id), col(Customer.id) == col(Policy.policyholder_id))
        .order_by(column, col(Claim.claim_number))
    )  # fmt: skip
    locale = ctx.actor.locale
    for one, policy, name in ctx.session.exec(query):
        yield BordereauRow(
            reference=one.claim_number, policy=policy.policy_number, customer=name,
            line=line_label(policy.line, locale), kind=one.cause, state=state_label(one.state, locale, of_claim=True),
            on=one.paid_on if by is Counted.DUE else one.occurred_on, reserve=one.reserve, paid=one.paid_amount,
        )  # fmt: skip
