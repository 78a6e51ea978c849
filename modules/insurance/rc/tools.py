"""The tools of general liability: price, quote, put the premium right, the law of a profession, what a claim pays."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from core.context import Context
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.aggregates import aggregate_of, payable
from modules.insurance.kernel.business import Turnover
from modules.insurance.kernel.fields import Amount
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.regularisation import BilledRegularisation, Regularised, bill, regularised
from modules.insurance.kernel.views import PolicyNumber
from modules.insurance.rc.compulsory import Duty, duty_of
from modules.insurance.rc.line import LINE
from modules.insurance.rc.risk import ProfessionChoice, RcRisk
from tools import Risk, Slot, tool
from tools.results import Result

FIGURES: Final = ("annual_turnover", "annual_fees")
ON_THEM: Final = ("explotacion", "productos", "profesional")  # coverages priced on those figures


class RcRequest(QuoteRequest, line=LINE):
    """What a person says of the liability to be insured."""


@tool(
    Risk.READ,
    permission="rc:read",
    title=N_("Tarificar un riesgo de responsabilidad civil"),
    examples=(
        "Tarifica una responsabilidad civil de explotación con 900.000 € de facturación y 9 empleados, sin cliente",
        "Calcula la prima de responsabilidad civil profesional de un arquitecto",
        "Rate the professional liability of a lawyer with fees of 140,000 euros",
    ),
)
def rate(ctx: Context, risk: RcRisk) -> Rating:
    """The premium of a liability with coverages, taxes and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. Which figures are needed hangs on the product.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="rc:quote",
    title=N_("Cotizar un seguro de responsabilidad civil"),
    examples=(
        "Cotiza una responsabilidad civil profesional para Raquel Gómez, abogada",
        "Presupuesto de responsabilidad civil de explotación para Álvaro Ramos",
        "Quiero un D&O para los administradores de la sociedad",
        "Quote general liability for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: RcRequest) -> QuoteView:
    """Price a customer's liability and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs, and the answer says so; what is missing
    is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


@tool(
    Risk.READ,
    permission="rc:read",
    title=N_("Regularizar la prima por facturación real"),
    examples=(
        "Regulariza la póliza de responsabilidad civil 0903-36406521: facturó 1.050.000 €",
        "¿Cuánto hay que regularizar si los honorarios reales fueron 160.000 €?",
        "Adjust the liability premium: the real turnover was 1,050,000 euros",
    ),
)
def regularise_turnover(
    ctx: Context,
    policy: PolicyRef,
    turnover: Turnover,
    on: Annotated[
        date | None, Field(description=N_("Un día de la anualidad")), Slot(cues=("anualidad del", "annuity of"))
    ] = None,
) -> Regularised:
    """What the real turnover or fees of an annuity add to its premium, or give back; nothing is billed.

    ΔP = (real - declared) × the rate agreed, never below the product's minimum premium; with
    LEA and premium tax of that day. `on` defaults to today and chooses the annuity.
    """
    day = on or ctx.today
    return regularised(insured(ctx, policy, LINE, day), FIGURES, ON_THEM, turnover, day)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Emitir el recibo de regularización por facturación"),
    examples=(
        "Emite la regularización de la póliza 0903-36406521: facturó 1.050.000 €",
        "Emite el recibo de regularización de la responsabilidad civil",
        "Issue the turnover adjustment of the liability policy: 1,050,000 euros",
    ),
)
def issue_regularisation(
    ctx: Context,
    policy: PolicyRef,
    turnover: Turnover,
    on: Annotated[
        date | None, Field(description=N_("Un día de la anualidad")), Slot(cues=("anualidad del", "annuity of"))
    ] = None,
) -> BilledRegularisation:
    """Issue the one receipt that puts an annuity's premium right by the real turnover or fees; this binds both.

    The amounts are those of `rc_regularise_turnover`. What is given back waits to be paid to the
    client. An annuity is regularised once.
    """
    day = on or ctx.today
    found = insured(ctx, policy, LINE, day)
    result = regularised(found, FIGURES, ON_THEM, turnover, day)
    ctx.weigh(line=LINE.code, amount=max(-result.total, Decimal(0)), subjects=1)
    return bill(ctx, found, result)


class CompulsoryCheck(Result):
    """Whether a profession must insure its liability, and whether a limit is enough."""

    profession: str
    duty: Duty
    law: str
    verified: bool
    least_per_claim: Money | None
    least_per_year: Money | None
    enough: bool | None  # None: no limit was given, or the law fixes none

    def told(self, locale: Locale) -> str:
        """The law's answer in two sentences."""
        said = {
            Duty.ALWAYS: N_("El seguro de responsabilidad civil es obligatorio para esta profesión ({law})."),
            Duty.PROFESSIONAL_COMPANIES: N_("Es obligatorio solo si se ejerce en sociedad profesional ({law})."),
            Duty.NONE: N_("Ninguna ley estatal lo exige a esta profesión."),
        }[self.duty]
        parts = [translate(said, locale, law=self.law)]
        if self.least_per_claim is not None:
            least = format_money(self.least_per_claim, locale)
            parts.append(translate(N_("Mínimo por siniestro: {least}."), locale, least=least))
        if self.enough is False:
            parts.append(translate(N_("El límite indicado no llega."), locale))
        if not self.verified:
            parts.append(translate(N_("Confírmelo con la norma vigente y con el colegio profesional."), locale))
        return " ".join(parts)


@tool(
    Risk.READ,
    permission="rc:read",
    title=N_("Comprobar si la responsabilidad civil es obligatoria"),
    examples=(
        "¿Es obligatorio el seguro de responsabilidad civil para un médico?",
        "¿Qué límite exige la ley a un corredor de seguros?",
        "Is liability insurance compulsory for an architect?",
    ),
)
def check_compulsory(
    ctx: Context,
    profession: ProfessionChoice,
    limit_per_claim: Annotated[
        Amount | None, Field(description=N_("Límite por siniestro, EUR")), Slot(cues=("límite", "limit"))
    ] = None,
) -> CompulsoryCheck:
    """Whether the law makes a profession insure its liability, the least limits, and whether one is enough."""
    duty = duty_of(profession)
    known = limit_per_claim is not None and duty.limit_per_claim is not None
    return CompulsoryCheck(
        profession=str(profession), duty=duty.duty, law=duty.law, verified=duty.mark == "V",
        least_per_claim=duty.limit_per_claim, least_per_year=duty.aggregate_limit,
        enough=not duty.falls_short(limit_per_claim) if known and limit_per_claim is not None else None,
    )  # fmt: skip


class Payable(Result):
    """What one liability claim would pay by the policy's limits."""

    policy: PolicyNumber
    owed: Money
    payable: Money
    per_victim: Money | None
    per_claim: Money
    aggregate_left: Money

    def told(self, locale: Locale) -> str:
        """What is paid of what is owed."""
        return translate(
            N_("Póliza {policy}: de {owed} se pagan {payable}, antes de franquicia; quedan {left} de la anualidad."),
            locale, policy=self.policy, owed=format_money(self.owed, locale),
            payable=format_money(self.payable, locale), left=format_money(self.aggregate_left, locale),
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="rc:read",
    title=N_("Calcular qué paga un siniestro de responsabilidad civil"),
    examples=(
        "¿Qué pagaría la póliza 0903-36406521 si hay dos víctimas con 250.000 y 90.000 €?",
        "Aplica el sublímite por víctima a estas indemnizaciones",
        "What would the policy pay for two victims?",
    ),
)
def limit_indemnity(
    ctx: Context,
    policy: PolicyRef,
    losses: Annotated[
        list[Amount],
        Field(min_length=1, max_length=200, description=N_("Lo que se debe a cada víctima, EUR")),
        Slot(ask=N_("¿Cuánto se debe a cada víctima?")),
    ],
) -> Payable:
    """What one claim pays: each victim up to the sub-limit, all up to the claim's limit and what is left of the year's.

    Before any deductible. Nothing is kept.
    """
    found = insured(ctx, policy, LINE)
    annual, term = aggregate_of(ctx, found), found.term
    agreed = term.details.get("sublimit_per_victim")
    per_victim = Decimal(str(agreed)) if agreed is not None else None
    per_claim = Decimal(str(term.risk["limit_per_claim"]))
    return Payable(
        policy=annual.policy, owed=sum(losses, Decimal(0)), per_victim=per_victim, per_claim=per_claim,
        payable=payable(losses, per_victim=per_victim, per_claim=per_claim, left=annual.left),
        aggregate_left=annual.left,
    )  # fmt: skip
