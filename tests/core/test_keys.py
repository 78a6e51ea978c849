"""Keys are made once, kept from others' eyes, and what they seal opens only in its place."""

from pathlib import Path
from uuid import uuid4

import pytest

from core.keys import Keys, KeysExposed, Unsealable, key_id_of

TENANT, OTHER = uuid4(), uuid4()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.open(tmp_path)


def test_keys_are_made_once_and_found_again(tmp_path):
    first, second = Keys.open(tmp_path), Keys.open(tmp_path)
    assert first == second or first.context == second.context
    assert first.checkpoint.public_bytes == second.checkpoint.public_bytes
    assert first.origin == second.origin


def test_every_purpose_has_its_own_key(keys):
    found = {keys.checkpoint.public_bytes, keys.tokens.public_bytes, keys.receipts.public_bytes}
    assert len(found) == 3
    assert len({path.read_bytes() for path in keys.folder.iterdir()}) == len(list(keys.folder.iterdir()))


def test_key_files_are_for_their_owner_alone(keys):
    assert {path.stat().st_mode & 0o777 for path in keys.folder.iterdir()} == {0o600}
    assert keys.folder.stat().st_mode & 0o777 == 0o700


def test_an_exposed_key_is_refused(tmp_path, keys):
    (keys.folder / "checkpoint").chmod(0o644)
    with pytest.raises(KeysExposed, match="chmod 600"):
        Keys.open(tmp_path)


def test_what_is_sealed_opens_again(keys):
    sealed = keys.seal(TENANT, "Lucía".encode(), b"here")
    assert keys.unseal(TENANT, sealed, b"here") == "Lucía".encode()
    assert key_id_of(sealed) == TENANT


def test_two_seals_of_one_text_differ(keys):
    assert keys.seal(TENANT, b"x", b"") != keys.seal(TENANT, b"x", b"")


def test_a_sealed_value_opens_only_in_its_place_and_tenant(keys):
    sealed = keys.seal(TENANT, b"secret", b"row 1")
    for tenant, place in ((TENANT, b"row 2"), (OTHER, b"row 1")):
        with pytest.raises(Unsealable):
            keys.unseal(tenant, sealed, place)


def test_no_byte_of_a_sealed_value_may_change(keys):
    sealed = keys.seal(TENANT, b"secret", b"row 1")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :]
        with pytest.raises(Unsealable):
            keys.unseal(TENANT, changed, b"row 1")
    with pytest.raises(Unsealable):
        keys.unseal(TENANT, sealed[:20], b"row 1")


def test_a_signature_holds_for_its_message_and_key(keys):
    signature = keys.checkpoint.sign(b"root")
    assert keys.checkpoint.signed(b"root", signature)
    assert not keys.checkpoint.signed(b"rood", signature)
    assert not keys.receipts.signed(b"root", signature)
