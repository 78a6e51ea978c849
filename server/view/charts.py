"""Charts of results (*gráficos*): a picture, its title, and the same figures as a table for who cannot see it."""

from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from core.i18n import Locale
from engines.charts import Chart
from engines.drawing import svg
from server.view.tables import Table, table_of

MOST_ROWS: Final = 200
KEPT: Final = 128


def chart_of(value: Any) -> Chart | None:
    """The chart that a result's JSON holds; None if it is none."""
    return Chart.model_validate(value) if isinstance(value, dict) and "series" in value and "kind" in value else None


def charts_of(result: Any) -> list[Chart]:
    """The charts of a whole result."""
    listed = result.get("charts") if isinstance(result, dict) else None
    return [chart for item in listed or () if (chart := chart_of(item)) is not None]


def drawn(chart: Chart, *, locale: Locale) -> Markup:
    """`chart` as SVG that takes the page's colours. It is drawn by us from numbers and escaped texts."""
    return Markup(_svg(chart.model_dump_json(), locale))


def figures_of(chart: Chart, *, locale: Locale) -> Table | None:
    """The numbers behind `chart`, a row an x."""
    rows: dict[float | str, dict[str, Any]] = {}
    for series in chart.series:
        for x, y in zip(series.x, series.y, strict=True):
            rows.setdefault(x, {chart.x_label or "x": x})[series.name] = y
    return table_of(list(rows.values()), locale, limit=MOST_ROWS, caption=chart.title)


@lru_cache(maxsize=KEPT)
def _svg(chart: str, locale: Locale) -> str:
    return svg(Chart.model_validate_json(chart), locale)
