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
FARTHEST: Final = 700.0  # log-odds whose share is still a double
CLOSE: Final = 1e-3  # how much of an arm may lie where no double reaches


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
        InvalidInput: more successes than trials, or a prior that leaves nothing between 0 and 1.
        LimitExceeded: more than fifty arms.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.4 (each posterior); Miller, "Formulas for
    Bayesian A/B Testing" (2014) (what the quadrature gives for two arms); expected loss, Stucchio (2015).
    """
    import numpy as np
    from scipy import special

    if len(arms) < 2:
        raise InsufficientData("arms", 2, len(arms))
    if len(arms) > MOST_ARMS:
        raise LimitExceeded("arms", MOST_ARMS, len(arms), N_("descarte antes los peores"))
    for i, arm in enumerate(arms):
        if arm.successes > arm.trials:
            raise InvalidInput(f"arms.{i}.successes", OUTSIDE)
    a = np.array([prior.a + arm.successes for arm in arms])
    b = np.array([prior.b + arm.trials - arm.successes for arm in arms])
    # On the log-odds scale every beta density is smooth, even where it is infinite at 0 or 1, and between the
    # quantiles of the arms the integrands are nearly polynomials.
    tails = np.array(TAILS)[:, None]
    with np.errstate(divide="ignore"):
        low, high = special.logit(special.betaincinv(a, b, tails)), -special.logit(special.betaincinv(b, a, tails))
    breaks = np.unique(np.clip(np.concatenate([low.ravel(), high.ravel()]), -FARTHEST, FARTHEST))
    unit, weight = np.polynomial.legendre.leggauss(NODES)
    widths = np.diff(breaks)
    t = (breaks[:-1, None] + widths[:, None] * (unit + 1) / 2).ravel()
    w = (widths[:, None] * weight / 2).ravel()
    x, left = special.expit(t), special.expit(-t)
    a_, b_ = a[:, None], b[:, None]
    density = np.exp(a_ * special.log_expit(t) + b_ * special.log_expit(-t) - special.betaln(a_, b_))
    mass = density @ w
    if np.abs(mass - 1).max() > CLOSE:
        raise InvalidInput("prior", N_("es tan extrema que todo queda en 0 o en 1: use a y b mayores"))
    density /= mass[:, None]  # logarithms of a thousand million trials leave six digits
    below = np.where(t > 0, special.betaincc(b_, a_, left), special.betainc(a_, b_, x))
    first = density * np.stack([np.delete(below, i, axis=0).prod(axis=0) for i in range(len(arms))])
    chances = first @ w
    means = a / (a + b)
    losses = np.maximum(float((first @ (w * x)).sum()) - means, 0)
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
                ci95=(float(special.betaincinv(a[i], b[i], 0.025)), float(special.betaincinv(a[i], b[i], 0.975))),
                prob_best=float(chances[i]),
                expected_loss=float(losses[i]),
            )
            for i in range(len(arms))
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
