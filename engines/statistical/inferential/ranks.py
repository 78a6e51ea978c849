"""Tests on ranks: no assumption on the shape of the distribution."""

from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import CONSTANT, vector
from engines.contract import Caution, Computed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.statistical.inferential.samples import NEEDED, Alternative, Groups, samples

if TYPE_CHECKING:
    from engines.arrays import Floats

EXACT_UP_TO: Final = 50
KEPT_BITS: Final = 49  # of 53: the difference of two decimals is wrong in the last ones
ASYMPTOTIC: Final = N_("El valor p es asintótico: {why}.")


class RankTest(Computed):
    """A test on ranks, its statistic under the letter of its author.

    `V` is Wilcoxon's sum of positive ranks, `U` Mann-Whitney's count for `x`, `H` that of Kruskal and
    Wallis, `Q` Friedman's chi-square. `effect` goes from -1 to 1: rank-biserial correlation for two samples,
    epsilon squared (H) or Kendall's W (Q), from 0 to 1, for several.
    """

    statistic: float
    V: float | None = None
    U: float | None = None
    H: float | None = None
    Q: float | None = None
    df: int | None = None
    p: float
    exact: bool
    effect: float


@operation(
    "Prueba de rangos",
    examples=(
        "Mann-Whitney: ¿tarda más en cerrar siniestros una oficina que la otra?",
        "Wilcoxon signed rank, Kruskal-Wallis or Friedman test of these samples",
    ),
)
def rank_test(
    test: Literal["mann_whitney", "wilcoxon_signed_rank", "kruskal_wallis", "friedman"],
    x: Vector | None = None,
    y: Vector | None = None,
    groups: Groups | None = None,
    alternative: Alternative = "two-sided",
    exact: bool | None = None,
) -> RankTest:
    """Compare two samples, pairs or several groups by their ranks.

    Args:
        test: `mann_whitney` (two samples), `wilcoxon_signed_rank` (pairs, or one sample about zero),
            `kruskal_wallis` (independent groups) or `friedman` (the same blocks under three or more treatments).
        x: (n,) first sample, for the first two tests.
        y: (m,) second sample; may be left out for `wilcoxon_signed_rank`.
        groups: lists of values, for the last two; for `friedman` equally long, in the order of the blocks.
        alternative: `two-sided`, or that `x` is `less` or `greater`; the last two tests know no side.
        exact: whether p comes from the exact distribution; None does so up to 50 values a sample without ties
            or zero differences.

    Raises:
        InsufficientData: a sample or a group without values.
        InvalidInput: an argument of another test, or values that do not vary.
        LimitExceeded: an exact p asked for more than 50 values.

    Source: Hollander & Wolfe, Nonparametric Statistical Methods (1973), sections 3.1, 4.1, 6.1 and 7.1; Mann-Whitney
    and Wilcoxon use the normal approximation with continuity correction where they are not exact.
    """
    if test in ("kruskal_wallis", "friedman"):
        if groups is None:
            raise InvalidInput("groups", NEEDED)
        if exact:
            raise InvalidInput("exact", N_("no existe para varios grupos"))
        if alternative != "two-sided":
            raise InvalidInput("alternative", N_("no tiene sentido con varios grupos"))
        return _kruskal(samples(groups, 1)) if test == "kruskal_wallis" else _friedman(samples(groups, 2, of=3))
    if x is None:
        raise InvalidInput("x", NEEDED)
    first = vector(x, "x")
    if test == "mann_whitney":
        if y is None:
            raise InvalidInput("y", NEEDED)
        return _mann_whitney(first, vector(y, "y"), alternative, exact)
    if y is not None:
        first = _differences(first, vector(y, "y", length=first.size))
    return _signed_rank(first, alternative, exact)


def _differences(first: "Floats", second: "Floats") -> "Floats":
    """`first` less `second` to the digits that both have: equal changes of unequal amounts in cents are ties."""
    import numpy as np

    largest = float(np.abs(np.concatenate([first, second])).max())
    unit = 2.0 ** (np.frexp(largest)[1] - KEPT_BITS)
    return np.asarray(np.round((first - second) / unit) * unit)


