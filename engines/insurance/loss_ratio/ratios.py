"""The ratios themselves: combined, earned, by segment, and the commission that follows them."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import ConfigDict, Field

from engines.arrays import frame
from engines.charts import Chart, Series
from engines.contract import (
    Caution,
    Computed,
    GappyMatrix,
    Level,
    NonNegative,
    Part,
    Positive,
    Real,
    Share,
    Table,
    Vector,
    operation,
)
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.insurance.dates import days, period_ends
from engines.insurance.reserving.expected import CapeCod, Decay, Trend, estimate_cape_cod
from engines.insurance.triangles import Average, Tail

if TYPE_CHECKING:
    pass

MOST_SEGMENTS: Final = 5_000
FEW_CLAIMS: Final = 30
VOID: Final = N_("{n} pólizas terminan el día en que empiezan: su prima se devenga entera ese día")


class CombinedRatio(Computed):
    """Ratios as decimals: losses and adjustment expenses on earned premium, expenses on written or earned."""

    loss_ratio: float
    lae_ratio: float
    loss_lae_ratio: float
    expense_ratio: float
    combined_ratio: float
    underwriting_result: float


@operation(
    "Ratio combinado",
    examples=(
        "Calcula el ratio combinado con esta siniestralidad incurrida, gastos y primas",
        "Combined ratio from incurred losses, expenses, earned and written premium",
    ),
)
def combined_ratio(
    incurred_losses: Real,
    loss_adjustment_expenses: NonNegative,
    underwriting_expenses: Real,
    earned_premium: Positive,
    written_premium: Positive,
    expense_base: Literal["written", "earned"] = "written",
) -> CombinedRatio:
    """Put losses and expenses in relation to premium; all in one unit and for one period.

    Args:
        incurred_losses: losses incurred in the period; negative if reserves ran off well.
        loss_adjustment_expenses: cost of handling claims.
        underwriting_expenses: commissions, acquisition and administration.
        earned_premium: premium earned in the period.
        written_premium: premium written in the period.
        expense_base: whether expenses are set against written (trade basis) or earned premium.

    Raises:
        InvalidInput: a premium that is not positive.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 1, fundamental insurance ratios.
    """
    loss = incurred_losses / earned_premium
    lae = loss_adjustment_expenses / earned_premium
    expense = underwriting_expenses / (written_premium if expense_base == "written" else earned_premium)
    return CombinedRatio(
        method=f"expenses on {expense_base} premium",
        loss_ratio=loss,
        lae_ratio=lae,
        loss_lae_ratio=loss + lae,
        expense_ratio=expense,
        combined_ratio=loss + lae + expense,
        underwriting_result=earned_premium - incurred_losses - loss_adjustment_expenses - underwriting_expenses,
    )


class EarnedPeriod(Part):
    """One period: premium written and earned in it, and unearned at its end."""

    period: str
    written: float
    earned: float
    unearned: float


class EarnedPremium(Computed):
    """Premium by period, pro rata by days. `unearned` is what is left at the end of the last period."""

    periods: list[EarnedPeriod]
    written: float
    earned: float
    unearned: float


@operation(
    "Prima devengada y no consumida",
    examples=(
        "Calcula la prima devengada y la provisión para primas no consumidas de estas pólizas por trimestre",
        "Earned and unearned premium by quarter for these policies, pro rata temporis",
    ),
)
def earned_premium(
    policies: Table,
    start: str = "start",
    end: str = "end",
    premium: str = "premium",
    grain: Literal["month", "quarter", "year"] = "year",
    until: str | None = None,
) -> EarnedPremium:
    """Spread the premium of each policy evenly over its days, and add up by period.

    Args:
        policies: a row a policy, with the three columns below.
        start: column with its first day, ISO.
        end: column with the day after its last, ISO (a yearly policy ends on the day it renews, one without effect on
            the day it begins).
        premium: column with its premium, in one currency.
        grain: length of a period.
        until: ISO date of the last period's end or within it; by default the last day that is covered.

    Raises:
        InvalidInput: columns missing, dates that are none, or policies that end before they start.
        InsufficientData: no policies.
        LimitExceeded: more than 1,200 periods.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 5, aggregation of policy years; pro rata temporis,
    art. 30 of the Spanish insurance regulation (Real Decreto 2486/1998, *provisión para primas no consumidas*).
    """
    import numpy as np

    table = frame(policies, "policies", [start, end], numeric=[premium], least=1)
    first, after = days(table[start], "policies"), days(table[end], "policies")
    amount = table[premium].to_numpy(dtype=float)
    length = (after - first).astype(float)
    if (length < 0).any() or not length.any():
        raise InvalidInput("policies", N_("tiene pólizas que terminan antes de empezar"))
    void = int((length == 0).sum())
    # What ends on the day it begins (annulled from the start) earns what premium it keeps on that day.
    length = np.maximum(length, 1.0)
    last = after.max() - 1 if until is None else days([until], "until")[0]
    names, ends = period_ends(first.min(), last, grain, "until")
    starts = np.append(first.min(), ends[:-1])
    rows, earned_before = [], np.zeros(len(amount))
    for name, begin, finish in zip(names, starts, ends, strict=True):
        share = np.clip((finish - first) / length, 0.0, 1.0)
        earned = amount * (share - earned_before)
        earned_before = share
        begun = first < finish
        rows.append(
            EarnedPeriod(
                period=name,
                written=float(amount[begun & (first >= begin)].sum()),
                earned=float(earned.sum()),
                unearned=float((amount * (1 - share))[begun].sum()),
            )
        )
    x = tuple(row.period for row in rows)
    return EarnedPremium(
        method="pro rata temporis, days",
        n=len(amount),
        warnings=(Caution(text=VOID, values={"n": void}),) if void else (),
        charts=(
            Chart(
                kind="bar",
                title=N_("Prima devengada y no consumida"),
                series=(
                    Series(name=N_("Devengada"), x=x, y=tuple(row.earned for row in rows)),
                    Series(name=N_("No consumida"), x=x, y=tuple(row.unearned for row in rows)),
                ),
                x_label=N_("Periodo"),
            ),
        ),
        periods=rows,
        written=sum(row.written for row in rows),
        earned=sum(row.earned for row in rows),
        unearned=rows[-1].unearned,
    )


@operation(
    "Siniestralidad por Cape Cod",
    examples=(
        "¿Qué siniestralidad última dice Cape Cod para esta cartera, con su triángulo y sus primas?",
        "Ultimate loss ratio of a book by the Cape Cod method from triangle and premium",
    ),
)
def cape_cod(
    triangle: GappyMatrix,
    premium: Vector,
    trend: Trend = 0.0,
    decay: Decay = 1.0,
    average: Average = "volume",
    tail: Tail = 1.0,
) -> CapeCod:
    """Estimate the ultimate loss ratio of a book from its triangle and premium.

    Args:
        triangle: (n, n) cumulative losses, a row an origin from the oldest, null below the last diagonal.
        premium: (n,) premium by origin, positive, on the present rate level, in the same unit.
        trend: growth of the loss cost by origin, as a decimal.
        decay: weight of an origin for its neighbour, 0 to 1; 1 gives all origins the same loss ratio.
        average: how factors are averaged.
        tail: factor from the last age to ultimate; 1 means fully developed.

    Raises:
        InvalidInput: not a triangle, a factor not estimable, or premiums that do not match it or are not positive.
        InsufficientData: fewer than two origins.
        LimitExceeded: more than 60 origins.

    Source: Stanard, PCAS 72 (1985); Gluck, PCAS 84 (1997); Friedland, Estimating Unpaid Claims Using Basic
    Techniques (CAS, 2010), ch. 10.
    """
    return estimate_cape_cod(triangle, premium, trend, decay, average, tail)


class Step(Part):
    """A point of a sliding scale: at this loss ratio, this commission (both decimals)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss_ratio: NonNegative
    commission: Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]


