"""Agreement (*concordancia*) between those who judge the same things."""

from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import gappy_matrix
from engines.contract import Caution, Computed, GappyMatrix, operation
from engines.errors import N_, InsufficientData, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_VALUES: Final = 1_000  # different ones: the coincidences are its square
MOST_CELLS: Final = 20_000_000  # units times values
RELIABLE: Final = 0.667


class Agreement(Computed):
    """Krippendorff's alpha by the scale of the ratings: 1 is full agreement, 0 what chance would give.

    All are None where every rating is the same, since then nothing can disagree; `ratio` also where some are negative.
    """

    nominal: float | None
    ordinal: float | None
    interval: float | None
    ratio: float | None
    coders: int
    units: int


@operation(
    "Concordancia entre evaluadores",
    examples=(
        "Alfa de Krippendorff entre tres tramitadores que puntuaron los mismos siniestros, con huecos",
        "Krippendorff alpha inter-rater agreement of these ratings with missing values",
    ),
)
def agreement(
    ratings: GappyMatrix, metric: Literal["krippendorff_alpha"] = "krippendorff_alpha"
) -> Agreement:  # fmt: skip
    """Say how far several coders agree, beyond chance, when not all of them rated all units.

    Args:
        ratings: (coders, units) numbers, or codes of categories; null where a coder did not rate a unit.
        metric: the measure; alpha is computed for four scales at once, choose that of the ratings.

    Raises:
        InsufficientData: a single coder, or fewer than two ratings of the same units.
        InvalidInput: no table of numbers.
        LimitExceeded: more than a thousand different values, or twenty million units times values.

    Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section E (any number of
    observers, any metric, missing data) and F (differences by metric).
    """
    import numpy as np

    given = gappy_matrix(ratings, "ratings")
    coders = given.shape[0]
    if coders < 2:
        raise InsufficientData("ratings", 2, coders)
    paired = given[:, (~np.isnan(given)).sum(axis=0) >= 2]
    values = np.unique(paired[~np.isnan(paired)])
    if values.size == 0:
        raise InsufficientData("ratings", 2, int((~np.isnan(given)).sum(axis=0).max(initial=0)))
    if values.size > MOST_VALUES:
        raise LimitExceeded("ratings", MOST_VALUES, int(values.size), N_("redondee las puntuaciones"))
    units = paired.shape[1]
    if values.size * units > MOST_CELLS:
        raise LimitExceeded("ratings", MOST_CELLS // int(values.size), units, N_("use una muestra de las unidades"))
    counts = np.zeros((units, values.size))
    of_unit = np.broadcast_to(np.arange(units), paired.shape)[~np.isnan(paired)]
    np.add.at(counts, (of_unit, np.searchsorted(values, paired[~np.isnan(paired)])), 1)
    weights = 1 / (counts.sum(axis=1) - 1)
    coincidences = counts.T @ (counts * weights[:, None])
    coincidences[np.diag_indices_from(coincidences)] -= counts.T @ weights
    margins = coincidences.sum(axis=1)
    total = margins.sum()
    scaled = values / max(np.abs(values).max(), 1e-300)  # alpha has no unit; squares of 1e100 would lose digits

    def alpha(differences: "Floats") -> float | None:
        expected = margins @ differences @ margins / (total - 1)
        return None if expected == 0 else float(1 - (coincidences * differences).sum() / expected)

    # Ranks: what lies from one value to the other, counting half of the two ends.
    middle = np.cumsum(margins) - margins / 2
    sums = np.abs(scaled[:, None] + scaled[None, :])
    relative = np.divide(scaled[:, None] - scaled[None, :], sums, out=np.zeros_like(sums), where=sums > 0)
    found = {
        "nominal": alpha((values[:, None] != values[None, :]).astype(float)),
        "ordinal": alpha((middle[:, None] - middle[None, :]) ** 2),
        "interval": alpha((scaled[:, None] - scaled[None, :]) ** 2),
        "ratio": alpha(relative**2) if values.min() >= 0 else None,
    }
    warnings: tuple[Caution, ...] = ()
    known = [a for a in found.values() if a is not None]
    if known and max(known) < RELIABLE:
        said = N_("El acuerdo queda bajo {least}: no saque ni conclusiones provisionales de estas puntuaciones.")
        warnings = (Caution(text=said, values={"least": RELIABLE}),)
    return Agreement(
        method="Krippendorff alpha",
        n=int(total.round()),
        warnings=warnings,
        coders=coders,
        units=units,
        **found,
    )
