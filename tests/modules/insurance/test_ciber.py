"""Cyber insurance: ten controls, one yearly limit, and the first hour."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments
from modules.insurance.ciber import LINE
from modules.insurance.ciber.controls import QUESTIONS, missing, score
from modules.insurance.ciber.first_hour import Incident, steps
from modules.insurance.ciber.records import DigitalFirm
from modules.insurance.kernel.line import PastClaim, Renewing
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.taken_over import as_json, inputs_of

__all__ = ["issue"]
FIRM = inputs_of("ciber-C01")
SIX = dict.fromkeys(tuple(QUESTIONS)[:6], True)  # the six points of C01
KNOWN = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize("case", cases("ciber"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("ciber_rate", **case["inputs"])) == case["expected"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"control_score": 11}, "control_score"), ({"control_score": -1}, "control_score"),
     ({"aggregate_limit": 300000}, "aggregate_limit"), ({"waiting_hours": 9}, "waiting_hours"),
     ({"waiting_hours": None}, "waiting_hours"), ({"sector": "banca"}, "sector"), ({"sector": None}, "sector"),
     ({"annual_turnover": "-5"}, "annual_turnover"), ({"mfa_remote": "quizá"}, "mfa_remote"),
     ({"with_funds_transfer": True}, "funds_transfer_sublimit"),
     ({"with_funds_transfer": True, "funds_transfer_sublimit": "250000.01"}, "funds_transfer_sublimit")],
)  # fmt: skip
def test_a_bad_field_is_named(run, change, field):
    risk = {name: value for name, value in (FIRM | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("ciber_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_a_firm_from_its_controls_to_the_policy(book, issue, installation, tenant):
    """Ten questions, one point each; the answers kept must give the score that was priced."""
    scored = book("ciber_score_controls", **SIX, no_unsupported_systems=False)
    assert (scored.control_score, scored.mfa_remote, scored.answered) == (6, True, 7)
    assert scored.missing == tuple(QUESTIONS)[6:]
    assert "6 de 10" in scored.told("es")
    asked = FIRM | {"customer": "Javier Rubio", "insurer": "C0901", "security_contact": "Soporte, 600 000 000"}
    assert book("ciber_quote_policy", **asked | {"control_score": 1}).rules_hit == ("CIB-D1",)
    wrong = book("ciber_quote_policy", **asked, **SIX | {"email_dmarc": True})
    with pytest.raises(BadArguments) as raised:
        book("kernel_issue_policy", quote=wrong.quote_number)
    assert raised.value.detail["field"] == "control_score"
    quote = book("ciber_quote_policy", **asked, **SIX)
    issued = issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        [kept] = session.exec(select(DigitalFirm)).all()
    assert (kept.sector, kept.control_score, kept.mfa_email) == ("servicios_profesionales", 6, True)
    assert book("kernel_show_aggregate", policy=issued.policy).left == 250_000
    period = book("kernel_check_claim_period", policy=issued.policy, occurred_on="2019-01-01")
    assert (period.claims_made, period.retroactive_on) == (True, None)


@given(st.dictionaries(st.sampled_from(tuple(QUESTIONS)), st.none() | st.booleans()))
def test_points_and_gaps_make_ten(answers):
    assert score(answers) + len(missing(answers)) == 10


@pytest.mark.parametrize("incident", Incident)
def test_the_first_hour_has_the_deadline_of_the_law_where_data_are_out(incident):
    """72 hours from when it was known, also over a weekend."""
    due = {step.law: step.due_at for step in steps(incident, KNOWN) if step.due_at}
    assert due["LCS art. 16"] == KNOWN + timedelta(days=7)
    has_data = incident in ("ransomware", "brecha_datos")
    assert due.get("RGPD art. 33") == (datetime(2026, 11, 23, 22, 30, tzinfo=UTC) if has_data else None)


def test_the_first_hour_is_told_in_madrids_time(run):
    guide = run("ciber_guide_first_hour", incident="brecha_datos", known_at="2026-11-20T23:30:00+01:00")
    assert guide.known_at == KNOWN
    assert "23/11/2026 23:30, RGPD art. 33" in guide.told("es")
    assert "sanciones" in run("ciber_guide_first_hour", incident="ransomware").told("es")
    with pytest.raises(BadArguments) as raised:
        run("ciber_guide_first_hour", incident="fraude", known_at="2099-01-01T00:00:00Z")
    assert raised.value.detail["field"] == "known_at"


def test_incidents_of_three_years_are_counted_at_the_renewal():
    """What was declared before the policy counts until the policy is three years old."""
    old = PastClaim(kind="fraude", occurred_on=date(2023, 1, 1), paid=Decimal(1), at_fault=False)
    new = PastClaim(kind="fraude", occurred_on=date(2025, 6, 1), paid=Decimal(1), at_fault=False)
    risk = FIRM | {"incidents_3y": 1}

    def after(years, *claims):
        renewing = Renewing(on=date(2026, 11, 1), since=date(2025, 11, 1), years=years, claims=claims)
        return LINE.renewed(risk, renewing)["incidents_3y"]

    assert (after(1), after(3), after(4, old), after(4, old, new)) == (1, 0, 0, 1)


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "ciber")
