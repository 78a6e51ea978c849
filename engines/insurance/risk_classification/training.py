"""What learned tariffs have in common: the checked portfolio, the two learners, their deviance."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.contract import Caution, Part, Table
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.insurance.rating import coded_factor, response_and_exposure, tweedie_deviance

if TYPE_CHECKING:
    import pandas as pd

    from engines.arrays import Floats

Direction: TypeAlias = Literal["increasing", "decreasing"]
Objective: TypeAlias = Literal["poisson", "gamma", "tweedie"]
Power: TypeAlias = Annotated[float, Field(gt=1, lt=2)]

MOST_EBM_CELLS: Final = 20_000_000
MOST_GBM_CELLS: Final = 100_000_000
MOST_BINS: Final = 256
SAMPLE: Final = N_("muestree la cartera, o use menos variables")
NOT_A_NUMBER: Final = N_("una restricción de monotonía pide una variable numérica que esté entre las del modelo")
OFF_LEVEL: Final = N_(
    "La media predicha se aparta un {gap} % de la observada: multiplique las predicciones hasta igualar el total"
)
FAR: Final = 0.05  # of the observed mean
BREAKS_NAMES: Final = re.compile(r'[\[\]{}":,]')  # LightGBM writes its model as JSON and refuses them
SMALL: Final = N_("Hay menos de 500 filas: un modelo aprendido memoriza una cartera tan pequeña")


class Monotone(Part):
    """The direction in which the rate must go as a numeric feature grows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feature: str
    direction: Direction


@dataclass(frozen=True)
class Portfolio:
    """What a learned model is fitted to: coded features, rates and weights."""

    table: "pd.DataFrame"
    rates: "Floats"
    weights: "Floats"
    levels: dict[str, tuple[str, ...]]
    monotone: list[int]

    @property
    def mean(self) -> float:
        """The rate of the whole portfolio."""
        return float(self.rates @ self.weights / self.weights.sum())


def portfolio(
    data: Table,
    y: str,
    features: tuple[str, ...],
    exposure: str | None,
    objective: Objective,
    monotone: tuple[Monotone, ...],
    most: int,
) -> Portfolio:
    """Check what a learned model is fitted to; categories become whole numbers in the order of their levels."""
    import pandas as pd

    if not features:
        raise InvalidInput("features", N_("indique al menos una variable"))
    checked, response, weights = response_and_exposure(data, y, exposure, least=20, positive=objective == "gamma")
    names = list(dict.fromkeys(features))
    if len(checked) * len(names) > most:
        raise LimitExceeded("data", most, len(checked) * len(names), SAMPLE)
    columns: dict[str, Any] = {}
    levels: dict[str, tuple[str, ...]] = {}
    for name in names:
        if name in (y, exposure):
            raise InvalidInput("features", N_("no pueden incluir la respuesta ni la exposición"))
        if name in checked.columns and _is_numeric(checked[name]):
            columns[name] = vector(checked[name].to_numpy(), f"data.{name}", varies=True)
        else:
            coded = coded_factor(checked, name, weights)
            columns[name] = pd.Categorical.from_codes(coded.codes, categories=list(coded.levels))
            levels[name] = coded.levels
    directions = {rule.feature: 1 if rule.direction == "increasing" else -1 for rule in monotone}
    if any(name not in columns or name in levels for name in directions):
        raise InvalidInput("monotone", NOT_A_NUMBER)
    table = pd.DataFrame(columns)
    return Portfolio(table, response / weights, weights, levels, [directions.get(name, 0) for name in names])


