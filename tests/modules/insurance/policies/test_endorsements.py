"""Endorsements: priced by days and coverage, issued with their receipt, signed or taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import BadArguments, Conflict, NotFound
from modules.insurance.autos.records import Vehicle
from modules.insurance.kernel.records import Endorsement, Term
from modules.insurance.kernel.states import LABELS
from modules.insurance.mascotas.records import Animal

CONSENT = "correo del cliente del día anterior"


def change(office, number, **changes):
    return office.run("kernel_quote_endorsement", policy=number, changes=changes)


def test_a_higher_limit_costs_its_days(office):
    """ΔP by coverage, taxes on the difference, a receipt, a term, the annual figures of the policy."""
    number = office.pet()
    begins = office.today
    before = office.policy(number)
    office.travel(begins + timedelta(100))
    quoted = change(office, number, vet_annual_limit=3000)
    assert (quoted.state, quoted.kind) == ("priced", "additional_premium")
    assert quoted.days - quoted.days_left == 100
    for part in quoted.coverages:
        exact = (part.new - part.old) * quoted.days_left / quoted.days
        assert abs(part.difference - exact) <= Decimal("0.005")
    assert quoted.premium == sum(part.difference for part in quoted.coverages) > 0
    assert quoted.total == quoted.premium + quoted.ips + sum(quoted.surcharges.values())
    assert office.policy(number).net_premium == before.net_premium
    assert "3000" in quoted.told("es")
    assert quoted.told("en") != quoted.told("es")
    issued = office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    receipt = office.receipts(number)[-1]
    assert (receipt.kind, receipt.state, receipt.total) == ("endorsement", "pending", quoted.total)
    assert (issued.receipt, issued.coverages, issued.total) == (
        receipt.receipt_number, quoted.coverages, quoted.total,
    )  # fmt: skip
    after = office.policy(number)
    assert after.net_premium - before.net_premium == quoted.annual_new - quoted.annual_old
    assert after.total_premium == after.net_premium + after.fractioning_surcharge + after.surcharges + after.ips
    terms = office.rows(Term, Term.policy_id == after.id)
    assert sorted((t.number, t.kind, t.from_on, t.to_on) for t in terms) == [
        (1, "new", begins, after.expires_on), (2, "endorsement", office.today, after.expires_on),
    ]  # fmt: skip
    [animal] = office.rows(Animal, Animal.policy_id == after.id)
    assert animal.vet_annual_limit == 3000
    earned = [line for line in office.commissions(number) if line.receipt_id == receipt.id]
    assert [line.amount for line in earned] == [receipt.commission]
    signed = {"signed_on": office.today.isoformat(), "evidence": "firma digital"}
    assert office.done("kernel_sign_endorsement", endorsement=quoted.endorsement, **signed).state == "signed"
    assert office.run("kernel_show_endorsement", endorsement=quoted.endorsement).premium == quoted.premium
    with pytest.raises(Conflict):
        office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)


def test_less_cover_gives_premium_back(office):
    """A negative difference is a refund; with the cancellation of the rest the account is even."""
    number = office.pet()
    begins = office.today
    office.travel(begins + timedelta(73))
    quoted = change(office, number, product="rc_obligatoria")
    assert quoted.kind == "coverage_remove"
    assert quoted.total < 0
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    assert office.receipts(number)[-1].kind == "refund"
    office.travel(begins + timedelta(146))
    office.done("kernel_cancel_policy", policy=number, reason="mutual")
    paid = sum(r.premium for r in office.receipts(number))
    days = quoted.days
    owed = quoted.annual_old * 73 / days + quoted.annual_new * 73 / days
    assert abs(paid - owed) <= Decimal("0.06")


def test_an_end_before_a_later_change_gives_its_money_back(office):
    """An endorsement that was issued for a day that the policy never sees costs nothing."""
    number = office.pet()
    later = office.today + timedelta(60)
    asked = {"policy": number, "changes": {"vet_annual_limit": 3000}, "effective_on": later.isoformat()}
    quoted = office.run("kernel_quote_endorsement", **asked)
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    office.run("encashment_collect_receipt", receipt=office.receipts(number)[-1].receipt_number, medium="card")
    office.travel(office.today + timedelta(20))
    office.done("kernel_cancel_policy", policy=number, reason="mutual")
    used = sum(r.premium for r in office.receipts(number))
    assert abs(used - quoted.annual_old * 20 / quoted.days) <= Decimal("0.06")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"colour": "verde"}, "colour"), ({"pet_age": -1}, "pet_age"), ({"liability_limit": 7}, "liability_limit"),
     ({"chip_no": "12"}, "chip_no"), ({"species": "gato", "dangerous_breed": True}, "dangerous_breed"),
     ({"product": None}, "product"), ({"mandate_ref": "M-1"}, "mandate_ref"),
     ({"animal_value": 18.5}, "animal_value"), ({}, "changes")],
)  # fmt: skip
def test_a_bad_change_names_its_field(office, changes, field):
    """One message, in both languages."""
    number = office.pet()
    with pytest.raises(BadArguments) as raised:
        office.run("kernel_quote_endorsement", policy=number, changes=changes)
    assert raised.value.detail["field"] == field
    assert raised.value.told("es")


def test_what_does_not_change_is_refused(office):
    """Nor what lies in the past, nor a policy that does not run."""
    number = office.pet()
    with pytest.raises(Conflict):
        change(office, number, vet_annual_limit=1500)
    asked = {"policy": number, "changes": {"pet_age": 4}}
    with pytest.raises(BadArguments) as raised:
        office.run(
            "kernel_quote_endorsement", **asked, effective_on=(office.today - timedelta(1)).isoformat()
        )  # fmt: skip
    assert raised.value.detail["field"] == "effective_on"
    with pytest.raises(Conflict):
        office.run("kernel_quote_endorsement", policy=office.pet(force=False), changes={"pet_age": 4})
    with pytest.raises(NotFound):
        office.run("kernel_show_endorsement", endorsement="E-1999-000001")


def test_underwriting_looks_at_changes_too(office):
    """What the rules refer needs the insurer's word; what they decline is rejected at once."""
    number = office.pet(product="rc_obligatoria", breed_risk=None)
    referred = change(office, number, previous_bites=1)
    assert (referred.state, referred.rules_hit) == ("referred", ("MAS-R2",))
    declined = change(office, number, microchip=False)
    assert (declined.state, declined.decision) == ("rejected", "decline")
    assert declined.rules_hit[0] in declined.told("es")
    asked = {"endorsement": referred.endorsement, "consent": CONSENT}
    with pytest.raises(Conflict, match="consulta"):
        office.done("kernel_issue_endorsement", **asked)
    assert office.done("kernel_issue_endorsement", **asked, insurer_ref="mail 7").state == "issued"
    # A rule that is hit already does not stop other changes.
    assert change(office, number, liability_limit=300_000).state == "priced"


