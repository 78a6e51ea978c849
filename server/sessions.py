"""Signing in and staying so: password check, session rows, and who stands behind a cookie.

The session row lives for thirty idle minutes and twelve hours at most; while it lives the
ten-minute token in the cookie is renewed silently. A row that ended counts within five
seconds everywhere.
"""

import asyncio
import hmac
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from core.context import Actor, Origin
from core.errors import NotFound, NotSignedIn
from core.identifiers import new_id
from core.people import HASHER, People, SignInSession, User
from server.factors import NOBODY, Factor, Password, count_failure, matches, refuse_locked
from server.throttle import Throttle
from server.tokens import Claims, Tokens

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
CACHE_SECONDS: Final = 5.0
AT_ONCE: Final = 3  # sessions of one user; the oldest ends


@dataclass(frozen=True)
class Visitor:
    """Who asks: the actor, and for browsers the session with its CSRF token."""

    actor: Actor
    session_id: UUID | None = None
    csrf: str = ""
    theme: str = "system"
    renewed: str | None = None  # a new token to set in the cookie


@dataclass(frozen=True)
class Known:
    """What the last look at a session row gave."""

    visitor: Visitor
    at: float


@dataclass(frozen=True)
class Sessions:
    """Sign-in sessions over people's records."""

    people: People
    tokens: Tokens
    throttle: Throttle
    known: dict[UUID, Known] = field(default_factory=dict)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def sign_in(self, username: str, password: str, origin: Origin) -> tuple[Visitor, str]:
        """A new session for the person, and the token for its cookie.

        Raises:
            NotSignedIn: unknown, disabled or wrong; one message, one duration for all.
            TooManyRequests: too many failures for this name or address.
        """
        name = username.strip().lower()[:200]
        address = origin.ip_address or "?"
        await self.throttle.check(name, address)
        actor, user = await asyncio.to_thread(self._find, name)
        refuse_locked(user)
        async with self.hashing:
            right = await asyncio.to_thread(matches, user.password_hash if user else NOBODY, password)
        if actor is None or user is None or not right:
            await self.throttle.failed(name, address)
            if actor is not None:
                await asyncio.to_thread(count_failure, self.people, actor, origin)
            raise NotSignedIn()
        await self.throttle.passed(name)
        visitor = await asyncio.to_thread(self._open, actor, user, password, origin)
        assert visitor.session_id is not None
        return visitor, self.tokens.make(actor.tenant_id, actor.user_id, actor.user, visitor.session_id)

    def _find(self, name: str) -> tuple[Actor | None, User | None]:
        try:
            actor = self.people.actor(name)
        except NotFound:
            return None, None
        with self.people.database.transaction(actor.tenant_id) as session:
            return actor, session.get(User, (actor.tenant_id, actor.user_id))

    def _open(self, actor: Actor, user: User, password: str, origin: Origin) -> Visitor:
        row_id, csrf = new_id(), secrets.token_urlsafe(24)
        with self.people.writing(actor, origin=replace(origin, session_id=row_id)) as session:
            mine = session.get(User, (actor.tenant_id, actor.user_id))
            assert mine is not None
            mine.failed_count, mine.locked_until = 0, None
            if HASHER.check_needs_rehash(mine.password_hash):
                mine.password_hash = HASHER.hash(password)
            session.add(mine)
            alive = session.exec(
                select(SignInSession)
                .where(SignInSession.user_id == actor.user_id, col(SignInSession.ended_at).is_(None))
                .order_by(col(SignInSession.created_at).desc())
            ).all()
            for old in alive[AT_ONCE - 1 :]:
                old.ended_at = session.now
                session.add(old)
                self.known.pop(old.id, None)
            session.add(
                SignInSession(
                    id=row_id,
                    user_id=actor.user_id,
                    csrf=csrf,
                    last_seen_at=session.now,
                    expires_at=session.now + ABSOLUTE,
                    factor_at=session.now,
                )
            )
        return Visitor(replace(actor, factor_at=session.now), row_id, csrf, user.theme)

    async def step_up(self, visitor: Visitor, given: str, origin: Origin) -> tuple[Visitor, str]:
        """The visitor's session once more, under a new id, after he has shown who is there; and its token.

        Throttled like signing in. The absolute end of the session stays; its form token too,
        so that what was typed in the page that asked is not lost.

        Raises:
            NotSignedIn: the factor is wrong, or the caller has no browser session.
            TooManyRequests: too many failures for this name or address.
        """
        actor, address = visitor.actor, origin.ip_address or "?"
        if visitor.session_id is None:
            raise NotSignedIn()
        await self.throttle.check(actor.user, address)
        _, user = await asyncio.to_thread(self._find, actor.user)
        refuse_locked(user)
        async with self.hashing:
            right = await asyncio.to_thread(self.factor.verify, actor, given)
        if not right:
            await self.throttle.failed(actor.user, address)
            await asyncio.to_thread(count_failure, self.people, actor, origin)
            raise NotSignedIn()
        await self.throttle.passed(actor.user)
        fresh = await asyncio.to_thread(self._succeed, visitor, origin)
        assert fresh.session_id is not None
        return fresh, self.tokens.make(actor.tenant_id, actor.user_id, actor.user, fresh.session_id)

    @property
    def factor(self) -> Factor:
        """How people show who is there."""
        return Password(self.people)

    def _succeed(self, visitor: Visitor, origin: Origin) -> Visitor:
        """End the visitor's session and begin its successor, whose factor is of now (ASVS 7.2.4)."""
        actor, row_id = visitor.actor, new_id()
        with self.people.writing(actor, origin=replace(origin, session_id=row_id)) as session:
            old = session.get(SignInSession, (actor.tenant_id, visitor.session_id))
            user = session.get(User, (actor.tenant_id, actor.user_id))
            if old is None or user is None or not _holds(old, session.now):
                raise NotSignedIn()
            old.ended_at = session.now
            user.failed_count, user.locked_until = 0, None
            session.add_all([old, user])
            session.add(
                SignInSession(
                    id=row_id,
                    user_id=actor.user_id,
                    csrf=old.csrf,
                    last_seen_at=session.now,
                    expires_at=old.expires_at,
                    factor_at=session.now,
                )
            )
        self.known.pop(old.id, None)
        return replace(visitor, actor=replace(actor, factor_at=session.now), session_id=row_id, renewed=None)

    async def visitor(self, token: str) -> Visitor:
        """Who stands behind a cookie's token; renews it if it ran out and its session lives.

        Raises:
            NotSignedIn: no good token, or its session has ended.
        """
        claims = self.tokens.read(token, allow_expired=True)
        known = self.known.get(claims.session_id)
        if known is None or time.monotonic() - known.at > CACHE_SECONDS:
            visitor = await asyncio.to_thread(self._look, claims)
            self._remember(claims.session_id, visitor)
        else:
            visitor = known.visitor
        if visitor.actor.user_id != claims.user_id:
            raise NotSignedIn()
        if not claims.expired:
            return visitor
        again = self.tokens.make(claims.tenant_id, claims.user_id, visitor.actor.user, claims.session_id)
        return Visitor(visitor.actor, visitor.session_id, visitor.csrf, visitor.theme, again)

    def _remember(self, session_id: UUID, visitor: Visitor) -> None:
        if len(self.known) > 10_000:
            self.known.clear()
        self.known[session_id] = Known(visitor, time.monotonic())

    def _look(self, claims: Claims) -> Visitor:
        with self.people.database.transaction(claims.tenant_id) as session:
            row = session.get(SignInSession, (claims.tenant_id, claims.session_id))
            user = session.get(User, (claims.tenant_id, claims.user_id))
            now = session.info["now"]
        if row is None or user is None or not _holds(row, now) or row.user_id != claims.user_id:
            raise NotSignedIn()
        try:
            actor = self.people.actor(user.username)
        except NotFound as error:
            raise NotSignedIn() from error
        if row.last_seen_at < now - SEEN_EVERY:
            with self.people.writing(actor, "web") as writing:
                seen = writing.get(SignInSession, (claims.tenant_id, claims.session_id))
                if seen is not None:
                    seen.last_seen_at = writing.now
                    writing.add(seen)
        return Visitor(replace(actor, factor_at=row.factor_at), row.id, row.csrf, user.theme)

    async def alive(self, visitor: Visitor) -> bool:
        """Whether the visitor's session still holds; asking does not count as using it."""
        return visitor.session_id is None or await asyncio.to_thread(self._alive, visitor.actor, visitor.session_id)

    def _alive(self, actor: Actor, session_id: UUID) -> bool:
        with self.people.database.transaction(actor.tenant_id) as session:
            row = session.get(SignInSession, (actor.tenant_id, session_id))
            return row is not None and _holds(row, session.info["now"])

    async def bearer(self, token: str) -> Visitor:
        """Who stands behind an `Authorization: Bearer`: a personal token, or a browser's own.

        Raises:
            NotSignedIn: neither.
        """
        if token.startswith("ait_"):
            return Visitor(await asyncio.to_thread(self.people.actor_of_token, token[:200]))
        self.tokens.read(token)
        return await self.visitor(token)

    async def sign_out(self, visitor: Visitor) -> None:
        """End the visitor's session everywhere."""
        if visitor.session_id is not None:
            self.known.pop(visitor.session_id, None)
            await asyncio.to_thread(self._end, visitor.actor, visitor.session_id)

    def _end(self, actor: Actor, session_id: UUID) -> None:
        with self.people.writing(actor, "web") as session:
            row = session.get(SignInSession, (actor.tenant_id, session_id))
            if row is not None and row.ended_at is None:
                row.ended_at = session.now
                session.add(row)

    async def prefer(self, visitor: Visitor, *, locale: str | None = None, theme: str | None = None) -> None:
        """Keep the person's language and theme."""
        await asyncio.to_thread(self._prefer, visitor.actor, locale, theme)
        self.known.clear()

    def _prefer(self, actor: Actor, locale: str | None, theme: str | None) -> None:
        with self.people.writing(actor, "web") as session:
            user = session.get(User, (actor.tenant_id, actor.user_id))
            assert user is not None
            user.locale, user.theme = locale or user.locale, theme or user.theme
            session.add(user)


def _holds(row: SignInSession, now: datetime) -> bool:
    return row.ended_at is None and row.expires_at > now and row.last_seen_at > now - IDLE


def same(given: str, expected: str) -> bool:
    """Whether two tokens are equal, in constant time."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
