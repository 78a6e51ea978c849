"""Copays (*copagos*): one a used act, and never more than the yearly cap for one person."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.entries import open_policy
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.views import day
from modules.insurance.salud.acts import ACTS, Act, ActChoice, HealthTerms, health_terms
from modules.insurance.salud.line import LINE
from modules.insurance.salud.lookup import InsuredName, Life, life_of, lives_of
from modules.insurance.salud.records import CopayCharge, Insured
from modules.insurance.salud.risk import Product
from modules.insurance.salud.waiting import wait_of
from tools import Risk, Slot, tool
from tools.results import Result


class NoCopay(Conflict):
    """The policy's plan has no copay."""

    text = N_("La póliza {policy} no tiene copago.")


class NotYet(Conflict):
    """The insured may not use the act on that day."""

    text = N_("El asegurado no puede usar ese acto el {on}.")


def owed(terms: HealthTerms, act: Act, charged: Decimal) -> Decimal:
    """What of the table's copay of `act` is owed by who was `charged` so much this year: never beyond the cap."""
    return max(min(terms.acts[act].copay, terms.copay_cap_year - charged), ZERO)


def charge(ctx: Context, life: Life, act: Act, performed_on: date, authorisation_id: UUID | None = None) -> CopayCharge:
    """Enter the copay of one act; charges of one person are made one after the other."""
    terms = health_terms()
    ctx.session.exec(select(Insured.id).where(Insured.id == life.row.id).with_for_update()).one()
    made = CopayCharge(
        id=new_id(), policy_id=life.policy.id, customer_id=life.policy.policyholder_id, insured_id=life.row.id,
        authorisation_id=authorisation_id, act=act.value, performed_on=performed_on, year=performed_on.year,
        listed=terms.acts[act].copay, charged=owed(terms, act, charged_in(ctx, life, performed_on.year)),
        table_version=terms.version,
    )  # fmt: skip
    ctx.session.add(made)
    ctx.emit("copay.charged", made.id, policy=str(life.policy.id), amount=str(made.charged))
    return made


def charged_in(ctx: Context, life: Life, year: int) -> Decimal:
    """What one insured was charged in a calendar year."""
    ctx.session.flush()
    query = select(func.coalesce(func.sum(CopayCharge.charged), 0)).where(
        CopayCharge.insured_id == life.row.id, CopayCharge.year == year, alive(CopayCharge)
    )
    return Decimal(ctx.session.exec(query).one())


class CopayRow(Result):
    """One copay."""

    insured: str
    act: str
    performed_on: date
    listed: Money
    charged: Money
    year_total: Money  # of the person, with this one
    cap: Money

    def told(self, locale: Locale) -> str:
        """Act, amount, and how much of the year's cap is used."""
        text = N_("Copago de {insured} por {act} el {on}: {charged}. Lleva {total} de {cap} este año.")
        return translate(
            text, locale, insured=self.insured, act=translate(ACTS[self.act], locale), on=day(self.performed_on),
            charged=format_money(self.charged, locale), total=format_money(self.year_total, locale),
            cap=format_money(self.cap, locale),
        )  # fmt: skip


class CopayAccount(Result):
    """The copays of one insured in a year."""

    insured: str
    year: int
    charged: Money
    cap: Money
    left: Money
    acts: int

    def told(self, locale: Locale) -> str:
        """What was charged, and what is left under the cap."""
        text = N_("{insured}: {charged} de copagos en {year} ({acts} actos); quedan {left} hasta el máximo.")
        return translate(
            text, locale, insured=self.insured, charged=format_money(self.charged, locale), year=self.year,
            acts=self.acts, left=format_money(self.left, locale),
        )  # fmt: skip


class CopayLedger(Result):
    """The copays of all insured of a policy in a year."""

    policy: Annotated[str, Slot(ref="policy")]
    accounts: tuple[CopayAccount, ...]

    def told(self, locale: Locale) -> str:
        """Each insured in a sentence."""
        return " ".join(account.told(locale) for account in self.accounts)


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Anotar un copago"),
    examples=(
        "Anota el copago de una consulta de especialista en la póliza de salud 0905-81354133",
        "Registra un copago de urgencias del asegurado",
        "Record a copay for a specialist visit under this health policy",
    ),
)
def record_copay(
    ctx: Context,
    policy: PolicyRef,
    act: ActChoice,
    performed_on: Annotated[date, Slot(ask=N_("¿Qué día se usó?"))],
    insured: InsuredName | None = None,
) -> CopayRow:
    """Charge the copay of one used act, under the yearly cap of the person.

    Raises:
        Conflict: the plan has no copay, or the act could not be used that day.
    """
    life = life_of(ctx, policy, insured)
    open_policy(ctx, LINE, policy)
    if life.risk.product != Product.COPAGO:
        raise NoCopay(policy=life.policy.policy_number)
    if performed_on > ctx.today:
        raise BadArguments(N_("La fecha («{field}») no puede ser futura."), field="performed_on")
    if not wait_of(life.risk, life.person, life.policy.started_on, Act(act)).usable(performed_on):
        raise NotYet(on=day(performed_on))
    made = charge(ctx, life, Act(act), performed_on)
    return CopayRow(
        insured=life.name, act=made.act, performed_on=performed_on, listed=made.listed, charged=made.charged,
        year_total=charged_in(ctx, life, made.year), cap=health_terms().copay_cap_year,
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="salud:read",
    title=N_("Copagos de una póliza de salud"),
    examples=(
        "¿Cuánto llevan de copagos este año en la póliza de salud 0905-81354133?",
        "Copagos de cada asegurado y lo que queda hasta el máximo",
        "How much copay has each insured been charged this year?",
    ),
)
def show_copays(
    ctx: Context, policy: PolicyRef, year: Annotated[int, Field(ge=2000, le=2100)] | None = None
) -> CopayLedger:
    """The copays of each insured in a calendar year (this one by default), and what is left under the cap."""
    wanted, cap = year or ctx.today.year, health_terms().copay_cap_year
    accounts = []
    for life in lives_of(ctx, policy):
        spent = charged_in(ctx, life, wanted)
        count = select(func.count()).select_from(CopayCharge).where(
            CopayCharge.insured_id == life.row.id, col(CopayCharge.year) == wanted, alive(CopayCharge)
        )  # fmt: skip
        accounts.append(CopayAccount(
            insured=life.name, year=wanted, charged=spent, cap=cap, left=cap - spent,
            acts=ctx.session.exec(count).one(),
        ))  # fmt: skip
    return CopayLedger(policy=lives_of(ctx, policy)[0].policy.policy_number, accounts=tuple(accounts))
