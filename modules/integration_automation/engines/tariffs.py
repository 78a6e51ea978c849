"""Tariffs from the book (*tarificación con la cartera propia*): how often and how dearly its risks claim, by factor.

The factors are the plain fields of the line's own risk, as its policies insured them. A book this side
of some thousand policies gives directions, not a tariff: every answer says how wide the error is.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import exp
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines import operations
from engines.charts import Chart
from engines.insurance.premium_pricing.models import TariffGlm
from engines.insurance.premium_pricing.ratemaking import RateChange
from engines.insurance.rating import FittedGlm
from engines.insurance.risk_classification.additive import EbmModel
from engines.insurance.risk_classification.frequency import FrequencyGlm
from engines.insurance.risk_classification.ranking import Lift
from modules.insurance.kernel.lines import line_label, line_of
from modules.insurance.kernel.tools import LineCode
from modules.integration_automation.engines.line_results import (
    cautions,
    experience,
    nothing_earned,
    per_cent,
)
from modules.integration_automation.engines.risk_factors import Portfolio, portfolio
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import EngineRefused
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

CLAIMS_A_COEFFICIENT: Final = 5
FOLDS: Final = 5
LIFT_BANDS: Final = 5
FIRM: Final = 1_000  # claims from which nothing is said of a small book
Share = Annotated[Decimal, Field(ge=0, lt=100, max_digits=7, decimal_places=4)]
Family = Literal["poisson", "tweedie"]

FREQUENCY_TOLD: Final = N_(
    "Con {policies} pólizas de {line} ({exposure} años de exposición) y {claims} siniestros con coste, la frecuencia"
    " es de {rate} siniestros por póliza y año. {firm} de {levels} relatividades ({factors}) se"
    " distinguen del nivel base al 95 %."
)
TARIFF_TOLD: Final = N_(
    "Con {policies} pólizas de {line} ({exposure} años de exposición) y {claims} siniestros con coste, la prima pura"
    " del riesgo base es de {rate} al año. {firm} de {levels} relatividades ({factors}) se"
    " distinguen del nivel base al 95 %."
)
TOO_SMALL: Final = N_("Son muy pocos siniestros para una tarifa: oriéntese con ella, no la aplique.")
SMALL: Final = N_(
    "Son {claims} siniestros: no bastan para una tarifa. Las relatividades orientan dónde mirar; contraste cualquier"
    " decisión con la tarifa de la aseguradora y datos del mercado."
)
CHOSEN: Final = N_(
    "Los factores se han elegido con los mismos datos (importancia en un modelo aditivo explicable): los errores"
    " estándar quedan cortos y la validación, optimista."
)
NOT_ORDERED: Final = N_(
    "En validación cruzada de {folds} partes el modelo no ordena los riesgos mejor que el azar (Gini {gini})."
)
ORDERED: Final = N_("Validación cruzada de {folds} partes: Gini {gini} sobre riesgos no vistos.")
NOT_VALIDATED: Final = N_("No hay siniestros bastantes en cada parte para la validación cruzada.")
OUTSIDE: Final = N_("La historia empieza el {on}: antes no consta qué riesgo se aseguraba.")
RATE_TOLD: Final = N_(
    "La variación indicada de la tarifa de {line} es del {blended} con credibilidad ({own} con la siniestralidad"
    " propia del {ratio}, credibilidad {credibility}); la siniestralidad admisible con esos gastos y beneficio es"
    " del {permissible}."
)


class LevelRow(Result):
    """One level of a factor; relativity 1 is the base level. `firm` if 1 lies outside the 95 % bounds."""

    factor: str
    factor_title: str
    level: str
    risks: int
    exposure: float
    response: float
    relativity: float
    standard_error: float | None
    low: float | None
    high: float | None
    firm: bool


class Importance(Result):
    """How much a factor moves the additive model, mean absolute effect on the logarithm of the rate."""

    factor: str
    importance: float


class PortfolioModel(Result):
    """A model of the line's claims by factor; years of exposure, EUR. `base_rate` is that of the base levels."""

    line: str
    line_title: str
    model: Literal["frequency", "tariff"]
    from_on: date
    to_on: date
    policies: int
    exposure: float
    claims: int
    cost: Decimal
    rate: float
    base_rate: float
    factors: tuple[str, ...]
    levels: tuple[LevelRow, ...]
    importances: tuple[Importance, ...]
    cross_validated_gini: float | None
    dispersion: float
    firm_levels: int
    compared_levels: int
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """What the model stands on, its level, and how much of it is firm."""
        dearly = self.model == "tariff"
        rate = format_money(cents(self.base_rate), locale) if dearly else spoken(round(self.rate, 3), locale)
        said = translate(
            TARIFF_TOLD if dearly else FREQUENCY_TOLD, locale, policies=self.policies, line=self.line_title,
            exposure=spoken(self.exposure, locale), claims=self.claims, rate=rate, firm=self.firm_levels,
            levels=self.compared_levels, factors=", ".join(dict.fromkeys(row.factor_title for row in self.levels)),
        )  # fmt: skip
        return f"{said} {translate(TOO_SMALL, locale)}" if self.claims < FIRM else said


