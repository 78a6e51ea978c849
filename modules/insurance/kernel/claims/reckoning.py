"""Reckoning a claim (*cálculo*), explained: what is owed, whose share it is, what default costs. Nothing is kept."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.claim_types import Basis, ClaimType, DeductibleKind
from modules.insurance.kernel.claims.arithmetic import (
    HUNDRED,
    WAIVER,
    Loss,
    Terms,
    concur,
    default_due,
    default_interest,
    legal_rates,
    reckon,
    split,
)
from modules.insurance.kernel.claims.file import File, Head
from modules.insurance.kernel.claims.files import file_of, known_line, term_of
from modules.insurance.kernel.claims.lookup import ClaimRef, resolve_claim
from modules.insurance.kernel.claims.views import ClaimNumber
from modules.insurance.kernel.fields import Percent
from modules.insurance.kernel.records import Claim, Policy
from modules.insurance.kernel.views import day
from tools import Risk, Slot, tool
from tools.results import Result

EUROS = ("€", "euros", "eur")
STEPS = {
    "loss": N_("daño {amount}"), "average": N_("con la regla proporcional {amount}"),
    "waived": N_("sin regla proporcional, por pacto, {amount}"), "equity": N_("con la regla de equidad {amount}"),
    "deductible": N_("tras la franquicia {amount}"), "limit": N_("hasta el límite de {amount}"),
}  # fmt: skip


class AssessedStep(BaseModel):
    """One step of the reckoning: what is left after it, and the article."""

    model_config = ConfigDict(frozen=True)

    code: str
    amount: Money
    law: str

    def told(self, locale: Locale) -> str:
        """The step in words."""
        said = translate(STEPS[self.code], locale, amount=format_money(self.amount, locale))
        return f"{said} ({self.law})" if self.law else said


class Assessment(Result):
    """What a policy owes for a loss, step by step."""

    claim: ClaimNumber
    basis: Basis
    loss: Money
    sum_insured: Money | None
    value_at_loss: Money | None
    average: Decimal
    equity: Decimal
    deductible: Money
    limit: Money | None
    indemnity: Money
    paid_amount: Money
    left: Money
    entries: tuple[AssessedStep, ...]

    def told(self, locale: Locale) -> str:
        """The indemnity, how it comes about, and what is left to pay."""
        steps = "; ".join(entry.told(locale) for entry in self.entries)
        text = N_("Indemnización del siniestro {claim}: {indemnity}. Cálculo: {steps}.")
        said = translate(
            text, locale, claim=self.claim, indemnity=format_money(self.indemnity, locale), steps=steps
        )  # fmt: skip
        if self.basis is Basis.AVERAGE and self.value_at_loss is None:
            text = N_("Sin el valor del bien no se aplica la regla proporcional (LCS art. 30).")
            said = f"{said} {translate(text, locale)}"
        if self.paid_amount:
            text = N_("Ya se han pagado {paid}: quedan {left}.")
            amounts = {"paid": format_money(self.paid_amount, locale), "left": format_money(self.left, locale)}
            said = f"{said} {translate(text, locale, **amounts)}"
        return said


def euros_of(ask: str, *cues: str) -> Slot:
    """How people write an amount with these words near by."""
    return Slot(ask=ask or None, cues=cues, units=EUROS)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Calcular la indemnización de un siniestro"),
    examples=(
        "Valora el siniestro SI2026-0001 con unos daños de 2.400 €",
        "Calcula la indemnización de un daño de 24.000 € con valor de 160.000 € en el siniestro",
        "¿Cuánto corresponde pagar por unos daños de 900 euros en este siniestro?",
        "Assess claim SI2026-0001 for damage of €2,400",
    ),
)
def assess_claim(
    ctx: Context,
    claim: ClaimRef,
    loss: Annotated[
        Money,
        Field(gt=0, description=N_("Importe de los daños, EUR")),
        euros_of(N_("¿A cuánto ascienden los daños?"), "daños", "daño", "pérdida", "factura", "damage", "loss"),
    ],
    value_at_loss: Annotated[
        Money | None, Field(gt=0, description=N_("Valor del bien, EUR")), euros_of("", "valor", "value")
    ] = None,
    premium_paid: Annotated[Money | None, Field(gt=0), euros_of("", "prima pagada", "premium paid")] = None,
    premium_due: Annotated[
        Money | None, Field(gt=0), euros_of("", "prima debida", "prima correcta", "premium due")
    ] = None,
    waiver_pct: Annotated[
        Percent, Field(description=N_("Margen sin regla proporcional, %")), Slot(cues=("margen", "waiver"))
    ] = WAIVER * HUNDRED,
    hours: Annotated[
        Decimal | None, Field(gt=0, le=100_000), Slot(units=("horas", "hours"), cues=("parado", "stopped"))
    ] = None,
    deductible_used: Annotated[Money, Field(ge=0), euros_of("", "franquicia consumida", "deductible used")] = ZERO,
) -> Assessment:
    """What a claim's policy owes for a loss, EUR: average and equity, then deductible, then limit; each step told.

    Average (LCS art. 30) needs the value of the thing, and is waived while the sum insured
    falls short by no more than `waiver_pct`. The equity rule (LCS arts. 10, 12) needs the
    premium paid and the one due. Nothing is kept.
    """
    found = resolve_claim(ctx, claim)
    file, kind = file_of(ctx, found), kind_of(ctx, found)
    term = term_of(ctx, found)
    deductible = kind.deductible_of(term.risk) if kind and term else None
    if deductible is not None and deductible.kind is DeductibleKind.HOURS and hours is None:
        raise BadArguments(N_("¿Cuántas horas duró la paralización?"), field="hours")
    terms = Terms(
        basis=kind.basis if kind else Basis.LOSS, sum_insured=found.sum_insured, deductible=deductible,
        limit=file.limit, margin=kind.margin if kind else ZERO, waiver=waiver_pct / HUNDRED,
    )  # fmt: skip
    value = value_at_loss or found.value_at_loss
    owed = reckon(
        Loss(amount=loss, value=value, paid=premium_paid, due=premium_due, stopped=hours, used=deductible_used), terms
    )
    return Assessment(
        claim=found.claim_number, basis=terms.basis, loss=loss, sum_insured=terms.sum_insured, value_at_loss=value,
        average=owed.average, equity=owed.equity, deductible=owed.borne, limit=terms.most, indemnity=owed.indemnity,
        paid_amount=file.paid, left=max(owed.indemnity - file.paid, ZERO),
        entries=tuple(AssessedStep(code=e.code, amount=e.amount, law=e.law) for e in owed.entries),
    )  # fmt: skip


def kind_of(ctx: Context, claim: Claim) -> ClaimType | None:
    """The kind of a claim; None of one that was imported."""
    line = known_line(ctx.get(Policy, claim.policy_id).line)
    return line.claim_types.get(claim.kind or "") if line else None


class InsurerShare(BaseModel):
    """One insurer of the risk: its share of a coinsurance in per cent, or its sum where contracts concur."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    insurer: str = Field(min_length=1, max_length=120)
    weight: Annotated[Decimal, Field(gt=0, lt=10**12, description=N_("Cuota en % o suma asegurada en EUR"))]


