"""Survival as observed: Kaplan-Meier curves and Cox regression."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from engines.arrays import frame, require_independent, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Table, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged
from engines.insurance.rating import coded_factor

if TYPE_CHECKING:
    import pandas as pd

    from engines.arrays import Floats

MOST_GROUPS: Final = 50
MOST_ROWS: Final = 200_000
MOST_COX_ROWS: Final = 100_000
SEPARATED: Final = 50.0  # standard error of a column of variance 1, from which its coefficient has no bound
NO_EVENTS: Final = N_("no tiene ningún suceso")
SAMPLE: Final = N_("muestree los datos")
SPREAD: Final = N_("{group}: la curva no baja del 50 %, así que no hay mediana")
NOT_PROPORTIONAL: Final = N_(
    "El efecto de {name} no es constante en el tiempo (p = {p}): los riesgos no son proporcionales"
)
FEW_EVENTS: Final = N_("Hay menos de 10 sucesos por variable: los coeficientes son inseguros")


class SurvivalGroup(Part):
    """One group: its size, events (observed, and expected if all groups were one) and median time.

    `mean_restricted` is the mean time within the span that all groups were observed for: until the first of their last
    times. Times are in the unit of the data.
    """

    group: str
    n: int
    events: int
    expected: float
    median: float | None
    mean_restricted: float


class SurvivalCompare(Computed):
    """Survival curves compared. `medians` from the shortest to the longest; None where a curve stays above 50 %.

    `chi2` and `p` are those of the log-rank test on `df` degrees of freedom. With two groups, `cox_coef_efron` is
    the log hazard ratio of the second to the first.
    """

    groups: tuple[SurvivalGroup, ...]
    medians: tuple[float | None, ...]
    chi2: float | None
    df: int
    p: float | None
    cox_coef_efron: float | None


@operation(
    "Comparación de curvas de supervivencia",
    examples=(
        "Compara la permanencia de clientes por canal con Kaplan-Meier y la prueba log-rank",
        "Compare Kaplan-Meier survival curves of groups with a log-rank test",
    ),
    heavy=True,
)
def survival_compare(data: Table, time: str, event: str, group: str | None = None) -> SurvivalCompare:
    """Estimate survival by group and test whether the groups differ.

    Args:
        data: one row a subject.
        time: column with the time to the event or to the end of observation, not negative.
        event: column with 1 (event) or 0 (censored).
        group: categorical column; one curve without it.

    Raises:
        InvalidInput: negative times, events that are not 0 or 1, no event at all, one group only.
        LimitExceeded: more than 50 groups or 200,000 rows.
        InsufficientData: fewer than two rows.

    Source: Kaplan & Meier, JASA 53 (1958); Mantel, Cancer Chemotherapy Reports 50 (1966); Cox with Efron's ties,
    Efron, JASA 72 (1977).
    """
    import numpy as np
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import restricted_mean_survival_time

    rows, times, events = _observed(data, time, event, MOST_ROWS)
    names: tuple[str, ...] = ("",)
    codes = np.zeros(len(rows), dtype=int)
    if group is not None:
        coded = coded_factor(rows, group, np.ones(len(rows)))
        names, codes = coded.levels, coded.codes
    if len(names) > MOST_GROUPS:
        raise LimitExceeded(f"data.{group}", MOST_GROUPS, len(names), N_("agrupe niveles"))
    last = float(min(times[codes == k].max() for k in range(len(names))))
    groups, series, cautions = [], [], []
    expected = _expected(times, events, codes, len(names))
    for place, name in enumerate(names):
        chosen = codes == place
        curve = KaplanMeierFitter().fit(times[chosen], events[chosen])
        median = float(curve.median_survival_time_)
        if not np.isfinite(median):
            cautions.append(Caution(text=SPREAD, values={"group": name or time}))
        groups.append(
            SurvivalGroup(
                group=name,
                n=int(chosen.sum()),
                events=int(events[chosen].sum()),
                expected=float(expected[place]),
                median=median if np.isfinite(median) else None,
                mean_restricted=float(restricted_mean_survival_time(curve, t=last)),
            )
        )
        series.append(_curve(curve, name))
    test = None
    if len(names) > 1:
        test = multivariate_logrank_test(times, codes, events)
        if not np.isfinite(test.test_statistic):
            raise InvalidInput(f"data.{group}", N_("tiene grupos que no coinciden en el tiempo: no se pueden comparar"))
    medians = sorted((row.median for row in groups), key=lambda value: (value is None, value or 0.0))
    return SurvivalCompare(
        method="Kaplan-Meier; log-rank; Efron",
        library="lifelines",
        n=len(rows),
        warnings=tuple(cautions),
        charts=(
            Chart(kind="step", title=N_("Curvas de supervivencia"), series=tuple(series[:10]), x_label=N_("Tiempo")),
        ),
        groups=tuple(groups),
        medians=tuple(medians),
        chi2=None if test is None else float(test.test_statistic),
        df=len(names) - 1,
        p=None if test is None else float(test.p_value),
        cox_coef_efron=_hazard_ratio(times, events, codes) if len(names) == 2 else None,
    )


def _observed(data: Table, time: str, event: str, most: int) -> tuple["pd.DataFrame", "Floats", "Floats"]:
    import numpy as np

    rows = frame(data, "data", numeric=[time, event], least=2)
    if len(rows) > most:
        raise LimitExceeded("data", most, len(rows), SAMPLE)
    times = vector(rows[time].to_numpy(), f"data.{time}")
    events = vector(rows[event].to_numpy(), f"data.{event}")
    if times.min() < 0 or times.max() == 0:  # an event on the first day is at time zero
        raise InvalidInput(f"data.{time}", N_("no puede ser negativo, ni todo ceros"))
    if not np.isin(events, (0.0, 1.0)).all():
        raise InvalidInput(f"data.{event}", N_("debe ser 1 (suceso) o 0 (sin suceso)"))
    if events.sum() == 0:
        raise InvalidInput(f"data.{event}", NO_EVENTS)
    return rows, times, events


def _expected(times: "Floats", events: "Floats", codes: "Floats", groups: int) -> "Floats":
    """Events each group would have if all shared one hazard (the E of the log-rank test)."""
    import numpy as np

    moments, place = np.unique(times, return_inverse=True)
    died = np.bincount(place, weights=events, minlength=moments.size)
    at_risk = np.zeros((groups, moments.size))
    for group in range(groups):
        there = np.bincount(place[codes == group], minlength=moments.size)
        at_risk[group] = np.cumsum(there[::-1])[::-1]
    return np.asarray((at_risk / at_risk.sum(axis=0) * died).sum(axis=1))


def _hazard_ratio(times: "Floats", events: "Floats", codes: "Floats") -> float | None:
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    # A group without events has an infinite ratio.
    if min(events[codes == 0].sum(), events[codes == 1].sum()) == 0:
        return None
    table = pd.DataFrame({"second": codes.astype(float), "time": times, "event": events})
    try:
        fit = _partial(CoxPHFitter().fit(table, "time", "event"))
    except ConvergenceError:
        return None
    return float(fit.beta[0]) if fit.errors[0] < SEPARATED else None


@dataclass(frozen=True)
class _Partial:
    """A greatest partial likelihood: coefficients, standard errors, and the likelihood with and without them."""

    beta: "Floats"
    errors: "Floats"
    loglik: float
    null: float


def _partial(cph: Any) -> _Partial:
    """What lifelines found; its ties are Efron's."""
    loglik = float(cph.log_likelihood_)
    gain = float(cph.log_likelihood_ratio_test().test_statistic)
    return _Partial(cph.params_.to_numpy(), cph.standard_errors_.to_numpy(), loglik, loglik - gain / 2)


