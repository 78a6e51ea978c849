"""Saving for retirement: the pot and the pension that it buys."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, operation
from engines.errors import N_, InvalidInput
from engines.insurance.actuarial.mortality import Age, Interest, Mortality, life
from engines.insurance.actuarial.values import annuity

if TYPE_CHECKING:
    pass


class PensionYear(Part):
    """One year of saving, EUR at its end: paid in, earned net of costs, pot, and the pot in today's money."""

    year: int
    age: int
    contribution: float
    earned: float
    pot: float
    real_pot: float


class PensionProjection(Computed):
    """The pot at retirement and what it buys, EUR: nominal, and in today's money. Annuities are yearly, in advance."""

    pot: float
    real_pot: float
    contributions: float
    earnings: float
    annuity_factor: float | None
    annual_pension: float | None
    monthly_pension: float | None
    real_annual_pension: float | None
    schedule: tuple[PensionYear, ...]


NOT_A_PROMISE: Final = N_("La proyección supone una rentabilidad constante: no es una garantía")


@operation(
    "Proyección de jubilación",
    examples=(
        "¿Qué capital y qué renta tendré a los 67 años si aporto 1.500 € al año a un plan de pensiones?",
        "Project a pension pot to retirement and convert it into a life annuity",
    ),
)
def pension_projection(
    age: Age,
    retirement_age: Annotated[int, Field(ge=1, le=120)],
    contribution: NonNegative,
    return_rate: Interest,
    pot: NonNegative = 0.0,
    growth: Annotated[float, Field(gt=-0.5, le=0.5, allow_inf_nan=False)] = 0.0,
    cost: Annotated[float, Field(ge=0, lt=0.2, allow_inf_nan=False)] = 0.0,
    inflation: Annotated[float, Field(gt=-0.2, le=1, allow_inf_nan=False)] = 0.0,
    mortality: Mortality | None = None,
    annuity_interest: Interest | None = None,
) -> PensionProjection:
    """Project savings to retirement, and turn them into a pension for life if a mortality is given.

    Args:
        age: age now, in whole years.
        retirement_age: age at which saving ends.
        contribution: paid in at the start of the first year, EUR a year.
        return_rate: yearly return of the pot before costs.
        pot: saved already, EUR.
        growth: growth of the contribution a year.
        cost: yearly costs, share of the pot.
        inflation: yearly, to express the result in today's money.
        mortality: law or table for the annuity.
        annuity_interest: technical rate of the annuity; the return after costs if not given.

    Raises:
        InvalidInput: retirement is not after today, or its age is outside the mortality.

    Source: accumulation of annuities-due, Kellison, The Theory of Interest, 3rd ed. 2008, ch. 3 and 4 (payments
    in geometric progression); annuity factor, Bowers et al., 1997, ch. 5.
    """
    if retirement_age <= age:
        raise InvalidInput("retirement_age", N_("debe ser posterior a la edad actual"))
    net = (1 + return_rate) * (1 - cost) - 1
    schedule = []
    saved, paid_in, due = pot, 0.0, contribution
    for year in range(1, retirement_age - age + 1):
        earned = (saved + due) * net
        saved += due + earned
        paid_in += due
        schedule.append(
            PensionYear(
                year=year,
                age=age + year,
                contribution=due,
                earned=earned,
                pot=saved,
                real_pot=saved / (1 + inflation) ** year,
            )
        )
        due *= 1 + growth
    deflator = (1 + inflation) ** (retirement_age - age)
    factor = None
    cautions = [Caution(text=NOT_A_PROMISE)]
    if mortality is not None:
        lived = life(mortality, retirement_age, age_argument="retirement_age")
        factor = annuity(lived, net if annuity_interest is None else annuity_interest)
        cautions += lived.cautions
    pension = None if factor is None else saved / factor
    return PensionProjection(
        method="contributions in advance, constant return",
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="line",
                title=N_("Capital acumulado"),
                series=(
                    Series(
                        name=N_("Capital"),
                        x=tuple(float(row.age) for row in schedule),
                        y=tuple(row.pot for row in schedule),
                    ),
                    Series(
                        name=N_("En euros de hoy"),
                        x=tuple(float(row.age) for row in schedule),
                        y=tuple(row.real_pot for row in schedule),
                    ),
                ),
                x_label=N_("Edad"),
                unit="EUR",
            ),
        ),
        pot=saved,
        real_pot=saved / deflator,
        contributions=paid_in,
        earnings=saved - pot - paid_in,
        annuity_factor=factor,
        annual_pension=pension,
        monthly_pension=None if pension is None else pension / 12,
        real_annual_pension=None if pension is None else pension / deflator,
        schedule=tuple(schedule),
    )