def test_an_outdated_price_is_not_issued(office):
    """Of two that start from the same term, the second is asked for again."""
    number = office.pet()
    first, second = change(office, number, vet_annual_limit=3000), change(office, number, reimbursement_pct=90)
    office.done("kernel_issue_endorsement", endorsement=first.endorsement, consent=CONSENT)
    with pytest.raises(Conflict, match="ha cambiado"):
        office.done("kernel_issue_endorsement", endorsement=second.endorsement, consent=CONSENT)
    rejected = office.done("kernel_reject_endorsement", endorsement=second.endorsement, reason="ya no lo quiere")
    assert (rejected.state, LABELS[rejected.state]) == ("rejected", "rechazado")


def test_an_issued_one_that_nobody_signs_is_undone(office):
    """The policy is as before, its receipt cancelled, its history kept; once paid it is too late."""
    number = office.pet()
    before = office.policy(number)
    quoted = change(office, number, vet_annual_limit=3000)
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    office.done("kernel_reject_endorsement", endorsement=quoted.endorsement, reason="no firma")
    after = office.policy(number)
    same = ("net_premium", "total_premium", "surcharges", "ips", "product")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert office.receipts(number)[-1].state == "cancelled"
    assert len(office.rows(Term, Term.policy_id == after.id)) == 3
    [animal] = office.rows(Animal, Animal.policy_id == after.id)
    assert animal.vet_annual_limit == 1500
    again = change(office, number, vet_annual_limit=3000)
    assert again.total == quoted.total
    office.done("kernel_issue_endorsement", endorsement=again.endorsement, consent=CONSENT)
    office.run("encashment_collect_receipt", receipt=office.receipts(number)[-1].receipt_number, medium="card")
    with pytest.raises(Conflict, match="pendiente"):
        office.done("kernel_reject_endorsement", endorsement=again.endorsement, reason="no firma")


def test_a_new_rhythm_of_payment_waits_for_the_next_annuity(office):
    """It costs nothing now, and the receipts that are there stay."""
    number = office.pet()
    quoted = change(office, number, payment_frequency="quarterly")
    assert (quoted.kind, quoted.total) == ("payment_change", 0)
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    assert (office.policy(number).payment_frequency, len(office.receipts(number))) == ("annual", 1)
    more = change(office, number, vet_annual_limit=3000)
    assert more.annual_new - more.annual_old == more.annual_new - sum(
        [r.premium for r in office.receipts(number)], Decimal(0)
    )


def test_the_policyholder_of_a_car_changes(office, garage):
    """Holder, vehicle and receipts follow; a taken-over policy is priced by the tariff on both sides."""
    quoted = change(office, "0903-92550001", policyholder="Javier Rubio", parking="garaje_privado")
    assert quoted.kind == "holder_change"
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent=CONSENT)
    policy = office.policy("0903-92550001")
    [vehicle] = office.rows(Vehicle, Vehicle.plate == "8081PZB")
    assert vehicle.customer_id == policy.policyholder_id
    assert vehicle.parking == "garaje_privado"
    [kept] = office.rows(Endorsement, Endorsement.endorsement_number == quoted.endorsement)
    assert kept.holder_id == policy.policyholder_id
    assert policy.total_premium == policy.net_premium + policy.surcharges + policy.ips + policy.fractioning_surcharge
    listed = office.run("kernel_list_endorsements", policy="0903-92550001").endorsements
    assert [row.endorsement for row in listed] == [quoted.endorsement]
