"""Home insurance from the first question to a signed policy, and its particulars, through the gate."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import ApprovalRequired, BadArguments, Conflict
from core.i18n import catalogue
from modules.insurance.hogar import LINE
from modules.insurance.hogar.claims import Head, indemnity
from modules.insurance.hogar.records import Dwelling
from modules.insurance.kernel import Renewing
from modules.insurance.kernel.line import PastClaim
from modules.insurance.kernel.records import Policy
from tests.modules.insurance.conftest import policy

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
DATA = Path(__file__).parents[3] / "data" / "rating_cases.json"
CASES = [case for case in json.loads(DATA.read_text(encoding="utf-8"))["cases"] if case["line"] == "hogar"]
CATASTRO = "9872023VH5797S0001WX"
FLAT = {
    "insurer": "C0901", "product": "propietario", "dwelling_type": "piso_alto", "building_sum": "120000",
    "contents_sum": "30000", "use": "principal", "security": "puerta_blindada", "surface_m2": 92, "dog": "ninguno",
    "deductible": 0, "liability_limit": 300000, "claims_3y": 0, "unoccupied_months": 0, "address": "Calle Nueva, 77",
    "postal_code": "06001", "construction_year": 1990, "payment_frequency": "annual",
}  # fmt: skip


@pytest.fixture(scope="module")
def issue(installation, actor, call):
    """Ask as a broker, approve as an executive, run once."""

    def issued(quote):
        with pytest.raises(ApprovalRequired) as held:
            call("kernel_issue_policy", quote=quote)
        shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
        installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
        return installation.approvals.execute(actor("broker"), shown.id).value

    return issued


def rows(installation, tenant, kind, *where):
    """Records of `kind` in the tenant."""
    with installation.database.transaction(tenant.tenant_id) as session:
        return session.exec(select(kind).where(*where)).all()


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_every_case_through_the_tool(book, case):
    """To the cent, each key of the reference."""
    rating = book("hogar_rate", **case["inputs"])
    assert json.loads(rating.model_dump_json()) == case["expected"]


def test_from_the_quote_to_a_policy_in_force(book, issue, installation, tenant):
    """Quoted, issued, signed, paid; the dwelling is on file."""
    quote = book("hogar_quote_policy", customer="Javier Rubio", cadastral_ref=CATASTRO, mortgagee="Banco Uno", **FLAT)
    assert (quote.decision, quote.object_ref) == ("accept", CATASTRO)
    effect = quote.effective_on
    assert (quote.risk["building_age"], quote.risk["province"]) == (effect.year - 1990, "06")
    assert quote.risk["zone"] == "B"
    issued = issue(quote.quote_number)
    assert issued.state == "pending_signature"
    [dwelling] = rows(installation, tenant, Dwelling, Dwelling.cadastral_ref == CATASTRO)
    assert (dwelling.address, dwelling.mortgagee, dwelling.building_sum) == ("Calle Nueva, 77", "Banco Uno", 120000)
    [made] = rows(installation, tenant, Policy, Policy.policy_number == issued.policy)
    assert (made.sum_insured, made.risk_description) == (150000, "Piso alto de 92 m², Calle Nueva, 77 06001")
    book("kernel_record_signature", policy=issued.policy, signed_on=TODAY.isoformat(), evidence="carpeta")
    book("encashment_collect_receipt", receipt=issued.receipts[0].receipt, paid_on=TODAY.isoformat(), medium="transfer")
    assert book("kernel_show_policy", policy=issued.policy).state == "in_force"
    later = (TODAY + timedelta(days=300)).isoformat()
    again = book("hogar_quote_policy", customer="Javier Rubio", deductible=300, zone="D", effective_on=later)
    assert again.risk["surface_m2"] == 92  # what the policy that runs says
    assert again.risk["building_age"] == again.effective_on.year - 1990
    assert (again.risk["zone"], again.risk["deductible"]) == ("D", 300)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"dwelling_type": "palacio"}, "dwelling_type"), ({"surface_m2": 0}, "surface_m2"),
     ({"surface_m2": "92,5"}, "surface_m2"), ({"building_sum": "-1"}, "building_sum"),
     ({"building_sum": 1.5}, "building_sum"), ({"building_sum": "1e5"}, "building_sum"),
     ({"contents_sum": "9999999"}, "contents_sum"), ({"deductible": 100}, "deductible"),
     ({"liability_limit": 200000}, "liability_limit"), ({"unoccupied_months": 13}, "unoccupied_months"),
     ({"claims_3y": -1}, "claims_3y"), ({"dog": "gato"}, "dog"), ({"zone": "E"}, "zone"),
     ({"postal_code": "53001"}, "postal_code"), ({"cadastral_ref": "9872023VH5797S0001WY"}, "cadastral_ref"),
     ({"construction_year": 2200}, "construction_year"), ({"building_age": 3}, "building_age"),
     ({"renovation_year_pipes": 2099}, "renovation_year_pipes"), ({"with_jewellery": True}, "jewellery_sum"),
     ({"with_rent_default": True, "annual_rent": "9000"}, "with_rent_default"), ({"pool": True}, "pool"),
     ({"product": "arrendador", "annual_rent": "9000"}, "use"),
     ({"product": "arrendador", "use": "alquilada"}, "annual_rent"),
     ({"effective_on": "2020-01-01"}, "effective_on"), ({"address": "Calle\u202e"}, "address")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages."""
    with pytest.raises(BadArguments) as raised:
        book("hogar_quote_policy", customer="Álvaro Ramos", **{**FLAT, **change})
    assert raised.value.detail["field"] == field
    assert raised.value.told("es")
    assert raised.value.told("en")


