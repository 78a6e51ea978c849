"""Fairness (*no discriminación*): does a tariff use, or stand in for, what it may not use?"""

from typing import TYPE_CHECKING, Any, Final

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Table, operation
from engines.errors import N_, InvalidInput
from engines.insurance.rating import coded_factor

if TYPE_CHECKING:
    import pandas as pd

PROXY: Final = N_(
    "La columna {column} dice mucho de {protected} (información mutua normalizada {value}): puede servir de sustituto"
)
UNEQUAL: Final = N_(
    "El grupo {group} de {protected} tiene el {ratio} % de la prima media del grupo más caro: justifíquelo"
)
SEX: Final = N_(
    "El sexo no puede dar lugar a diferencias de prima ni de prestaciones entre personas (Directiva 2004/113/CE, "
    "art. 5; asunto C-236/09, Test-Achats)"
)
SEXES: Final = frozenset({"sexo", "sex", "genero", "género", "gender"})
UNTOLD: Final = N_(
    "La columna {column} tiene tantos valores para {n} filas que no se puede decir si hace de {protected}: agrúpela"
)
SMALL_GROUP: Final = N_("El grupo {group} de {protected} tiene solo {n} filas: su media es incierta")
FEW_ROWS: Final = 30
HALF: Final = 0.5  # of the entropy, from which what chance alone says drowns the rest
MOST_BINS: Final = 10
MOST_GROUPS: Final = 50


class Proxy(Part):
    """How much one column says of a protected one.

    `mutual_information` in nats; `normalised` divides it by the entropy of the protected column, so that 1 means
    that it can be read off. `p` is the probability of so much by chance (G test). `proxy` is judged by what is left of
    `normalised` beyond what a column of so many values says by chance; where that is more than half, it is not judged.
    """

    protected: str
    column: str
    mutual_information: float
    normalised: float
    p: float
    proxy: bool


class GroupParity(Part):
    """One group: its mean score and its `ratio` to the highest mean of the groups."""

    protected: str
    group: str
    rows: int
    mean_score: float
    ratio: float


class BiasCheck(Computed):
    """Which rating columns could stand in for protected ones, and how far the scores of the groups lie apart.

    `disparate_impact` is the least ratio of group means, by protected column.
    """

    proxies: tuple[Proxy, ...]
    parity: tuple[GroupParity, ...]
    disparate_impact: dict[str, float]


