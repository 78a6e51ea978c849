"""Weights by an objective (*cartera óptima*) and the efficient frontier (*frontera eficiente*)."""

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import (
    Caution,
    Computed,
    Labels,
    Level,
    Matrix,
    NonNegative,
    Part,
    Real,
    Vector,
    operation,
)
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.financial.portfolio.market import Market, expected, market
from engines.financial.portfolio.programme import (
    IMPOSSIBLE,
    Group,
    Rules,
    constraint_rows,
    fixed,
    most,
    rules,
    solve,
)
from engines.running import report

if TYPE_CHECKING:
    from engines.arrays import Floats

Objective = Literal["max_sharpe", "min_variance", "target_return", "min_cvar", "max_diversification"]
LABELS: Final = {
    "max_sharpe": N_("máximo Sharpe"),
    "min_variance": N_("mínima varianza"),
    "target_return": N_("rentabilidad objetivo"),
    "min_cvar": N_("mínimo CVaR"),
    "max_diversification": N_("máxima diversificación"),
}
MOST_SCENARIOS: Final = 10_000
MOST_RETURNS: Final = 2_000_000  # scenarios times assets
SIMPLEX: Final = 200_000
FEW: Final = N_(
    "Hay {periods} periodos para {assets} activos: las covarianzas son inseguras; "
    "pruebe antes con covarianzas contraídas (shrink_cov)."
)
UNREACHED: Final = N_("ninguna cartera admitida llega a esa rentabilidad, descontados los costes")
UNREWARDED: Final = N_("ninguna cartera admitida rinde más que el tipo sin riesgo")


class Allocation(Part):
    """The weights that one objective chose, and what they promise per period, before the cost of trading.

    `cvar` (a loss is positive) only from scenarios; `traded` only from a previous portfolio.
    """

    objective: str
    weights: dict[str, float]
    mean: float | None
    sd: float
    sharpe: float | None
    cvar: float | None = None
    diversification: float | None = None
    traded: float | None = None


class Optimum(Computed):
    """The portfolios asked for; the first one's figures stand on top. Rates and deviations per period, as fractions."""

    weights: dict[str, float]
    mean: float | None
    sd: float
    sharpe: float | None
    tangency: dict[str, float] | None = None
    min_variance: dict[str, float] | None = None
    min_sd: float | None = None
    portfolios: tuple[Allocation, ...]


@operation(
    "Cartera óptima",
    examples=(
        "Optimiza la cartera de inversión: pesos de máximo Sharpe y de mínima varianza",
        "¿Qué pesos minimizan el CVaR de la cartera con estos escenarios de rentabilidad?",
        "Find the optimal portfolio weights for maximum Sharpe ratio with these bounds",
    ),
    heavy=True,
)
def optimise(
    objective: Objective | Annotated[tuple[Objective, ...], Field(min_length=1, max_length=5)],
    mean: Vector | None = None,
    sd: Vector | None = None,
    corr: Matrix | None = None,
    cov: Matrix | None = None,
    returns: Matrix | None = None,
    assets: Labels | None = None,
    risk_free: Real = 0.0,
    target_return: Real | None = None,
    confidence: Level = 0.95,
    bounds: Matrix | None = None,
    groups: tuple[Group, ...] = (),
    previous: Vector | None = None,
    turnover: NonNegative | None = None,
    cost: NonNegative = 0.0,
) -> Optimum:
    """Find the weights that fulfil one objective, or several, under the same rules; they sum to one.

    Args:
        objective: max_sharpe, min_variance, target_return (least variance for at least that mean),
            min_cvar (least expected shortfall over `returns`), max_diversification (greatest ratio of
            the weighted deviations to the portfolio's); one or a list.
        mean: (n,) expected returns per period, as fractions; those of `returns` if absent.
        sd: (n,) standard deviations per period; with `corr`.
        corr: (n, n) correlations; the assets are uncorrelated without it.
        cov: (n, n) covariances, instead of sd and corr.
        returns: (periods, n) observed or simulated returns, instead of cov or sd and corr.
        assets: (n,) their names; 1, 2, 3… if absent.
        risk_free: the riskless rate of the same period.
        target_return: the mean to reach, net of costs, for target_return (and, if given, for min_cvar).
        confidence: of the CVaR: 0.95 looks at the worst 5 % of the scenarios.
        bounds: (1, 2) or (n, 2) least and greatest weight; 0 to 1 if absent (no short sales).
        groups: rules on the joint weight of several assets, by their names.
        previous: (n,) weights held today.
        turnover: the most that may be traded, purchases plus sales, as a fraction of the portfolio.
        cost: of trading one unit, as a fraction; taken from the mean.

    Raises:
        InvalidInput: nothing to tell the risk by, matrices that cannot be, no reward above risk_free.
        NotConverged: no portfolio fulfils the rules; `why` says the solver's status.
        LimitExceeded: more than 500 assets; for min_cvar more than 10,000 scenarios or two million returns.

    Source: Markowitz, The Journal of Finance 7 (1952); ratios by one quadratic programme, Cornuejols &
    Tütüncü, Optimization Methods in Finance (2006), section 8.2; CVaR by linear programme, Rockafellar &
    Uryasev, Journal of Risk 2 (2000), equation 17; diversification ratio, Choueifaty & Coignard, The
    Journal of Portfolio Management 35 (2008).
    """
    among = market(mean, sd, corr, cov, returns, assets)
    under = rules(among.names, bounds, groups, previous, turnover, cost)
    wanted = (objective,) if isinstance(objective, str) else tuple(dict.fromkeys(objective))
    portfolios = []
    for done, goal in enumerate(wanted):
        weights = _weights(goal, among, under, risk_free, target_return, confidence)
        portfolios.append(_allocation(goal, weights, among, under, risk_free, confidence))
        report(done + 1, len(wanted))
    by = {found.objective: found for found in portfolios}
    first = portfolios[0]
    smallest = by.get("min_variance")
    tangency = by.get("max_sharpe")
    return Optimum(
        method="quadratic programme by Clarabel; CVaR linear programme by HiGHS",
        library="clarabel, scipy",
        n=among.size,
        weights=first.weights,
        mean=first.mean,
        sd=first.sd,
        sharpe=first.sharpe,
        tangency=tangency.weights if tangency else None,
        min_variance=smallest.weights if smallest else None,
        min_sd=smallest.sd if smallest else None,
        portfolios=tuple(portfolios),
        warnings=_cautions(among),
        charts=(_bars(portfolios, among),),
    )


