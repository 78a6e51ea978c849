"""Dying at a chosen point: a tracer that counts what the interpreter does and kills at the n-th.

Three ways, so that no layer is spared: at a bytecode instruction of our own packages, at a
line of any Python code underneath (drivers, ORM, graph library), or at an instant that the
clock picks, which may fall inside C code, a system call or a wait for the network.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, Literal, TypeAlias

HOUSE: Final = Path(__file__).parent.parent.parent
OURS: Final = tuple(
    f"{HOUSE / name}/" for name in ("core", "tools", "graphs", "modules", "agents", "knowledge", "server", "engines")
)
LIBRARIES: Final = "/site-packages/"
Way: TypeAlias = Literal["instruction", "line", "instant"]
WAYS: Final[tuple[Way, ...]] = ("instruction", "line", "instant")


class Tracer:
    """Counts events from `start` on; at the `at`-th it tells the place and dies by SIGKILL."""

    def __init__(self, way: Way, at: int, tell: Callable[[str], None]) -> None:
        """Prepare; with `at` 0 it only counts, and `lines` notes when each line of ours was last run."""
        self.way, self.at, self.tell, self.count = way, at, tell, 0
        self.lines: dict[tuple[CodeType, int], int] = {}
        self._ours: dict[CodeType, bool] = {}

    def start(self) -> None:
        """Trace this thread and those that begin later."""
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> None:
        """Trace no more; what other threads still do is not counted."""
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if self.way == "line":
            return self._step
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._ours[code] = code.co_filename.startswith(OURS)
        if not ours:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event in ("opcode", "line"):
            self.count += 1
            if not self.at and self.way == "instruction":
                self.lines[frame.f_code, frame.f_lineno] = self.count
            if self.count == self.at:
                self.tell(place_of(frame))
                os.kill(os.getpid(), signal.SIGKILL)
        return self._step


def place_of(frame: FrameType) -> str:
    """The innermost module of ours on the stack, with its line, and the library within, if any."""
    inner, within, found = _package(frame.f_code.co_filename), "", frame
    here: FrameType | None = frame
    while here is not None:
        if here.f_code.co_filename.startswith(OURS):
            found, within = here, _package(here.f_code.co_filename)
            break
        here = here.f_back
    if not within:
        return inner
    place = f"{within}:{found.f_lineno}"
    return place if inner == within else f"{place} in {inner}"


def _package(filename: str) -> str:
    """`tools.gate.transact` for a file of ours, `sqlalchemy` for a library's, else the file's stem."""
    if filename.startswith(OURS):
        return ".".join(Path(filename).relative_to(HOUSE).with_suffix("").parts)
    if LIBRARIES in filename:
        return filename.partition(LIBRARIES)[2].partition("/")[0]
    return f"python.{Path(filename).stem}"
