"""Groups of like cases, found five ways."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Seed, Table, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.machine_learning.preparation import converging
from engines.machine_learning.unsupervised.numbers import numbers
from engines.running import report

if TYPE_CHECKING:
    from engines.machine_learning.unsupervised.numbers import Floats, Numbers

Groups = Annotated[int, Field(ge=1, le=100)]
BIG: Final = 100_000
FOR_SILHOUETTE: Final = 5_000
FOR_HIERARCHY: Final = 10_000
FOR_DENSITY: Final = 100_000
POINT: Final = 1e-4  # share of a column's variance under which a component is but one value of it


class Clusters(Computed):
    """Groups by number from 0 on, the smallest first; -1 is noise.

    `sizes` and `centres` follow the groups; centres are in the units of the data. `silhouette` goes from -1
    (wrong group) to 1 (well apart), and is None for a single group.
    """

    labels: list[int]
    sizes: list[int]
    centres: list[dict[str, float]]
    silhouette: float | None
    inertia: float | None = None
    noise: int = 0


def _described(held: "Numbers", found: Any, seed: int, **more: Any) -> Clusters:
    """Number the groups by size, and say what they look like."""
    import numpy as np

    names, firsts, counts = np.unique(found, return_index=True, return_counts=True)
    ranked = names[np.lexsort((firsts, counts))]
    ranked = ranked[ranked >= 0]
    again = {int(old): new for new, old in enumerate(ranked)}
    numbered = np.array([again.get(int(v), -1) for v in found], dtype=int)
    groups = len(ranked)
    inside = numbered >= 0
    silhouette = None
    if 2 <= groups < int(inside.sum()):
        silhouette = apart(held.scaled[inside], numbered[inside], seed)
    centres = [held.values[numbered == g].mean(axis=0) for g in range(groups)]
    sizes = [int((numbered == g).sum()) for g in range(groups)]
    said = list(held.cautions)
    if silhouette is not None and silhouette < 0.25:
        said.append(Caution(text=N_("Los grupos apenas se distinguen: no les busque nombre")))
    if sizes and min(sizes) < max(2, held.n // 100):
        said.append(Caution(text=N_("Hay grupos con muy pocos casos")))
    pair = held.names[:2]
    shown = np.arange(min(held.n, 2000))
    chart = Chart(
        kind="scatter",
        title=N_("Grupos sobre las dos primeras variables"),
        series=tuple(
            Series(
                name=str(g),
                x=tuple(held.values[shown][numbered[shown] == g, 0].tolist()),
                y=tuple(held.values[shown][numbered[shown] == g, -1 if len(pair) < 2 else 1].tolist()),
            )
            for g in range(min(groups, 12))
        ),
        x_label=pair[0],
        y_label=pair[-1],
    )
    return Clusters(
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=(chart,),
        labels=numbered.tolist(),
        sizes=sizes,
        centres=[{n: float(v) for n, v in zip(held.names, c, strict=True)} for c in centres],
        silhouette=silhouette,
        noise=int((~inside).sum()),
        **more,
    )


def apart(points: "Floats", groups: Any, seed: int) -> float:
    """The silhouette of two groups or more; of a sample if there are many points, each group in it."""
    import numpy as np
    from sklearn.metrics import silhouette_score

    drawn = np.random.default_rng(seed).permutation(len(points))
    # A group of one case in ten thousand is easily left out by chance, and with it what there is to measure.
    _, firsts = np.unique(groups[drawn], return_index=True)
    kept = np.union1d(drawn[:FOR_SILHOUETTE], drawn[firsts])
    return float(silhouette_score(points[kept], groups[kept]))


def enough(held: "Numbers", k: int) -> None:
    """Refuse fewer different cases than groups.

    Raises:
        InsufficientData: there are.
    """
    import numpy as np

    different = len(np.unique(held.scaled, axis=0))
    if different < k:
        raise InsufficientData("data", k, different)


@operation(
    "Segmentar por k-medias",
    examples=(
        "Segmenta los clientes en cuatro grupos por prima, antigüedad y siniestros con k-medias",
        "K-means clustering of customers into k groups with sizes and centres",
    ),
    heavy=True,
)
def kmeans(
    data: Table,
    k: Groups,
    n_init: Annotated[int, Field(ge=1, le=100)] = 10,
    scale: bool = False,
    columns: tuple[str, ...] = (),
    seed: Seed = 0,
) -> Clusters:
    """Divide cases into k groups around their means.

    Args:
        data: a row a case; the numeric columns are taken, without gaps.
        k: how many groups.
        n_init: from how many starts; the best is kept.
        scale: whether variables are standardised first.
        columns: which columns; by default all numeric ones but `target`.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, or no column that varies.
        InsufficientData: fewer different cases than groups.
        LimitExceeded: more than 1,000,000 rows or 200 columns.

    Source: Lloyd, IEEE Transactions on Information Theory 28 (1982); Arthur & Vassilvitskii, k-means++, SODA
    (2007); above 100,000 rows by mini-batches, Sculley, WWW (2010).
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans

    held = numbers(data, columns, scale)
    enough(held, k)
    kind = MiniBatchKMeans if held.n > BIG else KMeans
    with converging():
        fitted = kind(n_clusters=k, n_init=n_init, random_state=seed).fit(held.scaled)
    found = _described(held, fitted.labels_, seed, inertia=float(fitted.inertia_))
    return found.model_copy(update={"method": f"k={k}, {n_init} starts{', standardised' if scale else ''}"})


