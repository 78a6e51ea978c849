"""Binning (*discretización*): how good and bad risks fall into classes of one variable."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Share, Table, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engines.arrays import Floats

Monotone: TypeAlias = Literal["increasing", "decreasing", "none"]
Strength: TypeAlias = Literal["useless", "weak", "medium", "strong", "suspicious"]
EMPTY_CELL: Final = 0.5
MOST_CLASSES: Final = 100
MISSING: Final = "—"
ALL: Final = "*"
FEW_CASES: Final = 30
FEW: Final = N_("Solo hay {n} casos de la clase menor: las medidas son muy inciertas.")
HALVED: Final = N_("Hay clases sin buenos o sin malos ({classes}): su casilla vacía cuenta como 0,5 casos.")
STRENGTHS: Final[tuple[tuple[float, Strength], ...]] = (
    (0.02, "useless"),
    (0.1, "weak"),
    (0.3, "medium"),
    (0.5, "strong"),
)


class Bin(Part):
    """One class: values above `low` to `high`, or one value, and the good and bad risks in it."""

    label: str
    low: float | None = None
    high: float | None = None
    n: int
    good: int
    bad: int
    bad_rate: float
    woe: float
    iv: float


class WeightOfEvidence(Computed):
    """Classes of one variable with their weights of evidence; `iv` is the information value of them all."""

    bins: tuple[Bin, ...]
    iv: float
    strength: Strength


class OptimalBins(Computed):
    """Classes found for a numeric variable; `edges` are the upper ends (included) of all but the last."""

    edges: tuple[float, ...]
    bins: tuple[Bin, ...]
    iv: float
    strength: Strength


def binary(values: Any, argument: str, length: int | None = None) -> "NDArray[Any]":
    """A target of noughts and ones that has both.

    Raises:
        InvalidInput: other values, or only one class.
    """
    found = vector(values, argument, least=2, length=length)
    if not set(found.tolist()) <= {0.0, 1.0}:
        raise InvalidInput(argument, N_("solo admite 0 (bueno) y 1 (malo)"))
    if found.min() == found.max():
        raise InvalidInput(argument, N_("necesita casos buenos y malos"))
    return found.astype(bool)


def table(data: Table, target: str, columns: Sequence[str]) -> "tuple[pd.DataFrame, NDArray[Any]]":
    """The frame with `columns`, and its target."""
    if target in columns:
        raise InvalidInput("target", N_("no puede ser también una variable explicativa"))
    held = frame(data, "data", columns, numeric=(target,), least=2)
    return held, binary(held[target].to_numpy(dtype=float), f"data.{target}")


def classes(column: "pd.Series[Any]", argument: str, edges: Sequence[float] | None) -> "tuple[NDArray[Any], list[Bin]]":
    """The class of each value, and the classes as yet without counts.

    Raises:
        InvalidInput: edges that do not rise, or that are given for a column without numbers.
        LimitExceeded: more values than classes may be.
    """
    import numpy as np

    gaps = column.isna().to_numpy()
    if edges is not None:
        cuts = vector(list(edges), "edges", least=0)
        if (np.diff(cuts) <= 0).any():
            raise InvalidInput("edges", N_("deben ser crecientes"))
        values = numbers(column, argument)
        codes = np.searchsorted(cuts, values, side="left")
        bounds = [None, *cuts.tolist(), None]
        shells = [_shell(_interval(a, b), a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
    else:
        kept = column[~gaps]
        found = sorted(kept.unique().tolist(), key=lambda v: (isinstance(v, str), v))
        if len(found) > MOST_CLASSES:
            raise LimitExceeded(argument, MOST_CLASSES, len(found), N_("agrupe antes los valores con bin_optimal"))
        place = {value: i for i, value in enumerate(found)}
        codes = np.array([-1 if gap else place[v] for v, gap in zip(column.tolist(), gaps, strict=True)], dtype=int)
        shells = [_shell(_said(value)) for value in found]
    if gaps.any():
        codes = np.where(gaps, len(shells), codes)
        shells.append(_shell(MISSING))
    return codes, shells


def numbers(column: "pd.Series[Any]", argument: str) -> "Floats":
    """A column of numbers in which a gap is NaN."""
    import numpy as np

    there = column[~column.isna()]
    if not all(isinstance(v, int | float | np.number) for v in there.tolist()):
        raise InvalidInput(argument, N_("debe ser numérica"))
    vector(there.to_numpy(dtype=float), argument)
    found: Floats = column.astype(float).to_numpy()
    return found


def counted(codes: "NDArray[Any]", bad: "NDArray[Any]", shells: list[Bin]) -> tuple[tuple[Bin, ...], list[str]]:
    """The classes with counts, weights of evidence and information values, and the names of those with an empty cell.

    Classes without any risk are left out.
    """
    import numpy as np

    bads = np.bincount(codes, weights=bad, minlength=len(shells))
    goods = np.bincount(codes, weights=~bad, minlength=len(shells))
    all_good, all_bad = goods.sum(), bads.sum()
    bins, filled = [], []
    for shell, g, b in zip(shells, goods.tolist(), bads.tolist(), strict=True):
        if g + b == 0:
            continue
        if g == 0 or b == 0:
            filled.append(shell.label)
        good_share, bad_share = (g or EMPTY_CELL) / all_good, (b or EMPTY_CELL) / all_bad
        woe = math.log(good_share / bad_share)
        counts = {"n": int(g + b), "good": int(g), "bad": int(b), "bad_rate": b / (g + b)}
        bins.append(shell.model_copy(update={**counts, "woe": woe, "iv": (good_share - bad_share) * woe}))
    return tuple(bins), filled


def cautions(bad: "NDArray[Any]", filled: Sequence[str]) -> tuple[Caution, ...]:
    """What to know of measures of the outcomes `bad`: classes with an empty cell, and few cases of a kind."""
    halved = (Caution(text=HALVED, values={"classes": ", ".join(filled)}),) if filled else ()
    return (*halved, *few(bad))


def few(bad: "NDArray[Any]") -> tuple[Caution, ...]:
    """A caution where there are fewer than thirty bad risks, or good ones."""
    least = min(int(bad.sum()), int((~bad).sum()))
    return (Caution(text=FEW, values={"n": least}),) if least < FEW_CASES else ()


def strength(iv: float) -> Strength:
    """What an information value says of a variable, by the bands of Siddiqi."""
    return next((name for limit, name in STRENGTHS if iv < limit), "suspicious")


def chart(bins: tuple[Bin, ...]) -> Chart:
    """Weights of evidence by class."""
    names = tuple(b.label for b in bins)
    return Chart(
        kind="bar",
        title=N_("Peso de la evidencia por clase"),
        series=(Series(name="WOE", x=names, y=tuple(b.woe for b in bins)),),
        x_label=N_("Clase"),
        y_label="WOE",
    )


@operation(
    "Peso de la evidencia y valor de la información",
    examples=(
        "Calcula el WOE y el IV de la variable historial de crédito respecto de los impagos",
        "Weight of evidence and information value of a variable against defaults",
    ),
)
def woe_iv(data: Table, column: str, target: str, edges: Vector | None = None) -> WeightOfEvidence:
    """Weigh the evidence (*WOE*) of each class of a variable, and value its information (*IV*).

    Args:
        data: table with a row a risk.
        column: the variable: each value is a class, and so are its gaps.
        target: the column that is 1 for bad and 0 for good.
        edges: (k,) rising upper ends of k + 1 classes, in the unit of the column, for a numeric variable.

    Raises:
        InvalidInput: a target without both classes, a column that is not there, edges that do not rise.
        LimitExceeded: more than 100 different values without `edges`.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 6; an empty cell counts 0.5 (Haldane 1955).
    """
    held, bad = table(data, target, (column,))
    codes, shells = classes(held[column], f"data.{column}", None if edges is None else list(edges))
    bins, filled = counted(codes, bad, shells)
    iv = math.fsum(b.iv for b in bins)
    return WeightOfEvidence(
        method="ln(good share / bad share)",
        n=len(held),
        bins=bins,
        iv=iv,
        strength=strength(iv),
        warnings=cautions(bad, filled),
        charts=(chart(bins),),
    )


@operation(
    "Agrupación óptima de una variable",
    examples=(
        "Agrupa la edad en tramos con impago monótono decreciente para la tarjeta de puntuación",
        "Optimal monotonic binning of a numeric variable by PAVA and chi-square merging",
    ),
)
def bin_optimal(
    data: Table, column: str, target: str, max_bins: Annotated[int, Field(ge=2, le=20)], monotone: Monotone,
    min_share: Annotated[Share, Field(lt=0.5)] = 0.05, alpha: Level = 0.05,
    fine_bins: Annotated[int, Field(ge=5, le=200)] = 50,
) -> OptimalBins:  # fmt: skip
    """Cut a numeric variable into few classes whose bad rates differ and, if asked, only rise or only fall.

    Fine quantile classes are pooled until the bad rate is monotone (pool adjacent violators), and then the
    two neighbours least unlike by chi-squared are merged while they do not differ, are too small, or too many.

    Args:
        data: table with a row a risk.
        column: the numeric variable, any unit; its gaps form a class of their own.
        target: the column that is 1 for bad and 0 for good.
        max_bins: how many classes at most, gaps apart.
        monotone: how the bad rate may go as the variable rises; there is no automatic choice.
        min_share: of the rows, that each class must have.
        alpha: significance at which neighbours must differ to stay apart.
        fine_bins: how many quantile classes to begin with.

    Raises:
        InvalidInput: a target without both classes, a column that is not numeric.
        InsufficientData: fewer than 20 values.

    Source: Ayer et al., Annals of Mathematical Statistics 26 (1955), pool adjacent violators; Kerber,
    ChiMerge, AAAI (1992).
    """
    import numpy as np

    held, bad = table(data, target, (column,))
    values = numbers(held[column], f"data.{column}")
    there = ~np.isnan(values)
    if there.sum() < 20:
        raise InsufficientData("data", 20, int(there.sum()))
    cuts = np.unique(np.quantile(values[there], np.arange(1, fine_bins) / fine_bins, method="inverted_cdf"))
    cuts = cuts[cuts < values[there].max()]
    codes = np.searchsorted(cuts, values[there], side="left")
    counts = np.column_stack(
        [np.bincount(codes, weights=w, minlength=cuts.size + 1) for w in (~bad[there], bad[there])]
    )
    groups = _monotone(counts, monotone)
    groups = _merged(groups, counts, max_bins, min_share * len(held), alpha)
    edges = tuple(float(cuts[group[-1]]) for group in groups[:-1])
    all_codes, shells = classes(held[column], f"data.{column}", edges)
    bins, filled = counted(all_codes, bad, shells)
    said = cautions(bad, filled)
    if not edges:
        said += (Caution(text=N_("Ningún corte separa los impagos en ese sentido: queda una sola clase.")),)
    iv = math.fsum(b.iv for b in bins)
    return OptimalBins(
        method=f"PAVA ({monotone}) + chi-squared merge",
        library="scikit-learn",
        n=len(held),
        edges=edges,
        bins=bins,
        iv=iv,
        strength=strength(iv),
        warnings=said,
        charts=(chart(bins),),
    )


def _monotone(counts: "NDArray[Any]", monotone: Monotone) -> list[list[int]]:
    """Fine classes grouped so that the bad rate goes one way."""
    import numpy as np

    if monotone == "none":
        return [[i] for i in range(len(counts))]
    from sklearn.isotonic import isotonic_regression

    totals = counts.sum(axis=1)
    fitted = isotonic_regression(counts[:, 1] / totals, sample_weight=totals, increasing=monotone == "increasing")
    starts = np.flatnonzero(np.concatenate([[True], ~np.isclose(np.diff(fitted), 0.0, atol=1e-12)]))
    return [list(map(int, part)) for part in np.split(np.arange(len(counts)), starts[1:])]


def _merged(
    groups: list[list[int]], counts: "NDArray[Any]", most: int, smallest: float, alpha: float
) -> list[list[int]]:
    """Neighbours merged, the least unlike first, until all differ, are large enough and few enough."""
    from scipy.stats import chi2

    enough = float(chi2.isf(alpha, 1))
    while len(groups) > 1:
        cells = [counts[g].sum(axis=0) for g in groups]
        unlike = [_chi_squared(a, b) for a, b in zip(cells[:-1], cells[1:], strict=True)]
        small = [i for i, cell in enumerate(cells) if cell.sum() < smallest]
        if small:
            i = min(small, key=lambda k: cells[k].sum())
            sides = [j for j in (i - 1, i) if 0 <= j < len(unlike)]
            at = min(sides, key=lambda j: unlike[j])
        else:
            at = min(range(len(unlike)), key=lambda j: unlike[j])
            if len(groups) <= most and unlike[at] >= enough:
                break
        groups = [*groups[:at], groups[at] + groups[at + 1], *groups[at + 2 :]]
    return groups


def _chi_squared(a: "NDArray[Any]", b: "NDArray[Any]") -> float:
    """Pearson's statistic of two classes' good and bad; 0 where they cannot differ."""
    good, bad = float(a[0] + b[0]), float(a[1] + b[1])
    if good == 0 or bad == 0:
        return 0.0
    cross = float(a[0] * b[1] - a[1] * b[0])
    return cross**2 * (good + bad) / (good * bad * float(a.sum()) * float(b.sum()))


def _shell(label: str, low: float | None = None, high: float | None = None) -> Bin:
    return Bin(label=label, low=low, high=high, n=0, good=0, bad=0, bad_rate=0.0, woe=0.0, iv=0.0)


def _interval(low: float | None, high: float | None) -> str:
    if low is None:
        return ALL if high is None else f"≤ {_said(high)}"
    return f"> {_said(low)}" if high is None else f"{_said(low)} – {_said(high)}"


def _said(value: Any) -> str:
    """All digits of a number: amounts of seven figures would else read 1.25e+06, and some alike."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