@pytest.mark.parametrize("missing", ["product", "building_sum", "security", "surface_m2", "insurer", "dog"])
def test_what_is_missing_is_asked_for(book, missing):
    """By its own question."""
    given = {name: value for name, value in FLAT.items() if name != missing}
    with pytest.raises(BadArguments) as raised:
        book("hogar_quote_policy", customer="Álvaro Ramos", **given)
    assert raised.value.detail["field"] == missing
    assert raised.value.told("es").startswith("¿")


def test_renewed_pipes_make_a_younger_building(book):
    """Water is what old buildings suffer from (reference, derived inputs)."""
    old = book("hogar_quote_policy", customer="Álvaro Ramos", **{**FLAT, "construction_year": 1950})
    new = book(
        "hogar_quote_policy",
        customer="Álvaro Ramos",
        **{**FLAT, "construction_year": 1950, "renovation_year_pipes": 2019},
    )
    assert new.risk["building_age"] == new.effective_on.year - 2019
    assert new.total < old.total


def test_rent_default_needs_a_solvent_tenant(book, call, installation, actor):
    """Without the check the policy is not issued."""
    let = {**FLAT, "product": "arrendador", "use": "alquilada", "annual_rent": "9600", "with_rent_default": True}
    quote = book("hogar_quote_policy", customer="Álvaro Ramos", **let)
    with pytest.raises(Conflict, match="solvencia"):
        call("kernel_issue_policy", quote=quote.quote_number)
    checked = book("hogar_quote_policy", customer="Álvaro Ramos", tenant_solvency_checked=True, **let)
    with pytest.raises(ApprovalRequired):
        call("kernel_issue_policy", quote=checked.quote_number)


# Particulars


def test_the_advised_sum_is_metres_by_the_cost_of_the_province(book):
    """And a sum below 90 % of it is flagged."""
    advice = book(
        "hogar_advise_sums", postal_code="46005", surface_m2=92, dwelling_type="piso_alto", building_sum="90000"
    )
    assert (advice.eur_m2, advice.building_advised) == (Decimal("1120.00"), Decimal(103000))
    assert advice.underinsured
    assert "87,4 %" in advice.told("es")
    assert "regla proporcional" in advice.told("es")
    enough = book(
        "hogar_advise_sums", postal_code="46005", surface_m2=92, dwelling_type="piso_alto", building_sum="95000"
    )
    assert not enough.underinsured
    with pytest.raises(BadArguments) as raised:
        book("hogar_advise_sums", postal_code="99999", surface_m2=92, dwelling_type="piso_alto")
    assert raised.value.detail["field"] == "postal_code"


