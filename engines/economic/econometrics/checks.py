"""Checks: is the regression sound, and do series move together in the long run?"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import matrix, require_independent
from engines.contract import Caution, Computed, Matrix, Part, Table, operation
from engines.economic.regression import design, regression_frame
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, SingularMatrix

Names = Annotated[list[str], Field(min_length=1, max_length=200)]
INFLATED: Final = N_("La columna «{column}» es casi combinación de otras (FIV = {vif}).")
FAILED: Final = {
    "breusch_pagan": N_("Breusch-Pagan (p = {p}): la varianza no es constante; use errores robustos HC3."),
    "white": N_("White (p = {p}): la varianza no es constante; use errores robustos HC3."),
    "breusch_godfrey": N_("Breusch-Godfrey (p = {p}): los residuos están autocorrelados; use errores HAC."),
    "reset": N_("RESET (p = {p}): falta curvatura; pruebe logaritmos o cuadrados."),
    "jarque_bera": N_("Jarque-Bera (p = {p}): los residuos no son normales; con pocas filas los intervalos fallan."),
}
MOST_SERIES: Final = {"engle_granger": 6, "johansen": 12}  # as far as the published critical values go
STATIONARY: Final = N_(
    "El contraste halla tantas relaciones como series: cada una es ya estacionaria, y no hay cointegración que buscar."
)
EXCESS: Final = N_(
    "Con {n} filas el contraste halla relaciones de más; con la corrección de Reimers para pocas filas son {relations}."
)
MOST_WHITE: Final = 40  # columns: their squares and products are 860
MOST_WORK: Final = 1_000_000_000  # rows times the square of those products: a few seconds, under a hundred megabytes


class Test(Part):
    """A test of an assumption: a chi-squared statistic with its p, and the F form where there is one."""

    __test__ = False  # not a test of pytest

    statistic: float
    p: float
    f: float | None = None
    f_p: float | None = None


class Diagnostics(Computed):
    """Tests of a linear regression. `vif` are variance inflation factors (over 10: nearly collinear)."""

    breusch_pagan: Test
    white: Test | None
    white_fitted: Test
    breusch_godfrey: Test
    reset: Test
    jarque_bera: Test
    durbin_watson: float
    vif: dict[str, float]


@operation(
    "Diagnóstico de una regresión",
    examples=(
        "Comprueba heterocedasticidad, autocorrelación y multicolinealidad de esta regresión",
        "Run regression diagnostics: Breusch-Pagan, White, RESET, Durbin-Watson and VIF",
    ),
    heavy=True,
)
def diagnostics(
    data: Table,
    y: str,
    x: Names,
    lags: Annotated[int, Field(ge=1, le=50)] = 1,
    reset_power: Annotated[int, Field(ge=2, le=5)] = 3,
) -> Diagnostics:
    """Test the assumptions of the regression of `y` on `x` by least squares.

    Args:
        data: table of n rows, in order of time where there is one; numeric columns without gaps.
        y: column explained.
        x: columns that explain it.
        lags: lags of the Breusch-Godfrey test.
        reset_power: highest power of the fitted values in RESET.

    Raises:
        InvalidInput: a column is missing, not numeric, or `y` does not vary; an exact fit.
        InsufficientData: too few rows for the tests.
        SingularMatrix: columns of `x` depend on each other.
        LimitExceeded: too many columns or cells.

    Source: Breusch & Pagan, Econometrica 47 (1979), Koenker's studentised form (1981); White,
    Econometrica 48 (1980); Wooldridge, Introductory Econometrics, equation 8.20 (`white_fitted`);
    Breusch (1978), Godfrey (1978); Ramsey (1969); Jarque & Bera (1987); Durbin & Watson (1950).
    `white` is None where its squares and products leave no degrees of freedom, or are more than a moment's work.
    """
    import warnings

    import numpy as np
    import statsmodels.regression.linear_model as lm
    from statsmodels.stats.diagnostic import acorr_breusch_godfrey, het_breuschpagan, het_white
    from statsmodels.stats.stattools import durbin_watson, jarque_bera

    table = regression_frame(data, y, x, spare=lags + reset_power)
    explanatory, _ = design(table, x)
    centred = explanatory[:, 1:] - explanatory[:, 1:].mean(axis=0)
    explanatory = np.column_stack([np.ones(len(table)), centred / centred.std(axis=0)])  # the same space, well scaled
    target = table[y].to_numpy(dtype=float)
    fit = lm.OLS(target, explanatory).fit()
    n, k = explanatory.shape
    if float(fit.ssr) <= 1e-20 * float(target @ target):
        raise InvalidInput("data", N_("el modelo pasa exactamente por los datos: no hay residuos que contrastar"))
    products = k * (k + 1) // 2
    residuals = np.asarray(fit.resid)
    fitted = np.asarray(fit.fittedvalues)
    middle = (fitted - fitted.mean()) / fitted.std() if fitted.std() > 0 else fitted
    curve = np.column_stack([np.ones(n), middle, middle**2])
    try:
        tests: dict[str, Test] = {
            "breusch_pagan": _test(het_breuschpagan(residuals, explanatory)),
            "white_fitted": _test(het_breuschpagan(residuals, curve)),
            "breusch_godfrey": _test(acorr_breusch_godfrey(fit, nlags=lags)),
            "reset": _reset(target, explanatory, middle, reset_power),
        }
    except (ValueError, np.linalg.LinAlgError) as error:
        raise InsufficientData("data", k + lags + reset_power, n) from error
    white = None
    if k <= MOST_WHITE and n > products and n * products**2 <= MOST_WORK:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the square of a 0/1 column repeats it, and the test counts its rank
            white = _test(het_white(residuals, explanatory))
    normal, normal_p, _, _ = jarque_bera(residuals)
    tests["jarque_bera"] = Test(statistic=float(normal), p=float(normal_p))
    vif = _inflation(table[list(x)].to_numpy(dtype=float), x)
    said = {**tests, **({"white": white} if white else {})}
    cautions = tuple(
        Caution(text=text, values={"p": round(said[name].p, 4)})
        for name, text in FAILED.items()
        if name in said and said[name].p < 0.05
    )
    cautions += tuple(
        Caution(text=INFLATED, values={"column": c, "vif": round(v, 1)}) for c, v in vif.items() if v > 10
    )
    return Diagnostics(
        method=f"BG with {lags} lags; RESET to power {reset_power}",
        library="statsmodels",
        n=n,
        warnings=cautions,
        white=white,
        durbin_watson=float(durbin_watson(residuals)),
        vif=vif,
        **tests,
    )


def _test(found: Any) -> Test:
    statistic, p, f, f_p = (float(v) for v in found)
    return Test(statistic=statistic, p=p, f=f, f_p=f_p)


def _reset(target: Any, explanatory: Any, fitted: Any, power: int) -> Test:
    """RESET with powers of the standardised fitted values: the same space as those of the raw ones, well scaled."""
    import numpy as np
    import statsmodels.regression.linear_model as lm
    from scipy import stats

    added = np.column_stack([fitted**i for i in range(2, power + 1)])
    short = lm.OLS(target, explanatory).fit(method="pinv")
    full = lm.OLS(target, np.column_stack([explanatory, added])).fit(method="pinv")
    terms, left = added.shape[1], float(full.df_resid)
    if left < 1 or float(full.ssr) <= 1e-20 * float(target @ target):
        raise InsufficientData("data", explanatory.shape[1] + terms + 1, len(target))
    f = (float(short.ssr) - float(full.ssr)) / terms / (float(full.ssr) / left)
    chi = f * terms
    return Test(statistic=chi, p=float(stats.chi2(terms).sf(chi)), f=f, f_p=float(stats.f(terms, left).sf(f)))


def _inflation(columns: Any, names: list[str]) -> dict[str, float]:
    """The diagonal of the inverse correlation matrix; a constant column has been refused before."""
    import numpy as np

    if columns.shape[1] == 1:
        return {names[0]: 1.0}
    return {name: float(v) for name, v in zip(names, np.diag(np.linalg.inv(np.corrcoef(columns.T))), strict=True)}


class Rank(Part):
    """Test that there are at most `rank` long-run relations, against 5 % critical values."""

    rank: int
    trace: float
    trace_critical: float
    max_eigenvalue: float
    max_eigenvalue_critical: float


class Cointegration(Computed):
    """Whether series have long-run relations; `relations` is how many the test finds at 5 %.

    With Engle-Granger `statistic`, `p` and `critical` (at 1, 5 and 10 %) are given and `vector` holds the
    coefficients of the other series; with Johansen the `ranks`, and `vector` is the first relation.
    """

    relations: int
    statistic: float | None
    p: float | None
    critical: tuple[float, ...]
    ranks: tuple[Rank, ...]
    vector: tuple[float, ...]


@operation(
    "Cointegración",
    examples=(
        "¿Están cointegradas la prima media y el IPC? Contraste de Engle-Granger o de Johansen",
        "Test whether these series are cointegrated with the Johansen trace test",
    ),
    heavy=True,
)
def cointegration(
    y: Matrix,
    method: Literal["engle_granger", "johansen"] = "johansen",
    trend: Literal["none", "constant", "linear"] = "constant",
    lags: Annotated[int, Field(ge=0, le=50)] = 1,
) -> Cointegration:
    """Test whether series that wander do so together.

    Args:
        y: (n, k) rows in order of time, a series a column, k from 2 to 12 (6 for engle_granger).
        method: engle_granger (the first series against the others) or johansen.
        trend: deterministic part: none, constant, or linear trend.
        lags: lagged differences in the test equation.

    Raises:
        InvalidInput: a series does not vary, or fewer than two.
        InsufficientData: too few rows.
        SingularMatrix: series depend exactly on each other.
        LimitExceeded: more than 12 series, or 6 with engle_granger.

    Source: Engle & Granger, Econometrica 55 (1987), critical values of MacKinnon (2010); Johansen,
    Econometrica 59 (1991), critical values of MacKinnon, Haug & Michelis (1999); few rows, Reimers,
    Statistical Papers 33 (1992).
    """
    import numpy as np
    from statsmodels.tsa.stattools import coint
    from statsmodels.tsa.vector_ar.vecm import coint_johansen

    series = matrix(y, "y", least=1)
    n, k = series.shape
    if k < 2:
        raise InvalidInput("y", N_("hacen falta al menos dos series"))
    if k > MOST_SERIES[method]:
        raise LimitExceeded("y", MOST_SERIES[method], k, N_("elija menos series"))
    least = k * (lags + 2) + lags + 10
    if n < least:
        raise InsufficientData("y", least, n)
    names = [str(i + 1) for i in range(k)]
    require_independent(np.column_stack([np.ones(n), series]), "y", ["0", *names])
    scaled = series / series.std(axis=0)
    sd = series.std(axis=0)
    require_independent(np.diff(scaled, axis=0), "y", names)
    if method == "engle_granger":
        kind = {"none": "n", "constant": "c", "linear": "ct"}[trend]
        try:
            found = coint(scaled[:, 0], scaled[:, 1:], trend=kind, maxlag=lags, autolag=None)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise SingularMatrix("y", ", ".join(names)) from error
        statistic, p, critical = float(found[0]), float(found[1]), tuple(float(v) for v in found[2])
        if not np.isfinite(statistic):
            raise SingularMatrix("y", ", ".join(names))
        parts = [np.ones(n)] * (trend != "none") + [np.arange(n) / n] * (trend == "linear")
        slopes = np.linalg.lstsq(np.column_stack([scaled[:, 1:], *parts]), scaled[:, 0], rcond=None)[0][: k - 1]
        return Cointegration(
            method=f"Engle-Granger, {trend}, {lags} lags",
            library="statsmodels",
            n=n,
            relations=int(p < 0.05),
            statistic=statistic,
            p=p,
            critical=critical if all(np.isfinite(critical)) else (),
            ranks=(),
            vector=tuple(float(v) for v in slopes * sd[0] / sd[1:]),
        )
    try:
        test = coint_johansen(scaled, {"none": -1, "constant": 0, "linear": 1}[trend], lags)
    except (ValueError, np.linalg.LinAlgError) as error:
        raise SingularMatrix("y", ", ".join(names)) from error
    ranks = tuple(
        Rank(
            rank=r,
            trace=float(test.lr1[r]),
            trace_critical=float(test.cvt[r, 1]),
            max_eigenvalue=float(test.lr2[r]),
            max_eigenvalue_critical=float(test.cvm[r, 1]),
        )
        for r in range(k)
    )
    relations = next((row.rank for row in ranks if row.trace <= row.trace_critical), k)
    shrink = 1 - k * (lags + 1) / n  # the trace of few rows exceeds its limiting law
    fewer = next((row.rank for row in ranks if row.trace * shrink <= row.trace_critical), k)
    cautions: tuple[Caution, ...] = (Caution(text=STATIONARY),) if relations == k else ()
    if fewer < relations:
        cautions += (Caution(text=EXCESS, values={"n": n, "relations": fewer}),)
    first = np.real(test.evec[:, 0]) / sd
    return Cointegration(
        method=f"Johansen trace, {trend}, {lags} lags",
        library="statsmodels",
        n=n,
        warnings=cautions,
        relations=relations,
        statistic=None,
        p=None,
        critical=(),
        ranks=ranks,
        vector=tuple(float(v) for v in first / first[np.argmax(np.abs(first * sd))]),
    )