def _kruskal(found: list["Floats"]) -> RankTest:
    import numpy as np
    from scipy import stats

    result = stats.kruskal(*found)
    n = sum(g.size for g in found)
    warnings: tuple[Caution, ...] = ()
    if min(g.size for g in found) < 5:
        warnings = (Caution(text=ASYMPTOTIC, values={"why": "n < 5"}),)
    return RankTest(
        method="Kruskal-Wallis, chi-square approximation",
        library="scipy",
        n=n,
        warnings=warnings,
        statistic=float(result.statistic),
        H=float(result.statistic),
        df=len(found) - 1,
        p=float(result.pvalue),
        exact=False,
        effect=float(np.clip(result.statistic / (n - 1), 0, 1)),
    )


def _friedman(found: list["Floats"]) -> RankTest:
    import numpy as np
    from scipy import stats

    if len({g.size for g in found}) > 1:
        raise InvalidInput("groups", N_("deben ser igual de largos: un valor por bloque"))
    table = np.stack(found)
    if (table.min(axis=0) == table.max(axis=0)).all():
        raise InvalidInput("groups", N_("no varían dentro de ningún bloque"))
    result = stats.friedmanchisquare(*found)
    treatments, blocks = table.shape
    warnings: tuple[Caution, ...] = ()
    if blocks <= 10 and treatments <= 6:
        warnings = (Caution(text=ASYMPTOTIC, values={"why": f"{treatments} x {blocks}"}),)
    return RankTest(
        method="Friedman, chi-square approximation",
        library="scipy",
        n=table.size,
        warnings=warnings,
        statistic=float(result.statistic),
        Q=float(result.statistic),
        df=treatments - 1,
        p=float(result.pvalue),
        exact=False,
        effect=float(result.statistic / (blocks * (treatments - 1))),
    )


def _mann_whitney(first: "Floats", second: "Floats", alternative: Alternative, exact: bool | None) -> RankTest:
    import numpy as np
    from scipy import stats

    both = np.concatenate([first, second])
    if both.min() == both.max():
        raise InvalidInput("x", CONSTANT)
    ties = np.unique(both).size < both.size
    exactly = _exactly(exact, max(first.size, second.size), ties)
    result = stats.mannwhitneyu(first, second, alternative=alternative, method="exact" if exactly else "asymptotic")
    u = float(result.statistic)
    return RankTest(
        method="Mann-Whitney, exact" if exactly else "Mann-Whitney, normal approximation",
        library="scipy",
        n=both.size,
        warnings=_said(exactly, ties, max(first.size, second.size)),
        statistic=u,
        U=u,
        p=float(result.pvalue),
        exact=exactly,
        effect=2 * u / (first.size * second.size) - 1,
    )


def _signed_rank(differences: "Floats", alternative: Alternative, exact: bool | None) -> RankTest:
    import numpy as np
    from scipy import stats

    there = differences[differences != 0]
    if there.size == 0:
        raise InvalidInput("x", N_("no difiere en ningún valor"))
    ties = np.unique(np.abs(there)).size < there.size or there.size < differences.size
    exactly = _exactly(exact, there.size, ties)
    ranks = stats.rankdata(np.abs(there))
    positive = float(ranks[there > 0].sum())
    result = stats.wilcoxon(
        there, alternative=alternative, method="exact" if exactly else "asymptotic", correction=not exactly
    )
    return RankTest(
        method="Wilcoxon, exact" if exactly else "Wilcoxon, normal approximation",
        library="scipy",
        n=differences.size,
        warnings=_said(exactly, ties, there.size),
        statistic=positive,
        V=positive,
        p=float(result.pvalue),
        exact=exactly,
        effect=2 * positive / float(ranks.sum()) - 1,
    )


def _exactly(asked: bool | None, largest: int, ties: bool) -> bool:
    if asked is None:
        return largest <= EXACT_UP_TO and not ties
    if asked and ties:
        raise InvalidInput("exact", N_("no puede ser con empates o diferencias nulas"))
    if asked and largest > EXACT_UP_TO:
        raise LimitExceeded("exact", EXACT_UP_TO, largest, N_("use la aproximación normal"))
    return asked


def _said(exactly: bool, ties: bool, largest: int) -> tuple[Caution, ...]:
    if exactly:
        return ()
    if ties:
        return (Caution(text=N_("El valor p es asintótico, por haber empates.")),)
    if largest > EXACT_UP_TO:
        return (Caution(text=ASYMPTOTIC, values={"why": f"n > {EXACT_UP_TO}"}),)
    return ()
