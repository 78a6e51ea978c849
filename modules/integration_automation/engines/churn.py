"""Who may leave (*riesgo de baja*): what the house's own history teaches, or known drivers where it is too short."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import cents
from engines import operations
from engines.charts import Chart, Series
from engines.errors import EngineError
from engines.financial.credit_scoring.validation import Validation
from engines.machine_learning import models
from modules.core_business.crm.records import Customer
from modules.core_business.crm.views import CustomerId
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.tools import LineCode
from modules.integration_automation.engines.extracts.customers import FEATURES, LOOK_BACK, features_at, profiled
from modules.integration_automation.engines.extracts.policies import OVER, annuities
from modules.integration_automation.engines.saying import said_chart
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import EngineRefused, refusal
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

LEAST: Final = 30
"""Departures, and policies kept, in complete annuities that a model must have seen."""
LEAST_TO_CHECK: Final = 10
CERTAIN: Final = 1.96  # standard errors on either side: 95 %
FOLDS: Final = 5
MEDIUM, HIGH = 25, 45  # points from which a customer stands out by rules
LEARNT: Final = (*(f for f in FEATURES if f != "renewal_days"), "policy_premium", "payment_frequency")
"""What a model learns from: at the beginning of an annuity its expiry is a year away for everybody."""
Band = Literal["low", "medium", "high"]
Basis = Literal["model", "rules"]
Top = Annotated[int, Field(ge=1, le=50), Slot(cues=("primeros", "top", "first"), units=("clientes", "customers"))]
OptionalLine = LineCode | None


class NoCustomers(Conflict):
    """Nobody holds a policy in force."""

    text = N_("No hay clientes con pólizas en vigor de los que decir nada.")


@dataclass(frozen=True)
class Driver:
    """Something that goes before leaving: its weight, how it is said, and when it holds of a customer."""

    points: int
    said: str
    holds: Callable[[Any], bool]


DRIVERS: Final = (
    Driver(25, N_("recibos con más de 30 días sin pagar"), lambda f: f.overdue > 0),
    Driver(20, N_("ya dio de baja otra póliza"), lambda f: f.lost > 0),
    Driver(15, N_("se ha quejado"), lambda f: f.complaints > 0),
    Driver(10, N_("recibos devueltos por el banco"), lambda f: f.returned > 0),
    Driver(10, N_("una sola póliza"), lambda f: f.policies == 1),
    Driver(10, N_("cliente desde hace menos de dos años"), lambda f: f.seniority < 2),
    Driver(10, N_("una póliza vence antes de 60 días"), lambda f: f.renewal_days <= 60),
)
"""What studies of insurance customers find before they leave; the weights, which sum to 100, are the house's.