class Point(Part):
    """One efficient portfolio."""

    mean: float
    sd: float
    sharpe: float | None
    weights: dict[str, float]


class Frontier(Computed):
    """Efficient portfolios from the least variance to the greatest mean, per period, as fractions."""

    points: tuple[Point, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]


@operation(
    "Frontera eficiente",
    examples=(
        "Dibuja la frontera eficiente de estos activos con 20 carteras",
        "Draw the efficient frontier of these assets: risk against expected return",
    ),
    heavy=True,
)
def frontier(
    mean: Vector | None = None,
    sd: Vector | None = None,
    corr: Matrix | None = None,
    cov: Matrix | None = None,
    returns: Matrix | None = None,
    assets: Labels | None = None,
    risk_free: Real = 0.0,
    points: Annotated[int, Field(ge=2, le=200)] = 20,
    bounds: Matrix | None = None,
    groups: tuple[Group, ...] = (),
) -> Frontier:
    """Trace the portfolios with the least deviation for each expected return.

    Args:
        mean: (n,) expected returns per period, as fractions; those of `returns` if absent.
        sd: (n,) standard deviations per period; with `corr`.
        corr: (n, n) correlations; the assets are uncorrelated without it.
        cov: (n, n) covariances, instead of sd and corr.
        returns: (periods, n) observed or simulated returns, instead of cov or sd and corr.
        assets: (n,) their names; 1, 2, 3… if absent.
        risk_free: the riskless rate of the same period, for the Sharpe ratios.
        points: how many portfolios, 2 to 200, evenly spaced in the mean.
        bounds: (1, 2) or (n, 2) least and greatest weight; 0 to 1 if absent.
        groups: rules on the joint weight of several assets, by their names.

    Raises:
        InvalidInput: no expected returns, nothing to tell the risk by, matrices that cannot be.
        NotConverged: no portfolio fulfils the rules.
        LimitExceeded: more than 500 assets.

    Source: Markowitz, Portfolio Selection (1959), chapter 8; swept by one quadratic programme a point.
    """
    import numpy as np

    among = market(mean, sd, corr, cov, returns, assets)
    reward = expected(among)
    under = rules(among.names, bounds, groups, None, None, 0.0)
    safest = solve(among.cov, under, exactly=(fixed(under),))
    richest = most(under.rewards(reward), under)
    steps = np.linspace(float(reward @ safest), float(reward @ richest), points)
    found = []
    for done, step in enumerate(steps):
        if done == 0:
            weights = safest
        elif done == points - 1:
            weights = _cheapest_of_the_best(among, under, reward, richest)
        else:
            weights = solve(among.cov, under, exactly=(fixed(under),), at_least=((under.rewards(reward), float(step)),))
        got, risk, sharpe = _figures(weights, reward, among.cov, risk_free)
        found.append(Point(mean=got, sd=risk, sharpe=sharpe, weights=_by_name(among, weights)))
        report(done + 1, points)
    means, risks = tuple(p.mean for p in found), tuple(p.sd for p in found)
    single = tuple(float(v) for v in np.sqrt(np.diag(among.cov)))
    line = Series(name=N_("frontera eficiente"), x=risks, y=means)
    cloud = Series(name=N_("activos"), x=single, y=tuple(float(v) for v in reward))
    chart = Chart(
        kind="scatter",
        title=N_("Frontera eficiente"),
        series=(line, cloud),
        x_label=N_("desviación típica"),
        y_label=N_("rentabilidad esperada"),
    )
    return Frontier(
        method="quadratic programme by Clarabel, one a point",
        library="clarabel",
        n=among.size,
        points=tuple(found),
        mean=means,
        sd=risks,
        warnings=_cautions(among),
        charts=(chart,),
    )


