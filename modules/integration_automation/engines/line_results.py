"""Loss ratios of the book (*siniestralidad*): what its claims take of the premium that it has earned."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

from core.context import Context
from core.dates import add_months, month_end
from core.errors import BadArguments, Conflict
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines import operations
from engines.charts import Chart
from engines.insurance.loss_ratio.ratios import BySegment, EarnedPremium
from modules.insurance.kernel.line import ProductDocument
from modules.insurance.kernel.lines import installed_lines, line_label
from modules.insurance.kernel.states import ReceiptState
from modules.insurance.kernel.tools import LineCode
from modules.integration_automation.engines.extracts import Window
from modules.integration_automation.engines.extracts.claims import claim_movements
from modules.integration_automation.engines.extracts.premiums import days_in_force, own_incurred, premium_receipts
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

MONTHS: Final = 12
COVERED_ENOUGH: Final = 0.95
UNPAID: Final = (ReceiptState.ISSUED, ReceiptState.PENDING, ReceiptState.SENT_TO_BANK, ReceiptState.RETURNED)
SAVERS: Final = (ProductDocument.KID, ProductDocument.DFI)
OF_LINE: Final = N_(
    "La siniestralidad de {line} entre el {since} y el {until} es del {ratio}: {incurred} de {claims} siniestros con"
    " coste sobre {earned} de prima devengada. Con una credibilidad del {credibility}, la mejor estimación es el"
    " {blended}; la de toda la cartera es el {whole}."
)
OF_BOOK: Final = N_(
    "La siniestralidad de la cartera entre el {since} y el {until} es del {whole}: {incurred} de {claims} siniestros"
    " con coste sobre {earned} de prima devengada. El ramo más alto, con credibilidad, es {line}: {ratio} observado,"
    " {blended} con una credibilidad del {credibility}."
)
KNOWN: Final = N_("Es lo conocido a {on}: lo pagado más las reservas, sin los siniestros aún no declarados (IBNR).")
SHORT: Final = N_(
    "Los recibos registrados cubren el {share} de los días en vigor: falta prima de anualidades anteriores y la"
    " siniestralidad puede salir demasiado alta."
)
OWED: Final = N_("De la prima devengada, {amount} es de recibos sin cobrar.")
SAVINGS: Final = N_("Los ramos de ahorro e inversión no entran: sus prestaciones no son siniestros.")
LISTED: Final = N_(
    "Incluye {amount} de siniestros de los historiales de las aseguradoras, que no tienen prima en el sistema."
)


class NothingEarned(Conflict):
    """No receipt earns premium in the period."""

    text = N_("No consta prima devengada de {line} entre el {since} y el {until}: compruebe los recibos o el periodo.")


class LineResult(Result):
    """One line over the period; EUR. `blended` leans on the whole book as far as claims are too few."""

    line: str
    line_title: str
    earned: Decimal
    incurred: Decimal
    claims: int
    loss_ratio: float | None
    credibility: float
    blended: float


class LineResults(Result):
    """Loss ratios by line and of the book, over whole months; the worst by credibility first."""

    asked: str | None
    from_on: date
    to_on: date
    valued_on: date
    lines: tuple[LineResult, ...]
    earned: Decimal
    incurred: Decimal
    claims: int
    loss_ratio: float
    full_claims: int
    receipts_cover: float
    unpaid: Decimal
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The ratio that was asked for, what it stands on, and how far it may be believed."""
        shown = next((row for row in self.lines if row.line == self.asked), self.lines[0])
        sums = shown if self.asked else self
        return translate(
            OF_LINE if self.asked else OF_BOOK, locale,
            line=shown.line_title, since=f"{self.from_on:%d/%m/%Y}", until=f"{self.to_on:%d/%m/%Y}",
            ratio="—" if shown.loss_ratio is None else per_cent(shown.loss_ratio, locale),
            whole=per_cent(self.loss_ratio, locale), claims=sums.claims,
            incurred=format_money(sums.incurred, locale), earned=format_money(sums.earned, locale),
            credibility=per_cent(shown.credibility, locale), blended=per_cent(shown.blended, locale),
        )  # fmt: skip


