"""Renewals: what a policy will cost and why, its next annuity, and runs of many in steps."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from core.dates import add_months
from core.errors import ApprovalRequired, BadArguments, Conflict
from core.money import ZERO
from modules.insurance.autos.bonus_malus import entry_level, next_level
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.records import CommissionLine, Policy, Receipt, Term
from modules.insurance.kernel.renewals import tools
from modules.insurance.kernel.renewals.pricing import causes_of
from tests.modules.insurance.conftest import POLICIES, policy, vehicle
from tests.modules.insurance.test_autos import TODAY, rows

SOON = TODAY + timedelta(days=45)
BEGAN = add_months(SOON, -12)
DATES = {"original_start_date": BEGAN.isoformat(), "effective_date": BEGAN.isoformat(), "expiry_date": SOON.isoformat()}
DUE = [policy(at, "CL00001", **DATES, risk_description=f"Turismo, matrícula 70{at}KLM") for at in range(11, 19)]
CARS = [vehicle(at, "CL00001", plate=f"70{at}KLM") for at in range(11, 18)]  # of the last one nothing is known


@pytest.fixture(scope="module")
def due(garage):
    """The small book with eight policies that expire in 45 days."""
    garage("kernel_import_policies", "admin", rows=[*POLICIES, *DUE])
    garage("autos_import_vehicles", "admin", rows=CARS)
    return garage


def approved(installation, actor, call, tool, **args):
    """Ask as operations, approve as an executive, run once."""
    with pytest.raises(ApprovalRequired) as held:
        call(tool, "operations", **args)
    shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
    installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
    return installation.approvals.execute(actor("operations"), shown.id).value


class TestOnePolicy:
    def test_the_causes_add_up_to_the_change(self, due):
        price = due("kernel_preview_renewal", policy="0903-92550011")
        assert price.renews_on == SOON
        assert price.before + sum((cause.effect for cause in price.causes), ZERO) == price.after
        assert {"bm_level", "driver_age"} & {cause.field for cause in price.causes}
        assert "0903-92550011" in price.told("es")

    def test_a_claim_free_year_gains_a_level(self, due):
        causes = {cause.field: cause for cause in due("kernel_preview_renewal", policy="0903-92550011").causes}
        assert (causes["bm_level"].before, causes["bm_level"].after) == ("4", "3")
        assert causes["bm_level"].effect < ZERO

    def test_renewing_begins_the_next_annuity(self, due, installation, actor, call, tenant):
        price = due("kernel_preview_renewal", policy="0903-92550012")
        renewed = approved(installation, actor, call, "kernel_renew_policy", policy="0903-92550012")
        assert (renewed.effective_on, renewed.expires_on) == (SOON, add_months(SOON, 12))
        assert renewed.after == price.after == sum(receipt.total for receipt in renewed.receipts)
        (kept,) = rows(installation, tenant, Policy, Policy.policy_number == "0903-92550012")
        assert (kept.effective_on, kept.expires_on, kept.total_premium) == (SOON, add_months(SOON, 12), price.after)
        terms = rows(installation, tenant, Term, Term.policy_id == kept.id)
        assert sorted((term.number, term.kind) for term in terms) == [(1, "takeover"), (2, "renewal")]
        (receipt,) = rows(installation, tenant, Receipt, Receipt.policy_id == kept.id)
        assert (receipt.kind, receipt.due_on, receipt.state) == ("renewal", SOON, "pending")
        (line,) = rows(installation, tenant, CommissionLine, CommissionLine.receipt_id == receipt.id)
        assert line.base == kept.net_premium
        assert due("kernel_preview_renewal", policy="0903-92550012").renews_on == add_months(SOON, 12)
        with pytest.raises(Conflict, match="tres meses"):
            call("kernel_renew_policy", "operations", policy="0903-92550012")

    @pytest.mark.parametrize(
        ("number", "why"), [("0903-92550018", "no consta el riesgo"), ("0903-92550003", "no consta el riesgo")]
    )
    def test_what_can_not_be_renewed_says_why(self, due, number, why):
        with pytest.raises(Conflict) as refused:
            due("kernel_preview_renewal", policy=number)
        assert why in refused.value.told("es")

    def test_a_late_change_is_said(self, due):
        price = due("kernel_preview_renewal", policy="0903-92550011")
        assert price.late_notice  # 45 days are less than two months
        assert "LCS art. 22.3" in price.told("es")


class TestRun:
    def test_a_run_is_priced_and_renewed_in_steps_and_resumes(
        self, due, installation, actor, call, tenant, monkeypatch
    ):
        monkeypatch.setattr(tools, "PRICED_AT_ONCE", 3)
        monkeypatch.setattr(tools, "RENEWED_AT_ONCE", 3)
        run = due("kernel_plan_renewals", "operations", from_on=SOON.isoformat(), to_on=SOON.isoformat())
        steps = 0
        while due("kernel_show_renewals", run=run.run).state == "pricing":
            due("kernel_price_renewals", "operations", run=run.run)
            steps += 1
        planned = due("kernel_show_renewals", run=run.run)
        assert steps == 3
        assert (planned.state, planned.priced, planned.failed) == ("planned", 6, 1)  # one was renewed before
        assert [item.problem for item in due("kernel_show_renewals", run=run.run, only_failed=True).items] != [""]
        changed = rows(installation, tenant, Policy, Policy.policy_number == "0903-92550017")[0]
        due("kernel_import_policies", "admin", rows=[{**DUE[6], "cession_rate": "10", "collaborator_id": "COL02"}])
        started = approved(installation, actor, call, "kernel_start_renewals", run=run.run)
        assert started.state == "running"
        while due("kernel_show_renewals", run=run.run).state == "running":
            due("kernel_continue_renewals", "operations", run=run.run)
        done = due("kernel_show_renewals", run=run.run)
        assert (done.state, done.renewed, done.stale) == ("done", 5, 1)
        assert rows(installation, tenant, Policy, Policy.id == changed.id)[0].expires_on == SOON
        with pytest.raises(Conflict):
            due("kernel_continue_renewals", "operations", run=run.run)
        with installation.database.transaction(tenant.tenant_id) as session:
            renewed = select(Policy).where(Policy.expires_on == add_months(SOON, 12))
            total = sum(one.total_premium for one in session.exec(renewed) if one.policy_number != "0903-92550012")
        stale = next(item for item in done.items if item.state == "stale")
        assert total == done.after - stale.after

    def test_a_window_out_of_order_is_refused(self, due):
        with pytest.raises(BadArguments) as refused:
            due("kernel_plan_renewals", "operations", from_on="2027-02-01", to_on="2027-01-01")
        assert refused.value.detail["field"] == "to_on"


class TestScale:
    def test_entry_by_certificate(self):
        on = date(2026, 12, 1)
        assert entry_level(5, 0, date(2026, 11, 1), on).level == 5
        assert entry_level(2, 1, date(2026, 11, 1), on).level == 10
        assert entry_level(0, 5, date(2026, 11, 1), on).level == 14
        assert entry_level(5, 0, date(2024, 11, 30), on) == entry_level(0, 0, None, on)

    @given(st.integers(1, 18), st.integers(0, 6))
    def test_the_scale_has_ends_and_never_rewards_a_claim(self, level, claims):
        moved = next_level(level, claims)
        assert 1 <= moved <= 18
        assert moved <= level if claims == 0 else moved >= level


@settings(max_examples=60)
@given(
    st.integers(18, 75), st.integers(1, 18), st.integers(0, 20), st.integers(0, 3),
    st.decimals(Decimal(100), Decimal(3000), places=2),
)  # fmt: skip
def test_the_steps_of_a_price_always_add_up(age, level, vehicle_age, claims, before):
    line = line_of("autos")
    old = {
        "product": "terceros_ampliado", "vehicle_class": "turismo", "vehicle_value": "18500",
        "vehicle_age": vehicle_age,
        "power_cv": 110, "use": "particular", "zone": "B", "parking": "calle", "driver_age": age,
        "licence_years": age - 18, "bm_level": level, "at_fault_claims_5y": claims, "driver_accident_sum": "30000",
        "payment_frequency": "quarterly",
    }  # fmt: skip
    new = {**old, "driver_age": age + 1, "licence_years": age - 17, "vehicle_age": vehicle_age + 1,
           "bm_level": next_level(level, 0)}  # fmt: skip
    on = date(2027, 1, 1)
    after = line.rate_again(new, on).total
    assert after is not None
    causes = list(causes_of(line, old, new, on, line.tariff, before, after))
    assert before + sum((cause.effect for cause in causes), ZERO) == after
