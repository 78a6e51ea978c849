"""Counting simulated values into classes."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CLASSES: Final = 30


def histogram(values: "NDArray[np.float64]") -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
    """How many of `values` fall in each of thirty classes, and their bounds; one class if they hardly differ."""
    import numpy as np

    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        return np.array([values.size]), np.array([low, high])
    counts, edges = np.histogram(values, bins=CLASSES)
    return counts.astype(np.int64), edges
