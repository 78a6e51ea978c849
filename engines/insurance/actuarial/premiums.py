"""Premiums of life policies: net, and with expenses and profit."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import ConfigDict, Field

from engines.contract import Computed, NonNegative, Part, Positive, operation
from engines.errors import N_, InvalidInput
from engines.insurance.actuarial.mortality import Age, Interest, Mortality, Years, life
from engines.insurance.actuarial.values import Cover, Frequency, annuity, benefit_value, fractional, paying_years

if TYPE_CHECKING:
    pass

NOTHING_PAID: Final = N_("los gastos y el beneficio se llevan toda la prima: no hay prima que alcance")


class NetPremium(Computed):
    """The premium that pays the benefits alone, EUR: a year, and an instalment; and its two sides.

    `single` is the present value of the benefits, `annuity` that of 1 a year of premiums.
    """

    single: float
    annuity: float
    premium: float
    instalment: float


@operation(
    "Prima neta de vida",
    examples=(
        "Calcula la prima neta anual de un seguro mixto a 20 años para una persona de 40",
        "Net annual premium of an endowment insurance by the equivalence principle",
    ),
)
def net_premium(
    mortality: Mortality,
    interest: Interest,
    age: Age,
    benefit: Cover,
    sum_insured: Positive,
    term: Years | None = None,
    premium_term: Years | None = None,
    payments_per_year: Frequency = 1,
) -> NetPremium:
    """Find the level premium whose present value is that of the benefits.

    Args:
        mortality: a law or a table of annual probabilities by age.
        interest: annual effective rate.
        age: age at issue, in whole years.
        benefit: cover; death benefits at the end of the year, deferred_annuity the sum yearly in advance from
            the end of the term.
        sum_insured: EUR (a year, for an annuity).
        term: years of the cover (of deferment, for an annuity).
        premium_term: years of premiums; those of the cover if not given.
        payments_per_year: instalments of the premium a year, each in advance.

    Raises:
        InvalidInput: the age is outside the mortality, the term is missing, premiums outlast the cover.

    Source: equivalence principle, Bowers et al., Actuarial Mathematics, 1997, ch. 6; AMLCR ch. 6.
    """
    lived = life(mortality, age)
    paid = paying_years(benefit, term, premium_term)
    single = sum_insured * benefit_value(lived, interest, benefit, term)
    due = fractional(lived, interest, payments_per_year, paid)
    if due <= 0:
        raise InvalidInput("payments_per_year", N_("no puede valorarse a esta edad con pagos tan frecuentes"))
    return NetPremium(
        method="equivalence principle" + ("" if payments_per_year == 1 else ", Woolhouse"),
        library="numpy",
        warnings=lived.cautions,
        single=single,
        annuity=due,
        premium=single / due,
        instalment=single / due / payments_per_year,
    )


class Expenses(Part):
    """Expenses of a policy: EUR, or shares of the yearly premium (first year, later years), and at the claim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    initial: NonNegative = 0.0
    initial_share: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0.0
    renewal: NonNegative = 0.0
    renewal_share: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.0
    claim: NonNegative = 0.0


class GrossPremium(Computed):
    """The premium that pays benefits, expenses and profit, EUR a year, and the present value of each part."""

    premium: float
    net_premium: float
    benefits_value: float
    expenses_value: float
    profit_value: float
    premiums_value: float


@operation(
    "Prima comercial de vida con gastos",
    examples=(
        "Calcula la prima comercial del seguro de vida con gastos iniciales, de renovación y beneficio",
        "Gross premium of a life policy with initial and renewal expenses and profit",
    ),
)
def gross_premium(
    mortality: Mortality,
    interest: Interest,
    age: Age,
    benefit: Cover,
    sum_insured: Positive,
    expenses: Expenses,
    term: Years | None = None,
    premium_term: Years | None = None,
    profit: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.0,
) -> GrossPremium:
    """Find the yearly premium that pays benefits, expenses and a share of profit.

    Args:
        mortality: a law or a table of annual probabilities by age.
        interest: annual effective rate.
        age: age at issue, in whole years.
        benefit: cover; death benefits at the end of the year.
        sum_insured: EUR (a year, for an annuity).
        expenses: initial and renewal, EUR a year and shares of the premium of that year; EUR at the claim.
            Renewal expenses fall due with the second and later premiums.
        term: years of the cover.
        premium_term: years of premiums; those of the cover if not given.
        profit: share of every premium.

    Raises:
        InvalidInput: the age is outside the mortality, the term is missing, or no premium is enough.

    Source: equivalence principle with expenses, Dickson, Hardy & Waters, AMLCR, section 6.6; Bowers et al.,
    1997, ch. 15.
    """
    lived = life(mortality, age)
    paid = paying_years(benefit, term, premium_term)
    due = annuity(lived, interest, paid)
    benefits = sum_insured * benefit_value(lived, interest, benefit, term)
    settled = expenses.claim * benefit_value(lived, interest, benefit, term)
    fixed = expenses.initial + expenses.renewal * (due - 1) + settled
    loaded = due * (1 - profit) - expenses.initial_share - expenses.renewal_share * (due - 1)
    if loaded <= 0:
        raise InvalidInput("expenses", NOTHING_PAID)
    premium = (benefits + fixed) / loaded
    proportional = premium * (expenses.initial_share + expenses.renewal_share * (due - 1))
    return GrossPremium(
        method="equivalence principle with expenses",
        library="numpy",
        warnings=lived.cautions,
        premium=premium,
        net_premium=benefits / due,
        benefits_value=benefits,
        expenses_value=fixed + proportional,
        profit_value=profit * premium * due,
        premiums_value=premium * due,
    )