Source: Brockett et al., Survival Analysis of a Household Portfolio of Insurance Policies, Journal of
Risk and Insurance 75 (2008) (a first cancelled policy is followed by others; single policies); Guillén et al.,
Time-varying Effects in the Analysis of Customer Loyalty, Expert Systems with Applications 39 (2012).
"""

BY_MODEL: Final = N_(
    "Lo dice un modelo entrenado con {rows} anualidades completas y {departures} bajas: su AUC por validación cruzada"
    " es {auc} (IC 95 %: {low}–{high})."
)
BY_RULES: Final = N_(
    "Es una puntuación por reglas, no una probabilidad: bajas conocidas en anualidades completas: {departures}, y un"
    " modelo necesita {need}."
)
BY_BLIND_RULES: Final = N_(
    "Es una puntuación por reglas, no una probabilidad: bajas conocidas en anualidades completas: {departures}, y un"
    " modelo necesita {need}. Contrastada con las {n} bajas de toda la cartera, no acierta más que el azar (AUC"
    " {auc}; IC 95 %: {low}–{high})."
)
USELESS_MODEL: Final = N_(
    "Es una puntuación por reglas, no una probabilidad: el modelo entrenado con {departures} bajas no acierta más que"
    " el azar (AUC {auc}; IC 95 %: {low}–{high})."
)
CHECKED: Final = N_(
    "Contrastada con las {n} bajas que constan, la puntuación por reglas ordena con un AUC de {auc} (IC 95 %:"
    " {low}–{high}; 0,5 es el azar)."
)
NO_BETTER: Final = N_(
    "Con esta cartera las reglas no aciertan más que el azar: úselas solo para decidir a quién llamar."
)
UNCHECKED: Final = N_("Constan {n} bajas: son muy pocas para contrastar las reglas.")
UNKNOWN_DAYS: Final = N_(
    "De {n} bajas no consta el día (se importaron ya de baja): no se sabe a qué plazo se fueron, y las de antes de"
    " importar la cartera no están."
)
NO_SEX: Final = N_(
    "No se usan sexo, edad, salud ni domicilio (Directiva 2004/113/CE; TJUE C-236/09), ni datos de quien se opuso a"
    " perfiles (RGPD art. 21)."
)
SIGNS: Final = N_("Los motivos son hechos del cliente, no los pesos del modelo.")
TOLD: Final = N_("De {n} clientes, {high} tienen riesgo alto de irse. Los primeros: {who}.")
TOLD_LINE: Final = N_("De {n} clientes con {line}, {high} tienen riesgo alto de irse. Los primeros: {who}.")
NO_REASON: Final = N_("sin señales conocidas")


class AtRisk(Result):
    """A customer who may leave. `score` is points of 100 by rules, or the probability in per cent by a model."""

    customer: CustomerId
    name: str
    score: int
    band: Band
    policies: int
    premium: Decimal
    reasons: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """Who, how likely, and why."""
        why = ", ".join(self.reasons) or translate(NO_REASON, locale)
        return f"{self.name} ({self.score}: {why})"


class ChurnRisk(Result):
    """Customers by how likely they are to leave, and what that is founded on; EUR a year.

    `auc` with its interval is that of the model out of sample, or of the rules against the departures that
    are known; None if there are too few.
    """

    line: str | None
    line_title: str | None
    basis: Basis
    customers: int
    high: int
    medium: int
    premium_high: Decimal
    annuities: int
    departures: int
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    at_risk: tuple[AtRisk, ...]
    founded: str
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """How many, who first, and what it is founded on."""
        who = "; ".join(one.told(locale) for one in self.at_risk[:5])
        text = TOLD if self.line_title is None else TOLD_LINE
        said = translate(text, locale, n=self.customers, line=self.line_title, high=self.high, who=who)
        return f"{said} {self.founded}"


@dataclass(frozen=True)
class Auc:
    """How well a score orders, with a 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def better_than_chance(self) -> bool:
        """Whether chance is outside the interval."""
        return self.low > 0.5


@dataclass(frozen=True)
class Churn:
    """Scored customers (`score`, `band`, `reasons` beside their features), and how they were scored."""

    customers: "pd.DataFrame"
    basis: Basis
    annuities: int
    departures: int
    auc: Auc | None
    founded: str
    cautions: tuple[str, ...]


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Clientes que pueden irse"),
    engine="supervised",
    examples=(
        "¿Qué clientes se van a ir?",
        "¿Qué clientes de autos tienen más riesgo de baja?",
        "Predice la fuga de clientes",
        "¿Quién se va a dar de baja?",
        "Which customers are likely to leave?",
        "Predict customer churn in the motor line",
    ),
)
def predict_churn(ctx: Context, line: OptionalLine = None, limit: Top = 10) -> ChurnRisk:
    """Rank the customers with policies in force by how likely they are to leave, with reasons.

    A logistic model learns from complete annuities what was known on their first day, and is used only if it
    tells departures from chance out of sample; otherwise a score by known drivers, which says so.

    Raises:
        NoCustomers: nobody holds a policy in force.

    Source: see `DRIVERS`; the AUC's interval by Hanley & McNeil, Radiology 143 (1982).
    """
    locale = ctx.actor.locale
    found = churn(ctx, line)
    scored = found.customers
    bands = scored["band"].value_counts()
    return ChurnRisk(
        line=line, line_title=line_label(line, locale) if line else None, basis=found.basis, customers=len(scored),
        high=int(bands.get("high", 0)), medium=int(bands.get("medium", 0)),
        premium_high=cents(float(scored.loc[scored["band"] == "high", "premium"].sum())), annuities=found.annuities,
        departures=found.departures, auc=None if found.auc is None else round(found.auc.value, 4),
        auc_low=None if found.auc is None else round(found.auc.low, 4),
        auc_high=None if found.auc is None else round(found.auc.high, 4), at_risk=at_risk(ctx, scored, limit),
        founded=found.founded, cautions=found.cautions, charts=(said_chart(risk_chart(scored), locale),),
    )  # fmt: skip


