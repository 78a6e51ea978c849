"""VaR and expected shortfall by formula (*VaR paramétrico*): normal or Student losses."""

import math
from typing import Annotated, Literal

from pydantic import Field

from engines.arrays import correlations, vector
from engines.charts import Chart, Series
from engines.contract import Computed, Labels, Matrix, Positive, Real, Vector, operation
from engines.errors import N_, InvalidInput
from engines.financial.cautions import unusual
from engines.financial.portfolio.market import named
from engines.financial.risk.historical import tail, thin
from engines.financial.risk.levels import Confidence

Horizon = Annotated[int, Field(ge=1, le=2520)]


class ParametricVar(Computed):
    """EUR. `var` follows `horizon_days`; parts are for the first horizon and sum to its VaR.

    `undiversified` is the sum of each position's own VaR; `marginal` is what one more EUR of each adds.
    """

    sd_1d: float
    horizon_days: tuple[int, ...]
    var: tuple[float, ...]
    es: tuple[float, ...]
    component: dict[str, float]
    marginal: dict[str, float]
    undiversified: float
    diversification: float


@operation(
    "VaR paramétrico",
    examples=(
        "Calcula el VaR paramétrico al 99 % a 10 días de estas posiciones con sus volatilidades",
        "Parametric variance-covariance VaR of positions with component VaR",
    ),
)
def var_parametric(
    positions: Vector,
    daily_vol: Vector,
    corr: Matrix | None = None,
    confidence: Confidence = 0.99,
    horizon_days: Annotated[tuple[Horizon, ...], Field(min_length=1, max_length=50)] = (1,),
    names: Labels | None = None,
) -> ParametricVar:
    """Measure what positions can lose at a confidence if their returns are normal and without drift.

    Args:
        positions: (n,) EUR held of each; short positions are negative.
        daily_vol: (n,) daily standard deviations of the returns, as fractions.
        corr: (n, n) correlations; needed when there are several positions.
        confidence: 0.5 to 0.9999.
        horizon_days: business days ahead; the VaR grows with their square root.
        names: (n,) what the positions are called.

    Raises:
        InvalidInput: shapes that do not match, negative volatilities, correlations that cannot be.

    Source: J.P. Morgan/Reuters, RiskMetrics Technical Document (1996), section 6.3; Hull, Options, Futures
    and Other Derivatives, chapter on value at risk (linear model); component VaR by Euler, Garman, Risk 9
    (1996).
    """
    import numpy as np
    from scipy import stats

    held = vector(positions, "positions", low=-1e50, high=1e50)
    vols = vector(daily_vol, "daily_vol", length=held.size, low=0.0, high=100.0)
    if corr is None and held.size > 1:
        raise InvalidInput("corr", N_("hacen falta las correlaciones cuando hay varias posiciones"))
    related = np.eye(1) if corr is None else correlations(corr, "corr", held.size)
    called = named(names, held.size, "names")
    swings = held * vols
    sd = math.sqrt(max(float(swings @ related @ swings), 0.0))
    quantile = float(stats.norm.ppf(confidence))
    roots = [math.sqrt(days) for days in horizon_days]
    var = tuple(quantile * sd * root for root in roots)
    expected = float(stats.norm.pdf(quantile)) / (1 - confidence)
    factor = quantile * roots[0] / sd if sd > 0 else 0.0
    slopes = factor * vols * (related @ swings)
    alone = quantile * roots[0] * float(np.abs(swings).sum())
    parts = {name: float(v) for name, v in zip(called, slopes * held, strict=True)}
    chart = Chart(
        kind="bar",
        title=N_("VaR por posición"),
        series=(Series(name=N_("aportación al VaR"), x=called, y=tuple(parts.values())),),
        unit="EUR",
        marks=((N_("VaR"), var[0]),),
    )
    return ParametricVar(
        method="normal, no drift, square root of time",
        library="scipy",
        n=held.size,
        sd_1d=sd,
        horizon_days=tuple(horizon_days),
        var=var,
        es=tuple(expected * sd * root for root in roots),
        component=parts,
        marginal={name: float(v) for name, v in zip(called, slopes, strict=True)},
        undiversified=alone,
        diversification=alone - var[0],
        warnings=unusual("daily_vol", float(vols.max())),
        charts=(chart,),
    )


class Shortfall(Computed):
    """In the unit of the losses: what is lost at the confidence, and on average beyond it."""

    var: float
    es: float


@operation(
    "Pérdida esperada en la cola",
    examples=(
        "Calcula el expected shortfall y el VaR al 99 % de una pérdida normal con esa media y desviación",
        "Expected shortfall of a Student t loss distribution with 4 degrees of freedom",
    ),
)
def expected_shortfall(
    mean: Real | None = None,
    sd: Positive | None = None,
    confidence: Confidence = 0.99,
    distribution: Literal["normal", "t", "empirical"] = "normal",
    df: Annotated[float, Field(gt=2, le=1e6, allow_inf_nan=False)] | None = None,
    losses: Vector | None = None,
) -> Shortfall:
    """Find VaR and the mean loss beyond it, of a normal or Student loss, or of a sample.

    Args:
        mean: of the loss (gains are negative); for normal and t.
        sd: standard deviation of the loss; for normal and t.
        confidence: 0.5 to 0.9999.
        distribution: normal, t (with df), or empirical (of losses).
        df: degrees of freedom of t, above 2 so that sd exists.
        losses: (n,) sample, for empirical.

    Raises:
        InvalidInput: what the chosen distribution needs is missing.
        InsufficientData: fewer than two losses.

    Source: McNeil, Frey & Embrechts, Quantitative Risk Management (2005), examples 2.14, 2.18 and 2.19
    (normal and t); Acerbi & Tasche, Journal of Banking & Finance 26 (2002), definition 2.6 (sample).
    """
    from scipy import stats

    if distribution == "empirical":
        if losses is None:
            raise InvalidInput("losses", N_("hacen falta las pérdidas observadas"))
        rows = vector(losses, "losses", least=2)
        var, es = tail(rows, None, confidence)
        return Shortfall(
            method="empirical", library="numpy", n=rows.size, var=var, es=es, warnings=thin(int((rows >= var).sum()))
        )
    for name, value in (("mean", mean), ("sd", sd)):
        if value is None:
            raise InvalidInput(name, N_("hace falta para esa distribución"))
    assert mean is not None
    assert sd is not None
    if distribution == "normal":
        quantile = float(stats.norm.ppf(confidence))
        beyond = float(stats.norm.pdf(quantile)) / (1 - confidence)
        return Shortfall(method="normal", library="scipy", var=mean + sd * quantile, es=mean + sd * beyond)
    if df is None:
        raise InvalidInput("df", N_("hacen falta los grados de libertad de la t"))
    scale = sd * math.sqrt((df - 2) / df)
    quantile = float(stats.t.ppf(confidence, df))
    beyond = float(stats.t.pdf(quantile, df)) / (1 - confidence) * (df + quantile**2) / (df - 1)
    return Shortfall(
        method="Student t scaled to sd", library="scipy", var=mean + scale * quantile, es=mean + scale * beyond
    )