def _cheapest_of_the_best(among: Market, under: Rules, reward: "Floats", richest: "Floats") -> "Floats":
    """Among portfolios of (nearly) the greatest mean, that of least variance: several assets may tie."""
    best = float(reward @ richest)
    slack = 1e-9 * max(1.0, abs(best))
    try:
        return solve(
            among.cov, under, exactly=(fixed(under),), at_least=((under.rewards(reward), best - slack),)
        )  # fmt: skip
    except NotConverged:
        # A single point is left of the feasible set: the interior point has no inside to work in.
        return richest


def _weights(
    goal: Objective, among: Market, under: Rules, risk_free: float, target: float | None, confidence: float
) -> "Floats":
    import numpy as np

    if goal == "min_cvar":
        return _least_cvar(among, under, target, confidence)
    if goal == "min_variance":
        return solve(among.cov, under, exactly=(fixed(under),))
    if goal == "target_return":
        if target is None:
            raise InvalidInput("target_return", N_("hace falta la rentabilidad que se quiere alcanzar"))
        row = _reachable(target, among, under)
        return solve(among.cov, under, exactly=(fixed(under),), at_least=((row, target),))
    if goal == "max_diversification":
        return solve(among.cov, under, exactly=((under.rewards(np.sqrt(np.diag(among.cov))), 1.0),))
    row = under.rewards(expected(among), -risk_free)
    best = most(row, under)
    if _reward_of(best, row, under) <= 1e-12:
        raise InvalidInput("mean", UNREWARDED)
    scale = float(np.abs(row).max())
    return solve(among.cov, under, exactly=((row / scale, 1.0),))


def _reachable(target: float, among: Market, under: Rules) -> "Floats":
    """What each unknown adds to the mean, once some portfolio under the rules is known to reach `target`."""
    row = under.rewards(expected(among))
    if _reward_of(most(row, under), row, under) < target - 1e-9 * max(1.0, abs(target)):
        raise NotConverged("target_return", UNREACHED)
    return row


def _reward_of(weights: "Floats", row: "Floats", under: Rules) -> float:
    """What `row` makes of weights, their trades included."""
    import numpy as np

    size = weights.size
    traded = 0.0 if under.previous is None else under.cost * float(np.abs(weights - under.previous).sum())
    return float(row[:size] @ weights) + float(row[size]) - traded


