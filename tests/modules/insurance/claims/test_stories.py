"""Stories of claims through the gate: from notice to closure, and what is refused on the way."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from core.errors import Ambiguous, ApprovalRequired, BadArguments, Conflict
from modules.insurance.kernel.claims.covering import Answer
from modules.insurance.kernel.claims.file import AboveLimit, WrongState
from modules.insurance.kernel.records import ClaimMovement
from modules.insurance.kernel.states import UnlawfulMove
from tests.modules.insurance.claims.conftest import CAR, DOG, TODAY, UNPAID, YESTERDAY
from tests.modules.insurance.conftest import policy

D = Decimal


def notified(run, **told):
    """A claim just notified."""
    return run("kernel_notify_claim", **{"occurred_on": YESTERDAY.isoformat()} | told)


def events(installation, tenant, number):
    """What was told of a claim, in order."""
    with installation.database.transaction(tenant.tenant_id) as session:
        query = text("SELECT type FROM soriano_platform.outbox WHERE payload->>'number' = :number ORDER BY id")
        return [type_ for (type_,) in session.connection().execute(query, {"number": number})]


def test_from_notice_to_closure(insured, done, installation, tenant):
    """A broken windscreen: notified, opened, reserved, assessed, offered, accepted, settled, closed."""
    claim = notified(insured, customer="Álvaro Ramos", description="Una piedra me ha roto la luna delantera")
    assert (claim.policy, claim.kind, claim.covered, claim.state) == (CAR, "lunas", Answer.YES, "notified")
    assert (claim.reserve, claim.coverage) == (D(420), "lunas")
    assert claim.claim.startswith(f"SI{TODAY.year}-")
    number = claim.claim
    opened = done("kernel_open_claim", claim=number, insurer_number="S11112222")
    assert (opened.state, opened.reserve) == ("open", D(420))
    assert done("kernel_set_reserve", claim=number, amount="510.00").reserve == D(510)
    assert done("kernel_set_reserve", claim=number, amount="60.00", head="expense").reserve == D(570)
    assert insured("kernel_assess_claim", claim=number, loss="498.40").indemnity == D("498.40")
    offer = done("kernel_make_offer", claim=number, amount="498.40")
    assert (offer.state, offer.amount) == ("offered", D("498.40"))
    assert done("kernel_accept_offer", claim=number).state == "accepted"
    advance = done("kernel_record_advance", claim=number, amount="98.40")
    assert (advance.state, advance.paid_amount, advance.reserve) == ("accepted", D("98.40"), D("471.60"))
    settled = done("kernel_settle_claim", claim=number, payee="Cristales Ebro")
    assert (settled.state, settled.amount, settled.paid_amount) == ("paid", D(400), D("498.40"))
    done("kernel_record_claim_expense", claim=number, amount="60.00", reason="perito")
    done("kernel_record_recovery", claim=number, amount="120.00")
    closed = done("kernel_close_claim", claim=number)
    assert (closed.state, closed.reserve, closed.paid_amount) == ("closed", D(0), D("498.40"))
    shown = insured("kernel_show_claim", claim="S11112222")
    assert shown.claim == number
    assert sum(m.amount for m in shown.movements if m.kind == "reserve") == 0
    assert (shown.expenses, shown.recovered, shown.end_reason) == (D(60), D(120), "paid")
    assert [offer.state.value for offer in shown.offers] == ["accepted"]
    told = events(installation, tenant, number)
    moves = [type_ for type_ in told if type_ != "claim.reserved"]
    assert moves == [
        "claim.notified", "claim.registered", "claim.checked", "claim.opened", "claim.adjusting", "claim.offered",
        "claim.accepted", "claim.payment_recorded", "claim.payment_recorded", "claim.paid", "claim.expense_recorded",
        "claim.recovered", "claim.closed",
    ]  # fmt: skip
    done("kernel_reopen_claim", claim=number)
    assert done("kernel_open_claim", claim=number).state == "open"


def test_a_gap_in_payment_is_no_cover_and_the_file_is_rejected(insured, done):
    """Raquel's receipt of September came back: suspended a month later (LCS art. 15.2)."""
    claim = notified(insured, policy=UNPAID, description="Me han dado un golpe por detrás")
    assert claim.covered is Answer.NO
    assert any(f.ref == "LCS art. 15.2" and "0903713133902" in f.text for f in claim.findings)
    assert "LCS art. 15.2" in claim.told("es")
    with pytest.raises(Conflict, match="no está cubierto"):
        done("kernel_open_claim", claim=claim.claim)
    rejected = done("kernel_reject_claim", claim=claim.claim, reason="unpaid_premium")
    assert (rejected.state, rejected.reserve) == ("rejected", D(0))
    assert "LCS art. 15" in rejected.told("es")
    done("kernel_dispute_claim", claim=claim.claim)
    court = done("kernel_escalate_claim", claim=claim.claim, way="court")
    assert court.state == "court"
    with pytest.raises(BadArguments, match="sentencia"):
        done("kernel_settle_claim", claim=claim.claim)
    assert done("kernel_settle_claim", claim=claim.claim, amount="700.00").state == "paid"


