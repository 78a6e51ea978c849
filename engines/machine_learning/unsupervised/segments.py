"""Divisions into groups: how many, how far two agree, and what sets each group apart."""

from typing import Annotated, Final

from pydantic import Field

from engines.arrays import frame, names
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Part, Seed, Table, operation
from engines.errors import N_
from engines.machine_learning.preparation import converging
from engines.machine_learning.unsupervised.clusters import BIG, apart, enough
from engines.machine_learning.unsupervised.numbers import numbers
from engines.running import report

REFERENCES: Final = 10


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

    held = numbers(data, columns, scale, least=4, most=BIG)
    enough(held, k_max + 1)
    chance = np.random.default_rng(seed)
    low, high = held.scaled.min(axis=0), held.scaled.max(axis=0)
    references = [chance.uniform(low, high, held.scaled.shape) for _ in range(REFERENCES)]
    rows = []
    with converging():
        for k in range(1, k_max + 1):
            fitted = KMeans(k, n_init=5, random_state=seed).fit(held.scaled)
            null = np.log([KMeans(k, n_init=1, random_state=seed).fit(r).inertia_ for r in references])
            rows.append(
                Choice(
                    k=k,
                    inertia=float(fitted.inertia_),
                    silhouette=apart(held.scaled, fitted.labels_, seed) if k > 1 else None,
                    gap=float(null.mean() - np.log(fitted.inertia_)),
                    gap_se=float(null.std() * np.sqrt(1 + 1 / REFERENCES)),
                )
            )
            report(k, k_max)
    widest = max(rows, key=lambda row: row.gap)
    by_gap = next(row.k for row in rows if row.gap >= widest.gap - widest.gap_se)
    by_silhouette = max(rows[1:], key=lambda row: -1.0 if row.silhouette is None else row.silhouette).k
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

    one = names(labels_true, "labels_true", least=2)
    two = names(labels_pred, "labels_pred", length=len(one))
    return Agreement(
        method="adjusted Rand; arithmetic NMI",
        library="scikit-learn",
        n=len(one),
        ari=float(metrics.adjusted_rand_score(one, two)),
        nmi=float(metrics.normalized_mutual_info_score(one, two)),
        homogeneity=float(metrics.homogeneity_score(one, two)),
        completeness=float(metrics.completeness_score(one, two)),
    )


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
    groups = np.array(names(labels, "labels", length=len(table)), dtype=object)
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
