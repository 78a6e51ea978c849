"""Development triangles (*triángulos de siniestros*): checked, shaped, and handed to chainladder.

Rows are origins (accident years, quarters, months), columns are ages; what has not happened yet is
None. Real portfolios give small triangles with gaps and zeros: what that costs is said as cautions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import gappy_matrix
from engines.charts import Chart, Series
from engines.contract import Caution, GappyMatrix, Part
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Average: TypeAlias = Literal["volume", "simple", "regression"]
Tail: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=0.5, le=10)]
"""From the last age to ultimate; 1 = fully developed."""

LARGEST: Final = 60
SMALL: Final = 6
FIRST_YEAR: Final = 2001  # of the calendar that chainladder wants; the results bear ordinals
VANISHING: Final = 1e-150  # chainladder writes 1e-320 for a sigma of zero
SIGMA: Final = "mack"  # chainladder's own default extrapolates log-linearly, and misses the published errors

SQUARE: Final = N_("debe ser cuadrado: tantas filas (orígenes) como columnas (edades)")
FUTURE: Final = N_("tiene importes por debajo de la última diagonal; ahí debe ir vacío (null)")
LATEST: Final = N_("le falta algún importe en la última diagonal")
NO_COLUMN: Final = N_("tiene una edad sin ningún importe mayor que cero: no se puede estimar su factor")
NEGATIVE: Final = N_("tiene acumulados negativos, y este método pide importes positivos")
AT_ZERO: Final = N_(
    "Los orígenes {origins} están a cero en la última diagonal: su reserva sale cero; estímela por prima"
)
ZEROS: Final = N_("{n} acumulados son cero y no entran en los factores")
UNDEFINED: Final = N_("no permite estimar todos los factores; una periodos, o quite exclusiones")


class Exclusion(Part):
    """A development factor left out: that of `origin` (1 = oldest) from `age` (1 = first) to the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: int = Field(ge=1, le=LARGEST)
    age: int = Field(ge=1, le=LARGEST - 1)


@dataclass(frozen=True)
class Triangle:
    """A cumulative triangle: `values[i, j]` of origin i at age j, NaN where it is not known."""

    values: "Floats"
    argument: str
    cautions: tuple[Caution, ...]

    @property
    def size(self) -> int:
        """How many origins there are."""
        return int(self.values.shape[0])

    @property
    def latest(self) -> "Floats":
        """The last diagonal, oldest origin first."""
        import numpy as np

        return np.array([self.values[i, self.size - 1 - i] for i in range(self.size)])

    def incremental(self) -> "Floats":
        """What was added at each age."""
        import numpy as np

        return np.diff(self.values, axis=1, prepend=0.0)

    def chart(self) -> Chart:
        """How each origin has developed."""
        n = self.size
        return Chart(
            kind="line",
            title=N_("Desarrollo por origen"),
            series=tuple(
                Series(
                    name=str(i + 1),
                    x=tuple(range(1, n - i + 1)),
                    y=tuple(None if v != v else float(v) for v in self.values[i, : n - i]),
                )
                for i in range(n)
            ),
            x_label=N_("Edad"),
            y_label=N_("Acumulado"),
        )


def checked(
    rows: GappyMatrix,
    argument: str = "triangle",
    *,
    incremental: bool = False,
    least: int = 2,
    positive: bool = False,
) -> Triangle:
    """Check `rows` and cumulate them if need be.

    Args:
        rows: what was given.
        argument: its name, for the error.
        incremental: whether cells are what was added at each age.
        least: how many origins the method needs.
        positive: whether the method breaks down on negative cumulatives.

    Raises:
        InvalidInput: not a triangle, an age without amounts, or negative where that may not be.
        InsufficientData: fewer than `least` origins.
        LimitExceeded: more than 60 origins.
    """
    import numpy as np

    cells = gappy_matrix(rows, argument, least=least)
    n = cells.shape[0]
    if cells.shape[1] != n:
        raise InvalidInput(argument, SQUARE)
    if n > LARGEST:
        raise LimitExceeded(argument, LARGEST, n, N_("agrupe por trimestres o por años"))
    origin, age = np.indices(cells.shape)
    if not np.isnan(cells[origin + age >= n]).all():
        raise InvalidInput(argument, FUTURE)
    if np.isnan(cells[origin + age == n - 1]).any():
        raise InvalidInput(argument, LATEST)
    gaps = bool(np.isnan(cells[origin + age < n]).any())
    if incremental:
        if gaps:
            raise InvalidInput(argument, N_("tiene huecos; en un triángulo incremental escriba 0 donde no hubo nada"))
        cells = np.cumsum(cells, axis=1)
    known = cells[~np.isnan(cells)]
    if positive and (known < 0).any():
        raise InvalidInput(argument, NEGATIVE)
    for j in range(n - 1):
        if not np.nansum(np.abs(cells[: n - 1 - j, j])) > 0:
            raise InvalidInput(argument, NO_COLUMN)
    return Triangle(cells, argument, tuple(_cautions(cells, gaps)))


def _cautions(cells: "Floats", gaps: bool) -> Sequence[Caution]:
    import numpy as np

    n = cells.shape[0]
    said = []
    if n < SMALL:
        text = N_("El triángulo es pequeño ({n} orígenes): los resultados son orientativos")
        said.append(Caution(text=text, values={"n": n}))
    if gaps:
        said.append(Caution(text=N_("Hay huecos: los factores se estiman con las parejas completas")))
    zeros = int((cells[~np.isnan(cells)] == 0).sum())
    if zeros:
        said.append(Caution(text=ZEROS, values={"n": zeros}))
    empty = [str(i + 1) for i in range(n) if cells[i, n - 1 - i] == 0]
    if empty:
        said.append(Caution(text=AT_ZERO, values={"origins": ", ".join(empty)}))
    if (cells[~np.isnan(cells)] < 0).any():
        said.append(Caution(text=N_("Hay acumulados negativos: revise recobros y signos")))
    steps = np.diff(cells, axis=1)
    falls = int((steps[~np.isnan(steps)] < 0).sum())
    if falls:
        said.append(Caution(text=N_("El acumulado baja {n} veces (recobros o correcciones)"), values={"n": falls}))
    return said


