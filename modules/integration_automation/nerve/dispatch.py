"""Dispatch: which place computes an operation, how long it may take, and what its failure means.

`NERVE.compute` waits for the result; `NERVE.begin` gives a `Running` that can be looked at and
stopped, for jobs. Engines are pure, so a computation that lost its worker is simply made again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, Protocol, TypeAlias

from core.settings import Settings
from engines.contract import Computed, Operation
from engines.errors import EngineError
from engines.running import run
from modules.integration_automation.nerve.cluster import Cluster
from modules.integration_automation.nerve.metrics import Metrics
from modules.integration_automation.nerve.problems import (
    EngineFailed,
    EngineStopped,
    EngineTimeout,
    missing,
    refusal,
)
from modules.integration_automation.nerve.workers import OutOfMemory, Stopped, TookTooLong, WorkerLost, Workers

INTERACTIVE_SECONDS: Final = 30.0
QUEUED_SECONDS: Final = 900.0
SMALL_CELLS: Final = 200_000  # as many numbers are computed here, unless the operation says that it is heavy
TRIES: Final = 2
Where: TypeAlias = Literal["here", "worker", "cluster"]


class Placed(Protocol):
    """A computation somewhere else."""

    def wait(self, seconds: float | None = None) -> Computed | None:
        """The result; None if it is not there after `seconds`."""

    def stop(self) -> None:
        """End it."""


@dataclass
class Running:
    """A computation that goes on while we do something else."""

    nerve: "Nerve"
    operation: Operation
    arguments: Mapping[str, Any]
    where: Where
    placed: Placed
    seconds: float
    began: float = field(default_factory=time.monotonic)
    tries: int = 1
    done: int = 0
    of: int = 0

    def hear(self, done: int, of: int) -> None:
        """Note how far it has come."""
        self.done, self.of = done, of

    def wait(self, seconds: float | None = None) -> Computed | None:
        """The result; None if it is not there after `seconds`.

        Raises:
            EngineRefused, MissingExtra, EngineTimeout, EngineStopped, EngineFailed: it will not come.
        """
        try:
            found = self.placed.wait(seconds)
        except WorkerLost as error:
            if self.tries < TRIES:
                self.tries += 1
                self.placed = self.nerve.place(self.operation, self.arguments, self.where, self.seconds, self.hear)
                return self.wait(seconds)
            self._count("failed")
            raise EngineFailed from error
        except OutOfMemory as error:
            self._count("failed")
            raise EngineFailed from error
        except EngineError as error:
            self._count("refused")
            raise refusal(error) from error
        except ModuleNotFoundError as error:
            self._count("missing")
            raise missing(error) from error
        except TookTooLong as error:
            self._count("late")
            raise EngineTimeout(seconds=round(self.seconds)) from error
        except Stopped as error:
            self._count("stopped")
            raise EngineStopped from error
        except Exception:
            self._count("failed")
            raise
        if found is not None:
            self._count("done")
        return found

    def stop(self) -> None:
        """End it."""
        self.placed.stop()

    def _count(self, how: str) -> None:
        self.nerve.metrics.count(self.operation, self.where, how, time.monotonic() - self.began)


@dataclass
class Nerve:
    """The places of this process where engines compute."""

    settings: Settings

    @cached_property
    def workers(self) -> Workers:
        """Our own worker processes."""
        warm = tuple(name.strip() for name in self.settings.engines_warm.split(",") if name.strip())
        return Workers(self.settings.engine_workers, self.settings.engine_memory_mb * 2**20, warm)

    @cached_property
    def cluster(self) -> Cluster | None:
        """The Dask cluster, if the installation names one."""
        return Cluster(self.settings.dask_scheduler) if self.settings.dask_scheduler else None

    @cached_property
    def metrics(self) -> Metrics:
        """How computations went since this process began."""
        return Metrics()

    def route(self, operation: Operation, arguments: Mapping[str, Any]) -> Where:
        """Where a computation belongs: small ones stay, heavy or large ones leave this process."""
        if not operation.heavy and cells(arguments) <= SMALL_CELLS:
            return "here"
        return "worker" if self.cluster is None else "cluster"

    def compute(
        self, operation: Operation, arguments: Mapping[str, Any], seconds: float = INTERACTIVE_SECONDS
    ) -> Computed:
        """Compute and wait.

        Raises:
            EngineRefused: the method is not defined for these arguments.
            MissingExtra: a library is not installed.
            EngineTimeout: it took longer than `seconds`.
            EngineFailed: its worker was lost, twice.
        """
        if self.route(operation, arguments) == "here":
            return self._here(operation, arguments)
        found = self.begin(operation, arguments, seconds).wait()
        assert found is not None
        return found

    def begin(self, operation: Operation, arguments: Mapping[str, Any], seconds: float = QUEUED_SECONDS) -> Running:
        """Start computing in a worker or on the cluster."""
        where: Where = "worker" if self.cluster is None else "cluster"
        running = Running(self, operation, arguments, where, _Nothing(), seconds)
        running.placed = self.place(operation, arguments, where, seconds, running.hear)
        return running

    def place(
        self, operation: Operation, arguments: Mapping[str, Any], where: Where, seconds: float, heard: Any
    ) -> Placed:
        """Hand a computation over to its place."""
        if where == "cluster" and self.cluster is not None:
            try:
                return self.cluster.begin(operation.name, arguments, seconds)
            except ModuleNotFoundError as error:
                raise missing(error) from error
        return self.workers.begin(operation.name, arguments, seconds, heard)

    def close(self) -> None:
        """Stop the workers and leave the cluster."""
        if "workers" in self.__dict__:
            self.workers.close()
        if self.cluster is not None:
            self.cluster.close()

    def _here(self, operation: Operation, arguments: Mapping[str, Any]) -> Computed:
        began, how = time.monotonic(), "failed"
        try:
            found = run(operation, dict(arguments))
            how = "done"
        except EngineError as error:
            how = "refused"
            raise refusal(error) from error
        except ModuleNotFoundError as error:
            how = "missing"
            raise missing(error) from error
        finally:
            self.metrics.count(operation, "here", how, time.monotonic() - began)
        return found


class _Nothing:
    """The place of a computation in the moment before it has one."""

    def wait(self, seconds: float | None = None) -> Computed | None:
        """Nothing is computed."""
        return None

    def stop(self) -> None:
        """Nothing to end."""


def cells(value: Any) -> int:
    """How many single values an argument holds, roughly."""
    size = getattr(value, "size", None)
    if isinstance(size, int):
        return size
    if isinstance(value, Mapping):
        return sum(cells(item) for item in value.values())
    if isinstance(value, list | tuple):
        return len(value) * cells(value[0]) if value else 0
    return 1


NERVE: Final = Nerve(Settings())
"""The nerve of this process."""
