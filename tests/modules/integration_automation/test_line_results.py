"""Loss ratios and the rates that they ask for, from rows that the tests write."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

import pytest

from core.dates import add_months
from core.errors import BadArguments
from modules.integration_automation.engines.line_results import NothingEarned
from tests.modules.core_business.people import INSURER, customer_row
from tests.modules.integration_automation.claims_book import claim, months_back, policy, receipt, take_over

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]
FULL = 1082.217  # claims of full credibility: (1.644854 / 0.05)²


@pytest.fixture(scope="module", autouse=True)
def book(run: Run) -> None:
    """Two homes and a car: 1,200 earned of one home, half a year's of the car; claims inside and outside."""
    begin, middle = months_back(12), months_back(6)
    take_over(
        run,
        insurers=[INSURER],
    )
    run("crm_import_customers", _as="owner", rows=[customer_row("CL1", "22222222J", "Raquel", "Gómez")])
    take_over(
        run,
        policies=[policy("PO1", begin), policy("PO2", middle, line="autos"), policy("PO3", begin)],
        receipts=[
            receipt("RE1", "PO1", begin, "1200.00"),
            receipt("RE2", "PO2", middle, "1000.00", status="pendiente", paid_date=""),
            receipt("RE3", "PO3", begin, "900.00", status="anulado", paid_date=""),
        ],
        claims=[
            claim("SI1", "PO1", begin + timedelta(days=40), "600.00"),
            claim("SI2", "PO1", begin - timedelta(days=1), "5000.00"),
            claim("SI3", "PO2", middle + timedelta(days=3), "0"),
        ],
    )


def line_of(found: Any, code: str) -> Any:
    return next(row for row in found.lines if row.line == code)


def test_claims_of_the_period_stand_over_the_premium_that_it_earned(run: Run) -> None:
    found = run("loss_ratio_show_line", line="hogar")
    home = line_of(found, "hogar")
    assert (home.earned, home.incurred, home.claims) == (Decimal("1200.00"), Decimal("600.00"), 1)
    assert home.loss_ratio == 0.5
    assert home.credibility == pytest.approx(sqrt(1 / FULL), abs=1e-6)
    assert "50,0 %" in found.told("es")
    assert "50.0 %" in found.told("en")


def test_premium_is_earned_by_days_and_owed_premium_is_said(run: Run) -> None:
    found = run("loss_ratio_show_line")
    begins, ends = months_back(6), months_back(0)
    earned = 1000 * (ends - begins).days / (add_months(begins, 12) - begins).days
    car = line_of(found, "autos")
    assert float(car.earned) == pytest.approx(earned, abs=0.01)
    assert found.unpaid == car.earned
    assert car.loss_ratio == 0
    assert found.loss_ratio == pytest.approx(600 / (1200 + earned), abs=1e-6)
    assert found.earned == sum(row.earned for row in found.lines)


def test_days_in_force_without_a_receipt_are_said(run: Run) -> None:
    found = run("loss_ratio_show_line")
    year, half = (months_back(0) - months_back(12)).days, (months_back(0) - months_back(6)).days
    assert found.receipts_cover == pytest.approx((year + half) / (2 * year + half), abs=1e-4)
    assert any("días en vigor" in caution for caution in found.cautions)


def test_a_period_can_be_said_and_one_without_premium_is_refused(run: Run) -> None:
    quarter = run("loss_ratio_show_line", line="hogar", from_on=months_back(3).isoformat())
    days = (months_back(0) - months_back(3)).days
    year = (months_back(0) - months_back(12)).days
    assert float(line_of(quarter, "hogar").earned) == pytest.approx(1200 * days / year, abs=0.01)
    assert line_of(quarter, "hogar").claims == 0
    with pytest.raises(NothingEarned, match="vida"):
        run("loss_ratio_show_line", line="vida")
    with pytest.raises(BadArguments, match="from_on"):
        run("loss_ratio_show_line", from_on="2999-01-01")


def test_listings_of_insurers_come_in_only_when_asked_for(run: Run) -> None:
    day = (months_back(12) + timedelta(days=9)).isoformat()
    rows = [{"line": "hogar", "claim_ref": "H1", "occurred_on": day, "moved_on": day, "paid": "400.00"}]
    run("reserving_import_loss_run", _as="owner", insurer="Otra", rows=rows)
    assert line_of(run("loss_ratio_show_line"), "hogar").incurred == Decimal("600.00")
    asked = run("loss_ratio_show_line", line="hogar", with_listings=True)
    assert line_of(asked, "hogar").incurred == Decimal("1000.00")
    assert line_of(asked, "hogar").claims == 2


def test_the_indicated_change_is_the_formulas(run: Run) -> None:
    given = {"fixed_expense_pct": "5", "variable_expense_pct": "20", "profit_pct": "5", "loss_adjustment_pct": "10"}
    found = run("loss_ratio_indicate_rate", line="hogar", **given)
    assert found.own_change == pytest.approx((0.5 * 1.1 + 0.05) / 0.75 - 1)  # Werner & Modlin, ch. 8
    assert found.permissible_loss_ratio == pytest.approx(0.70)
    blended = line_of(run("loss_ratio_show_line"), "hogar").blended
    assert found.blended_change == pytest.approx((blended * 1.1 + 0.05) / 0.75 - 1, abs=1e-5)
    with pytest.raises(BadArguments, match="profit_pct"):
        run("loss_ratio_indicate_rate", line="hogar", fixed_expense_pct="5", variable_expense_pct="20")
