"""Circuit breaker (*cortacircuitos*): a model that keeps failing is left alone for a while."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

FAILURES: Final = 5  # within WINDOW_SECONDS open the circuit
WINDOW_SECONDS: Final = 60.0
OPEN_SECONDS: Final = 30.0  # then one call may try (half open)


@dataclass
class Breaker:
    """Whether one model may be asked now."""

    clock: Callable[[], float] = time.monotonic
    _failures: deque[float] = field(default_factory=deque)
    _opened: float | None = None

    def allows(self) -> bool:
        """Whether to try: closed, or open long enough for one probing call."""
        if self._opened is None:
            return True
        if self.clock() - self._opened >= OPEN_SECONDS:
            self._opened = self.clock()  # half open: the next probe has to wait again
            return True
        return False

    def failed(self) -> None:
        """Count a failure; the fifth within a minute opens the circuit."""
        now = self.clock()
        self._failures.append(now)
        while self._failures and now - self._failures[0] > WINDOW_SECONDS:
            self._failures.popleft()
        if len(self._failures) >= FAILURES:
            self._opened = now

    def succeeded(self) -> None:
        """Close the circuit."""
        self._failures.clear()
        self._opened = None
