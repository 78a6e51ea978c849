"""Markets: how concentrated they are, what price they settle at, and which price pays best."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Positive, Real, Vector, operation
from engines.errors import N_, InvalidInput

FRACTIONS: Final = N_("Las cuotas suman {total} %: si son partes de uno, multiplíquelas por cien antes.")
PARTIAL: Final = N_("Las cuotas suman {total} %: el índice ignora al resto del mercado.")


class Concentration(Computed):
    """How concentrated a market is: Herfindahl-Hirschman index (0 to 10,000) and share of the k largest.

    `delta` is what the merger of `merging` adds, `hhi_after` the index after it; None without a merger.
    """

    hhi: float
    cr: float
    k: int
    effective_firms: float
    level: Literal["unconcentrated", "moderate", "high"]
    delta: float | None
    hhi_after: float | None
    presumed_harmful: bool | None


@operation(
    "Concentración del mercado (HHI)",
    examples=(
        "Índice de Herfindahl del mercado con estas cuotas y qué cambia si se fusionan dos aseguradoras",
        "HHI and CR4 of these market shares and the delta of a merger",
    ),
)
def concentration(
    shares_pct: Vector,
    k: Annotated[int, Field(ge=1, le=100)] = 4,
    merging: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=100)] = [],  # noqa: B006  only read
) -> Concentration:
    """Measure how concentrated a market is, and what a merger would do.

    Args:
        shares_pct: (n,) market shares in per cent, adding up to at most 100.
        k: how many of the largest to add up.
        merging: positions (from 0) in `shares_pct` of the firms that merge, at least two if any.

    Raises:
        InvalidInput: shares negative or adding up to more than 100, or unknown firms.
        InsufficientData: no share.

    Source: US Department of Justice and FTC, Merger Guidelines (2023), guideline 1: over 1,800 highly
    concentrated; a merger is presumed harmful where it adds more than 100 and leaves over 1,800 or a firm
    over 30 %. From 1,000 moderately concentrated: 1992 guidelines, section 1.5. Hirschman (1945).
    """
    import numpy as np

    shares = vector(shares_pct, "shares_pct", low=0.0, high=100.0)
    total = float(shares.sum())
    if total > 100 + 1e-6 or total <= 0:
        raise InvalidInput("shares_pct", N_("debe sumar más de 0 y como mucho 100"))
    if merging and (len(set(merging)) != len(merging) or len(merging) < 2 or max(merging) >= shares.size):
        raise InvalidInput("merging", N_("debe nombrar al menos dos posiciones distintas de la lista de cuotas"))
    hhi = float(shares @ shares)
    joined = shares[list(merging)] if merging else None
    delta = None if joined is None else float(joined.sum() ** 2 - joined @ joined)
    after = None if delta is None else hhi + delta
    presumed = None
    if delta is not None and after is not None and joined is not None:
        presumed = bool(delta > 100 and (after > 1800 or joined.sum() > 30))
    largest = np.sort(shares)[::-1]
    lacking = FRACTIONS if total <= 1 + 1e-6 else PARTIAL
    return Concentration(
        method="squares of percentage shares",
        n=shares.size,
        warnings=(Caution(text=lacking, values={"total": round(total, 2)}),) if total < 99.5 else (),
        charts=(
            Chart(
                kind="bar",
                title=N_("Cuotas de mercado"),
                unit="%",
                series=(
                    Series(
                        name=N_("Cuota"),
                        x=tuple(float(i + 1) for i in range(min(shares.size, 50))),
                        y=tuple(float(v) for v in largest[:50]),
                    ),
                ),
            ),
        ),
        hhi=hhi,
        cr=float(largest[:k].sum()),
        k=k,
        effective_firms=1e4 / hhi,
        level="high" if hhi > 1800 else "moderate" if hhi > 1000 else "unconcentrated",
        delta=delta,
        hhi_after=after,
        presumed_harmful=presumed,
    )


class LinearDemand(BaseModel):
    """Inverse demand: price = a - b * quantity."""

    model_config = ConfigDict(extra="forbid")

    a: Positive
    b: Positive


class Oligopoly(Computed):
    """The equilibrium of a market: quantities in units, price in the unit of `a`, profits and welfare in their product.

    `q_firm` and `profit_firm` are each firm's; with a Stackelberg leader, each follower's.
    """

    q_firm: float
    price: float
    profit_firm: float
    q_leader: float | None
    profit_leader: float | None
    q_total: float
    consumer_surplus: float
    deadweight_loss: float
    lerner: float


@operation(
    "Equilibrio de oligopolio",
    examples=(
        "Equilibrio de Cournot con dos aseguradoras, demanda lineal y coste marginal 10",
        "Cournot, Bertrand or Stackelberg equilibrium price and profit with linear demand",
    ),
)
def oligopoly(
    demand: LinearDemand,
    marginal_cost: NonNegative,
    firms: Annotated[int, Field(ge=1, le=1_000_000)] = 2,
    model: Literal["cournot", "bertrand", "stackelberg"] = "cournot",
) -> Oligopoly:
    """Find the equilibrium of equal firms that face a linear demand.

    Args:
        demand: a and b of price = a - b q, both positive.
        marginal_cost: cost of one more unit, in the unit of `a`, below `a`.
        firms: how many; one is a monopoly.
        model: cournot (quantities), bertrand (prices), stackelberg (one leader, the others follow).

    Raises:
        InvalidInput: a cost at or above `a` (nothing would be sold).

    Source: Varian, Intermediate Microeconomics, chapter 27 (Oligopoly): Cournot q = (a - c)/(b (n + 1));
    Bertrand price = c for two firms or more; Stackelberg leader q = (a - c)/(2 b), followers
    q = (a - c)/(2 b n).
    """
    margin = demand.a - marginal_cost
    if margin <= 0:
        raise InvalidInput("marginal_cost", N_("debe ser menor que el precio máximo de la demanda"))
    whole = margin / demand.b
    leader = None
    if firms == 1:
        q = whole / 2
        total = q
    elif model == "cournot":
        q = whole / (firms + 1)
        total = firms * q
    elif model == "bertrand":
        q = whole / firms
        total = whole
    else:
        leader, q = whole / 2, whole / (2 * firms)
        total = leader + (firms - 1) * q
    price = marginal_cost if model == "bertrand" and firms > 1 else demand.a - demand.b * total
    gain = price - marginal_cost
    return Oligopoly(
        method=model if firms > 1 else "monopoly",
        n=firms,
        q_firm=q,
        price=price,
        profit_firm=gain * q,
        q_leader=leader,
        profit_leader=None if leader is None else gain * leader,
        q_total=total,
        consumer_surplus=demand.b * total * total / 2,
        deadweight_loss=demand.b * (whole - total) * (whole - total) / 2,
        lerner=gain / price if price > 0 else 0.0,
    )


class DemandCurve(BaseModel):
    """Quantity at a price p: linear a - b p; constant_elasticity a p^-b; logit a / (1 + exp(b (p - c)))."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["linear", "constant_elasticity", "logit"]
    a: Positive
    b: Positive
    c: Real = 0.0


