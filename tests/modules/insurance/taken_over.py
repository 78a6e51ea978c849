"""Policies of any line in force with what they insure, and acts that a person must approve."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ApprovalRequired
from tests.modules.insurance.conftest import policy

ROOT = Path(__file__).parents[3]
CASES = json.loads((ROOT / "tests" / "data" / "rating_cases.json").read_text(encoding="utf-8"))["cases"]


def cases_of(line: str) -> list[dict[str, Any]]:
    """The rating cases of a line."""
    return [case for case in CASES if case["line"] == line]


def as_json(rating: Any) -> dict[str, Any]:
    """A rating as a face shows it."""
    found: dict[str, Any] = json.loads(json.dumps(rating.model_dump(mode="json")))
    return found


def inputs_of(id: str, **changed: Any) -> dict[str, Any]:
    """The inputs of a rating case, with changes; None takes a field away."""
    inputs = next(case["inputs"] for case in CASES if case["id"] == id) | changed
    return {name: value for name, value in inputs.items() if value is not None}


def take_over(
    run: Callable[..., Any], at: int, line: str, risk: dict[str, Any], details: dict[str, Any] | None = None,
    customer: str = "CL00001", **changed: Any,
) -> str:  # fmt: skip
    """Import a policy of `line` with its risk; its number."""
    row = policy(at, customer, line=line, risk_description=f"Riesgo {line}", **changed)
    run("kernel_import_policies", "admin", rows=[row])
    rows = [{"policy_id": row["policy_id"], "risk": risk, "details": details or {}}]
    run("kernel_import_risks", "admin", rows=rows)
    return str(row["policy_number"])


def approved(installation: Any, actor: Callable[[str], Any], call: Callable[..., Any], tool: str, **args: Any) -> Any:
    """Ask as a broker, have an executive approve it where a person must, and give the result."""
    try:
        return call(tool, **args).value
    except ApprovalRequired as held:
        shown = installation.approvals.show(actor("executive"), held.detail["approval_id"])
        installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
        return installation.approvals.execute(actor("broker"), shown.id).value


def check_demo_risks(run: Callable[..., Any], line: str, customers: str) -> int:
    """Take over the demonstration's policies and risks of `line`, for one customer; how many."""
    from modules.demo import HOME, read

    rows = [row for row in read("policies") if row["line"] == line]
    insurers = {row["insurer_code"] for row in rows}
    run("kernel_import_insurers", "admin", rows=[r for r in read("insurers") if r["insurer_code"] in insurers])
    run("kernel_import_collaborators", "admin", rows=read("collaborators"))
    own = [{**row, "customer_id": customers, "insured_id": customers, "policy_id": f"D{row['policy_id']}"}
           for row in rows]  # fmt: skip
    run("kernel_import_policies", "admin", rows=own)
    file = HOME / "risks" / f"{line}.json"
    risks = [{**row, "policy_id": f"D{row['policy_id']}"} for row in json.loads(file.read_text(encoding="utf-8"))]
    report = run("kernel_import_risks", "admin", rows=risks)
    assert report.created == len(rows) == len(risks)
    assert run("kernel_import_risks", "admin", rows=risks).unchanged == len(rows)
    return len(rows)


def refused(error: type[Exception], run: Callable[..., Any], tool: str, field: str | None = None, **args: Any) -> Any:
    """Call and be refused, in both languages; the error."""
    with pytest.raises(error) as raised:
        run(tool, **args)
    told: Any = raised.value
    assert told.told("es")
    assert told.told("en")
    if field is not None:
        assert told.detail["field"] == field
    return told
