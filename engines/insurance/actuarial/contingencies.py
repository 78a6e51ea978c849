"""Benefits on one life and on two: what 1 is worth."""

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, operation
from engines.errors import N_, InvalidInput
from engines.insurance.actuarial.mortality import Age, Interest, Life, Mortality, Years, life
from engines.insurance.actuarial.values import (
    NO_TERM,
    Frequency,
    annuity,
    endowed,
    fractional,
    insurance,
)

if TYPE_CHECKING:
    pass

Benefit: TypeAlias = Literal[
    "whole_life_insurance",
    "whole_life_annuity_due",
    "term_insurance",
    "pure_endowment",
    "endowment_insurance",
    "temporary_annuity_due",
    "deferred_annuity_due",
]
TOO_OLD: Final = N_("A esta edad la fórmula de Woolhouse no vale: no se dan rentas fraccionadas")
TERMED: Final = frozenset(
    {"term_insurance", "pure_endowment", "endowment_insurance", "temporary_annuity_due", "deferred_annuity_due"}
)


class LifeContingency(Computed):
    """Expected present values of benefits of 1, at the end of the year of death or at the start of each year.

    `A` whole life insurance (`A_x1000` a thousand times it, `A2` at twice the force of interest, `sd` the standard
    deviation of the present value), `annuity_due` for life, `annuity_immediate` one payment less; within the
    term: `term` insurance, `pure_endowment`, `endowment`, `temporary_annuity_due`, `deferred_annuity_due`.
    `..._mthly` are paid m times a year. `q_x` is the probability of dying within the year and `life_expectancy` the
    curtate one: whole years still to be lived, about half a year less than the complete. What was not asked for, or
    needs a term, is None.
    """

    A: float | None
    A_x1000: float | None
    A2: float | None
    sd: float | None
    annuity_due: float | None
    annuity_immediate: float | None
    annuity_due_mthly: float | None
    A_mthly: float | None
    term: float | None
    pure_endowment: float | None
    endowment: float | None
    temporary_annuity_due: float | None
    temporary_annuity_due_mthly: float | None
    deferred_annuity_due: float | None
    q_x: float
    life_expectancy: float


@operation(
    "Valores actuariales de vida",
    examples=(
        "Calcula la renta vitalicia prepagable y el seguro de vida entera a los 40 años al 5 % con Makeham",
        "Actuarial present values A_x and annuity-due from a life table at 4 % interest",
    ),
)
def life_contingency(
    mortality: Mortality,
    interest: Interest,
    age: Age,
    term: Years | None = None,
    benefit: tuple[Benefit, ...] = (),
    payments_per_year: Frequency = 1,
) -> LifeContingency:
    """Value benefits on one life by its mortality and a rate of interest.

    Args:
        mortality: a law (makeham, gompertz, de_moivre) or a table of annual probabilities by age.
        interest: annual effective rate.
        age: age of the life now, in whole years.
        term: years of the temporary benefits.
        benefit: which values are wanted; all that the term allows, if none is named.
        payments_per_year: m; with m above 1 the m-thly values are given too.

    Raises:
        InvalidInput: the age is outside the mortality, a benefit needs a term, or a table is not one.

    Source: Bowers et al., Actuarial Mathematics, 2nd ed. 1997, ch. 4 and 5; Dickson, Hardy & Waters, Actuarial
    Mathematics for Life Contingent Risks, ch. 4 and 5 (Woolhouse 5.11.3; insurances m-thly by uniform deaths).
    """
    import math

    lived = life(mortality, age)
    wanted = set(benefit)
    if term is None and wanted & TERMED:
        raise InvalidInput("term", NO_TERM)

    def asked(name: Benefit) -> bool:
        return name in wanted if wanted else term is not None or name not in TERMED

    m = payments_per_year
    whole = insurance(lived, interest)
    twice = insurance(lived, (1 + interest) ** 2 - 1)
    alive = annuity(lived, interest)
    insured, paid = asked("whole_life_insurance"), asked("whole_life_annuity_due")
    nominal = m * math.expm1(math.log1p(interest) / m)
    years = term or 0
    often = fractional(lived, interest, m)
    often_temporary = fractional(lived, interest, m, years)
    # Woolhouse's correction is larger than what is left of the oldest lives.
    valued = often > 0 and (term is None or often_temporary > 0)
    return LifeContingency(
        method="annual" if m == 1 else "Woolhouse, three terms; insurance by uniform deaths",
        library="numpy",
        warnings=lived.cautions if valued else (*lived.cautions, Caution(text=TOO_OLD)),
        charts=(
            Chart(
                kind="line",
                title=N_("Supervivencia"),
                series=(
                    Series(
                        name=N_("Probabilidad de vivir"),
                        x=tuple(float(age + k) for k in range(len(lived.survival))),
                        y=tuple(map(float, lived.survival)),
                    ),
                ),
                x_label=N_("Edad"),
            ),
        ),
        A=whole if insured else None,
        A_x1000=1000 * whole if insured else None,
        A2=twice if insured else None,
        sd=math.sqrt(max(twice - whole**2, 0.0)) if insured else None,
        annuity_due=alive if paid else None,
        annuity_immediate=alive - 1 if paid else None,
        annuity_due_mthly=often if paid and m > 1 and valued else None,
        A_mthly=(whole * interest / nominal if nominal else whole) if insured and m > 1 else None,
        term=insurance(lived, interest, years) if asked("term_insurance") else None,
        pure_endowment=endowed(lived, interest, years) if asked("pure_endowment") else None,
        endowment=(
            insurance(lived, interest, years) + endowed(lived, interest, years)
            if asked("endowment_insurance")
            else None
        ),
        temporary_annuity_due=annuity(lived, interest, years) if asked("temporary_annuity_due") else None,
        temporary_annuity_due_mthly=(often_temporary if asked("temporary_annuity_due") and m > 1 and valued else None),
        deferred_annuity_due=annuity(lived, interest, None, years) if asked("deferred_annuity_due") else None,
        q_x=float(1 - lived.survival[1]),
        life_expectancy=float(lived.survival[1:].sum()),
    )


