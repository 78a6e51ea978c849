"""Comparing shares: which arm is best, and what choosing wrongly would cost."""

from typing import Final

from pydantic import ConfigDict

from engines.arrays import OUTSIDE
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Count, Part, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.statistical.bayesian.conjugate import UNIFORM, BetaPrior

MOST_ARMS: Final = 50
NODES: Final = 24  # of the quadrature between two breaks
TAILS: Final = (1e-15, 1e-10, 1e-6, 1e-3, 0.02, 0.1, 0.25, 0.5)  # where an arm's mass lies, and mirrored
FEW: Final = 30


class Arm(Part):
    """One variant tried: how often it was, and how often it succeeded."""

    model_config = ConfigDict(extra="forbid")

    successes: Count
    trials: Count


class ArmPosterior(Part):
    """What is known of one arm. `expected_loss` is what is lost on average, in share points, by choosing it."""

    mean: float
    ci95: tuple[float, float]
    prob_best: float
    expected_loss: float


class ABTest(Computed):
    """The arms in the order given, and which (counted from 0) loses least."""

    arms: tuple[ArmPosterior, ...]
    best: int
    prob_best: float


@operation(
    "Prueba A/B bayesiana",
    examples=(
        "Campaña A 120 ventas de 1000 y campaña B 145 de 1000: ¿qué probabilidad hay de que B sea mejor?",
        "Bayesian A/B test of two conversion rates: probability of being best and expected loss",
    ),
)
def ab_test(arms: list[Arm], prior: BetaPrior = UNIFORM) -> ABTest:
    """Say which of several arms has the highest share of successes, and what a wrong choice would cost.

    The integrals over beta densities are done by quadrature, not simulation.

    Args:
        arms: two to fifty arms, each with `successes` out of `trials`.
        prior: the belief about each share before, a beta distribution; uniform if none is given.

    Raises:
        InsufficientData: fewer than two arms.
        InvalidInput: more successes than trials.
        LimitExceeded: more than fifty arms.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.4 (each posterior); Miller, "Formulas for
    Bayesian A/B Testing" (2014) (what the quadrature gives for two arms); expected loss, Stucchio (2015).
    """
    import numpy as np
    from scipy import stats

    if len(arms) < 2:
        raise InsufficientData("arms", 2, len(arms))
    if len(arms) > MOST_ARMS:
        raise LimitExceeded("arms", MOST_ARMS, len(arms), N_("descarte antes los peores"))
    for i, arm in enumerate(arms):
        if arm.successes > arm.trials:
            raise InvalidInput(f"arms.{i}.successes", OUTSIDE)
    after = [stats.beta(prior.a + arm.successes, prior.b + arm.trials - arm.successes) for arm in arms]
    # The integrands are smooth between the quantiles of the arms, wherever those lie.
    tails = np.array([*TAILS, *(1 - np.array(TAILS))])
    breaks = np.unique(np.concatenate([[0.0, 1.0], *(one.ppf(tails) for one in after)]))
    unit, weight = np.polynomial.legendre.leggauss(NODES)
    widths = np.diff(breaks)
    x = (breaks[:-1, None] + widths[:, None] * (unit + 1) / 2).ravel()
    w = (widths[:, None] * weight / 2).ravel()
    below = np.stack([one.cdf(x) for one in after])
    density = np.stack([one.pdf(x) for one in after])
    others = np.stack([np.delete(below, i, axis=0).prod(axis=0) for i in range(len(arms))])
    chances = (w * density * others).sum(axis=1)
    chances = chances / chances.sum()  # what is left of an integrable peak at 0 or 1
    greatest = 1 - float(w @ below.prod(axis=0))
    means = np.array([one.mean() for one in after])
    losses = np.maximum(greatest - means, 0)
    best = int(np.argmin(losses))
    warnings: tuple[Caution, ...] = ()
    if min(arm.trials for arm in arms) < FEW:
        said = N_("Hay variantes con menos de {n} intentos: la distribución a priori pesa mucho.")
        warnings = (Caution(text=said, values={"n": FEW}),)
    return ABTest(
        method=f"beta({prior.a:g}, {prior.b:g}) priors, quadrature",
        library="scipy",
        n=sum(arm.trials for arm in arms),
        warnings=warnings,
        arms=tuple(
            ArmPosterior(
                mean=float(means[i]),
                ci95=(float(one.ppf(0.025)), float(one.ppf(0.975))),
                prob_best=float(chances[i]),
                expected_loss=float(losses[i]),
            )
            for i, one in enumerate(after)
        ),
        best=best,
        prob_best=float(chances[best]),
        charts=(
            Chart(
                kind="bar",
                title=N_("Probabilidad de ser la mejor variante"),
                series=(
                    Series(
                        name=N_("Probabilidad"),
                        x=tuple(str(i + 1) for i in range(len(arms))),
                        y=tuple(chances.tolist()),
                    ),
                ),
                x_label=N_("Variante"),
            ),
        ),
    )
