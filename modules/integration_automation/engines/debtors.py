"""Money owed (*solvencia y cobros*): who of those that owe is likely to pay, and what will come in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines.charts import Chart, Series
from modules.core_business.crm.records import Customer
from modules.core_business.crm.views import CustomerId
from modules.insurance.kernel.states import ReceiptState
from modules.integration_automation.engines.churn import Auc, said_number, validated
from modules.integration_automation.engines.extracts.receipts import receipt_rows
from modules.integration_automation.engines.saying import said_chart
from modules.integration_automation.nerve.problems import EngineRefused
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

YEAR: Final = timedelta(days=365)
OUTCOME_DAYS: Final = 60  # within which a debt that is scored is collected, or is not
LEAST_TO_CHECK: Final = 10
MEDIUM, HIGH = 30, 55
AT_THE_BANK: Final = ReceiptState.SENT_TO_BANK.value  # pending, but about to be answered
REFUSED: Final = ("MD06", "MS02")  # the debtor asked for the money back, or forbade the debit
Band = Literal["low", "medium", "high"]
Top = Annotated[int, Field(ge=1, le=100), Slot(cues=("primeros", "top", "first"), units=("deudores", "debtors"))]


@dataclass(frozen=True)
class Sign:
    """Something of how a debtor pays: its points, how it is said, and when it holds."""

    points: int
    said: str
    holds: Callable[[Any], bool]


SIGNS: Final = (
    Sign(30, N_("la deuda más antigua pasa de 90 días"), lambda d: d.oldest > 90),
    Sign(20, N_("la deuda más antigua pasa de 30 días"), lambda d: 30 < d.oldest <= 90),
    Sign(15, N_("debe tres recibos o más"), lambda d: d.receipts >= 3),
    Sign(15, N_("rechazó o hizo devolver un cargo"), lambda d: d.refused > 0),
    Sign(10, N_("le devolvieron recibos por otra causa"), lambda d: d.returned > d.refused),
    Sign(20, N_("debe más de la mitad de lo que pagó en un año"), lambda d: d.owed > 0.5 * d.paid),
    Sign(10, N_("no consta ningún pago en un año"), lambda d: d.payments == 0),
)
"""Points of risk, 100 at most: 30 of age, 15 of number, 25 of returns, 30 of weight. The weights are the house's."""

GDPR: Final = N_(
    "Es una ayuda para ordenar los avisos: ninguna decisión que afecte al cliente puede tomarse solo con ella (RGPD"
    " art. 22); decide una persona, y el cliente puede pedir explicación."
)
POINTS_ONLY: Final = N_(
    "Son puntos por reglas a la vista, no una probabilidad de impago, y no se consultan ficheros de morosos."
)
CHECKED: Final = N_(
    "Contrastada con {n} deudores de hace {days} días, de los que {unpaid} aún no han pagado todo, la puntuación ordena"
    " con un AUC de {auc} (IC 95 %: {low}–{high}; 0,5 es el azar)."
)
UNCHECKED: Final = N_("No hay bastantes deudores de hace {days} días para contrastar la puntuación.")
TOLD: Final = N_(
    "{debtors} tomadores deben {owed} de recibos vencidos o devueltos; {high} tienen riesgo alto de no pagar y deben"
    " {owed_high}. Los primeros: {who}. La decisión la toma una persona (RGPD art. 22)."
)


class NobodyOwes(Conflict):
    """No receipt is overdue."""

    text = N_("Nadie debe recibos vencidos ni devueltos.")


class Debtor(Result):
    """A policyholder who owes: points of risk (0 to 100), the reasons that make them, and EUR owed."""

    customer: CustomerId
    name: str
    score: int
    band: Band
    owed: Decimal
    receipts: int
    oldest_days: int
    reasons: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """Who, how much, and the points."""
        return f"{self.name} ({format_money(self.owed, locale)}; {self.score}: {', '.join(self.reasons)})"


