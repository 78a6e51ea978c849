"""From a tariff to a quote: net premium, surcharges and taxes."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.contract import Caution, Computed, Part, operation
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    pass

Amount: TypeAlias = Annotated[Decimal, Field(ge=0, le=Decimal("1e12"), allow_inf_nan=False)]
Rate: TypeAlias = Annotated[Decimal, Field(ge=0, le=1, allow_inf_nan=False)]
CENT: Final = Decimal("0.01")
UNKNOWN_FACTOR: Final = N_("no dice nada de un factor de la tarifa")
UNKNOWN_LEVEL: Final = N_("tiene un nivel que la tarifa no conoce")
TWICE: Final = N_("repite un factor o un nivel")
NO_SUM: Final = N_("hace falta: un recargo se calcula sobre el capital")
UNUSED: Final = N_("La tarifa no usa el dato {factor} del riesgo")
FLOOR: Final = N_("Se aplica la prima mínima: la de tarifa es {premium} €")


class LevelRate(Part):
    """One level of a factor and what it multiplies the premium by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: str
    relativity: Annotated[Decimal, Field(gt=0, le=Decimal("1e6"), allow_inf_nan=False)]


class TariffFactor(Part):
    """A rating factor of a tariff."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    levels: tuple[LevelRate, ...]


class Tariff(Part):
    """A multiplicative tariff: the premium at the base levels, EUR, and the factors' relativities."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_premium: Annotated[Decimal, Field(gt=0, le=Decimal("1e12"), allow_inf_nan=False)]
    factors: tuple[TariffFactor, ...] = ()


class Surcharge(Part):
    """A surcharge of the Consorcio (*recargo*): a rate of the net premium or of the sum insured, or an amount."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    on: Literal["net_premium", "sum_insured", "fixed"]
    rate: Rate | None = None
    amount: Amount | None = None


class Line(Part):
    """One line of a receipt, EUR to the cent."""

    name: str
    amount: Decimal


class AppliedFactor(Part):
    """One factor as it was applied to the risk."""

    factor: str
    level: str
    relativity: Decimal


class PriceQuote(Computed):
    """A quote, EUR to the cent. `technical` is the tariff's premium, `net` that after loading and minimum.

    `total` = `net` + `surcharges` (of the Consorcio) + `ips` (tax on premiums).
    """

    technical: Decimal
    net: Decimal
    surcharges: tuple[Line, ...]
    surcharges_total: Decimal
    ips: Decimal
    total: Decimal
    applied: tuple[AppliedFactor, ...]


@operation(
    "Cotización de prima con recargos e impuestos",
    examples=(
        "Calcula la prima total de este riesgo con la tarifa, los recargos del Consorcio y el IPS",
        "Quote a premium from a tariff with Consorcio surcharges and insurance premium tax",
    ),
)
def price_quote(
    tariff: Tariff,
    risk: dict[str, str],
    ips_rate: Rate,
    surcharges: tuple[Surcharge, ...] = (),
    sum_insured: Amount | None = None,
    loading: Annotated[Decimal, Field(ge=-1, le=10, allow_inf_nan=False)] = Decimal(0),
    minimum_premium: Amount = Decimal(0),
) -> PriceQuote:
    """Price one risk by a multiplicative tariff and add surcharges and tax, each rounded half-up to the cent.

    Args:
        tariff: base premium, EUR, and relativities by factor and level.
        risk: the level of the risk in each factor of the tariff.
        ips_rate: rate in force of the tax on insurance premiums (impuesto sobre las primas de seguros), 0 where
            the line is exempt; levied on the net premium.
        surcharges: those in force of the Consorcio de Compensación de Seguros for this line.
        sum_insured: EUR; needed where a surcharge is a rate of it.
        loading: share added to the technical premium (0.1 = +10 %), or taken off as a discount.
        minimum_premium: the least net premium, EUR.

    Raises:
        InvalidInput: a factor without value or an unknown level, a repeated level, a surcharge without rate, or
            the sum insured is missing.

    Source: multiplicative tariff, Ohlsson & Johansson, Non-Life Insurance Pricing with GLMs, 2010, section 1.3;
    tax on the net premium, Ley 13/1996, art. 12; surcharges, Real Decreto Legislativo 7/2004. Rates are
    arguments: they change by law.
    """
    premium = tariff.base_premium
    applied = []
    names = [factor.name for factor in tariff.factors]
    if len(set(names)) < len(names):
        raise InvalidInput("tariff", TWICE)
    for factor in tariff.factors:
        known = {row.level: row.relativity for row in factor.levels}
        if len(known) < len(factor.levels):
            raise InvalidInput("tariff", TWICE)
        if factor.name not in risk:
            raise InvalidInput(f"risk.{factor.name}", UNKNOWN_FACTOR)
        level = risk[factor.name]
        if level not in known:
            raise InvalidInput(f"risk.{factor.name}", UNKNOWN_LEVEL)
        premium *= known[level]
        applied.append(AppliedFactor(factor=factor.name, level=level, relativity=known[level]))
    if premium > Decimal("1e15"):
        raise InvalidInput("tariff", N_("da una prima mayor que mil billones de euros"))
    technical = _cents(premium)
    loaded = _cents(premium * (1 + loading))
    net = max(loaded, _cents(minimum_premium))
    cautions = [Caution(text=UNUSED, values={"factor": name}) for name in risk if name not in names]
    if net > loaded:
        cautions.append(Caution(text=FLOOR, values={"premium": str(loaded)}))
    lines = tuple(Line(name=row.name, amount=_surcharge(row, net, sum_insured)) for row in surcharges)
    added = sum((line.amount for line in lines), Decimal("0.00"))
    ips = _cents(net * ips_rate)
    return PriceQuote(
        method="each line half-up to the cent; IPS on the net premium",
        warnings=tuple(cautions),
        technical=technical,
        net=net,
        surcharges=lines,
        surcharges_total=added,
        ips=ips,
        total=net + added + ips,
        applied=tuple(applied),
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _surcharge(row: Surcharge, net: Decimal, sum_insured: Decimal | None) -> Decimal:
    match row.on:
        case "fixed" if row.amount is not None:
            return _cents(row.amount)
        case "net_premium" if row.rate is not None:
            return _cents(net * row.rate)
        case "sum_insured" if row.rate is not None:
            if sum_insured is None:
                raise InvalidInput("sum_insured", NO_SUM)
            return _cents(sum_insured * row.rate)
        case _:
            raise InvalidInput("surcharges", N_("a un recargo le falta su tipo o su importe"))
