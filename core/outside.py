"""What an installation can reach beyond its database (*lo de fuera*): its files, and the web.

The gate hands it to tools. Files are the tenant's own; which servers may be read is asked
anew with each fetch, in the tool's own transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias
from uuid import UUID

from sqlmodel import Session

from core.doors import Web
from core.keys import Keys
from core.places import Place, read_places
from core.settings import Settings
from core.storage import Storage

Listed: TypeAlias = Callable[[Session], frozenset[Place]]


@dataclass(frozen=True)
class TenantFiles:
    """The `Files` of one tenant."""

    storage: Storage
    tenant_id: UUID

    def address(self, content: bytes) -> str:
        """Where `content` lies, or would."""
        return self.storage.address(self.tenant_id, content)

    def put(self, content: bytes) -> str:
        """Keep `content` encrypted; its address."""
        return self.storage.put(self.tenant_id, content)

    def get(self, address: str) -> bytes:
        """The content at `address`, or NotFound."""
        return self.storage.get(self.tenant_id, address)


@dataclass(frozen=True)
class Reach:
    """The `Outside` of an installation.

    Args:
        settings: say where files lie and which servers of the inside network exist.
        keys: seal the files.
        listed: the servers that whoever acts in this session may read.
    """

    settings: Settings
    keys: Keys
    listed: Listed

    @cached_property
    def storage(self) -> Storage:
        """The object store, opened when first used."""
        return Storage.open(self.settings, self.keys)

    @cached_property
    def inside(self) -> frozenset[Place]:
        """The inside servers that the settings admit."""
        return read_places(self.settings.inside_hosts)

    def files(self, tenant_id: UUID) -> TenantFiles:
        """The files of one tenant."""
        return TenantFiles(self.storage, tenant_id)

    def doors(self, session: Session) -> Web:
        """The ways out for reading, as far as the tenant and the actor of `session` may."""
        return Web(lambda: self.listed(session), self.inside)
