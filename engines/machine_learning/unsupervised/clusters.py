"""Groups of like cases: found five ways, compared, counted and described."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import frame, labels
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Part, Seed, Table, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.machine_learning.preparation import converging
from engines.machine_learning.unsupervised.numbers import numbers
from engines.running import report

if TYPE_CHECKING:
    from engines.machine_learning.unsupervised.numbers import Numbers

Groups = Annotated[int, Field(ge=1, le=100)]
BIG: Final = 100_000
FOR_SILHOUETTE: Final = 5_000
FOR_HIERARCHY: Final = 10_000
FOR_DENSITY: Final = 100_000
REFERENCES: Final = 10


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
    from sklearn.metrics import silhouette_score

    names, firsts, counts = np.unique(found, return_index=True, return_counts=True)
    ranked = names[np.lexsort((firsts, counts))]
    ranked = ranked[ranked >= 0]
    again = {int(old): new for new, old in enumerate(ranked)}
    numbered = np.array([again.get(int(v), -1) for v in found], dtype=int)
    groups = len(ranked)
    inside = numbered >= 0
    silhouette = None
    if 2 <= groups < int(inside.sum()):
        sample = min(FOR_SILHOUETTE, int(inside.sum()))
        silhouette = (
            float(silhouette_score(held.scaled[inside], numbered[inside], sample_size=sample, random_state=seed))
            if np.unique(numbered[inside]).size > 1
            else None
        )
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


def _enough(held: "Numbers", k: int) -> None:
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
    _enough(held, k)
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
    _enough(held, k)
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
    _enough(held, 2 * k_max)
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


class Choice(Part):
    """One number of groups: how well apart they are, and the gap to data without groups."""

    k: int
    inertia: float
    silhouette: float | None
    gap: float
    gap_se: float


class ChosenK(Computed):
    """How many groups the silhouette and the gap statistic advise; `by_gap` may be one: no groups."""

    by_silhouette: int
    by_gap: int
    candidates: list[Choice]


@operation(
    "¿Cuántos grupos?",
    examples=(
        "¿En cuántos segmentos conviene dividir la cartera de clientes?",
        "Choose the number of clusters by silhouette and gap statistic",
    ),
    heavy=True,
)
def choose_k(
    data: Table,
    k_max: Annotated[int, Field(ge=2, le=30)] = 8,
    scale: bool = True,
    columns: tuple[str, ...] = (),
    seed: Seed = 0,
) -> ChosenK:
    """Compare numbers of k-means groups by silhouette and by the gap to data without groups.

    Args:
        data: a row a case; the numeric columns are taken, without gaps. At most 100,000 rows.
        k_max: most groups tried.
        scale: whether variables are standardised first.
        columns: which columns; by default all numeric ones but `target`.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, or no column that varies.
        InsufficientData: not more different cases than groups.
        LimitExceeded: more than 100,000 rows or 200 columns.

    Source: Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987) (silhouette); Tibshirani,
    Walther & Hastie, JRSS B 63 (2001) (gap), with the one-standard-error rule from its greatest value of Dudoit &
    Fridlyand, Genome Biology 3 (2002).
    """
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    held = numbers(data, columns, scale, least=4, most=BIG)
    _enough(held, k_max + 1)
    chance = np.random.default_rng(seed)
    low, high = held.scaled.min(axis=0), held.scaled.max(axis=0)
    references = [chance.uniform(low, high, held.scaled.shape) for _ in range(REFERENCES)]
    rows = []
    with converging():
        for k in range(1, k_max + 1):
            fitted = KMeans(k, n_init=5, random_state=seed).fit(held.scaled)
            null = np.log([KMeans(k, n_init=1, random_state=seed).fit(r).inertia_ for r in references])
            sample = min(FOR_SILHOUETTE, held.n)
            apart = (
                silhouette_score(held.scaled, fitted.labels_, sample_size=sample, random_state=seed) if k > 1 else None
            )
            rows.append(
                Choice(
                    k=k,
                    inertia=float(fitted.inertia_),
                    silhouette=None if apart is None else float(apart),
                    gap=float(null.mean() - np.log(fitted.inertia_)),
                    gap_se=float(null.std() * np.sqrt(1 + 1 / REFERENCES)),
                )
            )
            report(k, k_max)
    widest = max(rows, key=lambda row: row.gap)
    by_gap = next(row.k for row in rows if row.gap >= widest.gap - widest.gap_se)
    by_silhouette = max(rows[1:], key=lambda row: row.silhouette or -1).k
    said = list(held.cautions)
    if by_gap == 1:
        said.append(Caution(text=N_("La brecha dice que no hay grupos: los que salgan serán arbitrarios")))
    elif by_gap != by_silhouette:
        said.append(Caution(text=N_("Los criterios no coinciden: decida por utilidad")))
    return ChosenK(
        method="k-means; silhouette, gap",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="line",
                title=N_("Silueta según el número de grupos"),
                series=(
                    Series(
                        name=N_("Silueta"),
                        x=tuple(float(row.k) for row in rows[1:]),
                        y=tuple(row.silhouette for row in rows[1:]),
                    ),
                ),
                x_label=N_("Grupos"),
            ),
        ),
        by_silhouette=by_silhouette,
        by_gap=by_gap,
        candidates=rows,
    )


class Agreement(Computed):
    """How far two divisions agree: 1 the same, about 0 by chance."""

    ari: float
    nmi: float
    homogeneity: float
    completeness: float


@operation(
    "Comparar dos segmentaciones",
    examples=(
        "¿Coinciden estas dos segmentaciones de clientes? Índice de Rand ajustado",
        "Compare two clusterings: adjusted Rand index and normalised mutual information",
    ),
)
def cluster_compare(labels_true: Labels, labels_pred: Labels) -> Agreement:
    """Measure how far two divisions of the same cases agree, whatever their groups are called.

    Args:
        labels_true: (n,) group of each case in one division.
        labels_pred: (n,) group of each case in the other.

    Raises:
        InvalidInput: divisions of different length, or texts among numbers.
        InsufficientData: fewer than two cases.

    Source: Hubert & Arabie, Journal of Classification 2 (1985); Vinh, Epps & Bailey, JMLR 11 (2010).
    """
    from sklearn import metrics

    one = _names(labels_true, "labels_true", None)
    two = _names(labels_pred, "labels_pred", len(one))
    return Agreement(
        method="adjusted Rand; arithmetic NMI",
        library="scikit-learn",
        n=len(one),
        ari=float(metrics.adjusted_rand_score(one, two)),
        nmi=float(metrics.normalized_mutual_info_score(one, two)),
        homogeneity=float(metrics.homogeneity_score(one, two)),
        completeness=float(metrics.completeness_score(one, two)),
    )


def _names(values: Labels, argument: str, length: int | None) -> list[str]:
    import math

    found = labels(values, argument, least=2, length=length)
    if len({isinstance(v, str) for v in found}) > 1:
        raise InvalidInput(argument, N_("mezcla textos y números"))
    if any(not isinstance(v, str) and not math.isfinite(float(v)) for v in found):
        raise InvalidInput(argument, N_("tiene valores no finitos"))
    return [str(v) for v in found]


class Trait(Part):
    """What sets a segment apart in one column.

    A number: its mean, that of all, and their distance in standard deviations. A category: its most
    over-represented level, the share there and among all, and their distance.
    """

    column: str
    level: str | None
    here: float
    overall: float
    distance: float


class Profile(Part):
    """One segment: its size and share, and its traits, the most distinctive first."""

    segment: str
    size: int
    share: float
    traits: list[Trait]


class Profiles(Computed):
    """Segments described by what sets them apart, the largest first."""

    segments: list[Profile]


@operation(
    "Perfil de los segmentos",
    examples=(
        "Describe cada segmento de clientes: en qué se distingue del resto",
        "Profile customer segments: what sets each one apart from the whole",
    ),
)
def segment_profile(labels: Labels, data: Table) -> Profiles:
    """Describe groups by the columns in which they differ most from all cases.

    Args:
        labels: (n,) group of each case.
        data: a row a case, in the same order; numbers and texts.

    Raises:
        InvalidInput: labels that do not match the rows, or columns of mixed types.
        InsufficientData: fewer than two cases.

    Source: Everitt, Landau, Leese & Stahl, Cluster Analysis (5th ed., 2011), section 9.5 (describing clusters).
    """
    import numpy as np

    from engines.machine_learning.preparation import features

    table = frame(data, "data", least=2)
    groups = np.array(_names(labels, "labels", len(table)), dtype=object)
    held = features(table, list(table.columns), keep_constant=True)
    found = []
    for name in sorted(set(groups)):
        own = groups == name
        traits = []
        for column in held.numeric:
            values = held.values[column].to_numpy(dtype=float)
            inside = values[own & ~np.isnan(values)]
            known = values[~np.isnan(values)]
            if not inside.size:
                continue
            spread = known.std(ddof=1) if known.size > 1 else 0.0
            gap = float(inside.mean() - known.mean())
            traits.append(
                Trait(
                    column=str(column),
                    level=None,
                    here=float(inside.mean()),
                    overall=float(known.mean()),
                    distance=gap / float(spread) if spread > 0 else 0.0,
                )
            )
        for column in held.categorical:
            values = held.values[column].to_numpy(dtype=object)
            levels = sorted({str(v) for v in values[own]})
            shares = {level: ((values[own] == level).mean(), (values == level).mean()) for level in levels}
            level = max(shares, key=lambda item: shares[item][0] - shares[item][1])
            here, overall = (float(s) for s in shares[level])
            traits.append(Trait(column=str(column), level=level, here=here, overall=overall, distance=here - overall))
        traits.sort(key=lambda trait: -abs(trait.distance))
        found.append(Profile(segment=str(name), size=int(own.sum()), share=float(own.mean()), traits=traits))
    found.sort(key=lambda profile: -profile.size)
    return Profiles(method="distance from the whole", library="pandas", n=len(table), segments=found)
