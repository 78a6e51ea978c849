"""Stories of the treasury, told through the gate: who gets into the register, and what gets out to the bank."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import text
from sqlmodel import select

from core.context import Origin
from core.errors import ApprovalRequired, BadArguments, Conflict, Denied, NotFound
from core.identifiers import new_id
from modules.core_business.treasury.payees import CallProvesNothing, PayeeExists
from modules.core_business.treasury.payments import (
    AlreadyOrdered,
    NoHouseAccount,
    NotPayable,
    TooLateToCancel,
)
from modules.core_business.treasury.records import Payee, PaymentMovement, PaymentOrder
from modules.core_business.treasury.states import UnlawfulPaymentMove
from tests.modules.core_business.people import person
from tools.gate import Call

XSD = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "data" / "sepa" / "pain.001.001.09.xsd"))
VIDAL, NORTE, NUEVA = "B27289875", "B41519521", "B72477946"
OWN, VIDAL_ACCOUNT, NORTE_ACCOUNT, OTHER = (
    "ES9299906305665071050724", "ES1499907468933795742288", "ES6199902186415699252753", "ES1999911950301922121676",
)  # fmt: skip
ATTACKER = "ES5899912144782033639716"


def row(ref, name, id_number, iban, **more):
    return {
        "payee_id": ref, "name": name, "id_number": id_number, "iban": iban, "kind": "supplier",
        "phone": "+34 600 000 001", "phone_since": "2020-01-01", "account_since": "2020-01-01",
        "verified_on": "2020-02-01", "called_person": "Eva Vidal", "called_source": "contrato de 2020",
    } | more  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def register(run, desk):
    """Two payees, one of whom nobody has called; and the house's own account."""
    rows = [
        row("BE001", "Talleres Hnos. Vidal Ficticia, S.L.", VIDAL, VIDAL_ACCOUNT),
        row("BE002", "Papelería Norte Ficticia, S.L.", NORTE, NORTE_ACCOUNT, verified_on="", called_person=""),
    ]
    run("treasury_import_payees", "owner", rows=rows)
    account = {"holder": "Correduría de Prueba, S.L.", "id_number": "B26346130", "iban": OWN, "bank": "banco"}
    run("treasury_set_house_account", "admin", purpose="own", **account)


def pay(desk, amount, who="cfo", by=("executive", "cfo_2"), **args):
    values = {"payee": "Talleres Hnos. Vidal", "concept": "chapa", "amount": amount}
    return desk.granted("treasury_create_payment", who, by, **values | args)


def standing_of_file(installation, tenant, order_id, state):
    """Say of the order's file that it is in `state`, as its sender would."""
    with installation.people.writing(tenant) as session:
        session.connection().execute(
            text("UPDATE soriano_platform.outbox SET state = :state WHERE key = :key AND kind = 'effect'"),
            {"state": state, "key": order_id},
        )


def order_of(installation, tenant, number):
    with installation.database.transaction(tenant.tenant_id) as session:
        return session.exec(select(PaymentOrder).where(PaymentOrder.number == number)).one()


@pytest.mark.parametrize(
    "written", ["Talleres Hnos. Vidal", "talleres hnos vidal ficticia", "Hnos Vidal", VIDAL, "be001"]
)
def test_a_payee_is_named_by_name_or_number_and_shown_masked(run, written):
    shown = run("treasury_show_payee", "cfo", payee=written)
    assert (shown.id_number, shown.standing, shown.account) == (VIDAL, "payable", "ES14 **** 2288")
    assert VIDAL_ACCOUNT not in shown.model_dump_json()


def test_a_payee_is_recognised_in_a_sentence(run):
    said = "paga 968 euros a talleres hnos vidal por la factura F-93"
    mentions = run("treasury_find_mentions", "cfo", text=said).mentions
    assert [(m.kind, m.label, m.words) for m in mentions] == [
        ("payee", "Talleres Hnos. Vidal Ficticia, S.L.", "talleres hnos vidal")
    ]
    assert run("treasury_find_mentions", "cfo", text="los talleres de Madrid").mentions == ()


