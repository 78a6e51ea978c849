"""Validation (*validación*): how well a score tells good from bad, and whether it treats groups alike."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import frame, gappy, labels, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Part, Seed, Table, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.financial.credit_scoring.binning import MOST_CLASSES, binary, few, table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engines.arrays import Floats

CURVE_POINTS: Final = 200
DECILES: Final = 10
MOST_GROUPS: Final = 50
SMALL_GROUP: Final = 30
NO_PROBABILITY: Final = N_("una probabilidad va de 0 a 1; si son puntos, dígalo en score_is")
FILLED: Final = N_("Los huecos de {columns} se rellenan con la mediana, y que falte cuenta como otra variable.")
POOLED: Final = N_(
    "{columns}: más de {most} textos distintos, y los menos frecuentes cuentan como uno; "
    "si son números de póliza o nombres, deje fuera esa columna."
)
ALL_ALIKE: Final = N_("Con ese umbral se aprueba a todos, o a nadie: los grupos no se distinguen; revise el umbral.")
FOUR_FIFTHS: Final = 0.8


class CalibrationBand(Part):
    """A tenth of the risks by predicted probability, more where many have the same: what was predicted and happened."""

    n: int
    predicted: float
    observed: float


class Validation(Computed):
    """How well a score orders (`auc`, `gini`, `ks`), and how true it is as a probability (`brier`, `calibration`)."""

    auc: float
    auc_se: float
    gini: float
    ks: float
    brier: float | None
    calibration: tuple[CalibrationBand, ...]
    bad_rate: float


class GroupRates(Part):
    """What happens to one group; of its good and bad risks, the shares approved (None without outcomes)."""

    group: str
    n: int
    approved: float
    mean_score: float
    good_approved: float | None
    bad_approved: float | None


class Fairness(Computed):
    """Gaps between groups, largest less smallest; ratio of the smallest approval to the largest."""

    groups: tuple[GroupRates, ...]
    demographic_parity_gap: float
    demographic_parity_ratio: float
    equal_opportunity_gap: float | None
    false_approval_gap: float | None


@operation(
    "Validación de una puntuación",
    examples=(
        "Valida la tarjeta de puntuación: Gini, KS, AUC y calibración por validación cruzada",
        "Validate a credit score: Gini, KS, ROC AUC, Brier and calibration",
    ),
    heavy=True,
)
def scorecard_validate(
    y: Vector | None = None, score: Vector | None = None, score_is: Literal["probability", "points"] = "probability",
    data: Table | None = None, target: str | None = None, features: tuple[str, ...] | None = None,
    folds: Annotated[int, Field(ge=2, le=20)] = 10, seed: Seed = 0,
) -> Validation:  # fmt: skip
    """Validate a score against outcomes, or cross-validate a logistic regression on a table.

    Args:
        y: (n,) outcomes, 1 bad and 0 good, if there is a score.
        score: (n,) the score of each.
        score_is: a probability of being bad (0 to 1), or points, the higher the better.
        data: instead of `y` and `score`, a table with a row a risk.
        target: its column that is 1 for bad and 0 for good.
        features: the columns to predict from; None for all others. Texts become indicators, their gaps too, and
            those beyond the hundred most frequent of a column one together; numbers are standardised, their gaps
            take the median of the rest, and an indicator.
        folds: parts of the cross-validation, stratified and shuffled.
        seed: where the shuffle begins.

    Raises:
        InvalidInput: neither or both of the two ways, outcomes without both classes, a probability outside 0..1.
        InsufficientData: fewer bad or good risks than folds.

    Source: Baesens et al., JORS 54 (2003); Hanley & McNeil, Radiology 143 (1982), standard error of the AUC;
    Brier, Monthly Weather Review 78 (1950).
    """
    import math

    import numpy as np
    from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

    if (score is None) == (data is None):
        raise InvalidInput("score", N_("dé una puntuación y sus resultados, o una tabla y su objetivo"))
    probable = score is None or score_is == "probability"
    said: tuple[Caution, ...] = ()
    if data is not None:
        bad, risk, said = _crossed(data, target, features, folds, seed)
    else:
        bad, risk = _given(y, score, probable)
    false_rate, true_rate, _ = roc_curve(bad, risk)
    auc = float(roc_auc_score(bad, risk))
    bands = _bands(bad, risk) if probable else ()
    return Validation(
        method=f"logistic, {folds}-fold stratified" if data is not None else "given score",
        library="scikit-learn",
        n=int(bad.size),
        seed=seed if data is not None else None,
        auc=auc,
        auc_se=math.sqrt(_auc_variance(auc, int(bad.sum()), int((~bad).sum()))),
        gini=2 * auc - 1,
        ks=float(np.max(true_rate - false_rate)),
        brier=float(brier_score_loss(bad, risk)) if probable else None,
        calibration=bands,
        bad_rate=float(bad.mean()),
        warnings=few(bad) + said,
        charts=_charts(false_rate, true_rate, bands),
    )


@operation(
    "Informe de equidad de una puntuación",
    examples=(
        "¿Trata igual la puntuación a hombres y mujeres? Informe de equidad por grupo",
        "Fairness report of a score by protected group: demographic parity and equal opportunity",
    ),
)
def fairness_report(
    score: Vector, group: Labels, attribute: Literal["sex", "age", "nationality", "disability", "other"],
    threshold: float, y: Vector | None = None, score_is: Literal["probability", "points"] = "probability",
) -> Fairness:  # fmt: skip
    """Compare how a score treats the groups of a protected attribute.

    Args:
        score: (n,) the score of each risk.
        group: (n,) the group of each risk.
        attribute: what the groups are of; it decides the legal caution.
        threshold: the score to which a probability of being bad, or from which points, are approved.
        y: (n,) outcomes, 1 bad and 0 good, for equal opportunity.
        score_is: a probability of being bad, or points, the higher the better.

    Raises:
        InvalidInput: lengths that differ, only one group, outcomes without both classes, a probability outside 0..1.
        LimitExceeded: more than 50 groups.

    Source: Hardt, Price & Srebro, NeurIPS (2016), equal opportunity; Calders & Verwer, Data Mining and
    Knowledge Discovery 21 (2010), demographic parity; CJEU, C-236/09 Test-Achats (2011); four-fifths rule,
    29 CFR 1607.4(D).
    """
    import math

    import numpy as np

    scores = vector(score, "score", least=2)
    names = np.array([str(v) for v in labels(group, "group", length=scores.size)])
    if not math.isfinite(threshold):
        raise InvalidInput("threshold", N_("debe ser un número"))
    if score_is == "probability" and (scores.min() < 0 or scores.max() > 1):
        raise InvalidInput("score", NO_PROBABILITY)
    bad = None if y is None else binary(y, "y", length=scores.size)
    kinds = sorted(set(names.tolist()))
    if len(kinds) < 2:
        raise InvalidInput("group", N_("necesita al menos dos grupos"))
    if len(kinds) > MOST_GROUPS:
        raise LimitExceeded("group", MOST_GROUPS, len(kinds), N_("junte los grupos pequeños"))
    approved = scores <= threshold if score_is == "probability" else scores >= threshold
    rows = tuple(
        GroupRates(
            group=kind,
            n=int((names == kind).sum()),
            approved=float(approved[names == kind].mean()),
            mean_score=float(scores[names == kind].mean()),
            good_approved=None if bad is None else _rate(approved, (names == kind) & ~bad),
            bad_approved=None if bad is None else _rate(approved, (names == kind) & bad),
        )
        for kind in kinds
    )
    shares = [row.approved for row in rows]
    ratio = min(shares) / max(shares) if max(shares) > 0 else 1.0
    return Fairness(
        method=score_is,
        n=int(scores.size),
        groups=rows,
        demographic_parity_gap=max(shares) - min(shares),
        demographic_parity_ratio=ratio,
        equal_opportunity_gap=_gap([row.good_approved for row in rows]),
        false_approval_gap=_gap([row.bad_approved for row in rows]),
        warnings=_legal(attribute, ratio, rows),
        charts=(
            Chart(
                kind="bar",
                title=N_("Aprobados por grupo"),
                series=(Series(name=N_("Aprobados"), x=tuple(kinds), y=tuple(100 * s for s in shares)),),
                x_label=N_("Grupo"),
                y_label=N_("Aprobados"),
                unit="%",
            ),
        ),
    )


def _given(y: Vector | None, score: Vector | None, probable: bool) -> "tuple[NDArray[Any], Floats]":
    """Outcomes, and scores turned so that the higher is the worse."""
    if y is None or score is None:
        raise InvalidInput("y", N_("faltan los resultados de cada puntuación"))
    bad = binary(y, "y")
    found = vector(score, "score", length=bad.size)
    if not probable:
        return bad, -found
    if found.min() < 0 or found.max() > 1:
        raise InvalidInput("score", NO_PROBABILITY)
    return bad, found


def _crossed(
    data: Table, target: str | None, features: tuple[str, ...] | None, folds: int, seed: int
) -> "tuple[NDArray[Any], Floats, tuple[Caution, ...]]":
    """Outcomes, the probability of each predicted by a model that did not see it, and what was done to the table."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if target is None:
        raise InvalidInput("target", N_("falta la columna objetivo de la tabla"))
    names = [str(n) for n in (frame(data, "data").columns if features is None else features)]
    chosen = [n for n in names if n != target] if features is None else names
    if not chosen:
        raise InvalidInput("features", N_("no hay ninguna variable explicativa"))
    held, bad = table(data, target, chosen)
    least = min(int(bad.sum()), int((~bad).sum()))
    if least < folds:
        raise InsufficientData("data", folds, least)
    numeric = []
    for name in chosen:
        if all(isinstance(v, bool | int | float) or hasattr(v, "dtype") for v in held[name].tolist()):
            gappy(held[name].to_numpy(dtype=float), f"data.{name}")
            numeric.append(name)
        else:
            held[name] = held[name].astype(str)
    texts = [name for name in chosen if name not in numeric]
    model = make_pipeline(
        make_column_transformer(
            (
                make_pipeline(
                    SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
                ),
                numeric,
            ),
            # A column of policy numbers would else be as many columns as rows.
            (OneHotEncoder(max_categories=MOST_CLASSES, handle_unknown="infrequent_if_exist"), texts),
            sparse_threshold=0,
        ),
        LogisticRegression(max_iter=2000),
    )
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found: Floats = cross_val_predict(model, held[chosen], bad, cv=parts, method="predict_proba")[:, 1]
    return bad, found, _mended(held, numeric, texts)


