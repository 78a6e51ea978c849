"""Stories of receipts: owed, collected, returned, reminded; told through the gate."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from core.context import Origin
from core.errors import Ambiguous, BadArguments, Conflict, Denied, NotFound
from core.identifiers import new_id
from modules.core_business.encashment.tools import NoAddress, NothingToCollect, WrittenLately
from modules.insurance.kernel.records import CommissionLine, Policy
from modules.insurance.kernel.states import UnlawfulMove
from tests.modules.core_business.people import INSURER, customer_row, days_ago, policy_row, receipt_row, today
from tools.gate import Call

RAQUEL, PAU, SARA, NOE = "CL70001", "CL70002", "CL70003", "CL70004"


@pytest.fixture(scope="module", autouse=True)
def book(run):
    """Raquel owes four receipts, Pau one and has one returned, Sara one, Noé nothing."""
    customers = [
        customer_row(RAQUEL, "22222222J", "Raquel", "Gómez Gil"),
        customer_row(PAU, "33333333P", "Pau", "Mas Coll", language="ca"),
        customer_row(SARA, "44444444A", "Sara", "Vidal Roca", language="gl", email=""),
        customer_row(NOE, "55555555K", "Noé", "Sanz Pla", language="en"),
    ]
    policies = [policy_row(f"PO7000{n}", ref) for n, ref in enumerate((RAQUEL, PAU, SARA, NOE), 1)]
    receipts = [
        receipt_row("RE700001", "PO70001", 200),
        receipt_row("RE700002", "PO70001", 45),
        receipt_row("RE700003", "PO70001", 10),
        receipt_row("RE700004", "PO70001", -10),
        receipt_row("RE700005", "PO70002", 20),
        receipt_row("RE700006", "PO70002", 70, status="devuelto", return_reason="AM04"),
        receipt_row("RE700007", "PO70003", 5),
        receipt_row("RE700008", "PO70004", 30, status="cobrado", paid_date=days_ago(28)),
        receipt_row("RE700009", "PO70004", 60, status="anulado"),
        receipt_row("RE700010", "PO70004", 90, status="liquidado", paid_date=days_ago(88), settlement_id="LQ-1"),
    ]
    run("kernel_import_insurers", _as="owner", rows=[INSURER])
    run("crm_import_customers", _as="owner", rows=customers)
    run("kernel_import_policies", _as="owner", rows=policies)
    run("kernel_import_receipts", _as="owner", rows=receipts)


def commission_state(installation, tenant, receipt):
    with installation.database.transaction(tenant.tenant_id) as session:
        return session.exec(select(CommissionLine.state).where(CommissionLine.receipt_id == receipt)).one()


def test_what_a_customer_has_pending_is_one_call(run):
    found = run("encashment_list_pending", customer="raquel gomez")
    assert (found.count, found.total) == (4, Decimal("440.00"))
    assert [r.days_overdue for r in found.receipts] == [200, 45, 10, 0]
    assert found.receipts[0].receipt_number == "0901000700001"
    assert found.told("es").startswith("Raquel Gómez Gil tiene 4 recibos pendientes por un total de 440,00\xa0€: ")
    assert "€440.00" in found.told("en")


def test_a_returned_receipt_is_owed_too_and_said_apart(run):
    found = run("encashment_list_pending", customer=PAU)
    assert (found.count, found.returned_count, found.returned_total) == (1, 1, Decimal("110.00"))
    told = found.told("es")
    assert "tiene 1 recibo pendiente" in told
    assert "Además, 1 recibo devuelto por 110,00\xa0€" in told
    assert "fondos insuficientes" in told


def test_who_owes_nothing_owes_nothing(run):
    found = run("encashment_list_pending", customer=NOE)
    assert (found.count, found.total, found.receipts) == (0, Decimal("0.00"), ())
    assert found.told("es") == "Noé Sanz Pla no tiene recibos pendientes."
    assert run("encashment_list_overdue", customer=NOE).told("es") == "Noé Sanz Pla no tiene recibos vencidos."


def test_all_that_is_overdue_is_listed_by_age(run):
    found = run("encashment_list_overdue")
    by_age = {bucket.age: (bucket.count, bucket.total) for bucket in found.ageing}
    assert by_age["over_90"] == (1, Decimal("110.00"))
    assert by_age["up_to_90"] == (1, Decimal("110.00"))
    assert by_age["up_to_60"][0] == 1
    assert sum(count for count, _ in by_age.values()) == found.count
    assert sum(total for _, total in by_age.values()) == found.total
    assert by_age["not_due"] == (0, Decimal("0.00"))
    assert "más de 90 días: 1 (110,00\xa0€)" in found.told("es")


def test_a_cut_list_still_tells_the_whole_total(run):
    found = run("encashment_list_pending", limit=2)
    assert len(found.receipts) == 2
    assert found.count > 2
    assert found.total == 110 * found.count


def test_the_law_says_what_non_payment_does_to_the_cover(run):
    covers = {r.receipt_number[-2:]: r.cover for r in run("encashment_list_pending", customer=RAQUEL).receipts}
    assert covers == {"01": "extinct", "02": "suspended", "03": "in_grace", "04": "not_due"}
    assert "suspendida" in run("encashment_show_receipt", receipt="RE700002").told("es")


def test_a_collected_receipt_is_paid_and_its_commission_earned(run, installation, tenant):
    paid = run("encashment_collect_receipt", receipt="RE700005", medium="transfer", paid_on=days_ago(1))
    assert (paid.state, paid.total) == ("paid", Decimal("110.00"))
    shown = run("encashment_show_receipt", receipt=paid.receipt)
    assert (shown.paid_medium, shown.cover, shown.days_overdue) == ("transfer", None, 0)
    assert [row.event for row in shown.history] == ["collected"]
    assert commission_state(installation, tenant, paid.receipt) == "accrued"
    with pytest.raises(NothingToCollect):
        run("encashment_collect_receipt", receipt="RE700005", medium="cash")


def test_a_paid_receipt_may_come_back_and_be_paid_again(run, installation, tenant):
    back = run("encashment_return_receipt", receipt="0901000700008", reason_code="ac04")
    assert (back.state, back.reason_code, back.attempts) == ("returned", "AC04", 1)
    assert "cuenta cerrada" in back.told("es")
    assert commission_state(installation, tenant, back.receipt) == "expected"
    assert run("encashment_list_pending", customer=NOE).returned_count == 1
    run("encashment_collect_receipt", receipt="0901000700008", medium="card")
    shown = run("encashment_show_receipt", receipt="0901000700008")
    assert [row.event for row in shown.history] == ["returned", "collected"]
    assert shown.paid_on == today()


def test_the_first_premium_brings_a_policy_into_force(run, installation, tenant):
    """Issued and signed, the policy waits for its first premium (LCS art. 15.1)."""
    begins = {"original_start_date": days_ago(1), "effective_date": days_ago(1), "expiry_date": days_ago(-364)}
    run("kernel_import_policies", _as="owner", rows=[policy_row("PO70009", NOE, **begins)])
    run("kernel_import_receipts", _as="owner", rows=[receipt_row("RE700019", "PO70009", 1, kind="nueva_produccion")])
    of_number = select(Policy).where(Policy.import_ref == "PO70009")
    with installation.people.writing(tenant) as session:
        session.exec(of_number).one().state = "pending_first_premium"
    assert run("encashment_show_receipt", receipt="RE700019").cover == "first_premium_unpaid"
    run("encashment_collect_receipt", receipt="RE700019", medium="cash")
    with installation.database.transaction(tenant.tenant_id) as session:
        assert session.exec(of_number).one().state == "in_force"


def test_a_settled_receipt_that_comes_back_keeps_its_settled_commission(run, installation, tenant):
    back = run("encashment_return_receipt", receipt="RE700010", reason_code="MD06")
    assert back.state == "returned"
    assert commission_state(installation, tenant, back.receipt) == "settled"


@pytest.mark.parametrize("receipt", ["RE700009", "RE700006"])
def test_a_cancelled_or_returned_receipt_does_not_come_back(run, receipt):
    with pytest.raises(UnlawfulMove):
        run("encashment_return_receipt", receipt=receipt, reason_code="AM04")


@pytest.mark.parametrize(
    ("tool", "args", "field"),
    [
        ("collect_receipt", {"medium": "cash", "paid_on": (today() + timedelta(days=2)).isoformat()}, "paid_on"),
        ("collect_receipt", {"medium": "cash", "paid_on": "1999-01-01"}, "paid_on"),
        ("collect_receipt", {"medium": "cash", "amount": "109.99"}, "amount"),
        ("collect_receipt", {"medium": "cash", "amount": 110.0}, "amount"),
        ("collect_receipt", {"medium": "wampum"}, "medium"),
        ("collect_receipt", {}, "medium"),
        ("return_receipt", {"reason_code": "ZZ99"}, "reason_code"),
        ("return_receipt", {"reason_code": "AM04", "returned_on": days_ago(-2)}, "returned_on"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(run, tool, args, field):
    with pytest.raises(BadArguments) as caught:
        run(f"encashment_{tool}", receipt="RE700007", **args)
    assert caught.value.detail["field"] == field
    assert run("encashment_show_receipt", receipt="RE700007").state == "pending"


def test_a_customer_with_one_receipt_names_it(run):
    assert run("encashment_show_receipt", receipt="Sara Vidal").receipt_number == "0901000700007"
    with pytest.raises(Ambiguous) as caught:
        run("encashment_show_receipt", receipt="Raquel Gómez")
    assert len(caught.value.detail["options"]) == 4
    with pytest.raises(NotFound):
        run("encashment_show_receipt", receipt="RE999999")


def test_a_reminder_is_an_effect_in_the_customers_language_and_not_repeated(call, run):
    outcome = call("encashment_send_reminder", receipt="RE700006")
    (effect,) = outcome.preview.effects
    assert (effect.kind, effect.recipient) == ("email", "cl70002@example.com")
    assert effect.subject == "Recordatori de pagament del rebut 0901000700006"
    assert "Pau Mas Coll" in effect.body
    assert "110,00" in effect.body
    with pytest.raises(WrittenLately):
        run("encashment_send_reminder", receipt="RE700006")
    assert run("encashment_show_receipt", receipt="RE700006").history[-1].event == "reminded"


def test_a_dry_run_of_a_reminder_sends_nothing(installation, actor):
    args = {"receipt": "RE700002"}
    call = Call("encashment_send_reminder", args, actor("broker"), Origin("cli", new_id()), dry_run=True)
    assert installation.gate.call(call).preview.effects[0].recipient == "cl70001@example.com"
    assert installation.gate.call(call).preview.effects


def test_nobody_is_reminded_of_what_is_paid_or_without_an_address(run):
    with pytest.raises(NothingToCollect):
        run("encashment_send_reminder", receipt="RE700009")
    with pytest.raises(NoAddress, match="Sara"):
        run("encashment_send_reminder", receipt="RE700007")


def test_a_review_speaks_of_debt_and_of_punctuality(run):
    owing = run("encashment_review_customer", customer=RAQUEL)
    assert owing.findings[0].severity == "block"
    assert "330,00" in owing.findings[0].text
    assert any("puede estar extinguida" in finding.text for finding in owing.findings)
    returned = run("encashment_review_customer", customer=PAU)
    assert any("fondos insuficientes" in finding.text for finding in returned.findings)


def test_the_customers_view_shows_what_is_owed(run):
    (panel,) = [p for p in run("crm_show_customer", customer=RAQUEL).panels if p.title == "Recibos por cobrar"]
    assert len(panel.rows) == 4
    assert panel.rows[0][0] == "0901000700001"


def test_who_may_not_may_not(run):
    with pytest.raises(Denied):
        run("encashment_collect_receipt", _as="compliance", receipt="RE700007", medium="cash")


def test_another_tenant_sees_no_receipt(installation, run):
    stranger = installation.people.add_tenant("otra-cobros", "Otra correduría")
    assert run("encashment_list_pending", _as=stranger).count == 0
    assert run("encashment_list_overdue", _as=stranger).total == 0
    for tool, args in (
        ("show_receipt", {}), ("collect_receipt", {"medium": "cash"}), ("return_receipt", {"reason_code": "AM04"}),
        ("send_reminder", {}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            run(f"encashment_{tool}", _as=stranger, receipt="RE700007", **args)


def test_refusals_are_conflicts():
    assert issubclass(NothingToCollect, Conflict)
    assert issubclass(WrittenLately, Conflict)
