"""Engines: what importing them costs, what a tool adds to a computation, and large loads beside the libraries."""

import json
import subprocess
import sys
from statistics import median

from benchmarks.house import broker, folder, installation, origin
from benchmarks.measure import Finding, Sample, timed
from engines import operations
from engines.running import run
from tools.gate import Call

ROUNDS, LOADS = 9, 3
IMPORT = "import time; b = time.perf_counter(); import engines; print(time.perf_counter() - b)"
ALL = IMPORT.replace("import time;", "import time, pydantic;").replace(
    "engines; print", "engines; engines.operations(); print"
)
# A fifth of a second of work.
PATHS = {"s0": 100.0, "mu": 0.05, "sigma": 0.2, "T": 1.0, "steps": 12, "paths": 1_000_000, "seed": 1}


def engine_import() -> Finding:
    """`import engines` in a fresh interpreter; also with every operation found, for who builds a catalogue."""
    bare, everything = Sample([_printed(IMPORT) for _ in range(ROUNDS)]), Sample([_printed(ALL) for _ in range(ROUNDS)])
    return Finding(
        "engine_import",
        "importing the engines",
        bare.median * 1000,
        "ms",
        50,
        spread=(bare.quartiles[0] * 1000, bare.quartiles[1] * 1000),
        details={"all_operations_ms": round(everything.median * 1000, 1), "operations": len(operations())},
    )


def engine_call() -> Finding:
    """A simulation through the gate and a worker process, against the same function called directly."""
    operation = operations()["market_simulation_gbm_paths"]
    with folder() as data_dir, installation(data_dir) as opened:
        actor = broker(opened)

        def through() -> None:
            opened.gate.call(Call(operation.name, PATHS, actor, origin()))

        through()
        run(operation, PATHS)
        pairs = [(timed(through), timed(lambda: run(operation, PATHS))) for _ in range(ROUNDS)]
    ours, theirs = Sample([a for a, _ in pairs]), Sample([b for _, b in pairs])
    return Finding(
        "engine_call",
        "a computation through the tool",
        median(a / b for a, b in pairs),
        "×",
        1.1,
        spread=Sample([a / b for a, b in pairs]).quartiles,
        baseline="the function called directly",
        details={"tool_ms": round(ours.median * 1000), "direct_ms": round(theirs.median * 1000)},
    )


def engine_bootstrap() -> Finding:
    """1,000 bootstrapped triangles."""
    return _beside("bootstrap", "1,000 bootstrapped reserve triangles", "chainladder's own", 2.0)


def engine_paths() -> Finding:
    """1,000,000 paths of 12 steps."""
    return _beside("paths", "1,000,000 paths of 12 steps", "all at once in numpy", 2.0)


def engine_portfolio() -> Finding:
    """A portfolio of 500 assets."""
    return _beside("portfolio", "the least variance of 500 assets", "clarabel given the programme", 2.0)


def engine_glm() -> Finding:
    """A tariff of 1,000,000 policies."""
    return _beside("glm", "a Poisson tariff of 1,000,000 rows", "glum's fit and standard errors", 2.0)


def _beside(name: str, what: str, baseline: str, target: float) -> Finding:
    """One load by our operation and by the library, in turns, each in a process of its own."""
    pairs = [(_load(f"{name}_ours"), _load(f"{name}_library")) for _ in range(LOADS)]
    ratios = Sample([ours["seconds"] / theirs["seconds"] for ours, theirs in pairs])
    return Finding(
        f"engine_{name}",
        what,
        ratios.median,
        "×",
        target,
        spread=ratios.quartiles,
        baseline=baseline,
        details={
            "ours_s": round(median(ours["seconds"] for ours, _ in pairs), 3),
            "library_s": round(median(theirs["seconds"] for _, theirs in pairs), 3),
            "ours_peak_mb": round(max(ours["peak_mb"] for ours, _ in pairs)),
            "library_peak_mb": round(max(theirs["peak_mb"] for _, theirs in pairs)),
        },
    )


def _load(name: str) -> dict[str, float]:
    command = (sys.executable, "-m", "benchmarks.engine_loads", name)
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def _printed(code: str) -> float:
    return float(subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stdout)
