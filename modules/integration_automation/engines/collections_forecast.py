"""What will come in (*previsión de cobros*): each receipt by when it falls due and how receipts are paid here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from core.context import Context
from core.dates import add_months, month_end
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines import operations
from engines.charts import Chart, Series
from engines.statistical.time_series.smoothing import AutoSmoothing
from modules.insurance.kernel.tariff import RECEIPTS
from modules.integration_automation.engines.churn import said_number
from modules.integration_automation.engines.extracts.policies import OVER, annuities, policy_rows
from modules.integration_automation.engines.extracts.receipts import receipt_rows
from modules.integration_automation.engines.lifetime import TooFewDepartures, staying
from modules.integration_automation.engines.saying import said_chart
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import EngineRefused
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

OWN: Final = "broker"
LEAST_PAYMENTS: Final = 30
LEAST_MONTHS: Final = 10
LOOK_BACK: Final = timedelta(days=2 * 365)
LEVEL: Final = 0.95
APART: Final = 0.25  # by which the two ways may differ before it is said
YEAR: Final = 365.25
TOLD: Final = N_(
    "En los próximos {months} meses completos se prevé cobrar {expected} (entre {low} y {high} al 95 %): {rows}. En lo"
    " que queda de este mes, {rest}."
)
MONTH: Final = N_("{month}, {expected}")
OWN_ONLY: Final = N_(
    "Solo cuentan los recibos que cobra la correduría; los que cobra la aseguradora no pasan por aquí."
)
BEHAVIOUR: Final = N_(
    "El ritmo de pago es el de {n} recibos de los dos últimos años: a los 30 días del vencimiento se ha cobrado el"
    " {share} %. El intervalo supone que cada recibo se paga o no por su cuenta."
)
RENEWED: Final = N_("Las primas se renuevan sin subida y se queda cada año el {share} % de las pólizas.")
ALL_STAY: Final = N_("Las primas se renuevan sin subida y no se descuentan bajas: constan demasiado pocas.")
NOT_RENEWED: Final = N_(
    "{n} pólizas vencieron y no tienen recibos de la nueva anualidad: los suyos no se cuentan hasta que se renueven."
)
SERIES: Final = N_("La serie de cobros mensuales ({model}, {n} meses) daría {expected} en los mismos meses.")
DIFFER: Final = N_("Las dos maneras difieren en más de un 25 %: no tome ninguna por segura.")
SHORT_PAST: Final = N_(
    "De las pólizas más antiguas solo están los recibos de la anualidad en curso: la serie mensual crece por eso y su"
    " previsión engaña."
)
NO_SERIES: Final = N_("Hay {n} meses de cobros: con menos de {need} no se contrasta con una serie temporal.")


class TooFewPayments(Conflict):
    """So few receipts have been paid that nothing is known of how they are."""

    text = N_("Para prever los cobros hacen falta {need} recibos ya cobrados, y hay {n}.")


class MonthExpected(Result):
    """What is expected of a month, with a 95 % interval; EUR. `series` is what the monthly series alone would give.

    `due` is what falls due in the month, `overdue` what of the expected was due before today.
    """

    month: str
    from_on: date
    to_on: date
    whole: bool
    due: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal
    overdue: Decimal
    series: Decimal | None

    def told(self, locale: Locale) -> str:
        """The month and what is expected."""
        return translate(MONTH, locale, month=self.month, expected=format_money(self.expected, locale))


class CollectionsForecast(Result):
    """What the house expects to collect: the rest of this month, and whole months after it; EUR.

    `expected` and its interval are of the whole months together.
    """

    months: int
    expected: Decimal
    low: Decimal
    high: Decimal
    rows: tuple[MonthExpected, ...]
    paid_by_30_days: float
    receipts_seen: int
    series_model: str | None
    series_expected: Decimal | None
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """What is expected together, by month, and until this month ends."""
        whole = [row for row in self.rows if row.whole]
        rest = sum((row.expected for row in self.rows if not row.whole), Decimal(0))
        return translate(
            TOLD, locale, months=self.months, expected=format_money(self.expected, locale),
            low=format_money(self.low, locale), high=format_money(self.high, locale),
            rows="; ".join(row.told(locale) for row in whole), rest=format_money(rest, locale),
        )  # fmt: skip


@dataclass(frozen=True)
class _Paying:
    """How receipts are paid: the share paid by the end of so many days after the due date."""

    paid_after: Callable[[list[float]], list[float]]
    seen: int


@tool(
    Risk.READ,
    permission="encashment:read",
    title=N_("Previsión de cobros"),
    engine="time_series",
    examples=(
        "Previsión de cobros de los próximos 3 meses",
        "¿Cuánto vamos a cobrar en los próximos seis meses?",
        "Prevé los cobros de recibos del trimestre que viene",
        "Forecast our collections for the next 3 months",
    ),
)
def forecast_collections(
    ctx: Context, months: Annotated[int, Field(ge=1, le=12), Slot(units=("meses", "mes", "months", "month"))] = 3
) -> CollectionsForecast:
    """Foresee what the house will collect by month: receipts that are owed or will fall due, by how receipts are paid.

    How long payment takes is the Kaplan-Meier curve of the receipts of two years, unpaid ones censored;
    receipts to come follow from policies in force and their form of payment, renewed at the rate at which
    policies stay. The interval is that of a sum of independent payments. Beside it an exponential
    smoothing of the months' collections, chosen by AICc, checks the sum.

    Raises:
        TooFewPayments: fewer than 30 receipts have been paid.

    Source: Kaplan & Meier, JASA 53 (1958); Hyndman & Khandakar, Journal of Statistical Software 27(3) (2008).
    """
    import pandas as pd

    locale, today = ctx.actor.locale, ctx.today
    receipts = receipt_rows(ctx)
    own = receipts[receipts["collected_by"] == OWN]
    paying = _paying(own, today)
    periods = _periods(today, months)
    coming, not_renewed = _coming(ctx, receipts, periods[-1][1])
    kept, renewal = _kept(ctx, months)
    stays = [kept ** (max((due.date() - today).days, 0) / YEAR) for due in coming["due_on"]]
    coming = coming.assign(chance=stays, overdue=False)
    open_ones = own[own["paid_on"].isna() & (own["due_on"] <= pd.Timestamp(periods[-1][1]))]
    open_ones = open_ones.assign(chance=1.0, overdue=open_ones["due_on"] < pd.Timestamp(today))
    names = ["due_on", "total", "chance", "overdue"]
    expected = pd.concat([open_ones[names], coming[names]], ignore_index=True).astype({"overdue": bool})
    shares = [_shares(expected, paying, today, first, last) for first, last in periods]
    series = _series(own, today, months)
    # The series' first step is this month, of which nothing may be left.
    steps = [0.0] * len(periods) if series is None else series.forecast.point[-len(periods) :]
    rows = tuple(
        _row(expected, share, first, last, None if series is None else step)
        for share, step, (first, last) in zip(shares, steps, periods, strict=True)
    )
    whole = [i for i, row in enumerate(rows) if row.whole]
    together = sum((shares[i] for i in whole), start=expected["chance"] * 0.0)
    mean, low, high = _sum(expected["total"], together)
    within_30 = paying.paid_after([31.0])[0]
    cautions = [
        translate(OWN_ONLY, locale),
        translate(BEHAVIOUR, locale, n=paying.seen, share=round(100 * within_30)),
        translate(ALL_STAY, locale)
        if renewal is None
        else translate(RENEWED, locale, share=said_number(renewal, locale, 1)),
    ]
    if not_renewed:
        cautions.append(translate(NOT_RENEWED, locale, n=not_renewed))
    by_series = None if series is None else sum(steps[i] for i in whole)
    cautions += _beside(series, by_series, mean, len(_collected(own, today)), locale)
    if series is not None and _short_past(ctx, receipts):
        cautions.append(translate(SHORT_PAST, locale))
    return CollectionsForecast(
        months=months, expected=cents(mean), low=cents(low), high=cents(high), rows=rows,
        paid_by_30_days=round(within_30, 4), receipts_seen=paying.seen,
        series_model=None if series is None else series.model,
        series_expected=None if by_series is None else cents(by_series), cautions=tuple(cautions),
        charts=(said_chart(_chart(_collected(own, today), rows), locale),),
    )  # fmt: skip


def _periods(today: date, months: int) -> list[tuple[date, date]]:
    """From tomorrow to the end of this month, if anything is left of it, and whole months after it."""
    first = today.replace(day=1)
    rest = [(today + timedelta(days=1), month_end(today))] if today < month_end(today) else []
    return rest + [(add_months(first, n), month_end(add_months(first, n))) for n in range(1, months + 1)]


def _paying(own: "pd.DataFrame", today: date) -> _Paying:
    """The Kaplan-Meier curve of days from the due date to the payment, a day added so that the due date is day one.

    Raises:
        TooFewPayments: fewer than 30 were paid.
    """
    import pandas as pd
    from lifelines import KaplanMeierFitter

    now = pd.Timestamp(today)
    seen = own[own["due_on"].between(now - LOOK_BACK, now)]
    paid = seen["paid_on"].notna()
    if paid.sum() < LEAST_PAYMENTS:
        raise TooFewPayments(need=LEAST_PAYMENTS, n=int(paid.sum()))
    days = (seen["paid_on"].fillna(now) - seen["due_on"]).dt.days.clip(lower=0) + 1
    curve = KaplanMeierFitter().fit(days, paid)

    def paid_after(ages: list[float]) -> list[float]:
        return [1.0 - float(v) for v in curve.survival_function_at_times(ages)]

    return _Paying(paid_after, len(seen))


def _shares(expected: "pd.DataFrame", paying: _Paying, today: date, first: date, last: date) -> "pd.Series":
    """The probability that each receipt, unpaid today, is paid from `first` to `last`."""
    import pandas as pd

    def paid_by(day: date) -> "pd.Series":
        ages = (pd.Timestamp(day) - expected["due_on"]).dt.days + 1
        return pd.Series(paying.paid_after([float(age) for age in ages.clip(lower=0)]), index=expected.index)

    unpaid = 1.0 - paid_by(today)
    found = (paid_by(last) - paid_by(first - timedelta(days=1))) / unpaid.where(unpaid > 0)
    return found.fillna(0.0).clip(lower=0.0, upper=1.0) * expected["chance"]


def _sum(amounts: "pd.Series", shares: "pd.Series") -> tuple[float, float, float]:
    """Mean and interval of the sum of independent payments."""
    mean = float((amounts * shares).sum())
    spread = float((amounts**2 * shares * (1 - shares)).sum()) ** 0.5
    wide = NormalDist().inv_cdf((1 + LEVEL) / 2) * spread
    return mean, max(mean - wide, 0.0), min(mean + wide, float(amounts[shares > 0].sum()))


def _row(expected: "pd.DataFrame", shares: "pd.Series", first: date, last: date, series: float | None) -> MonthExpected:
    import pandas as pd

    mean, low, high = _sum(expected["total"], shares)
    whole = first.day == 1
    due = expected[expected["due_on"].between(pd.Timestamp(first), pd.Timestamp(last))]
    overdue = (expected["total"] * shares)[expected["overdue"]].sum()
    return MonthExpected(
        month=f"{first:%m/%Y}", from_on=first, to_on=last, whole=whole,
        due=cents(float((due["total"] * due["chance"]).sum())), expected=cents(mean), low=cents(low),
        high=cents(high), overdue=cents(float(overdue)), series=None if series is None or not whole else cents(series),
    )  # fmt: skip


def _coming(ctx: Context, receipts: "pd.DataFrame", end: date) -> tuple["pd.DataFrame", int]:
    """Receipts not issued yet that will fall due by `end`, and how many policies wait for their renewal."""
    import pandas as pd

    policies = policy_rows(ctx)
    live = policies[~policies["state"].isin(OVER) & (policies["collected_by"] == OWN)]
    latest = receipts.groupby("policy")["due_on"].max()
    rows, waiting = [], 0
    for policy in live.itertuples():
        count = RECEIPTS[policy.payment_frequency]
        issued = latest.get(policy.policy)
        due = policy.effective_on.date() if issued is None else add_months(issued.date(), 12 // count)
        if due <= ctx.today and policy.expires_on.date() <= ctx.today:
            waiting += 1
            continue
        while due <= end:
            if due > ctx.today and (pd.isna(policy.ended_on) or due < policy.ended_on.date()):
                rows.append((pd.Timestamp(due), policy.total_premium / count))
            due = add_months(due, 12 // count)
    return pd.DataFrame(rows, columns=["due_on", "total"]).astype({"due_on": "datetime64[ns]", "total": float}), waiting


def _kept(ctx: Context, months: int) -> tuple[float, float | None]:
    """The share of policies kept in a year, and the same in per cent if it could be estimated."""
    import pandas as pd

    try:
        stay = staying(annuities(ctx), pd.Timestamp(ctx.today), max(months // 12, 1))
    except TooFewDepartures:
        return 1.0, None
    return stay.kept["best"], stay.retained("best")


def _collected(own: "pd.DataFrame", today: date) -> "pd.Series":
    """What was collected in each whole month before this one, from the first with a payment."""
    import pandas as pd

    paid = own.dropna(subset="paid_on")
    paid = paid[paid["paid_on"] < pd.Timestamp(today.replace(day=1))]
    by_month = paid.groupby(paid["paid_on"].dt.to_period("M"))["total"].sum()
    if by_month.empty:
        return by_month
    return by_month.reindex(
        pd.period_range(by_month.index.min(), pd.Period(add_months(today, -1), "M"), freq="M"), fill_value=0.0
    )


def _series(own: "pd.DataFrame", today: date, months: int) -> AutoSmoothing | None:
    """Exponential smoothing of the months' collections, this month first; None if it cannot be fitted."""
    past = _collected(own, today)
    if len(past) < LEAST_MONTHS:
        return None
    given = {"y": past.tolist(), "horizon": months + 1, "levels": (LEVEL,)}
    try:
        found = NERVE.compute(operations()["time_series_auto_ets"], given)
    except EngineRefused:
        return None
    assert isinstance(found, AutoSmoothing)
    return found