def churn(ctx: Context, line: str | None = None) -> Churn:
    """Score every customer with a policy in force, the likeliest to leave first.

    Raises:
        NoCustomers: nobody holds one.
    """
    import pandas as pd

    locale, today = ctx.actor.locale, pd.Timestamp(ctx.today)
    people = profiled(ctx)
    now = features_at(ctx, people.assign(on=today, since=today - LOOK_BACK), line)
    now = now[now["policies"] > 0].reset_index(drop=True)
    if now.empty:
        raise NoCustomers
    past = annuities(ctx, line).merge(people[["customer", "customer_since"]], on="customer")
    past = past.rename(columns={"total_premium": "policy_premium"})
    past["on"] = past["from_on"]
    past["since"] = past["on"] - LOOK_BACK
    own = ["policy", "customer", "customer_since", "on", "since", "to_on", "departed", "policy_premium"]
    units = features_at(ctx, past[[*own, "payment_frequency", "left_on"]], line)
    complete = units[units["to_on"] <= today]
    departures = int(complete["departed"].sum())
    now["reasons"] = [reasons_of(row, locale) for row in now.itertuples()]
    now["points"] = [points_of(row) for row in now.itertuples()]
    cautions = [translate(NO_SEX, locale)]
    unknown = int((units["departed"] & units["left_on"].isna()).sum())
    if unknown:
        cautions.append(translate(UNKNOWN_DAYS, locale, n=unknown))
    auc = None
    founded = translate(BY_RULES, locale, departures=departures, need=LEAST)
    if departures >= LEAST and len(complete) - departures >= LEAST:
        try:
            auc = _cross_validated(complete)
            live = past[~past["state"].isin(OVER)].sort_values("from_on").drop_duplicates("policy", keep="last")
            chances = _by_model(now, complete, live)
        except EngineRefused as error:
            cautions.append(error.told(locale))
        else:
            basis = BY_MODEL if auc.better_than_chance else USELESS_MODEL
            founded = translate(basis, locale, rows=len(complete), departures=departures, **_said(auc, locale))
            if auc.better_than_chance:
                base = float(complete["departed"].mean())
                chances = chances.fillna(base)  # whose policies were all taken over today
                now["score"] = (100 * chances).round().astype(int)
                now["band"] = ["high" if p >= 2 * base else "medium" if p >= base else "low" for p in chances]
                cautions.append(translate(SIGNS, locale))
                return Churn(_ranked(now), "model", len(complete), departures, auc, founded, tuple(cautions))
    now["score"] = now["points"]
    now["band"] = ["high" if p >= HIGH else "medium" if p >= MEDIUM else "low" for p in now["points"]]
    latest = units.sort_values("on").drop_duplicates("policy", keep="last")
    gone = int(latest["departed"].sum())
    checked = _checked(latest) if gone >= LEAST_TO_CHECK else None
    if checked is None:
        cautions.append(translate(UNCHECKED, locale, n=gone))
    else:
        cautions.append(translate(CHECKED, locale, n=gone, **_said(checked, locale)))
        if not checked.better_than_chance:
            cautions.append(translate(NO_BETTER, locale))
            if auc is None:
                founded = translate(
                    BY_BLIND_RULES, locale, departures=departures, need=LEAST, n=gone, **_said(checked, locale)
                )
    return Churn(_ranked(now), "rules", len(complete), departures, checked, founded, tuple(cautions))


def points_of(row: Any) -> int:
    """The points of a customer's features by the drivers that hold."""
    return sum(driver.points for driver in DRIVERS if driver.holds(row))


