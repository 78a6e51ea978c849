"""Advice on coverage: gaps, overlaps and low sums, with reasons and articles, never by what the house earns."""

import pytest

from core.errors import NotFound
from modules.insurance.kernel.lines import LABELS
from modules.insurance.kernel.needs import FACTS, IMPLIED, NEEDS, OVERLAPS
from tests.modules.insurance.conftest import policy

RISK = {
    "product": "completo", "payment_frequency": "annual", "species": "perro", "pet_age": 3, "breed_risk": "bajo",
    "dangerous_breed": True, "ppp_licence": True, "microchip": True, "previous_bites": 0, "animal_value": "600.50",
    "vet_annual_limit": 1500, "reimbursement_pct": 80, "liability_limit": 120000,
}  # fmt: skip
FIRM = {
    "customer_id": "CL00090", "kind": "company", "id_type": "CIF", "id_number": "A76084805",
    "company_name": "Nave, S.L.",
    "consent_marketing": "N", "consent_date": "2024-01-01", "customer_since": "2024-01-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def held(book):
    """Raquel has two policies of one car, one of a dangerous dog, and no home; a firm has nothing."""
    book("crm_import_customers", "admin", rows=[FIRM])
    book("kernel_import_policies", "admin", rows=POLICIES)
    book("kernel_import_risks", "admin", rows=[
        {"policy_id": "PO00032", "risk": RISK, "details": {"chip_no": "724098100123456"}}])  # fmt: skip
    return book


POLICIES = [
    policy(30, "CL00003", risk_description="Turismo, matrícula 1234 BCD"),
    policy(31, "CL00003", insurer_code="C0902", risk_description="Turismo, matrícula 1234 BCD"),
    policy(32, "CL00003", line="mascotas", risk_description="Perro Trufa"),
    policy(33, "CL00003", line="decesos", risk_description="Decesos"),
    policy(34, "CL00003", line="decesos", risk_description="Decesos"),
    policy(35, "CL00003", line="vida", status="anulada", risk_description="Vida"),
]


def advise(run, **situation):
    return run("kernel_advise_coverage", **situation)


def articles(items):
    return {(item.lines, item.article) for item in items}


def test_what_is_missing_follows_from_life_and_policies(held):
    """A cancelled policy answers no need; a running one does; what is denied is believed."""
    found = advise(held, customer="Javier Rubio", owns_home=True, has_family=True, has_mortgage=False,
                   self_employed=True)  # fmt: skip
    said = articles(found.missing)
    assert (("hogar",), "RDL 3/2020 art. 175") in said
    assert (("vida",), "RDL 3/2020 art. 175") in said
    assert (("salud",), "RDL 3/2020 art. 175") in said
    assert (("empresas", "multirriesgo", "rc"), "CC art. 1902") in said
    assert not any(item.lines in (("autos",), ("decesos", "vida")) for item in found.missing)
    assert "Ley 5/2019" not in found.told("es")
    assert found.questions == ("¿Vive de alquiler?",)
    assert "«" not in found.told("en")


def test_what_is_insured_twice_is_told_with_its_policies(held):
    """One plate in two policies, two funerals of one life: LCS art. 32."""
    found = advise(held, customer="Javier Rubio")
    twice = {item.policies: item.article for item in found.overlaps}
    assert twice[("0903-92550030", "0903-92550031")] == "LCS art. 32"
    assert twice[("0903-92550033", "0903-92550034")] == "LCS art. 32"
    assert len(twice) == 2


def test_low_sums_are_what_the_line_says_of_the_risk(held):
    """The least liability of a dangerous dog, by its own policy."""
    (item,) = advise(held, customer="Javier Rubio").sums
    assert item.policies == ("0903-92550032",)
    assert item.article == "RD 287/2002 art. 3"


def test_a_firm_is_advised_as_one(held):
    """Liability before all; what is not known is asked."""
    found = advise(held, customer="Nave", uses_data=True)
    assert articles(found.missing) == {
        (("empresas", "industrial", "multirriesgo", "rc"), "CC arts. 1902-1903"), (("ciber",), "RGPD arts. 32-34 y 82"),
    }  # fmt: skip
    assert len(found.questions) == 3
    with pytest.raises(NotFound):
        advise(held, customer="Nadie De Nada")


def test_advice_does_not_depend_on_what_the_house_earns(held):
    """The rates of commission are permuted; not a word changes."""
    before = advise(held, customer="Javier Rubio", owns_home=True)
    rates = ("40.00", "1.00", "25.00", "0.00", "11.00", "5.00")
    changed = [row | {"commission_rate": rate} for row, rate in zip(POLICIES, rates, strict=True)]
    assert held("kernel_import_policies", "admin", rows=changed).updated
    assert advise(held, customer="Javier Rubio", owns_home=True) == before


def test_needs_name_lines_and_facts_that_exist():
    """A need that nobody can raise or answer would never be said."""
    facts = {*FACTS, "person", "company", "community"}
    for need in NEEDS:
        assert need.when <= facts
        assert need.answered_by <= set(LABELS)
        assert need.why
        assert need.article
    assert all(overlap.lines <= set(LABELS) for overlap in OVERLAPS)
    assert set(IMPLIED) <= set(LABELS)
    assert set(IMPLIED.values()) <= facts