def test_a_payment_leaves_as_a_valid_file_to_the_registered_account(call, desk, installation, tenant):
    id = desk.held("treasury_create_payment", "cfo", payee="Talleres Hnos. Vidal", amount="968.00",
                   concept="Reparación", invoice="F-93")  # fmt: skip
    (effect,) = desk.approve(id, "executive", "cfo_2").preview.effects
    assert (effect.kind, effect.recipient) == ("file", "banco")
    tree = etree.fromstring(effect.body.encode())
    XSD.assertValid(tree)
    assert VIDAL_ACCOUNT in effect.body
    assert ">968.00<" in effect.body
    desk.wait(minutes=3)  # what was approved is what leaves, although it leaves later
    paid = installation.approvals.execute(desk.actor("cfo"), id).value
    assert (paid.state, paid.amount, paid.invoice) == ("ordered", Decimal("968.00"), "F-93")
    assert paid.end_to_end_id in effect.body
    assert effect.subject == f"{paid.payment}.xml"
    with installation.database.transaction(tenant.tenant_id) as session:
        (body,) = session.connection().execute(
            text("SELECT payload->>'body' FROM soriano_platform.outbox WHERE kind = 'effect' AND key = :key"),
            {"key": order_of(installation, tenant, paid.payment).id},
        ).one()  # fmt: skip
    assert body == effect.body


@pytest.mark.parametrize("payee", [VIDAL_ACCOUNT, ATTACKER, "ES58 9991 2144 7820 3363 9716"])
def test_a_payment_takes_no_account_for_a_payee(call, payee):
    with pytest.raises(BadArguments) as caught:
        call("treasury_create_payment", "cfo", payee=payee, amount="10.00", concept="x")
    assert caught.value.detail["field"] == "payee"


@pytest.mark.parametrize(
    "args",
    [{"amount": "0.00"}, {"amount": "-5.00"}, {"amount": 10.5}, {"amount": "1000000000.00"}, {"concept": ""},
     {"concept": "x" * 141}, {"due": "2020-01-01"}, {"iban": ATTACKER}],
)  # fmt: skip
def test_what_no_bank_would_take_is_refused(call, args):
    with pytest.raises(BadArguments):
        call("treasury_create_payment", "cfo", **{"payee": VIDAL, "amount": "10.00", "concept": "x"} | args)


def test_nobody_pays_whose_account_nobody_confirmed(call):
    with pytest.raises(NotPayable):
        call("treasury_create_payment", "cfo", payee=NORTE, amount="10.00", concept="papel")


def test_an_account_is_paid_after_two_approvals_a_call_and_a_day(call, desk):
    args = {"name": "Nueva Imprenta Ficticia, S.L.", "id_number": NUEVA, "iban": OTHER,
            "phone": "600 000 009", "phone_since": "2021-05-01"}  # fmt: skip
    made = desk.granted("treasury_register_payee", "operations", ("executive", "cfo"), **args)
    assert (made.standing, made.kind) == ("unverified", "supplier")
    with pytest.raises(PayeeExists):
        call("treasury_register_payee", "operations", **args)
    with pytest.raises(Denied):  # who registered it
        call("treasury_verify_payee", "operations", payee=NUEVA, person="Ana Gil", phone_source="contrato")
    called = call("treasury_verify_payee", "operations_2", payee=NUEVA, person="Ana Gil", phone_source="contrato").value
    assert called.standing == "cooling_off"
    assert (called.call_back.phone, called.call_back.person) == ("+34600000009", "Ana Gil")
    with pytest.raises(NotPayable) as caught:
        call("treasury_create_payment", "cfo", payee=NUEVA, amount="10.00", concept="tarjetas")
    assert "espera hasta" in caught.value.told("es")
    desk.wait(hours=24)
    assert call("treasury_show_payee", "cfo", payee=NUEVA).value.standing == "payable"


