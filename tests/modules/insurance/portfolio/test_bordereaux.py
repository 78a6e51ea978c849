"""Monthly statements: which rows are in, and that the totals are their sums to the cent."""

import csv
from base64 import b64decode
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadArguments, Denied
from tests.modules.core_business.granting import Desk, clock_at, working_hour

KEYS = count(100)
CENTS = st.integers(-50_000, 200_000).map(lambda cents: Decimal(cents) / 100)
STATES = ("emitido", "pendiente", "cobrado", "liquidado", "devuelto", "anulado")


def receipt(premium, ips, surcharges, commission, cession, due, effect, state):
    """A row of the receipt file."""
    key = next(KEYS)
    return {
        "receipt_id": f"RX{key}", "receipt_number": f"77{key:011d}", "policy_id": "PO00002", "insurer_code": "C0903",
        "kind": "extorno" if premium < 0 else "cartera", "issue_date": "2026-01-01",
        "effective_date": effect.isoformat(),
        "due_date": due.isoformat(), "net_premium": str(premium), "ips": str(ips), "consorcio": str(surcharges),
        "total": str(premium + ips + surcharges), "commission": str(commission), "cession": str(cession),
        "billing_by": "correduria", "status": state,
    }  # fmt: skip


DAYS = st.dates(date(2026, 4, 25), date(2026, 6, 5))
ROWS = st.builds(receipt, CENTS, CENTS, CENTS, CENTS, CENTS, DAYS, DAYS, st.sampled_from(STATES))
ALL: list[dict[str, str]] = []


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=st.lists(ROWS, min_size=1, max_size=12))
def test_totals_are_the_sums_of_the_rows(book, rows):
    """Of what is due or takes effect in the month, cancelled receipts apart, and of nothing else."""
    book("kernel_import_receipts", "admin", rows=rows)
    ALL.extend(rows)
    for by, column in (("due", "due_date"), ("effect", "effective_date")):
        mine = [row for row in ALL if row[column].startswith("2026-05") and row["status"] != "anulado"]
        sums = {
            name: sum((Decimal(row[name]) for row in mine), Decimal(0))
            for name in ("net_premium", "ips", "consorcio", "total", "commission", "cession")
        }
        found = book("kernel_show_bordereau", "owner", insurer="C0903", month="2026-05", by=by)
        assert found.count == len(mine)
        assert found.totals == {"premium": sums["net_premium"], "surcharges": sums["consorcio"], "ips": sums["ips"],
                                "total": sums["total"]}  # fmt: skip
        earned = book("kernel_show_bordereau", "owner", insurer="C0903", month="2026-05", by=by, subject="commissions")
        assert (earned.totals["commission"], earned.totals["cession"]) == (sums["commission"], sums["cession"])
        assert earned.totals["net_commission"] == sums["commission"] - sums["cession"]
        for shown in (found, earned):
            for name, total in shown.totals.items():
                assert total == sum((getattr(row, name) for row in shown.rows), Decimal(0))
    assert book("kernel_show_bordereau", "owner", insurer="C0902", month="2026-05").count == 0


def test_claims_count_by_the_day_they_occurred_or_were_paid(book):
    """One claim of July, not paid yet."""
    found = book("kernel_show_bordereau", "owner", insurer="C0903", month="2026-07", subject="claims", by="effect")
    assert [(row.reference, row.kind) for row in found.rows] == [("SI2026-0001", "colisión")]
    assert found.totals == {"reserve": Decimal("1200.00"), "paid": Decimal("0.00")}
    assert book("kernel_show_bordereau", "owner", insurer="C0903", month="2026-07", subject="claims").count == 0


def test_whoever_may_not_see_commissions_sees_no_bordereau(book):
    """A broker and compliance are refused; a month is a month."""
    for role in ("broker", "compliance"):
        with pytest.raises(Denied):
            book("kernel_show_bordereau", role, insurer="C0903", month="2026-05")
    for month in ("2026-13", "mayo", "2026-5"):
        with pytest.raises(BadArguments):
            book("kernel_show_bordereau", "owner", insurer="C0903", month=month)


def test_the_file_ends_with_the_totals(book, installation, actor, call):
    """As the person who asked gets it."""
    book("kernel_import_receipts", "admin", rows=[
        receipt(Decimal("10.01"), Decimal(0), Decimal(0), Decimal("1.10"), Decimal(0), date(2026, 8, at),
                date(2026, 8, at), "cobrado") for at in (1, 2, 3)])  # fmt: skip
    with clock_at(installation, working_hour()):
        desk = Desk(installation, actor, call, working_hour())
        made = desk.granted(
            "kernel_export_bordereau", "executive", ("compliance", "compliance_2"), insurer="C0903", month="2026-08",
            purpose="liquidación con la compañía",
        )  # fmt: skip
        content = b64decode(desk.call("kernel_download_portfolio", "executive", export=made.export).value.content)
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1 + 3 + 1 + 1
    assert rows[4][0] == "TOTAL"
    assert rows[4][-4:] == ["30,03", "0,00", "0,00", "30,03"]