def test_the_same_policy_covered_before_the_gap(insured):
    before = {"policy": UNPAID, "description": "choque", "occurred_on": "2026-10-19"}
    assert insured("kernel_check_coverage", **before).covered is Answer.YES
    assert insured("kernel_check_coverage", **before | {"occurred_on": "2026-10-20"}).covered is Answer.NO


@pytest.mark.parametrize(
    ("told", "covered", "law"),
    [
        ({"policy": CAR, "description": "luna rota"}, Answer.YES, "LCS art. 1"),
        ({"policy": CAR, "description": "he rayado el coche contra una columna"}, Answer.NO, "LCS art. 1"),
        ({"policy": CAR, "description": "robo", "occurred_on": "2024-03-18"}, Answer.NO, "LCS art. 4"),
        ({"policy": CAR, "description": "robo", "occurred_on": "2024-03-19"}, Answer.NO, "LCS art. 23"),
        ({"policy": DOG, "description": "el perro está enfermo", "occurred_on": "2026-04-17"}, Answer.NO, "LCS art. 8"),
        ({"policy": DOG, "description": "perro enfermo", "occurred_on": "2026-04-18"}, Answer.YES, "LCS art. 8"),
        ({"policy": DOG, "description": "leishmania", "occurred_on": "2026-09-14"}, Answer.NO, "LCS art. 8"),
        ({"policy": DOG, "description": "tragado un anzuelo", "occurred_on": "2026-03-19"}, Answer.YES, "LCS art. 1"),
    ],
)  # fmt: skip
def test_whether_it_is_covered_and_by_which_article(insured, told, covered, law):
    check = insured("kernel_check_coverage", **{"occurred_on": YESTERDAY.isoformat()} | told)
    assert check.covered is covered
    assert law in {finding.ref for finding in check.findings}


def test_extraordinary_causes_go_to_the_consorcio(insured):
    flood = {"policy": CAR, "description": "La riada se ha llevado el coche", "extraordinary": True}
    claim = notified(insured, **flood)
    assert (claim.consorcio, claim.reserve) == (True, D(0))
    assert claim.steps[0].law == "RD 300/2004 art. 8"
    assert "Consorcio" in claim.told("es")
    assert not notified(insured, **flood | {"extraordinary": False}).consorcio


def test_nothing_is_paid_above_what_the_policy_answers_for(insured, done):
    claim = notified(insured, policy=DOG, description="El perro se ha roto una pata, fractura").claim
    with pytest.raises(WrongState):
        done("kernel_make_offer", claim=claim, amount="10.00")
    done("kernel_open_claim", claim=claim)
    assert insured("kernel_assess_claim", claim=claim, loss="1000.00").indemnity == D(800)  # 80 % is reimbursed
    assessed = insured("kernel_assess_claim", claim=claim, loss="2100.00")
    assert (assessed.indemnity, assessed.entries[-1].code) == (D(1500), "limit")
    with pytest.raises(AboveLimit) as refused:
        done("kernel_make_offer", claim=claim, amount="1500.01")
    assert "1.500,00" in refused.value.told("es")
    done("kernel_record_advance", claim=claim, amount="1000.00")
    done("kernel_make_offer", claim=claim, amount="1500.00")
    done("kernel_accept_offer", claim=claim)
    with pytest.raises(BadArguments, match="supera"):
        done("kernel_settle_claim", claim=claim, amount="500.01")
    assert done("kernel_settle_claim", claim=claim).amount == D(500)
    with pytest.raises(UnlawfulMove):
        done("kernel_dispute_claim", claim=claim)
    spent = notified(insured, policy=DOG, description="El perro está enfermo").claim
    assert insured("kernel_assess_claim", claim=spent, loss="100.00").indemnity == 0  # the yearly sum is used up


def test_binding_a_client_and_paying_are_decided_by_a_person(insured, done, call):
    claim = notified(insured, policy=DOG, description="Toby ha mordido a un vecino", claimant="Un vecino").claim
    done("kernel_open_claim", claim=claim)
    done("kernel_make_offer", claim=claim, amount="300.00")
    for tool in ("kernel_accept_offer", "kernel_settle_claim", "kernel_record_advance"):
        given = {"amount": "100.00"} if tool == "kernel_record_advance" else {}
        if tool == "kernel_settle_claim":
            done("kernel_accept_offer", claim=claim)
        with pytest.raises(ApprovalRequired):
            call(tool, claim=claim, **given)


