"""Reject inference (*inferencia de denegados*): what the refused would have done, for a sample without their gap."""

from typing import Annotated, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Seed, Vector, operation
from engines.errors import N_, LimitExceeded
from engines.financial.credit_scoring.binning import binary

MOST_REJECTS: Final = 100_000


class ScoreBand(Part):
    """A band of scores above `low` to `high` (None is open), what the accepted did, and what the rejected are given."""

    low: float | None
    high: float | None
    accepted: int
    accepted_bad_rate: float
    rejected: int
    rejected_bad_rate: float


class Parcelled(Computed):
    """The rejected with an outcome each: row `index[i]` of them is `bad[i]` with `weight[i]`."""

    bands: tuple[ScoreBand, ...]
    index: tuple[int, ...]
    bad: tuple[int, ...]
    weight: tuple[float, ...]
    inferred_bad_rate: float


@operation(
    "Inferencia de denegados por parcelas",
    examples=(
        "Completa la muestra con las solicitudes denegadas por el método de parcelas",
        "Reject inference by parcelling: augment accepted loans with rejected applicants",
    ),
)
def reject_inference(
    accepted_score: Vector, accepted_bad: Vector, rejected_score: Vector,
    bands: Annotated[int, Field(ge=1, le=50)] = 10,
    prudence: Annotated[float, Field(allow_inf_nan=False, ge=1, le=10)] = 1.0,
    assign: Literal["random", "weighted"] = "random", seed: Seed = 0,
) -> Parcelled:  # fmt: skip
    """Give the rejected the bad rate of accepted risks of like score, raised by prudence.

    Args:
        accepted_score: (n,) scores of the accepted, of any scale.
        accepted_bad: (n,) what they did: 1 bad, 0 good.
        rejected_score: (m,) scores of the rejected, on the same scale.
        bands: how many score bands, of as many accepted each.
        prudence: factor on the bad rate of the accepted (rejected risks tend to be worse); the rate stops at 1.
        assign: `random` draws an outcome for each; `weighted` gives each both outcomes with their probabilities.
        seed: where the draw begins.

    Raises:
        InvalidInput: outcomes without both classes, or as many as the scores they are not.
        InsufficientData: fewer accepted than bands.
        LimitExceeded: more than 100,000 rejected.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 6, "Reject inference: parcelling"; Hand &
    Henley, IMA Journal of Mathematics Applied in Business and Industry 5 (1993).
    """
    import numpy as np

    scores = vector(accepted_score, "accepted_score", least=max(2, bands))
    bad = binary(accepted_bad, "accepted_bad", length=scores.size)
    refused = vector(rejected_score, "rejected_score")
    if refused.size > MOST_REJECTS:
        raise LimitExceeded("rejected_score", MOST_REJECTS, refused.size, N_("repártalos en varias llamadas"))
    cuts = np.unique(np.quantile(scores, np.arange(1, bands) / bands, method="inverted_cdf"))
    cuts = cuts[cuts < scores.max()]
    of_accepted = np.searchsorted(cuts, scores, side="left")
    of_refused = np.searchsorted(cuts, refused, side="left")
    size = np.bincount(of_accepted, minlength=cuts.size + 1)
    rate = np.bincount(of_accepted, weights=bad, minlength=cuts.size + 1) / size
    given = np.minimum(rate * prudence, 1.0)
    ends = [None, *cuts.tolist(), None]
    arrivals = np.bincount(of_refused, minlength=cuts.size + 1)
    rows = tuple(
        ScoreBand(
            low=ends[i], high=ends[i + 1], accepted=int(size[i]), accepted_bad_rate=float(rate[i]),
            rejected=int(arrivals[i]), rejected_bad_rate=float(given[i]),
        )
        for i in range(cuts.size + 1)
    )  # fmt: skip
    chance = given[of_refused]
    if assign == "random":
        index = np.arange(refused.size)
        outcome = (np.random.default_rng(seed).random(refused.size) < chance).astype(int)
        weight = np.ones(refused.size)
    else:
        index = np.tile(np.arange(refused.size), 2)
        outcome = np.repeat([1, 0], refused.size)
        weight = np.concatenate([chance, 1 - chance])
    said = [Caution(text=N_("Los denegados no tienen resultado real: lo inferido depende del modelo que los denegó."))]
    beyond = int(((refused < scores.min()) | (refused > scores.max())).sum())
    if beyond:
        text = N_("{n} denegados puntúan fuera de lo que alcanzan los aceptados; reciben la tasa de la banda extrema.")
        said.append(Caution(text=text, values={"n": beyond}))
    return Parcelled(
        method=f"parcelling, {assign}",
        n=int(scores.size + refused.size),
        seed=seed if assign == "random" else None,
        bands=rows,
        index=tuple(index.tolist()),
        bad=tuple(outcome.tolist()),
        weight=tuple(weight.tolist()),
        inferred_bad_rate=float((outcome * weight).sum() / weight.sum()),
        warnings=tuple(said),
        charts=(_chart(rows),),
    )


def _chart(rows: tuple[ScoreBand, ...]) -> Chart:
    x = tuple(float(i + 1) for i in range(len(rows)))
    return Chart(
        kind="bar",
        title=N_("Impago por banda de puntuación"),
        series=(
            Series(name=N_("Aceptados"), x=x, y=tuple(100 * r.accepted_bad_rate for r in rows)),
            Series(name=N_("Denegados, inferido"), x=x, y=tuple(100 * r.rejected_bad_rate for r in rows)),
        ),
        x_label=N_("Banda"),
        y_label=N_("Impago"),
        unit="%",
    )
