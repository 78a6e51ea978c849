"""Weights from risk alone: parity (*paridad de riesgo*), hierarchy, and the covariances to trust."""

import math
from typing import TYPE_CHECKING

from engines.arrays import matrix, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Matrix, Part, Vector, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.financial.portfolio.market import covariance, market, named

if TYPE_CHECKING:
    from engines.arrays import Floats


class RiskParity(Computed):
    """Weights, and the share of the portfolio's deviation that each asset brings (they sum to one)."""

    assets: tuple[str, ...]
    weights: tuple[float, ...]
    contributions: tuple[float, ...]
    sd: float


@operation(
    "Paridad de riesgo",
    examples=(
        "Calcula la cartera de paridad de riesgo en que cada activo aporta el mismo riesgo",
        "Risk parity weights: equal risk contribution portfolio with risk budgets",
    ),
    heavy=True,
)
def risk_parity(
    vol: Vector | None = None,
    corr: Matrix | None = None,
    cov: Matrix | None = None,
    budgets: Vector | None = None,
    assets: Labels | None = None,
) -> RiskParity:
    """Find the long-only weights whose contributions to risk are equal, or follow given budgets.

    Args:
        vol: (n,) standard deviations per period; with corr.
        corr: (n, n) correlations; the assets are uncorrelated without it.
        cov: (n, n) covariances, instead of vol and corr.
        budgets: (n,) shares of risk, positive; they are scaled to sum to one. Equal if absent.
        assets: (n,) their names.

    Raises:
        InvalidInput: an asset without risk, budgets not positive, matrices that cannot be.
        NotConverged: the covariances admit a riskless mix, so that no parity exists.

    Source: Maillard, Roncalli & Teiletche, The Journal of Portfolio Management 36 (2010); solved as the
    convex problem min ½ y'Σy - Σ b ln y by Newton steps (Spinu 2013, SSRN 2297383).
    """
    import numpy as np

    sigma = covariance(vol, corr, cov)
    argument = "vol" if vol is not None else "cov"
    size = sigma.shape[0]
    deviations = np.sqrt(np.diag(sigma))
    if (deviations == 0).any():
        raise InvalidInput(argument, N_("hay activos sin riesgo: la paridad no está definida"))
    shares = np.ones(size) if budgets is None else vector(budgets, "budgets", length=size, low=1e-9)
    shares = shares / shares.sum()
    # In units of each asset's deviation the problem is well scaled whatever the assets are.
    related = sigma / np.outer(deviations, deviations)
    exposures = _parity(related, shares, "corr" if vol is not None else "cov")
    weights = exposures / deviations
    weights = weights / weights.sum()
    variance = float(weights @ sigma @ weights)
    contributions = weights * (sigma @ weights) / variance
    names = named(assets, size)
    chart = Chart(
        kind="bar",
        title=N_("Pesos y aportación al riesgo"),
        series=(
            Series(name=N_("peso"), x=names, y=tuple(float(v) for v in weights)),
            Series(name=N_("aportación al riesgo"), x=names, y=tuple(float(v) for v in contributions)),
        ),
        y_label=N_("parte"),
    )
    return RiskParity(
        method="convex log-barrier form",
        library="numpy",
        n=size,
        assets=names,
        weights=tuple(float(v) for v in weights),
        contributions=tuple(float(v) for v in contributions),
        sd=math.sqrt(variance),
        charts=(chart,),
    )


def _parity(related: "Floats", shares: "Floats", argument: str) -> "Floats":
    """The y with y·(Ry) = shares, by Newton steps that never leave the positive nor climb (the problem is convex)."""
    import numpy as np

    def height(point: "Floats") -> float:
        return 0.5 * float(point @ related @ point) - float(shares @ np.log(point))

    begin = np.sqrt(shares)
    found = begin / max(math.sqrt(max(float(begin @ related @ begin), 0.0)), 1e-3)
    for _ in range(200):
        gradient = related @ found - shares / found
        if np.abs(found * gradient).max() < 1e-12:
            return found
        step = np.linalg.solve(related + np.diag(shares / found**2), gradient)
        descent, before, size = float(gradient @ step), height(found), 1.0
        # Beside the solution rounding alone decides whether it climbs: there the whole step is right.
        while (found - size * step).min() <= 0 or (
            descent > 1e-10 and height(found - size * step) > before - 1e-4 * size * descent
        ):
            size /= 2
        found = found - size * step
        if found.max() > 1e6:
            break
    if np.abs(found * (related @ found) - shares).max() < 1e-10:
        return found
    raise NotConverged(argument, N_("hay combinaciones sin riesgo, o casi"))


class Branch(Part):
    """One union in the tree: two nodes (assets from 0, then earlier unions) at a distance."""

    left: int
    right: int
    distance: float
    size: int


class Hierarchical(Computed):
    """Weights from the tree of assets; `order` is that of the leaves."""

    assets: tuple[str, ...]
    weights: tuple[float, ...]
    order: tuple[str, ...]
    tree: tuple[Branch, ...]