@dataclass(frozen=True)
class Experience:
    """What the book earned and what it cost, by line, over whole months."""

    window: Window
    valued_on: date
    cells: "pd.DataFrame"
    ratios: BySegment
    unpaid: float
    cover: float


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Siniestralidad de un ramo o por ramos"),
    engine="loss_ratio",
    examples=(
        "¿Qué siniestralidad tiene hogar?",
        "Siniestralidad por ramo",
        "Dime la siniestralidad de autos de este año",
        "Siniestralidad de hogar del tercer trimestre de 2026",
        "¿Cuál es el ramo con peor siniestralidad de la cartera?",
        "Loss ratio of motor",
        "Loss ratio by line of our book",
    ),
)
def show_line(
    ctx: Context,
    line: LineCode | None = None,
    from_on: Annotated[date | None, Slot(cues=("desde", "entre el", "since"))] = None,
    to_on: Annotated[date | None, Slot(cues=("hasta", "y el", "until"))] = None,
    with_listings: Annotated[
        bool, Slot(words={"true": ("con los historiales", "incluidos los historiales", "including loss runs")})
    ] = False,
) -> LineResults:
    """Known claims by earned premium, by line, over whole months: by default the last twelve that are over.

    Premium is earned pro rata by days from the receipts' periods; claims are our own that occurred in the
    period, paid and reserved as known today. `with_listings` adds claims of the insurers' listings.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 5 and 12; RD 2486/1998 art. 30.
    """
    locale = ctx.actor.locale
    seen = experience(ctx, from_on, to_on, with_listings=with_listings)
    rows = tuple(_row(seen, place, locale) for place in range(len(seen.ratios.segments)))
    if line is not None and all(row.line != line or row.loss_ratio is None for row in rows):
        raise nothing_earned(seen.window, line_label(line, locale))
    return LineResults(
        asked=line, from_on=seen.window.from_on, to_on=seen.window.to_on, valued_on=seen.valued_on, lines=rows,
        earned=sum((r.earned for r in rows), Decimal(0)), incurred=sum((r.incurred for r in rows), Decimal(0)),
        claims=sum(r.claims for r in rows), loss_ratio=round(seen.ratios.loss_ratio, 6),
        full_claims=round(seen.ratios.full_claims), receipts_cover=round(seen.cover, 4), unpaid=cents(seen.unpaid),
        cautions=(*cautions(ctx, seen), *(_listed(ctx, seen) if with_listings else ())),
        charts=tuple(said_chart(_titled(chart, rows), locale) for chart in seen.ratios.charts),
    )  # fmt: skip


def experience(ctx: Context, from_on: date | None, to_on: date | None, *, with_listings: bool = False) -> Experience:
    """Premium and claims of the whole book by line, over the whole months that hold the two days.

    Raises:
        BadArguments: the period ends before it begins, or has not begun.
        NothingEarned: no premium at all.
    """
    over = month_end(add_months(ctx.today.replace(day=1), -1))
    end = min(month_end(to_on) if to_on else over, over)
    begin = from_on.replace(day=1) if from_on else add_months(end.replace(day=1), 1 - MONTHS)
    if begin > end:
        raise BadArguments(field="from_on", problem=N_("no deja ningún mes terminado"))
    window = Window(begin, end)
    savers = {line.code for line in installed_lines() if line.information.document in SAVERS}
    receipts = premium_receipts(ctx, window)
    receipts = receipts[~receipts["line"].isin(savers)]
    claims = own_incurred(ctx, window, ctx.today)
    lost = claims.groupby("line")["incurred"].agg(["sum", "count"])
    if with_listings:
        listed = listed_incurred(ctx, window, ctx.today)
        lost = lost.add(listed.groupby("line")["incurred"].agg(["sum", "count"]), fill_value=0.0)
    cells, earned = [], {line: earned_in(own, window) for line, own in receipts.groupby("line")}
    for line in sorted({*earned, *lost.index} - savers):
        own = lost.loc[line] if line in lost.index else {"sum": 0.0, "count": 0}
        # Refunds of premium that was earned before may leave less than nothing.
        cells.append((line, max(earned.get(line, 0.0), 0.0), float(own["sum"]), int(own["count"])))
    import pandas as pd

    table = pd.DataFrame(cells, columns=["line", "premium", "losses", "claims"])
    if not table["premium"].sum() > 0:
        raise nothing_earned(window, translate(N_("la cartera"), ctx.actor.locale))
    found = NERVE.compute(operations()["loss_ratio_by_segment"], {"data": table, "dimensions": ["line"]})
    assert isinstance(found, BySegment)
    unpaid = receipts[receipts["state"].isin([str(state) for state in UNPAID])]
    return Experience(window, ctx.today, table, found, earned_in(unpaid, window), _cover(ctx, receipts, window, savers))


