"""Default and capital (*impago y capital*): Merton's firm, the bank's IRB formula, Altman's discriminant."""

import math
from datetime import date
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from engines.arrays import vector
from engines.contract import Caution, Computed, NonNegative, Part, Positive, Real, Share, Vector, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.financial.tables import Dated, in_force

AssetClass: TypeAlias = Literal[
    "corporate", "sme_corporate", "sovereign", "institution", "retail_mortgage", "retail_revolving", "retail_other"
]
Variant: TypeAlias = Literal["z", "z'", "z''"]
OPEN: Final = N_("cada PD debe ser mayor que 0 y menor que 1: lo que ya ha impagado no lleva esta fórmula")
SIZED: Final = ("corporate", "sme_corporate", "sovereign", "institution")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class CorrelationCurve(_Row):
    """Correlation from `high` at a PD of nought down to `low`, at the pace e^{-decay PD}."""

    low: float
    high: float
    decay: float


class IrbConstants(Dated):
    """The constants of the internal-ratings formula."""

    file: ClassVar[str] = "irb_capital"
    confidence: float
    wholesale: CorrelationCurve
    retail_other: CorrelationCurve
    retail_mortgage: float
    retail_revolving: float
    large_financial_factor: float
    sme_discount: float
    sme_turnover_low: float
    sme_turnover_high: float
    maturity_intercept: float
    maturity_slope: float
    least_pd: float
    least_pd_revolving: float
    scaling_factor: float
    own_funds_ratio: float


class Discriminant(_Row):
    """One of Altman's functions: a constant, a weight a ratio, and the ends of its grey zone."""

    source: str
    constant: float
    weights: dict[str, float]
    distress_below: float
    safe_above: float


class AltmanFunctions(Dated):
    """Altman's discriminant functions by variant."""

    file: ClassVar[str] = "altman_z"
    variants: dict[str, Discriminant]


class Ratios(Part):
    """Balance-sheet ratios, decimals; `sales_to_assets` is not in z''.

    `equity_to_liabilities` takes equity at market value for z, at book value for z' and z''.
    """

    model_config = ConfigDict(extra="forbid")

    working_capital_to_assets: Real
    retained_earnings_to_assets: Real
    ebit_to_assets: Real
    equity_to_liabilities: Real
    sales_to_assets: Real | None = None


class IrbCapital(Computed):
    """Capital `k` and `expected_loss` per unit of exposure, and the risk weight of each PD."""

    correlation: tuple[float, ...]
    k: tuple[float, ...]
    risk_weight_pct: tuple[float, ...]
    expected_loss: tuple[float, ...]
    rules_since: date
    source: str


class MertonFirm(Computed):
    """The firm behind its equity; `pd` at the drift, `distance_to_default` in standard deviations."""

    asset_value: float
    asset_vol: float
    distance_to_default: float
    pd: float
    debt_value: float
    credit_spread: float


class AltmanScore(Computed):
    """The discriminant, and where it falls."""

    z: float
    zone: Literal["distress", "grey", "safe"]
    distress_below: float
    safe_above: float