class PaidShare(BaseModel):
    """What one insurer pays."""

    model_config = ConfigDict(frozen=True)

    insurer: str
    amount: Money


class Shares(Result):
    """A loss as several insurers share it."""

    loss: Money
    concurrent: bool
    shares: tuple[PaidShare, ...]

    def told(self, locale: Locale) -> str:
        """Who pays what, and by which article."""
        said = "; ".join(f"{share.insurer} {format_money(share.amount, locale)}" for share in self.shares)
        text = (
            N_("Concurrencia de seguros (LCS art. 32), en proporción a las sumas: {said}.") if self.concurrent
            else N_("Coaseguro (LCS art. 33), por cuotas: {said}.")
        )  # fmt: skip
        return translate(text, locale, said=said)


SharesArgument: TypeAlias = Annotated[list[InsurerShare], Field(min_length=1, max_length=50)]


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Repartir un siniestro entre aseguradoras"),
    examples=(
        "Reparte un siniestro de 80.000 € en coaseguro entre las compañías",
        "Cómo se reparte la pérdida entre dos seguros que concurren",
        "Split a loss of €80,000 between the coinsurers",
    ),
)
def split_claim(
    ctx: Context,
    loss: Annotated[Money, Field(gt=0), euros_of(N_("¿Qué importe hay que repartir?"), "siniestro", "pérdida", "loss")],
    shares: SharesArgument,
    concurrent: Annotated[
        bool, Slot(words={"true": ("concurrencia", "concurren", "concurrent"), "false": ("coaseguro", "coinsurance")})
    ] = False,
) -> Shares:
    """Share a loss between insurers to the cent, EUR; what is left over goes to the first, who leads.

    Coinsurance by agreed shares (LCS art. 33), several and not joint; concurrent contracts in
    proportion to their sums, never more than the loss (LCS art. 32).
    """
    weights = [share.weight for share in shares]
    parts = concur(loss, weights) if concurrent else split(loss, weights)
    rows = (PaidShare(insurer=s.insurer, amount=part) for s, part in zip(shares, parts, strict=True))
    return Shares(loss=loss, concurrent=concurrent, shares=tuple(rows))