def test_experts_have_eight_days_and_a_seat_each(insured, done):
    claim = notified(insured, policy=DOG, description="Toby ha mordido a una niña").claim
    done("kernel_open_claim", claim=claim)
    adjusting = done("kernel_appoint_expert", claim=claim, side="insurer", name="Peritaciones Ebro")
    assert adjusting.state == "adjusting"
    done("kernel_record_appraisal", claim=claim, amount="240.00")
    done("kernel_make_offer", claim=claim, amount="240.00")
    done("kernel_dispute_claim", claim=claim)
    done("kernel_appoint_expert", claim=claim, side="insured")
    step = next(s for s in insured("kernel_show_claim", claim=claim).steps if s.law == "LCS art. 38")
    assert step.due == TODAY + timedelta(days=8)
    assert done("kernel_appoint_expert", claim=claim, side="insured", name="Perito Gil").state == "experts"
    shown = insured("kernel_show_claim", claim=claim)
    assert {(e.side.value, e.amount) for e in shown.experts} == {("insurer", D(240)), ("insured", None)}


def test_what_is_missing_is_asked_for(insured):
    with pytest.raises(BadArguments, match="cliente o de qué póliza") as whose:
        notified(insured, description="golpe con el coche")
    assert whose.value.detail["field"] == "customer"
    with pytest.raises(BadArguments, match="rotura de lunas") as what:
        notified(insured, policy=CAR, description="ha pasado algo raro")
    assert what.value.detail["field"] == "kind"
    assert notified(insured, policy=CAR, description="ha pasado algo raro", kind="rotura de lunas").kind == "lunas"
    with pytest.raises(BadArguments, match="posterior a hoy"):
        notified(insured, policy=CAR, description="golpe", occurred_on=(TODAY + timedelta(1)).isoformat())
    with pytest.raises(Conflict, match="ninguna póliza"):
        notified(insured, customer="Javier Rubio", line="hogar", description="goteras")


def test_the_policy_is_the_one_that_the_words_are_about(insured):
    insured("kernel_import_policies", "admin", rows=[policy(20, "CL00003"), policy(21, "CL00003")])
    assert notified(insured, customer="Javier Rubio", description="está enfermo y vomita").policy == DOG
    with pytest.raises(Ambiguous) as which:
        notified(insured, customer="Javier Rubio", description="golpe con el coche", line="autos")
    assert "0903-92550021" in which.value.told("es")


def test_late_notice_warns_and_takes_no_right(insured):
    claim = notified(
        insured, policy=CAR, description="luna rota", occurred_on=(TODAY - timedelta(9)).isoformat(),
        known_on=(TODAY - timedelta(8)).isoformat(),
    )  # fmt: skip
    assert claim.covered is Answer.YES
    assert "LCS art. 16" in {f.ref for f in claim.findings if f.severity == "warn"}


def test_default_interest_of_a_claim_runs_from_the_loss(insured, done):
    owed = insured("kernel_compute_default_interest", amount="10000.00", since="2025-01-10", until="2027-03-21")
    assert owed.interest == D("1358.56")
    assert owed.estimated
    claim = notified(insured, policy=CAR, description="luna rota", occurred_on="2026-08-01").claim
    done("kernel_open_claim", claim=claim)
    done("kernel_make_offer", claim=claim, amount="420.00")
    found = insured("kernel_compute_default_interest", claim=claim)
    assert (found.base, found.due) == (D(420), True)
    assert found.since == date(2026, 8, 1)


def test_shares_of_several_insurers(insured):
    shares = [{"insurer": "A", "weight": 60}, {"insurer": "B", "weight": 25}, {"insurer": "C", "weight": 15}]
    split = insured("kernel_split_claim", loss="80000.00", shares=shares)
    assert [share.amount for share in split.shares] == [D(48_000), D(20_000), D(12_000)]
    sums = [{"insurer": "A", "weight": 100_000}, {"insurer": "B", "weight": 50_000}]
    split = insured("kernel_split_claim", loss="30000.00", shares=sums, concurrent=True)
    assert [share.amount for share in split.shares] == [D(20_000), D(10_000)]
    assert "LCS art. 32" in split.told("es")


def test_imported_figures_are_movements_and_none_is_ever_changed(insured, installation, tenant):
    shown = insured("kernel_show_claim", claim="SI2026-0001")
    assert [(m.kind.value, m.amount, m.reason) for m in shown.movements] == [("reserve", D(1200), "takeover")]
    with installation.database.transaction(tenant.tenant_id) as session:
        movement = session.exec(select(ClaimMovement).where(ClaimMovement.reason == "takeover")).one()
        movement.payee = ""  # a name may be erased
        session.flush()
        with pytest.raises(DBAPIError, match="stands"), session.begin_nested():
            movement.amount += 1
