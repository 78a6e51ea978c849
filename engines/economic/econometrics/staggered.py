"""Difference-in-differences where units are treated at different times."""

from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import frame
from engines.charts import Chart, Series
from engines.contract import Caution, Table
from engines.economic.econometrics.panels import REPEATED, TREND, Effect, TreatmentEffect, few_units
from engines.economic.regression import groups
from engines.errors import N_, InsufficientData, InvalidInput

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DROPPED: Final = N_("{n} unidades ya estaban tratadas en el primer período: no tienen un antes y se han dejado fuera.")
NO_CONTROL: Final = N_("no deja unidades de control con que comparar; si todas se tratan antes o después, use not_yet")


def staggered(
    data: Table, y: str, unit: str, time: str, first_treated: str, control: Literal["never", "not_yet"]
) -> TreatmentEffect:
    """Group-time effects of Callaway & Sant'Anna (2021) without covariates, and their simple average.

    Every effect compares the change from the last period before the treatment (the period before, for
    effects before it) with that of the control units; units must be seen in every period.
    """
    import numpy as np
    from scipy import stats

    wide, cohorts, periods, dropped = _wide(
        frame(data, "data", (unit,), numeric=(y, time, first_treated)), y, unit, time, first_treated
    )
    n = len(cohorts)
    found: list[tuple[float, float, float, Floats]] = []
    for cohort in np.unique(cohorts[cohorts > 0]):
        treated = cohorts == cohort
        for at in range(1, len(periods)):
            before = at - 1 if periods[at] < cohort else int(np.searchsorted(periods, cohort)) - 1
            if before < 0:
                continue  # treated from the first period on: no period before to compare with
            comparison = cohorts == 0
            if control == "not_yet":
                comparison |= (cohorts > max(periods[at], periods[before])) & ~treated
            if not comparison.any():
                continue
            change = wide[:, at] - wide[:, before]
            mean_treated, mean_control = change[treated].mean(), change[comparison].mean()
            influence = np.where(treated, (change - mean_treated) * n / treated.sum(), 0.0) - np.where(
                comparison, (change - mean_control) * n / comparison.sum(), 0.0
            )
            found.append((float(cohort), float(periods[at]), float(mean_treated - mean_control), influence))
    after = [row for row in found if row[1] >= row[0]]
    if not after:
        raise InvalidInput("control", NO_CONTROL)
    att, se = _average(after, cohorts)
    pre = [row for row in found if row[1] < row[0]]
    p_pre = _jointly_zero(pre, cohorts)
    effects = tuple(Effect(cohort=g, time=t, att=v, se=float(np.sqrt((psi @ psi) / n**2))) for g, t, v, psi in found)
    sizes = np.unique(cohorts, return_counts=True)[1]
    warnings = few_units(n, int(sizes.min()))
    if dropped:
        warnings += (Caution(text=DROPPED, values={"n": dropped}),)
    if p_pre is not None and p_pre < 0.05:
        warnings += (Caution(text=TREND, values={"p": round(p_pre, 4)}),)
    half = float(stats.norm.ppf(0.975)) * se
    return TreatmentEffect(
        method=f"Callaway-Sant'Anna, control {control}",
        library="",
        n=n * len(periods),
        warnings=warnings,
        charts=(_chart(effects),),
        att=att,
        se=se,
        low=att - half,
        high=att + half,
        p=float(2 * stats.norm.sf(abs(att / se))) if se > 0 else 0.0 if att else 1.0,
        units=n,
        effects=effects,
        pre_trend_p=p_pre,
    )


