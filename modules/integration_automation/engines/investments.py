"""The house's own investments (*cartera de inversión*): what they are worth, and what they may lose."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import and_, func
from sqlmodel import col, select

from core.bulk import put_in
from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import cents, format_money, to_cents
from engines import operations
from engines.charts import Chart
from engines.financial.risk.historical import HistoricalVar
from modules.insurance.kernel.views import ImportReport
from modules.integration_automation.engines.records import Investment, InvestmentPrice
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

LEAST_DAYS: Final = 60
TOLD: Final = N_(
    "El VaR al {confidence} a {days} de la cartera de inversión, que vale {value}, es de {var}; si se supera, la"
    " pérdida media es de {es} (simulación histórica, {n} resultados hasta el {on})."
)
WORTH: Final = N_("La cartera de inversión vale {value} a {on}, en {count} posiciones.")
ONE_DAY: Final = N_("1 día")
DAYS: Final = N_("{days} días")
Isin = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")]
Kind = Literal["equity", "bond", "fund", "cash"]


class NothingInvested(Conflict):
    """There are no holdings with prices enough."""

    text = N_("No hay inversiones con al menos {days} días de precios: importe las posiciones y sus precios.")


class HoldingRow(BaseModel):
    """A holding: units of one instrument."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    isin: Isin
    name: str = Field(min_length=1, max_length=120)
    kind: Kind
    units: Decimal = Field(gt=0, max_digits=18, decimal_places=6)


class PriceRow(BaseModel):
    """What one unit was worth at the end of a day, EUR."""

    model_config = ConfigDict(extra="forbid")

    isin: Isin
    on: date
    price: Decimal = Field(gt=0, max_digits=18, decimal_places=6)


class HoldingView(Result):
    """A holding and what it is worth; EUR."""

    isin: str
    name: External
    kind: str
    units: Decimal
    price: Decimal
    on: date
    value: Decimal


class Holdings(Result):
    """All holdings; EUR."""

    on: date
    value: Decimal
    holdings: tuple[HoldingView, ...]

    def told(self, locale: Locale) -> str:
        """What they are worth together."""
        return translate(
            WORTH, locale, value=format_money(self.value, locale), on=f"{self.on:%d/%m/%Y}", count=len(self.holdings)
        )


class InvestmentRisk(Result):
    """What the holdings may lose; EUR, losses positive."""

    on: date
    value: Decimal
    confidence: float
    horizon_days: int
    var: Decimal
    expected_shortfall: Decimal
    var_low: Decimal | None
    var_high: Decimal | None
    observations: int
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The loss that is exceeded so rarely, and the mean beyond it."""
        days = ONE_DAY if self.horizon_days == 1 else DAYS
        return translate(
            TOLD,
            locale,
            confidence=f"{self.confidence * 100:g} %".replace(".", "," if locale == "es" else "."),
            days=translate(days, locale, days=self.horizon_days),
            value=format_money(self.value, locale),
            var=format_money(self.var, locale),
            es=format_money(self.expected_shortfall, locale),
            n=self.observations,
            on=f"{self.on:%d/%m/%Y}",
        )


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Cartera de inversión"),
    engine="portfolio",
    examples=("¿Qué inversiones tenemos y cuánto valen?", "What do we hold in our investment portfolio?"),
)
def show_investments(ctx: Context) -> Holdings:
    """The house's holdings at their latest prices."""
    views = tuple(sorted(_holdings(ctx), key=lambda view: -view.value))
    if not views:
        raise NothingInvested(days=LEAST_DAYS)
    return Holdings(on=max(v.on for v in views), value=sum((v.value for v in views), Decimal(0)), holdings=views)


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("VaR de la cartera de inversión"),
    engine="risk",
    examples=(
        "VaR al 99 % de la cartera de inversión",
        "¿Cuánto podemos perder en nuestras inversiones con un 95 % de confianza a 10 días?",
        "Value at risk of our investment portfolio at 99 %",
    ),
)
def measure_investments(
    ctx: Context,
    confidence: Annotated[
        float,
        Field(ge=0.5, le=99.99, description="As a share or in per cent"),
        Slot(units=("%", "por ciento"), cues=("al", "at", "confianza")),
    ] = 0.99,
    horizon_days: Annotated[int, Field(ge=1, le=30), Slot(units=("días", "dias", "days"))] = 1,
) -> InvestmentRisk:
    """What the holdings lose at most with the given confidence, and on average beyond it, by historical simulation.

    Today's units are valued at all past prices; results of `horizon_days` days overlap. A confidence
    above 1 is read as a percentage.

    Source: Hull, Options, Futures and Other Derivatives, historical simulation.
    """
    share = confidence / 100 if confidence > 1 else confidence
    views = _holdings(ctx)
    values = _values(ctx)
    if len(values) < LEAST_DAYS + horizon_days:
        raise NothingInvested(days=LEAST_DAYS)
    # Today's holdings through past days' relative changes: a price of two years ago was another level.
    units = {view.isin: float(view.units * view.price) for view in views}
    changes = values / values.shift(horizon_days) - 1
    pnl = sum(changes[isin] * worth for isin, worth in units.items())
    found = NERVE.compute(operations()["risk_var_historical"], {"pnl": pnl.dropna().to_numpy(), "confidence": share})
    assert isinstance(found, HistoricalVar)
    locale = ctx.actor.locale
    return InvestmentRisk(
        on=max(view.on for view in views),
        value=sum((view.value for view in views), Decimal(0)),
        confidence=share,
        horizon_days=horizon_days,
        var=cents(found.var),
        expected_shortfall=cents(found.es),
        var_low=None if found.var_low is None else cents(found.var_low),
        var_high=None if found.var_high is None else cents(found.var_high),
        observations=found.n or 0,
        cautions=tuple(caution_text(caution, locale) for caution in found.warnings),
        charts=tuple(said_chart(chart, locale) for chart in found.charts),
    )