@operation(
    "Control de discriminación de la tarifa",
    examples=(
        "Comprueba si alguna variable de la tarifa es un sustituto del sexo y si la prima media difiere entre grupos",
        "Check a tariff for proxies of protected characteristics and premium parity between groups",
    ),
    heavy=True,
)
def bias_check(
    data: Table,
    protected: tuple[str, ...],
    columns: tuple[str, ...],
    score: str | None = None,
    proxy_from: Level = 0.1,
    parity_from: Level = 0.8,
) -> BiasCheck:
    """Measure what rating columns say of protected ones, and the parity of the score between groups.

    Args:
        data: one row a person or policy.
        protected: columns that must not drive the price (sex, for instance).
        columns: columns that the tariff uses; numbers are cut at their tenths.
        score: column with the premium or score, positive, to compare between groups.
        proxy_from: normalised mutual information from which a column is called a proxy.
        parity_from: ratio of means under which groups are called unequal.

    Raises:
        InvalidInput: missing columns, gaps, a constant column, a score not positive, more than 50 protected groups.
        InsufficientData: fewer than two rows.

    Source: mutual information, Cover & Thomas, Elements of Information Theory, 2nd ed. 2006, section 2.3, corrected
    for chance as in Vinh, Epps & Bailey, Journal of Machine Learning Research 11 (2010); CJEU,
    C-236/09 Test-Achats (2011), on Directive 2004/113/EC; four-fifths rule, 29 CFR 1607.4(D) (1978), as a mere
    threshold.
    """
    import numpy as np
    from scipy import stats
    from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information, mutual_info_score

    if not protected or not columns:
        raise InvalidInput("columns" if protected else "protected", N_("indique al menos una columna"))
    checked = frame(data, "data", columns=[*protected, *columns], least=2)
    binned = {name: _binned(checked, name) for name in columns}
    proxies, parity, impact = [], [], {}
    cautions = []
    scores = None
    if score is not None:
        checked = frame(checked, "data", numeric=[score])
        scores = vector(checked[score].to_numpy(), f"data.{score}")
        if scores.min() <= 0:
            raise InvalidInput(f"data.{score}", N_("debe tener solo valores mayores que cero"))
    for name in protected:
        if name.lower() in SEXES:
            cautions.append(Caution(text=SEX))
        whole = coded_factor(checked, name, np.ones(len(checked)))
        if len(whole.levels) > MOST_GROUPS:
            raise InvalidInput(f"data.{name}", N_("tiene más de 50 grupos; agrúpelos"))
        entropy = float(stats.entropy(np.bincount(whole.codes)))
        for column, codes in binned.items():
            information = max(float(mutual_info_score(whole.codes, codes)), 0.0)
            freedom = (len(whole.levels) - 1) * (np.unique(codes).size - 1)
            share = information / entropy
            chance = float(expected_mutual_information(contingency_matrix(whole.codes, codes), len(checked)))
            drowned = chance > HALF * entropy
            beyond = (information - chance) / (entropy - chance) if entropy > chance * (1 + 1e-9) else 0.0
            found = Proxy(
                protected=name,
                column=column,
                mutual_information=information,
                normalised=share,
                p=float(stats.chi2(freedom).sf(2 * len(checked) * information)),
                proxy=beyond >= proxy_from and not drowned,
            )
            proxies.append(found)
            if found.proxy:
                told = {"column": column, "protected": name, "value": round(share, 2)}
                cautions.append(Caution(text=PROXY, values=told))
            elif drowned:
                told = {"column": column, "protected": name, "n": len(checked)}
                cautions.append(Caution(text=UNTOLD, values=told))
        if scores is None:
            continue
        rows = np.bincount(whole.codes)
        means = np.bincount(whole.codes, weights=scores) / rows
        for group, count, mean in zip(whole.levels, rows, means, strict=True):
            ratio = float(mean / means.max())
            parity.append(
                GroupParity(protected=name, group=group, rows=int(count), mean_score=float(mean), ratio=ratio)
            )
            if count < FEW_ROWS:
                told = {"group": group, "protected": name, "n": int(count)}
                cautions.append(Caution(text=SMALL_GROUP, values=told))
            if ratio < parity_from:
                told = {"group": group, "protected": name, "ratio": round(100 * ratio)}
                cautions.append(Caution(text=UNEQUAL, values=told))
        impact[name] = float(means.min() / means.max())
    proxies.sort(key=lambda row: -row.normalised)
    return BiasCheck(
        method="mutual information, numbers in tenths",
        library="scikit-learn",
        n=len(checked),
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="bar",
                title=N_("Lo que cada variable dice de las protegidas"),
                series=tuple(
                    Series(
                        name=name,
                        x=tuple(row.column for row in proxies if row.protected == name),
                        y=tuple(row.normalised for row in proxies if row.protected == name),
                    )
                    for name in protected
                ),
                y_label=N_("Información mutua normalizada"),
                marks=((N_("Umbral"), proxy_from),),
            ),
        ),
        proxies=tuple(proxies),
        parity=tuple(parity),
        disparate_impact=impact,
    )


def _binned(data: "pd.DataFrame", name: str) -> Any:
    """A column as codes: categories as they are, numbers with many values cut at their tenths."""
    import numpy as np

    column = data[name]
    if column.dtype.kind not in "iuf" or column.nunique() <= MOST_BINS:
        return coded_factor(data, name, np.ones(len(data))).codes
    values = vector(column.to_numpy(), f"data.{name}", varies=True)
    cuts = np.unique(np.quantile(values, np.linspace(0, 1, MOST_BINS + 1)[1:-1]))
    return np.searchsorted(cuts, values, side="right")
