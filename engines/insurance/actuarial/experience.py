"""Experience: deaths or lapses as they came, against what a table expected."""

from typing import TYPE_CHECKING, Final

from engines.arrays import FINITE, frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Table, operation
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    pass

SMALL_CELLS: Final = N_("{n} celdas esperan menos de 5 sucesos: la ji cuadrado es solo aproximada")


class StudyCell(Part):
    """One cell: deaths observed and expected, their ratio with its exact interval, and the crude rate."""

    cell: str
    exposure: float
    observed: float
    expected: float
    ratio: float | None
    low: float | None
    high: float | None
    crude_rate: float
    differs: bool


class ExperienceStudy(Computed):
    """Actual against expected. `ratio` 1 means as the table says; `chi2` on `df` cells tests all together."""

    ratio: float
    low: float
    high: float
    observed: float
    expected: float
    cells: tuple[StudyCell, ...]
    chi2: float
    df: int
    p: float


@operation(
    "Estudio de experiencia (real frente a esperado)",
    examples=(
        "Compara los fallecimientos observados con los de la tabla por tramo de edad y dame el ratio A/E con intervalo",
        "Experience study: actual to expected deaths by cell with confidence intervals",
    ),
    heavy=True,
)
def experience_study(
    data: Table,
    exposure: str,
    observed: str,
    rate: str,
    cell: str | None = None,
    level: Level = 0.95,
) -> ExperienceStudy:
    """Compare events observed with those that a basis expects, by cell.

    Args:
        data: one row a group of lives, an age for instance.
        exposure: column with central exposure, life-years, positive.
        observed: column with the deaths (or lapses) observed, whole.
        rate: column with the expected force or central rate a year, positive.
        cell: categorical column whose cells are reported; each row if not given.
        level: confidence of the exact Poisson intervals.

    Raises:
        InvalidInput: exposures or rates that are not positive, negative or broken counts.
        InsufficientData: no row.

    Source: central exposed to risk and A/E, Benjamin & Pollard, The Analysis of Mortality, 3rd ed. 1993, ch. 2-3;
    exact Poisson interval, Garwood, Biometrika 28 (1936).
    """
    import numpy as np
    import pandas as pd
    from scipy import stats

    rows = frame(data, "data", numeric=[exposure, observed, rate], columns=[cell] if cell else [], least=1)
    worn = vector(rows[exposure].to_numpy(), f"data.{exposure}")
    deaths = vector(rows[observed].to_numpy(), f"data.{observed}", low=0.0)
    basis = vector(rows[rate].to_numpy(), f"data.{rate}")
    for name, values in ((exposure, worn), (rate, basis)):
        if values.min() <= 0:
            raise InvalidInput(f"data.{name}", N_("debe tener solo valores mayores que cero"))
    if not np.array_equal(deaths, np.round(deaths)):
        raise InvalidInput(f"data.{observed}", N_("debe tener números enteros"))
    names = [str(k + 1) for k in range(len(rows))]
    codes = np.arange(len(rows))
    if cell is not None:
        if rows[cell].isna().any():
            raise InvalidInput(f"data.{cell}", FINITE)
        codes, levels = pd.factorize(rows[cell], sort=True)  # ages as numbers: 100 after 99
        names = [str(name) for name in levels]
    if len(names) > 10_000:
        raise LimitExceeded("data", 10_000, len(names), N_("agrupe las filas en celdas"))
    size = len(names)
    exposed, seen, due = (np.bincount(codes, weights=part, minlength=size) for part in (worn, deaths, worn * basis))
    tail = (1 - level) / 2

    def bounds(count: float) -> tuple[float, float]:
        low = float(stats.gamma(count).ppf(tail)) if count > 0 else 0.0
        return low, float(stats.gamma(count + 1).isf(tail))

    cells = []
    for place, name in enumerate(names):
        low, high = (bound / due[place] for bound in bounds(seen[place]))
        cells.append(
            StudyCell(
                cell=name,
                exposure=float(exposed[place]),
                observed=float(seen[place]),
                expected=float(due[place]),
                ratio=float(seen[place] / due[place]),
                low=float(low),
                high=float(high),
                crude_rate=float(seen[place] / exposed[place]),
                differs=bool(low > 1 or high < 1),
            )
        )
    total, wanted = float(seen.sum()), float(due.sum())
    low, high = bounds(total)
    chi2 = float(((seen - due) ** 2 / due).sum())
    few = int((due < 5).sum())
    return ExperienceStudy(
        method="central exposure; exact Poisson intervals",
        library="scipy",
        n=len(rows),
        warnings=(Caution(text=SMALL_CELLS, values={"n": few}),) if few else (),
        charts=(
            Chart(
                kind="bar",
                title=N_("Real frente a esperado"),
                series=(
                    Series(
                        name="A/E",
                        x=tuple(row.cell for row in cells[:100]),
                        y=tuple(row.ratio for row in cells[:100]),
                        low=tuple(row.low for row in cells[:100]),
                        high=tuple(row.high for row in cells[:100]),
                    ),
                ),
                marks=((N_("Según la tabla"), 1.0),),
            ),
        ),
        ratio=total / wanted,
        low=low / wanted,
        high=high / wanted,
        observed=total,
        expected=wanted,
        cells=tuple(cells),
        chi2=chi2,
        df=size,
        p=float(stats.chi2(size).sf(chi2)),
    )