class SlidingCommission(Computed):
    """The commission rate that a loss ratio earns, its amount if premium is given, and what one point more costs."""

    commission_rate: float
    commission: float | None
    minimum: float
    maximum: float
    slope: float


@operation(
    "Comisión variable según siniestralidad",
    examples=(
        "¿Qué rápel corresponde con una siniestralidad del 58 % según esta escala de comisiones?",
        "Sliding scale commission for a 60% loss ratio",
    ),
)
def commission_sliding(
    loss_ratio: NonNegative,
    scale: list[Step],
    premium: NonNegative | None = None,
    between: Literal["slide", "step"] = "slide",
) -> SlidingCommission:
    """Read the commission (*rápel*) for a loss ratio from a sliding scale.

    Args:
        loss_ratio: losses by premium, as a decimal.
        scale: points by rising loss ratio with a commission that does not rise; outside them it stays flat. 1 to 100.
        premium: premium that earns it, if the amount is wanted.
        between: whether it slides evenly between points, or holds from each point up to the next.

    Raises:
        InvalidInput: a scale that is empty, out of order, or that pays more for worse results.

    Source: Clark, Basics of Reinsurance Pricing (CAS, 1996, revised 2014), section 2.2, sliding scale commission.
    """
    import numpy as np

    if not 1 <= len(scale) <= 100:
        raise InvalidInput("scale", N_("debe tener entre 1 y 100 tramos"))
    at = np.array([step.loss_ratio for step in scale])
    pays = np.array([step.commission for step in scale])
    if (np.diff(at) <= 0).any() or (np.diff(pays) > 0).any():
        raise InvalidInput("scale", N_("debe ir de menor a mayor siniestralidad, con comisión que no suba"))
    place = int(np.searchsorted(at, loss_ratio, side="right")) - 1
    if between == "slide":
        rate = float(np.interp(loss_ratio, at, pays))
        inside = 0 <= place < len(scale) - 1
        slope = float((pays[place + 1] - pays[place]) / (at[place + 1] - at[place])) if inside else 0.0
    else:
        rate, slope = float(pays[max(place, 0)]), 0.0
    return SlidingCommission(
        method=between,
        charts=(
            Chart(
                kind="line" if between == "slide" else "step",
                title=N_("Escala de comisiones"),
                series=(Series(name=N_("Comisión"), x=tuple(at.tolist()), y=tuple(pays.tolist())),),
                x_label=N_("Siniestralidad"),
                y_label=N_("Comisión"),
                marks=((N_("Aplicada"), rate),),
            ),
        ),
        commission_rate=rate,
        commission=None if premium is None else rate * premium,
        minimum=float(pays[-1]),
        maximum=float(pays[0]),
        slope=slope,
    )


