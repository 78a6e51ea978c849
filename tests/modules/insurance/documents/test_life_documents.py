"""Documents of a policy's life as the acts of the kernel leave it: endorsement, claim letters, cancellation."""

from base64 import b64decode
from datetime import timedelta

import pytest

from core.errors import Conflict
from core.money import format_money
from tests.modules.insurance.documents.stages import read, squeezed

CONSENT = "correo del cliente del día anterior"


def text_of(office, made):
    return read(b64decode(office.run("kernel_download_issued_document", document=made.document).content))[0]


def test_papers_follow_a_policy_from_change_to_end(office):
    number = office.pet()
    office.travel(office.today + timedelta(100))
    quoted = office.run("kernel_quote_endorsement", policy=number, changes={"vet_annual_limit": 3000})
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    made = office.run("kernel_create_document", kind="endorsement", endorsement=quoted.endorsement)
    said = text_of(office, made)
    for part in (quoted.endorsement, number, "1.500,00 €", "3.000,00 €", format_money(quoted.total)):
        assert squeezed(part) in said, part
    policy = text_of(office, office.run("kernel_create_document", kind="policy", policy=number))
    assert squeezed(format_money(office.policy(number).net_premium)) in policy, "the conditions are those of today"

    notice = {"customer": "Javier Rubio", "policy": number, "kind": "enfermedad", "description": "Está enfermo"}
    claim = office.run("kernel_notify_claim", occurred_on=(office.today - timedelta(1)).isoformat(), **notice)
    letter = office.run("kernel_create_claim_letter", claim=claim.claim, kind="claim_acknowledgement")
    assert squeezed("Historial clínico del animal") in text_of(office, letter)
    office.done("kernel_open_claim", claim=claim.claim)
    office.run("kernel_assess_claim", claim=claim.claim, loss="500.00")
    office.done("kernel_make_offer", claim=claim.claim, amount="321.09")
    letter = office.run("kernel_create_claim_letter", claim=claim.claim, kind="claim_offer")
    assert squeezed("321,09 €") in text_of(office, letter), "what the insurer's offer says"

    with pytest.raises(Conflict):
        office.run("kernel_create_document", kind="cancellation", policy=number)
    office.done("kernel_cancel_policy", policy=number, reason="mutual")
    ended = text_of(office, office.run("kernel_create_document", kind="cancellation", policy=number))
    for part in ("acuerdo de las partes", "anulada", number):
        assert squeezed(part) in ended, part
    refund = [receipt for receipt in office.receipts(number) if receipt.kind == "refund"]
    for receipt in refund:
        assert squeezed(format_money(receipt.total)) in ended


def test_a_rejection_says_why_as_the_file_does(office):
    number = office.pet(customer="Raquel Gómez")
    office.travel(office.today + timedelta(5))
    notice = {"customer": "Raquel Gómez", "policy": number, "kind": "cirugia", "description": "Le han operado"}
    claim = office.run("kernel_notify_claim", occurred_on=office.today.isoformat(), **notice)
    office.done("kernel_reject_claim", claim=claim.claim, reason="waiting_period")
    letter = text_of(office, office.run("kernel_create_claim_letter", claim=claim.claim, kind="claim_rejection"))
    assert squeezed("La garantía estaba en período de carencia") in letter
    assert squeezed("Servicio de Reclamaciones") in letter
