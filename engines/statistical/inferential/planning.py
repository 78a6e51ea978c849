"""Planning a study: effect, sample size, error and power, three of which give the fourth."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Computed, Level, Positive, operation
from engines.errors import N_, InvalidInput, NotConverged

if TYPE_CHECKING:
    from collections.abc import Callable

Test = Literal["t_two_samples", "t_one_sample", "anova", "two_proportions"]
CLOSE: Final = 1e-4  # how near in power the solution must come to what was asked for
POINTS: Final = 30  # of the chart


class Power(Computed):
    """The four quantities of a design, the missing one computed; `n_needed` is `sample_size` rounded up."""

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
    solve = _solver(test, groups, one_sided)
    found = _solved(solve, given, missing[0])
    sizes = [max(2.0, found["n"] * step / (POINTS / 2)) for step in range(1, POINTS + 1)]
    line = Series(
        name=N_("Potencia"),
        x=tuple(sizes),
        y=tuple(float(solve(effect=found["effect"], n=size, alpha=found["alpha"], power=None)) for size in sizes),
    )
    return Power(
        method=f"{test}, {'one-sided' if one_sided else 'two-sided'}",
        library="statsmodels",
        effect=found["effect"],
        sample_size=found["n"],
        alpha=found["alpha"],
        power=found["power"],
        n_needed=math.ceil(round(found["n"], 9)),
        solved_for=missing[0],
        charts=(Chart(kind="line", title=N_("Potencia según el tamaño de muestra"), series=(line,), x_label="n"),),
    )


def _solver(test: Test, groups: int, one_sided: bool) -> "Callable[..., Any]":
    """The library's solver of one test, its arguments by our names; n is of one group throughout."""
    from statsmodels.stats import power as library

    side = "larger" if one_sided else "two-sided"
    if test == "anova":
        anova = library.FTestAnovaPower()

        def solve_anova(effect: float | None, n: float | None, alpha: float | None, power: float | None) -> float:
            total = None if n is None else n * groups
            found = anova.solve_power(effect_size=effect, nobs=total, alpha=alpha, power=power, k_groups=groups)
            return float(found / groups if n is None else found)

        return solve_anova
    chosen = {
        "t_two_samples": (library.TTestIndPower(), "nobs1"),
        "t_one_sample": (library.TTestPower(), "nobs"),
        "two_proportions": (library.NormalIndPower(), "nobs1"),
    }
    model, size = chosen[test]

    def solve(effect: float | None, n: float | None, alpha: float | None, power: float | None) -> float:
        return model.solve_power(effect_size=effect, alpha=alpha, power=power, alternative=side, **{size: n})  # type: ignore[no-any-return]

    return solve


def _solved(solve: "Callable[..., Any]", given: dict[str, float | None], missing: str) -> dict[str, float]:
    import numpy as np

    try:
        value = float(np.squeeze(solve(**given)))
    except (ValueError, RuntimeError, OverflowError, ZeroDivisionError) as error:
        raise NotConverged(missing, str(error)) from error
    found = {name: value if v is None else v for name, v in given.items()}
    if not math.isfinite(value) or value <= 0 or (missing in ("alpha", "power") and value > 1):
        raise NotConverged(missing, f"{missing} = {value:g}")
    if missing != "power":
        again = float(np.squeeze(solve(**{**found, "power": None})))
        if not abs(again - found["power"]) < CLOSE:
            raise NotConverged(missing, f"{missing} = {value:g}")
    return found
