"""What the tests of lines for firms share: reference cases as parameters, issuing, the demonstration's risks."""

import json
from collections.abc import Callable
from csv import DictReader
from typing import Any

import pytest

from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.rows import FREQUENCIES
from tests.modules.insurance.taken_over import ROOT, approved, cases_of


def cases(line: str) -> list[Any]:
    """The reference cases of a line, as parameters."""
    return [pytest.param(case, id=case["id"]) for case in cases_of(line)]


@pytest.fixture
def issue(installation: Any, actor: Callable[[str], Any], call: Callable[..., Any]) -> Callable[[str], Any]:
    """Issue a quote by four eyes."""
    return lambda quote: approved(installation, actor, call, "kernel_issue_policy", quote=quote)


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
