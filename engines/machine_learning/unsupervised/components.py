"""Principal components (*componentes principales*)."""

from typing import Annotated, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Table, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.unsupervised.numbers import numbers

SHOWN: Final = 10_000


class Components(Computed):
    """Principal components. Signs are fixed: the largest loading of each is positive.

    `loadings` by variable, one value a component; `scores` one row a case (10,000 at most).
    """

    explained_variance: list[float]
    explained_variance_ratio: list[float]
    cumulative: list[float]
    loadings: dict[str, list[float]]
    scores: list[list[float]]


@operation(
    "Componentes principales (PCA)",
    examples=(
        "Resume estas variables en componentes principales y dime cuánta varianza explican",
        "Principal component analysis with standardised variables: explained variance and loadings",
    ),
)
def pca(
    data: Table,
    scale: bool = True,
    k: Annotated[int, Field(ge=1, le=200)] | None = None,
    columns: tuple[str, ...] = (),
) -> Components:
    """Find the directions in which a table varies most.

    Args:
        data: a row a case; the numeric columns are taken, without gaps. At least 2 rows.
        scale: whether variables are standardised first (correlations) or taken as they are (covariances).
        k: how many components; by default all.
        columns: which columns; by default all numeric ones but `target`.

    Raises:
        InvalidInput: gaps, no column that varies, or more components than there can be.
        InsufficientData: fewer than two rows.
        LimitExceeded: more than 1,000,000 rows or 200 columns.

    Source: Hotelling, Journal of Educational Psychology 24 (1933); Jolliffe, Principal Component Analysis
    (2nd ed., 2002), section 2.1.
    """
    import numpy as np
    from sklearn.decomposition import PCA

    held = numbers(data, columns, scale)
    most = min(held.scaled.shape)
    if k is not None and k > most:
        raise InvalidInput("k", N_("pide más componentes de los que puede haber"))
    fitted = PCA(n_components=k, svd_solver="full").fit(held.scaled)
    axes = fitted.components_
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    axes = axes * signs[:, None]
    scores = (held.scaled[:SHOWN] - fitted.mean_) @ axes.T
    ratio = fitted.explained_variance_ratio_
    said = list(held.cautions)
    if not scale and len(held.names) > 1 and held.values.std(axis=0).max() > 10 * held.values.std(axis=0).min():
        said.append(Caution(text=N_("Las variables tienen escalas muy distintas y mandan las mayores: estandarice")))
    x = tuple(str(i + 1) for i in range(len(ratio)))
    return Components(
        method="correlations" if scale else "covariances",
        library="scikit-learn",
        n=held.n,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Varianza explicada"),
                series=(Series(name=N_("Componente"), x=x, y=tuple(float(r) for r in ratio)),),
                x_label=N_("Componente"),
            ),
        ),
        explained_variance=[float(v) for v in fitted.explained_variance_],
        explained_variance_ratio=[float(r) for r in ratio],
        cumulative=[float(r) for r in np.cumsum(ratio)],
        loadings={name: [float(v) for v in axes[:, j]] for j, name in enumerate(held.names)},
        scores=scores.tolist(),
    )
