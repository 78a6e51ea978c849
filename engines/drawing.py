"""Drawing charts: the one place that knows how a `Chart` looks, as SVG for pages or PNG for files.

An SVG takes its colours from the page (`var(--chart-1)`, `currentColor`), so that one drawing serves
the light and the dark theme; a PNG is drawn on white.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from engines.charts import Chart, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES: Final = (6.2, 3.4)  # small, so that the words are still read on a phone
DOTS: Final = 144  # per inch of a PNG
INK: Final = "#010203"  # stands for the page's own text colour
FAINT: Final = "#010204"  # and for its lines
COLOURS: Final = ("#1f5fa8", "#c2571a", "#2c7a4b", "#8a3f8f", "#9a7500", "#4d5b66")
VARIABLES: Final = {
    INK: "currentColor",
    FAINT: "var(--line, currentColor)",
    **{colour: f"var(--chart-{number}, {colour})" for number, colour in enumerate(COLOURS, start=1)},
}
MOST_TICKS: Final = 14  # names on an axis, above which only some are written
GROUPED: Final = 10_000  # numbers of the x axis below it may be years
SLANTED: Final = 6  # names above which they are slanted


def svg(chart: Chart, locale: str = "es") -> str:
    """`chart` as an SVG element without a size of its own, for embedding in a page.

    Styles are written as attributes: a page whose security policy admits no inline style shows them all the same.
    """
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _figure(chart, INK, FAINT, locale) as figure:
        figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    drawn = out.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", drawn, flags=re.DOTALL)
    head, _, rest = drawn.partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    drawn = f'{head} stroke-linejoin="round" stroke-linecap="butt">{rest}'
    drawn = re.sub(r'style="([^"]*)"', _attributes, drawn)
    drawn = re.sub(r'<g id="[^"]*"', "<g", drawn)
    for colour, variable in VARIABLES.items():
        drawn = drawn.replace(colour, variable)
    return drawn


def png(chart: Chart, locale: str = "es") -> bytes:
    """`chart` as a PNG on white, 144 dots an inch."""
    out = io.BytesIO()
    with _figure(chart, "#1b2430", "#c9d1d9", locale) as figure:
        figure.savefig(out, format="png", dpi=DOTS, facecolor="white", metadata={"Software": None})
    return out.getvalue()


def _attributes(match: re.Match[str]) -> str:
    """A style's declarations as presentation attributes; the shorthand `font` as its size."""
    said = []
    for declaration in filter(None, (part.strip() for part in match.group(1).split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            size = re.search(r"[\d.]+px", value)
            said.append(f'font-family="inherit" font-size="{size.group() if size else "10px"}"')
        else:
            said.append(f'{name}="{"inherit" if name == "font-family" else value}"')
    return " ".join(said)


@contextmanager
def _figure(chart: Chart, ink: str, faint: str, locale: str) -> "Iterator[Figure]":
    """The drawing, within the settings that saving it reads too."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none",
        "text.parse_math": False,  # a dollar sign in a name is one
        "svg.hashsalt": chart.model_dump_json(),  # ids within the drawing: the same each time, another's never
        "font.family": "sans-serif",
        "font.size": 9.5,
        "text.color": ink,
        "axes.edgecolor": faint,
        "axes.labelcolor": ink,
        "xtick.color": ink,
        "ytick.color": ink,
        "grid.color": faint,
        "grid.linewidth": 0.5,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.add_subplot()
        names = _names(chart)
        for number, series in enumerate(chart.series):
            _draw(axes, chart, series, number, names)
        _dress(axes, chart, names, faint, locale)
        yield figure


def _names(chart: Chart) -> list[str] | None:
    """The texts of the x axis in their order, if it has texts."""
    found: dict[str, None] = {}
    for series in chart.series:
        if any(isinstance(x, str) for x in series.x):
            found |= dict.fromkeys(str(x) for x in series.x)
    return list(found) or None


def _draw(axes: "Axes", chart: Chart, series: Series, number: int, names: list[str] | None) -> None:
    import numpy as np

    colour = COLOURS[number % len(COLOURS)]
    at = np.array([names.index(str(x)) for x in series.x] if names else series.x, dtype=float)
    y = np.array([np.nan if v is None else v for v in series.y], dtype=float)
    if chart.kind == "bar":
        width = (0.8 if names or len(at) < 2 else 0.8 * float(np.diff(np.sort(at)).min())) / len(chart.series)
        axes.bar(at + (number - (len(chart.series) - 1) / 2) * width, y, width, color=colour, label=series.name)
    elif chart.kind == "scatter":
        axes.scatter(at, y, s=14, color=colour, alpha=0.75, label=series.name)
    elif chart.kind == "step":
        axes.step(at, y, where="post", color=colour, linewidth=1.6, label=series.name)
    else:
        axes.plot(at, y, color=colour, linewidth=1.6, marker="o" if len(at) < 3 else "", label=series.name)
    if series.low and series.high:
        low, high = (
            np.array([np.nan if v is None else v for v in side], dtype=float) for side in (series.low, series.high)
        )
        if chart.kind == "bar":
            axes.errorbar(at, y, yerr=np.abs([y - low, high - y]), fmt="none", ecolor=colour, capsize=3)
        else:
            axes.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0)


def _dress(axes: "Axes", chart: Chart, names: list[str] | None, faint: str, locale: str) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(f"{chart.y_label} ({chart.unit})" if chart.unit and chart.y_label else chart.y_label or chart.unit)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, locale)))
    if not names and max((abs(float(x)) for series in chart.series for x in series.x), default=0) >= GROUPED:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, locale)))
    if names:
        step = max(1, -(-len(names) // MOST_TICKS))
        axes.set_xticks(range(0, len(names), step), names[::step])
        if len(names) > SLANTED or max(map(len, names)) > 12:
            axes.tick_params(axis="x", rotation=35)
            for label in axes.get_xticklabels():
                label.set_horizontalalignment("right")
    for name, value in chart.marks:
        axes.axhline(value, color=faint, linewidth=1, linestyle="--")
        axes.annotate(name, (1, value), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8.5)
    for name, value in chart.x_marks:
        axes.axvline(value, color=faint, linewidth=1, linestyle="--")
        axes.annotate(name, (value, 1), xycoords=("data", "axes fraction"), ha="left", va="top", fontsize=8.5)
    if len(chart.series) > 1:
        axes.legend(frameon=False, fontsize=8.5, loc="best")


def written(value: float, locale: str) -> str:
    """A number of an axis as people write it: 1.234.567 and 0,05 in Spanish."""
    text = f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else f"{value:g}"
    return text if locale == "en" else text.translate(str.maketrans(",.", ".,"))
