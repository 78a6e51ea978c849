"""Cases unlike the others (*anomalías*)."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Seed, Table, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.preparation import converging
from engines.machine_learning.unsupervised.numbers import numbers

ENDLESS: Final = 1e7  # a local outlier factor beyond this is a division by the distance, zero, of equal cases
REPEATED: Final = N_(
    "Hay casos repetidos más veces que los vecinos que se miran: la rareza por vecinos engaña; suba los vecinos "
    "o use el bosque de aislamiento"
)
TIED: Final = N_("Otros {n} casos son tan raros como el último señalado: la parte pedida los separa sin motivo")


class Anomalies(Computed):
    """A score for each case, higher the stranger, and the rows (from 0) taken for anomalies, strangest first."""

    score: list[float]
    anomalies: list[int]
    threshold: float


@operation(
    "Detectar anomalías",
    examples=(
        "Señala los siniestros raros de esta tabla con un bosque de aislamiento",
        "Anomaly detection on claims with isolation forest or local outlier factor",
    ),
    heavy=True,
)
def anomaly(
    data: Table,
    method: Literal["isolation_forest", "lof"] = "isolation_forest",
    share: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] = 0.05,
    neighbours: Annotated[int, Field(ge=1, le=1000)] = 20,
    scale: bool = True,
    columns: tuple[str, ...] = (),
    seed: Seed = 0,
) -> Anomalies:
    """Score how unlike the others each case is, and name the strangest.

    Args:
        data: a row a case; the numeric columns are taken, without gaps. At least 4 rows.
        method: how quickly random cuts isolate a case, or how much sparser it lies than its neighbours.
        share: part of the cases that are named, 0 to 0.5.
        neighbours: how many neighbours, for `lof`.
        scale: whether variables are standardised first.
        columns: which columns; by default all numeric ones but `target`.
        seed: where chance begins (the forest).

    Raises:
        InvalidInput: gaps, no column that varies, or more neighbours than other cases.
        InsufficientData: fewer than four rows.
        LimitExceeded: more than 100,000 rows or 200 columns.

    Source: Liu, Ting & Zhou, Isolation Forest, ICDM (2008); Breunig, Kriegel, Ng & Sander, LOF, SIGMOD (2000).
    """
    import numpy as np
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor

    held = numbers(data, columns, scale, least=4, most=100_000)
    with converging():
        if method == "lof":
            if neighbours >= held.n:
                raise InvalidInput("neighbours", N_("debe ser menor que el número de casos"))
            found: Any = LocalOutlierFactor(n_neighbors=neighbours).fit(held.scaled)
            score = -found.negative_outlier_factor_
        else:
            score = -IsolationForest(n_estimators=200, random_state=seed).fit(held.scaled).score_samples(held.scaled)
    count = max(1, round(share * held.n))
    order = np.argsort(-score, kind="stable")[:count]
    said = [*held.cautions]
    if method == "lof" and score.max() > ENDLESS:
        said.append(Caution(text=REPEATED))
    ties = int((score == score[order[-1]]).sum() - (score[order] == score[order[-1]]).sum())
    if ties:
        said.append(Caution(text=TIED, values={"n": ties}))
    said.append(Caution(text=N_("Raro no es fraudulento: revise cada caso antes de actuar")))
    counts, edges = np.histogram(score, bins=30)
    threshold = float(score[order[-1]])
    return Anomalies(
        method=method if method != "lof" else f"lof, {neighbours} neighbours",
        library="scikit-learn",
        n=held.n,
        seed=seed if method != "lof" else None,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Distribución de la rareza"),
                series=(
                    Series(
                        name=N_("Casos"),
                        x=tuple(((edges[:-1] + edges[1:]) / 2).tolist()),
                        y=tuple(float(c) for c in counts),
                    ),
                ),
                x_label=N_("Rareza"),
            ),
        ),
        score=[float(s) for s in score],
        anomalies=[int(i) for i in order],
        threshold=threshold,
    )
