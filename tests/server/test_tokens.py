"""Access tokens of browsers: each hostile shape of the corpus is refused, a right one is read."""

import base64
import hmac
import json
import time
from pathlib import Path
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.errors import NotSignedIn
from core.keys import Signer
from server.tokens import AUDIENCE, TYPE, Tokens

BAD = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text())
CASES = {item["id"]: item for item in BAD["items"] if item["category"] == "jwt"}
KEY, ATTACKER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TOKENS = Tokens(Signer(KEY), "ait-core-soriano/test")


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(**changed):
    now = int(time.time())
    found = {
        "iss": TOKENS.issuer,
        "aud": AUDIENCE,
        "sub": str(uuid4()),
        "tenant": str(uuid4()),
        "sid": str(uuid4()),
        "name": "ana",
        "iat": now,
        "exp": now + 600,
        "jti": str(uuid4()),
    }
    for name, value in changed.items():
        if isinstance(value, str) and value.startswith("now"):
            value = now + int(value[3:])
        found[name] = value
    return found


def built(case):
    """The token that a case describes, as near to a right one as it allows."""
    header = {"alg": "EdDSA", "typ": TYPE, "kid": TOKENS.key_id} | case["input"]["header"]
    payload = claims(**case["input"].get("payload", {}))
    signing = case["input"]["signing"]
    if case["description"] == "no exp":
        del payload["exp"]
    head, body = part(header), part(payload)
    said = f"{head}.{body}".encode()
    if signing == "empty signature":
        return f"{head}.{body}."
    if "HMAC" in signing:
        pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        secret = pem if "PEM" in signing else b"k" if "'k'" in signing else b"\0"
        mac = base64.urlsafe_b64encode(hmac.digest(secret, said, "sha256")).rstrip(b"=").decode()
        return f"{head}.{body}.{mac}"
    key = ATTACKER if "attacker" in signing or "retired" in signing else KEY
    signature = base64.urlsafe_b64encode(key.sign(said)).rstrip(b"=").decode()
    if "zero bytes" in signing:
        signature = base64.urlsafe_b64encode(bytes(64)).rstrip(b"=").decode()
    if "padding" in signing:
        return f"{head}.{body}.{signature}==\n"
    if "fourth segment" in signing:
        return f"{head}.{body}.{signature}.{signature}"
    if "JWE" in signing or signing == "-":
        return f"{head}..{part('iv')}.{part('x' * 200)}.{part('tag')}"
    if "payload edited" in signing:
        return f"{head}.{part(payload | {'sub': 'admin'})}.{signature}"
    return f"{head}.{body}.{signature}"


def test_a_right_token_is_read():
    tenant, user, session = uuid4(), uuid4(), uuid4()
    found = TOKENS.read(TOKENS.make(tenant, user, "ana", session))
    assert (found.tenant_id, found.user_id, found.session_id, found.username) == (tenant, user, session, "ana")
    assert not found.expired


@pytest.mark.parametrize("id", [id for id in CASES if CASES[id]["description"] != "revoked session"])
def test_hostile_tokens_are_refused(id):
    with pytest.raises(NotSignedIn):
        TOKENS.read(built(CASES[id]))


@pytest.mark.parametrize("id", [id for id in CASES if CASES[id]["description"] != "revoked session"])
def test_they_are_refused_by_cookie_too(id):
    with pytest.raises(NotSignedIn):
        TOKENS.read(built(CASES[id]), allow_expired=True)


def test_other_spellings_of_one_signature_are_refused():
    token = TOKENS.make(uuid4(), uuid4(), "ana", uuid4())
    head, body, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = signature[:-1] + alphabet[alphabet.index(signature[-1]) | 1]
    with pytest.raises(NotSignedIn):
        TOKENS.read(f"{head}.{body}.{twin}")


def test_an_expired_token_is_read_only_for_renewal():
    old = jwt.encode(claims(exp="now-5"), KEY, "EdDSA", headers={"typ": TYPE, "kid": TOKENS.key_id})
    with pytest.raises(NotSignedIn):
        TOKENS.read(old)
    assert TOKENS.read(old, allow_expired=True).expired