def _beside(series: AutoSmoothing | None, by_series: float | None, mean: float, seen: int, locale: Locale) -> list[str]:
    """What the series says of the same months, and whether the two ways agree."""
    if series is None or by_series is None:
        return [translate(NO_SERIES, locale, n=seen, need=LEAST_MONTHS)]
    said = translate(
        SERIES, locale, model=series.model, n=seen, expected=format_money(cents(by_series), locale)
    )  # fmt: skip
    apart = abs(by_series - mean) > APART * max(mean, 1.0)
    return [said, *([translate(DIFFER, locale)] if apart else [])]


def _short_past(ctx: Context, receipts: "pd.DataFrame") -> bool:
    """Whether most policies that began before their present annuity have no receipt of the time before it."""
    policies = policy_rows(ctx)
    old = policies[policies["started_on"] < policies["effective_on"]]
    if old.empty:
        return False
    first = receipts.groupby("policy")["due_on"].min().rename("first_due").reset_index()
    both = old.merge(first, on="policy")
    return bool((both["first_due"] >= both["effective_on"]).mean() > 0.5)


def _chart(past: "pd.Series", rows: tuple[MonthExpected, ...]) -> Chart:
    whole = [row for row in rows if row.whole]
    months = tuple(row.month for row in whole)
    return Chart(
        kind="line",
        title=N_("Cobros por mes y previsión"),
        x_label=N_("Mes"),
        unit="EUR",
        series=(
            Series(
                name=N_("Cobrado"),
                x=tuple(f"{period:%m/%Y}" for period in past.index[-18:]),
                y=tuple(float(v) for v in past.to_numpy()[-18:]),
            ),
            Series(
                name=N_("Previsto"), x=months, y=tuple(float(row.expected) for row in whole),
                low=tuple(float(row.low) for row in whole), high=tuple(float(row.high) for row in whole),
            ),
            Series(
                name=N_("Serie temporal"), x=months,
                y=tuple(None if row.series is None else float(row.series) for row in whole),
            ),
        ),
    )  # fmt: skip
