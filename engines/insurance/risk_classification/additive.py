"""Explainable boosting (EBM): a learned tariff that reads like one, shape by shape."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Seed, Table, operation
from engines.errors import N_
from engines.insurance.risk_classification.training import (
    MOST_EBM_CELLS,
    Monotone,
    Objective,
    Power,
    deviances,
    few_rows,
    off_level,
    portfolio,
    power_of,
    predicted_by,
    trained_ebm,
)

if TYPE_CHECKING:
    pass


FEWER_PAIRS: Final = N_("Se pidieron {asked} interacciones y salen {n}: las variables monótonas no entran en ninguna")


class ShapePoint(Part):
    """One bin of a shape function: its label (from, to) or level, and what it adds on the log scale.

    `se` is the standard deviation between the bags; `relativity` = exp(contribution).
    """

    label: str
    low: float | None
    high: float | None
    contribution: float
    se: float | None
    relativity: float


class Shape(Part):
    """What one feature adds; `importance` is its mean absolute contribution."""

    feature: str
    numeric: bool
    importance: float
    points: tuple[ShapePoint, ...]


class Interaction(Part):
    """What two features add beyond their own shapes: contributions by the bins of the first and of the second."""

    first: str
    second: str
    importance: float
    first_labels: tuple[str, ...]
    second_labels: tuple[str, ...]
    contributions: tuple[tuple[float, ...], ...]


class EbmModel(Computed):
    """An explainable boosting machine: log(rate) = `intercept` + the shapes + the interactions.

    Deviances are those of the data it was trained on; `explained` = 1 - deviance / null_deviance.
    """

    objective: Objective
    intercept: float
    shapes: tuple[Shape, ...]
    interactions: tuple[Interaction, ...]
    deviance: float
    null_deviance: float
    explained: float
    mean_observed: float
    mean_predicted: float


@operation(
    "Modelo aditivo explicable (EBM)",
    examples=(
        "Entrena un EBM de frecuencia con la edad monótona decreciente y enséñame las funciones de forma",
        "Train an explainable boosting machine on claims data with monotone constraints and show shape functions",
    ),
    heavy=True,
)
def ebm_model(
    data: Table,
    y: str,
    features: tuple[str, ...],
    exposure: str | None = None,
    objective: Objective = "poisson",
    tweedie_power: Power = 1.5,
    monotone: tuple[Monotone, ...] = (),
    interactions: Annotated[int, Field(ge=0, le=20)] = 0,
    rounds: Annotated[int, Field(ge=1, le=20_000)] = 2_000,
    bags: Annotated[int, Field(ge=1, le=32)] = 4,
    seed: Seed = 0,
) -> EbmModel:
    """Train an additive model of boosted one-feature shapes, which reads like a tariff.

    Args:
        data: one row a risk.
        y: column with claims or their cost, not negative.
        features: columns that explain; texts and booleans are categories, numbers are cut into bins.
        exposure: column with policy-years; the rate y/exposure is modelled with these weights.
        objective: the deviance to lower; `gamma` for severities, all positive.
        tweedie_power: p of the variance mu^p, for `tweedie`.
        monotone: numeric features whose shape may only rise, or only fall.
        interactions: how many pairs of features get a surface of their own, at most 20.
        rounds: boosting rounds at most; training stops earlier when a held-out part no longer gains.
        bags: models that are averaged.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, a constant feature, exposure not positive, a monotone feature that is not numeric.
        LimitExceeded: more than 20 million cells.
        InsufficientData: fewer than 20 rows.
        NotConverged: boosting gives no finite model.

    Source: Lou, Caruana & Gehrke, Intelligible Models for Classification and Regression, KDD 2012; Lou et al.,
    KDD 2013 (pairs).
    """
    held = portfolio(data, y, features, exposure, objective, monotone, MOST_EBM_CELLS)
    model = trained_ebm(held, objective, tweedie_power, interactions, rounds, bags, seed)
    predicted = predicted_by(model.predict(held.table))
    power = power_of(objective, tweedie_power)
    deviance, null = deviances(held, predicted, power)
    importances = model.term_importances("avg_weight")
    shapes, pairs = [], []
    for place, term in enumerate(model.term_features_):
        if len(term) == 1:
            shapes.append(_shape(model, place, term[0], float(importances[place])))
        else:
            pairs.append(_pair(model, place, term, float(importances[place])))
    shapes.sort(key=lambda shape: -shape.importance)
    cautions = []
    if len(pairs) < interactions:
        cautions.append(Caution(text=FEWER_PAIRS, values={"asked": interactions, "n": len(pairs)}))
    return EbmModel(
        method="EBM, weighted rate, log link",
        library="interpret-core",
        n=len(held.table),
        seed=seed,
        warnings=(*few_rows(held), *off_level(held, predicted), *cautions),
        charts=tuple(_shape_chart(shape) for shape in shapes[:6]),
        objective=objective,
        intercept=float(model.intercept_ if not hasattr(model.intercept_, "__len__") else model.intercept_[0]),
        shapes=tuple(shapes),
        interactions=tuple(pairs),
        deviance=deviance,
        null_deviance=null,
        explained=1 - deviance / null if null > 0 else 0.0,
        mean_observed=held.mean,
        mean_predicted=float(predicted @ held.weights / held.weights.sum()),
    )


def _labels(model: Any, feature: int, depth: int) -> tuple[list[str], list[float | None], list[float | None], bool]:
    """The bins of a feature without those for missing and unseen values: labels, lower and upper cuts."""
    bins = model.bins_[feature]
    cut = bins[min(depth, len(bins)) - 1]
    if isinstance(cut, dict):
        ordered = sorted(cut, key=lambda level: cut[level])
        return [str(level) for level in ordered], [None] * len(ordered), [None] * len(ordered), False
    edges: list[float | None] = [None, *(float(edge) for edge in cut), None]
    lows, highs = edges[:-1], edges[1:]
    texts = [
        f"< {high:g}" if low is None and high is not None else f">= {low:g}" if high is None and low is not None
        else f"{low:g} - {high:g}" if low is not None else "*"
        for low, high in zip(lows, highs, strict=True)
    ]  # fmt: skip
    return texts, lows, highs, True


def _shape(model: Any, place: int, feature: int, importance: float) -> Shape:
    import math

    labels, lows, highs, numeric = _labels(model, feature, 1)
    # The first bin is for missing values, the last for unseen ones.
    scores = model.term_scores_[place][1 : 1 + len(labels)]
    spread = model.standard_deviations_[place][1 : 1 + len(labels)]
    return Shape(
        feature=str(model.feature_names_in_[feature]),
        numeric=numeric,
        importance=importance,
        points=tuple(
            ShapePoint(
                label=label,
                low=low,
                high=high,
                contribution=float(score),
                se=float(sd) if math.isfinite(sd) else None,
                relativity=math.exp(float(score)),
            )
            for label, low, high, score, sd in zip(labels, lows, highs, scores, spread, strict=True)
        ),
    )


def _pair(model: Any, place: int, term: tuple[int, ...], importance: float) -> Interaction:
    first, second = (_labels(model, feature, 2)[0] for feature in term)
    scores = model.term_scores_[place][1 : 1 + len(first), 1 : 1 + len(second)]
    return Interaction(
        first=str(model.feature_names_in_[term[0]]),
        second=str(model.feature_names_in_[term[1]]),
        importance=importance,
        first_labels=tuple(first),
        second_labels=tuple(second),
        contributions=tuple(tuple(float(value) for value in line) for line in scores),
    )


def _shape_chart(shape: Shape) -> Chart:
    return Chart(
        kind="step" if shape.numeric else "bar",
        title=N_("Función de forma"),
        series=(
            Series(
                name=shape.feature,
                x=tuple(point.label for point in shape.points),
                y=tuple(point.relativity for point in shape.points),
            ),
        ),
        x_label=shape.feature,
        y_label=N_("Relatividad"),
        marks=((N_("Media"), 1.0),),
    )