@operation(
    "Capital IRB por riesgo de crédito",
    examples=(
        "Calcula la ponderación de riesgo IRB de Basilea de una exposición a empresas con PD 1 % y LGD 45 %",
        "Basel IRB capital requirement and risk weight from PD, LGD and maturity",
    ),
)
def irb_capital(
    pd: Vector, lgd: Share, maturity: Annotated[float, Field(allow_inf_nan=False, ge=1, le=5)],
    class_: Annotated[AssetClass, Field(alias="class")],
    scaling_factor: Annotated[float, Field(allow_inf_nan=False, gt=0, le=10)],
    turnover_millions: NonNegative | None = None, large_financial: bool = False, apply_floor: bool = False,
    on: date | None = None,
) -> IrbCapital:  # fmt: skip
    """Capital for unexpected credit loss by the internal-ratings formula.

    Args:
        pd: (n,) probabilities of default within a year, decimals between 0 and 1, both excluded; 0 may be raised
            to the floor.
        lgd: share of the exposure lost on default.
        maturity: effective maturity in years, 1 to 5; not used for retail.
        class_: class of the exposures.
        scaling_factor: multiplies the risk weight (1.06 in the original CRR, 1 since 2025).
        turnover_millions: yearly sales in million euros, for `sme_corporate` (5 to 50; outside, the nearest end).
        large_financial: whether wholesale debtors are large or unregulated financial entities.
        apply_floor: whether to raise each PD to the legal floor of that day; there is none for `sovereign`.
        on: the day whose rules are taken; None for the latest on file.

    Raises:
        InvalidInput: a PD outside 0..1, an SME without turnover, or a day before the rules on file.

    Source: Basel Committee, International Convergence of Capital Measurement (June 2006), paragraphs
    271-273 and 328-330; Regulation (EU) 575/2013 (CRR), articles 153-154, 160 and 163; Gordy, Journal of
    Financial Intermediation 12 (2003).
    """
    import numpy as np
    from scipy.stats import norm

    rules = in_force(IrbConstants, on)
    given = vector(pd, "pd")
    floor = _floor(rules, class_)
    p = np.maximum(given, floor) if apply_floor else given
    if given.min() < 0 or p.min() < 1e-12 or p.max() > 1 - 1e-12:
        raise InvalidInput("pd", OPEN)
    wholesale = class_ in SIZED
    if class_ == "retail_mortgage":
        r = np.full(p.size, rules.retail_mortgage)
    elif class_ == "retail_revolving":
        r = np.full(p.size, rules.retail_revolving)
    else:
        curve = rules.wholesale if wholesale else rules.retail_other
        weight = np.expm1(-curve.decay * p) / np.expm1(-curve.decay)
        r = curve.low * weight + curve.high * (1 - weight)
    if class_ == "sme_corporate":
        if turnover_millions is None:
            raise InvalidInput("turnover_millions", N_("hace falta la cifra de negocios de la pyme"))
        low, high = rules.sme_turnover_low, rules.sme_turnover_high
        sales = min(max(turnover_millions, low), high)
        r = r - rules.sme_discount * (1 - (sales - low) / (high - low))
    if large_financial and wholesale:
        r = r * rules.large_financial_factor
    k = lgd * (norm.cdf((norm.ppf(p) + np.sqrt(r) * norm.ppf(rules.confidence)) / np.sqrt(1 - r)) - p)
    if wholesale:
        b = (rules.maturity_intercept - rules.maturity_slope * np.log(p)) ** 2
        if (b >= 1 / 1.5).any():
            raise InvalidInput("pd", N_("es demasiado pequeña para el ajuste por vencimiento"))
        k = k * (1 + (maturity - 2.5) * b) / (1 - 1.5 * b)
    said = []
    if not apply_floor and (given < floor).any():
        text = N_("Hay PD por debajo del suelo legal del {floor} % y no se ha aplicado.")
        said.append(Caution(text=text, values={"floor": round(100 * floor, 4)}))
    if not math.isclose(scaling_factor, rules.scaling_factor):
        text = N_("La norma elegida usa un factor de escala de {factor}.")
        said.append(Caution(text=text, values={"factor": rules.scaling_factor}))
    return IrbCapital(
        method=class_,
        library="scipy",
        n=int(p.size),
        correlation=tuple(r.tolist()),
        k=tuple((scaling_factor * k).tolist()),
        risk_weight_pct=tuple((100 * scaling_factor * k / rules.own_funds_ratio).tolist()),
        expected_loss=tuple((p * lgd).tolist()),
        rules_since=rules.since,
        source=rules.source,
        warnings=tuple(said),
    )


def _floor(rules: IrbConstants, class_: AssetClass) -> float:
    """The least PD that the law admits; it sets none for central governments and central banks."""
    if class_ == "sovereign":
        return 0.0
    return rules.least_pd_revolving if class_ == "retail_revolving" else rules.least_pd


