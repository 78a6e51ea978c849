"""Measuring: two ways of doing a thing in turns, their medians, spreads and the ratio."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, Literal

WARM_UP = 40


@dataclass(frozen=True)
class Sample:
    """The times that one thing took, in seconds."""

    seconds: list[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which the middle half lies."""
        if len(self.seconds) < 2:
            return self.seconds[0], self.seconds[0]
        low, _, high = quantiles(self.seconds, n=4)
        return low, high

    def percentile(self, percent: int) -> float:
        """The time that `percent` of them did not exceed."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]


@dataclass(frozen=True)
class Finding:
    """What one benchmark found: a value, its target, and what it was measured against.

    `unit` is `×` for a ratio, `s`, `ms`, `/s` or `MB`; `bound` says on which side the target lies.
    """

    name: str
    what: str
    value: float
    unit: Literal["×", "s", "ms", "/s", "MB"]
    target: float
    bound: Literal["at most", "at least"] = "at most"
    spread: tuple[float, float] | None = None
    baseline: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the target is kept."""
        return self.value <= self.target if self.bound == "at most" else self.value >= self.target


def in_turns(candidate: Callable[[], object], baseline: Callable[[], object], rounds: int) -> tuple[Sample, Sample]:
    """Time both in turns, after a warm-up, so that what disturbs the machine disturbs both.

    The garbage collector runs between rounds only: which of the two it would hit is chance.
    """
    for _ in range(WARM_UP):
        candidate()
        baseline()
    ours: list[float] = []
    theirs: list[float] = []
    with _no_collection():
        for turn in range(rounds):
            pair = ((candidate, ours), (baseline, theirs))
            for work, times in pair if turn % 2 else reversed(pair):
                times.append(timed(work))
            if turn % 50 == 0:
                gc.collect()
    return Sample(ours), Sample(theirs)


def timed(work: Callable[[], object]) -> float:
    """How many seconds `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def ratio(name: str, what: str, target: float, ours: Sample, theirs: Sample, baseline: str, **details: Any) -> Finding:
    """The ratio of the medians; its spread is that of the ratios of all pairs."""
    pairs = Sample([a / b for a, b in zip(ours.seconds, theirs.seconds, strict=True)])
    return Finding(
        name,
        what,
        ours.median / theirs.median,
        "×",
        target,
        spread=pairs.quartiles,
        baseline=baseline,
        details={"ours_ms": _shown(ours), "baseline_ms": _shown(theirs), "rounds": len(ours.seconds), **details},
    )


def _shown(sample: Sample) -> dict[str, float]:
    low, high = sample.quartiles
    return {
        "median": round(sample.median * 1000, 3),
        "q1": round(low * 1000, 3),
        "q3": round(high * 1000, 3),
        "p95": round(sample.percentile(95) * 1000, 3),
    }
