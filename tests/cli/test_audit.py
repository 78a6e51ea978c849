"""`ait audit`: what it proves, to whom, and how it ends when something is wrong."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from modules.installation import Installation
from server.cli import main

Ait = Callable[..., tuple[int, Any]]
DAY = "2026-06-01"


@pytest.fixture
def ait(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ait:
    """Run `ait audit WORDS --json` here; gives the exit code and the JSON, or the text of stderr."""
    monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
    monkeypatch.setenv("AIT_MODEL", "offline")

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = 0
        try:
            main(["audit", *words, "--json"])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, json.loads(out) if out.startswith(("{", "[")) else err

    return run


@pytest.fixture
def entries(call: Callable[..., Any]) -> list[str]:
    """Two entries of the tenant, by calls through the gate."""
    done = [call("hail_notices_record_notice", "owner", province="25", day=DAY).entry_id for _ in range(2)]
    return [str(id) for id in done]


def verify(bundle: Path) -> tuple[int, str]:
    """What the bundle's own verifier says, alone."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", bundle / "verify.py", bundle], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_an_export_proves_itself_and_a_changed_byte_names_its_entry(
    ait: Ait, entries: list[str], tenant: Any, tmp_path: Path
) -> None:
    out = tmp_path / "bundle"
    days = ("--from", "2020-01-01", "--to", "2100-01-01", "--out", str(out), "--as", tenant.user)
    code, said = ait("export", *days)
    assert code == 0
    assert said["entries"] >= 2
    assert verify(out)[0] == 0
    file = out / "entries.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if entries[1].encode() in line)
    lines[at] = lines[at].replace(b'"allow"', b'"alloW"')
    file.write_bytes(b"".join(lines))
    code, told = verify(out)
    assert code == 1
    assert entries[1] in told
    file.unlink()
    assert verify(out)[0] == 2
    assert ait("export", *days)[0] == 1  # never over another


def test_those_who_may_not_read_the_audit_may_not_export_it(ait: Ait, actor: Any, tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    words = ("--from", "2020-01-01", "--to", "2100-01-01", "--out", str(out), "--as", actor("broker").user)
    assert ait("export", *words)[0] == 4
    assert not out.exists()
    assert ait("erase", "somebody", "--basis", "RGPD 17", "--as", actor("broker").user)[0] == 4


def test_a_proof_that_does_not_hold_ends_with_1(
    ait: Ait, installation: Installation, entries: list[str], tenant: Any
) -> None:
    code, proof = ait("prove", entries[0], "--as", tenant.user)
    assert (code, proof["holds"]) == (0, True)
    flip = "UPDATE soriano_audit.node SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE level = 0 AND idx = %s"
    with psycopg.connect(installation.database.admin_url, autocommit=True) as admin:
        admin.execute(flip, (proof["leaf_index"] ^ 1,))
        try:
            code, proof = ait("prove", entries[0], "--as", tenant.user)
            assert (code, proof["holds"]) == (1, False)
            assert ait("verify")[0] == 1
        finally:
            admin.execute(flip, (proof["leaf_index"] ^ 1,))
    assert ait("verify")[0] == 0


def test_the_witness_accepts_the_log_and_ends_with_1_when_it_went_back(
    ait: Ait, entries: list[str], tmp_path: Path
) -> None:
    code, said = ait("witness", "--to", str(tmp_path))
    assert code == 0
    assert said["size"] >= len(entries)
    kept = tmp_path / "witness.jsonl"
    kept.write_text(kept.read_text().replace(f'"size": {said["size"]}', '"size": 9000000'))
    code, said = ait("witness", "--to", str(tmp_path))
    assert (code, said["ok"]) == (1, False)
    assert "VUELTO ATRÁS" in said["problem"]


def test_retention_is_seven_years_at_least(ait: Ait) -> None:
    assert ait("retention") == (0, [])
    code, said = ait("retention", "--years", "5")
    assert code == 1
    assert "siete años" in said


def test_a_hold_stands_before_an_erasure(ait: Ait, tenant: Any) -> None:
    code, held = ait("hold", "customer-1", "--reason", "Diligencias previas 12/2026", "--as", tenant.user)
    assert code == 0
    code, said = ait("erase", "customer-1", "--basis", "RGPD 17", "--as", tenant.user)
    assert code == 1
    assert "Diligencias previas 12/2026" in said
    assert ait("release", held["id"], "--as", tenant.user)[0] == 0
    code, said = ait("erase", "customer-1", "--basis", "RGPD 17", "--as", tenant.user)
    assert code == 1
    assert "No existe" in said