def earned_in(receipts: "pd.DataFrame", window: Window) -> float:
    """The premium of `receipts` that the months of `window` earn, EUR."""
    if receipts.empty:
        return 0.0
    found = NERVE.compute(
        operations()["loss_ratio_earned_premium"],
        {
            "policies": receipts.assign(
                from_on=receipts["from_on"].map(date.isoformat), to_on=receipts["to_on"].map(date.isoformat)
            ),
            "start": "from_on", "end": "to_on", "grain": "month", "until": window.to_on.isoformat(),
        },
    )  # fmt: skip
    assert isinstance(found, EarnedPremium)
    first = f"{window.from_on:%Y-%m}"
    return sum(period.earned for period in found.periods if period.period >= first)


def listed_incurred(ctx: Context, window: Window, until: date) -> "pd.DataFrame":
    """Claims of the insurers' listings that occurred in the window: `claim`, `line`, `incurred`."""
    moved = claim_movements(ctx, Window(window.from_on, max(until, window.to_on)))
    moved = moved[(moved["source"] == "loss_run") & (moved["occurred_on"] <= window.to_on)]
    moved = moved.assign(incurred=moved["paid"] + moved["reserve_change"])
    found = moved.groupby(["claim", "line"], as_index=False)["incurred"].sum()
    return found[found["incurred"] > 0]


def cautions(ctx: Context, seen: Experience) -> tuple[str, ...]:
    """What a reader of these ratios must know."""
    locale = ctx.actor.locale
    said = [translate(KNOWN, locale, on=f"{seen.valued_on:%d/%m/%Y}")]
    said += [caution_text(caution, locale) for caution in seen.ratios.warnings]
    if seen.cover < COVERED_ENOUGH:
        said.append(translate(SHORT, locale, share=per_cent(seen.cover, locale)))
    if seen.unpaid > 0:
        said.append(translate(OWED, locale, amount=format_money(cents(seen.unpaid), locale)))
    return (*said, translate(SAVINGS, locale))


def per_cent(share: float, locale: Locale) -> str:
    """A share as people read it, to a tenth: 0.345 is «34,5 %»."""
    text = f"{share * 100:.1f} %"
    return text.replace(".", ",") if locale == "es" else text


def nothing_earned(window: Window, line: str) -> NothingEarned:
    """The refusal for `line` over `window`."""
    return NothingEarned(line=line, since=f"{window.from_on:%d/%m/%Y}", until=f"{window.to_on:%d/%m/%Y}")


def _row(seen: Experience, place: int, locale: Locale) -> LineResult:
    found = seen.ratios.segments[place]
    code = found.segment["line"]
    return LineResult(
        line=code, line_title=line_label(code, locale), earned=cents(found.premium), incurred=cents(found.losses),
        claims=round(found.claims), loss_ratio=None if found.loss_ratio is None else round(found.loss_ratio, 6),
        credibility=round(found.credibility, 6), blended=round(found.blended, 6),
    )  # fmt: skip


def _titled(chart: Chart, rows: tuple[LineResult, ...]) -> Chart:
    titles = {row.line: row.line_title for row in rows}
    named = tuple(s.model_copy(update={"x": tuple(titles.get(str(x), x) for x in s.x)}) for s in chart.series)
    return chart.model_copy(update={"series": named})


def _listed(ctx: Context, seen: Experience) -> tuple[str, ...]:
    amount = float(listed_incurred(ctx, seen.window, seen.valued_on)["incurred"].sum())
    locale = ctx.actor.locale
    return (translate(LISTED, locale, amount=format_money(cents(amount), locale)),)


def _cover(ctx: Context, receipts: "pd.DataFrame", window: Window, savers: set[str]) -> float:
    """The part of the days in force for which a receipt is there; a day counts once a policy."""
    held = days_in_force(ctx, window)
    held = held[~held["line"].isin(savers)]
    spans = dict(zip(held["policy"], zip(held["from_on"], held["to_on"], strict=True), strict=True))
    covered, reached = 0, {policy: begins for policy, (begins, _) in spans.items()}
    for policy, begins, ends in zip(receipts["policy"], receipts["from_on"], receipts["to_on"], strict=True):
        if policy in spans:  # receipts come by their first day
            begins, ends = max(begins, reached[policy]), min(ends, spans[policy][1])
            covered += max((ends - begins).days, 0)
            reached[policy] = max(reached[policy], ends)
    total = sum((ends - begins).days for begins, ends in spans.values())
    return covered / total if total else 1.0