def _breslow(times: "Floats", design: "Floats", events: "Floats") -> _Partial:
    """What statsmodels finds with Breslow's ties, which lifelines does not have."""
    import numpy as np
    from statsmodels.duration.hazard_regression import PHReg

    model = PHReg(times, design, status=events, ties="breslow")
    fit = model.fit(disp=0, maxiter=200)
    null = float(model.loglike(np.zeros(design.shape[1])))
    return _Partial(np.asarray(fit.params), np.asarray(fit.bse), float(fit.llf), null)


def _curve(curve: object, name: str) -> Series:
    """At most 500 points of a Kaplan-Meier curve, with its band."""
    import numpy as np

    table = curve.survival_function_  # type: ignore[attr-defined]
    band = curve.confidence_interval_survival_function_  # type: ignore[attr-defined]
    pick = np.unique(np.linspace(0, len(table) - 1, 500).astype(int))

    def known(values: "Floats") -> tuple[float | None, ...]:
        return tuple(float(v) if np.isfinite(v) else None for v in values)

    return Series(
        name=name,
        x=tuple(map(float, table.index[pick])),
        y=known(table.iloc[pick, 0].to_numpy()),
        low=known(band.iloc[pick, 0].to_numpy()),
        high=known(band.iloc[pick, 1].to_numpy()),
    )


