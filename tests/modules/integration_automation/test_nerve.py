"""The nerve: the same numbers wherever they are computed, and an end to what takes too long or too much."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
import pytest

from core.settings import Settings
from engines import operations
from modules.integration_automation.nerve.dispatch import Nerve, cells
from modules.integration_automation.nerve.problems import (
    EngineFailed,
    EngineRefused,
    EngineStopped,
    EngineTimeout,
    MissingExtra,
    missing,
)

SUMMARY = operations()["descriptive_summarize"]
PATHS = operations()["market_simulation_gbm_paths"]
LONG = {"s0": 100.0, "mu": 0.05, "sigma": 0.2, "T": 1.0, "steps": 1_000, "paths": 400_000}  # some five seconds
X = {"x": [1.0, 2.0, 4.0]}


def whole(operation: Any, **given: Any) -> dict[str, Any]:
    """All of an operation's arguments, those with defaults too."""
    from engines.running import arguments_model

    checked = arguments_model(operation.name).model_validate(given)
    return {name: getattr(checked, name) for name in type(checked).model_fields}


@pytest.fixture(scope="module")
def nerve() -> Iterator[Nerve]:
    found = Nerve(Settings(engine_workers=1, engine_memory_mb=1024))
    yield found
    found.close()


def test_small_work_stays_and_heavy_or_large_work_leaves(nerve: Nerve) -> None:
    assert nerve.route(SUMMARY, X) == "here"
    assert nerve.route(PATHS, LONG) == "worker"
    assert nerve.route(SUMMARY, {"x": np.zeros(300_000)}) == "worker"
    assert cells({"a": [[1, 2], [3, 4]], "b": {"c": [1, 2, 3]}}) == 7


def test_a_worker_gives_the_same_numbers_as_we_do(nerve: Nerve) -> None:
    here = nerve.compute(SUMMARY, X)
    assert nerve.begin(SUMMARY, X).wait() == here


def test_a_refusal_comes_back_from_the_worker_as_it_is(nerve: Nerve) -> None:
    with pytest.raises(EngineRefused) as near:
        nerve.compute(SUMMARY, {"x": [1.0]})
    with pytest.raises(EngineRefused) as far:
        nerve.begin(SUMMARY, {"x": [1.0]}).wait()
    assert str(far.value) == str(near.value)


def test_what_takes_too_long_is_stopped(nerve: Nerve) -> None:
    with pytest.raises(EngineTimeout):
        nerve.begin(PATHS, whole(PATHS, **LONG), seconds=0.3).wait()
    assert nerve.begin(SUMMARY, X).wait() is not None


def test_what_somebody_stops_ends_and_the_next_is_computed(nerve: Nerve) -> None:
    running = nerve.begin(PATHS, whole(PATHS, **LONG))
    assert running.wait(0.2) is None
    running.stop()
    with pytest.raises(EngineStopped):
        running.wait(20)
    assert nerve.begin(SUMMARY, X).wait() is not None


def test_a_long_computation_tells_how_far_it_is(nerve: Nerve) -> None:
    running = nerve.begin(PATHS, whole(PATHS, **LONG))
    deadline = time.monotonic() + 60
    while not running.done and time.monotonic() < deadline and running.wait(0.05) is None:
        pass
    running.stop()
    assert 0 < running.done <= running.of


def test_a_worker_that_dies_is_replaced_and_its_work_done_again(nerve: Nerve) -> None:
    nerve.begin(SUMMARY, X).wait()
    running = nerve.begin(PATHS, whole(PATHS, **{**LONG, "steps": 400}))
    assert running.wait(0.3) is None
    for child in psutil.Process().children():
        if "spawn_main" in " ".join(child.cmdline()):
            os.kill(child.pid, signal.SIGKILL)
    assert running.wait() is not None
    assert running.tries == 2


def test_a_worker_may_not_take_more_memory_than_it_was_given() -> None:
    small = Nerve(Settings(engine_workers=1, engine_memory_mb=256))
    try:
        with pytest.raises(EngineFailed):
            small.begin(SUMMARY, {"x": np.ones(9_000_000) + np.arange(9_000_000)}).wait()
        assert small.begin(SUMMARY, X).wait() is not None
    finally:
        small.close()


def test_a_missing_library_is_told_with_the_way_to_install_it() -> None:
    said = missing(ModuleNotFoundError(name="sin_instalar.parte"))
    assert isinstance(said, MissingExtra)
    assert "sin_instalar" in said.told("es")
    assert said.status == 424
    with pytest.raises(ModuleNotFoundError):
        missing(ModuleNotFoundError(name="engines.nothing"))


@pytest.fixture(scope="module")
def two_workers() -> Iterator[str]:
    """A Dask scheduler with two worker processes of this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")
def test_on_a_cluster_two_workers_give_the_numbers_that_one_machine_gives(two_workers: str, nerve: Nerve) -> None:
    far = Nerve(Settings(dask_scheduler=two_workers))
    few = {**LONG, "paths": 20_000, "steps": 10}
    try:
        assert far.cluster is not None
        assert far.cluster.workers() == 2
        running = [far.begin(PATHS, whole(PATHS, **few, seed=seed)) for seed in (1, 2)]
        assert {r.where for r in running} == {"cluster"}
        results = [r.wait() for r in running]
        assert results == [nerve.begin(PATHS, whole(PATHS, **few, seed=seed)).wait() for seed in (1, 2)]
        assert results[0] != results[1]
        with pytest.raises(EngineRefused, match="«x»"):
            far.begin(SUMMARY, {"x": [1.0]}).wait()
    finally:
        far.close()
