"""The assets of a portfolio problem as arrays: names, expected returns, covariances, scenarios."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engines.arrays import correlations, covariances, labels, matrix, vector
from engines.contract import Labels, Matrix, Vector
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_ASSETS: Final = 500
FEWER: Final = N_("agrupe los activos por factores o clases antes de optimizar")
GIVE_RISK: Final = N_("dé cov, o bien sd y corr, o bien returns")
GIVE_COVARIANCE: Final = N_("dé cov, o bien vol y corr")
ONLY_ONE: Final = N_("dé una sola de las tres: cov, sd con corr, o returns")
ONLY_COV: Final = N_("dé cov, o bien vol y corr; no ambas")


@dataclass(frozen=True)
class Market:
    """n assets: `mean` and `cov` per period, and the scenarios they come from, if they do."""

    names: tuple[str, ...]
    mean: "Floats | None"
    cov: "Floats"
    scenarios: "Floats | None" = None

    @property
    def size(self) -> int:
        """How many assets there are."""
        return len(self.names)

    @property
    def argument(self) -> str:
        """The argument that the covariances came by, for errors about them."""
        return "returns" if self.scenarios is not None else "cov"


def market(
    mean: Vector | None, sd: Vector | None, corr: Matrix | None, cov: Matrix | None, returns: Matrix | None,
    assets: Labels | None,
) -> Market:  # fmt: skip
    """Read the assets from whichever of the three ways was used; a given `mean` goes before that of `returns`.

    Raises:
        InvalidInput: none or several ways, shapes that do not match, matrices that cannot be.
        LimitExceeded: more than 500 assets.
    """
    ways = [name for name, given in (("returns", returns), ("cov", cov), ("sd", sd)) if given is not None]
    if not ways:
        raise InvalidInput("corr" if corr is not None else "cov", GIVE_RISK)
    if len(ways) > 1:
        raise InvalidInput(ways[1], ONLY_ONE)
    if corr is not None and sd is None:
        raise InvalidInput("corr", ONLY_ONE)
    scenarios = None
    if returns is not None:
        scenarios = matrix(returns, "returns", least=2)
        _admit(scenarios.shape[1], "returns")
        sigma: Any = _sample(scenarios)
    elif cov is not None:
        rows = matrix(cov, "cov", square=True)
        _admit(rows.shape[0], "cov")
        sigma = covariances(rows, "cov", rows.shape[0])
    else:
        assert sd is not None  # the only way left
        sigma = from_deviations(sd, corr, "sd")
    size = sigma.shape[0]
    expected = vector(mean, "mean", length=size) if mean is not None else None
    if expected is None and scenarios is not None:
        expected = scenarios.mean(axis=0)
    return Market(named(assets, size), expected, sigma, scenarios)


def covariance(vol: Vector | None, corr: Matrix | None, cov: Matrix | None) -> "Floats":
    """The covariance matrix told by `cov`, or by `vol` and `corr`.

    Raises:
        InvalidInput: neither way or both, matrices that cannot be.
        LimitExceeded: more than 500 assets.
    """
    if vol is None and cov is None:
        raise InvalidInput("corr" if corr is not None else "cov", GIVE_COVARIANCE)
    if cov is not None and (vol is not None or corr is not None):
        raise InvalidInput("cov", ONLY_COV)
    return from_deviations(vol, corr, "vol") if vol is not None else market(None, None, None, cov, None, None).cov


def from_deviations(sd: Vector, corr: Matrix | None, argument: str) -> "Floats":
    """The covariance matrix of `sd` (called `argument`) and `corr`; uncorrelated without `corr`."""
    import numpy as np

    deviations = vector(sd, argument, low=0.0, high=1e6)
    _admit(deviations.size, argument)
    if (deviations == 0).all():
        raise InvalidInput(argument, N_("debe tener alguna desviación mayor que cero"))
    related = np.eye(deviations.size) if corr is None else correlations(corr, "corr", deviations.size)
    product: Floats = related * np.outer(deviations, deviations)
    return product


def named(assets: Labels | None, size: int, argument: str = "assets") -> tuple[str, ...]:
    """The names of the assets; their numbers from 1 if none were given."""
    if assets is None:
        return tuple(str(place + 1) for place in range(size))
    given = tuple(str(name) for name in labels(assets, argument, length=size))
    if len(set(given)) != size:
        raise InvalidInput(argument, N_("tiene nombres repetidos"))
    return given


def expected(assets: Market) -> "Floats":
    """The expected returns, which the objective cannot do without.

    Raises:
        InvalidInput: they were not given.
    """
    if assets.mean is None:
        raise InvalidInput("mean", N_("hace falta la rentabilidad esperada de cada activo"))
    return assets.mean


def _sample(scenarios: "Floats") -> "Floats":
    import numpy as np

    if np.abs(scenarios).max() > 1e6:
        raise InvalidInput("returns", N_("no son rentabilidades: hay valores mayores que 1000000 (en tanto por uno)"))
    sigma: Floats = np.atleast_2d(np.cov(scenarios, rowvar=False))
    if not (np.diag(sigma) > 0).any():
        raise InvalidInput("returns", N_("no varían: ningún activo tiene riesgo"))
    return sigma


def _admit(size: int, argument: str) -> None:
    if size == 0:
        raise InvalidInput(argument, N_("debe tener al menos un activo"))
    if size > MOST_ASSETS:
        raise LimitExceeded(argument, MOST_ASSETS, size, FEWER)
