"""Motor insurance from the first question to the issued policy, through the gate."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from core.errors import Ambiguous, ApprovalRequired, BadArguments, Conflict, Denied, NotFound
from modules.insurance.autos.records import Vehicle
from modules.insurance.kernel.records import CommissionLine, Policy, Quote, Receipt
from tests.modules.insurance.conftest import POLICIES, VEHICLES, policy, vehicle

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
NEW = {
    "vehicle_class": "turismo", "vehicle_value": "12000", "vehicle_age": 8, "power_cv": 90, "use": "particular",
    "zone": "A", "parking": "calle", "licence_years": 10, "bm_level": 10, "at_fault_claims_5y": 0,
    "young_second_driver": False, "driver_accident_sum": "30000",
}  # fmt: skip


def issue(installation, actor, call, quote):
    """Ask as a broker, approve as an executive, run once."""
    with pytest.raises(ApprovalRequired) as held:
        call("kernel_issue_policy", quote=quote)
    shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
    installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
    return installation.approvals.execute(actor("broker"), shown.id).value


def rows(installation, tenant, kind, *where):
    """Records of `kind` in the tenant."""
    with installation.database.transaction(tenant.tenant_id) as session:
        return session.exec(select(kind).where(*where)).all()


def test_a_known_vehicle_needs_only_the_customer(garage):
    """The file answers what was not said, and the quote says so."""
    quote = garage("autos_quote_policy", customer="Álvaro Ramos")
    assert quote.quote_number.startswith(f"Q-{TODAY.year}-")
    assert (quote.state, quote.decision, quote.object_ref) == ("priced", "accept", "8081PZB")
    assert quote.effective_on == date(2027, 3, 19)
    assert quote.insurer == "Cantábrica Seguros Ficticia, S.A."
    assert quote.risk["driver_age"] == 47  # on the effect date, not today
    assert any("0903-92550001" in said for said in quote.assumptions)
    assert quote.valid_until == TODAY + timedelta(days=30)
    assert "302,52" in quote.told("es")


def test_words_win_over_the_file(garage):
    """What the person says replaces what the file holds."""
    quote = garage(
        "autos_quote_policy", customer="Raquel Gómez", product="todo_riesgo", deductible=300, insurer="Mutua Levante",
        effective_on="2027-01-01", payment_frequency="monthly",
    )  # fmt: skip
    assert (quote.insurer, quote.product, len(quote.instalments)) == ("Mutua Levante Ficticia", "todo_riesgo", 12)
    assert sum(part.total for part in quote.instalments) == quote.total


def test_the_price_of_a_quote_is_that_of_the_rate_tool(garage):
    """Quoting adds nothing to the tariff."""
    quote = garage("autos_quote_policy", customer="Álvaro Ramos")
    assert garage("autos_rate", **quote.risk).total == quote.total


@pytest.mark.parametrize(
    ("missing", "said"),
    [("product", "modalidad"), ("power_cv", "CV"), ("zone", "zona"), ("young_second_driver", "26 años"),
     ("driver_accident_sum", "capital"), ("insurer", "aseguradora")],
)  # fmt: skip
def test_what_is_missing_is_asked_for(garage, missing, said):
    """An unknown vehicle is asked about, one question at a time; nothing is made up."""
    given = {**NEW, "product": "terceros_basico", "insurer": "C0901"}
    given.pop(missing)
    with pytest.raises(BadArguments) as raised:
        garage("autos_quote_policy", customer="Javier Rubio", **given)
    assert raised.value.detail["field"] == missing
    assert said in raised.value.told("es")


def test_a_full_description_needs_no_file(garage):
    """The policyholder's birth date stands for the driver's, and the answer says so."""
    quote = garage("autos_quote_policy", customer="Javier Rubio", product="terceros_basico", insurer="C0901", **NEW)
    assert quote.effective_on == TODAY + timedelta(days=1)
    assert "el conductor habitual es el tomador" in quote.assumptions
    with pytest.raises(ApprovalRequired):  # the reads of a policy do not stop its quote
        garage("kernel_issue_policy", quote=garage("autos_quote_policy", customer="Álvaro Ramos").quote_number)
    with pytest.raises(Conflict, match="matrícula"):
        garage("kernel_issue_policy", quote=quote.quote_number)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"effective_on": "2020-01-01"}, "effective_on"), ({"effective_on": "2031-01-01"}, "effective_on"),
     ({"effective_on": "01/02/2027"}, "effective_on"), ({"driver_age": 20}, "driver_age"),
     ({"driver_born_on": "2031-01-01"}, "driver_born_on"), ({"power_cv": -5}, "power_cv"),
     ({"power_cv": True}, "power_cv"), ({"driver_age": -1}, "driver_age"), ({"power_cv": "007"}, "power_cv"),
     ({"make_model": "Alba\u202e3"}, "make_model"), ({"vehicle_value": "١٢٣"}, "vehicle_value"),
     ({"power_cv": "1_000"}, "power_cv"), ({"vehicle_value": "NaN"}, "vehicle_value"),
     ({"vehicle_value": "1.000,50"}, "vehicle_value"),
     ({"vehicle_value": 18500.5}, "vehicle_value"), ({"vehicle_value": "1e6"}, "vehicle_value"),
     ({"zone": "E"}, "zone"), ({"plate": "ABC"}, "plate"), ({"product": "flota"}, "product"),
     ({"bm_level": 19}, "bm_level"), ({"deductible": 200, "product": "todo_riesgo"}, "deductible"),
     ({"commercial_discount_pct": "101"}, "commercial_discount_pct"), ({"horsepower": 90}, "horsepower"),
     ({"licensed_on": "1981-01-01"}, "licence_years"), ({"product": "todo_riesgo"}, "deductible")],
)  # fmt: skip
def test_a_bad_field_is_named(garage, change, field):
    """One message that names the field, in both languages."""
    with pytest.raises(BadArguments) as raised:
        garage("autos_quote_policy", customer="Álvaro Ramos", **change)
    assert raised.value.detail["field"] == field
    assert raised.value.told("es")
    assert raised.value.told("en")


def test_two_vehicles_are_asked_apart(garage):
    """The plate decides; without it the person is asked."""
    garage("kernel_import_policies", "admin", rows=[policy(5, "CL00003"), policy(6, "CL00003")])
    garage(
        "autos_import_vehicles", "admin",
        rows=[vehicle(5, "CL00003"), vehicle(6, "CL00003", vehicle_class="motocicleta", power_cv="48")],
    )  # fmt: skip
    with pytest.raises(Ambiguous) as raised:
        garage("autos_quote_policy", customer="Javier Rubio")
    assert [option["id"] for option in raised.value.detail["options"]] == ["8085PZB", "8086PZB"]
    assert garage("autos_quote_policy", customer="Javier Rubio", plate="8086 PZB").object_ref == "8086PZB"
    assert garage("autos_quote_policy", customer="Javier Rubio", vehicle_class="turismo").object_ref == "8085PZB"


def test_only_an_executive_s_yes_issues(garage, installation, actor, call, tenant):
    """Before it there is nothing; after it the policy, its receipts, commissions and vehicle."""
    quote = garage(
        "autos_quote_policy", customer="Raquel Gómez", product="todo_riesgo", deductible=600,
        payment_frequency="quarterly",
    )  # fmt: skip
    with pytest.raises(ApprovalRequired):
        garage("kernel_issue_policy", quote=quote.quote_number)
    assert rows(installation, tenant, Policy, Policy.policy_number == quote.quote_number.replace("Q", "P")) == []
    issued = issue(installation, actor, call, quote.quote_number)
    assert issued.policy == quote.quote_number.replace("Q-", "P-")
    assert (issued.state, issued.total_premium) == ("pending_signature", quote.total)
    assert [(r.total, r.state) for r in issued.receipts] == [(part.total, "pending") for part in quote.instalments]
    assert [r.receipt for r in issued.receipts] == [f"{issued.policy}-{n:02d}" for n in range(1, 5)]
    assert [r.due_on.month for r in issued.receipts] == [3, 6, 9, 12]
    shown = garage("kernel_show_policy", policy=issued.policy)
    assert shown.surcharges + shown.ips + shown.net_premium + shown.fractioning_surcharge == shown.total_premium
    assert garage("kernel_show_quote", quote=quote.quote_number).policy == issued.policy
    [held] = rows(installation, tenant, Vehicle, Vehicle.plate == "8082PZB")
    assert (held.product, held.deductible) == ("todo_riesgo", 600)


def test_what_comes_in_goes_out(garage, installation, actor, call, tenant):
    """Receipts add up to the policy, and commissions are a share of its net premium, to the cent."""
    quote = garage("autos_quote_policy", customer="Álvaro Ramos", payment_frequency="monthly")
    issued = issue(installation, actor, call, quote.quote_number)
    [made] = rows(installation, tenant, Policy, Policy.policy_number == issued.policy)
    receipts = rows(installation, tenant, Receipt, Receipt.policy_id == made.id)
    lines = rows(installation, tenant, CommissionLine, CommissionLine.policy_id == made.id)
    assert sum(r.total for r in receipts) == made.total_premium == quote.total
    assert sum(r.premium for r in receipts) == made.net_premium + made.fractioning_surcharge
    assert sum(r.fractioning_surcharge for r in receipts) == made.fractioning_surcharge
    assert sum(r.ips for r in receipts) == made.ips
    assert sum(r.surcharges for r in receipts) == made.surcharges
    earned = [line for line in lines if line.kind == "earned"]
    ceded = [line for line in lines if line.kind == "ceded"]
    assert sum(line.base for line in earned) == made.net_premium
    assert made.commission_rate == Decimal("0.11")
    assert (made.cession_rate, {line.state for line in lines}) == (Decimal("0.25"), {"expected"})
    assert sum(r.commission for r in receipts) == sum(line.amount for line in earned)
    assert sum(r.cession for r in receipts) == sum(line.amount for line in ceded)
    assert made.expires_on == date(2028, 3, 19)
    assert garage("kernel_show_policy", policy="8081 PZB").policy == "0903-92550001"  # the one that runs
    [mention] = garage("kernel_find_mentions", text="¿Qué cubre el 8081PZB?").mentions
    assert mention.label.startswith("0903-92550001")


def test_a_signed_and_paid_policy_is_in_force(garage, installation, actor, call):
    """Signature first or payment first: with both the cover runs (LCS arts. 5 and 15)."""
    garage("kernel_import_policies", "admin", rows=[policy(at, "CL00003") for at in (4, 7)])
    garage("autos_import_vehicles", "admin", rows=[vehicle(at, "CL00003") for at in (4, 7)])
    for plate, steps in (("8084PZB", ("sign", "pay")), ("8087PZB", ("pay", "sign"))):
        quote = garage("autos_quote_policy", customer="Javier Rubio", plate=plate)
        issued = issue(installation, actor, call, quote.quote_number)
        for step in steps:
            assert garage("kernel_show_policy", policy=issued.policy).state != "in_force"
            if step == "sign":
                garage("kernel_record_signature", policy=issued.policy, signed_on=TODAY.isoformat(), evidence="carpeta")
            else:
                garage(
                    "encashment_collect_receipt", receipt=issued.receipts[0].receipt, paid_on=TODAY.isoformat(),
                    medium="transfer",
                )  # fmt: skip
        assert garage("kernel_show_policy", policy=issued.policy).state == "in_force"
    with pytest.raises(Conflict):
        garage("kernel_record_signature", policy=issued.policy, signed_on=TODAY.isoformat(), evidence="otra vez")
    with pytest.raises(BadArguments, match=issued.policy):  # covered until 2028: from when?
        garage("autos_quote_policy", customer="Javier Rubio", plate="8087PZB")


def test_a_signature_of_tomorrow_is_refused(garage):
    """Nobody signs in the future."""
    with pytest.raises(BadArguments, match="signed_on"):
        garage(
            "kernel_record_signature", policy="0903-92550001", signed_on=(TODAY + timedelta(days=1)).isoformat(),
            evidence="carpeta",
        )  # fmt: skip


def test_a_quote_is_issued_once(garage, installation, actor, call):
    """A second policy of one quote is refused and names the first."""
    car = {**NEW, "plate": "9876XYZ"}
    quote = garage("autos_quote_policy", customer="Javier Rubio", product="terceros_basico", insurer="C0901", **car)
    issued = issue(installation, actor, call, quote.quote_number)
    with pytest.raises(Conflict, match=issued.policy):
        call("kernel_issue_policy", quote=quote.quote_number)


def test_a_referred_or_declined_risk_is_not_issued(garage):
    """The rule is named; a declined one has no price."""
    referred = garage("autos_quote_policy", customer="Álvaro Ramos", at_fault_claims_5y=3)
    assert (referred.state, referred.rules_hit) == ("referred", ("AUT-R3",))
    assert referred.total is not None
    declined = garage("autos_quote_policy", customer="Álvaro Ramos", at_fault_claims_5y=4)
    assert (declined.state, declined.total, declined.rules_hit) == ("declined", None, ("AUT-D2",))
    assert "AUT-D2" in declined.told("es")
    for quote, rule in ((referred, "AUT-R3"), (declined, "AUT-D2")):
        with pytest.raises(Conflict, match=rule):
            garage("kernel_issue_policy", quote=quote.quote_number)
        findings = garage("kernel_review_quote", quote=quote.quote_number).findings
        assert [f.ref for f in findings if f.severity == "block"] == [rule]


def test_an_expired_quote_is_not_issued(garage, installation, tenant):
    """Thirty days and no more."""
    quote = garage("autos_quote_policy", customer="Álvaro Ramos")
    with installation.database.transaction(tenant.tenant_id) as session:
        kept = session.exec(select(Quote).where(Quote.quote_number == quote.quote_number)).one()
        kept.valid_until = TODAY - timedelta(days=1)
        session.add(kept)
    with pytest.raises(Conflict, match="venció"):
        garage("kernel_issue_policy", quote=quote.quote_number)
    findings = garage("kernel_review_quote", quote=quote.quote_number).findings
    assert any(f.severity == "block" and f.ref == quote.quote_number for f in findings)


@pytest.mark.parametrize(
    ("asked", "severity", "ref"),
    [({"commercial_discount_pct": "40"}, "warn", "max_total_discount"),
     ({"product": "terceros_basico", "vehicle_value": "30000", "vehicle_age": 1, "power_cv": 110,
       "first_registered_on": "2026-03-01", "plate": "8081PZB"}, "warn", "RDL 3/2020 art. 175"),
     ({"effective_on": (TODAY + timedelta(days=5)).isoformat()}, "warn", "LCS art. 32"),
     ({}, "note", "RDL 3/2020 art. 176"), ({}, "note", "LCS art. 21"), ({}, "warn", "RDL 3/2020 art. 175.2")],
)  # fmt: skip
def test_a_review_finds_what_matters(garage, asked, severity, ref):
    """Each finding rests on a rule or an article."""
    quote = garage("autos_quote_policy", customer="Álvaro Ramos", payment_frequency="annual", **asked)
    findings = garage("kernel_review_quote", quote=quote.quote_number).findings
    assert (severity, ref) in {(f.severity, f.ref) for f in findings}


def test_three_insurers_support_a_recommendation(garage):
    """The house compares three; the review counts them by vehicle."""
    for insurer in ("C0901", "C0902", "C0903"):
        quote = garage("autos_quote_policy", customer="Raquel Gómez", insurer=insurer)
    findings = garage("kernel_review_quote", quote=quote.quote_number).findings
    assert ("support", "RDL 3/2020 art. 175.2") in {(f.severity, f.ref) for f in findings}


def test_advice_does_not_follow_the_commission(garage):
    """Permuting the commission rates changes no finding (RDL 3/2020 art. 172.3)."""
    quote = garage("autos_quote_policy", customer="Álvaro Ramos").quote_number
    before = garage("kernel_review_quote", quote=quote), garage("kernel_review_book", customer="Álvaro Ramos")
    rates = ("25.00", "1.00", "50.00")
    permuted = [{**row, "commission_rate": rate} for row, rate in zip(POLICIES, rates, strict=True)]
    assert garage("kernel_import_policies", "admin", rows=permuted).updated == len(POLICIES)
    assert before == (
        garage("kernel_review_quote", quote=quote), garage("kernel_review_book", customer="Álvaro Ramos")
    )  # fmt: skip
    garage("kernel_import_policies", "admin", rows=POLICIES)


def test_a_plate_of_another_customer_tells_nothing_and_is_not_issued(garage):
    """The file of a vehicle stays with its holder."""
    with pytest.raises(BadArguments) as raised:
        garage("autos_quote_policy", customer="Javier Rubio", plate="8081PZB", insurer="C0901")
    assert raised.value.detail["field"] == "product"
    quote = garage(
        "autos_quote_policy", customer="Javier Rubio", plate="8081PZB", insurer="C0901",
        product="terceros_basico", **NEW,
    )  # fmt: skip
    with pytest.raises(Conflict, match="8081PZB"):
        garage("kernel_issue_policy", quote=quote.quote_number)


@pytest.mark.parametrize(
    "ref", ["Q-2026-999999", "Q-1", "'; DROP TABLE quote --", "019a0000-0000-7000-8000-000000000000"]
)
def test_an_unknown_quote_is_not_found(garage, ref):
    """No quote answers to it."""
    for tool in ("kernel_show_quote", "kernel_review_quote", "kernel_issue_policy"):
        with pytest.raises(NotFound):
            garage(tool, quote=ref)


def test_who_may_not_quote_may_not(garage):
    """The policy decides by role."""
    with pytest.raises(Denied):
        garage("autos_quote_policy", "compliance", customer="Álvaro Ramos")


def test_vehicles_are_imported_once(garage):
    """A second import changes nothing; an unknown policy is named."""
    report = garage("autos_import_vehicles", "admin", rows=VEHICLES[:1])
    assert report.created + report.updated <= 1
    assert garage("autos_import_vehicles", "admin", rows=VEHICLES[:1]).unchanged == 1
    with pytest.raises(BadArguments, match="PO00099"):
        garage("autos_import_vehicles", "admin", rows=[vehicle(1, "CL00001", policy_id="PO00099")])


def test_numbers_of_one_tenant_do_not_tell_of_another(garage, installation):
    """Each tenant counts from one."""
    other = installation.people.add_tenant(f"n{TODAY:%H}{id(garage) % 10**8:08d}", "Otra correduría")
    assert garage("kernel_list_quotes", other).quotes == ()
    with pytest.raises(NotFound):
        garage("kernel_show_quote", other, quote=garage("kernel_list_quotes").quotes[0].quote_number)


def test_every_demonstration_vehicle_is_complete():
    """The file of the demonstration has one priced vehicle for each of the 80 motor policies."""
    demo = Path(__file__).parents[3] / "demo"
    with (demo / "autos_vehicles.csv").open(encoding="utf-8") as file:
        vehicles = list(csv.DictReader(file))
    with (demo / "policies.csv").open(encoding="utf-8") as file:
        motor = {row["policy_id"]: row for row in csv.DictReader(file) if row["line"] == "autos"}
    assert {row["policy_id"]: row["customer_id"] for row in vehicles} == {
        ref: row["customer_id"] for ref, row in motor.items()
    }
    for row in vehicles:
        assert row["plate"] in motor[row["policy_id"]]["risk_description"].replace(" ", "")


def test_the_entry_level_rests_on_the_certificate(garage):
    """Four claim-free years and one claim; none if two years have passed without insurance."""
    assert garage("autos_estimate_level", claim_free_years=4, at_fault_claims=1).level == 8
    lost = garage("autos_estimate_level", claim_free_years=5, insured_until="2020-01-01")
    assert (lost.level, lost.by_certificate) == (10, False)


def test_the_certificate_counts_five_years_of_claims(garage):
    """The collision of the fixture is an old code: it stands there, without fault of ours to tell."""
    found = garage("autos_certify_history", policy="0903-92550002")
    assert [(one.claim, one.at_fault) for one in found.claims] == [("SI2026-0001", False)]
    assert found.claim_free_years == TODAY.year - 2024 - ((TODAY.month, TODAY.day) < (3, 19))
    with pytest.raises(NotFound):
        garage("autos_certify_history", policy="0903-92550003")