@operation(
    "Probabilidad de impago por el modelo de Merton",
    examples=(
        "¿Qué probabilidad de impago tiene esta empresa según Merton, con capital 3, volatilidad 80 % y deuda 10?",
        "Merton structural model: default probability, asset value and volatility from equity",
    ),
)
def merton_pd(
    equity: Positive, equity_vol: Annotated[float, Field(allow_inf_nan=False, gt=0, le=10)], debt: Positive,
    rate: Annotated[float, Field(allow_inf_nan=False, ge=-1, le=1)],
    T: Annotated[float, Field(allow_inf_nan=False, gt=0, le=100)],
    drift: Annotated[float, Field(allow_inf_nan=False, ge=-1, le=1)] | None = None,
) -> MertonFirm:  # fmt: skip
    """Find the value and volatility of a firm's assets from its equity, and the probability that they miss its debt.

    Args:
        equity: market value of the equity, currency.
        equity_vol: its volatility a year, decimal.
        debt: what is owed at T, currency.
        rate: risk-free rate a year, continuous, decimal.
        T: years to the debt.
        drift: growth of the assets a year for the real probability; None for the risk-neutral one (the rate).

    Raises:
        NotConverged: no asset value and volatility explain the equity.

    Source: Merton, Journal of Finance 29 (1974); Hull, chapter "Credit Risk", section on equity prices.
    """
    import numpy as np
    from scipy.optimize import root
    from scipy.special import log_ndtr, ndtr

    owed = debt * math.exp(-rate * T)
    leverage = owed / equity
    if not 1e-9 < leverage < 1e9:
        raise InvalidInput("debt", N_("es de una escala demasiado distinta de la del capital"))

    def misses(x: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[float]:
        value, vol = (math.exp(min(max(at, -200.0), 200.0)) for at in x)
        d1 = (math.log(value / leverage) + vol**2 * T / 2) / (vol * math.sqrt(T))
        d2 = d1 - vol * math.sqrt(T)
        return [
            (value * float(ndtr(d1)) - leverage * float(ndtr(d2)) - 1) / (1 + leverage),
            float(log_ndtr(d1)) + x[0] + x[1] - math.log(equity_vol),
        ]

    start = [math.log(1 + leverage), math.log(equity_vol / (1 + leverage))]
    found = root(misses, start, tol=1e-13)
    if np.abs(misses(found.x)).max() > 1e-8:
        raise NotConverged("equity_vol", N_("ningún activo explica ese capital con esa volatilidad y esa deuda"))
    value, vol = math.exp(found.x[0]), math.exp(found.x[1])
    growth = rate if drift is None else drift
    distance = (math.log(value / leverage) + (growth - rate - vol**2 / 2) * T) / (vol * math.sqrt(T))
    debt_value = equity * (value - 1)
    caution = Caution(text=N_("La probabilidad es neutral al riesgo; la real suele ser menor."))
    return MertonFirm(
        method="risk-neutral" if drift is None else "real",
        library="scipy",
        asset_value=equity * value,
        asset_vol=vol,
        distance_to_default=distance,
        pd=float(ndtr(-distance)),
        debt_value=debt_value,
        credit_spread=max(-math.log(debt_value / debt) / T - rate, 0.0) if debt_value > 0 else 0.0,
        warnings=(caution,) if drift is None else (),
    )


@operation(
    "Puntuación Z de Altman",
    examples=(
        "Calcula la Z de Altman de esta empresa a partir de sus ratios de balance",
        "Altman Z-score and bankruptcy zone from balance sheet ratios",
    ),
)
def altman_z(ratios: Ratios, variant: Variant) -> AltmanScore:
    """Altman's discriminant of failing firms.

    Args:
        ratios: from the balance sheet, decimals.
        variant: `z` (listed manufacturers, 1968), `z'` (unlisted manufacturers, 1983), `z''` (others, 1995).

    Raises:
        InvalidInput: sales missing where the variant uses them.

    Source: Altman, Journal of Finance 23 (1968); Altman, Corporate Financial Distress (1983); Altman,
    Hartzell & Peck (1995).
    """
    function = in_force(AltmanFunctions, None).variants[variant]
    values = ratios.model_dump()
    if any(values[name] is None for name in function.weights):
        raise InvalidInput("ratios.sales_to_assets", N_("hace falta en esta variante"))
    z = function.constant + math.fsum(weight * values[name] for name, weight in function.weights.items())
    return AltmanScore(
        method=variant,
        z=z,
        zone="distress" if z < function.distress_below else "safe" if z > function.safe_above else "grey",
        distress_below=function.distress_below,
        safe_above=function.safe_above,
        warnings=(
            Caution(text=N_("Estimada con empresas industriales de EE. UU.; no sirve para bancos ni aseguradoras.")),
        ),
    )
