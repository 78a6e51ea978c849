"""The list of servers that may be read (*servidores permitidos*), and for which agents.

People may read all of it. An agent reads only the kinds of server that its office has to
do with (`READERS`): the list that it is given holds no other, so that neither an address in
a message nor a redirect leads it elsewhere.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, Session, col, select

from core.i18n import N_
from core.places import Place
from core.records import Record, reference, table, unique
from core.stamping import TenantSession

SCHEMA: Final = "soriano_platform"


class HostClass(StrEnum):
    """What kind of server it is; the agents' authority goes by it."""

    INSURER = "insurer"
    BANK = "bank"
    REGULATOR = "regulator"
    MARKETING = "marketing"
    STATUS = "status"


LABELS: Final[Mapping[str, str]] = {
    "insurer": N_("aseguradora"),
    "bank": N_("banco"),
    "regulator": N_("organismo público"),
    "marketing": N_("marketing"),
    "status": N_("estado de servicios"),
}
READERS: Final[Mapping[HostClass, frozenset[str]]] = {
    HostClass.INSURER: frozenset({"executor/sales", "executor/operations"}),
    HostClass.BANK: frozenset({"executor/cfo"}),
    HostClass.REGULATOR: frozenset({"executor/compliance"}),
    HostClass.MARKETING: frozenset({"executor/cmo"}),
    HostClass.STATUS: frozenset({"executor/cto"}),
}
"""Which agents read which kind of server: docs/security.md 4.3."""


class AllowedHost(Record, table=True):
    """A server that may be read, exactly by scheme, name and port.

    `inside` says that it lies in the inside network or speaks without TLS; the installation
    has to agree (`AIT_INSIDE_HOSTS`). `status_path` is where an insurer answers about a
    policy: `{policy_number}` stands for its number.
    """

    __table_args__ = table(SCHEMA, unique("scheme", "host", "port"), reference("insurer_id", "soriano_core.insurer"))

    scheme: str
    host: str
    port: int
    inside: bool = False
    purpose: str
    classes: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    insurer_id: UUID | None = None
    status_path: str | None = None

    @property
    def place(self) -> Place:
        """The server as the doors compare it."""
        return Place(self.scheme, self.host, self.port, self.inside)

    def may_be_read_by(self, agent: str | None) -> bool:
        """Whether `agent` may read it; None is a person, who may."""
        return agent is None or any(agent in READERS[HostClass(name)] for name in self.classes)


def places(session: Session) -> frozenset[Place]:
    """The servers that whoever acts in `session` may read: the list of the tenant, cut to the agent's office."""
    agent = session.actor.agent if isinstance(session, TenantSession) else None
    hosts = session.exec(select(AllowedHost).where(col(AllowedHost.deleted_at).is_(None))).all()
    return frozenset(host.place for host in hosts if host.may_be_read_by(agent))
