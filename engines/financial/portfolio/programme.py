"""Rules for weights (*restricciones*) as sparse rows, and the convex programmes solved under them by Clarabel.

All rules hold for a multiple κ of the weights, so that ratios (Sharpe, diversification) are found by
one quadratic programme in y = κ·w (Cornuejols & Tütüncü 2006, section 8.2). Plain programmes fix κ = 1.
Unknowns: y (n), κ, and with a previous portfolio the purchases and the sales (n each).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict

from engines.arrays import matrix, vector
from engines.contract import Matrix, NonNegative, Part, Real, Vector
from engines.errors import N_, InvalidInput, NotConverged

if TYPE_CHECKING:
    from engines.arrays import Floats

SOLVED: Final = ("Solved", "AlmostSolved")
IMPOSSIBLE: Final = N_("ninguna cartera cumple todas las restricciones a la vez")
CROSSED: Final = N_("el mínimo es mayor que el máximo")


class Group(Part):
    """A rule on the joint weight of some assets (by name): *renta variable, como mucho el 20 %*."""

    model_config = ConfigDict(extra="forbid")

    name: str
    assets: tuple[str, ...]
    low: Real = 0.0
    high: Real = 1.0


@dataclass(frozen=True)
class Rules:
    """Bounds (n,), groups, and the previous weights with the turnover and the cost of leaving them."""

    low: "Floats"
    high: "Floats"
    groups: tuple[tuple["Floats", float, float], ...]
    previous: "Floats | None"
    turnover: float | None
    cost: float

    @property
    def unknowns(self) -> int:
        """How many numbers the programme looks for."""
        size = self.low.size
        return size + 1 + (2 * size if self.previous is not None else 0)

    def rewards(self, reward: "Floats", per_unit: float = 0.0) -> "Floats":
        """What each unknown adds: `reward` of y, `per_unit` of κ, minus the cost of trades."""
        import numpy as np

        row = np.zeros(self.unknowns)
        row[: reward.size] = reward
        row[reward.size] = per_unit
        row[reward.size + 1 :] = -self.cost
        return row


def rules(
    names: tuple[str, ...], bounds: Matrix | None, groups: tuple[Group, ...], previous: Vector | None,
    turnover: NonNegative | None, cost: NonNegative,
) -> Rules:  # fmt: skip
    """Check the rules against the assets called `names`.

    Raises:
        InvalidInput: crossed bounds, an unknown asset in a group, a turnover without previous weights.
    """
    import numpy as np

    size = len(names)
    pairs = np.array([[0.0, 1.0]]) if bounds is None else matrix(bounds, "bounds", columns=2)
    if pairs.shape[0] not in (1, size):
        raise InvalidInput("bounds", N_("debe tener un par (mínimo, máximo), o uno por activo"))
    pairs = np.broadcast_to(pairs, (size, 2))
    if (pairs[:, 0] > pairs[:, 1]).any():
        raise InvalidInput("bounds", CROSSED)
    place = {name: i for i, name in enumerate(names)}
    held = []
    for group in groups:
        if not group.assets or not set(group.assets) <= place.keys():
            raise InvalidInput("groups", N_("nombra activos que no están en la cartera"))
        if group.low > group.high:
            raise InvalidInput("groups", CROSSED)
        row = np.zeros(size)
        row[[place[name] for name in group.assets]] = 1.0
        held.append((row, group.low, group.high))
    if previous is None and (turnover is not None or cost > 0):
        raise InvalidInput("previous", N_("hace falta la cartera de partida para medir la rotación o su coste"))
    before = vector(previous, "previous", length=size) if previous is not None else None
    return Rules(pairs[:, 0].copy(), pairs[:, 1].copy(), tuple(held), before, turnover, cost)


def solve(sigma: "Floats", under: Rules, *, exactly: tuple[Any, ...] = (), at_least: tuple[Any, ...] = ()) -> "Floats":
    """The y with the least y'Σy under the rules, divided by κ: weights (n,).

    Args:
        sigma: (n, n) covariances.
        under: the rules.
        exactly: rows (unknowns,) and their values: equalities beside the rules.
        at_least: rows and values that may not be undercut.

    Raises:
        NotConverged: nothing fulfils all rules, or the solver stopped (its status in `why`).
    """
    import numpy as np
    from scipy import sparse

    size = sigma.shape[0]
    quadratic = sparse.block_diag(
        [sparse.csc_matrix(np.triu(sigma) / np.diag(sigma).max()), sparse.csc_matrix((under.unknowns - size,) * 2)]
    ).tocsc()
    found = _solve(quadratic, np.zeros(under.unknowns), under, exactly, at_least)
    return _tidy(found, under)


def most(reward: "Floats", under: Rules) -> "Floats":
    """The weights with the greatest reward (unknowns,) under the rules, κ = 1.

    Raises:
        NotConverged: nothing fulfils all rules.
    """
    import numpy as np
    from scipy import sparse

    kappa = _unit(under)
    scale = max(float(np.abs(reward).max()), 1e-12)
    empty = sparse.csc_matrix((under.unknowns, under.unknowns))
    return _tidy(_solve(empty, -reward / scale, under, ((kappa, 1.0),), ()), under)


def constraint_rows(under: Rules) -> tuple[Any, "Floats", Any, "Floats"]:
    """The rules as A_eq x = b_eq and A_le x ≤ b_le over the unknowns (κ free)."""
    import numpy as np
    from scipy import sparse

    size, unknowns = under.low.size, under.unknowns
    eye = sparse.identity(size, format="csr")
    trades = unknowns - size - 1

    def wide(left: Any, kappa: "Floats", right: Any = None) -> Any:
        right = sparse.csr_matrix((left.shape[0], trades)) if right is None else right
        return sparse.hstack([left, sparse.csr_matrix(kappa.reshape(-1, 1)), right], format="csr")

    budget = wide(sparse.csr_matrix(np.ones((1, size))), np.array([-1.0]))
    equal, less = [budget], [wide(-eye, under.low), wide(eye, -under.high)]
    less.append(wide(sparse.csr_matrix((1, size)), np.array([-1.0])))  # κ ≥ 0
    for row, low, high in under.groups:
        less.append(wide(sparse.csr_matrix(-row), np.array([low])))
        less.append(wide(sparse.csr_matrix(row), np.array([-high])))
    if under.previous is not None:
        equal.append(wide(eye, -under.previous, sparse.hstack([-eye, eye])))
        less.append(wide(sparse.csr_matrix((2 * size, size)), np.zeros(2 * size), -sparse.identity(2 * size)))
        if under.turnover is not None:
            less.append(wide(sparse.csr_matrix((1, size)), np.array([-under.turnover]), np.ones((1, 2 * size))))
    a_eq, a_le = sparse.vstack(equal, format="csr"), sparse.vstack(less, format="csr")
    return a_eq, np.zeros(a_eq.shape[0]), a_le, np.zeros(a_le.shape[0])


def fixed(under: Rules) -> tuple["Floats", float]:
    """The equality κ = 1 that makes y the weights themselves."""
    return _unit(under), 1.0


def _unit(under: Rules) -> "Floats":
    import numpy as np

    row = np.zeros(under.unknowns)
    row[under.low.size] = 1.0
    return row


def _solve(quadratic: Any, linear: "Floats", under: Rules, exactly: Any, at_least: Any) -> "Floats":
    import clarabel
    import numpy as np
    from scipy import sparse

    a_eq, b_eq, a_le, b_le = constraint_rows(under)
    equal = sparse.vstack([a_eq, *(sparse.csr_matrix(row) for row, _ in exactly)])
    less = sparse.vstack([a_le, *(sparse.csr_matrix(-row) for row, _ in at_least)])
    right = np.concatenate([b_eq, [value for _, value in exactly], b_le, [-value for _, value in at_least]])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    cones = [clarabel.ZeroConeT(equal.shape[0]), clarabel.NonnegativeConeT(less.shape[0])]
    rows = sparse.vstack([equal, less]).tocsc()
    answer = clarabel.DefaultSolver(quadratic, linear, rows, right, cones, settings).solve()
    status = str(answer.status)
    if "PrimalInfeasible" in status:
        raise NotConverged("bounds", IMPOSSIBLE)
    if status not in SOLVED:
        raise NotConverged("bounds", status)
    return np.asarray(answer.x)


def _tidy(found: "Floats", under: Rules) -> "Floats":
    """Weights out of the unknowns; what the interior point leaves beyond a bound (1e-9) goes back onto it."""
    import numpy as np

    size = under.low.size
    kappa = float(found[size])
    if kappa <= 1e-12:
        raise NotConverged("bounds", IMPOSSIBLE)
    weights: Floats = np.clip(found[:size] / kappa, under.low, under.high)
    return weights
