"""Documents through the gate: made, kept, found, saved, delivered and signed."""

from base64 import b64decode
from dataclasses import replace
from hashlib import sha256

import pytest

from core.errors import AitError, BadArguments, Conflict, Denied, NotFound
from core.money import format_money
from tests.modules.insurance.documents.stages import read, squeezed
from tests.modules.insurance.taken_over import approved

DOG = {
    "product": "completo", "species": "perro", "pet_age": 3, "dangerous_breed": False, "microchip": True,
    "previous_bites": 0, "liability_limit": 150000, "breed_risk": "medio", "animal_value": "900.00",
    "vet_annual_limit": 1500, "reimbursement_pct": 80, "payment_frequency": "quarterly", "animal_name": "#Luna*",
    "chip_no": "941000012345678",
}  # fmt: skip
HOUSE = {
    "legal_name": "Correduría de Prueba, S.L.", "id_number": "B26346130", "registry_key": "J-0000",
    "register_name": "Registro de la DGSFP", "home": "Calle Mayor 1, Madrid", "complaints": "Calle Mayor 1, Madrid",
}  # fmt: skip


@pytest.fixture(scope="module")
def quote(book):
    """A priced quote of a dog."""
    return book("mascotas_quote_policy", customer="CL00001", insurer="C0901", **DOG)


@pytest.fixture(scope="module")
def policy(book, quote, installation, actor, call):
    """Its policy."""
    return approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)


def text_of(run, document):
    saved = run("kernel_download_issued_document", document=document.document)
    content = b64decode(saved.content)
    assert sha256(content).hexdigest() == document.sha256
    return read(content)[0]


def test_without_its_registration_the_house_recommends_nothing(book, quote):
    with pytest.raises(Conflict) as refused:
        book("kernel_create_document", kind="recommendation", quote=quote.quote_number)
    assert "173" in refused.value.told("es")
    with pytest.raises(NotFound):
        book("kernel_show_brokerage")


def test_the_house_is_set_by_people_and_named_in_documents(book, quote):
    with pytest.raises(AitError):
        book("kernel_set_brokerage", "broker", **HOUSE)
    book("kernel_set_brokerage", "owner", **HOUSE)
    assert book("kernel_show_brokerage").registry_key == "J-0000"
    made = book("kernel_create_document", kind="recommendation", quote=quote.quote_number, reasons="Cubre al *perro*.")
    said = text_of(book, made)
    assert squeezed("Correduría de Prueba, S.L.") in said
    assert squeezed("Cubre al *perro*.") in said
    assert made.name == f"recomendacion-{quote.quote_number}.pdf"


def test_a_quote_becomes_an_offer_with_its_price(book, quote):
    made = book("kernel_create_document", kind="offer", quote=quote.quote_number)
    said = text_of(book, made)
    assert squeezed(format_money(quote.total)) in said
    assert squeezed("#Luna*") in said
    assert made.is_new
    assert made.link.endswith(f"{made.document}/content")
    again = book("kernel_create_document", kind="offer", quote=quote.quote_number)
    assert (again.document, again.is_new) == (made.document, False)


def test_every_kind_is_about_something(book, quote):
    with pytest.raises(BadArguments) as refused:
        book("kernel_create_document", kind="receipt", quote=quote.quote_number)
    assert refused.value.detail["field"] == "receipt"
    with pytest.raises(BadArguments):
        book("kernel_create_document", kind="claim_offer", quote=quote.quote_number)
    with pytest.raises(Conflict) as other:
        book("kernel_create_document", kind="kid", quote=quote.quote_number)
    assert "IPID" in other.value.told("es")