class Segment(Part):
    """One segment: its ratio, how far that may be believed (0 to 1), and the ratio blended with the whole."""

    segment: dict[str, str]
    premium: float
    losses: float
    claims: float
    loss_ratio: float | None
    credibility: float
    blended: float


class BySegment(Computed):
    """Loss ratios by segment, the worst blended ones first; `full_claims` is what full credibility needs."""

    segments: list[Segment]
    loss_ratio: float
    full_claims: float


@operation(
    "Siniestralidad por segmento",
    examples=(
        "Siniestralidad por ramo y provincia con credibilidad, porque algunos tienen pocos siniestros",
        "Loss ratio by line and province with limited-fluctuation credibility",
    ),
)
def by_segment(
    data: Table,
    dimensions: list[str],
    premium: str = "premium",
    losses: str = "losses",
    claims: str = "claims",
    probability: Level = 0.9,
    within: Share = 0.05,
) -> BySegment:
    """Compare loss ratios of segments, each as far as its number of claims makes it credible.

    Args:
        data: a row a policy, month or cell, with premium, losses and number of claims.
        dimensions: columns to group by, 1 to 5.
        premium: column with earned premium, not negative.
        losses: column with incurred losses.
        claims: column with the number of claims, not negative.
        probability: how surely the ratio must be within reach for full credibility.
        within: that reach, as a part of the expected number of claims; more than 0.

    Raises:
        InvalidInput: columns missing or not numeric, no premium at all, or negative premium or claims.
        InsufficientData: no rows.
        LimitExceeded: more than 5,000 segments.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 12, classical credibility, square-root rule
    (1,082 claims for 90 % and 5 %).
    """
    import numpy as np
    from scipy.stats import norm

    if not 1 <= len(dimensions) <= 5 or len(set(dimensions)) != len(dimensions):
        raise InvalidInput("dimensions", N_("debe nombrar de una a cinco columnas distintas"))
    if not within > 0:
        raise InvalidInput("within", N_("debe ser mayor que cero"))
    table = frame(data, "data", dimensions, numeric=[premium, losses, claims], least=1)
    if (table[premium] < 0).any() or (table[claims] < 0).any():
        raise InvalidInput("data", N_("tiene primas o números de siniestros negativos"))
    groups = table.groupby([table[name].astype(str) for name in dimensions], sort=True)[[premium, losses, claims]].sum()
    if len(groups) > MOST_SEGMENTS:
        raise LimitExceeded("dimensions", MOST_SEGMENTS, len(groups), N_("agrupe por menos columnas"))
    earned = groups[premium].sum()
    if not earned > 0:
        raise InvalidInput("data", N_("no tiene prima"))
    whole = float(groups[losses].sum() / earned)
    full = float((norm.ppf((1 + probability) / 2) / within) ** 2)
    rows = []
    for key, (paid, lost, count) in zip(groups.index, groups.to_numpy(dtype=float), strict=True):
        credibility = float(min(1.0, np.sqrt(count / full))) if paid > 0 else 0.0
        ratio = float(lost / paid) if paid > 0 else None
        rows.append(
            Segment(
                segment=dict(zip(dimensions, key if isinstance(key, tuple) else (key,), strict=True)),
                premium=float(paid),
                losses=float(lost),
                claims=float(count),
                loss_ratio=ratio,
                credibility=credibility,
                blended=credibility * (ratio or 0.0) + (1 - credibility) * whole,
            )
        )
    rows.sort(key=lambda row: -row.blended)
    thin = sum(row.claims < FEW_CLAIMS for row in rows)
    said = []
    if thin:
        text = N_("{n} segmentos tienen menos de {least} siniestros: mire la siniestralidad con credibilidad")
        said.append(Caution(text=text, values={"n": thin, "least": FEW_CLAIMS}))
    shown = rows[:30]
    x = tuple(" · ".join(row.segment.values()) for row in shown)
    return BySegment(
        method=f"limited fluctuation, P={probability:g}, k={within:g}",
        library="pandas",
        n=len(table),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Siniestralidad por segmento"),
                series=(
                    Series(name=N_("Observada"), x=x, y=tuple(row.loss_ratio for row in shown)),
                    Series(name=N_("Con credibilidad"), x=x, y=tuple(row.blended for row in shown)),
                ),
                marks=((N_("Total"), whole),),
            ),
        ),
        segments=rows,
        loss_ratio=whole,
        full_claims=full,
    )