def _mended(held: "pd.DataFrame", numeric: list[str], texts: list[str]) -> tuple[Caution, ...]:
    """Cautions about columns whose gaps were filled or whose rare texts were put together."""
    filled = [name for name in numeric if held[name].isna().any()]
    pooled = [name for name in texts if held[name].nunique() > MOST_CLASSES]
    said = []
    if filled:
        said.append(Caution(text=FILLED, values={"columns": ", ".join(filled)}))
    if pooled:
        said.append(Caution(text=POOLED, values={"columns": ", ".join(pooled), "most": MOST_CLASSES}))
    return tuple(said)


def _auc_variance(auc: float, bads: int, goods: int) -> float:
    """Hanley and McNeil's variance of the area under the curve."""
    both_bad, both_good = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (bads - 1) * (both_bad - auc**2) + (goods - 1) * (both_good - auc**2)
    return max((auc * (1 - auc) + spread) / (bads * goods), 0.0)


def _bands(bad: "NDArray[Any]", risk: "Floats") -> tuple[CalibrationBand, ...]:
    import numpy as np

    tops = [part[-1] for part in np.array_split(np.sort(risk), min(DECILES, risk.size))]
    # Risks of one probability stay in one band: which of them would go to the next, the order of rows would decide.
    codes = np.searchsorted(np.unique(tops), risk, side="left")
    parts = [codes == code for code in range(int(codes.max()) + 1)]
    return tuple(
        CalibrationBand(n=int(p.sum()), predicted=float(risk[p].mean()), observed=float(bad[p].mean())) for p in parts
    )