@pytest.mark.parametrize(
    ("cause", "more", "payer"),
    [("inundacion", {}, "consorcio"), ("terremoto", {}, "consorcio"), ("terrorismo", {}, "consorcio"),
     ("viento", {"wind_kmh": 121}, "consorcio"), ("viento", {"wind_kmh": 120}, "insurer"),
     ("viento", {"wind_kmh": 60}, "nobody"), ("lluvia", {"rain_l_m2_h": 41}, "insurer"),
     ("lluvia", {"rain_l_m2_h": 20}, "nobody"),
     ("viento", {"wind_kmh": 110, "mean_wind_kmh": 97, "rain_l_m2_h": 41}, "consorcio"),
     ("lluvia", {"mean_wind_kmh": 96, "rain_l_m2_h": 41}, "insurer"),
     ("tuberia", {}, "insurer"), ("goteras", {}, "insurer"),
     ("guerra", {}, "nobody"), ("defecto", {}, "nobody")],
)  # fmt: skip
def test_the_cause_says_who_pays(book, cause, more, payer):
    """Extraordinary risks go to the Consorcio, with the reason and the time to declare it."""
    route = book("hogar_route_damage", cause=cause, **more)
    assert route.payer == payer
    assert route.why in route.told("es")
    assert ("Consorcio" in route.told("es")) >= (payer == "consorcio")


@pytest.fixture(scope="module")
def insured(book):
    """A taken-over policy of a flat; its number."""
    book("kernel_import_policies", "admin", rows=[policy(99, "CL00001", line="hogar", sum_insured="150000")])
    risk = {
        "product": "propietario", "payment_frequency": "annual", "dwelling_type": "piso_alto", "building_age": 40,
        "use": "principal", "zone": "B", "province": "46", "surface_m2": 100, "dog": "ninguno",
        "liability_limit": 300000, "deductible": 300, "claims_3y": 0, "unoccupied_months": 0,
        "building_sum": "120000", "contents_sum": "30000", "security": "puerta_blindada", "community_policy": True,
    }  # fmt: skip
    details = {"address": "Calle Nueva, 103", "postal_code": "46005", "mortgagee": "Banco Uno Ficticio"}
    book("kernel_import_risks", "admin", rows=[{"policy_id": "PO00099", "risk": risk, "details": details}])
    return "0903-92550099"


def test_average_is_reckoned_for_each_sum_by_itself(book, insured):
    """Building at 75 % of its value, contents enough; then the deductible (policy-lifecycle 6.1)."""
    alone = book(
        "hogar_estimate_indemnity", policy=insured, kind="agua", building_loss="24000", building_value="160000"
    )
    assert (alone.after_average, alone.payable) == (Decimal(18000), Decimal(17700))
    both = book(
        "hogar_estimate_indemnity", policy=insured, kind="agua", building_loss="24000", building_value="160000",
        contents_loss="1000", contents_value="30000",
    )  # fmt: skip
    assert (both.building_ratio, both.contents_ratio) == (Decimal("0.75"), 1)
    assert both.payable == Decimal(18700)
    waived = book(
        "hogar_estimate_indemnity", policy=insured, kind="incendio", building_loss="10000", building_value="132000"
    )
    assert waived.payable == Decimal(9700)


def test_first_loss_has_a_limit_and_no_average(book, insured):
    """Cash up to 600 €; what was not bought is not paid."""
    cash = book(
        "hogar_estimate_indemnity", policy=insured, kind="efectivo", contents_loss="2000", contents_value="90000"
    )
    assert (cash.payable, cash.limit, cash.covered) == (Decimal(600), Decimal(600), True)
    jewels = book("hogar_estimate_indemnity", policy=insured, kind="joyas", contents_loss="2000")
    assert (jewels.covered, jewels.payable) == (False, 0)
    assert "no tiene contratada" in jewels.told("es")
    for wrong, field in (({"kind": "plaga"}, "kind"), ({"policy": "0903-92550001", "kind": "agua"}, "policy")):
        with pytest.raises(BadArguments) as raised:
            book("hogar_estimate_indemnity", **{"policy": insured, "building_loss": "1", **wrong})
        assert raised.value.detail["field"] == field


euros = st.integers(0, 50_000_000).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(LINE.claims), st.lists(st.tuples(euros, euros, euros), min_size=1, max_size=2), euros)
def test_nobody_is_paid_more_than_the_loss(kind, heads, deductible):
    """Nor more than the sum or the limit, nor less than nothing."""
    given_heads = tuple(Head(loss, insured, value) for loss, insured, value in heads)
    found = indemnity(kind, given_heads, deductible)
    assert 0 <= found.payable <= found.loss
    assert found.payable <= sum(insured for _, insured, _ in heads)
    assert kind.limit is None or found.payable <= kind.limit


