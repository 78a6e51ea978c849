"""What leaves the house: to whom, with what in it, and the same book where it arrives."""

import csv
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from core.context import Origin
from core.errors import Conflict, Denied
from core.identifiers import new_id
from modules.insurance.kernel.portfolio import sheets
from modules.insurance.kernel.records import Claim, Policy, Receipt, Term
from tests.modules.core_business.granting import Desk, clock_at, working_hour
from tests.modules.insurance.conftest import policy
from tools.gate.transact import Transactions
from tools.policy.hours import is_business_day

WHY = "el traspaso de la cartera"
WHOLE = ("insurers", "collaborators", "customers", "policies", "receipts", "claims", "risks:mascotas")
EVIL = "=cmd|' /C calc'!A0"
PET = {
    "product": "completo", "payment_frequency": "annual", "species": "perro", "pet_age": 3, "breed_risk": "bajo",
    "dangerous_breed": False, "microchip": True, "previous_bites": 0, "animal_value": "600.50",
    "vet_annual_limit": 1500, "reimbursement_pct": 80, "liability_limit": 150000,
}  # fmt: skip


@pytest.fixture(scope="module")
def rich(book):
    """The small book with a text that would run, and a risk of a small line."""
    book(
        "kernel_import_policies",
        "admin",
        rows=[policy(20, "CL00003", risk_description=EVIL), policy(21, "CL00003", line="mascotas", sum_insured="")],
    )
    details = {"chip_no": "724098100123456", "animal_name": "Trufa", "breed": "Breton"}
    book("kernel_import_risks", "admin", rows=[{"policy_id": "PO00021", "risk": PET, "details": details}])
    return book


@pytest.fixture(scope="module")
def desk(installation, actor, call):
    """The approvers' desk, on a working day at eleven."""
    with clock_at(installation, working_hour()):
        yield Desk(installation, actor, call, working_hour())


def exported(desk, **args):
    """The file, granted by two persons; two exports a day are the most."""
    desk.wait(days=1)
    while not is_business_day(desk.now.date()):
        desk.wait(days=1)
    made = desk.granted(
        "kernel_export_portfolio", "compliance", ("executive", "compliance_2", "owner"), purpose=WHY, **args
    )
    return made, b64decode(desk.call("kernel_download_portfolio", "compliance", export=made.export).value.content)


def test_the_file_says_who_asked_and_holds_no_formula(rich, desk):
    """A text that a spreadsheet would run is escaped; amounts and dates are Spanish; the last line is the mark."""
    made, content = exported(desk, what="policies")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert (made.count, len(rows)) == (5, 1 + 5 + 1)
    assert rows[-1][0].startswith("# ")
    assert WHY in rows[-1][0]
    evil = {row[1]: row for row in rows[1:-1]}["0903-92550020"]
    assert f"'{EVIL}" in evil
    assert {"262,54", "19/03/2027", "en_vigor"} <= set(evil)
    _, content = exported(desk, what="policies", format="xlsx", line="autos")
    cells = [cell for row in load_workbook(BytesIO(content)).active.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.value == f"'{EVIL}" for cell in cells)


def test_only_who_asked_gets_it_within_the_hour_and_only_who_may(rich, desk):
    """Another person's, an agent's and a broker's wish are refused, and so is what comes too late."""
    made, _ = exported(desk, what="insurers")
    for who in ("owner", "executive", replace(desk.actor("compliance"), agent="executor/compliance"), "broker"):
        with pytest.raises(Denied):
            rich("kernel_download_portfolio", who, export=made.export)
    for role in ("broker", "operations", "cfo"):
        with pytest.raises(Denied):
            rich("kernel_export_portfolio", role, purpose=WHY, what="insurers")
    with pytest.raises(Conflict):
        rich("kernel_export_portfolio", "compliance", purpose=WHY, what="policies", line="caucion")
    desk.wait(hours=1)
    with pytest.raises(Conflict):
        rich("kernel_download_portfolio", "compliance", export=made.export)


def number(value):
    """An amount that is kept as text, without trailing zeros."""
    return Decimal(value).normalize() if isinstance(value, str) and value[:1].isdigit() else value


def world(installation, actor):
    """The business of a tenant, as far as files hold it."""
    from core.stamping import values_of

    left = {"id", "policy_id", "quote_id", "insurer_id", "policyholder_id", "insured_id", "collaborator_id",
            "description", "surcharge_parts"}  # fmt: skip
    with Transactions(installation.database).open(actor, Origin("cli", new_id())) as session:
        found = {}
        for kind in (Policy, Receipt, Claim, Term):
            rows = [values_of(one) for one in session.exec(select(kind))]
            kept = [{name: value for name, value in row.items() if name not in left} for row in rows]
            for row in kept:  # 600.50 is the same amount as 600.5
                row["risk"] = {name: number(value) for name, value in row.get("risk", {}).items()}
            found[kind.__name__] = sorted(kept, key=str)
        return found


def test_a_round_trip_gives_the_same_book(rich, desk, installation, actor):
    """Export, import into a fresh tenant: the same policies, receipts, claims and risks; again: nothing new."""
    other = installation.people.add_tenant(f"r{uuid4().hex[:10]}", "Otra")
    made, workbook = exported(desk, what="all")
    assert made.name.endswith(".xlsx")
    _, policies = exported(desk, what="policies", format="csv")
    sheets = load_workbook(BytesIO(workbook)).sheetnames
    assert sheets == [name.replace(":", "_") for name in WHOLE]
    for what in (*WHOLE, "policies.csv"):
        content, sheet = (policies, "") if what.endswith("csv") else (workbook, what.replace(":", "_"))
        for again in (what.endswith("csv"), True):
            args = {"content": b64encode(content).decode(), "source": "export", "sheet": sheet}
            kept = rich("kernel_keep_portfolio_file", other, target=what.removesuffix(".csv"), **args)
            assert (kept.missing, kept.unread) == ((), ()), what
            check = rich("kernel_check_portfolio_file", other, file=kept.file)
            assert check.wrong == 0, (what, check.problems)
            report = rich("kernel_import_portfolio", other, file=kept.file)
            assert (report.unchanged if again else report.created) == kept.rows, (what, report)
    there, here = world(installation, other), world(installation, actor("owner"))
    assert {kind: len(rows) for kind, rows in there.items()} == {"Policy": 5, "Receipt": 2, "Claim": 1, "Term": 1}
    for kind, rows in here.items():
        for ours, theirs in zip(rows, there[kind], strict=True):
            assert theirs == ours


def test_what_is_written_is_read_again():
    """Every kind of cell, through both formats."""
    row = ['Ñandú; "x"\n2', Decimal("-1234.50"), 7, date(2026, 12, 31), True, None, "+34 600 111 222", "-nada", "|x"]
    heads = [f"c{at}" for at in range(len(row))]
    from modules.insurance.kernel.portfolio import values

    written = sheets.Table(heads, [row])
    for content in (sheets.write_csv(written, "yo"), sheets.write_xlsx({"uno": written}, "yo")):
        sheet = sheets.read(content)
        (found,) = sheet.rows
        assert found[0] == row[0]
        assert values.amount(found[1], ",") == row[1]
        assert (values.whole(found[2]), values.day(found[3]), values.flag(found[4])) == (7, row[3], True)
        assert found[5] in ("", None)
        assert found[6:] == row[6:]
        assert not any(isinstance(cell, sheets.Formula) for cell in found)