class RateIndication(Result):
    """By how much a line's rates must move, from its own loss ratio and from the credible one; shares of 1."""

    line: str
    line_title: str
    from_on: date
    to_on: date
    loss_ratio: float
    credibility: float
    blended_loss_ratio: float
    loss_adjustment_ratio: float
    permissible_loss_ratio: float
    own_change: float
    blended_change: float
    cautions: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """The indicated change and what it stands on."""
        return translate(
            RATE_TOLD, locale, line=self.line_title, blended=signed(self.blended_change, locale),
            own=signed(self.own_change, locale), ratio=per_cent(self.loss_ratio, locale),
            credibility=per_cent(self.credibility, locale), permissible=per_cent(self.permissible_loss_ratio, locale),
        )  # fmt: skip


FactorNames = Annotated[
    list[Annotated[str, Field(max_length=60)]] | None,
    Field(max_length=10, description="Fields of the line's risk; chosen by importance if left out"),
]


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Frecuencia de siniestros de un ramo por factor de riesgo"),
    engine="risk_classification",
    examples=(
        "Ajusta la frecuencia de siniestros de autos con nuestra cartera",
        "¿Qué factores de riesgo explican la frecuencia de siniestros de hogar en nuestras pólizas?",
        "Modelo de frecuencia del ramo de autos con nuestras pólizas",
        "Frecuencia de siniestros de hogar por factores de riesgo",
        "Fit the claim frequency of our motor policies by risk factor",
    ),
)
def fit_frequency(ctx: Context, line: LineCode, factors: FactorNames = None) -> PortfolioModel:
    """Model how often the line's policies claim, by the traits of the risk they insured, over five years.

    A Poisson model with the days in force as exposure; an explainable additive model says which factors
    matter; five-fold cross-validation says whether any of it holds on risks not seen. Sex and health are never
    among the factors.

    Source: Ohlsson & Johansson, Non-Life Insurance Pricing with GLMs (2010); Lou, Caruana & Gehrke, KDD 2012.
    """
    held = portfolio(ctx, line)
    return _fitted(ctx, held, factors, "poisson")


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ajustar una tarifa con la cartera"),
    engine="premium_pricing",
    examples=(
        "Ajusta una tarifa de autos con nuestra cartera",
        "Calcula la prima pura de hogar por factores con la experiencia de nuestra cartera",
        "¿Qué relatividades de tarifa salen de nuestras pólizas de autos?",
        "Fit a tariff on our motor exposure",
    ),
)
def fit_portfolio_tariff(ctx: Context, line: LineCode, factors: FactorNames = None) -> PortfolioModel:
    """Fit a multiplicative tariff (pure premium) to what the line's policies insured and cost over five years.

    A Tweedie model (power 1.5) of claim cost by year of exposure. It is what the book's own experience says,
    without expenses, taxes or market; sex and health are never among the factors.

    Source: Jørgensen & de Souza, Scandinavian Actuarial Journal 1994; Lou, Caruana & Gehrke, KDD 2012.
    """
    held = portfolio(ctx, line)
    return _fitted(ctx, held, factors, "tweedie")


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Variación indicada de la tarifa de un ramo"),
    engine="loss_ratio",
    examples=(
        "¿Cuánto habría que subir la tarifa de hogar con gastos fijos del 5 %, variables del 20 % y beneficio del 4 %?",
        "Variación indicada de tarifa de autos con gastos fijos del 6 %, variables del 18 % y beneficio del 5 %",
        "Indicated rate change of motor with fixed expenses 5 %, variable expenses 20 % and profit 4 %",
    ),
)
def indicate_rate(
    ctx: Context,
    line: LineCode,
    fixed_expense_pct: Annotated[
        Share,
        Field(description="Expenses that do not depend on premium, % of premium"),
        Slot(
            ask=N_("¿Qué gastos fijos, en % de la prima?"), cues=("gastos fijos", "fijos", "fixed expenses", "fixed"),
            units=("%", "por ciento", "percent"),
        ),
    ],
    variable_expense_pct: Annotated[
        Share,
        Field(description="Commission and other expenses that are a share of premium, %"),
        Slot(
            ask=N_("¿Qué gastos variables (comisión incluida), en % de la prima?"),
            cues=("gastos variables", "variables", "comisión", "variable expenses", "variable"),
            units=("%", "por ciento", "percent"),
        ),
    ],
    profit_pct: Annotated[
        Share,
        Field(description="Technical profit to be left, % of premium"),
        Slot(ask=N_("¿Qué beneficio técnico, en % de la prima?"), cues=("beneficio", "profit", "margen"),
             units=("%", "por ciento", "percent")),
    ],
    loss_adjustment_pct: Annotated[
        Share,
        Field(description="Claim handling expenses, % of claims"),
        Slot(cues=("gastos de tramitación", "tramitación", "claim handling"), units=("%", "por ciento", "percent")),
    ] = Decimal(0),
) -> RateIndication:  # fmt: skip
    """By how much a line's rates must change for its loss ratio to leave the stated expenses and profit.

    The loss ratio is that of the last twelve whole months, not developed nor trended; beside the line's own
    stands the one that leans on the whole book as far as the line's claims are too few.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 8 (loss ratio method) and ch. 12.
    """
    locale = ctx.actor.locale
    seen = experience(ctx, None, None)
    own = next((row for row in seen.ratios.segments if row.segment["line"] == line), None)
    if own is None or own.loss_ratio is None:
        raise nothing_earned(seen.window, line_label(line, locale))
    handling = 1 + float(loss_adjustment_pct) / 100

    def change(ratio: float) -> RateChange:
        found = NERVE.compute(
            operations()["premium_pricing_indicated_rate_change"],
            {
                "loss_lae_ratio": ratio * handling, "fixed_expense_ratio": float(fixed_expense_pct) / 100,
                "variable_expense": float(variable_expense_pct) / 100, "profit": float(profit_pct) / 100,
            },
        )  # fmt: skip
        assert isinstance(found, RateChange)
        return found

    by_own, by_blend = change(own.loss_ratio), change(own.blended)
    return RateIndication(
        line=line, line_title=line_label(line, locale), from_on=seen.window.from_on, to_on=seen.window.to_on,
        loss_ratio=round(own.loss_ratio, 6), credibility=round(own.credibility, 6),
        blended_loss_ratio=round(own.blended, 6), loss_adjustment_ratio=float(loss_adjustment_pct) / 100,
        permissible_loss_ratio=round(by_own.permissible_loss_ratio, 6), own_change=round(by_own.change, 6),
        blended_change=round(by_blend.change, 6), cautions=cautions(ctx, seen),
    )  # fmt: skip


