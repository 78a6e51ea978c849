"""Lock-out of guessed passwords: after five failures each costs twice the wait of the last.

Counted for the account and for the address alike, and for names that nobody has, so that
a lock tells nothing. The account's own count lies in PostgreSQL; Valkey holds the rest,
which may be lost.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import TooManyRequests

FREE: Final = 5  # failures without a wait
LONGEST: Final = 900
KEPT: Final = 3600
ADDRESS_FREE: Final = 20  # an office shares one address


def wait_after(failures: int, free: int = FREE) -> int:
    """Seconds to wait after so many failures: 0, then 1, 2, 4 … up to a quarter of an hour."""
    return 0 if failures < free else min(LONGEST, 2 ** min(failures - free, 20))


@dataclass(frozen=True)
class Throttle:
    """Failures of the last hour by key, with the moment until which a key is locked."""

    valkey: "Redis"

    @staticmethod
    def key(kind: str, value: str) -> str:
        """A key that holds no personal data."""
        return f"ait:throttle:{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"

    async def check(self, username: str, address: str) -> None:
        """Pass, or say how long to wait.

        Raises:
            TooManyRequests: the name or the address is locked.
        """
        waits = [await self._left(self.key("name", username)), await self._left(self.key("from", address))]
        if max(waits) > 0:
            raise TooManyRequests(retry_after=max(waits))

    async def failed(self, username: str, address: str) -> None:
        """Count one failure for both keys."""
        await self._count(self.key("name", username), FREE)
        await self._count(self.key("from", address), ADDRESS_FREE)

    async def passed(self, username: str) -> None:
        """Forget the name's failures; those of the address fade by themselves."""
        try:
            await self.valkey.delete(self.key("name", username))
        except RedisError:
            return  # the count fades within the hour

    async def _left(self, key: str) -> int:
        try:
            until = await self.valkey.hget(key, "until")
        except RedisError:
            return 0  # the account's own lock in PostgreSQL still holds
        return max(0, int(float(until) - time.time()) + 1) if until and float(until) > time.time() else 0

    async def _count(self, key: str, free: int) -> None:
        try:
            failures = await self.valkey.hincrby(key, "failures", 1)
            wait = wait_after(int(failures), free)
            if wait:
                await self.valkey.hset(key, "until", str(time.time() + wait))
            await self.valkey.expire(key, KEPT)
        except RedisError:
            return  # as above
