"""Projections of savings (*ahorro, unit-linked y planes de pensiones*), illustrative by law.

Yearly values are not rounded before the horizon; from there on each amount is rounded to
the cent and the next one starts from the rounded one. Tax figures come from the tariff.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.money import ZERO, to_cents
from modules.insurance.kernel.lookups import ONE
from modules.insurance.kernel.tariff import Product, Tariff


def saving(
    tariff: Tariff, product: Product, contribution: Decimal, years: int, payout: str | None
) -> dict[str, Decimal]:
    """A yearly contribution at the start of each of `years` years, surrendered at the end."""
    data = tariff.data
    invested = contribution * (ONE - Decimal(data["entry_charge"]))
    growth = (ONE + Decimal(data["guaranteed_rate"])) * (ONE - Decimal(data["annual_admin_charge"]))
    contributions, value = to_cents(contribution * years), to_cents(accumulated(invested, growth, years))
    least = product.data.get("min_years_for_benefit")
    exempt = least is not None and years >= least and product.data.get("exempt_payout") == payout
    return {
        "total_contributions": contributions, "projected_value": value,
        **surrendered(tariff, value, contributions, years, exempt=exempt),
    }  # fmt: skip


def accumulated(invested: Decimal, growth: Decimal, years: int) -> Decimal:
    """The value after `years` of investing the same at the start of each."""
    value = Decimal(0)
    for _ in range(years):
        value = (value + invested) * growth
    return value


def surrendered(tariff: Tariff, value: Decimal, paid: Decimal, years: int, *, exempt: bool) -> dict[str, Decimal]:
    """What is paid at a surrender after `years`, and what is left after tax."""
    penalties: Mapping[str, str] = tariff.data["surrender_penalty_by_completed_year"]
    last = max(int(year) for year in penalties)
    surrender = to_cents(value * (ONE - Decimal(penalties[str(min(years, last))])))
    gain = max(ZERO, surrender - paid)
    tax = ZERO if exempt else savings_tax(tariff.tables["savings_tax"]["brackets_from_rate"], gain)
    return {"surrender_value": surrender, "gain": gain, "irpf_tax": tax, "net_after_tax": surrender - tax}


def savings_tax(brackets: Sequence[Sequence[str]], gain: Decimal) -> Decimal:
    """The savings scale: each slice of the gain at its own rate, the sum rounded once."""
    tax, above = Decimal(0), gain
    for start, rate in reversed(brackets):
        if above > Decimal(start):
            tax += (above - Decimal(start)) * Decimal(rate)
            above = Decimal(start)
    return to_cents(tax)


def single_premium(tariff: Tariff, premium: Decimal, years: int, profile: str) -> dict[str, Decimal]:
    """A single premium in a fund of `profile`, surrendered after `years`."""
    data = tariff.data
    rate = step(data["entry_charge"]["steps"], premium)
    charge = Decimal(data["annual_charge"][profile])
    growth = (ONE + Decimal(data["illustrative_gross_return"][profile])) * (ONE - charge)
    value = to_cents(premium * (ONE - rate) * growth**years)
    death = data["death_benefit"]
    extra = min(value * Decimal(death["extra_pct_of_value"]), Decimal(death["extra_cap"]))
    return {
        "entry_charge": to_cents(premium * rate), "projected_value": value, "death_benefit": to_cents(value + extra),
        **surrendered(tariff, value, to_cents(premium), years, exempt=False),
    }  # fmt: skip


def step(rows: Sequence[Mapping[str, Any]], amount: Decimal) -> Decimal:
    """The rate of the last row that `amount` reaches."""
    return Decimal(next(row["value"] for row in reversed(rows) if Decimal(row["from"]) <= amount))


def pension(
    tariff: Tariff, product: Product, contribution: Decimal, years: int, profile: str, income: Decimal,
    rates: tuple[Decimal, Decimal],
) -> dict[str, Decimal]:  # fmt: skip
    """A yearly contribution to a pension plan, taxed as work income when it is paid.

    `rates` are the marginal rates now and at retirement.
    """
    fees = tariff.data["fees"]
    charge = Decimal(fees["management_cap"][profile]) + Decimal(fees["depositary_cap"])
    growth = (ONE + Decimal(tariff.data["illustrative_gross_return"][profile])) * (ONE - charge)
    share = income * Decimal(tariff.data["deductible_income_share"])
    deductible = to_cents(min(contribution, Decimal(product.data["max_annual"]), share))
    value = to_cents(accumulated(contribution, growth, years))
    now, later = rates
    tax = to_cents(value * later)
    return {
        "deductible": deductible, "irpf_saving_year": to_cents(deductible * now),
        "total_contributions": to_cents(contribution * years), "projected_value": value, "benefit_tax": tax,
        "net_benefit": value - tax,
    }  # fmt: skip
