"""Panels: the same units seen several times, and what happened to some of them."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Table, operation
from engines.economic.regression import (
    CONST,
    Coefficients,
    basis,
    design,
    few_clusters,
    groups,
    inference,
    regression_frame,
    small_sample,
)
from engines.errors import N_, EngineError, InsufficientData, InvalidInput, SingularMatrix

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Names = Annotated[list[str], Field(min_length=1, max_length=200)]
REPEATED: Final = N_("tiene dos filas de la misma unidad en el mismo período")
UNEQUAL: Final = N_("El contraste de Hausman (p = {p}) rechaza los efectos aleatorios: use los fijos.")
SORTED: Final = N_(
    "Los períodos son textos y se han ordenado como tales ({order}), no como en la tabla; numérelos si no es su orden."
)
NOT_DEFINITE: Final = N_(
    "El contraste de Hausman no puede calcularse: hay pocas unidades, o la diferencia de varianzas no es positiva."
)


class PanelFit(Coefficients):
    """A panel fit. `hausman` compares fixed with random effects where either was asked, else None."""

    r2: float
    units: int
    periods: int
    hausman: float | None
    hausman_p: float | None


@operation(
    "Datos de panel",
    examples=(
        "Modelo de panel con efectos fijos por mediador de la prima sobre comisión y siniestralidad",
        "Panel regression with fixed effects by firm and a Hausman test against random effects",
    ),
    heavy=True,
)
def panel(
    data: Table,
    y: str,
    x: Names,
    entity: str,
    time: str,
    effects: Literal["pooled", "fixed", "twoway", "random", "first_diff", "between"] = "fixed",
    cov: Literal["classic", "robust", "cluster"] = "classic",
) -> PanelFit:
    """Regress `y` on `x` over units seen in several periods.

    Args:
        data: table of n rows, one a unit and period; `y` and `x` numeric and without gaps.
        y: column explained.
        x: columns that explain it.
        entity: column that names the unit.
        time: column of the period; its sorted order is that of time.
        effects: pooled, fixed (by unit), twoway (by unit and period), random (Swamy-Arora),
            first_diff (first differences, without intercept) or between (means of units).
        cov: classic, heteroscedasticity-robust, or grouped by unit (not for between).

    Raises:
        InvalidInput: a column is missing, not numeric, or a unit appears twice in a period.
        InsufficientData: fewer than two units or periods, or too few rows.
        SingularMatrix: columns depend on each other, or the effects absorb them.
        LimitExceeded: too many columns or cells.

    Source: Baltagi, Econometric Analysis of Panel Data, chapters 2 and 4; Swamy & Arora, Econometrica 40
    (1972); Hausman, Econometrica 46 (1978).
    """
    import numpy as np
    from linearmodels.panel.utility import AbsorbingEffectError

    table = _indexed(data, y, x, entity, time)
    design(table, x)
    spanned, ordered, back = _spanned(table, x)
    try:
        fit = _fitted(spanned, y, ordered, effects, cov)
        other = (
            _hausman(spanned, y, ordered, fit if cov == "classic" else None, effects)
            if effects in ("fixed", "random")
            else None
        )
    except EngineError:
        raise
    except AbsorbingEffectError as error:
        raise SingularMatrix("x", ", ".join(_absorbed(table, x) or x)) from error
    except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
        if effects == "random" and table.index.get_level_values(0).nunique() <= len(x) + 1:
            raise InsufficientData("entity", len(x) + 2, int(table.index.get_level_values(0).nunique())) from error
        raise SingularMatrix("data", ", ".join(x)) from error
    fitted = list(fit.params.index)
    names = [CONST, *x] if CONST in fitted else list(x)
    # Without an intercept the slopes are those of the basis after its first column.
    back = (back if CONST in fitted else back[1:, 1:])[[fitted.index(name) for name in names]]
    units = int(table.index.get_level_values(0).nunique())
    warnings = small_sample(len(table), len(names)) + (few_clusters(units) if cov == "cluster" else ())
    if effects == "first_diff":
        warnings += _text_order(data, time)
    if other is not None and other[0] is None:
        warnings += (Caution(text=NOT_DEFINITE),)
    elif other is not None and effects == "random" and other[1] is not None and other[1] < 0.05:
        warnings += (Caution(text=UNEQUAL, values={"p": round(other[1], 4)}),)
    return PanelFit(
        method=f"{effects}, cov {cov}",
        library="linearmodels",
        n=int(fit.nobs),
        warnings=warnings,
        **inference(names, back @ np.asarray(fit.params), back @ np.asarray(fit.cov) @ back.T, float(fit.df_resid)),
        r2=float(fit.rsquared),
        units=units,
        periods=int(table.index.get_level_values(1).nunique()),
        hausman=None if other is None else other[0],
        hausman_p=None if other is None else other[1],
    )


def _indexed(data: Table, y: str, x: list[str], entity: str, time: str) -> "pd.DataFrame":
    """The table indexed by codes of unit and period, in order."""
    import numpy as np
    import pandas as pd

    if len({y, *x, entity, time}) != len(x) + 3:
        raise InvalidInput("x", N_("una columna solo puede tener un papel"))
    table = regression_frame(data, y, x, (entity, time))
    units = groups(table, entity, "entity")
    groups(table, time, "time")
    try:
        periods = np.unique(table[time].to_numpy(), return_inverse=True)[1]
    except TypeError as error:
        raise InvalidInput(f"data.{time}", N_("mezcla textos y números: no hay orden en el tiempo")) from error
    index = pd.MultiIndex.from_arrays([units, periods], names=("unit", "period"))
    if index.has_duplicates:
        raise InvalidInput("data", REPEATED)
    return table[[y, *x]].astype(float).set_axis(index).sort_index()


def _spanned(table: "pd.DataFrame", x: list[str]) -> "tuple[pd.DataFrame, list[str], Floats]":
    """The table with the columns of `x` at right angles, their order, and the way back from their coefficients.

    What has the same mean in every unit (the year of a balanced panel) comes first and keeps no difference
    between units but none: the random effects would take its rounding errors for one.
    """
    import numpy as np

    def difference(column: "Floats") -> "Floats":
        found: Floats = (np.bincount(units, weights=column) / counts)[units] - column.mean()
        return found

    units = table.index.get_level_values(0).to_numpy()
    counts = np.bincount(units)
    values = {name: table[name].to_numpy(dtype=float) for name in x}
    common = [name for name, v in values.items() if np.abs(difference(v)).max() <= 1e-9 * np.abs(v - v.mean()).max()]
    ordered = [*common, *(name for name in x if name not in common)]
    spanning = basis(design(table, ordered)[0])
    spanned = table.copy()
    for at, name in enumerate(ordered, start=1):
        column = spanning.columns[:, at]
        spanned[name] = column - difference(column) if name in common else column
    return spanned, ordered, spanning.back


def _absorbed(table: "pd.DataFrame", x: list[str]) -> list[str]:
    """The columns that never change within a unit: what is its own always, its effect already says."""
    units = table.groupby(level=0)
    return [name for name in x if (units[name].max() == units[name].min()).all()]


def _text_order(data: Table, time: str) -> tuple[Caution, ...]:
    """A caution where periods are texts whose alphabetical order is not that of the table ("T1 2024", "T1 2025")."""
    seen = list(dict.fromkeys(data[time]))
    if not isinstance(seen[0], str) or seen == sorted(seen):
        return ()
    return (Caution(text=SORTED, values={"order": ", ".join(sorted(seen)[:6])}),)


def _fitted(table: "pd.DataFrame", y: str, x: list[str], effects: str, cov: str) -> Any:
    from linearmodels.panel import BetweenOLS, FirstDifferenceOLS, PanelOLS, PooledOLS, RandomEffects

    target = table[[y]]
    slopes = table[list(x)]
    full = slopes.assign(**{CONST: 1.0})[[CONST, *x]]
    kinds: dict[str, Any] = {"classic": {"cov_type": "unadjusted"}, "robust": {"cov_type": "robust"}}
    kinds["cluster"] = {"cov_type": "clustered", "cluster_entity": True}
    said = kinds[cov]
    match effects:
        case "fixed":
            return PanelOLS(target, slopes, entity_effects=True).fit(**said)
        case "twoway":
            return PanelOLS(target, slopes, entity_effects=True, time_effects=True).fit(**said)
        case "random":
            return RandomEffects(target, full).fit(**said)
        case "first_diff":
            return FirstDifferenceOLS(target, slopes).fit(**said)
        case "between":
            if cov == "cluster":
                raise InvalidInput("cov", N_("entre unidades no hay grupos: use classic o robust"))
            if table.index.get_level_values(0).nunique() <= len(x) + 1:
                raise InsufficientData("entity", len(x) + 2, int(table.index.get_level_values(0).nunique()))
            return BetweenOLS(target, full).fit(**said)
        case _:
            return PooledOLS(target, full).fit(**said)


def _hausman(table: "pd.DataFrame", y: str, x: list[str], fit: Any, effects: str) -> tuple[float | None, float | None]:
    """The Hausman statistic and its p; None of few units, or if the difference of the covariances is not positive."""
    import numpy as np
    from scipy import stats

    try:
        both = {
            kind: fit if fit is not None and kind == effects else _fitted(table, y, x, kind, "classic")
            for kind in ("fixed", "random")
        }
    except ValueError:  # too few units for the random effects: the fixed ones need no test to be told
        if effects == "fixed":
            return None, None
        raise
    gap = np.asarray(both["fixed"].params[list(x)] - both["random"].params[list(x)])
    spread = np.asarray(both["fixed"].cov.loc[list(x), list(x)] - both["random"].cov.loc[list(x), list(x)])
    scale = np.sqrt(np.abs(np.diag(np.asarray(both["fixed"].cov.loc[list(x), list(x)]))))
    scaled = spread / np.outer(scale, scale)
    if not (scale > 0).all() or np.linalg.eigvalsh(scaled)[0] <= 1e-12:
        return None, None
    found = float((gap / scale) @ np.linalg.solve(scaled, gap / scale))
    return found, float(stats.chi2(len(x)).sf(found))


class Effect(Part):
    """The effect on one cohort (first treated period) in one period, with its standard error."""

    cohort: float | None
    time: float
    att: float
    se: float


class TreatmentEffect(Computed):
    """The average effect on the treated (ATT), in the unit of `y`, with normal 95 % bounds.

    `effects` are those of each cohort and period; those before the treatment should be about zero, and
    `pre_trend_p` tests them together (None where there are none, or too few units for so many).
    """

    att: float
    se: float
    low: float
    high: float
    p: float
    units: int
    effects: tuple[Effect, ...]
    pre_trend_p: float | None


FEW_UNITS: Final = N_(
    "Solo hay {units} unidades, y {least} en el grupo más pequeño: el error típico puede quedar muy corto."
)
TREND: Final = N_("Antes del tratamiento los grupos ya se separaban (p = {p}): la comparación no es fiable.")


@operation(
    "Diferencias en diferencias",
    examples=(
        "¿Qué efecto tuvo la subida de tarifa en las bajas? Diferencias en diferencias con grupo de control",
        "Difference-in-differences with staggered adoption (Callaway and Sant'Anna)",
    ),
    heavy=True,
)
def did(
    data: Table,
    y: str,
    unit: str,
    time: str,
    treat: str = "",
    post: str = "",
    first_treated: str = "",
    control: Literal["never", "not_yet"] = "never",
) -> TreatmentEffect:
    """Measure what a measure changed, against units that it did not reach (*diferencias en diferencias*).

    Args:
        data: table of n rows, one a unit and period, `y` numeric.
        y: outcome.
        unit: column that names the unit; errors are grouped by it.
        time: numeric column of the period.
        treat: column of 1 for treated units, 0 for the others (with `post`).
        post: column of 1 after the measure, 0 before (with `treat`).
        first_treated: instead of both: column of the first treated period of the unit, 0 if never.
        control: with `first_treated`, units never treated, or also those not yet treated.

    Raises:
        InvalidInput: columns missing, not 0/1, changing within a unit, a unit twice in a period, or no control units.
        InsufficientData: no treated units with a period before, or too few units.
        SingularMatrix: treatment and period cannot be told apart.

    Source: Angrist & Pischke, Mostly Harmless Econometrics (2009), section 5.2 (two groups, two
    periods: interaction, errors grouped by unit); Callaway & Sant'Anna, J. Econometrics 225 (2021),
    equations 2.6-2.9 without covariates, simple aggregation 3.11, errors by influence functions; effects
    before the treatment together by Hotelling's T² with Welch's degrees of freedom.
    """
    if bool(first_treated) == bool(treat or post) or bool(treat) != bool(post):
        raise InvalidInput("first_treated", N_("indique treat y post, o bien first_treated"))
    if first_treated:
        from engines.economic.econometrics.staggered import staggered

        return staggered(data, y, unit, time, first_treated, control)
    return _two_by_two(data, y, unit, time, treat, post)


def few_units(units: int, least: int) -> tuple[Caution, ...]:
    """A caution where errors grouped by unit are known to be too small: under 30 units, or 10 on one side."""
    return (Caution(text=FEW_UNITS, values={"units": units, "least": least}),) if units < 30 or least < 10 else ()


def _two_by_two(data: Table, y: str, unit: str, time: str, treat: str, post: str) -> TreatmentEffect:
    import statsmodels.regression.linear_model as lm
    from scipy import stats

    table = regression_frame(data, y, [treat, post], (unit, time), spare=2)
    for name in (treat, post):
        if not set(table[name].unique()) <= {0.0, 1.0}:
            raise InvalidInput(f"data.{name}", N_("debe valer 0 o 1"))
        if table[name].nunique() < 2:
            raise InsufficientData(f"data.{name}", 2, 1)
    if table.duplicated([unit, time]).any():
        raise InvalidInput("data", REPEATED)
    table = table.assign(treated_after=table[treat] * table[post])
    explanatory, names = design(table, [treat, post, "treated_after"])
    codes = groups(table, unit, "unit", least=3)
    fit = lm.OLS(table[y].to_numpy(dtype=float), explanatory).fit(
        method="pinv", cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
    )
    at = names.index("treated_after")
    att, se = float(fit.params[at]), float(fit.bse[at])
    half = float(stats.t(codes.max()).ppf(0.975)) * se
    means = table.groupby([treat, post])[y].mean()
    sides = [int(v) for v in table.groupby(treat)[unit].nunique()]
    chart = Chart(
        kind="line",
        title=N_("Tratados y control, antes y después"),
        series=tuple(
            Series(name=label, x=(N_("antes"), N_("después")), y=(float(means[(g, 0.0)]), float(means[(g, 1.0)])))
            for g, label in ((1.0, N_("Tratados")), (0.0, N_("Control")))
        ),
    )
    return TreatmentEffect(
        method="2x2, errors grouped by unit",
        library="statsmodels",
        n=len(table),
        warnings=few_units(int(codes.max()) + 1, min(sides)),
        charts=(chart,),
        att=att,
        se=se,
        low=att - half,
        high=att + half,
        p=float(2 * stats.t(codes.max()).sf(abs(att / se))) if se > 0 else 0.0 if att else 1.0,
        units=int(codes.max()) + 1,
        effects=(),
        pre_trend_p=None,
    )
