"""What a score supports (*estadística*): intervals, pass^k, and the paired comparison of two runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import fmean
from typing import Final

Z95: Final = 1.959963984540054  # of the standard normal, two-sided 95 %


def wilson(passed: int, samples: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of a pass rate; (0, 1) if nothing was tried.

    Unlike the usual one it stays inside [0, 1] and does not collapse at 0 or 100 %
    (Wilson 1927, doi:10.1080/01621459.1927.10502953).
    """
    if samples == 0:
        return 0.0, 1.0
    rate, square = passed / samples, z * z
    centre = (rate + square / (2 * samples)) / (1 + square / samples)
    half = z / (1 + square / samples) * sqrt(rate * (1 - rate) / samples + square / (4 * samples**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def standard_error(values: Sequence[float]) -> float:
    """The standard error of the mean of independent `values`; 0 with fewer than two."""
    if len(values) < 2:
        return 0.0
    mean = fmean(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def pass_hat_k(passes: Mapping[str, Sequence[bool]], k: int) -> float:
    """pass^k: the chance that all of `k` tries of one case pass, averaged over the cases.

    Estimated without bias from n ≥ k tries of which c passed as C(c, k) / C(n, k)
    (Yao et al. 2024, τ-bench).

    Raises:
        ValueError: a case was tried fewer than `k` times.
    """
    if not passes:
        return 0.0
    if any(len(tries) < k for tries in passes.values()):
        raise ValueError(f"pass^{k} needs at least {k} tries of each case")
    return fmean(comb(sum(tries), k) / comb(len(tries), k) for tries in passes.values())


@dataclass(frozen=True)
class Paired:
    """Two runs over the same cases: how many both passed, only one, none."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @classmethod
    def of(cls, a: Mapping[str, bool], b: Mapping[str, bool]) -> "Paired":
        """The table of the cases that both runs tried."""
        shared = [(a[case], b[case]) for case in a if case in b]
        return cls(*(shared.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))))

    @property
    def samples(self) -> int:
        """How many cases both tried."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def difference(self) -> float:
        """By how much B's pass rate exceeds A's."""
        return (self.only_b - self.only_a) / self.samples if self.samples else 0.0

    @property
    def p_value(self) -> float:
        """McNemar's exact test: how likely so uneven a split is, if A and B are equally good.

        Only the cases on which they differ count; with n of them each falls to either side
        with one half (two-sided binomial; McNemar 1947).
        """
        differing, fewer = self.only_a + self.only_b, min(self.only_a, self.only_b)
        tail = sum(comb(differing, i) for i in range(fewer + 1)) / float(2**differing)
        return min(1.0, 2 * tail)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the difference, by Agresti and Min (2005): half a case in each cell first."""
        total = self.samples + 2
        ours, theirs = (self.only_b + 0.5) / total, (self.only_a + 0.5) / total
        difference = ours - theirs
        half = Z95 * sqrt((ours + theirs - difference**2) / total)
        return max(-1.0, difference - half), min(1.0, difference + half)
