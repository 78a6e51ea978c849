"""Products priced by a formula (*modelos*), not by coverages: level and funeral premiums, savings.

A tariff names the model of a product; what the formula leaves open is in the tariff's
data. Each gives the parts of the premium and, for savings, a projection whose every
amount is rounded to the cent and feeds the next one rounded.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from core.errors import BadArguments
from core.i18n import N_
from core.money import ZERO, to_cents
from modules.insurance.kernel.inputs import INSURED, Inputs, flagged, insureds, key, missing, number, refuse
from modules.insurance.kernel.layers import fitted
from modules.insurance.kernel.lookups import ONE, THOUSAND
from modules.insurance.kernel.savings import pension, saving, single_premium
from modules.insurance.kernel.tariff import Product, Tariff, adjustments

BAND: Final = 5  # years of a seminatural age band
MIDDLE: Final = 2  # of a band
OLDEST_NATURAL: Final = 90
LAYERED: Final = "nivelada"


class Part(NamedTuple):
    """The premium of one coverage (of one insured)."""

    id: str
    premium: Decimal
    taxed: bool = True
    guarantee_fund: bool = False


class Modelled(NamedTuple):
    """What a model answers."""

    parts: list[Part]
    projection: dict[str, Decimal] | None = None


Model: TypeAlias = Callable[[Tariff, Product, Inputs], Modelled]


def needed(inputs: Inputs, field: str) -> Decimal:
    """The number in `field`, which the model cannot do without."""
    value = number(inputs, field)
    return missing(field) if value is None else Decimal(value)


def whole(inputs: Inputs, field: str, least: int, most: int) -> int:
    """The whole number in `field`, between `least` and `most`."""
    value = needed(inputs, field)
    if value != value.to_integral_value() or not least <= value <= most:
        refuse(field, value)
    return int(value)


def mortality(tariff: Tariff, model: Mapping[str, str]) -> Sequence[Decimal]:
    """Yearly probabilities of death by age, from the table that the model names."""
    table = tariff.tables[model["qx"]]["qx"]
    return [Decimal(table[str(age)]) / THOUSAND for age in range(len(table))]


def level_life(tariff: Tariff, product: Product, inputs: Inputs) -> Modelled:
    """The level premium of a term life insurance (*temporal nivelada*), with expenses."""
    terms = tariff.data["level_model"]
    table = mortality(tariff, terms)
    age = whole(inputs, "age", 0, len(table) - 1)
    years = whole(inputs, "term_years", 1, len(table) - age)
    loading, _ = adjustments(tariff, inputs)
    scale = Decimal(terms["mortality_scale"]) * tariff.factors["smoker"](inputs) * loading
    v = ONE / (ONE + Decimal(terms["interest"]))
    benefits, premiums = present_values([min(ONE, scale * q) for q in table[age : age + years]], v, v)
    expenses = ONE - Decimal(terms["internal_expense"]) - Decimal(terms["external_expense"])
    premium = to_cents(needed(inputs, "sum_insured") * benefits / premiums / expenses)
    return Modelled([Part("fallecimiento", premium)])


def present_values(deaths: Sequence[Decimal], v: Decimal, w: Decimal) -> tuple[Decimal, Decimal]:
    """Present values of 1 paid at the end of the year of death (by `w`) and of 1 a year while alive (by `v`)."""
    benefits = premiums = Decimal(0)
    alive = discount = growth = ONE
    for q in deaths:
        premiums += discount * alive
        growth *= w
        benefits += growth * alive * q
        discount *= v
        alive *= ONE - q
    return benefits, premiums


def funeral(tariff: Tariff, product: Product, inputs: Inputs) -> Modelled:
    """Funeral insurance (*decesos*) of each insured, with accident and travel where bought."""
    terms, accident = tariff.data["model"], tariff.data["accident"]
    _, discount = adjustments(tariff, inputs)
    parts = []
    for at, person in enumerate(insureds(inputs), 1):
        premium = to_cents(layered(tariff, terms, product.id, person) * discount)
        parts.append(Part(f"decesos#{at}", premium))
        if flagged(inputs, accident["flag"]):
            exposed = needed(person, INSURED + accident["exposure"])
            parts.append(Part(f"accidentes#{at}", to_cents(exposed * Decimal(accident["rate_per_mille"]) / THOUSAND)))
        if flagged(inputs, tariff.data["travel_assistance"]["flag"]):
            parts.append(Part(f"asistencia_viaje#{at}", Decimal(tariff.data["travel_assistance"]["flat"])))
    return Modelled(parts)


def layered(tariff: Tariff, terms: Mapping[str, str], product: str, person: Inputs) -> Decimal:
    """The funeral premium of one insured: that of each layer as it was taken, and of the rest at the age of today."""
    value = needed(person, "service_value")
    kept = fitted(person.get(f"{INSURED}layers") or (), value) if product == LAYERED else []
    rest = value - sum((layer.value for layer in kept), ZERO)
    premium = sum((layer.premium for layer in kept), ZERO)
    if rest:
        premium += to_cents(funeral_premium(tariff, terms, product, {**person, "service_value": rest}))
    return premium


def funeral_premium(tariff: Tariff, terms: Mapping[str, str], product: str, person: Inputs) -> Decimal:
    """The premium of one insured before the family discount, not rounded."""
    rates, value = tariff.data["natural_rate_per_mille"], needed(person, "service_value")
    age = whole(person, f"{INSURED}age", 0, int(terms["omega"]))
    if product in ("natural", "seminatural"):
        rated = age if product == "natural" else min(BAND * (age // BAND) + MIDDLE, OLDEST_NATURAL)
        if str(rated) not in rates:
            refuse(f"{INSURED}age", age)
        return value * Decimal(rates[str(rated)]) / THOUSAND
    interest = ONE + Decimal(terms["interest"])
    deaths = mortality(tariff, terms)[age:]
    v, w = ONE / interest, (ONE + Decimal(terms["funeral_cost_growth"])) / interest
    benefits, premiums = present_values(deaths, v, w)
    if product == "nivelada":
        return value * benefits / premiums / (ONE - Decimal(terms["expense"]))
    return value * benefits / (ONE - Decimal(terms["single_premium_expense"]))


def yearly_saving(tariff: Tariff, product: Product, inputs: Inputs) -> Modelled:
    """One year of contributions to a savings insurance, and what it may grow to."""
    contribution = needed(inputs, "annual_contribution")
    years = whole(inputs, "horizon_years", 1, 80)
    projection = saving(tariff, product, contribution, years, key(inputs, "payout"))
    return Modelled([Part("contribution", to_cents(contribution))], projection)


def unit_linked(tariff: Tariff, product: Product, inputs: Inputs) -> Modelled:
    """The single premium of an investment insurance, and what it may grow to."""
    premium, years = needed(inputs, "single_premium"), whole(inputs, "horizon_years", 1, 80)
    projection = single_premium(tariff, premium, years, profile(inputs, tariff.data["annual_charge"]))
    return Modelled([Part("contribution", to_cents(premium))], projection)


def pension_plan(tariff: Tariff, product: Product, inputs: Inputs) -> Modelled:
    """One year of contributions to a pension plan, what is deducted, and what it may grow to."""
    contribution, years = needed(inputs, "annual_contribution"), whole(inputs, "horizon_years", 1, 80)
    rates = (needed(inputs, tariff.data["marginal_rate_input"]), needed(inputs, "retirement_marginal_rate"))
    fund = profile(inputs, tariff.data["illustrative_gross_return"])
    projection = pension(tariff, product, contribution, years, fund, needed(inputs, "net_income"), rates)
    return Modelled([Part("contribution", to_cents(contribution))], projection)


def profile(inputs: Inputs, table: Mapping[str, str]) -> str:
    """The investment profile, one of those in `table`."""
    found = key(inputs, "profile") or missing("profile")
    return found if found in table else refuse("profile", found)


MODELS: Final[Mapping[str, Model]] = {
    "vida_nivelada": level_life, "decesos": funeral, "ahorro": yearly_saving, "unit_linked": unit_linked,
    "pensiones": pension_plan,
}  # fmt: skip


def modelled(tariff: Tariff, product: Product, inputs: Inputs) -> Modelled:
    """What the model of `product` answers."""
    model = MODELS.get(product.model or "")
    if model is None:
        text = N_("El modelo de tarifa «{model}» del producto {product} no existe.")
        raise BadArguments(text, field="product", model=product.model, product=product.id)
    return model(tariff, product, inputs)