def reasons_of(row: Any, locale: Locale) -> tuple[str, ...]:
    """The drivers that hold of a customer, the weightiest first."""
    return tuple(translate(driver.said, locale) for driver in DRIVERS if driver.holds(row))


def at_risk(ctx: Context, scored: "pd.DataFrame", limit: int) -> tuple[AtRisk, ...]:
    """The first `limit` of scored customers, by name."""
    rows = list(scored.head(limit).itertuples())
    wanted = select(col(Customer.id), col(Customer.name)).where(
        col(Customer.id).in_([UUID(row.customer) for row in rows])
    )
    names = {str(customer): name for customer, name in ctx.session.exec(wanted)}
    return tuple(
        AtRisk(
            customer=row.customer, name=names[row.customer], score=row.score, band=row.band, policies=row.policies,
            premium=cents(row.premium), reasons=row.reasons,
        )
        for row in rows
    )  # fmt: skip


def risk_chart(scored: "pd.DataFrame") -> Chart:
    """How many customers have so many points."""
    tens = (scored["score"] // 10 * 10).clip(upper=90).value_counts().sort_index()
    return Chart(
        kind="bar",
        title=N_("Clientes por riesgo de irse"),
        x_label=N_("Puntuación"),
        y_label=N_("Clientes"),
        series=(
            Series(
                name=N_("Clientes"),
                x=tuple(f"{ten}–{ten + 9 if ten < 90 else 100}" for ten in tens.index),
                y=tuple(float(n) for n in tens),
            ),
        ),
    )


def said_number(value: float, locale: Locale, digits: int = 2) -> str:
    """A figure as people write it: with a comma in Spanish."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if locale == "es" else text


def validated(**given: Any) -> Auc:
    """The AUC of a score, or of a logistic regression cross-validated on a table.

    Raises:
        EngineRefused: one class only, or fewer of one than folds.
    """
    found = NERVE.compute(operations()["credit_scoring_scorecard_validate"], given)
    assert isinstance(found, Validation)
    wide = CERTAIN * found.auc_se
    return Auc(found.auc, max(found.auc - wide, 0.0), min(found.auc + wide, 1.0))


def _said(auc: Auc, locale: Locale) -> dict[str, str]:
    return {name: said_number(getattr(auc, key), locale) for name, key in
            (("auc", "value"), ("low", "low"), ("high", "high"))}  # fmt: skip


def _learnt(units: "pd.DataFrame") -> "pd.DataFrame":
    """What the model sees; who had paid nothing yet was late with nothing."""
    return units[list(LEARNT)].fillna({"delay": 0.0})


def _cross_validated(complete: "pd.DataFrame") -> Auc:
    held = _learnt(complete)
    varying = [name for name in held.columns if held[name].nunique() > 1]
    table = held[varying].assign(departed=complete["departed"].astype(int))
    return validated(data=table, target="departed", folds=FOLDS)


def _by_model(now: "pd.DataFrame", complete: "pd.DataFrame", live: "pd.DataFrame") -> "pd.Series":
    """The chance of each customer: of its policies the likeliest to leave counts."""
    try:
        fitted = models.fit(_learnt(complete).assign(departed=complete["departed"]), "departed", "logistic")
        held = live[["policy", "customer", "policy_premium", "payment_frequency"]].merge(now, on="customer")
        predicted = models.predict_with(fitted.model, _learnt(held), fitted.sha256)
    except EngineError as error:
        raise refusal(error) from error
    place = next(i for i, name in enumerate(predicted.classes) if name in ("True", "1"))
    held["chance"] = [row[place] for row in predicted.probabilities]
    return now[["customer"]].merge(held.groupby("customer", as_index=False)["chance"].max(), how="left")["chance"]


def _checked(latest: "pd.DataFrame") -> Auc | None:
    """How the rules, on the first day of each policy's last annuity, order those that have left before the others."""
    points = [float(100 - points_of(row)) for row in latest.itertuples()]
    try:
        return validated(y=latest["departed"].astype(float).tolist(), score=points, score_is="points")
    except EngineRefused:
        return None


def _ranked(scored: "pd.DataFrame") -> "pd.DataFrame":
    return scored.sort_values(["score", "points", "premium"], ascending=False, ignore_index=True)
