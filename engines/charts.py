"""Charts (*gráficos*) as values: what is shown, never how. `engines.drawing` makes SVG or PNG of them.

Titles, axis and series names are catalogued Spanish texts; the tool that exposes an engine
says them in the caller's language.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Series(BaseModel):
    """One line, set of bars or cloud of points; `low` and `high` bound a band around `y`."""

    model_config = ConfigDict(frozen=True, defer_build=True, allow_inf_nan=False)

    name: str
    x: tuple[float | str, ...]
    y: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


class Chart(BaseModel):
    """One picture. `unit` is that of the y axis (EUR, %); `marks` are labelled levels, `x_marks` places on x."""

    model_config = ConfigDict(frozen=True, defer_build=True, allow_inf_nan=False)

    kind: Literal["line", "bar", "scatter", "step"]
    title: str
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    unit: str = ""
    marks: tuple[tuple[str, float], ...] = ()
    x_marks: tuple[tuple[str, float], ...] = ()