@operation(
    "Segmentar por densidad (HDBSCAN)",
    examples=(
        "Agrupa los siniestros por densidad y aparta los que no encajan en ningún grupo",
        "HDBSCAN clustering of claims with noise points set apart",
    ),
    heavy=True,
)
def hdbscan(
    data: Table,
    min_cluster_size: Annotated[int, Field(ge=2, le=100_000)] = 5,
    scale: bool = True,
    columns: tuple[str, ...] = (),
) -> Clusters:
    """Find groups wherever cases are dense, as many as there are, and leave the rest as noise.

    Args:
        data: a row a case; the numeric columns are taken, without gaps.
        min_cluster_size: how many cases make a group.
        scale: whether variables are standardised first.
        columns: which columns; by default all numeric ones but `target`.

    Raises:
        InvalidInput: gaps, no column that varies, or a group larger than the data.
        InsufficientData: fewer than three rows.
        LimitExceeded: more than 100,000 rows or 200 columns.

    Source: Campello, Moulavi & Sander, Density-Based Clustering Based on Hierarchical Density Estimates, PAKDD
    (2013).
    """
    from sklearn.cluster import HDBSCAN

    held = numbers(data, columns, scale, least=3, most=FOR_DENSITY)
    if min_cluster_size > held.n:
        raise InvalidInput("min_cluster_size", N_("es mayor que el número de casos"))
    with converging():
        fitted = HDBSCAN(min_cluster_size=min_cluster_size, copy=True).fit(held.scaled)
    found = _described(held, fitted.labels_, 0)
    said = found.warnings
    if not found.sizes:
        said = (*said, Caution(text=N_("No hay grupos densos de ese tamaño: todo queda como ruido")))
    return found.model_copy(update={"method": f"min_cluster_size={min_cluster_size}", "warnings": said, "seed": None})


@operation(
    "Segmentar por jerarquía",
    examples=(
        "Agrupa las provincias por parecido con una jerarquía de Ward en tres grupos",
        "Hierarchical agglomerative clustering (Ward) into k groups",
    ),
    heavy=True,
)
def hierarchical(
    data: Table,
    k: Groups,
    method: Literal["ward", "average", "complete", "single"] = "ward",
    scale: bool = True,
    columns: tuple[str, ...] = (),
) -> Clusters:
    """Join the most alike cases step by step until k groups are left.

    Args:
        data: a row a case; the numeric columns are taken, without gaps. At most 10,000 rows.
        k: how many groups.
        method: how far groups are from each other: least growth of variance, mean, farthest or nearest cases.
        scale: whether variables are standardised first.
        columns: which columns; by default all numeric ones but `target`.

    Raises:
        InvalidInput: gaps, or no column that varies.
        InsufficientData: fewer different cases than groups.
        LimitExceeded: more than 10,000 rows or 200 columns.

    Source: Ward, JASA 58 (1963); Everitt et al., Cluster Analysis (5th ed., 2011), ch. 4.
    """
    from sklearn.cluster import AgglomerativeClustering

    held = numbers(data, columns, scale, most=FOR_HIERARCHY)
    enough(held, k)
    with converging():
        fitted = AgglomerativeClustering(n_clusters=k, linkage=method).fit(held.scaled)
    return _described(held, fitted.labels_, 0).model_copy(update={"method": method, "seed": None})


class Candidate(Part):
    """One number of groups, and its criteria."""

    k: int
    bic: float
    aic: float


class Mixture(Computed):
    """A mixture of normals with the number of components that the BIC (lower is better) prefers."""

    k: int
    bic: float
    candidates: list[Candidate]
    weights: list[float]
    means: list[dict[str, float]]
    labels: list[int]
    certainty: list[float]


