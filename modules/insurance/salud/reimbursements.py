"""Reimbursements (*reembolsos*): bills that the insured paid and claims back, by the share of the country of care."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import ZERO, Money, format_money, to_cents
from modules.insurance.kernel.entries import policy_of
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lookup import PolicyRef, alive, as_uuid, by_id, given, one_of
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import LABELS, allow_moves, move
from modules.insurance.kernel.views import day
from modules.insurance.salud.acts import ACTS, Act, ActChoice, health_terms
from modules.insurance.salud.line import LINE
from modules.insurance.salud.lookup import InsuredName, Life, life_of, lives_of
from modules.insurance.salud.records import Reimbursement
from modules.insurance.salud.risk import Product
from modules.insurance.salud.waiting import wait_of
from tools import Risk, Slot, tool
from tools.marks import Guard
from tools.results import Result


class ReimbursementState(StrEnum):
    """Where a reimbursement stands."""

    SUBMITTED = "submitted"
    AUDITED = "audited"
    PAID = "paid"


class Country(StrEnum):
    """Where the care was given, as the share depends on it."""

    SPAIN = "spain"
    USA = "usa"
    ABROAD = "abroad"


S = ReimbursementState
allow_moves(
    S, {S.SUBMITTED: frozenset((S.AUDITED,)), S.AUDITED: frozenset((S.PAID,))},
    {"submitted": N_("presentado"), "audited": N_("revisado"), "paid": N_("pagado")},
)  # fmt: skip
CountryChoice: TypeAlias = Annotated[
    Country,
    Field(description=N_("Dónde se prestó")),
    Slot(
        words={
            "spain": ("en España", "in Spain"), "usa": ("Estados Unidos", "EE. UU.", "United States"),
            "abroad": ("en el extranjero", "abroad"),
        }
    ),
]  # fmt: skip
ReimbursementRef: TypeAlias = Annotated[
    str, Slot(ref="reimbursement", ask=N_("¿Qué reembolso? Indique el número."), pattern=r"\bRB-\d{4}-\d{6}\b")
]
EXPIRES: Final = timedelta(days=5 * 365)  # LCS art. 23: actions on insurance of persons


class ReimbursementNotFound(NotFound):
    """No reimbursement of this tenant answers to the reference."""

    text = N_("No encuentro ningún reembolso «{ref}». Indique su número, como RB-2026-000001.")


class NotReimbursed(Conflict):
    """The policy's plan does not pay bills back."""

    text = N_("La póliza {policy} no es de reembolso: los actos se piden por el cuadro médico.")


class BilledBefore(Conflict):
    """The same bill was handed in before."""

    text = N_("La factura {invoice} ya se presentó: {other}.")


def covered(act: Act, country: Country, billed: Decimal, left: Decimal | None) -> Decimal:
    """What of a bill comes back: the share of its country, a visit's limit, and what is left of the year's."""
    terms = health_terms()
    amount = to_cents(billed * terms.reimbursement.share[country])
    if terms.acts[act].visit:
        amount = min(amount, terms.reimbursement.visit_most)
    return amount if left is None else max(min(amount, left), ZERO)


class ReimbursementView(Result):
    """One reimbursement."""

    reimbursement: Annotated[str, Slot(ref="reimbursement")]
    policy: Annotated[str, Slot(ref="policy")]
    insured: str
    act: str
    state: str
    treated_on: date
    due_on: date
    billed: Money
    covered: Money | None
    paid_on: date | None

    def told(self, locale: Locale) -> str:
        """Number, bill and state, and what comes back or until when it should."""
        text = N_("Reembolso {no}: {act} de {insured}, factura de {billed}, {state}.")
        said = translate(
            text, locale, no=self.reimbursement, act=translate(ACTS[self.act], locale), insured=self.insured,
            billed=format_money(self.billed, locale), state=translate(LABELS.get(self.state, self.state), locale),
        )  # fmt: skip
        if self.covered is None:
            target = translate(N_("Plazo de la casa: {due}."), locale, due=day(self.due_on))
            return f"{said} {target}"
        back = translate(N_("Se devuelven {amount}."), locale, amount=format_money(self.covered, locale))
        return f"{said} {back}"


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Presentar un reembolso de salud"),
    examples=(
        "Registra un reembolso de 150 € de una consulta de especialista en la póliza de salud 0905-81354133",
        "Registra la factura del médico para que la reembolse la compañía",
        "Register a health reimbursement of 150 euros for a specialist visit",
    ),
)
def register_reimbursement(
    ctx: Context,
    policy: PolicyRef,
    act: ActChoice,
    treated_on: Annotated[date, Slot(ask=N_("¿Qué día fue la consulta o el acto?"), cues=("consulta del", "treated"))],
    invoice_no: Annotated[Words, Field(min_length=1), Slot(ask=N_("¿Qué número de factura?"), cues=("factura",))],
    billed: Annotated[
        Money,
        Guard.AMOUNT,
        Field(gt=0, description=N_("Importe de la factura, EUR")),
        Slot(ask=N_("¿Qué importe?"), units=("€", "euros", "eur")),
    ],
    insured: InsuredName | None = None,
    country: CountryChoice = Country.SPAIN,
) -> ReimbursementView:
    """Hand in a paid bill of one insured; the house wants it paid within 15 days.

    Raises:
        Conflict: the plan does not reimburse, the act could not be used that day, or the bill is known.
        BadArguments: the day lies ahead, or more than five years back.
    """
    life = life_of(ctx, policy, insured)
    if life.risk.product != Product.REEMBOLSO:
        raise NotReimbursed(policy=life.policy.policy_number)
    if not ctx.today - EXPIRES <= treated_on <= ctx.today:
        text = N_("La fecha («{field}») debe estar entre hoy y cinco años atrás.")
        raise BadArguments(text, field="treated_on")
    wait = wait_of(life.risk, life.person, life.policy.started_on, Act(act))
    if not wait.usable(treated_on):
        raise NotYetCovered(on=day(treated_on))
    ctx.weigh(line=LINE.code, special=True, subjects=1)
    _check_new(ctx, life, invoice_no)
    made = Reimbursement(
        id=new_id(), policy_id=life.policy.id, customer_id=life.policy.policyholder_id, insured_id=life.row.id,
        reimbursement_number=next_number(ctx, "RB"), act=Act(act).value, state=S.SUBMITTED.value,
        treated_on=treated_on, submitted_on=ctx.today,
        due_on=ctx.today + timedelta(days=health_terms().reimbursement.target_days),
        country=Country(country).value, invoice_no=invoice_no, billed=billed,
    )  # fmt: skip
    return _kept(ctx, made, life, "submitted")