class BestPrice(Computed):
    """The price of most profit within the bounds; `lerner` is (price - cost)/price, `elasticity` demand's there."""

    price: float
    quantity: float
    profit: float
    margin: float
    lerner: float
    elasticity: float
    at_bound: bool


AT_BOUND: Final = N_("El mejor precio está en el límite {price}: más allá ganaría más, según la curva.")


@operation(
    "Precio óptimo",
    examples=(
        "¿Qué precio de la póliza maximiza el beneficio con esta curva de demanda y este coste?",
        "Profit-maximising price for a logit demand curve between two bounds",
    ),
)
def price_optimum(demand: DemandCurve, marginal_cost: NonNegative, low: NonNegative, high: Positive) -> BestPrice:
    """Find the price that earns most, given how demand falls with it.

    Args:
        demand: curve of quantity by price, falling; its kind and coefficients.
        marginal_cost: cost of one more unit (expected claims and expenses of one more policy).
        low: least price admitted.
        high: greatest price admitted, above `low`.

    Raises:
        InvalidInput: bounds out of order, or no demand at any price admitted.

    Source: Lerner, Review of Economic Studies 1 (1934): (p - c)/p = -1/elasticity; logit: p - c =
    (1 + W(exp(-1 - b (c - c0))))/b with Lambert's W, after Li & Huh, M&SOM 13 (2011).
    """
    import numpy as np
    from scipy.special import expit, wrightomega

    if high <= low or high <= marginal_cost:
        raise InvalidInput("high", N_("debe ser mayor que el mínimo y que el coste"))
    a, b, c = demand.a, demand.b, demand.c

    def quantity(p: float) -> float:
        match demand.kind:
            case "linear":
                return max(a - b * p, 0.0)
            case "constant_elasticity":
                return float(a * np.float64(p) ** -b)
            case _:
                return float(a * expit(-b * (p - c)))

    def steepness(p: float) -> float:
        match demand.kind:
            case "linear":
                return -b * p / (a - b * p)
            case "constant_elasticity":
                return -b
            case _:
                return -b * p * float(expit(b * (p - c)))

    match demand.kind:
        case "linear":
            free: Any = (a / b + marginal_cost) / 2
        case "constant_elasticity":
            free = marginal_cost * b / (b - 1) if b > 1 else np.inf
        case _:
            free = marginal_cost + (1 + float(wrightomega(-1 - b * (marginal_cost - c)))) / b
    price = float(min(max(free, low), high))
    if price <= 0 and demand.kind == "constant_elasticity":
        raise InvalidInput("low", N_("debe ser positivo con elasticidad constante"))
    sold = quantity(price)
    if sold <= 0:
        raise InvalidInput("low", N_("a esos precios no hay demanda"))
    margin = price - marginal_cost
    return BestPrice(
        method=f"{demand.kind}, closed form",
        library="scipy" if demand.kind == "logit" else "",
        warnings=(Caution(text=AT_BOUND, values={"price": price}),) if price != free else (),
        charts=(_profits(quantity, marginal_cost, low, high),),
        price=price,
        quantity=sold,
        profit=margin * sold,
        margin=margin,
        lerner=margin / price if price > 0 else 0.0,
        elasticity=steepness(price),
        at_bound=bool(price != free),
    )


def _profits(quantity: Any, cost: float, low: float, high: float) -> Chart:
    import numpy as np

    prices = [float(p) for p in np.linspace(low, high, 101) if p > 0]
    return Chart(
        kind="line",
        title=N_("Beneficio según el precio"),
        x_label=N_("Precio"),
        y_label=N_("Beneficio"),
        series=(Series(name=N_("Beneficio"), x=tuple(prices), y=tuple((p - cost) * quantity(p) for p in prices)),),
    )
