"""The reserve of a level premium (*provisión matemática*) and the path of both kinds of premium.

A level premium is too high at first and too low later; what is saved meanwhile is the
reserve V_t = S·A(x+t, n−t) − P·ä(x+t, n−t), on the basis of the net premium: the tariff's
table, scale and interest, without expenses. V_0 = 0 and V_n = 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_
from core.money import ZERO, to_cents
from modules.insurance.kernel.inputs import derive
from modules.insurance.kernel.models import mortality, present_values
from modules.insurance.kernel.rating import DIGITS, rate
from modules.insurance.kernel.tariff import Tariff, adjustments, charges_on
from modules.insurance.vida.details import LAST_AGE
from modules.insurance.vida.risk import OLDEST_IPA, Product, VidaRisk

ONE: Final = Decimal(1)


@dataclass(frozen=True)
class Reserve:
    """The level product after `year` whole years; EUR to the cent."""

    year: int
    age: int
    reserve: Decimal
    reduced_sum: Decimal  # that stays insured to the end without further premiums (LCS art. 95)


def deaths(tariff: Tariff, risk: VidaRisk) -> Sequence[Decimal]:
    """Yearly probabilities of death of the insured, from the entry to the end of the level term."""
    terms, inputs = tariff.data["level_model"], derive(risk.model_dump(exclude_none=True))
    if risk.term_years is None:
        raise BadArguments(N_("Falta el campo «{field}», necesario para calcular la prima."), field="term_years")
    loading, _ = adjustments(tariff, inputs)
    scale = Decimal(terms["mortality_scale"]) * tariff.factors["smoker"](inputs) * loading
    table = mortality(tariff, terms)[risk.age : risk.age + risk.term_years]
    return [min(ONE, scale * q) for q in table]


def net_premium(tariff: Tariff, risk: VidaRisk) -> Decimal:
    """The level premium without expenses, not rounded: the present value of the sum over that of 1 a year."""
    with localcontext() as exact:
        exact.prec = DIGITS
        benefits, premiums = present_values(deaths(tariff, risk), _discount(tariff), _discount(tariff))
        return risk.sum_insured * benefits / premiums


def reserves(tariff: Tariff, risk: VidaRisk) -> tuple[Reserve, ...]:
    """The reserve at the end of each year of the level term, from 0 to the last."""
    with localcontext() as exact:
        exact.prec = DIGITS
        premium, v, left = net_premium(tariff, risk), _discount(tariff), deaths(tariff, risk)
        found = []
        for year in range(len(left) + 1):
            benefits, premiums = present_values(left[year:], v, v)
            reserve = risk.sum_insured * benefits - premium * premiums
            reduced = reserve / benefits if benefits else ZERO
            found.append(Reserve(year, risk.age + year, to_cents(reserve), max(to_cents(reduced), ZERO)))
        return tuple(found)


def _discount(tariff: Tariff) -> Decimal:
    return ONE / (ONE + Decimal(tariff.data["level_model"]["interest"]))


@dataclass(frozen=True)
class PathYear:
    """The yearly totals at one age; `level` is None where nothing level is offered."""

    age: int
    renewable: Decimal
    level: Decimal | None


def premium_path(tariff: Tariff, risk: VidaRisk, end_age: int, on: date) -> tuple[PathYear, ...]:
    """What the renewable and the level premium cost a year, from the insured's age to `end_age` (exclusive).

    The renewable one is priced as the tariff is today, without entry rules: who is inside stays.

    Raises:
        BadArguments: the end lies before the start or beyond the tariff's table.
    """
    if not risk.age < end_age <= LAST_AGE + 1:
        text = N_("Revise «{field}»: debe ser mayor que {age} y no pasar de {last}.")
        raise BadArguments(text, field="end_age", age=risk.age, last=LAST_AGE + 1)
    open_to_all, charges = replace(tariff, rules=()), charges_on(on)
    level = None
    if end_age <= LAST_AGE:
        given: Mapping[str, Any] = risk.model_dump(exclude_none=True)
        level = rate(
            open_to_all,
            {**given, "product": Product.NIVELADA.value, "term_years": end_age - risk.age, "end_age": end_age}, charges,
        ).total  # fmt: skip
    found = []
    for age in range(risk.age, end_age):
        inputs = {
            **risk.model_dump(exclude_none=True), "product": Product.RENOVABLE.value, "age": age,
            "with_ipa": bool(risk.with_ipa) and age <= OLDEST_IPA,
        }  # fmt: skip
        found.append(PathYear(age, rate(open_to_all, inputs, charges).total or ZERO, level))
    return tuple(found)
