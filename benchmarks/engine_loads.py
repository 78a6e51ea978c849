"""One load of an engine, by our operation or by the library itself: `python -m benchmarks.engine_loads NAME`.

Prints seconds of the computation and the greatest memory of the process, imports included, as JSON.
Each runs in a process of its own, so that one's memory is not the other's.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TRIANGLE = json.loads((Path(__file__).parent.parent / "tests/data/engines/reference.json").read_text(encoding="utf-8"))
GENINS = TRIANGLE["datasets"]["taylor_ashe"]["data"]
SIMULATIONS, PATHS, STEPS, ASSETS, ROWS = 1000, 1_000_000, 12, 500, 1_000_000
Load = Callable[[], Callable[[], Any]]


def bootstrap_ours() -> Callable[[], Any]:
    from engines.insurance.reserving.poisson import odp_bootstrap

    return lambda: odp_bootstrap(GENINS, n_sims=SIMULATIONS, seed=1)


def bootstrap_library() -> Callable[[], Any]:
    """Resample, project and take the standard deviation of the total, as its manual does."""
    import chainladder as cl

    triangle = cl.load_sample("genins")

    def work() -> Any:
        resampled = cl.BootstrapODPSample(n_sims=SIMULATIONS, random_state=1).fit_transform(triangle)
        return cl.Chainladder().fit(resampled).ibnr_.sum("origin").std()

    return work


def paths_ours() -> Callable[[], Any]:
    from engines.economic.market_simulation.gbm import gbm_paths

    return lambda: gbm_paths(s0=100.0, mu=0.05, sigma=0.2, T=1.0, steps=STEPS, paths=PATHS, antithetic=False, seed=1)


def paths_library() -> Callable[[], Any]:
    """All paths at once in numpy, and the quantiles of the last prices."""

    def work() -> Any:
        normal = np.random.default_rng(1).standard_normal((PATHS, STEPS))
        step = 1.0 / STEPS
        logs = np.cumsum((0.05 - 0.02) * step + 0.2 * np.sqrt(step) * normal, axis=1)
        return np.quantile(100.0 * np.exp(logs[:, -1]), [0.01, 0.05, 0.5, 0.95, 0.99])

    return work


def _market() -> tuple[Any, Any]:
    chance = np.random.default_rng(3)
    loadings = chance.normal(size=(ASSETS, 20))
    return chance.normal(0.05, 0.02, ASSETS), loadings @ loadings.T / 100 + np.diag(chance.uniform(0.01, 0.05, ASSETS))


def portfolio_ours() -> Callable[[], Any]:
    from engines.financial.portfolio.optimise import optimise

    mean, cov = _market()
    return lambda: optimise(objective="min_variance", mean=mean, cov=cov)


def portfolio_library() -> Callable[[], Any]:
    """The same quadratic programme given to the solver: weights sum to one and are not negative."""
    import clarabel
    from scipy import sparse

    _, cov = _market()

    def work() -> Any:
        rules = sparse.vstack([sparse.csc_matrix(np.ones((1, ASSETS))), -sparse.eye(ASSETS)]).tocsc()
        cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(ASSETS)]
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        right = np.concatenate([[1.0], np.zeros(ASSETS)])
        upper = sparse.csc_matrix(np.triu(2 * cov))
        return clarabel.DefaultSolver(upper, np.zeros(ASSETS), rules, right, cones, settings).solve()

    return work


def _policies() -> Any:
    import pandas as pd

    chance = np.random.default_rng(5)
    zone, age, use = chance.integers(0, 20, ROWS), chance.integers(0, 8, ROWS), chance.integers(0, 4, ROWS)
    exposure = chance.uniform(0.2, 1.0, ROWS)
    mean = exposure * np.exp(-2.5 + 0.03 * zone - 0.1 * age + 0.15 * use)
    return pd.DataFrame(
        {
            "zone": pd.Categorical([f"z{z:02d}" for z in range(20)])[zone],
            "age": pd.Categorical([f"a{a}" for a in range(8)])[age],
            "use": pd.Categorical([f"u{u}" for u in range(4)])[use],
            "exposure": exposure,
            "claims": chance.poisson(mean).astype(float),
        }
    )


def glm_ours() -> Callable[[], Any]:
    from engines.insurance.premium_pricing.models import tariff_glm

    data = _policies()
    factors = ("zone", "age", "use")
    return lambda: tariff_glm(data, y="claims", factors=factors, exposure="exposure", family="poisson")


def glm_library() -> Callable[[], Any]:
    """The fit with its standard errors, which a tariff needs too."""
    from glum import GeneralizedLinearRegressor

    data = _policies()

    def work() -> Any:
        features = data[["zone", "age", "use"]]
        rate = data["claims"] / data["exposure"]
        model = GeneralizedLinearRegressor(family="poisson", alpha=0, drop_first=True)
        model.fit(features, rate, sample_weight=data["exposure"])
        return model.std_errors(features, rate, sample_weight=data["exposure"])

    return work


LOADS: dict[str, Load] = {
    name: globals()[name]
    for kind in ("bootstrap", "paths", "portfolio", "glm")
    for name in (f"{kind}_ours", f"{kind}_library")
}


def main(name: str) -> None:
    """Run one load, warm: the first run, which imports the libraries, is not timed."""
    work = LOADS[name]()
    work()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """The greatest memory of this process alone: what getrusage tells also holds its parent's before it began."""
    status = Path("/proc/self/status")
    if not status.exists():  # no Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    [peak] = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1])