def _wide(table: "pd.DataFrame", y: str, unit: str, time: str, first: str) -> "tuple[Floats, Floats, Floats, int]":
    """Outcomes by unit and period, first treated period of each (0 = never seen treated), periods, units left out."""
    import numpy as np

    if table.duplicated([unit, time]).any():
        raise InvalidInput("data", REPEATED)
    codes = groups(table, unit, "unit", least=4)
    if (table.groupby(codes)[first].nunique() > 1).any():
        raise InvalidInput(f"data.{first}", N_("cambia dentro de una unidad"))
    square = table.assign(_unit=codes).pivot(index="_unit", columns=time, values=y)
    if square.isna().to_numpy().any():
        raise InvalidInput("data", N_("no tiene a todas las unidades en todos los períodos"))
    if square.shape[1] < 2:
        raise InsufficientData(f"data.{time}", 2, int(square.shape[1]))
    periods = square.columns.to_numpy(dtype=float)
    cohorts = table.groupby(codes)[first].first().to_numpy(dtype=float)
    cohorts = np.where(cohorts > periods[-1], 0.0, cohorts)
    kept = (cohorts <= 0) | (cohorts > periods[0])  # treated from the start: nothing to compare with
    cohorts = np.where(cohorts <= 0, 0.0, cohorts)
    if not (cohorts[kept] > 0).any():
        raise InsufficientData(f"data.{first}", 1, 0)
    return square.to_numpy(dtype=float)[kept], cohorts[kept], periods, int((~kept).sum())


def _average(rows: "list[tuple[float, float, float, Floats]]", cohorts: "Floats") -> tuple[float, float]:
    """The average of the effects weighted by the size of their cohorts, and its error with that of the weights."""
    import numpy as np

    n = len(cohorts)
    shares = np.array([(cohorts == g).mean() for g, _, _, _ in rows])
    values = np.array([v for _, _, v, _ in rows])
    total = shares.sum()
    weights = shares / total
    influence = np.column_stack([psi for _, _, _, psi in rows]) @ weights
    members = np.column_stack([(cohorts == g) - share for (g, _, _, _), share in zip(rows, shares, strict=True)])
    influence = influence + (members / total - np.outer(members.sum(axis=1), shares) / total**2) @ values
    return float(weights @ values), float(np.sqrt(influence @ influence) / n)


def _jointly_zero(rows: "list[tuple[float, float, float, Floats]]", cohorts: "Floats") -> float | None:
    """P of Hotelling's test that all effects before the treatment are zero; None if none, or too many for the units.

    The covariance of many effects of few units is itself uncertain: the Wald test against chi-squared would reject
    most true nulls. Its degrees of freedom are Welch's, of the effect that has fewest.
    """
    import numpy as np
    from scipy import stats

    if not rows:
        return None
    psi = np.column_stack([row[3] for row in rows])
    covariance = psi.T @ psi / len(psi) ** 2
    values = np.array([row[2] for row in rows])
    q = len(rows)
    df = min(_welch(row[3], cohorts == row[0]) for row in rows)
    if df - q + 1 < 1 or np.linalg.matrix_rank(covariance) < q:
        return None
    wald = float(values @ np.linalg.solve(covariance, values))
    return float(stats.f(q, df - q + 1).sf(wald * (df - q + 1) / (q * df)))


def _welch(influence: "Floats", treated: "NDArray[np.bool_]") -> float:
    """Welch's degrees of freedom of the difference that has this influence of each unit; 0 for a group of one."""
    import numpy as np

    squares, total = 0.0, 0.0
    for part in (influence[treated], influence[~treated]):
        members = int(np.count_nonzero(part))
        if members < 2:
            return 0.0
        size = float(part @ part)
        total += size
        squares += size**2 / (members - 1)
    return total**2 / squares


def _chart(effects: tuple[Effect, ...]) -> Chart:
    cohorts = sorted({e.cohort for e in effects if e.cohort is not None})
    series = []
    for cohort in cohorts:
        rows = [e for e in effects if e.cohort == cohort]
        series.append(
            Series(
                name=f"{cohort:g}",
                x=tuple(e.time for e in rows),
                y=tuple(e.att for e in rows),
                low=tuple(e.att - 1.96 * e.se for e in rows),
                high=tuple(e.att + 1.96 * e.se for e in rows),
            )
        )
    return Chart(
        kind="line",
        title=N_("Efecto por cohorte y período"),
        series=tuple(series),
        x_label=N_("Período"),
        marks=(("0", 0.0),),
    )
