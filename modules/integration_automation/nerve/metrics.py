"""How computations went: counts and seconds by engine, for people and for Prometheus."""

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from engines.contract import Operation

KEPT: Final = 1000  # latest durations of one operation, for its quantiles


@dataclass
class Line:
    """One operation in one place."""

    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))


@dataclass
class Metrics:
    """Counts since this process began."""

    lines: dict[tuple[str, str, str], Line] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def count(self, operation: Operation, where: str, how: str, seconds: float) -> None:
        """Note one computation: where it was made, how it ended, how long it took."""
        with self._lock:
            line = self.lines.setdefault((operation.engine, operation.name, where), Line())
            line.outcomes[how] = line.outcomes.get(how, 0) + 1
            line.seconds.append(seconds)
