"""The command line: the same tools, answers in JSON, exit codes that mean what they say."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from core.settings import Settings
from modules.installation import Installation
from server.cli import main

Ait = Callable[..., tuple[int, Any]]
DAY = "2026-06-01"


@pytest.fixture
def ait(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ait:
    """Run `ait WORDS --json` here; gives the exit code and the JSON, or the text of stderr."""
    return ait_of(installation, monkeypatch, capsys)


@pytest.fixture
def alone() -> Iterator[Installation]:
    """An installation whose rows no other test has touched."""
    with TemporaryDirectory(prefix="ait-alone-") as folder:
        opened = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3993))
        opened.people.owner()
        yield opened
        opened.close()


def ait_of(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ait:
    monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
    monkeypatch.setenv("AIT_MODEL", "offline")

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        try:
            main([*words, "--json"])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        else:
            code = 0
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, json.loads(out) if out.startswith(("{", "[")) else err

    return run


def test_tools_are_listed_and_shown(ait: Ait) -> None:
    code, tools = ait("tools", "list")
    assert code == 0
    assert {"name", "module", "risk_class", "permission"} <= set(tools[0])
    code, shown = ait("tools", "show", "hail_notices_record_notice")
    assert shown["arguments"]["required"] == ["province", "day"]


def test_a_call_writes_and_names_its_audit_entry(ait: Ait, tenant) -> None:
    args = json.dumps({"province": "25", "day": DAY})
    code, done = ait("tools", "call", "hail_notices_record_notice", "--args", args, "--as", tenant.user)
    assert (code, done["ok"]) == (0, True)
    code, found = ait("audit", "search", "--tool", "hail_notices_record_notice", "--as", tenant.user)
    assert done["audit_entry"] in {entry["id"] for entry in found}
    code, proof = ait("audit", "prove", done["audit_entry"], "--as", tenant.user)
    assert (code, proof["holds"]) == (0, True)


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        ("{", 2, "ait.bad_arguments"),
        ('{"province": "25"}', 2, "ait.bad_arguments"),
        ('{"province": "25", "day": "mañana"}', 2, "ait.bad_arguments"),
    ],
)
def test_bad_arguments_end_with_2(ait: Ait, tenant, args: str, code: int, error: str) -> None:
    ended, said = ait("tools", "call", "hail_notices_record_notice", "--args", args, "--as", tenant.user)
    assert (ended, said["error"]["code"]) == (code, error)


def test_a_refusal_ends_with_4_and_an_unknown_tool_with_1(ait: Ait, actor) -> None:
    args = json.dumps({"province": "25", "day": DAY})
    code, said = ait("tools", "call", "hail_notices_record_notice", "--args", args, "--as", actor("cfo").user)
    assert (code, said["error"]["rule"]) == (4, "role-permission")
    assert ait("tools", "call", "nothing_here")[0] == 1


def test_a_dry_run_shows_the_rows_and_changes_nothing(ait: Ait, tenant) -> None:
    args = json.dumps({"province": "77", "day": DAY})
    words = ("tools", "call", "hail_notices_record_notice", "--args", args, "--as", tenant.user)
    assert ait(*words, "--dry-run")[1]["preview"]["rows"][0]["op"] == "insert"
    listed = ait("tools", "call", "hail_notices_list_notices", "--args", '{"province": "77"}', "--as", tenant.user)
    assert listed[1]["result"] == []


def test_a_batch_answers_line_by_line(ait: Ait, tenant, tmp_path: Path, capsys, monkeypatch) -> None:
    file = tmp_path / "calls.jsonl"
    lines = [
        {"tool": "hail_notices_record_notice", "args": {"province": "25", "day": DAY}, "as": tenant.user},
        {"tool": "hail_notices_record_notice", "args": {"province": "25"}},
        {"args": {}},
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\nnot json\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["tools", "batch", str(file)])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ended.value.code == 1
    assert [answer["ok"] for answer in answers] == [True, False, False, False]


def test_a_held_call_ends_with_3_and_is_decided_on_the_command_line(ait: Ait, tenant, actor, run) -> None:
    notice = run("hail_notices_record_notice", "owner", province="25", day=DAY).notice
    args = json.dumps({"notice": notice, "recipient": "a@example.com"})
    code, said = ait("tools", "call", "hail_notices_publish_notice", "--args", args, "--as", tenant.user)
    id = said["error"]["approval_id"]
    assert code == 3
    executive = actor("executive").user
    code, waiting = ait("approvals", "list", "--as", executive)
    assert id in {w["id"] for w in waiting}
    assert ait("approvals", "approve", id, "--as", tenant.user)[0] == 4
    assert ait("approvals", "approve", "not-an-id", "--as", executive)[0] == 2
    code, done = ait("approvals", "approve", id, "--as", executive)
    assert (code, done["state"], done["outcome"]["published"]) == (0, "executed", True)
    assert ait("approvals", "approve", id, "--as", executive)[0] == 1


def test_the_policy_explains_itself(ait: Ait, actor) -> None:
    words = ("policy", "explain", "hail_notices_publish_notice", "--as")
    assert ait(*words, actor("owner").user)[1]["verdict"] == "hold"
    assert ait(*words, actor("broker").user)[1]["rule"] == "role-permission"
    said = ait(*words, actor("owner").user, "--agent", "specialist/legal")[1]
    assert (said["verdict"], said["rule"]) == ("deny", "agent:specialist/*")


def test_modules_are_switched_and_a_disabled_tool_is_gone(ait: Ait) -> None:
    assert ait("modules", "disable", "seguros-kernel")[0] == 1
    try:
        assert ait("modules", "disable", "hail-notices")[1]["state"] == "unloaded"
        assert ait("tools", "show", "hail_notices_list_notices")[0] == 1
    finally:
        assert ait("modules", "enable", "hail-notices")[1]["state"] == "running"
    code, said = ait("modules", "reload", "hail-notices")
    assert code == 1
    assert "records.py" in said
    assert ait("modules", "health")[0] == 0


RELOAD = """
import sys
from pathlib import Path
from modules.loader import Modules
modules = Modules(Path(sys.argv[1]))
modules.load()
before = modules.catalogue().get("encashment_list_pending")
modules.reload("ai-encashment")
after = modules.catalogue().get("encashment_list_pending")
assert after.function is not before.function
tools = sys.modules["modules.core_business.encashment.tools"]
views = sys.modules["modules.core_business.encashment.views"]
assert tools.PendingList is views.PendingList
file = Path(sys.modules["modules.core_business.encashment.rules"].__file__)
whole = file.read_text()
file.write_text("broken (")
try:
    modules.reload("ai-encashment")
