"""Decisions in a browser: two persons, the password again, the queue by keyboard."""

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.test_walk import check

CUSTOMER = "Sara Ortega Pérez"
IBANS = iter(("ES9121000418450200051332", "ES7921000813610123456789"))


@pytest.fixture
def bank_change(served):
    """A change of a customer's account, which two persons check."""
    args = json.dumps({"customer": CUSTOMER, "iban": next(IBANS)})
    said = served.ait("tools", "call", "crm_set_bank_account", "--args", args, "--as", "operations", "--json")
    assert said.returncode == 3, said.stdout + said.stderr
    return json.loads(said.stdout)["error"]["approval_id"]


def test_two_persons_check_a_new_account_and_an_old_sign_in_asks_for_the_password(person, served, bank_change):
    looks = (("cfo", "light", "desktop"), ("executive", "dark", "phone"))
    for place, (user, *look) in enumerate(looks):
        visitor = person(user, *look)
        page = visitor.go(f"/approvals/{bank_change}")
        expect(page.get_by_text(f"{place} de 2 personas")).to_be_visible()
        check(page, "two-persons", tuple(look))
        if user == "executive":
            age(served)
            page.wait_for_timeout(5500)  # the server keeps what it knows of a session for five seconds
        page.get_by_role("button", name="Aprobar").click()
        if user == "executive":
            expect(page.get_by_role("heading", name="Confirme quién es")).to_be_visible()
            check(page, "step-up", tuple(look))
            page.get_by_label("Contraseña").fill("no es esta")
            page.get_by_role("button", name="Confirmar y aprobar").click()
            expect(page.get_by_text("La contraseña no es correcta.")).to_be_visible()
            page.get_by_label("Contraseña").fill(served.passwords[user])
            page.get_by_role("button", name="Confirmar y aprobar").click()
        expect(page.get_by_text(f"{place + 1} de 2 personas")).to_be_visible()
        assert [said for said in visitor.wrong if "401" not in said] == []
    expect(page.get_by_text("Aprobada por")).to_be_visible()


def age(served):
    """Let every sign-in be older than what step-up wants."""
    code = (
        "from datetime import timedelta\n"
        "from sqlmodel import select\n"
        "from core.people import SignInSession\n"
        "from modules.installation import Installation\n"
        "house = Installation.open()\n"
        "with house.people.writing(house.people.owner()) as session:\n"
        "    for row in session.exec(select(SignInSession)):\n"
        "        row.factor_at = session.now - timedelta(minutes=10)\n"
        "        session.add(row)\n"
        "house.close()\n"
    )
    done = served.python(code)
    assert done.returncode == 0, done.stderr


def test_the_queue_is_walked_by_keyboard(person, served, bank_change):
    page = person("cfo", "light", "desktop").go("/approvals")
    page.keyboard.press("j")
    first = page.locator("a[data-item]").first
    expect(first).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url("**/approvals/*-*")
    page.keyboard.press("r")
    expect(page.get_by_label("Comentario")).to_be_focused()
    assert page.get_by_label("Comentario").input_value() == ""
