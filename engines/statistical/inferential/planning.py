"""Planning a study: effect, sample size, error and power, three of which give the fourth."""

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Computed, Level, Positive, operation
from engines.errors import N_, InvalidInput, NotConverged

if TYPE_CHECKING:
    from collections.abc import Callable

Test = Literal["t_two_samples", "t_one_sample", "anova", "two_proportions"]
REACH: Final = {"effect": (1e-10, 1e4), "n": (2.0, 1e12), "alpha": (1e-15, 1 - 1e-12)}
POINTS: Final = 30  # of the chart


class Power(Computed):
    """The four quantities of a design, the missing one computed; `n_needed` is `sample_size` rounded up.

    Where the least sample there is, two, gives more power than was asked for, `power` is what it gives.
    """

    effect: float
    sample_size: float
    alpha: float
    power: float
    n_needed: int
    solved_for: Literal["effect", "n", "alpha", "power"]


@operation(
    "Potencia y tamaño de muestra",
    examples=(
        "Cuántas pólizas por grupo necesito para detectar un efecto de 0,3 con potencia del 80 %",
        "Power analysis: sample size for a two-sample t test or an ANOVA",
    ),
)
def power(
    effect: Positive | None = None,
    n: Annotated[float, Field(ge=2, le=1e12)] | None = None,
    alpha: Level | None = 0.05,
    power: Level | None = None,
    test: Test = "t_two_samples",
    groups: Annotated[int, Field(ge=2, le=1000)] = 2,
    one_sided: bool = False,
) -> Power:
    """Find the effect, the sample size, the error or the power that a design lacks; leave exactly one null.

    Args:
        effect: Cohen's d (t tests), f (`anova`), or h = 2 asin(sqrt(p1)) - 2 asin(sqrt(p2)) (`two_proportions`).
        n: sample size: of each group, or of the single sample.
        alpha: probability of a false alarm.
        power: probability of finding the effect if it is there.
        test: `t_two_samples` (equal groups), `t_one_sample` (also pairs), `anova` or `two_proportions`.
        groups: how many groups, for `anova`.
        one_sided: whether the effect is looked for on one side only; not for `anova`.

    Raises:
        InvalidInput: none or several of the four are null.
        NotConverged: no design within reach gives what was asked for.

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), chapters 2, 6 and 8.
    """
    given: dict[str, float | None] = {"effect": effect, "n": n, "alpha": alpha, "power": power}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) != 1:
        raise InvalidInput(missing[0] if missing else "n", N_("deje sin dar exactamente uno: effect, n, alpha o power"))
    if one_sided and test == "anova":
        raise InvalidInput("one_sided", N_("no tiene sentido en el análisis de la varianza"))
    power_of = _power_of(test, groups, one_sided)
    found = _solved(power_of, given, missing[0])
    largest = max(2 * found["n"], 10.0)
    sizes = [2.0 + (largest - 2.0) * step / (POINTS - 1) for step in range(POINTS)]
    line = Series(
        name=N_("Potencia"),
        x=tuple(sizes),
        y=tuple(min(1.0, power_of(found["effect"], size, found["alpha"])) for size in sizes),
    )
    return Power(
        method=f"{test}, {'one-sided' if one_sided else 'two-sided'}",
        library="scipy",
        effect=found["effect"],
        sample_size=found["n"],
        alpha=found["alpha"],
        power=found["power"],
        n_needed=math.ceil(round(found["n"], 9)),
        solved_for=missing[0],
        charts=(Chart(kind="line", title=N_("Potencia según el tamaño de muestra"), series=(line,), x_label="n"),),
    )


def _power_of(test: Test, groups: int, one_sided: bool) -> "Callable[[float, float, float], float]":
    """The power of one test by effect, size of each group and error, from the non-central distributions."""
    import numpy as np
    from scipy import stats

    def of_f(effect: float, n: float, alpha: float) -> float:
        between, within = groups - 1, groups * (n - 1)
        return float(stats.ncf.sf(stats.f.isf(alpha, between, within), between, within, effect**2 * groups * n))

    def of_z(effect: float, n: float, alpha: float) -> float:
        shift = effect * math.sqrt(n / 2)
        if one_sided:
            return float(stats.norm.sf(stats.norm.isf(alpha) - shift))
        edge = float(stats.norm.isf(alpha / 2))
        return float(stats.norm.sf(edge - shift) + stats.norm.cdf(-edge - shift))

    def of_t(effect: float, n: float, alpha: float) -> float:
        df, shift = (n - 1, effect * math.sqrt(n)) if test == "t_one_sample" else (2 * n - 2, effect * math.sqrt(n / 2))
        if one_sided:
            return float(stats.nct.sf(stats.t.isf(alpha, df), df, shift))
        edge = float(stats.t.isf(alpha / 2, df))
        # SciPy has no number for a far tail that lies under the least double.
        return float(stats.nct.sf(edge, df, shift) + np.nan_to_num(stats.nct.cdf(-edge, df, shift)))

    return {"anova": of_f, "two_proportions": of_z}.get(test, of_t)


def _solved(
    power_of: "Callable[[float, float, float], float]", given: dict[str, float | None], missing: str
) -> dict[str, float]:
    """The design with what it lacked; the power grows with each of the others, so there is one root at most."""
    from scipy import optimize

    known = {name: v for name, v in given.items() if v is not None}
    if missing == "power":
        return {**known, "power": min(1.0, power_of(known["effect"], known["n"], known["alpha"]))}

    def short(log: float) -> float:
        design = {**known, missing: math.exp(log)}
        found = power_of(design["effect"], design["n"], design["alpha"])
        # Where SciPy has no number, the effect is beyond all doubt.
        return (found if math.isfinite(found) else 1.0) - known["power"]

    low, high = (math.log(bound) for bound in REACH[missing])
    if short(low) > 0:
        if missing != "n":
            raise NotConverged(missing, f"{missing} < {REACH[missing][0]:g}")
        # The least sample there is gives more than was asked for.
        return {**known, "n": REACH["n"][0], "power": short(low) + known["power"]}
    if short(high) < 0:
        raise NotConverged(missing, f"{missing} > {REACH[missing][1]:g}")
    return {**known, missing: math.exp(optimize.brentq(short, low, high, xtol=1e-13))}