class DebtorScores(Result):
    """Who owes, the riskiest first; `auc` is of the same points two months ago against what was paid since."""

    debtors: int
    high: int
    owed: Decimal
    owed_high: Decimal
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    rows: tuple[Debtor, ...]
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """How many owe how much, who is the riskiest, and who decides."""
        return translate(
            TOLD, locale, debtors=self.debtors, owed=format_money(self.owed, locale), high=self.high,
            owed_high=format_money(self.owed_high, locale), who="; ".join(row.told(locale) for row in self.rows[:3]),
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="encashment:read",
    title=N_("Puntuación de los deudores"),
    engine="credit_scoring",
    examples=(
        "Puntúa a los deudores por su riesgo de impago",
        "¿Qué deudores es más probable que no paguen?",
        "Solvencia de los tomadores con recibos devueltos",
        "Score the policyholders with unpaid receipts",
    ),
)
def score_debtors(ctx: Context, limit: Top = 20) -> DebtorScores:
    """Rank the policyholders with overdue or returned receipts by how they pay, in points that add up in the open.

    Points come from the age and number of what is owed, the debits that came back, and the weight of the debt
    beside what was paid in the last year. The same points on debtors of 60 days ago are held against what they
    have paid since.

    Raises:
        NobodyOwes: no receipt is overdue.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 5 (expert scorecards); GDPR arts. 13-15 and 22.
    """
    locale = ctx.actor.locale
    receipts = receipt_rows(ctx)
    debtors = _debtors(receipts[receipts["state"] != AT_THE_BANK], ctx.today)
    if debtors.empty:
        raise NobodyOwes
    names = _names(ctx, debtors["customer"].head(limit))
    rows = tuple(
        Debtor(
            customer=d.customer, name=names[d.customer], score=d.score, band=d.band, owed=cents(d.owed),
            receipts=d.receipts, oldest_days=d.oldest,
            reasons=tuple(translate(sign.said, locale) for sign in SIGNS if sign.holds(d)),
        )
        for d in debtors.head(limit).itertuples()
    )  # fmt: skip
    then = ctx.today - timedelta(days=OUTCOME_DAYS)
    before, auc = _checked(receipts, then)
    check = translate(UNCHECKED, locale, days=OUTCOME_DAYS)
    if auc is not None:
        check = translate(
            CHECKED, locale, n=len(before), days=OUTCOME_DAYS, unpaid=int(before["unpaid"].sum()),
            auc=said_number(auc.value, locale), low=said_number(auc.low, locale), high=said_number(auc.high, locale),
        )  # fmt: skip
    high = debtors[debtors["band"] == "high"]
    return DebtorScores(
        debtors=len(debtors), high=len(high), owed=cents(float(debtors["owed"].sum())),
        owed_high=cents(float(high["owed"].sum())), auc=None if auc is None else round(auc.value, 4),
        auc_low=None if auc is None else round(auc.low, 4), auc_high=None if auc is None else round(auc.high, 4),
        rows=rows, cautions=(translate(GDPR, locale), translate(POINTS_ONLY, locale), check),
        charts=(said_chart(_chart(debtors), locale),),
    )  # fmt: skip


def _debtors(receipts: "pd.DataFrame", today: date) -> "pd.DataFrame":
    """Who owed on `today`, as it was known then: what, since when, and how they had paid for a year."""
    import pandas as pd

    on = pd.Timestamp(today)
    known = receipts[receipts["issued_on"] <= on]
    unpaid = known[(known["due_on"] < on) & ~(known["paid_on"] <= on)]
    recent = known["due_on"] > on - YEAR
    paid = known[(known["paid_on"] <= on) & (known["paid_on"] > on - YEAR)]
    back = known[(known["returned_on"] <= on) & recent]
    by = unpaid.groupby("customer")
    found = pd.DataFrame(
        {
            "owed": by["total"].sum(),
            "receipts": by.size(),
            "oldest": (on - by["due_on"].min()).dt.days,
        }
    )
    found["returned"] = back.groupby("customer").size().reindex(found.index, fill_value=0)
    refused = back[back["return_reason"].isin(REFUSED)]
    found["refused"] = refused.groupby("customer").size().reindex(found.index, fill_value=0)
    found["payments"] = paid.groupby("customer").size().reindex(found.index, fill_value=0)
    found["paid"] = paid.groupby("customer")["total"].sum().reindex(found.index, fill_value=0.0)
    found = found.reset_index()
    found["score"] = [sum(sign.points for sign in SIGNS if sign.holds(row)) for row in found.itertuples()]
    found["band"] = ["high" if s >= HIGH else "medium" if s >= MEDIUM else "low" for s in found["score"]]
    return found.sort_values(["score", "owed"], ascending=False, ignore_index=True)


def _checked(receipts: "pd.DataFrame", then: date) -> tuple["pd.DataFrame", Auc | None]:
    """The debtors of `then` with whether any of what they owed is `unpaid` still, and how the points order them."""
    import pandas as pd

    on = pd.Timestamp(then)
    before = _debtors(receipts, then)
    owed = receipts[(receipts["issued_on"] <= on) & (receipts["due_on"] < on) & ~(receipts["paid_on"] <= on)]
    still = set(owed.loc[owed["paid_on"].isna(), "customer"])
    before["unpaid"] = before["customer"].isin(still)
    fewest = min(int(before["unpaid"].sum()), int((~before["unpaid"]).sum()))
    if fewest < LEAST_TO_CHECK:
        return before, None
    try:
        points = [float(100 - score) for score in before["score"]]
        return before, validated(y=before["unpaid"].astype(float).tolist(), score=points, score_is="points")
    except EngineRefused:
        return before, None


def _names(ctx: Context, customers: "pd.Series") -> dict[str, str]:
    wanted = select(col(Customer.id), col(Customer.name)).where(col(Customer.id).in_([UUID(c) for c in customers]))
    return {str(customer): name for customer, name in ctx.session.exec(wanted)}


def _chart(debtors: "pd.DataFrame") -> Chart:
    bands = {"low": N_("Riesgo bajo"), "medium": N_("Riesgo medio"), "high": N_("Riesgo alto")}
    owed = debtors.groupby("band")["owed"].sum()
    return Chart(
        kind="bar",
        title=N_("Deuda por riesgo de impago"),
        unit="EUR",
        series=tuple(Series(name=said, x=("",), y=(float(owed.get(band, 0.0)),)) for band, said in bands.items()),
    )
