"""Reserves of a line (*provisiones*): the claims of the portfolio, put into a triangle and projected."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import select

from core.bulk import put_in
from core.context import Context
from core.dates import add_months, month_end
from core.errors import BadArguments, Conflict
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import cents, format_money
from engines import operations
from engines.charts import Chart, Series
from engines.insurance.reserving.diagnosis import BuiltTriangle
from engines.insurance.reserving.mack import Mack
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.tools import LINE_WORDS, LineCode
from modules.insurance.kernel.views import ImportReport
from modules.integration_automation.engines.extracts import Window
from modules.integration_automation.engines.extracts.claims import claim_movements
from modules.integration_automation.engines.records import LossRun, LossRunMovement
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

YEARS: Final = 12  # of origins looked back at
LEAST_YEARS: Final = 4
NON_LIFE: Final = tuple(line for line in LINE_WORDS if line not in ("vida", "ahorro", "pensiones", "unit-linked"))
Basis = Annotated[
    Literal["incurred", "paid"],
    Slot(words={"incurred": ("incurridos", "incurrido", "incurred"), "paid": ("pagos", "pagado", "paid")}),
]
BASES: Final = {"incurred": N_("siniestralidad incurrida"), "paid": N_("pagos")}
TOLD: Final = N_(
    "La provisión IBNR de {line} a {on} se estima en {ibnr}, con un error estándar de {se} (método de Mack sobre la"
    " {basis}, {claims} siniestros ocurridos en {years} años)."
)
FEW: Final = N_(
    "Con los siniestros de {line} no se puede estimar el IBNR: hacen falta cuatro años de historia y hay {years}."
    " Importe los historiales de las aseguradoras."
)


class TooLittleHistory(Conflict):
    """There are not four years of claims to project."""

    text = FEW


class OriginRow(Result):
    """One year of occurrence: twelve months up to the month of valuation; EUR."""

    origin: str
    latest: Decimal
    ultimate: Decimal
    ibnr: Decimal
    standard_error: Decimal


class LineReserve(Result):
    """What a line still has to cost beyond what is known of it."""

    line: str
    line_title: str
    as_of: date
    basis: str
    claims: int
    latest: Decimal
    ultimate: Decimal
    ibnr: Decimal
    standard_error: Decimal
    origins: tuple[OriginRow, ...]
    factors: tuple[float, ...]
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The reserve, how sure it is, and what it stands on."""
        return translate(
            TOLD, locale, line=self.line_title, on=self.as_of.strftime("%d/%m/%Y"),
            ibnr=format_money(self.ibnr, locale), se=format_money(self.standard_error, locale),
            basis=translate(BASES[self.basis], locale),
            claims=self.claims, years=len(self.origins),
        )  # fmt: skip


@dataclass(frozen=True)
class KnownClaims:
    """What is known of a line's claims: valued on which day, how many, and their triangle."""

    on: date
    claims: int
    triangle: BuiltTriangle

    @property
    def names(self) -> tuple[str, ...]:
        """The twelve months of each origin: «11/2024–10/2025»."""
        ends = [date(self.on.year - back, self.on.month, 1) for back in reversed(range(len(self.triangle.origins)))]
        return tuple(f"{add_months(end, -11):%m/%Y}–{end:%m/%Y}" for end in ends)


