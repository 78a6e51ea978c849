"""What the market's weights imply, and opinions mixed into it (*Black-Litterman*)."""

import math
from typing import TYPE_CHECKING, Final

from engines.arrays import matrix, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Matrix, Positive, Vector, operation
from engines.errors import N_, InvalidInput, SingularMatrix
from engines.financial.portfolio.market import covariance, named

if TYPE_CHECKING:
    from engines.arrays import Floats


ROUNDED: Final = 0.02  # what weights rounded to hundredths may miss one by
NOT_WHOLE: Final = N_("Los pesos del mercado suman {total}, no 1: las rentabilidades implícitas crecen en proporción.")


class ImpliedReturns(Computed):
    """Excess returns over the riskless rate that make the market's weights optimal, per period, as fractions."""

    assets: tuple[str, ...]
    pi: tuple[float, ...]
    market_sd: float


@operation(
    "Rentabilidades implícitas del mercado",
    examples=(
        "¿Qué rentabilidades implícitas de equilibrio salen de los pesos de mercado?",
        "Reverse optimisation: equilibrium returns implied by the market weights",
    ),
)
def implied_returns(
    market_weights: Vector,
    delta: Positive,
    vol: Vector | None = None,
    corr: Matrix | None = None,
    cov: Matrix | None = None,
    assets: Labels | None = None,
) -> ImpliedReturns:
    """Find the excess returns under which an investor of risk aversion `delta` holds the market's weights.

    Args:
        market_weights: (n,) weights of the market, summing to one.
        delta: risk aversion, reward per unit of variance; He and Litterman use 2.5.
        vol: (n,) standard deviations per period; with corr.
        corr: (n, n) correlations.
        cov: (n, n) covariances, instead of vol and corr.
        assets: (n,) their names.

    Raises:
        InvalidInput: matrices that cannot be, shapes that do not match.

    Source: He & Litterman, The Intuition Behind Black-Litterman Model Portfolios (1999), section 2:
    Π = δ Σ w.
    """
    sigma = covariance(vol, corr, cov)
    size = sigma.shape[0]
    weights = vector(market_weights, "market_weights", length=size, low=-1e6, high=1e6)
    pi = delta * sigma @ weights
    return ImpliedReturns(
        method="reverse optimisation",
        library="numpy",
        n=size,
        assets=named(assets, size),
        pi=tuple(float(v) for v in pi),
        market_sd=math.sqrt(max(float(weights @ sigma @ weights), 0.0)),
        warnings=_whole(weights),
    )


class Blended(Computed):
    """Expected excess returns `mu` after the views, their covariance, and the weights they lead to, before any rule.

    `mu_sd` is how uncertain each mean is still; `cov` is that of future returns (Σ plus that uncertainty).
    """

    assets: tuple[str, ...]
    prior: tuple[float, ...]
    mu: tuple[float, ...]
    mu_sd: tuple[float, ...]
    cov: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]


