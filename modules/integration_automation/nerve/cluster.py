"""Beyond one machine: the same computations on the workers of a Dask scheduler.

Dask was chosen because it takes plain functions and pickled arrays as they are, keeps a queue
per scheduler, and runs on two processes of one machine as on a hundred (docs/decisions/0017).
Its workers need this package installed; they get no connection and no key.
"""

from collections.abc import Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engines import operations
from engines.contract import Computed
from engines.running import run
from modules.integration_automation.nerve.workers import Stopped, TookTooLong, WorkerLost


@dataclass(frozen=True)
class Remote:
    """A computation on the cluster."""

    future: Any
    seconds: float

    def wait(self, seconds: float | None = None) -> Computed | None:
        """The result; None if it is not there after `seconds`.

        Raises:
            EngineError: the engine refused.
            Stopped, TookTooLong, WorkerLost: it will not come.
        """
        from distributed import TimeoutError as Late
        from distributed.scheduler import KilledWorker

        try:
            found: Computed = self.future.result(timeout=self.seconds if seconds is None else seconds)
        except CancelledError as error:
            raise Stopped from error
        except Late as error:
            if seconds is None:
                self.stop()
                raise TookTooLong from error
            return None
        except KilledWorker as error:
            raise WorkerLost("KilledWorker") from error
        return found

    def stop(self) -> None:
        """Forget it; a worker that computes it already ends it in vain."""
        self.future.cancel()


@dataclass(frozen=True)
class Cluster:
    """A Dask scheduler by its address, such as `tcp://scheduler:8786`."""

    address: str

    @cached_property
    def client(self) -> Any:
        """The connection, made when first needed."""
        from distributed import Client

        return Client(self.address, set_as_default=False)  # type: ignore[no-untyped-call]

    def begin(self, name: str, arguments: Mapping[str, Any], seconds: float) -> Remote:
        """Send it to a worker; a worker that dies is replaced by another, as the scheduler's settings say."""
        return Remote(self.client.submit(compute, name, dict(arguments), pure=False), seconds)

    def workers(self) -> int:
        """How many workers there are now."""
        return len(self.client.scheduler_info()["workers"])

    def close(self) -> None:
        """Leave."""
        if "client" in self.__dict__:
            self.client.close()


def compute(name: str, arguments: dict[str, Any]) -> Computed:
    """Compute on a worker of the cluster."""
    return run(operations()[name], arguments)