def test_an_agent_confirms_nothing(installation, desk):
    agent = replace(desk.actor("operations_2"), agent="executor/operations")
    args = {"payee": NORTE, "person": "Ana Gil", "phone_source": "contrato"}
    with pytest.raises((Denied, ApprovalRequired)) as caught:
        installation.gate.call(Call("treasury_verify_payee", args, agent, Origin("chat", new_id())))
    assert isinstance(caught.value, Denied)


def test_a_call_to_a_new_number_proves_nothing(run, call, desk):
    args = {"name": "Reciente Ficticia, S.L.", "id_number": "B20534244", "iban": OTHER, "phone": "600 000 010"}
    desk.granted("treasury_register_payee", "operations", ("executive", "cfo"), **args)
    with pytest.raises(CallProvesNothing, match="30 días"):
        call("treasury_verify_payee", "operations_2", payee="B20534244", person="Ana Gil", phone_source="su correo")


def test_a_changed_account_is_no_longer_confirmed(run, call, desk):
    changed = desk.granted(
        "treasury_change_payee_account", "operations", ("executive", "cfo"), payee=NUEVA, iban=NORTE_ACCOUNT
    )
    assert (changed.standing, changed.call_back, changed.account) == ("unverified", None, "ES61 **** 2753")
    found = {f.severity for f in run("treasury_review_payment", "cfo", payee=NUEVA, amount="10.00").findings}
    assert "block" in found
    with pytest.raises(Conflict):
        call("treasury_change_payee_account", "operations", payee=NUEVA, iban=NORTE_ACCOUNT)


def test_who_is_out_of_use_is_not_paid(run, call):
    assert run("treasury_deactivate_payee", "executive", payee=NUEVA).standing == "inactive"
    with pytest.raises(NotPayable):
        call("treasury_create_payment", "cfo", payee=NUEVA, amount="10.00", concept="x")
    assert NUEVA not in {p.id_number for p in run("treasury_list_payees", "cfo").payees}
    assert NUEVA in {p.id_number for p in run("treasury_list_payees", "cfo", inactive=True).payees}


def test_one_invoice_is_paid_once(call, desk, installation, tenant):
    paid = pay(desk, "50.00", invoice="F-94")
    with pytest.raises(AlreadyOrdered, match="F-94"):
        call("treasury_create_payment", "cfo", payee=VIDAL, amount="50.00", concept="otra vez", invoice="F-94")
    assert (
        call("treasury_cancel_payment", "cfo", payment=paid.payment, reason="factura errónea").value.state
        == "cancelled"
    )
    assert pay(desk, "50.00", invoice="F-94").state == "ordered"  # cancelled, it may be paid after all


def test_the_same_amount_again_is_looked_at(desk, installation):
    pay(desk, "77.00", invoice="F-95")
    id = desk.held("treasury_create_payment", "cfo", payee=VIDAL, amount="77.00", concept="otro trabajo")
    shown = installation.approvals.show(desk.actor("executive"), id)
    assert shown.state == "pending"
    review = desk.call("treasury_review_payment", "cfo", payee=VIDAL, amount="77.00").value
    assert any("mismo importe" in finding.text for finding in review.findings)


def test_a_cancelled_payment_never_leaves(call, desk, installation, tenant):
    paid = pay(desk, "31.00")
    order = order_of(installation, tenant, paid.payment)
    call("treasury_cancel_payment", "cfo", payment=paid.payment, reason="ya no procede")
    with installation.database.transaction(tenant.tenant_id) as session:
        standing = session.connection().execute(
            text("SELECT state FROM soriano_platform.outbox WHERE kind = 'effect' AND key = :key"), {"key": order.id}
        )
        assert standing.scalar_one() == "failed"