class CoxRegression(Computed):
    """A proportional hazards model. `params` are log hazard ratios, `hazard_ratios` exp of them.

    `ph_test` gives the p-value by column of the test that its effect does not change in time (scaled Schoenfeld
    residuals against rank of time). `lr_chi2` compares with the model without columns.
    """

    ties: str
    params: dict[str, float]
    se: dict[str, float]
    z: dict[str, float]
    p: dict[str, float]
    ci_low: dict[str, float]
    ci_high: dict[str, float]
    hazard_ratios: dict[str, float]
    loglik: float
    loglik_null: float
    lr_chi2: float
    lr_p: float
    concordance: float
    ph_test: dict[str, float]
    events: int


@operation(
    "Regresión de Cox",
    examples=(
        "Ajusta una regresión de Cox del tiempo hasta la anulación de la póliza según edad y número de productos",
        "Cox proportional hazards regression of time to lapse with Efron ties",
    ),
    heavy=True,
)
def cox_regression(
    data: Table,
    time: str,
    event: str,
    x: tuple[str, ...],
    ties: Literal["efron", "breslow"] = "efron",
    level: Level = 0.95,
) -> CoxRegression:
    """Model the hazard of an event by columns that multiply it.

    Args:
        data: one row a subject.
        time: column with the time to the event or to the end of observation, not negative.
        event: column with 1 (event) or 0 (censored).
        x: numeric columns.
        ties: how events at the same time share the risk set.
        level: confidence of the intervals.

    Raises:
        InvalidInput: no event, a constant column, times or events out of range.
        InsufficientData: fewer rows than columns.
        SingularMatrix: columns that repeat others.
        NotConverged: a column separates the events, so that its coefficient is infinite.
        LimitExceeded: more than 100,000 rows.

    Source: Cox, JRSS B 34 (1972); Efron, JASA 72 (1977); Breslow 1974; test of proportionality, Grambsch &
    Therneau, Biometrika 81 (1994); concordance, Harrell et al. 1982.
    """
    import numpy as np
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError
    from lifelines.statistics import proportional_hazard_test
    from lifelines.utils import concordance_index
    from scipy import stats

    rows, times, events = _observed(data, time, event, MOST_COX_ROWS)
    names = list(dict.fromkeys(x))
    if not names or {time, event} & set(names):
        raise InvalidInput("x", N_("indique columnas distintas del tiempo y del suceso"))
    rows = frame(rows, "data", numeric=names)
    design = np.column_stack([vector(rows[name].to_numpy(), f"data.{name}", varies=True) for name in names])
    if len(rows) <= len(names):
        raise InsufficientData("data", len(names) + 1, len(rows))
    centred = design - design.mean(axis=0)
    scale = centred.std(axis=0)
    require_independent(centred / scale, "x", names)
    table = pd.DataFrame(centred / scale, columns=names).assign(**{time: times, event: events})
    try:
        with np.errstate(all="ignore"):
            cph = CoxPHFitter().fit(table, time, event)
            checked = proportional_hazard_test(cph, table, time_transform="rank").p_value
            fit = _partial(cph) if ties == "efron" else _breslow(times, np.asarray(centred / scale), events)
    except (ConvergenceError, np.linalg.LinAlgError, ValueError) as error:
        raise NotConverged("data", type(error).__name__) from error
    if not np.isfinite(fit.errors).all() or fit.errors.max() > SEPARATED:
        raise NotConverged("data", "Newton")
    beta, errors = fit.beta / scale, fit.errors / scale
    z = beta / errors
    half = float(stats.norm.ppf((1 + level) / 2)) * errors
    ph = dict(zip(names, map(float, np.atleast_1d(checked)), strict=True))
    cautions = [
        Caution(text=NOT_PROPORTIONAL, values={"name": name, "p": float(f"{p:.2g}")})
        for name, p in ph.items()
        if p < 0.05
    ]
    if events.sum() < 10 * len(names):
        cautions.append(Caution(text=FEW_EVENTS))
    gain = max(2 * (fit.loglik - fit.null), 0.0)

    def named(values: "Floats") -> dict[str, float]:
        return dict(zip(names, map(float, values), strict=True))

    return CoxRegression(
        method=f"partial likelihood, ties by {ties}; proportionality by rank of time (Efron)",
        library="lifelines" if ties == "efron" else "statsmodels",
        n=len(rows),
        warnings=tuple(cautions),
        ties=ties,
        params=named(beta),
        se=named(errors),
        z=named(z),
        p=named(2 * stats.norm.sf(np.abs(z))),
        ci_low=named(beta - half),
        ci_high=named(beta + half),
        hazard_ratios=named(np.exp(np.clip(beta, -700, 700))),
        loglik=fit.loglik,
        loglik_null=fit.null,
        lr_chi2=gain,
        lr_p=float(stats.chi2(len(names)).sf(gain)),
        concordance=float(concordance_index(times, -(centred @ beta), events)),
        ph_test=ph,
        events=int(events.sum()),
    )