@operation(
    "Black-Litterman",
    examples=(
        "Combina con Black-Litterman mi opinión de que Alemania rendirá un 5 % más que el resto de Europa",
        "Black-Litterman posterior returns with these views and equilibrium weights",
    ),
)
def black_litterman(
    market_weights: Vector,
    delta: Positive,
    picks: Matrix,
    views: Vector,
    vol: Vector | None = None,
    corr: Matrix | None = None,
    cov: Matrix | None = None,
    tau: Positive = 0.05,
    omega: Vector | None = None,
    assets: Labels | None = None,
) -> Blended:
    """Mix opinions about returns with those that the market's weights imply.

    Args:
        market_weights: (n,) weights of the market, summing to one.
        delta: risk aversion, reward per unit of variance.
        picks: (k, n) a row a view: the portfolio it is about (one asset: a single 1; relative: 1 and -1).
        views: (k,) expected excess return of each of those portfolios, per period, as a fraction.
        vol: (n,) standard deviations per period; with corr.
        corr: (n, n) correlations.
        cov: (n, n) covariances, instead of vol and corr.
        tau: how uncertain the market's means are, as a fraction of the covariances.
        omega: (k,) variance of the error of each view; if absent, tau times the variance of its portfolio.
        assets: (n,) their names.

    Raises:
        InvalidInput: shapes that do not match, a view about nothing, variances not positive.
        SingularMatrix: the covariances, or the views, repeat each other.

    Source: He & Litterman, The Intuition Behind Black-Litterman Model Portfolios (1999), appendix B,
    equations 8 and 9; default Ω, the same, section 3 (Meucci 2005 form, equation 9.40).
    """
    import numpy as np

    sigma = covariance(vol, corr, cov)
    size = sigma.shape[0]
    shares = vector(market_weights, "market_weights", length=size, low=-1e6, high=1e6)
    picked = matrix(picks, "picks", columns=size)
    said = vector(views, "views", length=picked.shape[0], low=-1e6, high=1e6)
    if np.abs(picked).max() > 1e6 or not picked.any(axis=1).all():
        raise InvalidInput("picks", N_("cada opinión debe tratar de algún activo"))
    spread = tau * sigma
    errors = np.diag(picked @ spread @ picked.T) if omega is None else vector(omega, "omega", length=said.size)
    if (errors <= 0).any():
        raise InvalidInput("omega" if omega is not None else "picks", N_("debe tener varianzas mayores que cero"))
    prior = delta * sigma @ shares
    among = picked @ spread @ picked.T + np.diag(errors)
    _regular(sigma, "cov" if cov is not None else "corr", named(assets, size))
    _regular(among, "picks", tuple(str(i + 1) for i in range(said.size)))
    gain = np.linalg.solve(among, picked @ spread).T
    mean = prior + gain @ (said - picked @ prior)
    left = spread - gain @ picked @ spread
    total = sigma + (left + left.T) / 2
    names = named(assets, size)
    chart = Chart(
        kind="bar",
        title=N_("Rentabilidad esperada antes y después de las opiniones"),
        series=(
            Series(name=N_("mercado"), x=names, y=tuple(float(v) for v in prior)),
            Series(name=N_("con opiniones"), x=names, y=tuple(float(v) for v in mean)),
        ),
        y_label=N_("rentabilidad sobre el tipo sin riesgo"),
    )
    return Blended(
        method="Ω given" if omega is not None else "Ω = diag(P τΣ P')",
        library="numpy",
        n=size,
        assets=names,
        prior=tuple(float(v) for v in prior),
        mu=tuple(float(v) for v in mean),
        mu_sd=tuple(float(v) for v in np.sqrt(np.maximum(np.diag(left), 0.0))),
        cov=tuple(tuple(float(v) for v in row) for row in total),
        weights=tuple(float(v) for v in np.linalg.solve(delta * total, mean)),
        warnings=_whole(shares),
        charts=(chart,),
    )


def _whole(weights: "Floats") -> tuple[Caution, ...]:
    """A caution where the market's weights are no shares of a whole: the returns implied grow in proportion."""
    total = float(weights.sum())
    if abs(total - 1) <= ROUNDED:
        return ()
    return (Caution(text=NOT_WHOLE, values={"total": round(total, 4)}),)


def _regular(found: "Floats", argument: str, names: tuple[str, ...]) -> None:
    """Refuse a matrix that cannot be inverted, once its scale is taken away."""
    import numpy as np

    roots = np.sqrt(np.diag(found))
    scaled = found / np.where(roots > 0, np.outer(roots, roots), 1.0)
    values, vectors = np.linalg.eigh(scaled)
    if values[0] < 1e-12 * values[-1] or (roots == 0).any():
        heavy = np.abs(vectors[:, 0]) > 1e-6
        raise SingularMatrix(argument, ", ".join(name for name, bad in zip(names, heavy, strict=True) if bad))