class NotYetCovered(Conflict):
    """The insured could not use the act on that day."""

    text = N_("El {on} el acto no estaba cubierto: por carencia, exclusión o falta de contratación.")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Revisar un reembolso de salud"),
    examples=(
        "Comprueba el reembolso RB-2026-000001 y calcula lo que se devuelve",
        "Verifica cuánto corresponde en el reembolso RB-2026-000001",
        "Verify the reimbursement RB-2026-000001",
    ),
)
def verify_reimbursement(ctx: Context, reimbursement: ReimbursementRef) -> ReimbursementView:
    """Work out what of the bill comes back: 80 % in Spain, 90 % in the United States, 120 € a visit at most.

    The year's limit of the insured, if the policy has one, bounds the sum of all.
    """
    found, life = _open(ctx, reimbursement)
    limit = life.risk.annual_limit
    left = None if limit is None else limit - _covered_in(ctx, found)
    move(found, S.AUDITED)
    found.covered = covered(Act(found.act), Country(found.country), found.billed, left)
    ctx.weigh(line=LINE.code, amount=found.covered, special=True, subjects=1)
    return _kept(ctx, found, life, "audited")


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar que un reembolso de salud se ha pagado"),
    examples=(
        "Anota que la compañía pagó el reembolso RB-2026-000001",
        "Registra como pagado el reembolso médico RB-2026-000001",
        "Record that the insurer paid the reimbursement RB-2026-000001",
    ),
)
def record_reimbursement_payment(
    ctx: Context, reimbursement: ReimbursementRef, paid_on: Annotated[date, Slot(cues=("pagó", "paid"))] | None = None
) -> ReimbursementView:
    """Take down that the insurer paid what was worked out; no money of the house moves."""
    found, life = _open(ctx, reimbursement)
    paid = paid_on or ctx.today
    if not found.submitted_on <= paid <= ctx.today:
        raise BadArguments(N_("La fecha («{field}») debe estar entre la solicitud y hoy."), field="paid_on")
    move(found, S.PAID)
    found.paid_on = paid
    return _kept(ctx, found, life, "paid")


def resolve_reimbursement(ctx: Context, text: str) -> Reimbursement:
    """The one reimbursement that `text` names: id or number."""
    wanted = given(text, "reimbursement")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, Reimbursement, id, ReimbursementNotFound, wanted)
    query = select(Reimbursement).where(Reimbursement.reimbursement_number == wanted.upper(), alive(Reimbursement))
    found = ctx.session.exec(query.limit(2)).all()
    return one_of(found, lambda one: one.reimbursement_number, "reimbursement", wanted, ReimbursementNotFound)


def _open(ctx: Context, ref: str) -> tuple[Reimbursement, Life]:
    found = resolve_reimbursement(ctx, ref)
    ctx.weigh(line=LINE.code, special=True, subjects=1)
    policy = policy_of(ctx, LINE, str(ctx.get(Policy, found.policy_id).id))
    lives = lives_of(ctx, str(policy.id))
    return found, next((life for life in lives if life.row.id == found.insured_id), lives[0])


def _check_new(ctx: Context, life: Life, invoice_no: str) -> None:
    query = select(Reimbursement).where(
        Reimbursement.insured_id == life.row.id, Reimbursement.invoice_no == invoice_no, alive(Reimbursement)
    )
    other = ctx.session.exec(query).first()
    if other is not None:
        raise BilledBefore(invoice=invoice_no, other=other.reimbursement_number)


def _covered_in(ctx: Context, found: Reimbursement) -> Decimal:
    """What the insured got back for care of the same year."""
    year = found.treated_on.year
    query = select(func.coalesce(func.sum(Reimbursement.covered), 0)).where(
        Reimbursement.insured_id == found.insured_id, alive(Reimbursement),
        col(Reimbursement.treated_on).between(date(year, 1, 1), date(year, 12, 31)),
    )  # fmt: skip
    return ctx.session.exec(query).one() or ZERO


def _kept(ctx: Context, found: Reimbursement, life: Life, event: str) -> ReimbursementView:
    ctx.session.add(found)
    ctx.emit(f"reimbursement.{event}", found.id, policy=str(found.policy_id))
    own = found.model_dump(include={"act", "state", "treated_on", "due_on", "billed", "covered", "paid_on"})
    return ReimbursementView(
        **own, reimbursement=found.reimbursement_number, policy=life.policy.policy_number, insured=life.name
    )
