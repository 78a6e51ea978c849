"""General liability: by the date of the event or of the claim, with limits that claims consume."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments, Conflict
from modules.insurance.kernel.aggregates import left_of, payable
from modules.insurance.kernel.claim_types import ClaimsMade
from modules.insurance.kernel.claims_made import outside
from modules.insurance.kernel.line import Renewing
from modules.insurance.kernel.regularisation import difference
from modules.insurance.kernel.terms import RiskUnknown
from modules.insurance.rc import LINE
from modules.insurance.rc.compulsory import duties
from modules.insurance.rc.records import Liability
from modules.insurance.rc.risk import Profession
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.conftest import CLAIMS
from tests.modules.insurance.taken_over import approved, as_json, inputs_of, take_over

__all__ = ["issue"]
EUROS = st.decimals(0, 10_000_000, places=2)
FIRM = inputs_of("rc-C01")
ARCHITECT = inputs_of("rc-C02")


@pytest.mark.parametrize("case", cases("rc"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("rc_rate", **case["inputs"])) == case["expected"]


def test_a_professional_liability_from_the_quote_to_the_policy(book, issue, installation, tenant):
    """What is missing is asked for; a referred profession is not issued; an issued one has its record."""
    with pytest.raises(BadArguments) as asked:
        book("rc_quote_policy", customer="Raquel Gómez", product="rc_profesional", profession="abogado")
    assert {"limit_per_claim", "annual_fees", "deductible", "retroactive_years", "insurer"} <= set(
        asked.value.detail["fields"]
    )
    said = {
        "customer": "Raquel Gómez", "insurer": "Mutua Levante", "product": "rc_profesional", "profession": "abogado",
        "annual_fees": "140000", "limit_per_claim": 600000, "deductible": 600, "retroactive_years": 3, "claims_5y": 0,
    }  # fmt: skip
    doctor = book("rc_quote_policy", **said | {"profession": "medico"})
    assert (doctor.state, doctor.rules_hit) == ("referred", ("RC-R4",))
    quote = book("rc_quote_policy", **said)
    with pytest.raises(Conflict, match="(?i)hechos conocidos"):
        book("kernel_issue_policy", quote=quote.quote_number)
    quote = book("rc_quote_policy", **said, known_circumstances="ninguno", sublimit_per_victim="150000")
    # 3.10 ‰ × 140,000 × 1.00 × 1.27 × 1.00 × 1.15, and 25.00 of defence
    assert quote.coverage_premiums == {"profesional": Decimal("633.86"), "defensa_fianzas": Decimal("25.00")}
    issued = issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        kept = session.exec(select(Liability)).all()[-1]
        assert (kept.profession, kept.limit_per_claim, kept.sublimit_per_victim) == ("abogado", 600000, 150000)
    annual = book("kernel_show_aggregate", policy=issued.policy)
    assert (annual.limit, annual.left) == (1_200_000, 1_200_000)


@pytest.mark.parametrize(
    ("details", "field"),
    [({"aggregate_limit": "500000"}, "aggregate_limit"), ({"sublimit_per_victim": "600000.01"}, "sublimit_per_victim"),
     ({"retroactive_on": "2031-01-01"}, "retroactive_on")],
)  # fmt: skip
def test_limits_that_contradict_each_other_are_not_issued(book, details, field):
    quote = book(
        "rc_quote_policy", customer="Javier Rubio", insurer="C0901", **FIRM | {"product": "rc_explotacion"} | details,
        known_circumstances="ninguno", trigger="claims_made",
    )  # fmt: skip
    with pytest.raises(BadArguments) as raised:
        book("kernel_issue_policy", quote=quote.quote_number)
    assert raised.value.detail["field"] == field


@pytest.mark.parametrize(
    ("change", "field"),
    [({"limit_per_claim": 200000}, "limit_per_claim"), ({"deductible": 5}, "deductible"),
     ({"claims_5y": -1}, "claims_5y"), ({"annual_turnover": "-1"}, "annual_turnover"),
     ({"annual_turnover": 900000.5}, "annual_turnover"), ({"export_region": "luna"}, "export_region"),
     ({"with_products": True, "export_region": None}, "export_region"), ({"employees": None}, "employees"),
     ({"annual_turnover": None}, "annual_turnover"), ({"color": "rojo"}, "color")],
)  # fmt: skip
def test_a_bad_field_is_named(run, change, field):
    risk = {name: value for name, value in (FIRM | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("rc_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_the_real_turnover_puts_the_premium_right(book):
    """ΔP = (real − declared) × rate: explotación alone of C01 is priced on the turnover."""
    number = take_over(book, 71, "rc", FIRM, {})
    more = book("rc_regularise_turnover", policy=number, turnover="1050000", on="2026-06-01")
    # 0.85 ‰ × 1.00 × 1.27 × 1.00 = 1.0795 ‰ of 150,000
    assert (more.figure, more.per_mille, more.premium) == ("annual_turnover", Decimal("1.0795"), Decimal("161.93"))
    assert (more.lea, more.ips) == (Decimal("0.24"), Decimal("12.95"))
    assert more.total == more.premium + more.lea + more.ips
    assert "161,93" in more.told("es")
    less = book("rc_regularise_turnover", policy=number, turnover="600000", on="2026-06-01")
    assert less.premium == Decimal("-323.85")
    assert "devolver" in less.told("es")
    with pytest.raises(BadArguments) as other:
        book("rc_regularise_turnover", policy="0903-92550001", turnover="1")
    assert other.value.detail["field"] == "policy"


def test_a_regularisation_is_billed_once(book, installation, actor, call):
    """One receipt with its taxes, by four eyes; a second of the same annuity is refused."""
    number = take_over(book, 75, "rc", FIRM, {})
    asked = {"policy": number, "turnover": "1050000", "on": "2026-06-01"}
    billed = approved(installation, actor, call, "rc_issue_regularisation", **asked)
    assert (billed.premium, billed.total) == (Decimal("161.93"), Decimal("175.12"))
    [receipt] = book("kernel_show_policy", policy=number).receipts
    assert (receipt.receipt, receipt.total, receipt.state) == (billed.receipt, billed.total, "pending")
    with pytest.raises(Conflict, match=billed.receipt):
        book("rc_issue_regularisation", **asked)


@given(declared=st.decimals(1, 10_000_000, places=2), real=EUROS, charged=EUROS, other=EUROS, minimum=EUROS)
def test_a_regularisation_has_the_sign_of_the_difference_and_keeps_the_minimum(declared, real, charged, other, minimum):
    net = charged + other
    due = difference(declared, real, charged, net=net, minimum=minimum)
    assert due >= 0 if real >= declared else due <= 0
    assert max(net, minimum) + due >= minimum
    if real == declared:
        assert due == 0


@given(limit=EUROS, paid=st.lists(EUROS, max_size=20), more=EUROS)
def test_an_aggregate_is_never_negative_and_never_grows(limit, paid, more):
    assert 0 <= left_of(limit, [*paid, more]) <= left_of(limit, paid) <= limit


@given(losses=st.lists(EUROS, max_size=8), victim=st.none() | EUROS, claim=EUROS, left=st.none() | EUROS)
def test_a_claim_pays_no_more_than_any_of_its_limits(losses, victim, claim, left):
    paid = payable(losses, per_victim=victim, per_claim=claim, left=left)
    assert 0 <= paid <= min(sum(losses), claim, claim if left is None else left)
    assert victim is None or paid <= victim * len(losses)


def test_limits_of_victim_claim_and_annuity(book):
    """Two victims, one over the sub-limit; then what a claim has left of the year."""
    number = take_over(book, 72, "rc", ARCHITECT, {"sublimit_per_victim": "200000", "aggregate_limit": "1000000"})
    paid = book("rc_limit_indemnity", policy=number, losses=["250000", "90000"])
    assert (paid.owed, paid.payable, paid.aggregate_left) == (340_000, 290_000, 1_000_000)
    claim = CLAIMS[0] | {
        "claim_id": "SI2026-0072", "insurer_claim_number": "S86065872", "policy_id": "PO00072", "status": "pagado",
        "paid_amount": "800000.00", "payment_date": "2026-09-01", "reserve": "0.00",
    }  # fmt: skip
    book("kernel_import_claims", "admin", rows=[claim])
    annual = book("kernel_show_aggregate", policy=number)
    assert (annual.paid, annual.left, annual.claims) == (800_000, 200_000, 1)
    assert "suplemento" in annual.told("es")
    assert book("rc_limit_indemnity", policy=number, losses=["250000", "90000"]).payable == 200_000
    with pytest.raises(RiskUnknown, match="0903-92550002"):
        book("kernel_show_aggregate", policy="0903-92550002")


def test_the_date_of_the_claim_counts_and_the_retroactive_date_holds(book):
    """A claims-made policy of five years back, since 2024; an occurrence policy asks for the event."""
    number = take_over(book, 73, "rc", ARCHITECT, {})
    asked = {"policy": number, "claimed_on": "2026-06-01"}
    inside = book("kernel_check_claim_period", **asked, occurred_on="2021-03-19")
    assert (inside.covered, inside.claims_made, inside.retroactive_on) == (True, True, date(2021, 3, 19))
    assert inside.reported_until == date(2028, 3, 18)  # a year after the end of the annuity
    before = book("kernel_check_claim_period", **asked, occurred_on="2021-03-18")
    assert not before.covered
    assert "retroactiva" in before.told("es")
    firm = take_over(book, 74, "rc", FIRM, {})
    asked = {"policy": firm, "claimed_on": "2026-06-01"}
    assert book("kernel_check_claim_period", **asked, occurred_on="2024-03-19").covered
    assert not book("kernel_check_claim_period", **asked, occurred_on="2024-03-18").covered
    with pytest.raises(BadArguments) as raised:
        book("kernel_check_claim_period", policy=firm, occurred_on="2026-06-02", claimed_on="2026-06-01")
    assert raised.value.detail["field"] == "claimed_on"


@pytest.mark.parametrize(
    ("occurred", "claimed", "in_it"),
    [("2020-01-01", "2026-12-31", True), ("2019-12-31", "2026-12-31", False), ("2026-01-01", "2023-12-31", False),
     ("2026-12-31", "2027-12-31", True), ("2027-01-01", "2027-02-01", False), ("2026-12-31", "2028-01-01", False)],
)  # fmt: skip
def test_the_bounds_of_a_claims_made_period(occurred, claimed, in_it):
    """Retroactive 2020, from 2024 to the end of 2026, a year to report."""
    made = ClaimsMade(retroactive_on=date(2020, 1, 1), reporting_months=12)
    period = (date(2024, 1, 1), date(2027, 1, 1))
    reason = outside(made, date.fromisoformat(occurred), date.fromisoformat(claimed), *period)
    assert (reason is None) is in_it


@given(years=st.integers(0, 20), begins=st.dates(date(2024, 1, 1), date(2027, 12, 31)), annuities=st.integers(0, 5))
def test_the_retroactive_date_does_not_move_when_the_policy_is_renewed(years, begins, annuities):
    """The years grow by one with each annuity."""
    risk = ARCHITECT | {"retroactive_years": years}
    if (begins.month, begins.day) == (2, 29):
        begins = begins.replace(day=28)
    first = LINE.claims_made(risk, {}, begins)
    for _ in range(annuities):
        since, begins = begins, begins.replace(year=begins.year + 1)
        risk = LINE.renewed(risk, Renewing(on=begins, since=since, years=1))
    assert LINE.claims_made(risk, {}, begins) == first


def test_what_the_law_asks_of_a_profession(run):
    assert set(duties()) == {profession.value for profession in Profession}
    broker = run("rc_check_compulsory", profession="corredor_seguros", limit_per_claim="1000000")
    assert (broker.duty, broker.enough, broker.least_per_claim) == ("always", False, Decimal("1564610.00"))
    assert run("rc_check_compulsory", profession="corredor_seguros", limit_per_claim="1564610").enough is True
    assert run("rc_check_compulsory", profession="medico").duty == "always"
    assert run("rc_check_compulsory", profession="informatico").duty == "none"
    assert run("rc_check_compulsory", profession="abogado").enough is None


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "rc")
