"""Life insurance from the first question to a signed policy, and its particulars, through the gate."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from core.clock import utc_now
from core.context import Context, Origin
from core.dates import add_months
from core.errors import ApprovalRequired, BadArguments, Conflict, Denied
from core.identifiers import new_id
from modules.insurance.kernel import Duration, Renewing
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.line import Entering
from modules.insurance.kernel.records import Policy, Quote
from modules.insurance.vida import LINE
from modules.insurance.vida.beneficiaries import Designated, Kind, shares
from modules.insurance.vida.details import bmi
from modules.insurance.vida.questionnaire import QUESTIONS, erase_of
from modules.insurance.vida.records import Beneficiary, HealthAnswers, HealthQuestionnaire, InsuredLife
from modules.insurance.vida.reserve import net_premium, reserves
from modules.insurance.vida.risk import VidaRisk
from tests.modules.insurance.conftest import policy
from tools.gate import Call

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
DATA = Path(__file__).parents[3] / "data" / "rating_cases.json"
CASES = {c["id"]: c for c in json.loads(DATA.read_text(encoding="utf-8"))["cases"] if c["line"] == "vida"}
TERM = {
    "insurer": "C0901", "product": "temporal_anual_renovable", "sum_insured": "120000", "smoker": False,
    "occupation_class": 1, "height_cm": 175, "weight_kg": 72, "hazardous_sport": False, "with_ipa": True,
    "end_age": 70, "payment_frequency": "annual",
}  # fmt: skip
LEVEL = {**CASES["vida-C03"]["inputs"]}
NO = [{"question": code, "yes": False} for code in QUESTIONS]
SECRET = "Hipertensión desde 2019, tratada con enalapril"
YES = [
    {"question": code, "yes": code == "corazon", "detail": SECRET if code == "corazon" else ""} for code in QUESTIONS
]


class RolledBack(Exception):
    """Nothing of it stays."""


@pytest.fixture(scope="module")
def signed(book):
    """Quote for a customer and record a questionnaire; gives the quote."""

    def quoted(customer, answers=NO, **more):
        quote = book("vida_quote_policy", customer=customer, **{**TERM, **more})
        book(
            "vida_record_questionnaire", quote=quote.quote_number, answers=answers, signed_on=TODAY.isoformat(),
            evidence="carpeta 7",
        )  # fmt: skip
        return quote

    return quoted


@pytest.fixture(scope="module")
def approved(installation, actor, call):
    """Ask as a broker, approve as an executive, run once."""

    def done(tool, **args):
        with pytest.raises(ApprovalRequired) as held:
            call(tool, **args)
        shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
        installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
        return installation.approvals.execute(actor("broker"), shown.id).value

    return done


def rows(installation, tenant, kind, *where):
    """Records of `kind` in the tenant."""
    with installation.database.transaction(tenant.tenant_id) as session:
        return session.exec(select(kind).where(*where)).all()


@pytest.mark.parametrize("case", CASES.values(), ids=lambda c: c["id"])
def test_every_case_through_the_tool(book, case):
    """To the cent, each key of the reference; a decline is a result."""
    rating = book("vida_rate", **case["inputs"])
    assert json.loads(rating.model_dump_json()) == case["expected"]


def test_from_the_quote_to_a_policy_in_force(book, call, signed, approved, installation, tenant):
    """Without the signed questionnaire nothing is issued; with it the policy runs after signature and payment."""
    bare = book("vida_quote_policy", customer="Raquel Gómez", **TERM)
    with pytest.raises(Conflict, match="cuestionario de salud"):
        call("kernel_issue_policy", quote=bare.quote_number)
    quote = signed("Raquel Gómez")
    born = date(1989, 10, 23)
    assert quote.risk["age"] == completed_years(born, quote.effective_on)
    assert "bmi" not in quote.risk
    assert book("kernel_show_quote", "operations", quote=quote.quote_number).health["bmi"] == "23.5102"
    issued = approved("kernel_issue_policy", quote=quote.quote_number)
    [made] = rows(installation, tenant, Policy, Policy.policy_number == issued.policy)
    [life] = rows(installation, tenant, InsuredLife, InsuredLife.policy_id == made.id)
    assert (life.sum_insured, life.end_age, made.ips) == (120000, 70, 0)
    [kept] = rows(installation, tenant, HealthQuestionnaire, HealthQuestionnaire.policy_id == made.id)
    assert (kept.question_count, kept.evidence) == (len(QUESTIONS), "carpeta 7")
    with pytest.raises(Conflict, match="ya se emitió"):
        book(
            "vida_record_questionnaire", quote=quote.quote_number, answers=YES, signed_on=TODAY.isoformat(),
            evidence="otra",
        )  # fmt: skip
    book("kernel_record_signature", policy=issued.policy, signed_on=TODAY.isoformat(), evidence="carpeta")
    book("encashment_collect_receipt", receipt=issued.receipts[0].receipt, paid_on=TODAY.isoformat(), medium="transfer")
    assert book("kernel_show_policy", policy=issued.policy).state == "in_force"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"age": 20}, "age"), ({"age": -1}, "age"), ({"sum_insured": "0"}, "sum_insured"),
     ({"sum_insured": 1.5}, "sum_insured"), ({"sum_insured": "1.000"}, "sum_insured"), ({"smoker": "quizá"}, "smoker"),
     ({"occupation_class": 5}, "occupation_class"), ({"bmi": "40"}, "bmi"), ({"bmi": "NaN"}, "bmi"),
     ({"height_cm": 20}, "height_cm"), ({"weight_kg": "setenta"}, "weight_kg"), ({"end_age": 30}, "end_age"),
     ({"with_critical_illness": True}, "critical_illness_sum"),
     ({"with_critical_illness": True, "critical_illness_sum": "60001"}, "critical_illness_sum"),
     ({"with_critical_illness": True, "critical_illness_sum": "50000", "sum_insured": "90000"}, "critical_illness_sum"),
     ({"product": "temporal_nivelada", "end_age": None}, "term_years"),
     ({"product": "temporal_nivelada", "term_years": 10, "end_age": 70}, "end_age"),
     ({"product": "mixto"}, "product"), ({"insured_name": "Ana Prado"}, "insured_birth_date"),
     ({"insured_birth_date": "2031-01-01"}, "insured_birth_date"), ({"sex": "F"}, "sex"),
     ({"extra_mortality_pct": "101"}, "extra_mortality_pct"), ({"payment_frequency": "weekly"}, "payment_frequency")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages."""
    asked = {name: value for name, value in {**TERM, **change}.items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        book("vida_quote_policy", customer="Javier Rubio", **asked)
    assert raised.value.detail["field"] == field
    assert raised.value.told("es")
    assert raised.value.told("en")


@pytest.mark.parametrize("missing", ["product", "sum_insured", "smoker", "occupation_class", "insurer"])
def test_what_is_missing_is_asked_for(book, missing):
    """By its own question."""
    with pytest.raises(BadArguments) as raised:
        book("vida_quote_policy", customer="Javier Rubio", **{k: v for k, v in TERM.items() if k != missing})
    assert raised.value.detail["field"] == missing
    assert raised.value.told("es").startswith("¿")


def test_another_s_life_needs_a_consent(book, call, signed):
    """The age is the insured's; without the written consent nothing is issued (LCS art. 83)."""
    quote = signed("Javier Rubio", insured_name="Ana Prado Ficticia", insured_birth_date="1970-05-06")
    assert quote.risk["age"] == completed_years(date(1970, 5, 6), quote.effective_on)
    with pytest.raises(Conflict, match="art. 83"):
        call("kernel_issue_policy", quote=quote.quote_number)
    agreed = signed(
        "Javier Rubio", insured_name="Ana Prado Ficticia", insured_birth_date="1970-05-06", insured_consent_signed=True
    )
    with pytest.raises(ApprovalRequired):
        call("kernel_issue_policy", quote=agreed.quote_number)


@given(st.integers(120, 220), st.integers(30, 200))
def test_the_body_mass_index_is_never_rounded_up(height, weight):
    """Steps of the tariff begin at whole numbers: the cut figure stands on the same step."""
    exact = Decimal(weight) * 10000 / Decimal(height * height)
    found = bmi(height, weight, None)
    assert exact - Decimal("0.0001") < found <= exact
    assert int(found) == int(exact)


# Health questionnaire


def test_answers_are_for_those_who_may_read_health_data(book, installation, actor, signed):
    """A broker may type them and not read them; no agent ever gets them; the digest proves them."""
    quote = signed("Javier Rubio", YES).quote_number
    assert book("vida_show_questionnaire", quote=quote).answers is None
    for role in ("owner", "executive", "operations", "compliance"):
        shown = book("vida_show_questionnaire", role, quote=quote)
        assert [a.detail for a in shown.answers if a.yes] == [SECRET]
        assert shown.intact
        assert SECRET not in shown.told("es")
    agent = replace(actor("operations"), agent="executor/operations")
    seen = installation.gate.call(Call("vida_show_questionnaire", {"quote": quote}, agent, Origin("web", new_id())))
    assert seen.value.answers is None
    assert SECRET not in json.dumps(seen.json)
    for role in ("cfo", "admin"):
        assert book("vida_show_questionnaire", role, quote=quote).answers is None


def test_no_agent_writes_health_data(book, installation, actor):
    """What a model is told leaves the house."""
    quote = book("vida_quote_policy", customer="Javier Rubio", **TERM).quote_number
    args = {"quote": quote, "answers": NO, "signed_on": TODAY.isoformat(), "evidence": "carpeta"}
    agent = replace(actor("broker"), agent="executor/sales")
    with pytest.raises(Denied):
        installation.gate.call(Call("vida_record_questionnaire", args, agent, Origin("web", new_id())))
    assert installation.gate.call(Call("vida_record_questionnaire", args, actor("broker"), Origin("web", new_id())))


def test_a_changed_answer_breaks_the_digest(book, installation, tenant, signed):
    """Whoever changes an answer in the database is found out."""
    quote = signed("Javier Rubio", YES).quote_number
    with installation.database.transaction(tenant.tenant_id) as session:
        kept = session.exec(select(HealthAnswers).order_by(HealthAnswers.id.desc())).first()
        answers = [{**one, "yes": False, "detail": ""} for one in kept.answers["answers"]]
        kept.answers = {"answers": answers}
        session.add(kept)
    shown = book("vida_show_questionnaire", "compliance", quote=quote)
    assert not shown.intact
    assert "ALTERADO" in shown.told("es")


@pytest.mark.parametrize(
    "answers",
    [NO[1:], [*NO[:-1], NO[0]], [*NO[:-1], {"question": "horóscopo", "yes": False}],
     [{**NO[0], "yes": True}, *NO[1:]]],
    ids=["unanswered", "twice", "unknown", "unexplained"],
)  # fmt: skip
def test_every_question_is_answered_once_and_a_yes_is_explained(book, answers):
    """What is not asked need not be declared (LCS art. 10): so all is asked."""
    quote = book("vida_quote_policy", customer="Javier Rubio", **TERM).quote_number
    given = {"quote": quote, "answers": answers, "signed_on": TODAY.isoformat(), "evidence": "carpeta"}
    with pytest.raises(BadArguments) as raised:
        book("vida_record_questionnaire", **given)
    assert raised.value.detail["field"] == "answers"
    late = {**given, "answers": NO, "signed_on": (TODAY + timedelta(days=2)).isoformat()}
    with pytest.raises(BadArguments) as raised:
        book("vida_record_questionnaire", **late)
    assert raised.value.detail["field"] == "signed_on"


def test_the_questions_are_told(book):
    """All of them, by code."""
    listed = book("vida_list_health_questions")
    assert [one.question for one in listed.questions] == list(QUESTIONS)


def test_an_erasure_takes_the_answers_along(installation, tenant, signed):
    """Questionnaires, answers and beneficiaries of a customer go; rolled back here."""
    quote = signed("Álvaro Ramos", YES)
    with suppress(RolledBack), installation.database.transaction(tenant.tenant_id) as session:
        held = session.exec(select(Quote).where(Quote.quote_number == quote.quote_number)).one()
        ctx = Context(session=session, actor=tenant, origin=Origin("cli", new_id()), now=utc_now())
        assert erase_of(ctx, held.customer_id).rows
        for kind in (HealthQuestionnaire, HealthAnswers, Beneficiary):
            assert session.exec(select(kind).where(kind.customer_id == held.customer_id)).all() == []
        raise RolledBack


# Beneficiaries


@pytest.fixture(scope="module")
def life(book):
    """Two taken-over life policies: renewable and level; their numbers."""
    start = add_months(TODAY, -5 * 12)
    taken = {
        "line": "vida", "original_start_date": start.isoformat(), "effective_date": TODAY.isoformat(),
        "expiry_date": add_months(TODAY, 12).isoformat(), "ips": "0", "consorcio": "0",
        "total_premium_annual": "262.54", "sum_insured": "150000",
    }  # fmt: skip
    book("kernel_import_policies", "admin", rows=[policy(at, "CL00001", **taken) for at in (97, 98)])
    renewable = {
        "product": "temporal_anual_renovable", "payment_frequency": "annual", "age": 40, "sum_insured": "150000",
        "smoker": False, "occupation_class": 1, "bmi": "24", "hazardous_sport": False, "with_ipa": True, "end_age": 70,
    }  # fmt: skip
    level = {name: LEVEL[name] for name in VidaRisk.model_fields if name in LEVEL}
    book(
        "kernel_import_risks", "admin",
        rows=[{"policy_id": "PO00097", "risk": renewable},
              {"policy_id": "PO00098", "risk": level, "details": {"surrender_agreed": True}}],
    )  # fmt: skip
    return {"renewable": "0903-92550097", "level": "0903-92550098"}


FAMILY = [
    {"kind": "spouse", "share": "60"}, {"kind": "person", "name": "Luis Ramos Ficticio", "share": "40"},
    {"kind": "children", "rank": 2},
]  # fmt: skip


def set_args(policy, beneficiaries, **more):
    """Arguments of a designation signed today."""
    return {
        "policy": policy,
        "beneficiaries": beneficiaries,
        "designated_on": TODAY.isoformat(),
        "evidence": "carta",
        **more,
    }


def test_beneficiaries_are_designated_by_rank(book, approved, installation, tenant, life):
    """None at first; then by order, in shares of 100; a new designation replaces the old, which stays on file."""
    number = life["renewable"]
    assert "patrimonio del tomador" in book("vida_show_beneficiaries", policy=number).told("es")
    approved("vida_set_beneficiaries", **set_args(number, FAMILY))
    told = book("vida_show_beneficiaries", policy=number).told("es")
    assert "En orden 1: cónyuge 60 %; Luis Ramos Ficticio 40 %." in told
    assert "En orden 2: hijos 100 %." in told
    three = [{"kind": "person", "name": name} for name in ("Ana", "Eva", "Ada")]
    made = approved("vida_set_beneficiaries", **set_args(number, three))
    assert [row.share for row in made.beneficiaries] == [Decimal("33.3333"), Decimal("33.3333"), Decimal("33.3334")]
    assert [row.name for row in book("vida_show_beneficiaries", policy=number).beneficiaries] == ["Ana", "Eva", "Ada"]
    kept = rows(installation, tenant, Beneficiary)
    assert len([row for row in kept if row.deleted_at]) == 3


def test_an_irrevocable_beneficiary_stands(book, call, approved, life):
    """Not changed without consent (LCS art. 87), and no surrender meanwhile."""
    bank = [{"kind": "lender", "name": "Banco Uno Ficticio", "irrevocable": True}]
    number = life["level"]
    assert book("vida_show_reserve", policy=number).surrender_value is not None
    approved("vida_set_beneficiaries", **set_args(number, bank))
    reserve = book("vida_show_reserve", policy=number)
    assert (reserve.barred, reserve.surrender_value, reserve.reduced_sum) == (True, None, None)
    with pytest.raises(Conflict, match="irrevocable"):
        call("vida_set_beneficiaries", **set_args(number, [{"kind": "heirs"}]))
    more = [*bank, {"kind": "heirs", "rank": 2}]  # it stands: who comes after it may be changed
    assert len(approved("vida_set_beneficiaries", **set_args(number, more)).beneficiaries) == 2
    freed = approved(
        "vida_set_beneficiaries", **set_args(number, [{"kind": "heirs"}], consent_evidence="carta del banco")
    )
    assert [row.kind for row in freed.beneficiaries] == [Kind.HEIRS]


@pytest.mark.parametrize(
    "wrong",
    [[{"kind": "spouse", "share": "60"}], [{"kind": "spouse", "share": "60"}, {"kind": "children"}],
     [{"kind": "spouse", "rank": 2}], [{"kind": "person"}], [{"kind": "heirs", "name": "Ana"}],
     [{"kind": "person", "name": "Ana"}, {"kind": "person", "name": "ana"}]],
)  # fmt: skip
def test_a_designation_that_does_not_add_up_is_refused(book, life, wrong):
    """By the name of the field."""
    with pytest.raises(BadArguments) as raised:
        book("vida_set_beneficiaries", **set_args(life["renewable"], wrong))
    assert raised.value.detail["field"] == "beneficiaries"


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_equal_parts_add_up_to_a_hundred(counts):
    """In each rank, whatever the number."""
    people = [
        Designated(kind=Kind.PERSON, name=f"Nadie {at}", rank=rank)
        for rank, count in enumerate(counts, 1)
        for at in range(count)
    ]
    found = shares(people)
    for rank in range(1, len(counts) + 1):
        parts = [one.share for one in found if one.rank == rank]
        assert sum(parts) == 100
        assert max(parts) - min(parts) < Decimal("0.001")


@given(st.lists(st.integers(1, 9999), min_size=1, max_size=5))
def test_shares_are_taken_as_told_if_they_add_up_and_refused_otherwise(cents):
    """Nothing is scaled in silence."""
    told = [Decimal(c) / 100 for c in cents]
    people = [Designated(kind=Kind.PERSON, name=f"Nadie {at}", share=share) for at, share in enumerate(told)]
    if sum(told) == 100:
        assert [one.share for one in shares(people)] == told
    else:
        with pytest.raises(BadArguments):
            shares(people)


# Reserve, path, tests


@settings(max_examples=60, deadline=None)
@given(
    st.integers(18, 69), st.integers(1, 57), st.booleans(), st.sampled_from(["0", "50", "200"]),
    st.integers(1_000, 3_000_000),
)  # fmt: skip
def test_the_reserve_begins_and_ends_at_nothing(age, years, smoker, extra, euros):
    """V_0 = V_n = 0 on the net basis, nothing negative between; one year on by the recursion of Fackler."""
    assume(age + years <= 75)
    if extra == "200":
        extra = "100"
    risk = VidaRisk(**{
        **LEVEL, "age": age, "term_years": years, "end_age": age + years, "smoker": smoker, "sum_insured": str(euros),
        "extra_mortality_pct": extra,
    })  # fmt: skip
    path = reserves(LINE.tariff, risk)
    assert [year.year for year in path] == list(range(years + 1))
    assert (path[0].reserve, path[-1].reserve) == (0, 0)
    assert all(year.reserve >= 0 for year in path)
    assert all(0 <= year.reduced_sum <= risk.sum_insured for year in path)
    assert net_premium(LINE.tariff, risk) > 0


def test_the_net_premium_is_the_tariff_s_without_expenses():
    """The priced premium times what expenses leave, to the cent of the rounding."""
    priced = LINE.rate(VidaRisk(**LEVEL)).net_premium
    assert abs(net_premium(LINE.tariff, VidaRisk(**LEVEL)) / Decimal("0.80") - priced) <= Decimal("0.005")


def test_the_reserve_of_a_policy_is_told(book, life):
    """After five years; a renewable one has none."""
    shown = book("vida_show_reserve", policy=life["level"])
    expected = reserves(LINE.tariff, VidaRisk(**LEVEL))
    assert (shown.year, shown.reserve) == (5, expected[5].reserve)
    assert shown.reserve > 0
    assert len(shown.years) == 21
    with pytest.raises(Conflict, match="anual renovable"):
        book("vida_show_reserve", policy=life["renewable"])
    with pytest.raises(BadArguments):
        book("vida_show_reserve", policy="0903-92550001")


def test_the_path_of_premiums_rises_and_crosses_the_level_one(book, life):
    """Renewable year by year against the level one."""
    path = book("vida_show_premium_path", policy=life["renewable"], end_age=65)
    premiums = [year.renewable for year in path.years]
    assert [year.age for year in path.years] == list(range(40, 65))
    assert premiums == sorted(premiums)
    assert path.years[0].level > premiums[0]
    assert path.dearer_from is not None
    assert path.renewable_total == sum(premiums)
    assert path.level_total == path.years[0].level * 25
    assert "más cara" in path.told("es")
    level = book("vida_show_premium_path", policy=life["level"])
    assert level.years[0].age == 40  # entered at 35, five years ago
    for wrong, field in (({}, "quote"), ({"policy": life["renewable"], "end_age": 90}, "end_age"),
                         ({"policy": "0903-92550001"}, "policy")):  # fmt: skip
        with pytest.raises(BadArguments) as raised:
            book("vida_show_premium_path", **wrong)
        assert raised.value.detail["field"] == field


@pytest.mark.parametrize(
    ("euros", "age", "tests"),
    [(150000, 40, {"questionnaire"}), (150001, 40, {"questionnaire", "tele_interview"}),
     (100000, 56, {"questionnaire", "tele_interview"}),
     (300001, 40, {"questionnaire", "examination", "analytics", "financial"}),
     (600001, 40, {"questionnaire", "examination", "analytics", "ecg", "financial"})],
)  # fmt: skip
def test_the_grid_asks_for_more_as_the_sum_rises(book, euros, age, tests):
    """The steps of the reference."""
    assert set(book("vida_show_medical_tests", sum_insured=str(euros), age=age).tests) == tests


# Renewal


def test_a_level_premium_stays_and_a_renewable_one_rises():
    """The entry age is kept; disability ends at 65; an accepted index raises the sum."""
    soon = Renewing(on=TODAY, since=add_months(TODAY, -12), years=5, index=Decimal("0.02"))
    level = LINE.renewed(LEVEL, soon)
    assert LINE.rate_again(level, TODAY).total == LINE.rate_again(LEVEL, TODAY).total
    term = CASES["vida-C01"]["inputs"]
    raised = LINE.renewed({**term, "indexation": True}, soon)
    assert (raised["age"], raised["sum_insured"]) == (41, "122400.00")
    assert LINE.renewed({**term, "age": 65}, soon)["with_ipa"] is False
    assert LINE.rate_again(LINE.renewed({**term, "age": 73}, soon), TODAY).total > 0


def test_the_insurance_ends_when_it_was_agreed():
    """A level term counts its years; a renewable one goes on to the final age."""
    kept = LINE.entered(LEVEL, Entering(on=date(2026, 5, 1), started_on=date(2007, 5, 1)))
    assert kept["elapsed_years"] == 19
    assert LINE.duration(VidaRisk(**kept)) == Duration(renewable=False)
    assert LINE.duration(VidaRisk(**{**kept, "elapsed_years": 18})).renewable
    term = {**CASES["vida-C01"]["inputs"], "end_age": 42}
    assert LINE.duration(VidaRisk(**term)).renewable
    assert not LINE.duration(VidaRisk(**{**term, "age": 41})).renewable
    assert LINE.unpaid_reduces(VidaRisk(**LEVEL))
    assert not LINE.unpaid_reduces(VidaRisk(**term))


def test_the_demonstration_is_taken_over(run):
    """Every life policy of the demonstration says whom it insures; ages are those of the birth dates."""
    from modules.demo import read

    rows = [row for row in read("policies") if row["line"] == "vida"]
    people = {row["customer_id"]: row for row in read("customers")}
    ours = {row["customer_id"] for row in rows}
    run("crm_import_customers", "admin", rows=[people[id] for id in sorted(ours)])
    run("kernel_import_insurers", "admin", rows=read("insurers"))
    run("kernel_import_collaborators", "admin", rows=read("collaborators"))
    run("kernel_import_policies", "admin", rows=rows)
    risks = json.loads((Path(__file__).parents[4] / "demo" / "risks" / "vida.json").read_text(encoding="utf-8"))
    report = run("kernel_import_risks", "admin", rows=risks)
    assert (report.created, report.updated) == (len(rows), 0)
    assert run("kernel_import_risks", "admin", rows=risks).unchanged == len(rows)
    by_id = {row["policy_id"]: row for row in rows}
    assert set(by_id) == {row["policy_id"] for row in risks}
    for row in risks:
        held, risk = by_id[row["policy_id"]], LINE.risk.model_validate(row["risk"])
        born = row["details"].get("insured_birth_date") or people[held["customer_id"]]["birth_date"]
        on = held["original_start_date" if risk.product == "temporal_nivelada" else "effective_date"]
        assert risk.age == completed_years(date.fromisoformat(born), date.fromisoformat(on))
        assert LINE.sum_insured(row["risk"]) == Decimal(held["sum_insured"])
    decisions = [LINE.rate(LINE.risk.model_validate(row["risk"])).decision for row in risks]
    assert decisions.count("decline") == 0
    assert 0 < decisions.count("refer") < len(decisions) / 2