def signed(change: float, locale: Locale) -> str:
    """A change as people read it: «+4,2 %»."""
    return ("+" if change > 0 else "") + per_cent(change, locale)


def spoken(value: float, locale: Locale) -> str:
    """A number with its decimal mark."""
    return f"{value:g}".replace(".", ",") if locale == "es" else f"{value:g}"


def _fitted(ctx: Context, held: Portfolio, asked: Sequence[str] | None, family: Family) -> PortfolioModel:
    locale = ctx.actor.locale
    wrong = [name for name in asked or () if name not in held.candidates]
    if wrong:
        raise BadArguments(
            N_("«{name}» no es un dato del riesgo con niveles suficientes; los hay: {names}."),
            field="factors", name=wrong[0], names=", ".join(held.candidates),
        )  # fmt: skip
    rows = held.rows
    ebm = NERVE.compute(
        operations()["risk_classification_ebm_model"],
        {"data": rows[[*held.candidates, "claims", "exposure"]], "y": "claims", "features": held.candidates,
         "exposure": "exposure", "rounds": 300},
    )  # fmt: skip
    assert isinstance(ebm, EbmModel)
    ranked = [shape.feature for shape in ebm.shapes]
    factors = _fitting(held, tuple(asked) if asked else _budget(held, ranked), family)
    fit, gini = _glm(held.rows, factors, family), _validated(held, factors, family)
    titles = _titles(held.line, locale)
    levels = _levels(fit, titles, locale)
    compared = [row for row in levels if row.standard_error is not None]
    said = [translate(SMALL, locale, claims=held.claims)] if held.claims < FIRM else []
    if not asked:
        said.append(translate(CHOSEN, locale))
    said.append(_validation(gini, locale))
    said.append(translate(OUTSIDE, locale, on=f"{rows['from_on'].min():%d/%m/%Y}"))
    said += [caution_text(caution, locale) for caution in fit.warnings]
    response = "cost" if family == "tweedie" else "claims"
    return PortfolioModel(
        line=held.line, line_title=line_label(held.line, locale), from_on=rows["from_on"].min(),
        to_on=held.window.to_on,
        model="tariff" if family == "tweedie" else "frequency",
        policies=int(rows["policy"].nunique()), exposure=round(float(rows["exposure"].sum()), 1), claims=held.claims,
        cost=cents(float(rows["cost"].sum())), rate=round(float(rows[response].sum() / rows["exposure"].sum()), 6),
        base_rate=round(_base(fit), 6), factors=factors, levels=levels,
        importances=tuple(Importance(factor=s.feature, importance=round(s.importance, 6)) for s in ebm.shapes),
        cross_validated_gini=gini, dispersion=round(fit.dispersion, 4),
        firm_levels=sum(row.firm for row in compared), compared_levels=len(compared),
        cautions=tuple(dict.fromkeys(said)),
        charts=tuple(said_chart(_titled(chart, titles, locale), locale) for chart in fit.charts),
    )  # fmt: skip


