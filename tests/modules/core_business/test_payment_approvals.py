"""A granted payment is looked at again before it leaves: the payee, the granters, whoever asked."""

import pytest
from sqlmodel import select

from core.audit.search import Wanted
from core.errors import AitError
from modules.core_business.treasury.records import Payee, PaymentOrder
from tests.modules.core_business.test_treasury import ATTACKER, VIDAL, row

VIDAL_ACCOUNT = "ES1499907468933795742288"


@pytest.fixture(scope="module", autouse=True)
def register(run, desk):
    """One payee whom somebody has called, and the house's own account."""
    run("treasury_import_payees", "owner", rows=[row("BE001", "Talleres Vidal Ficticia, S.L.", VIDAL, VIDAL_ACCOUNT)])
    account = {"holder": "Correduría de Prueba, S.L.", "id_number": "B26346130", "bank": "banco"}
    run("treasury_set_house_account", "admin", purpose="own", iban="ES9299906305665071050724", **account)


@pytest.fixture
def granted(desk):
    """A payment that has been granted and has not left."""
    id = desk.held("treasury_create_payment", "cfo", payee=VIDAL, amount="968.00", concept="chapa")
    assert desk.approve(id, "executive", "cfo_2").state == "approved"
    return id


def refused(installation, actor, tenant, id):
    """It does not run, nothing is ordered, and the log says so."""
    with pytest.raises(AitError):
        installation.approvals.execute(actor("executive"), id)
    with installation.database.transaction(tenant.tenant_id) as session:
        assert session.exec(select(PaymentOrder)).all() == []
    entries = installation.audit.search(actor("compliance"), Wanted(record=str(id), limit=50))
    assert entries[0].said["kind"] in ("approval.failed", "approval.stale")
    return installation.approvals.show(actor("executive"), id)


def test_an_account_that_was_changed_after_the_grant_is_not_paid(granted, installation, actor, tenant):
    with installation.people.writing(tenant) as session:  # as whoever can write the row itself
        payee = session.exec(select(Payee).where(Payee.id_number == VIDAL)).one()
        payee.iban, before = ATTACKER, payee.iban
        session.add(payee)
    assert refused(installation, actor, tenant, granted).state in ("failed", "stale")
    with installation.people.writing(tenant) as session:
        payee = session.exec(select(Payee).where(Payee.id_number == VIDAL)).one()
        payee.iban = before
        session.add(payee)


def test_an_account_that_was_changed_by_the_book_waits_for_its_call(granted, desk, installation, actor, tenant):
    desk.granted("treasury_change_payee_account", "operations", payee=VIDAL, iban=ATTACKER)
    assert refused(installation, actor, tenant, granted).state == "failed"