def _charts(false_rate: "Floats", true_rate: "Floats", bands: tuple[CalibrationBand, ...]) -> tuple[Chart, ...]:
    import numpy as np

    kept = np.unique(np.linspace(0, len(false_rate) - 1, min(CURVE_POINTS, len(false_rate))).astype(int))
    chance = Series(name=N_("Azar"), x=(0.0, 1.0), y=(0.0, 1.0))
    roc = Chart(
        kind="line",
        title=N_("Curva ROC"),
        series=(
            Series(name=N_("Puntuación"), x=tuple(false_rate[kept].tolist()), y=tuple(true_rate[kept].tolist())),
            chance,
        ),
        x_label=N_("Buenos señalados como malos"),
        y_label=N_("Malos señalados como malos"),
    )
    if not bands:
        return (roc,)
    # As far as the bands go: defaults of a few per cent would be a dot in the corner of the unit square.
    top = max(*(b.predicted for b in bands), *(b.observed for b in bands))
    exact = Series(name=N_("Calibración perfecta"), x=(0.0, top), y=(0.0, top))
    seen = Series(name=N_("Observado"), x=tuple(b.predicted for b in bands), y=tuple(b.observed for b in bands))
    calibration = Chart(
        kind="line",
        title=N_("Calibración por décimas"),
        series=(seen, exact),
        x_label=N_("Probabilidad prevista"),
        y_label=N_("Frecuencia observada"),
    )
    return (roc, calibration)


def _rate(approved: "NDArray[Any]", of: "NDArray[Any]") -> float | None:
    return float(approved[of].mean()) if of.any() else None


def _gap(rates: list[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return max(known) - min(known) if len(known) == len(rates) else None


def _legal(attribute: str, ratio: float, rows: tuple[GroupRates, ...]) -> tuple[Caution, ...]:
    said = []
    if {row.approved for row in rows} in ({0.0}, {1.0}):
        said.append(Caution(text=ALL_ALIKE))
    if attribute == "sex":
        text = N_(
            "El sexo no puede usarse para fijar primas ni prestaciones de seguro (TJUE, C-236/09, Test-Achats): "
            "este informe sirve para vigilar, no para tarificar."
        )
        said.append(Caution(text=text))
    else:
        text = N_("Use estas diferencias para vigilar la puntuación, no para tarificar por un rasgo protegido.")
        said.append(Caution(text=text))
    if ratio < FOUR_FIFTHS:
        text = N_("La tasa de aprobación más baja es el {share} % de la más alta: menos de cuatro quintos.")
        said.append(Caution(text=text, values={"share": round(100 * ratio)}))
    small = [row.group for row in rows if row.n < SMALL_GROUP]
    if small:
        text = N_("Grupos de menos de {n} casos: {groups}; sus tasas son muy inciertas.")
        said.append(Caution(text=text, values={"n": SMALL_GROUP, "groups": ", ".join(small)}))
    return tuple(said)