def _budget(held: Portfolio, ranked: Sequence[str]) -> tuple[str, ...]:
    """The most telling factors that the number of claims allows, five a coefficient; one at least."""
    chosen: list[str] = []
    left = held.claims // CLAIMS_A_COEFFICIENT - 1
    for name in ranked:
        needed = held.rows[name].nunique() - 1
        if needed <= left or not chosen:
            chosen.append(name)
            left -= needed
    return tuple(chosen)


def _fitting(held: Portfolio, factors: tuple[str, ...], family: Family) -> tuple[str, ...]:
    """`factors` without the last ones that repeat those before them, as one field may another."""
    for many in range(len(factors), 1, -1):
        try:
            _glm(held.rows, factors[:many], family)
        except EngineRefused:
            continue
        return factors[:many]
    return factors[:1]


def _glm(rows: "pd.DataFrame", factors: tuple[str, ...], family: Family) -> FittedGlm:
    """The model of `factors`, from the engine that bears the tool's name."""
    response = "cost" if family == "tweedie" else "claims"
    data = rows[[*factors, response, "exposure"]]
    given: dict[str, Any] = {"data": data, "y": response, "factors": factors, "exposure": "exposure", "base": "largest"}
    name = "premium_pricing_tariff_glm" if family == "tweedie" else "risk_classification_frequency_glm"
    found = NERVE.compute(operations()[name], given)
    assert isinstance(found, TariffGlm | FrequencyGlm)
    return found


