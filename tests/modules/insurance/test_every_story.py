"""A policy's life in every line of business, through the gate: quote, issue, endorse, claim, renew, cancel."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.dates import add_months
from core.errors import Conflict
from core.money import ZERO
from modules.demo import HOME
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.terms import typed_risk
from modules.insurance.kernel.underwriting import Decision
from tests.modules.insurance.policies.conftest import Office
from tests.modules.insurance.test_every_line import EFFECT, cases_of, each_line

CUSTOMER, INSURER = "Javier Rubio", "C0902"
DATED = frozenset({"age", "end_age"})
CAR = {"plate": "1234KLM", "make_model": "Alba 3"}


@pytest.fixture
def office(book: Any, installation: Any, actor: Any) -> Office:
    """The house with the small book, today."""
    return Office(installation, actor)


def insured(line: Line) -> tuple[dict[str, Any], dict[str, Any]]:
    """Risk and details of a policy of the demonstration that underwriting accepts; paid once a year."""
    if line.code == "autos":
        accepted = next(case for case in cases_of(line) if case["expected"]["decision"] == "accept")
        return {**accepted["inputs"], "payment_frequency": "annual"}, {}
    rows = json.loads((HOME / "risks" / f"{line.code}.json").read_text(encoding="utf-8"))
    for row in rows:
        risk = {**row["risk"], "payment_frequency": "annual"}
        if line.rate_again(typed_risk(line, risk).model_dump(exclude_none=True), EFFECT).decision is Decision.ACCEPT:
            return risk, row["details"]
    raise AssertionError(f"no policy of {line.code} is accepted")


def asked_of(line: Line, on: date) -> dict[str, Any]:
    """What a person says of it; ages are left to the dates that the file or the details hold."""
    risk, details = insured(line)
    if line.code == "autos":
        born = add_months(on, -12 * int(risk["driver_age"]) - 1)
        return {**risk, **CAR, "driver_born_on": born.isoformat()}
    told = {**risk, **details}
    dated = DATED | ({"building_age"} if "construction_year" in told else frozenset())
    return {name: value for name, value in told.items() if name not in dated}


def bought(line: Line, policy_risk: Mapping[str, Any], coverages: tuple[str, ...]) -> bool:
    """Whether the risk pays for one of `coverages`; a kind of claim without any is always covered."""
    priced = line.rate_again(policy_risk, EFFECT).coverage_premiums or {}
    return not coverages or any(name.partition("#")[0] in coverages for name, premium in priced.items() if premium)


def health_questionnaire(office: Office, quote: str) -> None:
    """No life policy without the signed answers of the insured (LCS art. 10)."""
    asked = office.run("vida_list_health_questions").questions
    answers = [{"question": one.question, "yes": False} for one in asked]
    signed = {"signed_on": office.today.isoformat(), "evidence": "carpeta de salud"}
    office.run("vida_record_questionnaire", quote=quote, answers=answers, **signed)


PAPERS = {"vida": health_questionnaire}


@each_line
def test_a_policy_lives(line: Line, office: Office) -> None:
    effective = office.today + timedelta(days=2)
    asked = asked_of(line, effective)
    quote = office.run(
        f"{line.short}_quote_policy", customer=CUSTOMER, insurer=INSURER, effective_on=effective.isoformat(), **asked
    )
    assert quote.state == "priced"
    assert sum((part.total for part in quote.instalments), ZERO) == quote.total

    PAPERS.get(line.code, lambda *_: None)(office, quote.quote_number)
    issued = office.done("kernel_issue_policy", quote=quote.quote_number)
    signed = {"signed_on": office.today.isoformat(), "evidence": "firma digital"}
    office.done("kernel_record_signature", policy=issued.policy, **signed)
    office.run("encashment_collect_receipt", receipt=issued.receipts[0].receipt, medium="card")
    policy = office.policy(issued.policy)
    assert policy.state == "in_force"
    assert policy.total_premium == quote.total == sum((r.total for r in office.receipts(issued.policy)), ZERO)

    office.travel(effective + timedelta(days=40))
    endorsed(line, office, issued.policy)
    claimed(line, office, issued.policy)
    renewed(line, office, issued.policy)
    cancelled(line, office, issued.policy)


def endorsed(line: Line, office: Office, number: str) -> None:
    """A higher sum where the line insures one, or else another way of paying or naming."""
    risk, _ = insured(line)
    sums = [name for name in line.sums if risk.get(name) is not None]
    before = office.policy(number).total_premium
    if sums:
        value = (Decimal(str(risk[sums[0]])) * Decimal("1.05")).quantize(Decimal(1))
        changes: dict[str, Any] = {sums[0]: str(value)}
    else:
        changes = {"payment_frequency": list(line.tariff.fractioning)[-1]}
    quoted = office.run("kernel_quote_endorsement", policy=number, changes=changes, reason="El cliente lo pide")
    office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent="correo del cliente")
    after = office.policy(number)
    if sums:
        assert after.total_premium >= before


def claimed(line: Line, office: Office, number: str) -> None:
    """The first kind of claim that the policy covers without waiting, from notice to closure."""
    risk = typed_risk(line, insured(line)[0]).model_dump(mode="json", exclude_none=True)
    kind = next(kind for kind in line.claims if kind.waiting is None and bought(line, risk, kind.coverages))
    told = {"description": f"Ha ocurrido: {kind.label}", "occurred_on": office.today.isoformat(), "kind": kind.code}
    claim = office.run("kernel_notify_claim", policy=number, **told)
    assert (claim.kind, claim.policy) == (kind.code, number)
    office.done("kernel_open_claim", claim=claim.claim, insurer_number=f"S{line.short.upper()}1")
    office.done("kernel_make_offer", claim=claim.claim, amount="25.00")
    office.done("kernel_accept_offer", claim=claim.claim)
    settled = office.done("kernel_settle_claim", claim=claim.claim)
    assert settled.paid_amount == Decimal("25.00")
    assert office.done("kernel_close_claim", claim=claim.claim).state == "closed"


def renewed(line: Line, office: Office, number: str) -> None:
    """The next annuity, if the policy has one."""
    policy = office.policy(number)
    office.travel(add_months(policy.expires_on, -1))
    duration = line.duration(typed_risk(line, insured(line)[0]))
    if not duration.renewable:
        with pytest.raises(Conflict):
            office.run("kernel_preview_renewal", policy=number)
        return
    price = office.run("kernel_preview_renewal", policy=number)
    assert price.before + sum((cause.effect for cause in price.causes), ZERO) == price.after
    office.done("kernel_renew_policy", policy=number)
    assert office.policy(number).effective_on == policy.expires_on


def cancelled(line: Line, office: Office, number: str) -> None:
    """Both agree to end it; what is given back is at most what was paid."""
    before = office.policy(number)
    office.done("kernel_cancel_policy", policy=number, reason="mutual", effective_on=office.today.isoformat())
    after = office.policy(number)
    assert after.state in ("cancelled", before.state)
    assert after.ended_on is not None
    assert office.balance(number) >= ZERO
