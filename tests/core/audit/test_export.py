"""The bundle proves itself: by one file of the standard library alone, and to the last byte."""

import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from core.audit import standalone
from core.audit.canonical import NotCanonical, canonical, parse
from core.audit.checkpoint import verifier_key
from core.audit.standalone import Incomplete, Tampered
from core.errors import Conflict

DAY = timedelta(days=1)


def export(house, origin, out, actor=None):
    now = datetime.now(UTC)
    return house.audit.export(actor or house.actor, origin, now - DAY, now + DAY, out)


@pytest.fixture
def bundle(house, origin, written, tmp_path):
    """A bundle of a log of 14 entries in four checkpoints, and the entries' ids of its tenant."""
    entries = written(house, 14)
    found = export(house, origin, tmp_path / "bundle")
    assert found.entries == 9
    return found.path, [str(one.id) for one in entries if one.actor is house.actor]


def run(path, *words):
    """What the bundle's own copy says, in an interpreter that sees no installed package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", path / "verify.py", path, *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONIOENCODING": "utf-8"},
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_a_bundle_is_valid_by_itself_alone(bundle, house):
    path, _ = bundle
    code, said = run(path, "--receipts")
    assert code == 0, said
    assert "9 asientos" in said
    assert verifier_key(house.keys) in said
    assert "uno a uno: 9" in said


def test_a_zip_is_as_good_as_a_folder(house, origin, written, tmp_path):
    written(house, 5)
    found = export(house, origin, tmp_path / "bundle.zip")
    assert standalone.main([str(found.path)]) == 0
    with zipfile.ZipFile(found.path) as file:
        assert sorted(file.namelist()) == sorted(standalone.FILES)


def test_other_tenants_are_hashes_and_nothing_more(bundle, house):
    path, ids = bundle
    lines = (path / "leaves.tsv").read_text().splitlines()
    shown = [line.split("\t")[4] for line in lines if line.count("\t") > 2]
    assert shown == ids
    hidden = [line for line in lines if line.count("\t") == 2]
    assert all(re.fullmatch(r"\d+\t[0-9a-f]{64}\t[0-9a-f]{64}", line) for line in hidden)
    everything = b"".join(file.read_bytes() for file in path.iterdir())
    with house.superuser() as db:
        rows = db.execute(
            "SELECT id::text, encode(body, 'escape'), encode(receipt, 'base64') FROM soriano_audit.entry"
            " WHERE tenant_id = %s",
            (house.other.tenant_id,),
        ).fetchall()
    assert len(rows) == 5
    assert str(house.other.tenant_id).encode() not in everything
    assert not [value for row in rows for value in row if value.encode() in everything]


def test_the_export_is_recorded(bundle, house):
    path, ids = bundle
    newest = house.audit.search(house.actor)[0]
    assert newest.said["kind"] == "data.exported"
    assert newest.said["details"]["entries"] == len(ids)
    assert newest.said["details"]["bundle"] == (path / "bundle.sig").read_text().partition("\n")[0]


def test_every_byte_counts(bundle):
    path, ids = bundle
    dice, missed, unnamed = random.Random(20261122), [], []
    for name in standalone.FILES:
        whole = (path / name).read_bytes()
        for _ in range(60):
            at, change = dice.randrange(len(whole)), 1 << dice.randrange(8)
            (path / name).write_bytes(whole[:at] + bytes((whole[at] ^ change,)) + whole[at + 1 :])
            try:
                standalone.verify(path)
                missed.append((name, at, change))
            except Tampered as error:
                told = error.told()
                named = ids[whole[:at].count(b"\n")] in told if name == "entries.jsonl" else name in told
                if not named and not (name == "leaves.tsv" and "hoja" in told):
                    unnamed.append((name, at, told))
        (path / name).write_bytes(whole)
    assert (missed, unnamed) == ([], [])
    standalone.verify(path)


def test_a_changed_leaf_names_its_entry(bundle):
    path, ids = bundle
    file = path / "leaves.tsv"
    lines = file.read_text().splitlines(keepends=True)
    own = [at for at, line in enumerate(lines) if ids[3] in line]
    at = own[0]
    for column in (1, 2, 3, 5):
        parts = lines[at].split("\t")
        parts[column] = parts[column].replace(parts[column][0], "A" if parts[column][0] != "A" else "B", 1)
        file.write_text("".join([*lines[:at], "\t".join(parts), *lines[at + 1 :]]))
        with pytest.raises(Tampered) as found:
            standalone.verify(path)
        assert (found.value.entry, found.value.leaf) == (ids[3], at), column


def test_a_missing_file_is_incomplete_and_one_more_is_tampering(bundle):
    path, _ = bundle
    (path / "more").touch()
    with pytest.raises(Tampered, match="de más"):
        standalone.verify(path)
    (path / "more").unlink()
    for name in standalone.FILES:
        kept = (path / name).rename(path.parent / "kept")
        with pytest.raises(Incomplete, match=name):
            standalone.verify(path)
        kept.rename(path / name)
    assert standalone.main([str(path / "nowhere")]) == 2


def test_the_key_that_one_knows_must_be_the_bundles(bundle, house):
    path, _ = bundle
    known = verifier_key(house.keys)
    assert standalone.main([str(path), "--key", known]) == 0
    assert standalone.main([str(path), "--key", known.replace("+", "+0", 1)]) == 1


def signed_again(path, house):
    """Make the bundle's own fingerprints right again, as whoever stole the key would."""
    said = json.loads((path / "bundle.json").read_bytes())
    said["files"] = {n: hashlib.sha256((path / n).read_bytes()).hexdigest() for n in said["files"]}
    data = canonical(said) + b"\n"
    digest = hashlib.sha256(data).hexdigest().encode()
    signature = house.keys.checkpoint.sign(b"ait audit bundle\n" + digest + b"\n")
    (path / "bundle.json").write_bytes(data)
    (path / "bundle.sig").write_bytes(digest + b"\n" + b64encode(signature) + b"\n")