class InterestStretch(BaseModel):
    """Days of one rate."""

    model_config = ConfigDict(frozen=True)

    from_on: date
    to_on: date
    days: int
    rate: Decimal
    legal_rate: Decimal
    interest: Money


class DefaultInterest(Result):
    """The interest of an insurer in default, stretch by stretch."""

    base: Money
    since: date
    until: date
    due: bool | None
    estimated: bool
    interest: Money
    stretches: tuple[InterestStretch, ...]

    def told(self, locale: Locale) -> str:
        """The interest, its rates, and whether it is due."""
        text = N_("Intereses de demora (LCS art. 20) de {base} del {since} al {until}: {interest}.")
        parts = [translate(
            text, locale, base=format_money(self.base, locale), since=day(self.since), until=day(self.until),
            interest=format_money(self.interest, locale),
        )]  # fmt: skip
        for row in self.stretches:
            text = N_("Del {start} al {end}, al {rate} %: {interest}.")
            rate = f"{row.rate * HUNDRED:.3f}".replace(".", "," if locale == "es" else ".")
            ends = {"start": day(row.from_on), "end": day(row.to_on)}
            interest = format_money(row.interest, locale)
            parts.append(translate(text, locale, **ends, rate=rate, interest=interest))
        if self.due is False:
            parts.append(translate(N_("La compañía aún no está en mora."), locale))
        if self.estimated:
            parts.append(translate(N_("Desde el último tipo publicado se ha aplicado ese mismo."), locale))
        return " ".join(parts)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Calcular los intereses de demora de un siniestro"),
    examples=(
        "Calcula los intereses de demora del siniestro SI2026-0001",
        "¿Qué intereses del artículo 20 debe la compañía por este siniestro?",
        "Intereses de mora de 10.000 € desde el 10/01/2025",
        "Compute the default interest on claim SI2026-0001",
    ),
)
def compute_default_interest(
    ctx: Context,
    claim: ClaimRef | None = None,
    amount: Annotated[Money | None, Field(gt=0), euros_of("", "de", "importe", "amount")] = None,
    since: Annotated[date | None, Slot(cues=("desde el", "desde", "since"))] = None,
    until: Annotated[date | None, Slot(cues=("hasta el", "hasta", "until"))] = None,
) -> DefaultInterest:
    """The interest that an insurer in default owes on a claim or an amount (LCS art. 20.4), EUR.

    Daily and simple: the legal interest of each day and a half more, and at least 20 % a year
    once two years have passed. Of a claim it runs from the loss, or from its notice if that
    was late, on what is offered or reserved and not paid.
    """
    due = None
    if claim is not None:
        file = file_of(ctx, resolve_claim(ctx, claim))
        found = file.claim
        amount = amount or owed_of(file)
        since = since or found.interest_from or found.occurred_on
        due = default_due(found.occurred_on, found.notified_on, not file.paid, ctx.today)
    if amount is None or amount <= 0:
        raise BadArguments(N_("¿Sobre qué importe se calculan los intereses?"), field="amount")
    if since is None:
        raise BadArguments(N_("¿Desde qué día corren los intereses?"), field="since")
    last = until or ctx.today
    owed = default_interest(amount, since, last)
    rows = (
        InterestStretch(from_on=s.from_on, to_on=s.to_on, days=s.days, rate=s.rate, legal_rate=s.legal,
                        interest=s.interest)
        for s in owed.stretches
    )  # fmt: skip
    known_until = legal_rates().known_until + timedelta(days=1)
    return DefaultInterest(
        base=amount, since=since, until=last, due=due, estimated=last > known_until, interest=owed.total,
        stretches=tuple(rows),
    )  # fmt: skip


def owed_of(file: File) -> Decimal:
    """What is owed of a claim and not paid: of the latest offer, or else what is reserved for the indemnity."""
    if file.offer is not None:
        return max(file.offer.amount - file.paid, ZERO)
    return file.reserve(Head.INDEMNITY)