except Exception as error:
    assert "SyntaxError" in str(error)
else:
    raise AssertionError("a broken file was reloaded")
finally:
    file.write_text(whole)
assert modules.catalogue().get("encashment_list_pending").function is after.function
"""


def test_a_module_is_reloaded_whole_or_not_at_all(tmp_path: Path) -> None:
    """In a process and a copy of its own, since a reload replaces classes that other tests hold."""
    house = Path(__file__).parents[2]
    for name in ("core", "tools", "modules", "knowledge"):
        shutil.copytree(house / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", RELOAD, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_agents_are_listed_and_shown(ait: Ait) -> None:
    assert len(ait("agents", "list")[1]) == 16
    assert "executor/cfo" in ait("agents", "show", "cfo")[1]["prompt"]
    assert ait("agents", "show", "nobody")[0] == 1


def test_the_doctor_finds_a_fresh_installation_well(ait: Ait, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its own: other tests write behind the gate's back, which the doctor would find.
    with TemporaryDirectory(prefix="ait-doctor-") as folder:
        monkeypatch.setenv("AIT_DATA_DIR", folder)
        code, rows = ait("doctor")
    assert (code, [row["check"] for row in rows if not row["ok"]]) == (0, [])


def test_one_byte_changed_turns_the_verification_red(ait: Ait, installation: Installation, tenant, call) -> None:
    entry = call("hail_notices_record_notice", "owner", province="25", day=DAY).entry_id
    assert ait("audit", "verify")[0] == 0
    with psycopg.connect(installation.database.admin_url, autocommit=True) as admin:
        admin.execute("ALTER TABLE soriano_audit.entry DROP CONSTRAINT entry_check")
        flip = "UPDATE soriano_audit.entry SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE id = %s"
        admin.execute(flip, (entry,))
        try:
            code, said = ait("audit", "verify")
            assert (code, said["entry_id"]) == (1, str(entry))
        finally:
            admin.execute(flip, (entry,))
    assert ait("audit", "verify")[0] == 0


def test_an_unknown_command_is_answered_in_a_sentence(ait: Ait) -> None:
    code, said = ait("toolz")
    assert code == 2
    assert "tools" in said


def test_a_records_history_is_told_and_a_day_before_it_is_refused(ait: Ait, tenant) -> None:
    args = json.dumps({"province": "17", "day": DAY})
    _, done = ait("tools", "call", "hail_notices_record_notice", "--args", args, "--as", tenant.user)
    notice = done["result"]["notice"]
    code, told = ait("records", "history", "hail_notice", notice, "--as", tenant.user)
    assert (code, told["complete"], told["versions"][0]["op"]) == (0, True, "insert")
    assert told["versions"][0]["audit_entry"] == done["audit_entry"]
    code, then = ait("records", "history", "hail_notice", notice, "--at", "2100-01-01", "--as", tenant.user)
    assert (code, then["version"]["values"]["province"]) == (0, "17")
    assert ait("records", "history", "hail_notice", notice, "--at", "2020-01-01", "--as", tenant.user)[0] == 1
    assert ait("records", "history", "hail_notice", notice, "--at", "ayer", "--as", tenant.user)[0] == 2
    assert ait("records", "history", "no_such_table", notice, "--as", tenant.user)[0] == 1
    assert ait("records", "history", "hail_notice", "x", "--as", tenant.user)[0] == 2


def test_the_doctor_names_the_row_that_somebody_changed(
    alone: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ait = ait_of(alone, monkeypatch, capsys)
    args = json.dumps({"province": "18", "day": DAY})
    _, done = ait("tools", "call", "hail_notices_record_notice", "--args", args)
    notice = done["result"]["notice"]

    def checksums() -> dict[str, Any]:
        return next(row for row in ait("doctor")[1] if row["check"] == "checksums")

    assert checksums()["ok"]
    with psycopg.connect(alone.database.admin_url, autocommit=True) as admin:
        change = "UPDATE soriano_operations.hail_notice SET province = %s WHERE id = %s"
        admin.execute(change, ("19", notice))
        try:
            found = checksums()
            assert not found["ok"]
            assert f"soriano_operations.hail_notice {notice}" in found["state"]
        finally:
            admin.execute(change, ("18", notice))
    assert checksums()["ok"]