@tool(
    Risk.WRITE,
    permission="engines:import",
    title=N_("Importar posiciones de inversión"),
    engine="portfolio",
    examples=("Importa las posiciones de la cartera de inversión", "Import the investment holdings"),
)
def import_holdings(ctx: Context, rows: list[HoldingRow]) -> ImportReport:
    """Take over the holdings; one of the same ISIN is updated."""
    known = {found.isin: found for found in ctx.session.exec(select(Investment))}
    created = updated = 0
    for row in rows:
        found = known.get(row.isin)
        if found is None:
            known[row.isin] = found = Investment(**row.model_dump())
            created += 1
        elif row.model_dump() != {name: getattr(found, name) for name in HoldingRow.model_fields}:
            found.name, found.kind, found.units = row.name, row.kind, row.units
            updated += 1
        ctx.session.add(found)
    return ImportReport(created=created, updated=updated, unchanged=len(rows) - created - updated)


@tool(
    Risk.WRITE,
    permission="engines:import",
    title=N_("Importar precios de inversiones"),
    engine="portfolio",
    examples=("Importa los precios de las inversiones", "Import the prices of the investments"),
)
def import_prices(ctx: Context, rows: list[PriceRow]) -> ImportReport:
    """Take over closing prices; a day that is known already with another price is refused."""
    known = {(p.isin, p.on): p.price for p in ctx.session.exec(select(InvestmentPrice))}
    fresh = []
    for number, row in enumerate(rows):
        price = known.get((row.isin, row.on))
        if price is None:
            fresh.append(row.model_dump())
            known[row.isin, row.on] = row.price
        elif price != row.price:
            raise BadArguments(field=f"rows.{number}.price", problem=N_("ya hay otro precio de ese día"))
    if fresh:
        put_in(ctx.session, InvestmentPrice, fresh, new_id())
    return ImportReport(created=len(fresh), updated=0, unchanged=len(rows) - len(fresh))


def _holdings(ctx: Context) -> list[HoldingView]:
    last = (
        select(col(InvestmentPrice.isin), func.max(InvestmentPrice.on).label("on"))
        .group_by(col(InvestmentPrice.isin))
        .subquery()
    )
    latest = select(col(InvestmentPrice.isin), col(InvestmentPrice.on), col(InvestmentPrice.price)).join(
        last, and_(last.c.isin == InvestmentPrice.isin, last.c.on == InvestmentPrice.on)
    )
    prices = {isin: (on, price) for isin, on, price in ctx.session.exec(latest)}
    views = []
    for holding in ctx.session.exec(select(Investment)):
        if holding.isin in prices:
            on, price = prices[holding.isin]
            views.append(
                HoldingView(
                    isin=holding.isin, name=holding.name, kind=holding.kind, units=holding.units, price=price, on=on,
                    value=to_cents(holding.units * price),
                )
            )  # fmt: skip
    return views


def _values(ctx: Context) -> "pd.DataFrame":
    """Prices by day and instrument, for the instruments that are held, on days when all had one."""
    import pandas as pd

    held = select(col(InvestmentPrice.on), col(InvestmentPrice.isin), col(InvestmentPrice.price)).where(
        col(InvestmentPrice.isin).in_(select(Investment.isin))
    )
    rows: list[Any] = [(on, isin, float(price)) for on, isin, price in ctx.session.exec(held)]
    found = pd.DataFrame(rows, columns=["on", "isin", "price"])
    return found.pivot(index="on", columns="isin", values="price").sort_index().dropna()