def trained_ebm(
    held: Portfolio, objective: Objective, power: float, interactions: int, rounds: int, bags: int, seed: int
) -> Any:
    """An EBM of the portfolio; one thread, so that the same seed gives the same model."""
    from interpret.glassbox import ExplainableBoostingRegressor

    goal = {
        "poisson": "poisson_deviance",
        "gamma": "gamma_deviance",
        "tweedie": f"tweedie_deviance:variance_power={power}",
    }[objective]
    model = ExplainableBoostingRegressor(
        feature_types=["nominal" if name in held.levels else "continuous" for name in held.table.columns],
        objective=goal,
        interactions=interactions,
        max_rounds=rounds,
        outer_bags=bags,
        max_bins=MOST_BINS,
        monotone_constraints=held.monotone if any(held.monotone) else None,
        n_jobs=1,
        random_state=seed,
    )
    # Relative weights: the boosting step depends on their scale.
    weights = held.weights / held.weights.mean()
    try:
        return model.fit(held.table, held.rates, sample_weight=weights)
    except (ValueError, FloatingPointError) as error:
        raise NotConverged("data", str(error)[:80]) from error


def trained_gbm(held: Portfolio, settings: dict[str, Any], trees: int) -> Any:
    """LightGBM's booster of the portfolio."""
    import lightgbm

    names = {name: BREAKS_NAMES.sub("_", name) for name in held.table.columns}
    if len(set(names.values())) < len(names):
        names = {name: f"{clean}_{place}" for place, (name, clean) in enumerate(names.items())}
    try:
        rows = lightgbm.Dataset(
            held.table.rename(columns=names),
            label=held.rates,
            weight=held.weights,
            categorical_feature=[names[name] for name in held.levels],
            free_raw_data=False,
        )
        return lightgbm.train(settings, rows, num_boost_round=trees)
    except lightgbm.basic.LightGBMError as error:
        raise NotConverged("data", str(error)[:80]) from error


def settings_of(
    objective: Objective, power: float, leaves: int, rate: float, least: int, held: Portfolio, seed: int
) -> dict[str, Any]:
    """What LightGBM is told: one thread and fixed order, so that the same seed gives the same trees."""
    return {
        "objective": objective,
        "num_leaves": leaves,
        "learning_rate": rate,
        "min_data_in_leaf": least,
        # By rows alone: the hessian of a claims rate is small, so its default would forbid all splits.
        "min_sum_hessian_in_leaf": 1e-9,
        "min_data_per_group": 1,
        "cat_smooth": 1.0,
        "cat_l2": 1.0,
        "monotone_constraints": held.monotone if any(held.monotone) else None,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        **({"tweedie_variance_power": power} if objective == "tweedie" else {}),
        **({"poisson_max_delta_step": 1e-6} if objective == "poisson" else {}),
    }


def _is_numeric(column: "pd.Series[Any]") -> bool:
    return bool(column.dtype.kind in "iuf")


def power_of(objective: Objective, tweedie: float) -> float:
    """The p of the variance mu^p that belongs to an objective."""
    return {"poisson": 1.0, "gamma": 2.0, "tweedie": tweedie}[objective]


def predicted_by(values: Any) -> "Floats":
    """Predictions as an array.

    Raises:
        NotConverged: some are not finite, or not above zero.
    """
    import numpy as np

    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all() or found.min() <= 0:
        raise NotConverged("data", "mu <= 0")
    return found


def deviances(held: Portfolio, predicted: "Floats", power: float) -> tuple[float, float]:
    """The deviance of the predictions, and that of one mean for all."""
    import numpy as np

    null = np.full(held.rates.size, held.mean)
    return (
        tweedie_deviance(held.rates, predicted, held.weights, power),
        tweedie_deviance(held.rates, null, held.weights, power),
    )


def off_level(held: Portfolio, predicted: "Floats") -> tuple[Caution, ...]:
    """The caution that predictions need whose total is not the observed one."""
    gap = float(predicted @ held.weights / held.weights.sum()) / held.mean - 1
    return (Caution(text=OFF_LEVEL, values={"gap": round(100 * gap)}),) if abs(gap) > FAR else ()


def few_rows(held: Portfolio) -> tuple[Caution, ...]:
    """The caution that a learned model of a small portfolio needs."""
    return (Caution(text=SMALL),) if len(held.table) < 500 else ()
