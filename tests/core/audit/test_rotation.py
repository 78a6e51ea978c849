"""The log's keys change: each is believed for its own time, and the change itself is signed by both."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core import keys as keys_module
from core.audit import standalone
from core.audit.log import AuditLog
from core.audit.standalone import Tampered
from core.keys import Keys, RotationAltered


@pytest.fixture
def rotated(house, origin, written):
    """A log with entries from before and after each of two rotations."""
    for _ in range(2):
        written(house, 5)
        house.audit.rotate_keys(house.actor, origin)
    written(house, 5)
    return house


def bundle(house, origin, out):
    now = datetime.now(UTC)
    return house.audit.export(house.actor, origin, now - timedelta(1), now + timedelta(1), out).path


def test_entries_and_checkpoints_of_all_keys_hold(rotated, origin, tmp_path):
    assert rotated.audit.verify(receipts=True).ok
    path = bundle(rotated, origin, tmp_path / "bundle")
    seen = standalone.verify(path, all_receipts=True)
    assert len(set(seen.keys.checkpoint)) == 3
    kinds = [found.said["kind"] for found in rotated.audit.search(rotated.actor)]
    assert kinds.count("key.rotated") == 2
    for found in rotated.audit.search(rotated.actor):
        assert rotated.audit.prove(rotated.actor, found.id).holds(rotated.keys)


def test_another_process_signs_with_the_new_key_at_once(house, origin, written):
    elsewhere = AuditLog(house.database, Keys.open(house.keys.folder.parent))
    before = elsewhere.keys.checkpoint.public_bytes
    house.audit.rotate_keys(house.actor, origin)
    assert elsewhere.keys.checkpoint.public_bytes == house.keys.checkpoint.public_bytes != before
    written(house, 3)
    assert elsewhere.verify(receipts=True).ok
    elsewhere.close()


def test_the_private_keys_before_are_gone_and_the_files_are_closed(rotated):
    names = {file.name for file in rotated.keys.folder.iterdir()}
    assert {"checkpoint.2", "receipts.2", "rotations"} <= names
    assert not names & {"checkpoint", "checkpoint.1", "receipts", "receipts.1"}
    assert {file.stat().st_mode & 0o077 for file in rotated.keys.folder.iterdir()} == {0}


def test_a_key_signs_nothing_outside_its_time(rotated, origin, tmp_path, monkeypatch):
    path = bundle(rotated, origin, tmp_path / "bundle")
    said = json.loads((path / "keys.json").read_bytes())
    ring = standalone.KeyRing((path / "keys.json").read_bytes())
    sizes = [change["size"] for change in said["rotations"]]
    assert [ring.of_size(size) for size in (1, sizes[0], sizes[0] + 1, sizes[1] + 1)] == [
        ring.checkpoint[n] for n in (0, 0, 1, 2)
    ]
    changed = standalone.moment(said["rotations"][0]["at"])
    minute = timedelta(minutes=1)
    assert ring.of_receipt(changed - 9 * minute) == ring.receipts[:1]
    assert ring.receipts[0] in ring.of_receipt(changed + minute)
    assert ring.receipts[0] not in ring.of_receipt(changed + 3 * minute)
    log = rotated.keys.log
    for at in (changed - 9 * minute, changed + minute, changed + 3 * minute):
        ours = [key.public_bytes for key in log.receipts_of(f"{at.isoformat(timespec='microseconds')}Z")]
        assert ours == ring.of_receipt(at)


@pytest.mark.parametrize("part", ["log", "number", "at", "size", "checkpoint", "receipts", "old", "new"])
def test_a_changed_rotation_is_refused(rotated, part):
    path = rotated.keys.folder / "rotations"
    lines = path.read_text().splitlines()
    said = json.loads(lines[0])
    other = json.loads(lines[1])[part]
    said[part] = f"{said[part]}x" if said[part] == other else other
    path.write_text(json.dumps(said) + "\n" + lines[1] + "\n")
    with pytest.raises(RotationAltered):
        Keys.open(rotated.keys.folder.parent)
    fake = dict(zip(("log", "checkpoint", "receipts"), (said["log"], *json.loads(lines[0])["checkpoint"]), strict=True))
    text = json.dumps({**fake, "rotations": [said]}, sort_keys=True, separators=(",", ":"))
    with pytest.raises(Tampered):
        standalone.KeyRing(text.encode())


def test_a_missing_key_is_never_made_anew(rotated):
    (rotated.keys.folder / "receipts.2").unlink()
    with pytest.raises(RotationAltered, match=r"receipts\.2"):
        Keys.open(rotated.keys.folder.parent)
    assert not (rotated.keys.folder / "receipts.2").exists()


def test_the_witness_goes_on_over_a_rotation(house, origin, written, tmp_path):
    written(house, 3)
    house.audit.witness(tmp_path)
    house.audit.rotate_keys(house.actor, origin)
    written(house, 3)
    assert house.audit.witness(tmp_path) == 7
    assert keys_module.OVERLAP == standalone.OVERLAP