@pytest.mark.parametrize("file", ["sent", "sending"])
def test_what_has_left_is_not_cancelled(call, desk, installation, tenant, file):
    paid = pay(desk, f"32.0{len(file) - 4}")
    standing_of_file(installation, tenant, order_of(installation, tenant, paid.payment).id, file)
    with pytest.raises(TooLateToCancel):
        call("treasury_cancel_payment", "cfo", payment=paid.payment, reason="ya no procede")
    assert call("treasury_show_payment", "cfo", payment=paid.payment).value.state == "ordered"


def test_a_payment_follows_its_file_to_the_end(call, run, desk, installation, tenant):
    paid = pay(desk, "33.00")
    with pytest.raises(UnlawfulPaymentMove):
        call("treasury_settle_payment", "cfo", payment=paid.payment)
    with pytest.raises(Conflict):
        call("treasury_fail_payment", "cfo", payment=paid.payment, reason="cuenta cerrada")
    standing_of_file(installation, tenant, order_of(installation, tenant, paid.payment).id, "sent")
    assert run("treasury_update_payments", "cfo").sent >= 1
    assert run("treasury_settle_payment", "cfo", payment=paid.payment).state == "settled"
    shown = run("treasury_show_payment", "cfo", payment=paid.payment)
    assert [(m.from_state, m.to_state) for m in shown.movements] == [
        (None, "proposed"), ("proposed", "ordered"), ("ordered", "sent"), ("sent", "settled"),
    ]  # fmt: skip
    with pytest.raises(UnlawfulPaymentMove):
        call("treasury_cancel_payment", "cfo", payment=paid.payment, reason="tarde ya")


def test_of_an_unknown_outcome_the_bank_is_asked(call, run, desk, installation, tenant):
    paid = pay(desk, "34.00")
    standing_of_file(installation, tenant, order_of(installation, tenant, paid.payment).id, "unknown")
    assert run("treasury_update_payments", "cfo").unknown >= 1
    assert run("treasury_show_payment", "cfo", payment=paid.payment).state == "unknown"
    assert any(paid.payment in f.text for f in run("treasury_review_payment", "cfo", payee=VIDAL).findings)
    failed = run("treasury_fail_payment", "cfo", payment=paid.payment, reason="el banco no lo tiene")
    assert (failed.state, failed.reason) == ("failed", "el banco no lo tiene")


def test_premiums_need_the_clients_account(run, call):
    rows = [row("BE003", "Mutua Ficticia de Prueba", "A44554137", OTHER, kind="insurer")]
    run("treasury_import_payees", "owner", rows=rows)
    with pytest.raises(NoHouseAccount, match="de clientes"):
        call("treasury_create_payment", "cfo", payee="A44554137", amount="10.00", concept="primas")


def test_a_customer_is_a_payee_by_the_number_of_the_file(run, call, desk):
    run("crm_create_person", **person("Ana", "Ruiz Gil", "12345678Z"))
    args = {"name": "Ana Ruiz Gil", "iban": OTHER, "kind": "customer", "customer": "Ana Ruiz Gil"}
    with pytest.raises(BadArguments) as caught:
        call("treasury_register_payee", "operations", id_number="00000001R", **args)
    assert caught.value.detail["field"] == "customer"
    made = desk.granted("treasury_register_payee", "operations", ("executive", "cfo"), id_number="12345678Z", **args)
    assert made.customer is not None


def test_a_second_import_changes_nothing_and_a_new_account_has_to_be_confirmed(run, call):
    rows = [row("BE010", "Otra Ficticia, S.L.", "B19999416", OTHER)]
    assert run("treasury_import_payees", "owner", rows=rows).created == 1
    again = call("treasury_import_payees", "owner", rows=rows)
    assert (again.value.unchanged, again.preview.rows) == (1, ())
    run("treasury_import_payees", "owner", rows=[rows[0] | {"iban": ATTACKER}])
    assert run("treasury_show_payee", "cfo", payee="B19999416").standing == "unverified"


