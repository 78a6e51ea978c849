"""Factors (*factores*): how a person shows who is there. Today a password; what comes later plugs in here."""

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from argon2.exceptions import InvalidHashError, VerificationError

from core.context import Actor, Origin
from core.errors import TooManyRequests
from core.people import HASHER, NO_PASSWORD, People, User
from server.throttle import FREE, wait_after

LONGEST_PASSWORD: Final = 1024  # bytes, before hashing
NOBODY: Final = HASHER.hash(secrets.token_urlsafe(32))  # checked for unknown names: the same time


class Factor(Protocol):
    """One way of showing it: a password, a code of a device, a key."""

    def verify(self, actor: Actor, given: str) -> bool:
        """Whether `given` shows that it is `actor` who is there."""
        ...


def matches(stored: str, given: str) -> bool:
    """Whether `given` is the password behind the hash `stored`; as slow where there is none."""
    raw = given.encode("utf-8", "surrogatepass")[:LONGEST_PASSWORD]
    try:
        return HASHER.verify(stored, raw)
    except InvalidHashError:
        return matches(NOBODY, given) and False
    except VerificationError:
        return False


@dataclass(frozen=True)
class Password:
    """The account's password."""

    people: People

    def verify(self, actor: Actor, given: str) -> bool:
        """Whether it is the actor's; an account without one has none that fits."""
        return matches(self._stored(actor), given)

    def has(self, actor: Actor) -> bool:
        """Whether the account has a password at all (the owner's first has none)."""
        return self._stored(actor) != NO_PASSWORD

    def _stored(self, actor: Actor) -> str:
        with self.people.database.transaction(actor.tenant_id) as session:
            user = session.get(User, (actor.tenant_id, actor.user_id))
        return user.password_hash if user else NO_PASSWORD


def refuse_locked(user: User | None) -> None:
    """Go on unless the account is locked.

    Raises:
        TooManyRequests: it is, and for how long.
    """
    left = user.locked_until.timestamp() - time.time() if user is not None and user.locked_until is not None else 0
    if left > 0:
        raise TooManyRequests(retry_after=int(left) + 1)


def count_failure(people: People, actor: Actor, origin: Origin) -> None:
    """Count one failure more for the account; from the fifth on it is locked, ever longer."""
    with people.writing(actor, origin=origin) as session:
        user = session.get(User, (actor.tenant_id, actor.user_id))
        assert user is not None
        user.failed_count += 1
        wait = wait_after(user.failed_count, FREE)
        user.locked_until = session.now + timedelta(seconds=wait) if wait else None
        session.add(user)
