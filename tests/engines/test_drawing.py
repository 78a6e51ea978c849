"""Charts as pictures: in the page's colours, without inline styles, and nothing that a name smuggles in."""

import re
from xml.etree import ElementTree

import pytest

from engines.charts import Chart, Series
from engines.drawing import png, svg, written

KINDS = ("line", "bar", "scatter", "step")


def chart(kind: str = "line", name: str = "Conocida", **more: object) -> Chart:
    series = Series(name=name, x=(2021, 2022, 2023), y=(1.0, None, 3.0), low=(0.5, None, 2.0), high=(2.0, None, 4.0))
    other = Series(name="Última", x=(2021, 2022, 2023), y=(2.0, 2.5, 3.5))
    return Chart.model_validate({"kind": kind, "title": "T", "series": (series, other), "unit": "EUR", **more})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_in_the_colours_of_the_page(kind: str) -> None:
    drawn = svg(chart(kind))
    ElementTree.fromstring(drawn)
    assert "var(--chart-1" in drawn
    assert "var(--chart-2" in drawn
    assert "currentColor" in drawn
    assert not re.search(r"\bstyle=|<style|<metadata|#0102", drawn)
    assert "Conocida" in drawn


def test_a_name_is_text_and_nothing_else() -> None:
    drawn = svg(chart(name="<script>alert(1)</script> $x^2$ & «€»"))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
    ElementTree.fromstring(drawn)


def test_two_drawings_share_no_ids_and_the_same_one_is_the_same() -> None:
    one, other = svg(chart()), svg(chart(name="Otra", marks=(("VaR", 2.0),), x_marks=(("hoy", 2022.0),)))
    assert svg(chart()) == one
    assert not set(re.findall(r'\bid="([^"]+)"', one)) & set(re.findall(r'\bid="([^"]+)"', other))
    assert "VaR" in other
    assert "hoy" in other


def test_names_stand_on_the_axis_in_their_order() -> None:
    bars = Chart(kind="bar", title="T", series=(Series(name="a", x=("oct", "nov", "dic"), y=(1, 2, 3)),))
    drawn = svg(bars)
    assert drawn.index(">oct<") < drawn.index(">nov<") < drawn.index(">dic<")


def test_a_picture_is_a_png() -> None:
    assert png(chart()).startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("value", "es", "en"),
    [(1234567.0, "1.234.567", "1,234,567"), (0.05, "0,05", "0.05"), (-2000.0, "-2.000", "-2,000")],
)
def test_an_axis_is_written_as_its_readers_write(value: float, es: str, en: str) -> None:
    assert (written(value, "es"), written(value, "en")) == (es, en)
