"""Decisions at the terminal: the password again, several at once, lent roles."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from core.context import Actor
from modules.installation import Installation
from server.cli import main
from tools.gate.records import Approval

Ait = Callable[..., tuple[int, Any]]


@pytest.fixture
def ait(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ait:
    """Run `ait WORDS --json` here, with `typed` on standard input; the exit code, and JSON or stderr."""
    monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
    monkeypatch.setenv("AIT_MODEL", "offline")

    def run(*words: str, typed: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        try:
            main([*words, "--json"])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        else:
            code = 0
        out, err = capsys.readouterr()
        return code, json.loads(out) if out.startswith(("{", "[")) else err

    return run


@pytest.fixture
def person(installation: Installation, tenant: Actor) -> Callable[[str], tuple[str, str]]:
    """Somebody new of this role: name and password."""

    def make(role: str) -> tuple[str, str]:
        name = f"cli-{role}-{uuid4().hex[:6]}.{tenant.user.partition('@')[2]}"
        return name, installation.people.add_user(tenant, name, role.title(), [role])

    return make


@pytest.fixture
def asked(installation: Installation, ait: Ait, tenant: Actor, run: Callable[..., Any]) -> Callable[..., str]:
    """A decision that waits; `change` alters its row."""

    def ask(**change: Any) -> str:
        notice = run("hail_notices_record_notice", "owner", province="25", day="2026-06-01").notice
        args = json.dumps({"notice": str(notice), "recipient": "a@example.com"})
        code, said = ait("tools", "call", "hail_notices_publish_notice", "--args", args, "--as", tenant.user)
        assert code == 3, said
        id = str(said["error"]["approval_id"])
        with installation.people.writing(tenant) as session:
            row = session.exec(select(Approval).where(Approval.id == id)).one()
            for name, value in change.items():
                setattr(row, name, value)
            session.add(row)
        return id

    return ask


def test_a_decision_that_wants_it_fresh_asks_for_the_persons_password(ait, asked, person) -> None:
    id, (boss, word) = asked(step_up=300), person("executive")
    assert ait("approvals", "approve", id, "--as", boss, typed="wrong\n")[0] == 4
    assert ait("approvals", "show", id, "--as", boss)[1]["state"] == "pending"
    code, done = ait("approvals", "approve", id, "--as", boss, typed=f"{word}\n")
    assert (code, done["state"]) == (0, "executed")


def test_the_owners_first_account_has_no_password_to_ask_for(ait, asked, installation, tenant, person) -> None:
    asker = installation.people.actor(person("broker")[0])
    id = asked(step_up=300, requested_by=asker.user_id, requester=asker.user, approver="owner", needed=2)
    code, said = ait("approvals", "approve", id, "--as", tenant.user)
    assert (code, said["state"], said["missing"]) == (0, "pending", 1)


def test_several_alike_are_decided_by_one_command(ait, asked, person) -> None:
    ids, (boss, _) = [asked(), asked()], person("executive")
    code, said = ait("approvals", "reject", *ids, "--reason", "duplicadas", "--as", boss)
    assert (code, [(one["ok"], one["state"]) for one in said]) == (0, [(True, "rejected")] * 2)


def test_a_role_is_lent_listed_and_taken_back(ait, person) -> None:
    (boss, _), (deputy, _) = person("executive"), person("broker")
    until = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    words = ("approvals", "lend", "executive", "--to", deputy, "--until", until, "--reason", "viaje", "--as", boss)
    code, loan = ait(*words)
    assert (code, loan["borrower"], loan["state"]) == (0, deputy, "active")
    assert [one["id"] for one in ait("approvals", "lent", "--as", deputy)[1]] == [loan["id"]]
    assert ait("approvals", "revoke", loan["id"], "--as", deputy)[1]["state"] == "revoked"
    assert ait("approvals", "lent", "--as", deputy)[1] == []


def test_attention_is_shown_to_who_reads_the_audit(ait, person) -> None:
    assert ait("approvals", "fatigue", "--as", person("compliance")[0])[0] == 0
    assert ait("approvals", "fatigue", "--as", person("operations")[0])[0] == 4