class LossRunRow(BaseModel):
    """A movement as an insurer's listing has it; EUR, payments of recoveries negative."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    line: str = Field(max_length=40)
    claim_ref: str = Field(min_length=1, max_length=60)
    occurred_on: date
    moved_on: date
    paid: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)
    reserve_change: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("IBNR de un ramo"),
    engine="reserving",
    examples=(
        "¿Cuál es el IBNR de autos?",
        "¿Qué provisión de siniestros pendientes de declarar tiene hogar?",
        "Calcula la reserva IBNR del ramo de autos con nuestros siniestros",
        *(f"{asked}IBNR de {LINE_WORDS[line][0]}" for line in NON_LIFE for asked in ("", "¿Cuál es el ")),
        "What is the IBNR of motor?",
    ),
)
def estimate_ibnr(
    ctx: Context,
    line: LineCode,
    basis: Basis = "incurred",
    as_of: date | None = None,
) -> LineReserve:
    """Estimate what claims of a line will still cost beyond what is known (IBNR), by chain ladder with Mack's error.

    Own claims and the insurers' listings of the time before are put into a triangle of twelve-month
    origins that end with the month of valuation, by default the last whole month.

    Source: Mack, ASTIN Bulletin 23 (1993).
    """
    known = known_claims(ctx, line, basis, as_of)
    found = NERVE.compute(operations()["reserving_mack"], {"triangle": known.triangle.cumulative})
    assert isinstance(found, Mack)
    locale = ctx.actor.locale
    rows = tuple(
        OriginRow(
            origin=name, latest=cents(row.latest), ultimate=cents(row.ultimate), ibnr=cents(row.ibnr),
            standard_error=cents(row.se),
        )
        for name, row in zip(known.names, found.origins, strict=True)
    )  # fmt: skip
    cautions = dict.fromkeys(caution_text(c, locale) for c in (*known.triangle.warnings, *found.warnings))
    return LineReserve(
        line=line, line_title=line_label(line, locale), as_of=known.on, basis=basis, claims=known.claims,
        latest=sum((r.latest for r in rows), Decimal(0)), ultimate=sum((r.ultimate for r in rows), Decimal(0)),
        ibnr=sum((r.ibnr for r in rows), Decimal(0)), standard_error=cents(found.mack_se_total), origins=rows,
        factors=tuple(round(f, 6) for f in found.ldf), cautions=tuple(cautions),
        charts=(said_chart(_chart(rows), locale),),
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="engines:import",
    title=N_("Importar un historial de siniestralidad"),
    engine="reserving",
    examples=(
        "Importa el historial de siniestralidad que ha enviado la aseguradora",
        "Import the loss run that the insurer sent",
    ),
)
def import_loss_run(
    ctx: Context, insurer: Annotated[str, Field(min_length=1, max_length=60)], rows: list[LossRunRow]
) -> ImportReport:
    """Take over an insurer's listing of past claims, movement by movement; the same listing again changes nothing."""
    if not rows:
        raise BadArguments(field="rows", problem=N_("no tiene filas"))
    for number, row in enumerate(rows):
        if row.moved_on < row.occurred_on:
            raise BadArguments(field=f"rows.{number}.moved_on", problem=N_("es anterior al siniestro"))
    said = [insurer, *(row.model_dump(mode="json") for row in rows)]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    if ctx.session.exec(select(LossRun).where(LossRun.digest == digest)).first() is not None:
        return ImportReport(created=0, updated=0, unchanged=len(rows))
    run = LossRun(
        id=new_id(), insurer=insurer, claims=len({row.claim_ref for row in rows}), movements=len(rows), digest=digest
    )
    ctx.session.add(run)
    put_in(ctx.session, LossRunMovement, [{"loss_run_id": run.id, **row.model_dump()} for row in rows], run.id)
    ctx.emit("loss_run.imported", run.id, insurer=insurer, movements=run.movements)
    return ImportReport(created=len(rows), updated=0, unchanged=0)


def known_claims(ctx: Context, line: str, basis: str, as_of: date | None) -> KnownClaims:
    """The line's claims as they are known at the end of the month of `as_of`, by default the last whole one.

    Raises:
        TooLittleHistory: fewer than four years of occurrence.
    """
    on = month_end(as_of or add_months(ctx.today.replace(day=1), -1))
    moved = claim_movements(ctx, Window(date(on.year - YEARS, 1, 1), on, line))
    triangle = triangle_of(moved, on, basis)
    if triangle is None or len(triangle.origins) < LEAST_YEARS:
        raise TooLittleHistory(line=line_label(line, ctx.actor.locale), years=len(triangle.origins) if triangle else 0)
    return KnownClaims(on, int(moved["claim"].nunique()), triangle)


def triangle_of(moved: "pd.DataFrame", on: date, basis: str) -> BuiltTriangle | None:
    """The triangle of twelve-month origins that end with the month of `on`; None if nothing happened.

    Dates are moved forward until that month is December, so that calendar years are the periods.
    """
    import pandas as pd

    if moved.empty:
        return None
    ahead = pd.DateOffset(months=12 - on.month)
    amount = moved["paid"] + (moved["reserve_change"] if basis == "incurred" else 0)
    shifted = pd.DataFrame(
        {
            "origin_date": pd.to_datetime(moved["occurred_on"]) + ahead,
            "movement_date": pd.to_datetime(moved["moved_on"]) + ahead,
            "amount": amount,
        }
    )
    build = operations()["reserving_triangle_build"]
    found = NERVE.compute(build, {"data": shifted, "valuation": f"{on.year}-12-31"})
    assert isinstance(found, BuiltTriangle)
    return found


def _chart(rows: tuple[OriginRow, ...]) -> Chart:
    names = tuple(row.origin for row in rows)
    return Chart(
        kind="bar",
        title=N_("Siniestralidad conocida y última por año de ocurrencia"),
        x_label=N_("Ocurrencia"),
        unit="EUR",
        series=(
            Series(name=N_("Conocida"), x=names, y=tuple(float(row.latest) for row in rows)),
            Series(
                name=N_("Última estimada"),
                x=names,
                y=tuple(float(row.ultimate) for row in rows),
                low=tuple(float(row.ultimate - row.standard_error) for row in rows),
                high=tuple(float(row.ultimate + row.standard_error) for row in rows),
            ),
        ),
    )