def test_a_policy_has_its_papers_and_its_list(book, quote, policy):
    offer = book("kernel_create_document", kind="offer", quote=quote.quote_number)
    for kind, extra in (("policy", {}), ("renewal_notice", {}), ("receipt", {"receipt": policy.receipts[0].receipt})):
        made = book("kernel_create_document", kind=kind, policy=policy.policy, **extra)
        assert squeezed(policy.policy) in text_of(book, made)
    with pytest.raises(Conflict):
        book("kernel_create_document", kind="cancellation", policy=policy.policy)
    found = book("kernel_list_issued_documents", policy=policy.policy).documents
    assert {row.kind.value for row in found} >= {"policy", "renewal_notice", "receipt", "offer"}
    assert offer.document in {row.document for row in found}
    assert book("kernel_list_issued_documents", customer="CL00003").documents == ()


def test_a_policy_that_was_taken_over_shows_its_totals(book):
    made = book("kernel_create_document", kind="policy", policy="PO00001")
    said = text_of(book, made)
    assert squeezed("283,93 €") in said
    assert squeezed("Álvaro Ramos Soriano") in said


def test_letters_of_a_claim(book):
    letter = book("kernel_create_claim_letter", claim="SI2026-0001", kind="claim_acknowledgement")
    assert squeezed("Qué necesitamos de usted") in text_of(book, letter)
    with pytest.raises(BadArguments) as refused:
        book("kernel_create_claim_letter", claim="SI2026-0001", kind="claim_offer")
    assert refused.value.detail["field"] == "amount"
    offer = book("kernel_create_claim_letter", claim="SI2026-0001", kind="claim_offer", amount="1200.50")
    assert squeezed("1.200,50 €") in text_of(book, offer)
    with pytest.raises(BadArguments):
        book("kernel_create_claim_letter", claim="SI2026-0001", kind="claim_rejection")
    with pytest.raises(Conflict):
        book("kernel_create_claim_letter", claim="SI2026-0001", kind="claim_payment")
    assert len(book("kernel_list_issued_documents", claim="SI2026-0001").documents) == 2


def test_offers_are_compared_side_by_side(book):
    with pytest.raises(Conflict):
        book("kernel_create_comparison", customer="CL00002")
    dog = DOG | {"chip_no": "941000012345679"}
    dear = book("mascotas_quote_policy", customer="CL00002", insurer="C0901", **dog)
    cheap = book("mascotas_quote_policy", customer="CL00002", insurer="C0902", **(dog | {"vet_annual_limit": 500}))
    said = text_of(book, book("kernel_create_comparison", customer="CL00002", line="mascotas"))
    for amount in (dear.total, cheap.total):
        assert squeezed(format_money(amount)) in said
    assert squeezed(f"oferta {cheap.quote_number}") in said, "the same cover for less is proposed"
    assert squeezed("Límite anual de gastos veterinarios") in said, "what differs is told"
    chosen = book(
        "kernel_create_comparison", customer="CL00002", recommended=dear.quote_number, reasons="Más límite veterinario."
    )
    said = text_of(book, chosen)
    assert squeezed(f"oferta {dear.quote_number}") in said
    assert squeezed("Más límite veterinario.") in said
    with pytest.raises(Conflict):
        book("kernel_create_comparison", customer="CL00001", recommended=dear.quote_number)


def test_delivery_and_signature_are_proved(book, call, quote):
    made = book("kernel_create_document", kind="ipid", quote=quote.quote_number)
    with pytest.raises(BadArguments):
        book("kernel_mark_document_delivered", document=made.name, channel="paper", delivered_on="2020-01-01")
    given = call("kernel_mark_document_delivered", document=made.name, channel="email")
    assert given.value.delivered_by == "email"
    signed = call("kernel_mark_document_signed", document=made.document, evidence="plataforma de firma 123")
    assert signed.value.signed_on is not None
    assert "Firmado" in signed.value.told("es")


def test_an_agent_downloads_nothing(book, actor, call, quote):
    made = book("kernel_create_document", kind="offer", quote=quote.quote_number)
    agent = replace(actor("broker"), agent="executor/operations")
    with pytest.raises(Denied):
        call("kernel_download_issued_document", agent, document=made.document)
    with pytest.raises(NotFound):
        book("kernel_download_issued_document", document="no-existe.pdf")
