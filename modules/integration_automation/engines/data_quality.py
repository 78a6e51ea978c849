"""Quality of the data (*calidad de los datos*): what the book lacks, repeats, writes wrong or contradicts.

Each check is a plain rule that anybody can repeat on one record; the engines count, this says what
the rule is and which records break it. Nothing is corrected here.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from engines import operations
from engines.charts import Chart
from engines.data.quality.measures import Dimension as Measured
from engines.data.quality.measures import Scored
from modules.integration_automation.engines.data_checks import CHECKS, Dimension, Outcome, Subject, outcomes_of
from modules.integration_automation.engines.data_tables import MOST, claims, customers, policies, receipts
from modules.integration_automation.engines.saying import said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

SHOWN: Final = 5  # records of a finding
DIMENSIONS: Final[Mapping[Dimension, str]] = {
    "completeness": N_("completitud"), "uniqueness": N_("unicidad"), "validity": N_("validez"),
    "consistency": N_("coherencia"), "freshness": N_("actualidad"),
}  # fmt: skip
PASSED: Final = N_("{name} {points}")
TOLD: Final = N_(
    "La calidad de los datos es de {points} sobre 100 ({dimensions}), en {records} registros y {checks} comprobaciones."
    " {worst}"
)
CLEAN: Final = N_("No se ha encontrado ningún fallo.")
WORST: Final = N_("Lo primero que conviene mirar: {findings}")
RULES_ONLY: Final = N_(
    "Son reglas de forma y de coherencia: un dato bien escrito puede no ser verdad, y nadie lo ha contrastado fuera."
)
IMPORTED: Final = N_(
    "La actualidad se mide por la última escritura: los datos importados parecen tan nuevos como su carga."
)
PARTIAL: Final = N_("Se han mirado los primeros {n} registros de cada tabla.")


class NothingToMeasure(Conflict):
    """The tenant has no rows in its main tables."""

    text = N_("Todavía no hay clientes ni pólizas cuya calidad medir.")


class FaultyRecord(Result):
    """A record that breaks a rule: what it is, how it is found again, and how people call it."""

    kind: Subject
    ref: str
    label: str


class QualityFinding(Result):
    """A rule that some records break; `share` of those it was tried on, `severity` 3 the gravest."""

    code: str
    dimension: Dimension
    kind: Subject
    severity: int
    failed: int
    checked: int
    share: float
    text: str
    records: tuple[FaultyRecord, ...]


class DimensionScore(Result):
    """How much of a dimension's checks pass, in points of 100."""

    dimension: Dimension
    name: str
    score: float
    checks: int


class DatabaseQuality(Result):
    """The quality of the tenant's main tables: scores in points of 100, and findings, gravest and widest first."""

    as_of: date
    score: float
    dimensions: tuple[DimensionScore, ...]
    findings: tuple[QualityFinding, ...]
    rows: dict[str, int]
    checks: int
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The score, each dimension's, and the three worst findings."""
        dimensions = ", ".join(translate(PASSED, locale, name=d.name, points=f"{d.score:.0f}") for d in self.dimensions)
        named = [
            f"{f.text.rstrip('.')} ({', '.join(record.label for record in f.records[:3])})." if f.records else f.text
            for f in self.findings[:3]
        ]
        worst = translate(WORST, locale, findings=" ".join(named)) if named else translate(CLEAN, locale)
        return translate(
            TOLD, locale, points=f"{self.score:.0f}", dimensions=dimensions, records=sum(self.rows.values()),
            checks=self.checks, worst=worst,
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Informe de calidad de los datos"),
    engine="quality",
    examples=(
        "Hazme el informe de calidad de los datos",
        "¿Qué calidad tienen los datos de la base de datos de la correduría?",
        "¿Qué errores hay en los datos de clientes, pólizas, recibos y siniestros?",
        "¿Qué recibos no cuadran con la prima y qué pólizas están sin riesgo?",
        "Data quality report of the whole database",
    ),
)
def report_database(ctx: Context) -> DatabaseQuality:
    """Measure how complete, single, valid, consistent and fresh customers, policies, receipts and claims are.

    Each dimension's score is the share of its checks that pass, weighted by the records tried; the whole is the
    mean of the dimensions. Findings name the records, gravest first. Nothing is corrected.

    Source: ISO/IEC 25012 (2008), characteristics of data quality; Pipino, Lee & Wang, CACM 45 (2002).
    """
    tables: dict[Subject, pd.DataFrame] = {
        "customer": customers(ctx), "policy": policies(ctx), "receipt": receipts(ctx), "claim": claims(ctx),
    }  # fmt: skip
    if not len(tables["customer"]) and not len(tables["policy"]):
        raise NothingToMeasure()
    outcomes = outcomes_of(tables, ctx.today)
    locale = ctx.actor.locale
    dimensions = [
        _dimension(code, [o for o in outcomes if CHECKS[o.code].dimension == code], locale) for code in DIMENSIONS
    ]
    measured = [dimension for dimension in dimensions if dimension is not None]
    whole = _scored([Measured(name=d.name, score=d.score / 100) for d in measured])
    findings = [_finding(o, tables[CHECKS[o.code].subject], locale) for o in outcomes if o.failed]
    findings.sort(key=lambda f: (-f.severity, -f.share, f.code))
    cautions = [translate(RULES_ONLY, locale), translate(IMPORTED, locale)]
    if any(len(table) >= MOST for table in tables.values()):
        cautions.append(translate(PARTIAL, locale, n=MOST))
    return DatabaseQuality(
        as_of=ctx.today, score=round(100 * whole.score, 1), dimensions=tuple(measured), findings=tuple(findings),
        rows={kind: len(table) for kind, table in tables.items()}, checks=len(outcomes), cautions=tuple(cautions),
        charts=tuple(said_chart(chart, locale) for chart in whole.charts),
    )  # fmt: skip


def _dimension(code: Dimension, tried: Sequence[Outcome], locale: Locale) -> DimensionScore | None:
    if not tried:
        return None
    parts = [Measured(name=o.code, score=1 - o.failed / o.checked, weight=o.checked) for o in tried]
    name = translate(DIMENSIONS[code], locale)
    return DimensionScore(dimension=code, name=name, score=round(100 * _scored(parts).score, 1), checks=len(tried))


def _scored(parts: list[Measured]) -> Scored:
    found = NERVE.compute(operations()["quality_score"], {"dimensions": parts})
    assert isinstance(found, Scored)
    return found


def _finding(outcome: Outcome, table: "pd.DataFrame", locale: Locale) -> QualityFinding:
    dimension, kind, severity, text = CHECKS[outcome.code]
    records = tuple(
        FaultyRecord(kind=kind, ref=str(table["ref"].loc[row]), label=str(table["label"].loc[row]))
        for row in outcome.rows[:SHOWN]
    )
    return QualityFinding(
        code=outcome.code, dimension=dimension, kind=kind, severity=severity, failed=outcome.failed,
        checked=outcome.checked, share=round(outcome.failed / outcome.checked, 4), records=records,
        text=translate(text, locale, failed=outcome.failed, checked=outcome.checked),
    )  # fmt: skip