def test_past_payments_are_taken_over_and_nothing_leaves(run, call):
    rows = [{"payment_id": "PA1", "payee_id": "BE001", "amount": "120.00", "concept": "Año pasado", "invoice": "F-1",
             "due": "2025-03-01", "state": "sent"}]  # fmt: skip
    first = call("treasury_import_payments", "owner", rows=rows)
    assert (first.value.created, first.preview.effects) == (1, ())
    assert run("treasury_import_payments", "owner", rows=rows).unchanged == 1
    settled = [rows[0] | {"state": "settled", "settled_on": "2025-03-03"}]
    assert run("treasury_import_payments", "owner", rows=settled).updated == 1
    assert run("treasury_show_payment", "cfo", payment="PA1").ended_on.isoformat() == "2025-03-03"


def test_the_sums_of_orders_are_those_of_their_movements(run, call, desk, installation, tenant):
    tools = {"cancel": ("cancel_payment", {"reason": "prueba"}), "settle": ("settle_payment", {}),
             "fail": ("fail_payment", {"reason": "prueba"})}  # fmt: skip
    files = ("sent", "failed", "unknown")

    @settings(max_examples=6, deadline=None)
    @given(st.lists(st.sampled_from([*files, *tools, "update"]), max_size=5))
    def holds(steps):
        paid = pay(desk, "12.34", invoice=str(new_id()))
        order = order_of(installation, tenant, paid.payment)
        for step in steps:
            if step in files:
                standing_of_file(installation, tenant, order.id, step)
            elif step == "update":
                run("treasury_update_payments", "cfo")
            else:
                name, args = tools[step]
                with suppress(Conflict):
                    call(f"treasury_{name}", "cfo", payment=paid.payment, **args)
        assert sums(installation, tenant) == {
            part.state: part.total for part in run("treasury_list_payments", "cfo").by_state
        }

    holds()


def sums(installation, tenant):
    """The sum of the orders of each state, which must be that of their movements."""
    with installation.database.transaction(tenant.tenant_id) as session:
        orders, moves = session.exec(select(PaymentOrder)).all(), session.exec(select(PaymentMovement)).all()
        payees = {payee.id: payee for payee in session.exec(select(Payee))}
    found, ledger = defaultdict(Decimal), defaultdict(Decimal)
    for order in orders:
        found[order.state] += order.amount
        # Nothing is ever ordered to somebody whom nobody has called.
        assert order.import_ref or payees[order.payee_id].called_on
    for move in moves:
        ledger[move.to_state] += move.amount
        if move.from_state:
            ledger[move.from_state] -= move.amount
    assert dict(found) == {state: total for state, total in ledger.items() if total}
    return dict(found)


def test_who_may_not_may_not(call):
    with pytest.raises(Denied):
        call("treasury_create_payment", "broker", payee=VIDAL, amount="10.00", concept="x")
    with pytest.raises(Denied):
        call("treasury_register_payee", "broker", name="X Y", id_number=NUEVA, iban=OTHER)
    with pytest.raises(Denied):
        call("treasury_set_house_account", "cfo", purpose="own", holder="X Y", id_number=NUEVA, iban=OTHER, bank="b")


def test_another_tenant_sees_no_payee_and_no_payment(installation, run):
    stranger = installation.people.add_tenant("otra-tesoreria", "Otra correduría")
    assert run("treasury_list_payees", _as=stranger).total == 0
    assert run("treasury_list_payments", _as=stranger).count == 0
    assert run("treasury_list_house_accounts", _as=stranger) == []
    with pytest.raises(NotFound):
        run("treasury_show_payee", _as=stranger, payee=VIDAL)


def test_the_register_answers_in_both_languages(run):
    shown = run("treasury_show_payee", "cfo", payee=VIDAL)
    assert shown.told("es") == (
        "Talleres Hnos. Vidal Ficticia, S.L. (proveedor, B27289875), cuenta ES14 **** 2288: "
        "cuenta comprobada, se le puede pagar."
    )
    assert "supplier" in shown.told("en")
