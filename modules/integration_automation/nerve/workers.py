"""Worker processes: a computation that can be stopped, and that cannot take the house's memory with it.

What goes wrong with a worker (killed, out of memory, crashed in C) is told as a problem of that
one call. The processes are spawned, not forked: they share no connection and no key with us.
"""

import multiprocessing
import os
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from threading import Thread
from typing import Any, Final

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from engines import operations
from engines.contract import Computed
from engines.running import listening, run

CALLS_A_WORKER: Final = 500  # then it is replaced: what a library leaks ends with its process
THREADS: Final = "1"  # of the linear algebra in one worker: several workers share the cores
PLUMBING: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
Heard = Callable[[int, int], None]


class Stopped(Exception):
    """The computation was stopped before its end."""


class TookTooLong(Exception):
    """Its time was over."""


class WorkerLost(Exception):
    """The worker ended without an answer: killed, or a crash of a library."""


class OutOfMemory(Exception):
    """It needed more than a worker may take; it would again."""


@dataclass(frozen=True)
class Place:
    """A computation in a worker: wait for it, or stop it."""

    future: "ProcessFuture[Any]"

    def wait(self, seconds: float | None = None) -> Computed | None:
        """The result; None if it is not there after `seconds`.

        Raises:
            EngineError: the engine refused.
            Stopped, TookTooLong, WorkerLost, OutOfMemory: it will not come.
        """
        try:
            found: Computed = self.future.result(timeout=seconds)
        except CancelledError as error:
            raise Stopped from error
        except Late as error:
            if self.future.done():
                raise TookTooLong from error
            return None
        except MemoryError as error:
            raise OutOfMemory from error
        except (ProcessExpired, BrokenExecutor) as error:
            raise WorkerLost(type(error).__name__) from error
        return found

    def stop(self) -> None:
        """End it; the process that computes is killed."""
        self.future.cancel()  # type: ignore[no-untyped-call]


@dataclass
class Workers:
    """The worker processes of this process, started when first needed.

    Args:
        most: how many compute at once.
        memory: bytes of data that one worker may hold.
        warm: engines whose libraries a fresh worker imports before its first call.
    """

    most: int
    memory: int
    warm: tuple[str, ...] = ()
    _heard: dict[int, Heard] = field(default_factory=dict)
    _numbers: Any = field(default_factory=count)

    @cached_property
    def _spoken(self) -> Any:
        queue = multiprocessing.get_context("spawn").SimpleQueue()
        Thread(target=self._listen, args=(queue,), name="engine progress", daemon=True).start()
        return queue

    @cached_property
    def _pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self.most,
            max_tasks=CALLS_A_WORKER,
            initializer=settle,
            initargs=(self._spoken, self.memory, self.warm),
            context=multiprocessing.get_context("spawn"),
        )

    @property
    def started(self) -> bool:
        """Whether there are processes yet."""
        return "_pool" in self.__dict__

    def begin(self, name: str, arguments: Mapping[str, Any], seconds: float, heard: Heard | None = None) -> Place:
        """Start computing; `heard` is told how far it has come."""
        if self.started and not self._pool.active:
            del self.__dict__["_pool"]  # all its workers were lost at once: start anew
        number = next(self._numbers)
        if heard is not None:
            self._heard[number] = heard
        future = self._pool.schedule(perform, args=(number, name, dict(arguments)), timeout=seconds)
        future.add_done_callback(lambda _: self._heard.pop(number, None))
        return Place(future)

    def close(self) -> None:
        """Stop all."""
        if self.started:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._spoken.put(None)
            del self.__dict__["_pool"]

    def _listen(self, queue: Any) -> None:
        while (said := queue.get()) is not None:
            number, done, of = said
            heard = self._heard.get(number)
            if heard is not None:
                heard(done, of)


SPEAK: Any = None  # in a worker: the queue on which progress is told


def settle(spoken: Any, memory: int, warm: tuple[str, ...]) -> None:
    """Prepare a fresh worker: its memory bound, one thread, and the engines that are asked for often."""
    global SPEAK
    SPEAK = spoken
    for name in PLUMBING:
        os.environ.setdefault(name, THREADS)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    found = operations()
    if warm:
        from modules.integration_automation.nerve.warming import libraries_of

        for engine in warm:
            libraries_of(engine, found.values())


def perform(number: int, name: str, arguments: dict[str, Any]) -> Computed:
    """Compute in a worker."""

    def tell(done: int, of: int) -> None:
        SPEAK.put((number, done, of))

    with listening(tell):
        return run(operations()[name], arguments)