@operation(
    "Mezcla de normales",
    examples=(
        "¿Cuántos grupos hay según una mezcla de normales y el BIC?",
        "Gaussian mixture model with number of components by BIC",
    ),
    heavy=True,
)
def gaussian_mixture(
    data: Table,
    k_min: Groups = 1,
    k_max: Groups = 6,
    covariance: Literal["full", "tied", "diag", "spherical"] = "full",
    scale: bool = True,
    columns: tuple[str, ...] = (),
    seed: Seed = 0,
) -> Mixture:
    """Fit mixtures of normal distributions, and keep the number of components with the lowest BIC.

    Args:
        data: a row a case; the numeric columns are taken, without gaps.
        k_min: fewest components tried.
        k_max: most components tried.
        covariance: how free the shape of each component is.
        scale: whether variables are standardised first.
        columns: which columns; by default all numeric ones but `target`.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, no column that varies, or k_max under k_min.
        InsufficientData: fewer different cases than twice the most components.
        LimitExceeded: more than 1,000,000 rows or 200 columns.
        NotConverged: a mixture does not converge.

    Source: Fraley & Raftery, Model-Based Clustering, JASA 97 (2002); Schwarz, Annals of Statistics 6 (1978).
    """
    import numpy as np
    from sklearn.mixture import GaussianMixture

    if k_max < k_min:
        raise InvalidInput("k_max", N_("es menor que el mínimo"))
    held = numbers(data, columns, scale, least=4)
    enough(held, 2 * k_max)
    fitted = []
    with converging():
        for k in range(k_min, k_max + 1):
            model = GaussianMixture(k, covariance_type=covariance, n_init=3, max_iter=500, random_state=seed)
            try:
                fitted.append(model.fit(held.scaled))
            except ValueError as error:
                raise InvalidInput(
                    "data", N_("repite casos: alguna normal se reduce a un punto; baje los grupos")
                ) from error
            report(k - k_min + 1, k_max - k_min + 1)
    candidates = [
        Candidate(k=m.n_components, bic=float(m.bic(held.scaled)), aic=float(m.aic(held.scaled))) for m in fitted
    ]
    best = fitted[int(np.argmin([c.bic for c in candidates]))]
    order = np.argsort(-best.weights_)
    rank = {int(old): new for new, old in enumerate(order)}
    chances = best.predict_proba(held.scaled)
    means = best.means_[order]
    if scale:
        means = means * held.values.std(axis=0, ddof=1) + held.values.mean(axis=0)
    said = list(held.cautions)
    collapsed = _collapsed(best, held)
    if collapsed:
        text = N_(
            "Alguna normal se reduce a un valor repetido de {columns} y el BIC la premia aunque no sea un grupo: "
            "quite esas columnas"
        )
        said.append(Caution(text=text, values={"columns": ", ".join(collapsed)}))
    if held.n * best.weights_.min() < max(2, held.n // 100):
        said.append(Caution(text=N_("Hay grupos con muy pocos casos")))
    if best.n_components == k_max and k_max > k_min:
        said.append(Caution(text=N_("El mejor es el mayor que se ha probado: pruebe con más grupos")))
    return Mixture(
        method=f"{covariance}, BIC",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="line",
                title=N_("BIC según el número de grupos"),
                series=(
                    Series(name="BIC", x=tuple(float(c.k) for c in candidates), y=tuple(c.bic for c in candidates)),
                ),
                x_label=N_("Grupos"),
            ),
        ),
        k=best.n_components,
        bic=float(best.bic(held.scaled)),
        candidates=candidates,
        weights=[float(w) for w in best.weights_[order]],
        means=[{n: float(v) for n, v in zip(held.names, m, strict=True)} for m in means],
        labels=[rank[int(v)] for v in chances.argmax(axis=1)],
        certainty=[float(v) for v in chances.max(axis=1)],
    )


def _collapsed(mixture: Any, held: "Numbers") -> list[str]:
    """The columns in which some component has almost no spread of its own: a value that many cases share."""
    import numpy as np

    kept = mixture.covariances_
    wide = len(held.names)
    if mixture.covariance_type in ("full", "tied"):
        spreads = np.diagonal(kept, axis1=-2, axis2=-1)
    else:
        spreads = kept[:, None] if mixture.covariance_type == "spherical" else kept
    shape = (mixture.n_components, wide)
    shares = np.broadcast_to(spreads, shape) / held.scaled.var(axis=0)
    least = np.where(held.n * mixture.weights_[:, None] > 1.5, shares, np.inf).min(axis=0)  # one case has no spread
    return [name for name, share in zip(held.names, least, strict=True) if share < POINT]
