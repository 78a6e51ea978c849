"""Whether data have drifted from those that a model learned from."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import frame
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Table, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.preparation import MOST_CATEGORIES, features
from engines.machine_learning.supervised.trust import aligned

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[Any]

WATCH: Final = 0.10
ALARM: Final = 0.25


class Drift(Part):
    """How one column has changed: its stability index, and the p-value that it has not."""

    column: str
    kind: Literal["number", "category"]
    psi: float
    p_value: float
    missing_before: float
    missing_now: float
    state: Literal["stable", "watch", "drifted"]


class Drifted(Computed):
    """Columns by how far they have drifted, the most first. `drifted` names those beyond an index of 0.25."""

    columns: list[Drift]
    drifted: list[str]
    largest: float


@operation(
    "Deriva de los datos",
    examples=(
        "¿Han cambiado los datos de este trimestre respecto a los que entrenaron el modelo?",
        "Detect data drift between the training table and new rows: PSI, KS and chi-squared by column",
    ),
)
def drift(reference: Table, new: Table, bins: Annotated[int, Field(ge=2, le=50)] = 10) -> Drifted:
    """Compare the columns of new rows with those that a model learned from.

    Args:
        reference: the rows known then. At least 20.
        new: the rows now, with the same columns. At least 20.
        bins: how many classes numbers are cut into, by quantiles of the reference.

    Raises:
        InvalidInput: columns missing in the new rows, or of another type.
        InsufficientData: fewer than 20 rows in either.

    Source: Siddiqi, Credit Risk Scorecards (2006), ch. 8 (population stability index, bands 0.10 and 0.25);
    Smirnov (1948) and Pearson (1900) tests.
    """
    before = frame(reference, "reference", least=20)
    now = frame(new, "new", list(before.columns), least=20)
    wanted = [name for name in before.columns if not _identifies(before[name])]
    if not wanted:
        raise InvalidInput("reference", N_("no tiene más que identificadores"))
    held = features(before, wanted, "reference", keep_constant=True)
    later = aligned(now, "new", held.values)
    rows = []
    for name in held.values.columns:
        numeric = name in held.numeric
        counts, p = (_of_numbers if numeric else _of_levels)(held.values[name], later[name], bins)
        index = _stability(*counts)
        rows.append(
            Drift(
                column=str(name),
                kind="number" if numeric else "category",
                psi=index,
                p_value=p,
                missing_before=float(before[name].isna().mean()),
                missing_now=float(now[name].isna().mean()),
                state="drifted" if index > ALARM else "watch" if index > WATCH else "stable",
            )
        )
    rows.sort(key=lambda row: -row.psi)
    said = []
    left = [str(name) for name in before.columns if name not in wanted]
    if left:
        text = N_("Quedan fuera {columns}: no varían, o son identificadores")
        said.append(Caution(text=text, values={"columns": ", ".join(left)}))
    # What the index is on average where nothing has changed (Yurdakul, Western Michigan University, 2018).
    if len(now) < 100 or (bins - 1) * (1 / len(before) + 1 / len(now)) > WATCH:
        text = N_("Con {n} filas nuevas el índice sube por azar")
        said.append(Caution(text=text, values={"n": len(now)}))
    return Drifted(
        method=f"PSI over {bins} quantile bins; KS, chi-squared",
        library="scipy",
        n=len(now),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Deriva por columna"),
                series=(
                    Series(
                        name=N_("Índice de estabilidad"),
                        x=tuple(row.column for row in rows[:20]),
                        y=tuple(row.psi for row in rows[:20]),
                    ),
                ),
                marks=((N_("Vigilar"), WATCH), (N_("Ha cambiado"), ALARM)),
            ),
        ),
        columns=rows,
        drifted=[row.column for row in rows if row.state == "drifted"],
        largest=rows[0].psi,
    )


def _identifies(column: "pd.Series") -> bool:
    """Whether texts name each case apart, as policy numbers do: new ones are always others, and no drift."""
    there = column.dropna()
    return there.nunique() > max(MOST_CATEGORIES, len(there) / 2) and all(isinstance(v, str) for v in there)


def _of_numbers(old: "pd.Series", fresh: "pd.Series", bins: int) -> tuple[list["Floats"], float]:
    """How many fall in each class then and now, gaps in a class of their own, and the p-value of one distribution."""
    import numpy as np
    from scipy import stats

    there = [values.dropna().to_numpy(dtype=float) for values in (old, fresh)]
    if all(values.size for values in there):
        p = float(stats.ks_2samp(*there).pvalue)
    else:
        p = 1.0 if there[0].size == there[1].size else 0.0
    cuts = np.empty(0)
    if there[0].size:
        values, cases = np.unique(there[0], return_counts=True)
        # A value that fills a class by itself (most policies have no claim) is not mixed with those below it.
        alone = np.nextafter(values[cases > there[0].size / bins], -np.inf)
        cuts = np.unique([*np.quantile(there[0], np.linspace(0, 1, bins + 1)[1:-1]), *alone])
    counts = [
        np.append(np.bincount(np.searchsorted(cuts, known, side="left"), minlength=cuts.size + 1), gaps)
        for known, gaps in zip(there, (old.isna().sum(), fresh.isna().sum()), strict=True)
    ]
    return counts, p


def _of_levels(old: "pd.Series", fresh: "pd.Series", bins: int) -> tuple[list["Floats"], float]:
    """How many cases each level has then and now, and the p-value of the same shares."""
    import numpy as np
    from scipy import stats

    levels = sorted({*old.astype(str), *fresh.astype(str)})
    counts = [values.astype(str).value_counts().reindex(levels, fill_value=0).to_numpy() for values in (old, fresh)]
    p = float(stats.chi2_contingency(np.array(counts)).pvalue) if len(levels) > 1 else 1.0
    return counts, p


def _stability(before: Any, now: Any) -> float:
    import numpy as np

    # Half a case in empty classes, so that one new level does not make it infinite.
    p, q = (np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum() for counts in (before, now))
    both = (np.asarray(before) > 0) | (np.asarray(now) > 0)
    return float(((q - p) * np.log(q / p))[both].sum())
