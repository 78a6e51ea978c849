"""Access tokens of browsers (JWT, EdDSA, ten minutes): made here, and checked without mercy.

A token is a hint of who asks; the session row behind it decides. Everything that RFC 8725
warns of is refused by allow-list: one algorithm, one key, no header but `alg`, `typ`, `kid`,
one spelling of each token.
"""

import base64
import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.exceptions import InvalidSignature

from core.errors import NotSignedIn
from core.identifiers import new_id
from core.keys import Signer

SECONDS: Final = 600
TYPE: Final = "at+jwt"
AUDIENCE: Final = "ait-web"
FORM: Final = re.compile(r"[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{86}", re.ASCII)
CLAIMS: Final = ("iss", "aud", "sub", "tenant", "sid", "name", "iat", "exp", "jti")


@dataclass(frozen=True)
class Claims:
    """What a valid token says: which session of which user of which tenant."""

    tenant_id: UUID
    user_id: UUID
    session_id: UUID
    username: str
    expires_at: int

    @property
    def expired(self) -> bool:
        """Whether it needs renewal from its session."""
        return self.expires_at <= time.time()


@dataclass(frozen=True)
class Tokens:
    """Makes and checks the tokens of one installation."""

    signer: Signer
    issuer: str

    @property
    def key_id(self) -> str:
        """Name of the signing key: a digest of its public half."""
        return hashlib.sha256(self.signer.public_bytes).hexdigest()[:16]

    def make(self, tenant_id: UUID, user_id: UUID, username: str, session_id: UUID) -> str:
        """A token for one session, good for ten minutes."""
        now = int(time.time())
        payload = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "tenant": str(tenant_id),
            "sid": str(session_id),
            "name": username,
            "iat": now,
            "exp": now + SECONDS,
            "jti": str(new_id()),
        }
        return jwt.encode(payload, self.signer.private, "EdDSA", headers={"typ": TYPE, "kid": self.key_id})

    def read(self, token: str, *, allow_expired: bool = False) -> Claims:
        """What the token says.

        Raises:
            NotSignedIn: anything is wrong with it; one message for every cause.
        """
        try:
            return self._read(token, allow_expired)
        except (jwt.PyJWTError, InvalidSignature, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn() from error

    def _read(self, token: str, allow_expired: bool) -> Claims:
        if not FORM.fullmatch(token) or not _canonical(token.rpartition(".")[2]):
            raise ValueError("not a compact token")
        header = jwt.get_unverified_header(token)
        if header != {"alg": "EdDSA", "typ": TYPE, "kid": self.key_id}:
            raise ValueError("unexpected header")
        payload: dict[str, Any] = jwt.decode(
            token,
            self.signer.public,
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            issuer=self.issuer,
            options={"require": list(CLAIMS), "verify_exp": not allow_expired},
        )
        if set(payload) != set(CLAIMS) or type(payload["exp"]) is not int or type(payload["iat"]) is not int:
            raise ValueError("unexpected claims")
        return Claims(
            UUID(payload["tenant"]),
            UUID(payload["sub"]),
            UUID(payload["sid"]),
            str(payload["name"]),
            payload["exp"],
        )


def _canonical(part: str) -> bool:
    """Whether base64url text is the one spelling of its bytes (unused bits are zero)."""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == part