@operation(
    "Paridad jerárquica de riesgo",
    examples=(
        "Reparte la cartera por paridad jerárquica de riesgo (HRP) con estas rentabilidades",
        "Hierarchical risk parity weights and cluster tree from returns",
    ),
)
def hrp(returns: Matrix, assets: Labels | None = None) -> Hierarchical:
    """Share the portfolio out down the tree of assets that move together, by inverse variance.

    Args:
        returns: (periods, n) returns per period, n at least 2.
        assets: (n,) their names.

    Raises:
        InvalidInput: returns that are no table of numbers, an asset that does not vary.
        InsufficientData: fewer than three periods.

    Source: López de Prado, The Journal of Portfolio Management 42 (2016), exhibits A1-A3: distance
    √((1 - ρ)/2), single linkage on the Euclidean distance of its columns, recursive bisection.
    """
    import numpy as np
    from scipy.cluster import hierarchy
    from scipy.spatial import distance

    rows = matrix(returns, "returns", least=3)
    among = market(None, None, None, None, returns, assets)
    sigma = among.cov
    deviations = np.sqrt(np.diag(sigma))
    size = among.size
    if size < 2 or not (deviations > 1e-12 * np.abs(rows).max()).all():
        raise InvalidInput("returns", N_("hacen falta al menos dos activos, y que todos varíen"))
    related = np.clip(sigma / np.outer(deviations, deviations), -1.0, 1.0)
    apart = np.sqrt((1 - related) / 2)
    np.fill_diagonal(apart, 0.0)
    links = hierarchy.linkage(distance.pdist(apart), method="single")
    order = [int(leaf) for leaf in hierarchy.leaves_list(links)]
    weights = _bisected(sigma, order)
    tree = tuple(Branch(left=int(a), right=int(b), distance=float(d), size=int(k)) for a, b, d, k in links)
    chart = Chart(
        kind="bar",
        title=N_("Pesos de la cartera"),
        series=(
            Series(
                name=N_("peso"),
                x=tuple(among.names[i] for i in order),
                y=tuple(float(weights[i]) for i in order),
            ),
        ),
        y_label=N_("peso"),
    )
    return Hierarchical(
        method="single linkage, recursive bisection",
        library="scipy",
        n=rows.shape[0],
        assets=among.names,
        weights=tuple(float(v) for v in weights),
        order=tuple(among.names[i] for i in order),
        tree=tree,
        charts=(chart,),
    )


def _bisected(sigma: "Floats", order: list[int]) -> "Floats":
    import numpy as np

    weights = np.ones(len(order))
    clusters = [order]
    while clusters:
        cluster = clusters.pop()
        if len(cluster) < 2:
            continue
        left, right = cluster[: len(cluster) // 2], cluster[len(cluster) // 2 :]
        first, second = _inverse_variance(sigma, left), _inverse_variance(sigma, right)
        share = 1 - first / (first + second)
        weights[left] *= share
        weights[right] *= 1 - share
        clusters += [left, right]
    return weights


def _inverse_variance(sigma: "Floats", cluster: list[int]) -> float:
    """The variance of the cluster when held by inverse variance."""
    import numpy as np

    part = sigma[np.ix_(cluster, cluster)]
    held = 1 / np.diag(part)
    held = held / held.sum()
    return float(held @ part @ held)


class Shrunk(Computed):
    """Covariances between the sample's and a multiple of the identity; `intensity` 0 is the sample, 1 the target."""

    assets: tuple[str, ...]
    cov: tuple[tuple[float, ...], ...]
    intensity: float
    location: tuple[float, ...]


TALL = N_("Hay menos periodos que activos: la muestra sola daría una matriz singular; la contraída no lo es.")


@operation(
    "Covarianzas contraídas",
    examples=(
        "Estima la matriz de covarianzas contraída de Ledoit-Wolf de estas rentabilidades",
        "Ledoit-Wolf shrinkage covariance matrix of these returns",
    ),
    heavy=True,
)
def shrink_cov(returns: Matrix, assets: Labels | None = None) -> Shrunk:
    """Estimate covariances that stay invertible and close to the truth with few periods.

    Args:
        returns: (periods, n) returns per period.
        assets: (n,) their names.

    Raises:
        InvalidInput: returns that are no table of numbers, or do not vary at all.
        InsufficientData: fewer than two periods.

    Source: Ledoit & Wolf, Journal of Multivariate Analysis 88 (2004), section 3.3; as in scikit-learn, the
    sample covariances are divided by the number of periods.
    """
    import numpy as np
    from sklearn.covariance import LedoitWolf

    among = market(None, None, None, None, returns, assets)
    rows = matrix(returns, "returns", least=2)
    # Units are taken away: squares of squares of tiny returns would lose digits.
    scale = float(np.sqrt(np.diag(among.cov).mean()))
    fitted = LedoitWolf().fit((rows - rows.mean(axis=0)) / scale)
    sigma = fitted.covariance_ * scale**2
    few = rows.shape[0] < among.size
    return Shrunk(
        method="towards a multiple of the identity; divided by n",
        library="scikit-learn",
        n=rows.shape[0],
        assets=among.names,
        cov=tuple(tuple(float(v) for v in row) for row in sigma),
        intensity=float(fitted.shrinkage_),
        location=tuple(float(v) for v in rows.mean(axis=0)),
        warnings=(Caution(text=TALL),) if few else (),
    )