def methods() -> Any:
    """The library chainladder; half typed, so taken as it comes."""
    return import_module("chainladder")


def library(*columns: Triangle, names: Sequence[str] = ("value",)) -> Any:
    """The triangles, of one size, as one chainladder Triangle with a column each."""
    import numpy as np
    import pandas as pd

    chainladder = methods()
    n = columns[0].size
    origin, age = np.nonzero(np.add.outer(np.arange(n), np.arange(n)) < n)
    frame = pd.DataFrame(
        {
            "origin": pd.to_datetime([f"{FIRST_YEAR + i}-01-01" for i in origin]),
            "at": pd.to_datetime([f"{FIRST_YEAR + i + j}-12-31" for i, j in zip(origin, age, strict=True)]),
            **{name: t.values[origin, age] for name, t in zip(names, columns, strict=True)},
        }
    )
    return chainladder.Triangle(frame, origin="origin", development="at", columns=list(names), cumulative=True)


def developed(held: Triangle, average: Average = "volume", tail: float = 1.0, drop: Sequence[Exclusion] = ()) -> Any:
    """`held` with its development pattern fitted (sigma by Mack's rule) and the tail attached.

    Raises:
        InvalidInput: a factor cannot be estimated, or an exclusion names no factor of the triangle.
    """
    import numpy as np

    chainladder = methods()
    for out in drop:
        if out.origin + out.age > held.size:
            raise InvalidInput("drop", N_("excluye un factor que el triángulo no tiene"))
    cells = [(str(FIRST_YEAR + out.origin - 1), 12 * out.age) for out in drop]
    fitted = chainladder.Development(average=average, sigma_interpolation=SIGMA, drop=cells or None).fit_transform(
        library(held)
    )
    factors = pattern(fitted, held)
    # A factor that lost all its pairs comes out as one, without a word.
    lost = [j for j in range(held.size - 1) if not _pairs(held, j, drop)]
    if lost or not np.isfinite(factors).all() or (factors <= 0).any():
        raise InvalidInput(held.argument, UNDEFINED)
    # Mack's rule for the last sigma divides by that two ages before: where either is zero, so is the last.
    sigma, errors = fitted.sigma_.values[0, 0, 0], fitted.std_err_.values[0, 0, 0]
    if held.size > 3 and np.isnan(sigma[held.size - 2]) and sigma[held.size - 4 : held.size - 2].min() < VANISHING:
        sigma[held.size - 2] = errors[held.size - 2] = 0.0
    if tail == 1.0:
        return fitted
    tailed = chainladder.TailConstant(tail=tail).fit_transform(fitted)
    for values in (tailed.sigma_.values, tailed.std_err_.values):
        values[..., -1] = _of_tail(np.asarray(values[0, 0, 0, : held.size - 1], dtype=float), factors, tail)
    return tailed


def _of_tail(known: "Floats", factors: "Floats", tail: float) -> float:
    """The sigma or the standard error of a tail factor: that of the age whose factor would be as far from one.

    chainladder extrapolates in the same way, but without limit, and through ages whose sigma is zero. Where factors do
    not fall towards one there is no such age, and the last one speaks. Never more than the largest of the ages.

    Source: Mack, ASTIN Bulletin 29 (1999), section 4, a tail factor among the ages of like factors.
    """
    import numpy as np

    ages = np.arange(1, factors.size + 1, dtype=float)
    rising, moving = factors > 1, np.nan_to_num(known) > VANISHING
    if not moving.any():
        return 0.0
    last = float(known[moving][-1])
    if rising.sum() < 2 or moving.sum() < 2:
        return last
    slope, start = np.polyfit(ages[rising], np.log(factors[rising] - 1), 1)
    if slope >= 0:
        return last
    age = (np.log(abs(tail - 1)) - start) / slope
    found = np.polyval(np.polyfit(ages[moving], np.log(known[moving]), 1), age)
    return float(np.exp(min(found, np.log(known[moving].max()))))


def _pairs(held: Triangle, age: int, drop: Sequence[Exclusion]) -> int:
    import numpy as np

    n = held.size
    before, after = held.values[: n - 1 - age, age], held.values[: n - 1 - age, age + 1]
    kept = (before != 0) & ~np.isnan(before) & ~np.isnan(after) & (after != 0)
    for out in drop:
        if out.age == age + 1:
            kept[out.origin - 1] = False
    return int(kept.sum())


def pattern(fitted: Any, held: Triangle) -> "Floats":
    """The age-to-age factors of a developed triangle, without the tail."""
    import numpy as np

    return np.asarray(fitted.ldf_.values[0, 0, 0, : held.size - 1], dtype=float)


def to_ultimate(factors: "Floats", tail: float) -> "Floats":
    """From each age to ultimate, the tail included; the last is the tail alone."""
    import numpy as np

    return np.append(np.cumprod(factors[::-1])[::-1], 1.0) * tail


def known(values: Any) -> "Floats":
    """A column of chainladder's as an array; what it leaves out (origins at zero) is zero."""
    import numpy as np

    found: Floats = np.nan_to_num(np.asarray(values, dtype=np.float64).reshape(-1))
    return found
