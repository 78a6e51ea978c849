"""Saying a result in the caller's language: cautions, and the words on charts."""

from typing import TypeVar

from core.i18n import Locale, translate
from engines.charts import Chart
from engines.contract import Caution, Computed

ComputedT = TypeVar("ComputedT", bound=Computed)


def said(found: ComputedT, locale: Locale) -> ComputedT:
    """`found` with its cautions filled and its charts' words in `locale`."""
    if not (found.warnings or found.charts):
        return found
    return found.model_copy(
        update={
            "warnings": tuple(Caution(text=caution_text(caution, locale)) for caution in found.warnings),
            "charts": tuple(said_chart(chart, locale) for chart in found.charts),
        }
    )


def caution_text(caution: Caution, locale: Locale) -> str:
    """A caution as one sentence."""
    return translate(caution.text, locale, **caution.values)


def said_chart(chart: Chart, locale: Locale) -> Chart:
    """`chart` with its title, axes and series named in `locale`."""
    return chart.model_copy(
        update={
            "title": translate(chart.title, locale),
            "x_label": translate(chart.x_label, locale),
            "y_label": translate(chart.y_label, locale),
            "series": tuple(s.model_copy(update={"name": translate(s.name, locale)}) for s in chart.series),
            "marks": tuple((translate(name, locale), value) for name, value in chart.marks),
            "x_marks": tuple((translate(name, locale), value) for name, value in chart.x_marks),
        }
    )
