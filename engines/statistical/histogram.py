"""A sample as bars."""

from typing import TYPE_CHECKING, Final

from engines.charts import Chart, Series

if TYPE_CHECKING:
    from engines.arrays import Floats

BARS: Final = 40


def histogram(values: "Floats", title: str, name: str) -> Chart:
    """How often `values` fall in each of forty bars, as shares; `title` and `name` are catalogued texts."""
    import numpy as np

    # About the mean and in units of the largest distance: values may differ by less than forty doubles far from zero.
    centre = float(values.mean())
    away = values - centre
    unit = float(np.abs(away).max()) or 1.0
    counts, edges = np.histogram(away / unit, bins=BARS)
    middle = centre + unit * (edges[1:] + edges[:-1]) / 2
    shares = counts / values.size
    return Chart(
        kind="bar", title=title, series=(Series(name=name, x=tuple(middle.tolist()), y=tuple(shares.tolist())),)
    )