def test_an_entry_left_out_is_found_even_if_the_bundle_is_signed_again(bundle, house):
    path, ids = bundle
    lines = (path / "leaves.tsv").read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if ids[4] in line)
    lines[at] = "\t".join(lines[at].split("\t")[:3]) + "\n"  # shown as if it were another tenant's
    (path / "leaves.tsv").write_text("".join(lines))
    bodies = (path / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (path / "entries.jsonl").write_bytes(b"".join(bodies[:4] + bodies[5:]))
    signed_again(path, house)
    with pytest.raises(Tampered, match="número de orden") as found:
        standalone.verify(path)
    assert found.value.entry == ids[5]


def test_another_history_in_the_nodes_is_found_even_if_the_bundle_is_signed_again(house, origin, written, tmp_path):
    written(house, 12)
    now = datetime.now(UTC)
    path = house.audit.export(house.actor, origin, now + DAY, now + 2 * DAY, tmp_path / "empty").path
    assert standalone.verify(path).count == 0
    lines = (path / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)
    (path / "checkpoints.jsonl").write_bytes(lines[0].replace(b'[2,"', b'[1,"') + b"".join(lines[1:]))
    signed_again(path, house)
    with pytest.raises(Tampered, match="punto de control"):
        standalone.verify(path)
    (path / "checkpoints.jsonl").write_bytes(b"".join(lines[:1] + lines[2:]))
    signed_again(path, house)
    with pytest.raises(Tampered, match="falta el punto de control"):
        standalone.verify(path)


def test_days_in_the_middle_stand_on_checkpoints_around_them(house, origin, written, tmp_path):
    written(house, 9, batch=3)
    middle = datetime.now(UTC)
    entries = written(house, 9, batch=3)
    end = datetime.now(UTC)
    written(house, 9, batch=3)
    found = house.audit.export(house.actor, origin, middle, end, tmp_path / "middle")
    seen = standalone.verify(found.path)
    assert (seen.count, seen.said["first_leaf"], seen.said["last_leaf"]) == (6, 9, 18)
    assert found.leaves == 9
    assert seen.notes == 9
    shown = (found.path / "entries.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in shown] == [str(e.id) for e in entries if e.actor is house.actor]


def test_nothing_is_written_over(bundle, house, origin):
    path, _ = bundle
    with pytest.raises(Conflict, match="ya existe"):
        export(house, origin, path)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1.5}',
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":null}',
        b'{"a":1,"a":1}',
        b'{"a":9007199254740992}',
        b'{"a":NaN}',
        b'{"a":"e\xcc\x81"}',
        b'{"a":"\\u0041"}',
        b"[" * 70 + b"]" * 70,
    ],
)
def test_what_another_writer_would_write_otherwise_is_refused_by_both_readers(data):
    with pytest.raises(ValueError):  # noqa: PT011 — what is wrong is the reader's to say
        standalone.parse(data)
    with pytest.raises(NotCanonical):
        parse(data)


def test_both_readers_agree_on_what_is_canonical():
    said = {"a": "é", "b": [None, True, -3], "ñ": {"\U0001f600": "x", "\uff21": 'y":null'}}
    assert standalone.parse(canonical(said)) == parse(canonical(said)) == said


def test_the_witness_accepts_what_goes_on_and_nothing_else(house, origin, written, tmp_path):
    written(house, 6)
    assert house.audit.witness(tmp_path / "witness") == 6
    written(house, 3)
    assert house.audit.witness(tmp_path / "witness") == 9
    assert house.audit.witness(tmp_path / "witness") == 9
    kept = (tmp_path / "witness" / "witness.jsonl").read_text().splitlines()
    assert [json.loads(line)["size"] for line in kept] == [6, 9]


def test_the_witness_finds_a_history_that_was_rewritten_with_the_stolen_key(house, origin, written, tmp_path):
    entries = written(house, 6)
    house.audit.witness(tmp_path / "witness")
    with house.superuser() as db:
        db.execute("SET session_replication_role = replica")
        db.execute(
            "TRUNCATE soriano_audit.leaf, soriano_audit.node, soriano_audit.checkpoint, soriano_audit.entry_index"
        )
        db.execute("DELETE FROM soriano_audit.entry WHERE id = %s", (entries[2].id,))
        db.execute("INSERT INTO soriano_audit.pending SELECT id FROM soriano_audit.entry")
    shutil.rmtree(house.keys.folder.parent / "audit")  # the attacker is root
    house.audit.integrate()
    written(house, 4)
    assert house.audit.verify().ok  # the whole of it is consistent, and signed
    with pytest.raises(Tampered, match="REESCRITO"):
        house.audit.witness(tmp_path / "witness")


def test_the_witness_finds_a_log_that_went_back(house, origin, written, tmp_path):
    written(house, 6)
    house.audit.witness(tmp_path / "witness")
    with house.superuser() as db:
        db.execute("SET session_replication_role = replica")
        db.execute(
            "TRUNCATE soriano_audit.leaf, soriano_audit.node, soriano_audit.checkpoint, soriano_audit.entry_index"
        )
        db.execute("TRUNCATE soriano_audit.entry, soriano_audit.pending")
    written(house, 3)
    bundle = export(house, origin, tmp_path / "short").path
    code, said = run(bundle, "--witness", tmp_path / "witness" / "witness.jsonl")
    assert (code, "VUELTO ATRÁS" in said) == (1, True)
