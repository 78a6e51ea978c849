"""Policies in force (*políticas vigentes*): the house's own, or the version that a tenant has published."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, select

from tools.gate.records import PolicyVersion
from tools.policy import Policy


@dataclass(frozen=True)
class PoliciesInForce:
    """Versions by id, each parsed once; a published version never changes."""

    house: Policy
    known: dict[UUID, Policy] = field(default_factory=dict)

    def __call__(self, version: UUID | None, session: Session) -> Policy:
        """The policy of `version`, read through `session` the first time; the house's own if None."""
        if version is None:
            return self.house
        if version not in self.known:
            stored = session.exec(select(PolicyVersion).where(PolicyVersion.id == version)).one()
            self.known[version] = Policy.parse(stored.tables, stored.rules)
        return self.known[version]
