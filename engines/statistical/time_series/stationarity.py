"""Does the series wander? Tests of unit roots and of stationarity."""

import math
import warnings
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.contract import Caution, Computed, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.statistical.time_series.forecasts import floats, series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST: Final = 20_000
TRIMMED: Final = 0.15  # share of the values at each end where `zivot_andrews` looks for no break
BEFORE: Final = 3  # values that must be left before the first break
TABLE_ENDS: Final = N_("el valor p está fuera de la tabla publicada: el verdadero es aún más extremo")
SHORT: Final = N_("con {n} valores estas pruebas tienen poca potencia")


class Stationarity(Computed):
    """A test of stationarity. Mind the null hypothesis: that of KPSS is the opposite of the others'.

    Args:
        null: what holds unless the test rejects it.
        rejected: whether it does at 5 %.
        critical: critical values of the statistic, by level (`5%`).
        break_at: position, from 0, of the last value before the break (`zivot_andrews`).
    """

    stat: float
    p: float
    lags: int
    null: Literal["unit_root", "stationary"]
    rejected: bool
    critical: dict[str, float]
    break_at: int | None


@operation(
    "Prueba de raíz unitaria y estacionariedad",
    examples=(
        "¿Es estacionaria esta serie? Haz la prueba ADF de Dickey-Fuller y la KPSS",
        "Unit root test: augmented Dickey-Fuller, KPSS, Phillips-Perron or Zivot-Andrews with a break",
    ),
)
def stationarity_test(
    y: Vector,
    test: Literal["adf", "kpss", "pp", "zivot_andrews"] = "adf",
    regression: Literal["n", "c", "ct"] = "c",
    lags: Annotated[int, Field(ge=0, le=1000)] | None = None,
) -> Stationarity:
    """Test whether a series has a unit root, or is stationary.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit, at least 15.
        test: `adf` augmented Dickey-Fuller; `pp` Phillips-Perron; `zivot_andrews` with one break at an unknown
            time; `kpss`, whose null hypothesis is stationarity.
        regression: what is taken out first: `n` nothing (`adf` and `pp` only), `c` a mean, `ct` a trend.
        lags: lags of the regression, or of the long-run variance; None to let the data choose (AIC for `adf` and
            `zivot_andrews`, for the latter among fewer than lie before the first break tried; Hobijn's rule for
            `kpss`, Schwert's 12(n/100)^(1/4) for `pp`).

    Raises:
        InsufficientData: fewer values than the lags need.
        InvalidInput: values that do not vary, or `n` where there is no such test.
        LimitExceeded: more than 20000 values.
        SingularMatrix: a series that its own lags give exactly.

    Source: Said & Dickey, Biometrika 71 (1984), p values of MacKinnon, Queen's Economics Department Working
    Paper 1227 (2010); Kwiatkowski, Phillips, Schmidt & Shin, Journal of Econometrics 54 (1992), table 1;
    Phillips & Perron, Biometrika 75 (1988); Zivot & Andrews, Journal of Business & Economic Statistics 10 (1992).
    """
    import numpy as np
    from numpy.linalg import LinAlgError

    if regression == "n" and test in ("kpss", "zivot_andrews"):
        raise InvalidInput("regression", N_("esta prueba necesita al menos la media (c)"))
    values = series(y, 15 if lags is None else max(15, 3 * lags + 10), longest=LONGEST)
    standard = (values - values.mean()) / values.std() if regression != "n" else values / values.std()
    # A straight line, or any series that repeats exactly, leaves a regression without error.
    if np.ptp(np.diff(standard)) < 1e-10:
        raise InvalidInput("y", N_("es una recta: no hay azar que contrastar"))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            stat, p, used, critical, at = _computed(standard, test, regression, lags)
        except (LinAlgError, ValueError, ZeroDivisionError) as error:
            raise InsufficientData("y", max(_needed(test, lags or 0), values.size + 1), int(values.size)) from error
    if not np.isfinite(stat):
        raise InvalidInput("y", N_("se repite exactamente: la regresión no deja error"))
    cautions = []
    if any("p-value" in str(w.message) for w in heard):
        cautions.append(Caution(text=TABLE_ENDS))
    if values.size < 30:
        cautions.append(Caution(text=SHORT, values={"n": int(values.size)}))
    return Stationarity(
        method=f"{test}, {regression}",
        library="arch" if test == "pp" else "statsmodels",
        n=values.size,
        stat=stat,
        p=min(max(p, 0.0), 1.0),
        lags=used,
        null="stationary" if test == "kpss" else "unit_root",
        rejected=p < 0.05,
        critical=critical,
        break_at=at,
        warnings=tuple(cautions),
    )


def _computed(
    values: "Floats", test: str, regression: Literal["n", "c", "ct"], lags: int | None
) -> tuple[float, float, int, dict[str, float], int | None]:
    """Statistic, p value, lags, critical values and break."""
    found: Any
    if test == "adf":
        from statsmodels.tsa.stattools import adfuller

        chosen: dict[str, Any] = {"autolag": "AIC"} if lags is None else {"maxlag": lags, "autolag": None}
        found = adfuller(values, regression=regression, result_object=False, **chosen)
        return float(found[0]), float(found[1]), int(found[2]), _plain(found[4]), None
    if test == "kpss":
        from statsmodels.tsa.stattools import kpss

        found = kpss(values, regression=regression, nlags="auto" if lags is None else lags, result_object=False)
        return float(found[0]), float(found[1]), int(found[2]), _plain(found[3]), None
    if test == "pp":
        from arch.unitroot import PhillipsPerron

        found = PhillipsPerron(values, lags=lags, trend=regression)
        return float(found.stat), float(found.pvalue), int(found.lags), _plain(found.critical_values), None
    from statsmodels.tsa.stattools import zivot_andrews

    # Lags that reach past the first break tried leave no value before it.
    most = max(0, min(int(12 * (values.size / 100) ** 0.25), int(TRIMMED * values.size) - BEFORE))
    chosen = {"maxlag": lags if lags is not None else most, "autolag": "AIC" if lags is None else None}
    found = zivot_andrews(values, trim=TRIMMED, regression=regression, **chosen)
    return float(found[0]), float(found[1]), int(found[3]), _plain(found[2]), int(found[4])


def _needed(test: str, lags: int) -> int:
    """How many values so many lags need."""
    return math.ceil((lags + BEFORE) / TRIMMED) if test == "zivot_andrews" else 3 * lags + 20


def _plain(critical: Any) -> dict[str, float]:
    return dict(zip(map(str, critical), floats(critical.values()), strict=True))
