"""Reserves and investment risk from the house's own rows."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.dates import month_end
from core.errors import BadArguments, Conflict
from modules import demo
from modules.integration_automation.engines.reserve_risk import CannotSimulate
from modules.integration_automation.engines.reserves import TooLittleHistory
from tests.engines.cases import datasets

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]


def movements(triangle: list[list[float | None]], first_year: int) -> list[dict[str, Any]]:
    """A listing whose payments add up to a cumulative triangle of calendar years."""
    rows = []
    for i, row in enumerate(triangle):
        known = [value for value in row if value is not None]
        for age, (now, before) in enumerate(zip(known, [0.0, *known], strict=False)):
            rows.append(
                {
                    "line": "autos", "claim_ref": f"R-{i}", "occurred_on": f"{first_year + i}-06-15",
                    "moved_on": f"{first_year + i + age}-12-01", "paid": f"{now - before:.2f}",
                }
            )  # fmt: skip
    return rows


def test_the_portfolios_triangle_gives_the_published_reserve(run: Run) -> None:
    rows = movements(datasets()["taylor_ashe"], 2016)
    assert run("reserving_import_loss_run", _as="owner", insurer="Ejemplo", rows=rows).created == len(rows)
    found = run("reserving_estimate_ibnr", line="autos", basis="paid", as_of="2025-12-31")
    assert found.claims == 10
    assert float(found.ibnr) == pytest.approx(18_680_856, abs=1)
    assert float(found.standard_error) == pytest.approx(2_447_095, abs=1)
    assert found.ibnr == sum(row.ibnr for row in found.origins)
    assert "18.680.85" in found.told("es")


def test_the_reserves_spread_is_that_of_the_published_model(run: Run) -> None:
    """England & Verrall (2002), table 4: prediction error 2,945,659 of the over-dispersed Poisson model."""
    found = run("reserving_simulate_ibnr", line="autos", as_of="2025-12-31")
    assert float(found.reserve) == pytest.approx(18_680_856, abs=1)
    assert float(found.standard_error) == pytest.approx(2_945_659, rel=0.05)
    enough = [p.reserve for p in found.percentiles]
    assert enough == sorted(enough)
    assert found == run("reserving_simulate_ibnr", line="autos", as_of="2025-12-31")
    assert "no pasa de" in found.told("es")
    assert "18,680,85" in found.told("en")


def test_what_goes_down_cannot_be_simulated_and_says_on_what_it_can(run: Run) -> None:
    rows = [
        {
            "line": "multirriesgo", "claim_ref": f"C-{year}", "occurred_on": f"{year}-06-15",
            "moved_on": f"{year + age}-12-01", "paid": "100", "reserve_change": str(change),
        }
        for year in range(2020, 2026)
        for age, change in enumerate((900, -300, -200, -100, -100, -200))
        if year + age <= 2025
    ]  # fmt: skip
    run("reserving_import_loss_run", _as="owner", insurer="Ejemplo", rows=rows)
    with pytest.raises(CannotSimulate, match=r"sobre siniestralidad incurrida: el triángulo .* Pídalo sobre pagos"):
        run("reserving_simulate_ibnr", line="multirriesgo", basis="incurred", as_of="2025-12-31")


def test_years_end_with_the_month_of_valuation(run: Run) -> None:
    late = run("reserving_estimate_ibnr", line="autos", basis="paid", as_of="2026-03-31")
    assert [row.origin for row in late.origins][-1] == "04/2025–03/2026"
    assert month_end(date(2024, 2, 7)) == date(2024, 2, 29)


def test_a_line_without_four_years_says_so(run: Run) -> None:
    with pytest.raises(TooLittleHistory, match="cuatro años"):
        run("reserving_estimate_ibnr", line="hogar")


def test_the_same_listing_again_changes_nothing_and_a_wrong_one_is_refused(run: Run) -> None:
    rows = [{"line": "hogar", "claim_ref": "H-1", "occurred_on": "2025-01-10", "moved_on": "2025-02-01", "paid": "10"}]
    assert run("reserving_import_loss_run", _as="owner", insurer="Ejemplo", rows=rows).created == 1
    assert run("reserving_import_loss_run", _as="owner", insurer="Ejemplo", rows=rows).unchanged == 1
    rows[0]["moved_on"] = "2024-12-31"
    with pytest.raises(BadArguments, match=r"rows\.0\.moved_on"):
        run("reserving_import_loss_run", _as="owner", insurer="Ejemplo", rows=rows)


def test_the_claim_movements_can_be_kept_as_a_data_set_and_computed_on_by_name(run: Run) -> None:
    kept = run(
        "engines_extract_data_set", _as="owner", name="paid_motor", query="claim_movements", line="autos",
        from_on="2016-01-01", to_on="2025-12-31",
    )  # fmt: skip
    assert kept.rows == 55
    built = run(
        "reserving_triangle_build", data={"dataset": "paid_motor"}, origin="occurred_on", movement="moved_on",
        amount="paid",
    )  # fmt: skip
    assert built.cumulative[0] == pytest.approx(datasets()["taylor_ashe"][0])


def test_the_investments_lose_no_more_than_their_worst_day(run: Run) -> None:
    with pytest.raises(Conflict, match="importe las posiciones"):
        run("risk_measure_investments")
    run("portfolio_import_holdings", _as="owner", rows=demo.read("investments"))
    run("portfolio_import_prices", _as="owner", rows=demo.read("investment_prices"))
    day, ten = (run("risk_measure_investments", confidence=0.99, horizon_days=h) for h in (1, 10))
    holdings = run("portfolio_show_investments")
    assert day.value == holdings.value == sum((h.value for h in holdings.holdings), Decimal(0))
    assert Decimal(0) < day.var <= day.expected_shortfall < day.value
    assert day.var < ten.var
    assert run("risk_measure_investments", confidence=99) == day
    assert run("risk_measure_investments", confidence=0.9).var < day.var
    assert day.charts


def test_a_second_price_of_a_day_is_refused(run: Run) -> None:
    price = {**demo.read("investment_prices")[0], "price": "1.00"}
    with pytest.raises(BadArguments, match=r"rows\.0\.price"):
        run("portfolio_import_prices", _as="owner", rows=[price])
    assert json.dumps(run("portfolio_show_investments").told("en"))
