"""Credibility (*credibilidad*): how much of a risk's own experience goes into its premium."""

from typing import TYPE_CHECKING, Final

from engines.arrays import TABULAR, matrix
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Matrix, operation
from engines.errors import N_, InsufficientData, InvalidInput

if TYPE_CHECKING:
    from engines.arrays import Floats

FLOORED: Final = N_(
    "La varianza entre riesgos sale negativa ({value}) y se toma 0: los datos no distinguen los riesgos y la prima "
    "es la colectiva"
)


class Credibility(Computed):
    """Premiums between the collective mean and each risk's own.

    `within_variance` is that of one observation of weight 1, `between_variance` that of the risks' true means
    (`between_variance_raw` before the floor at 0), `k` their ratio; `credibility` and `premiums` go by row.
    """

    collective: float
    within_variance: float
    between_variance: float
    between_variance_raw: float
    k: float | None
    own_means: tuple[float, ...]
    credibility: tuple[float, ...]
    premiums: tuple[float, ...]


@operation(
    "Credibilidad de Bühlmann",
    examples=(
        "Calcula la credibilidad de Bühlmann de estas pólizas con los mismos años de experiencia",
        "Bühlmann credibility premiums from equal years of experience",
    ),
)
def credibility_buhlmann(ratio: Matrix) -> Credibility:
    """Estimate premiums by Bühlmann's model: every observation weighs the same.

    Args:
        ratio: (risks, years) losses, or losses a unit, any unit; at least 2 by 2.

    Raises:
        InvalidInput: not a table of finite numbers.
        InsufficientData: fewer than two risks or two years.

    Source: Bühlmann & Gisler, A Course in Credibility Theory, 2005, ch. 3; nonparametric estimators, Klugman,
    Panjer & Willmot, Loss Models, section on empirical Bayes estimation.
    """
    import numpy as np

    ratios = matrix(ratio, "ratio", least=2)
    return _straub(ratios, np.ones_like(ratios), "Bühlmann, nonparametric")


@operation(
    "Credibilidad de Bühlmann-Straub",
    examples=(
        "Calcula la credibilidad de Bühlmann-Straub con siniestralidad y volumen por flota y año",
        "Bühlmann-Straub credibility with weights: structure parameters, Z factors and premiums",
    ),
)
def credibility_buhlmann_straub(ratio: Matrix, weight: Matrix) -> Credibility:
    """Estimate premiums by the Bühlmann-Straub model: observations weigh by their volume.

    Args:
        ratio: (risks, years) losses a unit of volume.
        weight: (risks, years) volume, not negative; 0 where a year is missing. Each risk has two years at least.

    Raises:
        InvalidInput: tables of different shape, a negative weight.
        InsufficientData: fewer than two risks, or a risk with fewer than two years.

    Source: Bühlmann & Straub 1970; Bühlmann & Gisler, A Course in Credibility Theory, 2005, section 4.8
    (unbiased estimators; the collective mean is weighted by credibility).
    """
    ratios = matrix(ratio, "ratio", least=2)
    weights = matrix(weight, "weight", least=2)
    if weights.shape != ratios.shape:
        raise InvalidInput("weight", TABULAR)
    if weights.min() < 0:
        raise InvalidInput("weight", N_("no puede ser negativo"))
    return _straub(ratios, weights, "Bühlmann-Straub, unbiased estimators")


def _straub(ratios: "Floats", weights: "Floats", method: str) -> Credibility:
    import numpy as np

    years = (weights > 0).sum(axis=1)
    if years.min() < 2:
        raise InsufficientData("weight" if ratios.shape[1] > 1 else "ratio", 2, int(years.min()))
    risks = len(ratios)
    volume = weights.sum(axis=1)
    total = float(volume.sum())
    own = (weights * ratios).sum(axis=1) / volume
    within = float((weights * (ratios - own[:, None]) ** 2).sum() / (years - 1).sum())
    overall = float(volume @ own / total)
    spread = float(volume @ (own - overall) ** 2) - (risks - 1) * within
    raw = spread / (total - float(volume @ volume) / total)
    between = max(raw, 0.0)
    if between > 0:
        credibility = volume * between / (volume * between + within)
        collective = float(credibility @ own / credibility.sum())
    else:
        credibility = np.zeros(risks)
        collective = overall
    premiums = collective + credibility * (own - collective)
    rows = tuple(float(row) for row in range(1, risks + 1))
    return Credibility(
        method=method,
        library="numpy",
        n=int(years.sum()),
        warnings=() if raw > 0 else (Caution(text=FLOORED, values={"value": float(f"{raw:.4g}")}),),
        charts=(
            Chart(
                kind="bar",
                title=N_("Media propia y prima de credibilidad"),
                series=(
                    Series(name=N_("Media propia"), x=rows, y=tuple(map(float, own))),
                    Series(name=N_("Prima de credibilidad"), x=rows, y=tuple(map(float, premiums))),
                ),
                x_label=N_("Riesgo"),
                marks=((N_("Prima colectiva"), collective),),
            ),
        ),
        collective=collective,
        within_variance=within,
        between_variance=between,
        between_variance_raw=raw,
        k=within / between if between > 0 else None,
        own_means=tuple(map(float, own)),
        credibility=tuple(map(float, credibility)),
        premiums=tuple(map(float, premiums)),
    )