class JointLife(Computed):
    """Values on two lives. `xy`: until the first death; `last`: until the second.

    Insurances of 1 at the end of the year of that death, annuities of 1 at the start of each year;
    `reversionary` pays the second life after the death of the first.
    """

    A_xy: float
    a_xy: float
    A_last: float
    a_last: float
    a_x: float
    a_y: float
    reversionary: float
    both_survive: float | None
    either_survives: float | None


@operation(
    "Valores sobre dos vidas",
    examples=(
        "Calcula la renta sobre dos cabezas y la de viudedad para un matrimonio de 60 y 57 años",
        "Joint life and last survivor annuities for two lives, with common shock",
    ),
)
def joint_life(
    mortality_x: Mortality,
    mortality_y: Mortality,
    interest: Interest,
    age_x: Age,
    age_y: Age,
    term: Years | None = None,
    common_shock: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0,
) -> JointLife:
    """Value insurances and annuities on two lives, independent but for a shock that kills both.

    Args:
        mortality_x: law or table of the first life, without the shock.
        mortality_y: law or table of the second life, without the shock.
        interest: annual effective rate.
        age_x: age of the first life, in whole years.
        age_y: age of the second life, in whole years.
        term: years of all benefits; for life if not given.
        common_shock: force of the shock a year, constant; 0 makes the lives independent.

    Raises:
        InvalidInput: an age is outside its mortality.

    Source: Dickson, Hardy & Waters, AMLCR, ch. 10 (common shock 10.6); Bowers et al., 1997, ch. 9.
    """
    import numpy as np

    x = life(mortality_x, age_x, "mortality_x", "age_x")
    y = life(mortality_y, age_y, "mortality_y", "age_y")
    years = max(len(x.survival), len(y.survival))
    shock = np.exp(-common_shock * np.arange(years))
    alone = [np.pad(one.survival, (0, years - len(one.survival))) for one in (x, y)]
    px, py = (one * shock for one in alone)
    both = alone[0] * alone[1] * shock
    lives = {
        name: Life(p, np.zeros(years)) for name, p in (("x", px), ("y", py), ("xy", both), ("xy_", px + py - both))
    }
    a = {name: annuity(one, interest, term) for name, one in lives.items()}
    return JointLife(
        method="independent" if common_shock == 0 else "common shock",
        library="numpy",
        warnings=x.cautions + y.cautions,
        charts=(
            Chart(
                kind="line",
                title=N_("Supervivencia de dos vidas"),
                series=(
                    Series(name=N_("Viven los dos"), x=tuple(map(float, range(years))), y=tuple(map(float, both))),
                    Series(
                        name=N_("Vive alguno"), x=tuple(map(float, range(years))), y=tuple(map(float, px + py - both))
                    ),
                ),
                x_label=N_("Años"),
            ),
        ),
        A_xy=insurance(lives["xy"], interest, term),
        a_xy=a["xy"],
        A_last=insurance(lives["xy_"], interest, term),
        a_last=a["xy_"],
        a_x=a["x"],
        a_y=a["y"],
        reversionary=a["y"] - a["xy"],
        both_survive=None if term is None else lives["xy"].alive(term),
        either_survives=None if term is None else lives["xy_"].alive(term),
    )
