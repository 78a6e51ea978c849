"""The object store (*almacén de ficheros*): encrypted files, addressed by what they say.

A local folder by default, S3 or another store by URL. An address is a keyed hash of the
content, so that the same file lies there once a tenant, and nobody without the tenant's
key can tell from an address whether a given file is there.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from core.errors import AitError, NotFound, OutsideUnavailable
from core.i18n import N_
from core.keys import Keys, Unsealable
from core.settings import Settings

ADDRESS: Final = re.compile(r"[0-9a-f]{64}")
STORE: Final = N_("el almacén de ficheros")


class ObjectAltered(AitError):
    """The stored bytes are not what was put there."""

    code = "ait.object_altered"
    text = N_("El fichero {address} está alterado en el almacén. No se ha abierto.")


@dataclass(frozen=True)
class Storage:
    """Files of all tenants, each under its tenant's prefix and key."""

    store: Any  # obstore's stores share functions, not a class
    keys: Keys

    @classmethod
    def open(cls, settings: Settings, keys: Keys) -> "Storage":
        """The store that the settings name; a folder under the data directory if none."""
        if settings.objects_url:
            return cls(from_url(settings.objects_url), keys)
        return cls(LocalStore(settings.data_dir / "objects", mkdir=True), keys)

    def put(self, tenant_id: UUID, content: bytes) -> str:
        """Keep `content`; its address. The same content again is the same object."""
        address = self.address(tenant_id, content)
        path = _path(tenant_id, address)
        sealed = self.keys.seal(tenant_id, content, path.encode())
        try:
            obstore.put(self.store, path, sealed)
        except BaseError as error:
            raise OutsideUnavailable(what=STORE) from error
        return address

    def get(self, tenant_id: UUID, address: str) -> bytes:
        """The content at `address`.

        Raises:
            NotFound: this tenant has none there.
            ObjectAltered: the bytes in the store were changed.
        """
        path = _path(tenant_id, address)
        try:
            sealed = bytes(obstore.get(self.store, path).bytes())
        except FileNotFoundError as error:
            raise NotFound(what=N_("el fichero"), ref=address) from error
        except BaseError as error:
            raise OutsideUnavailable(what=STORE) from error
        try:
            content = self.keys.unseal(tenant_id, sealed, path.encode())
        except Unsealable as error:
            raise ObjectAltered(address=address) from error
        if self.address(tenant_id, content) != address:
            raise ObjectAltered(address=address)
        return content

    def delete(self, tenant_id: UUID, address: str) -> None:
        """Remove the object; none there is as good."""
        try:
            obstore.delete(self.store, _path(tenant_id, address))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise OutsideUnavailable(what=STORE) from error

    def address(self, tenant_id: UUID, content: bytes) -> str:
        """Where `content` lies: HMAC-SHA-256 under a key of the tenant, in hexadecimal."""
        key = self.keys.tenant_key(tenant_id).derive("ait/objects")
        return hmac.digest(key, content, "sha256").hex()


def _path(tenant_id: UUID, address: str) -> str:
    if not ADDRESS.fullmatch(address):
        raise NotFound(what=N_("el fichero"), ref=address)
    return f"{tenant_id}/{address[:2]}/{address}"
