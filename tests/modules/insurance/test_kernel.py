"""The book of policies: imported once, found by what people write, told and reviewed."""

from decimal import Decimal

import pytest

from core.errors import BadArguments, Denied, NotFound
from tests.modules.insurance.conftest import CLAIMS, COLLABORATORS, INSURERS, POLICIES, RECEIPTS, policy


@pytest.mark.parametrize(
    ("tool", "rows"),
    [("insurers", INSURERS), ("collaborators", COLLABORATORS), ("policies", POLICIES), ("receipts", RECEIPTS),
     ("claims", CLAIMS)],
)  # fmt: skip
def test_a_second_import_changes_nothing(book, tool, rows):
    """Rows are known again by their key in the file."""
    report = book(f"kernel_import_{tool}", "admin", rows=rows)
    assert (report.created, report.updated, report.unchanged) == (0, 0, len(rows))


def test_a_changed_row_is_a_change(book):
    """Only what differs is written."""
    rows = [{**RECEIPTS[1], "status": "pendiente", "return_reason": ""}]
    assert book("kernel_import_receipts", "admin", rows=rows).updated == 1
    assert book("kernel_import_receipts", "admin", rows=[RECEIPTS[1]]).updated == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"customer_id": "CL99999"}, "customer_id"), ({"insurer_code": "C0999"}, "insurer_code"),
     ({"status": "viva"}, "rows.0.status"), ({"line": "cohetes"}, "rows.0.line"),
     ({"ips": "21.01"}, "rows.0"), ({"expiry_date": "2026-03-19"}, "rows.0"),
     ({"net_premium_annual": 262.54}, "rows.0.net_premium_annual"), ({"color": "rojo"}, "rows.0.color")],
)  # fmt: skip
def test_a_bad_row_imports_nothing_and_is_named(book, change, field):
    """One bad row refuses the whole call."""
    with pytest.raises(BadArguments) as raised:
        book("kernel_import_policies", "admin", rows=[policy(8, "CL00003"), {**policy(9, "CL00003"), **change}][::-1])
    assert raised.value.detail["field"] == field
    with pytest.raises(NotFound):
        book("kernel_show_policy", policy="PO00008")


def test_a_broker_does_not_import(book):
    """Imports are for administrators."""
    with pytest.raises(Denied):
        book("kernel_import_policies", rows=POLICIES)


@pytest.mark.parametrize("ref", ["0903-92550001", "PO00001", "po00001", "8081 PZB", "8081pzb"])
def test_a_policy_is_found_by_what_people_write(book, ref):
    """Number, import key or plate."""
    shown = book("kernel_show_policy", policy=ref)
    assert shown.policy == "0903-92550001"
    assert shown.collaborator == "Gestoría del Norte Ficticia, S.L."
    assert [r.receipt for r in shown.receipts] == ["0903713133901"]
    assert "0903-92550001" in shown.told("es")
    assert "283,93" in shown.told("es")


@pytest.mark.parametrize(
    "ref", ["0903-00000000", "9999 ZZZ", "' OR 1=1 --", "%", "019a0000-0000-7000-8000-000000000000"]
)
def test_an_unknown_policy_is_not_found(book, ref):
    """What names no policy finds none."""
    with pytest.raises(NotFound):
        book("kernel_show_policy", policy=ref)


def test_policies_of_a_customer_a_line_and_a_state(book):
    """The three ways to look for policies."""
    assert [p.policy for p in book("kernel_search_policies", customer="Raquel Gómez").policies] == [
        "0903-92550002", "0903-92550003"]  # fmt: skip
    assert book("kernel_search_policies", line="autos").total == 2
    assert [p.policy for p in book("kernel_search_policies", status="suspended").policies] == ["0903-92550003"]
    assert book("kernel_search_policies", text="badajoz").total == 1
    assert book("kernel_search_policies", text="%").total == 0
    with pytest.raises(BadArguments):
        book("kernel_search_policies", line="cohetes")


def test_the_book_adds_up(book):
    """The summary's totals are those of its lines."""
    summary = book("kernel_summarise_book")
    assert (summary.policies, summary.in_force, summary.claims, summary.open_claims) == (3, 2, 1, 1)
    assert summary.net_premium == Decimal("525.08")
    assert book("kernel_summarise_book", line="hogar").in_force == 0


def test_mentions_are_found_in_a_sentence(book):
    """Numbers, plates and insurers that a text names, in its order."""
    text = "Compara el recibo 0903713133902 y el SI2026-0001 del coche 8082-PZB con Mutua Levante y la 0903-92550001"
    mentions = book("kernel_find_mentions", text=text).mentions
    assert [(m.kind, m.words) for m in mentions] == [
        ("receipt", "0903713133902"), ("claim", "SI2026-0001"), ("policy", "8082-PZB"),
        ("insurer", "Mutua Levante"), ("policy", "0903-92550001"),
    ]  # fmt: skip
    assert book("kernel_find_mentions", text="Buenos días").mentions == ()


def test_claims_and_renewals(book):
    """Open claims, and who may still oppose the renewal."""
    claims = book("kernel_list_claims", customer="Raquel Gómez", only_open=True)
    assert [c.claim for c in claims.claims] == ["SI2026-0001"]
    assert claims.reserve == Decimal("1200.00")
    renewals = book("kernel_list_renewals", days=366).renewals
    assert {r.policy for r in renewals} == {"0903-92550001", "0903-92550002"}
    assert renewals[0].policyholder_until.isoformat() == "2027-02-19"
    assert renewals[0].insurer_until.isoformat() == "2027-01-19"


def test_a_customer_s_book_is_reviewed(book):
    """Suspensions and claims are found, each with its ground."""
    findings = book("kernel_review_book", customer="Raquel Gómez").findings
    assert any(f.severity == "warn" and f.ref == "LCS art. 15" for f in findings)
    assert any("SI2026-0001" in f.text for f in findings)


def test_the_customer_s_page_shows_policies_and_claims(book):
    """The kernel adds its panels to the CRM's view."""
    panels = {p.title: p for p in book("crm_show_customer", customer="Raquel Gómez").panels}
    assert len(panels["Pólizas"].rows) == 2
    assert len(panels["Siniestros"].rows) == 1


def test_another_tenant_sees_nothing(book, installation):
    """Not by number, id or search."""
    from uuid import uuid4

    other = installation.people.add_tenant(f"o{uuid4().hex[:10]}", "Otra")
    shown = book("kernel_search_policies").policies[0]
    for ref in (shown.policy, "PO00001", "8081 PZB"):
        with pytest.raises(NotFound):
            book("kernel_show_policy", other, policy=ref)
    assert book("kernel_search_policies", other).total == 0
    assert book("kernel_find_mentions", other, text=shown.policy).mentions == ()
