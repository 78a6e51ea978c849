"""What a crash costs: from a process's death to everything being whole again."""

import math
import statistics

from benchmarks.measure import Finding
from tests.faults.harness import zygote

KILLS = 150


def faults() -> Finding:
    """Processes killed at any instruction; a violation of any invariant misses every target."""
    with zygote(seed=1) as made:
        found = made.run(KILLS)
    told = found.as_json()
    return Finding(
        "faults",
        f"recovery after a kill, {KILLS} kills, with all invariants checked",
        math.inf if found.violations else statistics.median(found.recoveries),
        "s",
        10.0,
        details={name: told[name] for name in ("by_scenario", "by_way", "recovery_s", "outlived", "violations")},
    )
