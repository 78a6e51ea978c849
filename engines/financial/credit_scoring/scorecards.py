"""Scorecards (*tarjetas de puntuación*): a logistic regression on weights of evidence, told in points."""

import math
from typing import Annotated, Final

from pydantic import Field

from engines.arrays import require_independent, vector
from engines.contract import Caution, Computed, Part, Positive, Real, Table, Vector, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.financial.credit_scoring.binning import Bin, cautions, classes, counted, table

CERTAIN: Final = 15.0  # log-odds beyond what a million risks can show: the classes separate
ITERATIONS: Final = 2000
SEPARATED: Final = N_("las variables separan buenos y malos sin error, o casi, y no hay coeficientes finitos")


class ScoreScaling(Computed):
    """score = offset + factor · ln(odds of good to bad)."""

    factor: float
    offset: float
    scores: tuple[float, ...]


class PointsRow(Part):
    """What a class of a feature is worth."""

    feature: str
    label: str
    woe: float
    points: float


class Scorecard(Computed):
    """Coefficients of the log-odds of bad on the weights of evidence, and the points they make.

    `gini` and `loglik` are those of the sample that the card was fitted to.
    """

    params: dict[str, float]
    se: dict[str, float]
    information_value: dict[str, float]
    points: tuple[PointsRow, ...]
    factor: float
    offset: float
    gini: float
    loglik: float


def scaling(base_score: float, base_odds: float, pdo: float) -> tuple[float, float]:
    """Factor and offset of a score that is `base_score` at `base_odds` and doubles the odds each `pdo` points."""
    factor = pdo / math.log(2)
    return factor, base_score - factor * math.log(base_odds)


@operation(
    "Escala de puntuación",
    examples=(
        "Escala la puntuación: 600 puntos a cuotas 50 a 1 y 20 puntos para doblar las cuotas",
        "Scale a credit score: base score, base odds and points to double the odds (PDO)",
    ),
)
def score_scaling(base_score: Real, base_odds: Positive, pdo: Positive, odds: Vector) -> ScoreScaling:
    """Turn odds of good to bad into points.

    Args:
        base_score: points at the base odds.
        base_odds: good for each bad.
        pdo: points that double the odds.
        odds: (n,) odds to be scored, good for each bad, positive.

    Raises:
        InvalidInput: odds that are not positive.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 6, "Scaling": factor = pdo / ln 2.
    """
    import numpy as np

    given = vector(odds, "odds", low=1e-100)
    factor, offset = scaling(base_score, base_odds, pdo)
    scores = tuple((offset + factor * np.log(given)).tolist())
    return ScoreScaling(n=given.size, method="offset + factor ln odds", factor=factor, offset=offset, scores=scores)


@operation(
    "Tarjeta de puntuación de crédito",
    examples=(
        "Construye la tarjeta de puntuación con estas variables y dame los puntos de cada clase",
        "Fit a credit scorecard: logistic regression on WOE with a points table",
    ),
    heavy=True,
)
def scorecard_fit(
    data: Table, target: str, features: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)],
    edges: dict[str, tuple[float, ...]] | None = None, base_score: Real = 600.0, base_odds: Positive = 50.0,
    pdo: Positive = 20.0,
) -> Scorecard:  # fmt: skip
    """Fit a scorecard: weights of evidence by class, an unpenalised logistic regression on them, points.

    Args:
        data: table with a row a risk.
        target: the column that is 1 for bad and 0 for good.
        features: the columns to score; each value is a class, gaps too, unless `edges` cut it.
        edges: for numeric features, the rising upper ends of their classes, as `bin_optimal` gives them.
        base_score: points at the base odds.
        base_odds: good for each bad, at the base score.
        pdo: points that double the odds.

    Raises:
        InvalidInput: a target without both classes, columns that are not there.
        LimitExceeded: a feature of more than 100 values without edges.
        SingularMatrix: features that say the same as others, or have one class only.
        NotConverged: the features separate good from bad without error, so no finite coefficients fit.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 6; McCullagh & Nelder, Generalized Linear
    Models (1989), chapter 4 (standard errors of the expected information).
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    if len(set(features)) != len(features):
        raise InvalidInput("features", N_("repite una columna"))
    held, bad = table(data, target, features)
    cuts = edges or {}
    if not set(cuts) <= set(features):
        raise InvalidInput("edges", N_("nombra columnas que no están entre las variables"))
    found: dict[str, tuple[Bin, ...]] = {}
    halved: list[str] = []
    columns = []
    for feature in features:
        codes, shells = classes(held[feature], f"data.{feature}", cuts.get(feature))
        present = sorted(set(codes.tolist()))
        bins, filled = counted(codes, bad, shells)
        weights = dict(zip(present, (b.woe for b in bins), strict=True))
        columns.append(np.array([weights[code] for code in codes.tolist()]))
        found[feature] = bins
        halved += [f"{feature}: {label}" for label in filled]
    evidence = np.column_stack(columns)
    design = np.column_stack([np.ones(len(held)), evidence])
    require_independent(design, "features", ("const", *features))
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=ITERATIONS).fit(evidence, bad)
    chance = model.predict_proba(evidence)[:, 1]
    if model.n_iter_.max() >= ITERATIONS or np.abs(model.decision_function(evidence)).max() > CERTAIN:
        raise NotConverged("features", SEPARATED)
    try:
        covariance = np.linalg.inv(design.T @ (design * (chance * (1 - chance))[:, None]))
    except np.linalg.LinAlgError as error:
        raise NotConverged("features", SEPARATED) from error
    values = [float(model.intercept_[0]), *model.coef_[0].tolist()]
    names = ("const", *features)
    factor, offset = scaling(base_score, base_odds, pdo)
    share = (offset - factor * values[0]) / len(features)
    rows = tuple(
        PointsRow(feature=name, label=b.label, woe=b.woe, points=share - factor * slope * b.woe)
        for name, slope in zip(features, values[1:], strict=True)
        for b in found[name]
    )
    warned = list(cautions(bad, halved))
    reversed_ = [name for name, slope in zip(features, values[1:], strict=True) if slope > 0]
    if reversed_:
        text = N_("El coeficiente de {features} contradice su evidencia: revise la correlación entre variables.")
        warned.append(Caution(text=text, values={"features": ", ".join(reversed_)}))
    return Scorecard(
        method="logistic regression on WOE, unpenalised",
        library="scikit-learn",
        n=len(held),
        params=dict(zip(names, values, strict=True)),
        se=dict(zip(names, np.sqrt(np.diag(covariance)).tolist(), strict=True)),
        information_value={name: math.fsum(b.iv for b in bins) for name, bins in found.items()},
        points=rows,
        factor=factor,
        offset=offset,
        gini=2 * float(roc_auc_score(bad, chance)) - 1,
        loglik=float(np.log(np.where(bad, chance, 1 - chance)).sum()),
        warnings=tuple(warned),
    )