def test_the_review_sees_the_community_the_bank_and_the_claims(book, insured):
    """Two claims in two years, a second policy of the building, a mortgagee who must be told."""
    claims = [
        {"claim_id": f"SI2026-01{n:02}", "insurer_claim_number": f"S8606599{n}", "policy_id": "PO00099",
         "occurrence_date": f"2026-0{n}-10", "known_by_broker_date": f"2026-0{n}-11", "declared_to_insurer_date": "",
         "cause": "agua", "status": "pagado", "reserve": "0.00", "paid_amount": "480.00",
         "payment_date": f"2026-0{n}-30", "complaint": "ninguna"}
        for n in (4, 6)
    ]  # fmt: skip
    book("kernel_import_claims", "admin", rows=claims)
    told = book("hogar_review_policy", policy=insured).told("es")
    for part in ("2 siniestros en 24 meses", "Banco Uno Ficticio", "La comunidad asegura el mismo edificio"):
        assert part in told
    assert LINE.to_be_told({}, {"mortgagee": "Banco Uno Ficticio"}) == ("Banco Uno Ficticio",)
    with pytest.raises(BadArguments):
        book("hogar_review_policy", policy="0903-92550001")


def test_a_renewal_follows_prices_and_claims():
    """Sums by the index, no first-year discount, the claims of three years, an older building."""
    risk = {
        **CASES[0]["inputs"], "index_clause": True, "new_business": True, "building_sum": "120000", "claims_3y": 1,
    }  # fmt: skip
    past = tuple(
        PastClaim(kind=kind, occurred_on=on, paid=Decimal(480), at_fault=False)
        for kind, on in (("agua", date(2026, 3, 1)), ("asistencia", date(2026, 4, 1)), ("robo", date(2023, 1, 1)))
    )
    soon = Renewing(
        on=date(2027, 1, 1), since=date(2026, 1, 1), years=1, first=risk, claims=past, index=Decimal("0.03")
    )
    year = LINE.renewed(risk, soon)
    assert (year["building_sum"], year["contents_sum"]) == ("123600.00", "30900.00")
    assert (year["new_business"], year["claims_3y"], year["building_age"]) == (False, 2, 29)
    late = Renewing(on=date(2027, 1, 1), since=date(2026, 1, 1), years=3, first=risk, claims=past)
    assert LINE.renewed(risk, late)["claims_3y"] == 1
    assert LINE.renewed(risk, late)["building_sum"] == "120000"


def test_the_demonstration_is_taken_over(installation, run):
    """Every home policy of the demonstration says what it insures; a second time changes nothing."""
    from modules.demo import read

    rows = [row for row in read("policies") if row["line"] == "hogar"]
    people = {row["customer_id"] for row in rows}
    run("crm_import_customers", "admin", rows=[row for row in read("customers") if row["customer_id"] in people])
    run("kernel_import_insurers", "admin", rows=read("insurers"))
    run("kernel_import_collaborators", "admin", rows=read("collaborators"))
    run("kernel_import_policies", "admin", rows=rows)
    risks = json.loads((Path(__file__).parents[4] / "demo" / "risks" / "hogar.json").read_text(encoding="utf-8"))
    assert {row["policy_id"] for row in risks} == {row["policy_id"] for row in rows}
    report = run("kernel_import_risks", "admin", rows=risks)
    assert (report.created, report.updated) == (len(rows), 0)
    assert run("kernel_import_risks", "admin", rows=risks).unchanged == len(rows)
    sums = {row["policy_id"]: Decimal(row["sum_insured"]) for row in rows}
    for row in risks:
        assert LINE.sum_insured(row["risk"]) == sums[row["policy_id"]]
    decisions = [LINE.rate(LINE.risk.model_validate(row["risk"])).decision for row in risks]
    assert decisions.count("decline") == 0
    assert 0 < decisions.count("refer") <= len(decisions) // 4


def test_every_label_is_said_in_english():
    """Coverages, claims, papers and information."""
    told = [c.label for c in LINE.coverages] + [c.label for c in LINE.claims] + list(LINE.products.values())
    told += [paper for claim in LINE.claims for paper in claim.documents] + list(LINE.information.excluded)
    assert not [text for text in told if text not in catalogue("en")]


def test_the_effect_is_tomorrow_unless_said(book):
    """No policy runs: tomorrow."""
    quote = book("hogar_quote_policy", customer="Álvaro Ramos", **{**FLAT, "cadastral_ref": CATASTRO})
    assert quote.effective_on >= TODAY + timedelta(days=1)
