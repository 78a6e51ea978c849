"""How fast a host is read: a token bucket a host, and how long a failed page rests before it is asked for again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

BURST: Final = 2.0  # pages at once, where the host asks for no pause between them
AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
MOST_RETRIES: Final = 4
LONGEST_REST: Final = 60.0  # seconds, where the host does not ask for more
CHANCE: Final = SystemRandom()


@dataclass(frozen=True)
class Bucket:
    """Tokens at an instant; a request takes one, and `interval` seconds bring one back. Below 0 it is in debt."""

    tokens: float
    at: datetime

    def take(self, now: datetime, interval: float, burst: float) -> tuple["Bucket", float]:
        """The bucket without one token, and how many seconds the request must wait for it.

        Over any span of `s` seconds so at most `burst + s / interval` requests go out, however they are asked for.
        """
        # A clock that went back brings no tokens, nor does it take any.
        passed = max((now - self.at).total_seconds(), 0.0)
        left = min(burst, self.tokens + passed / interval) - 1
        return Bucket(left, max(now, self.at)), max(-left * interval, 0.0)


def rest(attempt: int, asked: float | None) -> timedelta:
    """How long a page rests after its failed `attempt` (from 0): full jitter, never less than the host asked for."""
    chosen = CHANCE.uniform(0, min(LONGEST_REST, 0.5 * 2**attempt))
    return timedelta(seconds=max(chosen, asked or 0.0))
