"""Retention: how many customers renew at each price change, and what a change of choice is worth to them."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Real, Table, Vector, operation
from engines.economic.micro_models.choice import BINARY, few_events, fitted_binary
from engines.economic.regression import design, named, regression_frame
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BOUND: Final = N_("Los datos sugerían que subir el precio retiene más; se ha impuesto que no retenga.")
STILL: Final = N_("no varía: a todos se les cambió el precio lo mismo, y no hay con qué comparar")
BEYOND: Final = N_("La subida {change} queda fuera de lo observado ({low} a {high}): es una extrapolación.")
MANY_BEYOND: Final = N_("Las subidas {changes} quedan fuera de lo observado ({low} a {high}): son extrapolaciones.")


class Renewal(Part):
    """The average probability of renewing at one price change (0.05 = +5 %), with 95 % bounds.

    `elasticity` is the percentage change of that probability per one per cent of price.
    """

    change: float
    probability: float
    low: float
    high: float
    elasticity: float


class Retention(Computed):
    """A model of renewal on the price change; `params` are log-odds, that of the change never positive."""

    params: dict[str, float]
    se: dict[str, float | None]
    loglik: float
    observed: float
    bounded: bool
    curve: tuple[Renewal, ...]


@operation(
    "Retención ante cambios de precio",
    examples=(
        "¿Cuántos clientes renovarán si subimos la prima un 8 %? Modelo de retención por precio",
        "Renewal probability and price elasticity of retention from last year's renewals",
    ),
    heavy=True,
)
def retention_model(
    data: Table,
    renewed: str,
    price_change: str,
    x: Annotated[list[str], Field(max_length=100)] = [],  # noqa: B006  only read
    changes: Vector = (-0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2),
) -> Retention:
    """Fit the probability of renewal (*retención*) as a falling function of the price change.

    Args:
        data: table of n past renewals, numeric and without gaps.
        renewed: column of 1 for who renewed, 0 for who left.
        price_change: column of the relative change of premium offered (0.05 = +5 %), above -1.
        x: other columns (age, years as a customer); an intercept is added.
        changes: (m,) price changes at which to predict, above -1.

    Raises:
        InvalidInput: a column is missing, `renewed` is not 0/1, or a change is -100 % or less.
        InsufficientData: too few rows.
        SingularMatrix: columns depend on each other.
        NotConverged: a column predicts renewal perfectly; it is named.

    Source: logit under a sign constraint (the maximum lies on the bound when the free one breaks it, the
    likelihood being concave); Guelman & Guillén, Expert Systems with Applications 41 (2014); average
    predictions with delta-method errors, Greene, Econometric Analysis, section 17.3.2.
    """
    import numpy as np
    from scipy.special import expit

    at = np.unique(vector(changes, "changes", low=-0.999, high=100.0))
    if at.size > 200:
        raise InvalidInput("changes", N_("admite como mucho 200 valores"))
    table = regression_frame(data, renewed, [price_change, *x])
    answer = table[renewed].to_numpy(dtype=float)
    if set(np.unique(answer)) != {0.0, 1.0}:
        raise InvalidInput(f"data.{renewed}", BINARY)
    moved = table[price_change].to_numpy(dtype=float)
    if moved.min() <= -1:
        raise InvalidInput(f"data.{price_change}", N_("debe ser mayor que -1 (-100 %)"))
    if moved.min() == moved.max():
        raise InvalidInput(f"data.{price_change}", STILL)
    explanatory, names = design(table, [price_change, *x])
    fit, params, covariance = fitted_binary(answer, explanatory, names, "logit")
    bounded = bool(params[1] > 0)
    warnings = few_events(answer, len(names))
    if bounded:
        rest, rest_names = design(table, x)
        fit, params, covariance = fitted_binary(answer, rest, rest_names, "logit")
        params = np.insert(params, 1, 0.0)
        covariance = np.insert(np.insert(covariance, 1, 0.0, axis=0), 1, 0.0, axis=1)
        warnings += (Caution(text=BOUND),)
    errors = np.sqrt(np.clip(np.diag(covariance), 0, None))
    se: dict[str, float | None] = {**named(names, errors)}
    if bounded:
        se[price_change] = None
    low, high = float(moved.min()), float(moved.max())
    beyond = [round(float(c), 4) for c in at if not low <= c <= high]
    seen = {"low": round(low, 4), "high": round(high, 4)}
    if len(beyond) == 1:
        warnings += (Caution(text=BEYOND, values={"change": beyond[0], **seen}),)
    elif beyond:
        warnings += (Caution(text=MANY_BEYOND, values={"changes": ", ".join(map(str, beyond)), **seen}),)
    curve = []
    for change in at:
        moved_design = explanatory.copy()
        moved_design[:, 1] = change
        chance = expit(moved_design @ params)
        mean = float(chance.mean())
        slope = chance * (1 - chance)
        gradient = (slope[:, None] * moved_design).mean(axis=0)
        half = 1.959963984540054 * float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
        curve.append(
            Renewal(
                change=float(change),
                probability=mean,
                low=max(mean - half, 0.0),
                high=min(mean + half, 1.0),
                elasticity=float(slope.mean() * params[1] * (1 + change) / mean) if mean > 0 else 0.0,
            )
        )
    chart = Chart(
        kind="line",
        title=N_("Retención según la subida"),
        x_label=N_("Cambio de precio"),
        y_label=N_("Probabilidad de renovar"),
        series=(
            Series(
                name=N_("Retención"),
                x=tuple(r.change for r in curve),
                y=tuple(r.probability for r in curve),
                low=tuple(r.low for r in curve),
                high=tuple(r.high for r in curve),
            ),
        ),
    )
    return Retention(
        method="logit, price effect <= 0",
        library="statsmodels",
        n=len(answer),
        warnings=warnings,
        charts=(chart,),
        params=named(names, params),
        se=se,
        loglik=float(fit.llf),
        observed=float(answer.mean()),
        bounded=bounded,
        curve=tuple(curve),
    )


class Surplus(Computed):
    """What a change of the alternatives is worth to people, in the unit of the price (EUR).

    Shares are in the order of the rows of each table.
    """

    logsum_before: float
    logsum_after: float
    per_person: float
    total: float
    shares_before: tuple[float, ...]
    shares_after: tuple[float, ...]


@operation(
    "Excedente del consumidor (logsum)",
    examples=(
        "¿Cuánto ganan o pierden los clientes en euros si cambian las tarifas? Logsum del logit",
        "Consumer surplus change from logit coefficients when an insurer leaves the market",
    ),
)
def consumer_surplus(
    coefficients: Annotated[dict[str, Real], Field(min_length=1, max_length=100)],
    price: str,
    before: Table,
    after: Table,
    people: Positive = 1.0,
) -> Surplus:
    """Value a change of prices, qualities or of the alternatives themselves, by a logit's logsum.

    Args:
        coefficients: weights of the utility by column, as a logit gave them; that of the price is negative.
        price: which of them is the price's.
        before: table of the alternatives before, one a row, with a numeric column for each coefficient.
        after: the same after; it may have more or fewer alternatives.
        people: how many people choose.

    Raises:
        InvalidInput: the price has no negative coefficient, or a column is missing or not numeric.
        InsufficientData: a table without alternatives.

    Source: Small & Rosen, Econometrica 49 (1981), equation 5.8; Train, Discrete Choice Methods with
    Simulation (2009), equation 3.10: (ln sum exp V after - ln sum exp V before) / -price coefficient.
    """
    import numpy as np
    from scipy.special import logsumexp

    slope = coefficients.get(price)
    if slope is None or slope >= 0:
        raise InvalidInput("coefficients", N_("el precio debe tener un coeficiente negativo"))

    def utilities(data: Table, argument: str) -> "Floats":
        table = frame(data, argument, numeric=tuple(coefficients))
        columns = [weight * table[name].to_numpy(dtype=float) for name, weight in coefficients.items()]
        found: Floats = np.sum(columns, axis=0)
        return found

    past, future = utilities(before, "before"), utilities(after, "after")
    logsums = float(logsumexp(past)), float(logsumexp(future))
    gain = (logsums[1] - logsums[0]) / -slope
    return Surplus(
        method="logsum / marginal utility of income",
        n=len(past),
        logsum_before=logsums[0],
        logsum_after=logsums[1],
        per_person=gain,
        total=gain * people,
        shares_before=tuple(float(v) for v in np.exp(past - logsums[0])),
        shares_after=tuple(float(v) for v in np.exp(future - logsums[1])),
    )