def _base(fit: FittedGlm) -> float:
    """The rate of a risk at the base levels."""
    return fit.base_premium if isinstance(fit, TariffGlm) else exp(fit.params["const"])


def _levels(fit: FittedGlm, titles: Mapping[str, str], locale: Locale) -> tuple[LevelRow, ...]:
    return tuple(
        LevelRow(
            factor=factor.name, factor_title=titles[factor.name],
            level=translate(level.level, locale), risks=level.rows, exposure=round(level.exposure, 3),
            response=round(level.response, 2), relativity=round(level.relativity or 1.0, 4),
            standard_error=None if level.se is None else round(level.se, 4),
            low=None if level.low is None else round(level.low, 4),
            high=None if level.high is None else round(level.high, 4),
            firm=level.low is not None and level.high is not None and not level.low <= 1 <= level.high,
        )
        for factor in fit.factors
        for level in factor.levels
    )  # fmt: skip


def _titles(line: str, locale: Locale) -> dict[str, str]:
    """What people call the fields of the line's risk."""
    fields = line_of(line).risk.model_fields
    return {name: translate(field.description or name, locale) for name, field in fields.items()}


def _titled(chart: Chart, titles: Mapping[str, str], locale: Locale) -> Chart:
    series = tuple(
        s.model_copy(
            update={"name": titles.get(s.name, s.name), "x": tuple(translate(str(level), locale) for level in s.x)}
        )
        for s in chart.series
    )
    return chart.model_copy(update={"series": series, "x_label": titles.get(chart.x_label, chart.x_label)})


def _validated(held: Portfolio, factors: tuple[str, ...], family: Family) -> float | None:
    """The Gini index of rates for policies that the model had not seen; None where a part lacks claims.

    All times of one policy stay in one part; policies with claims are dealt evenly.
    """
    import pandas as pd

    rows = held.rows
    response = "cost" if family == "tweedie" else "claims"
    by_policy = rows.groupby("policy")["claims"].sum().sort_index().sort_values(ascending=False, kind="stable")
    fold = rows["policy"].map(dict(zip(by_policy.index, (i % FOLDS for i in range(len(by_policy))), strict=True)))
    scores = pd.Series(0.0, index=rows.index)
    for part in range(FOLDS):
        try:
            fit = _glm(rows[fold != part], factors, family)
        except EngineRefused:
            return None
        rate = pd.Series(_base(fit), index=rows.index[fold == part])
        for factor in fit.factors:
            by_level: Mapping[str, float] = {level.level: level.relativity or 1.0 for level in factor.levels}
            rate *= rows.loc[rate.index, factor.name].map(lambda said, known=by_level: known.get(str(said), 1.0))
        scores[rate.index] = rate
    try:
        found = NERVE.compute(
            operations()["risk_classification_lift"],
            {"y": rows[response].to_numpy(), "score": scores.to_numpy(), "exposure": rows["exposure"].to_numpy(),
             "bands": LIFT_BANDS},
        )  # fmt: skip
    except EngineRefused:
        return None
    assert isinstance(found, Lift)
    return round(found.gini, 4)


def _validation(gini: float | None, locale: Locale) -> str:
    if gini is None:
        return translate(NOT_VALIDATED, locale)
    return translate(ORDERED if gini > 0 else NOT_ORDERED, locale, folds=FOLDS, gini=spoken(gini, locale))
