"""People (*personas usuarias*): tenants, users, their sessions and access tokens.

A user's name is unique in the whole installation, so that signing in asks for no tenant;
which tenant it belongs to is looked up before row security knows one (`sec.find_login`).
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, Session, select

from core.context import Actor, Face, Loan, Origin
from core.database import Database
from core.errors import Conflict, NotFound, NotSignedIn
from core.i18n import N_, Locale
from core.identifiers import new_id
from core.records import INSTANT, Record, index, reference, table, unique
from core.stamping import TenantSession

HASHER: Final = PasswordHasher()
TOKEN_PREFIX: Final = "ait_"
TOKEN_DAYS: Final = 365
NO_PASSWORD: Final = "!"  # no hash, so that no password fits


class Tenant(Record, table=True):
    """One brokerage (*correduría*); `fictional` marks a demonstration."""

    __table_args__ = table("soriano_auth", unique("slug"))
    slug: str
    name: str
    zone: str = "Europe/Madrid"
    fictional: bool = False


class User(Record, table=True):
    """A person who may sign in; `roles` are those of the policy."""

    __table_args__ = table("soriano_auth", unique("username"))
    username: str
    name: str
    email: str | None = None
    roles: list[str] = Field(sa_type=ARRAY(Text))
    password_hash: str
    locale: str = "es"
    theme: str = "system"
    disabled: bool = False
    failed_count: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=INSTANT)


class SignInSession(Record, table=True):
    """One signed-in browser; ended by the person, by idleness or by age.

    `factor_at` is when the person last showed in it who he is (RFC 9470).
    """

    __table_args__ = table("soriano_auth", reference("user_id", "soriano_auth.user"), index("user_id"))
    user_id: UUID
    csrf: str
    last_seen_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)
    factor_at: datetime | None = Field(default=None, sa_type=INSTANT)


class AccessToken(Record, table=True):
    """A personal access token (REST, MCP, OpenAI clients); only its hash is kept."""

    __table_args__ = table("soriano_auth", unique("hash"), reference("user_id", "soriano_auth.user"))
    user_id: UUID
    label: str
    hash: str
    expires_at: datetime = Field(sa_type=INSTANT)
    revoked_at: datetime | None = Field(default=None, sa_type=INSTANT)


def nobody_lends(session: Session, user: User) -> tuple[Loan, ...]:
    """No loans at all: where nothing is known of them."""
    return ()


@dataclass(frozen=True)
class People:
    """Who there is, over one database. Only people administer people: no tool reaches this.

    Args:
        database: where they are kept.
        loans: the roles that others lend to a user at this moment.
    """

    database: Database
    loans: Callable[[Session, User], tuple[Loan, ...]] = nobody_lends

    def add_tenant(self, slug: str, name: str, *, zone: str = "Europe/Madrid", fictional: bool = False) -> Actor:
        """Make a tenant with its owner (user `owner@<slug>`, no password until one is set)."""
        tenant_id = new_id()
        actor = Actor(tenant_id, new_id(), f"owner@{slug}", frozenset({"owner"}), name=name, zone=zone)
        with self.writing(actor) as session:
            session.add(Tenant(id=tenant_id, slug=slug, name=name, zone=zone, fictional=fictional))
            session.add(
                User(id=actor.user_id, username=actor.user, name=name, roles=["owner"], password_hash=NO_PASSWORD)
            )
        return actor

    def owner(self) -> Actor:
        """The owner of the installation's first tenant; made with it the first time."""
        with self.database.transaction(None) as session:
            tenant_id = session.connection().execute(text("SELECT sec.first_tenant()")).scalar()
        if tenant_id is None:
            return self.add_tenant("soriano", "Correduría Soriano")
        with self.database.transaction(tenant_id) as session:
            owner = session.exec(select(User).where(User.username.startswith("owner@"))).one()
        return self.actor(owner.username)

    def writing(self, actor: Actor, face: Face = "cli", origin: Origin | None = None) -> "Writing":
        """A stamped session of `actor`'s tenant for people's own records; `origin` where from, if it is known."""
        return Writing(self.database, actor, origin or Origin(face, new_id()))

    def add_user(
        self,
        by: Actor,
        username: str,
        name: str,
        roles: list[str],
        *,
        email: str | None = None,
        locale: Locale = "es",
    ) -> str:
        """Make a user in `by`'s tenant and give the generated password, which is shown only now.

        Raises:
            Conflict: the name is taken, here or in another tenant.
        """
        if self._find(username) is not None:
            raise Conflict(reason=N_("ese nombre de usuario ya existe"))
        password = secrets.token_urlsafe(12)
        with self.writing(by) as session:
            session.add(
                User(
                    username=username.lower(),
                    name=name,
                    roles=roles,
                    email=email,
                    locale=locale,
                    password_hash=HASHER.hash(password),
                )
            )
        return password

    def reset_password(self, by: Actor, username: str) -> str:
        """Give a user of `by`'s tenant a new generated password and end all the user's sessions."""
        user = self.actor(username)
        if user.tenant_id != by.tenant_id:
            raise NotFound(what=N_("el usuario"), ref=username)
        password = secrets.token_urlsafe(12)
        with self.writing(by) as session:
            found = session.exec(select(User).where(User.id == user.user_id)).one()
            found.password_hash = HASHER.hash(password)
            session.add(found)
            sessions = select(SignInSession).where(SignInSession.user_id == user.user_id)
            for open_session in session.exec(sessions.where(SignInSession.ended_at == None)):  # noqa: E711 — SQL
                open_session.ended_at = session.now
                session.add(open_session)
        return password

    def users(self, by: Actor) -> list[User]:
        """All users of `by`'s tenant, by name."""
        with self.database.transaction(by.tenant_id) as session:
            return list(session.exec(select(User).order_by(User.username)))

    def tenant(self, actor: Actor) -> Tenant:
        """The actor's own tenant."""
        with self.database.transaction(actor.tenant_id) as session:
            return session.exec(select(Tenant).where(Tenant.id == actor.tenant_id)).one()

    def mark_fictional(self, by: Actor, name: str) -> None:
        """Say of `by`'s tenant that its people and firms are invented, and call it `name`."""
        with self.writing(by) as session:
            found = session.exec(select(Tenant).where(Tenant.id == by.tenant_id)).one()
            if not found.fictional or found.name != name:
                found.fictional, found.name = True, name
                session.add(found)

    def actor(self, username: str, tenant_id: UUID | None = None) -> Actor:
        """The user of that name, ready to act.

        Args:
            username: the name, unique in the installation.
            tenant_id: whose user it must be. Give it whenever the name comes out of a tenant's
                row: what was written there must not make anybody act in another tenant.

        Raises:
            NotFound: nobody (there) has that name, or the account is disabled.
        """
        found = self._find(username)
        if found is None or tenant_id not in (None, found[0]):
            raise NotFound(what=N_("el usuario"), ref=username)
        tenant_id, user_id = found
        with self.database.transaction(tenant_id) as session:
            return self._actor(session, tenant_id, user_id, username)

    def _actor(self, session: Session, tenant_id: UUID, user_id: UUID, ref: str) -> Actor:
        user = session.get(User, (tenant_id, user_id))
        tenant = session.get(Tenant, (tenant_id, tenant_id))
        if user is None or tenant is None or user.disabled or user.deleted_at is not None:
            raise NotFound(what=N_("el usuario"), ref=ref)
        own = frozenset(user.roles)
        lent = tuple(loan for loan in self.loans(session, user) if loan.role not in own)
        return Actor(
            tenant_id,
            user_id,
            user.username,
            own | {loan.role for loan in lent},
            name=user.name,
            locale="en" if user.locale == "en" else "es",
            zone=tenant.zone,
            lent=lent,
        )

    def _find(self, username: str) -> tuple[UUID, UUID] | None:
        with self.database.transaction(None) as session:
            row = (
                session.connection()
                .execute(text("SELECT tenant_id, user_id FROM sec.find_login(:name)"), {"name": username})
                .one()
            )
        return None if row[0] is None else (row[0], row[1])

    def add_token(self, by: Actor, username: str, label: str) -> str:
        """Make an access token for a user of `by`'s tenant; shown only now, valid a year."""
        user = self.actor(username)
        if user.tenant_id != by.tenant_id:
            raise NotFound(what=N_("el usuario"), ref=username)
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        with self.writing(by) as session:
            expires = session.now + timedelta(days=TOKEN_DAYS)
            session.add(AccessToken(user_id=user.user_id, label=label, hash=_hash(token), expires_at=expires))
        return token

    def actor_of_token(self, token: str) -> Actor:
        """The user whose access token this is.

        Raises:
            NotSignedIn: unknown, expired or revoked; one message for all.
        """
        with self.database.transaction(None) as session:
            row = (
                session.connection()
                .execute(text("SELECT tenant_id, token_id FROM sec.find_token(:hash)"), {"hash": _hash(token)})
                .one()
            )
        if row[0] is None:
            raise NotSignedIn()
        with self.database.transaction(row[0]) as session:
            found = session.get(AccessToken, (row[0], row[1]))
            now: datetime = session.info["now"]
            if found is None or found.revoked_at is not None or found.expires_at < now:
                raise NotSignedIn()
            try:
                return self._actor(session, row[0], found.user_id, "")
            except NotFound as error:
                raise NotSignedIn() from error


class Writing:
    """`with` gives a stamped session of the actor's tenant, committed at the end."""

    def __init__(self, database: Database, actor: Actor, origin: Origin) -> None:
        """Remember for whom; nothing opens before `with`."""
        self.session = TenantSession(database.engine, expire_on_commit=False, actor=actor, origin=origin)
        self.database, self.actor = database, actor

    def __enter__(self) -> TenantSession:
        """Open the transaction."""
        self.session.now = self.database.enter(self.session, self.actor.tenant_id)
        return self.session

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Commit, or roll back on an error."""
        with self.session:
            if kind is None:
                self.session.commit()
            else:
                self.session.rollback()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
