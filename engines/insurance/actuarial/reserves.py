"""Reserves (*provisiones*) of life and funeral policies."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, Positive, operation
from engines.errors import N_, InvalidInput
from engines.insurance.actuarial.mortality import Age, Interest, Mortality, Years, life
from engines.insurance.actuarial.values import annuity, benefit_value, discounted, paying_years

if TYPE_CHECKING:
    from engines.arrays import Floats


class ReserveYear(Part):
    """The policy value at the end of a year, before the premium then due, EUR a policy in force."""

    year: int
    age: int
    reserve: float


class PolicyValue(Computed):
    """The net premium policy value (*provisión matemática*), EUR a policy in force.

    `prospective` looks at benefits and premiums to come, `recursive` is Thiele's recursion from issue (equal if the
    premium is the net one), `sum_at_risk` what the insurer would add to it at a death in the next year: negative where
    a death sets reserve free (pure endowment), nothing once the cover is over.
    """

    prospective: float
    recursive: float
    premium: float
    sum_at_risk: float
    schedule: tuple[ReserveYear, ...]


@operation(
    "Provisión matemática de una póliza de vida",
    examples=(
        "Calcula la provisión matemática al cabo de 10 años de un seguro mixto por el método prospectivo",
        "Policy value after t years, prospective and by Thiele's recursion",
    ),
)
def policy_value(
    mortality: Mortality,
    interest: Interest,
    age: Age,
    benefit: Literal["whole_life", "term", "endowment", "pure_endowment"],
    sum_insured: Positive,
    at: Annotated[int, Field(ge=0, le=130)],
    term: Years | None = None,
    premium_term: Years | None = None,
    premium: NonNegative | None = None,
) -> PolicyValue:
    """Value a policy after some years, by what is to come and by recursion.

    Args:
        mortality: a law or a table of annual probabilities by age.
        interest: annual effective rate.
        age: age at issue, in whole years.
        benefit: cover; death benefits at the end of the year.
        sum_insured: EUR.
        at: whole years since issue; the premium then due is not paid yet.
        term: years of the cover.
        premium_term: years of premiums; those of the cover if not given.
        premium: yearly premium, EUR; the net premium if not given.

    Raises:
        InvalidInput: the age is outside the mortality, the term is missing, or `at` is after the end.

    Source: Dickson, Hardy & Waters, AMLCR, ch. 7 (discrete Thiele recursion 7.3); Bowers et al., 1997, ch. 7.
    """
    import numpy as np

    lived = life(mortality, age)
    paid = paying_years(benefit, term, premium_term)
    net = sum_insured * benefit_value(lived, interest, benefit, term) / annuity(lived, interest, paid)
    yearly = net if premium is None else premium
    years = min(term, len(lived.survival) - 1) if benefit != "whole_life" and term else len(lived.survival) - 1
    if at > years or lived.alive(at) <= 0 < at:
        raise InvalidInput("at", N_("es posterior al final del seguro"))
    alive = lived.survival[: years + 1]
    q = lived.deaths[:years] / np.maximum(alive[:years], 1e-300)
    death = 0.0 if benefit == "pure_endowment" else sum_insured
    final = sum_insured if benefit in ("endowment", "pure_endowment") and years == term else 0.0
    due = np.array([yearly if paid is None or year < paid else 0.0 for year in range(years)])
    backward = np.zeros(years + 1)
    backward[years] = final
    for year in range(years - 1, -1, -1):
        later = q[year] * death + (1 - q[year]) * backward[year + 1]
        backward[year] = later / (1 + interest) - due[year]
    forward = 0.0
    for year in range(at):
        forward = ((forward + due[year]) * (1 + interest) - q[year] * death) / max(1 - q[year], 1e-300)
    schedule = tuple(
        ReserveYear(year=year, age=age + year, reserve=float(value))
        for year, value in enumerate(backward)
        if alive[year] > 1e-12
    )
    return PolicyValue(
        method="prospective; Thiele's recursion from issue",
        library="numpy",
        warnings=lived.cautions,
        charts=(
            Chart(
                kind="line",
                title=N_("Provisión por año"),
                series=(
                    Series(
                        name=N_("Provisión"),
                        x=tuple(float(row.year) for row in schedule),
                        y=tuple(row.reserve for row in schedule),
                    ),
                ),
                x_label=N_("Años desde el inicio"),
                unit="EUR",
            ),
        ),
        prospective=float(backward[at]),
        recursive=float(forward),
        premium=yearly,
        sum_at_risk=float(death - backward[at + 1]) if at < years else 0.0,
        schedule=schedule,
    )


class DecesosYear(Part):
    """One year of a funeral policy, EUR: what the service costs, the premium due and the reserve at its start."""

    year: int
    age: int
    cost: float
    premium: float
    reserve: float


class DecesosReserve(Computed):
    """A funeral policy (*seguro de decesos*): premium due in the year, and reserve at its start, EUR.

    The reserve is what benefits to come are worth above premiums to come, just before the premium is paid;
    under natural premiums it is nothing, since each year pays for itself.
    """

    premium: float
    reserve: float
    benefits_value: float
    premiums_value: float
    schedule: tuple[DecesosYear, ...]


CAPPED: Final = N_("La provisión sale negativa ({value} €) y no se toma por menos de 0")


@operation(
    "Provisión de decesos",
    examples=(
        "Calcula la provisión de un seguro de decesos a prima nivelada después de 10 años",
        "Reserve of a Spanish funeral insurance with level or natural premium",
    ),
)
def decesos_reserve(
    mortality: Mortality,
    interest: Interest,
    age: Age,
    sum_insured: Positive,
    at: Annotated[int, Field(ge=0, le=130)] = 0,
    premium: Literal["level", "natural"] = "level",
    growth: Annotated[float, Field(gt=-0.2, le=0.2, allow_inf_nan=False)] = 0.0,
    premium_growth: Annotated[float, Field(gt=-0.2, le=0.2, allow_inf_nan=False)] = 0.0,
    premium_term: Years | None = None,
    claims_expense: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0,
) -> DecesosReserve:
    """Find premium and reserve of a whole life funeral cover, whose service grows dearer.

    Args:
        mortality: a law or a table of annual probabilities by age.
        interest: annual technical rate.
        age: age at issue, in whole years.
        sum_insured: value of the service at issue, EUR.
        at: whole years since issue, of the reserve.
        premium: `level` (nivelada: one premium, growing by `premium_growth`), or `natural` (each year's risk).
        growth: growth of the service's value a year.
        premium_growth: growth of the level premium a year.
        premium_term: years of level premiums; for life if not given.
        claims_expense: expense of handling a death, share of the service.

    Raises:
        InvalidInput: the age is outside the mortality, or nobody is alive at `at`.

    Source: prospective method with present value of benefits less that of premiums, Real Decreto 1060/2015
    (ROSSEAR) and RD 2486/1998, art. 32 and 46 (provisión del seguro de decesos); Bowers et al., 1997, ch. 7.
    """
    import numpy as np

    lived = life(mortality, age)
    years = len(lived.survival) - 1
    if lived.alive(at) <= 0:
        raise InvalidInput("at", N_("es posterior al final del seguro"))
    t = np.arange(years)
    v = discounted(years, interest)
    alive, deaths = lived.survival[:-1], lived.deaths
    cost = sum_insured * (1 + growth) ** t * (1 + claims_expense)
    benefits = deaths * cost * v[1:]
    if premium == "natural":
        due = deaths / np.maximum(alive, 1e-300) * cost * v[1]
    else:
        pattern = np.where(t < (premium_term or years), (1 + premium_growth) ** t, 0.0)
        due = pattern * benefits.sum() / (pattern * alive * v[:-1]).sum()
    premiums = due * alive * v[:-1]

    def to_come(flows: "Floats") -> "Floats":
        # Summed from the end; what is worth nothing today is not divided by nothing.
        return np.asarray(np.cumsum(flows[::-1])[::-1] / np.maximum(alive * v[:-1], 1e-300))

    ahead, paid = to_come(benefits), to_come(premiums)
    raw = ahead - paid
    # Natural premiums pay for each year: what the sums leave is rounding.
    reserve = np.zeros(years) if premium == "natural" else raw
    cautions = list(lived.cautions)
    if reserve[at] < -1e-9 * sum_insured:
        cautions.append(Caution(text=CAPPED, values={"value": round(float(reserve[at]), 2)}))
    schedule = tuple(
        DecesosYear(
            year=int(k),
            age=age + int(k),
            cost=float(cost[k]),
            premium=float(due[k]),
            reserve=max(float(reserve[k]), 0.0),
        )
        for k in t
        if alive[k] > 1e-12
    )
    return DecesosReserve(
        method=f"prospective, {premium} premium",
        library="numpy",
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="line",
                title=N_("Provisión y prima por edad"),
                series=(
                    Series(
                        name=N_("Provisión"),
                        x=tuple(float(row.age) for row in schedule),
                        y=tuple(row.reserve for row in schedule),
                    ),
                    Series(
                        name=N_("Prima"),
                        x=tuple(float(row.age) for row in schedule),
                        y=tuple(row.premium for row in schedule),
                    ),
                ),
                x_label=N_("Edad"),
                unit="EUR",
            ),
        ),
        premium=float(due[at]),
        reserve=max(float(reserve[at]), 0.0),
        benefits_value=float(ahead[at]),
        premiums_value=float(paid[at]),
        schedule=schedule,
    )
