"""The effect of a decision, with everything else allowed for by machine learning."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.contract import Caution, Computed, Seed, Table, operation
from engines.economic.regression import MOST_CELLS, regression_frame
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.running import report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Names = Annotated[list[str], Field(min_length=1, max_length=200)]
MOST_FITTED: Final = 2_000_000  # rows times repetitions
DETERMINED: Final = N_(
    "Las demás columnas explican casi todo «{column}» ({share} %): apenas queda variación con que medir."
)
USELESS: Final = N_(
    "El modelo predice «{column}» peor que su media (R² = {r2}): así las demás columnas no se controlan; pruebe otro."
)
WORSE: Final = -0.05  # out-of-sample R², under which it is more than the noise of the folds


class CausalEffect(Computed):
    """The effect `theta` of one unit of the decision on the outcome, in the outcome's unit, with 95 % bounds.

    `treatment_r2` and `outcome_r2` say how well the learner predicted each out of sample.
    """

    theta: float
    se: float
    low: float
    high: float
    p: float
    thetas: tuple[float, ...]
    treatment_r2: float
    outcome_r2: float


@operation(
    "Efecto causal (double ML)",
    examples=(
        "Estima con double machine learning el efecto causal del descuento sobre la renovación, controlando lo demás",
        "Double machine learning estimate of the causal effect of a discount on renewal",
    ),
    heavy=True,
)
def double_ml(
    data: Table,
    y: str,
    d: str,
    x: Names,
    learner: Literal["linear", "lasso", "forest", "boosting"] = "lasso",
    folds: Annotated[int, Field(ge=2, le=20)] = 5,
    repetitions: Annotated[int, Field(ge=1, le=50)] = 1,
    seed: Seed = 0,
) -> CausalEffect:
    """Estimate the effect of `d` on `y` in the partially linear model, by cross-fitted partialling out.

    Valid only if `x` holds everything that moves both `d` and `y`: no method can check that.

    Args:
        data: table of n rows; the columns named must be numeric and without gaps.
        y: outcome.
        d: decision whose effect is sought (a discount, a treatment), numeric or 0/1.
        x: columns to control for.
        learner: linear, lasso (penalty by cross-validation), forest, or boosting (gradient trees).
        folds: parts of the sample; each is predicted by a model that did not see it.
        repetitions: how often the sample is split anew; the median is taken.
        seed: where chance begins.

    Raises:
        InvalidInput: a column is missing, in two roles, not numeric, or `d` or `y` does not vary.
        InsufficientData: fewer than 20 rows, or than five a fold.
        LimitExceeded: more than two million rows times repetitions.

    Source: Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey & Robins, Econometrics J. 21 (2018),
    definition 3.2 (DML2) with the partialling-out score 4.4, variance of theorem 3.2, medians over
    splits of definition 3.3.
    """
    import numpy as np
    from scipy import stats

    table = regression_frame(data, y, [d, *x])
    if table[d].min() == table[d].max():
        raise InvalidInput(f"data.{d}", N_("no varía: no hay decisión que comparar"))
    n = len(table)
    if n < max(20, 5 * folds):
        raise InsufficientData("data", max(20, 5 * folds), n)
    if n * repetitions > MOST_FITTED or n * len(x) > MOST_CELLS:
        raise LimitExceeded("data", MOST_FITTED, n * repetitions, N_("tome una muestra o menos repeticiones"))
    controls = table[list(x)].to_numpy(dtype=float)
    outcome, decision = table[y].to_numpy(dtype=float), table[d].to_numpy(dtype=float)
    found = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(repetitions)):
        found.append(_once(controls, outcome, decision, learner, folds, child))
        report(i + 1, repetitions)
    thetas = np.array([f[0] for f in found])
    theta = float(np.median(thetas))
    se = float(np.sqrt(np.median(np.array([f[1] for f in found]) ** 2 + (thetas - theta) ** 2)))
    explained = float(np.median([f[2] for f in found]))
    warnings: tuple[Caution, ...] = ()
    if explained > 0.95:
        warnings = (Caution(text=DETERMINED, values={"column": d, "share": round(100 * explained, 1)}),)
    answered = float(np.median([f[3] for f in found]))
    for column, r2 in ((d, explained), (y, answered)):
        if r2 < WORSE:
            warnings += (Caution(text=USELESS, values={"column": column, "r2": round(r2, 2)}),)
    half = float(stats.norm.ppf(0.975)) * se
    return CausalEffect(
        method=f"DML2 partialling out, {learner}, {folds} folds",
        library="scikit-learn",
        n=n,
        seed=seed,
        warnings=warnings,
        theta=theta,
        se=se,
        low=theta - half,
        high=theta + half,
        p=float(2 * stats.norm.sf(abs(theta) / se)) if se > 0 else 0.0,
        thetas=tuple(float(v) for v in thetas),
        treatment_r2=explained,
        outcome_r2=answered,
    )


def _learner(kind: str, state: int) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    match kind:
        case "linear":
            from sklearn.linear_model import LinearRegression

            return make_pipeline(StandardScaler(), LinearRegression())
        case "lasso":
            from sklearn.linear_model import LassoCV

            return make_pipeline(StandardScaler(), LassoCV(cv=5, random_state=state, max_iter=10_000))
        case "forest":
            from sklearn.ensemble import RandomForestRegressor

            return RandomForestRegressor(n_estimators=200, min_samples_leaf=5, random_state=state, n_jobs=1)
        case _:
            from sklearn.ensemble import HistGradientBoostingRegressor

            return HistGradientBoostingRegressor(max_iter=100, learning_rate=0.1, random_state=state)


def _once(
    controls: "Floats", outcome: "Floats", decision: "Floats", kind: str, folds: int, child: "np.random.SeedSequence"
) -> tuple[float, float, float, float]:
    """Effect, its error, and how much of the decision and the outcome was predicted, for one split."""
    import numpy as np
    from sklearn.model_selection import KFold

    state = int(child.generate_state(1)[0])
    left_y, left_d = np.empty_like(outcome), np.empty_like(decision)
    for train, test in KFold(folds, shuffle=True, random_state=state).split(controls):
        for target, left in ((outcome, left_y), (decision, left_d)):
            model = _learner(kind, state).fit(controls[train], target[train])
            left[test] = target[test] - model.predict(controls[test])
    size = float(left_d @ left_d)
    if size <= 1e-20 * float(decision @ decision):
        raise InvalidInput("d", N_("las demás columnas lo determinan por completo: no queda variación"))
    theta = float(left_d @ left_y) / size
    score = (left_y - theta * left_d) * left_d
    se = float(np.sqrt(score @ score) / size)

    def share(left: "Floats", whole: "Floats") -> float:
        centred = whole - whole.mean()
        return 1 - float(left @ left) / float(centred @ centred)

    return theta, se, share(left_d, decision), share(left_y, outcome)