def _least_cvar(among: Market, under: Rules, target: float | None, confidence: float) -> "Floats":
    import numpy as np
    from scipy import optimize, sparse

    if among.scenarios is None:
        raise InvalidInput("returns", N_("hacen falta escenarios de rentabilidad para el CVaR"))
    periods, size = among.scenarios.shape
    if periods > MOST_SCENARIOS:
        raise LimitExceeded("returns", MOST_SCENARIOS, periods, N_("use menos escenarios, o agrúpelos"))
    if periods * size > MOST_RETURNS:
        raise LimitExceeded("returns", MOST_RETURNS, periods * size, N_("use menos escenarios, o agrúpelos"))
    a_eq, b_eq, a_le, b_le = constraint_rows(under)
    spare = under.unknowns - size
    # -r·w - ζ - u ≤ 0, over (unknowns, ζ, u).
    shortfalls = sparse.hstack(
        [
            sparse.csr_matrix(-among.scenarios),
            sparse.csr_matrix((periods, spare)),
            sparse.csr_matrix(-np.ones((periods, 1))),
            -sparse.identity(periods),
        ]
    )
    extra = sparse.csr_matrix((a_le.shape[0], periods + 1))
    blocks, right = [sparse.hstack([a_le, extra]), shortfalls], [b_le, np.zeros(periods)]
    if target is not None:
        row = sparse.csr_matrix(-_reachable(target, among, under))
        blocks.append(sparse.hstack([row, sparse.csr_matrix((1, periods + 1))]))
        right.append(np.array([-target]))
    costs = np.concatenate([np.zeros(under.unknowns), [1.0], np.full(periods, 1 / ((1 - confidence) * periods))])
    costs[size + 1 : under.unknowns] = under.cost
    limits: list[tuple[float | None, float | None]] = (
        [(None, None)] * under.unknowns + [(None, None)] + [(0, None)] * periods
    )
    limits[size] = (1.0, 1.0)
    answer = optimize.linprog(
        costs,
        A_ub=sparse.vstack(blocks, format="csr"),
        b_ub=np.concatenate(right),
        A_eq=sparse.hstack([a_eq, sparse.csr_matrix((a_eq.shape[0], periods + 1))], format="csr"),
        b_eq=b_eq,
        bounds=limits,
        # The simplex is quicker on small programmes, the interior point by far on dense large ones.
        method="highs-ipm" if periods * size > SIMPLEX else "highs",
    )
    if answer.status == 2:
        raise NotConverged("bounds", IMPOSSIBLE)
    if not answer.success:
        raise NotConverged("returns", str(answer.message))
    weights: Floats = np.clip(answer.x[:size], under.low, under.high)
    return weights


def _allocation(
    goal: Objective, weights: "Floats", among: Market, under: Rules, risk_free: float, confidence: float
) -> Allocation:
    import numpy as np

    got: float | None = None
    sharpe: float | None = None
    if among.mean is not None:
        got, risk, sharpe = _figures(weights, among.mean, among.cov, risk_free)
    else:
        risk = math.sqrt(max(float(weights @ among.cov @ weights), 0.0))
    spread = float(np.abs(weights) @ np.sqrt(np.diag(among.cov)))
    return Allocation(
        objective=goal,
        weights=_by_name(among, weights),
        mean=got,
        sd=risk,
        sharpe=sharpe,
        cvar=_cvar(-(among.scenarios @ weights), confidence) if among.scenarios is not None else None,
        diversification=spread / risk if risk > 0 else None,
        traded=float(np.abs(weights - under.previous).sum()) if under.previous is not None else None,
    )


def _cvar(losses: "Floats", confidence: float) -> float:
    """The mean of the worst 1 - confidence of the losses, the last of them in part (equation 17 at its minimum)."""
    import numpy as np

    ordered = np.sort(losses)[::-1]
    whole = ordered.size * (1 - confidence)
    full = min(int(whole + 1e-9), ordered.size - 1)
    return float((ordered[:full].sum() + max(whole - full, 0.0) * ordered[full]) / whole)


def _figures(
    weights: "Floats", reward: "Floats", sigma: "Floats", risk_free: float
) -> tuple[float, float, float | None]:
    got = float(reward @ weights)
    risk = math.sqrt(max(float(weights @ sigma @ weights), 0.0))
    return got, risk, (got - risk_free) / risk if risk > 0 else None


def _by_name(among: Market, weights: "Floats") -> dict[str, float]:
    return dict(zip(among.names, (float(w) for w in weights), strict=True))


def _cautions(among: Market) -> tuple[Caution, ...]:
    if among.scenarios is None or among.scenarios.shape[0] >= 2 * among.size:
        return ()
    return (Caution(text=FEW, values={"periods": among.scenarios.shape[0], "assets": among.size}),)


def _bars(portfolios: list[Allocation], among: Market) -> Chart:
    """The weights side by side; of many assets, the heaviest thirty."""
    heaviest = sorted(among.names, key=lambda name: -max(abs(p.weights[name]) for p in portfolios))[:30]
    shown = tuple(name for name in among.names if name in set(heaviest))
    return Chart(
        kind="bar",
        title=N_("Pesos de la cartera"),
        series=tuple(
            Series(name=LABELS[p.objective], x=shown, y=tuple(p.weights[s] for s in shown)) for p in portfolios
        ),
        y_label=N_("peso"),
    )
