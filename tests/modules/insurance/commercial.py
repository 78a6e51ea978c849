"""What the tests of lines for firms share: reference cases, a policy with its risk, issuing by four eyes."""

import json
from collections.abc import Callable, Mapping
from csv import DictReader
from pathlib import Path
from typing import Any

import pytest

from core.errors import ApprovalRequired
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.rows import FREQUENCIES
from tests.modules.insurance.conftest import policy

ROOT = Path(__file__).parents[3]
CASES = json.loads((ROOT / "tests" / "data" / "rating_cases.json").read_text(encoding="utf-8"))["cases"]


def cases(line: str) -> list[Any]:
    """The reference cases of a line, as parameters."""
    return [pytest.param(case, id=case["id"]) for case in CASES if case["line"] == line]


def inputs(id: str) -> dict[str, Any]:
    """The inputs of one reference case."""
    return next(dict(case["inputs"]) for case in CASES if case["id"] == id)


def as_json(result: Any) -> Any:
    """A result as a face shows it."""
    return json.loads(json.dumps(result.model_dump(mode="json")))


def taken_over(
    run: Callable[..., Any], line: str, at: int, risk: Mapping[str, Any], details: Mapping[str, Any], **row: Any
) -> str:
    """The number of a policy of `line`, imported with what it insures."""
    imported = policy(at, row.pop("customer", "CL00003"), line=line, sum_insured="", risk_description=line, **row)
    run("kernel_import_policies", "admin", rows=[imported])
    run("kernel_import_risks", "admin", rows=[{"policy_id": imported["policy_id"], "risk": risk, "details": details}])
    return imported["policy_number"]


@pytest.fixture
def issue(installation: Any, actor: Callable[[str], Any], call: Callable[..., Any]) -> Callable[[str], Any]:
    """Ask to issue a quote as a broker, approve as an executive, run once."""

    def issued(quote: str) -> Any:
        with pytest.raises(ApprovalRequired) as held:
            call("kernel_issue_policy", quote=quote)
        shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
        installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
        return installation.approvals.execute(actor("broker"), shown.id).value

    return issued


def all_taken_over(run: Callable[..., Any], line: str) -> None:
    """Take over every risk of the demonstration's policies of a line, priced, with its sum as in the book."""
    with (ROOT / "demo" / "policies.csv").open(encoding="utf-8") as file:
        book = [row | {"customer_id": "CL00003", "insured_id": "CL00003", "insurer_code": "C0903",
                       "collaborator_id": "", "cession_rate": ""}
                for row in DictReader(file) if row["line"] == line]  # fmt: skip
    rows = json.loads((ROOT / "demo" / "risks" / f"{line}.json").read_text(encoding="utf-8"))
    assert [row["policy_id"] for row in rows] == [row["policy_id"] for row in book]
    run("kernel_import_policies", "admin", rows=book)
    assert run("kernel_import_risks", "admin", rows=rows).created == len(book)
    assert run("kernel_import_risks", "admin", rows=rows).unchanged == len(book)
    assert run("kernel_import_policies", "admin", rows=book).unchanged == len(book)  # the sums are the book's
    declaration = line_of(line)
    for row, held in zip(rows, book, strict=True):
        risk = declaration.risk.model_validate(row["risk"])
        assert risk.payment_frequency == FREQUENCIES[held["payment_frequency"]]
        assert declaration.rate(risk).total is not None
