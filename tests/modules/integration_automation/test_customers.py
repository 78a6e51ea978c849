"""Segments, who may leave and what customers are worth: on a book whose history the test wrote itself."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from modules.integration_automation.engines.churn import DRIVERS, points_of
from modules.integration_automation.engines.customers import TRAITS
from modules.integration_automation.engines.lifetime import TooFewDepartures
from tests.modules.core_business.people import days_ago
from tests.modules.integration_automation.books_of_customers import load, people, policy, receipt, ref

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]
LEAVERS, STAYERS = range(1, 41), range(41, 121)


@pytest.fixture(scope="module")
def book(run: Run) -> None:
    """Forty newcomers who left in an annuity that is over, all late payers; eighty old customers who stayed.

    The stayers pay on time; ten of them owe a receipt of three months ago today.
    """
    customers = [
        *(row for n in LEAVERS for row in people([n], customer_since=days_ago(700 + n))),
        *(row for n in STAYERS for row in people([n], customer_since=days_ago(7000 + n))),
    ]
    before = {"began": 400, "ends": -35}
    policies = [
        *(policy(n, n, **before, status="anulada", payment_frequency="anual", line="hogar") for n in LEAVERS),
        *(policy(n, n, **before, payment_frequency="anual", line="hogar") for n in STAYERS),
        *(policy(500 + n, n, began=100, ends=265, payment_frequency="anual") for n in STAYERS if n % 2),
    ]
    receipts = [
        *(receipt(n, n, 450, paid_after=30 + n % 9) for n in LEAVERS),
        *(receipt(n, n, 450, paid_after=n % 3) for n in STAYERS),
        *(receipt(500 + n, 500 + n, 90) for n in [n for n in STAYERS if n % 2][:10]),
    ]
    load(run, customers, policies, receipts)


@pytest.mark.usefixtures("book")
def test_enough_departures_make_a_model_and_its_measure_is_shown(run: Run) -> None:
    found = run("supervised_predict_churn", line="hogar")
    assert (found.basis, found.annuities, found.departures) == ("model", 120, 40)
    # Newcomers left and old customers stayed: nothing is easier to tell apart.
    assert found.auc == 1.0
    assert found.customers == 80
    assert "120 anualidades completas y 40 bajas" in found.told("es")
    assert "1,00" in found.told("es")
    assert any("C-236/09" in caution for caution in found.cautions)


@pytest.mark.usefixtures("book")
def test_without_departures_rules_decide_and_say_so(run: Run) -> None:
    found = run("supervised_predict_churn", line="autos", limit=50)
    assert (found.basis, found.departures, found.auc) == ("rules", 0, None)
    assert found.customers == 40
    assert [one.score for one in found.at_risk[:11]] == [35] * 10 + [10]
    assert found.at_risk[0].reasons == ("recibos con más de 30 días sin pagar", "una sola póliza")
    assert "no una probabilidad" in found.told("es")


def test_points_never_pass_a_hundred() -> None:
    class Worst:
        overdue = lost = complaints = returned = policies = 1
        seniority = renewal_days = 0

    assert points_of(Worst) == 100 == sum(driver.points for driver in DRIVERS)


@pytest.mark.usefixtures("book")
def test_segments_hold_every_customer_once_and_bear_names(run: Run) -> None:
    found = run("unsupervised_segment_customers")
    assert 3 <= found.k <= 6
    assert found.k == len(found.segments)
    assert sum(s.customers for s in found.segments) == found.customers == 80
    assert len({s.name for s in found.segments}) == found.k
    owing = next(s for s in found.segments if "con impagos" in s.name)
    assert (owing.customers, owing.overdue) == (10, 1.0)
    assert sum(s.premium_total for s in found.segments) == 120 * 1320
    assert found.silhouette is not None
    assert found.silhouette > 0.5
    assert all(s.name in found.told("es") for s in found.segments)
    assert [chart.title for chart in found.charts] == ["Prima anual por segmento", "Clientes por riesgo de irse"]
    assert set(TRAITS) == {"overdue", "claims", "policies", "premium", "seniority"}


@pytest.mark.usefixtures("book")
def test_what_was_not_known_on_the_day_is_not_in_the_features(run: Run) -> None:
    def extracted(name: str, on: int) -> Any:
        run(
            "engines_extract_data_set", _as="owner", name=name, query="customer_features",
            from_on=days_ago(on + 1000), to_on=days_ago(on),
        )  # fmt: skip
        kept = run("engines_show_data_set", _as="owner", name=name)
        return kept, {row["policies"] for row in kept.first_rows}

    today, _ = extracted("hoy", 0)
    assert today.rows == 80
    # Before the second policy began nobody had two, those who would leave were still there, and nobody owed.
    earlier, policies = extracted("hace_un_tiempo", 400)
    assert (earlier.rows, policies) == (120, {1.0})
    assert all(row["lost"] == row["overdue"] == 0 for row in earlier.first_rows)
    # Thirty-six days after the due date the eight slowest of the leavers still owed, though they have paid since.
    extracted("aun_debian", 414)
    owed = run("descriptive_summarize", _as="owner", x={"dataset": "aun_debian", "column": "overdue"})
    assert owed.mean == pytest.approx(8 / 120)
    names = {column.name for column in today.columns}
    assert not names & {"sex", "birth_date", "name", "id_number", "email", "postal_code"}


@pytest.mark.usefixtures("book")
def test_who_refuses_profiling_is_left_out(run: Run) -> None:
    before = run("supervised_predict_churn", line="hogar", limit=50)
    run(
        "crm_record_consent", customer=ref(120), purpose="profiling", granted=False, channel="phone", evidence="llamada"
    )
    after = run("supervised_predict_churn", line="hogar", limit=50)
    assert after.customers == before.customers - 1


@pytest.mark.usefixtures("book")
def test_the_value_is_the_margin_times_the_annuity_of_staying(run: Run) -> None:
    found = run("actuarial_value_customers", discount_rate=4, years=5)
    assert found.departures == 40
    assert not found.rate_assumed
    # A year's commission of 10 % on 1,200 EUR of each policy, in the middle of each year.
    assert found.margin == found.policies * 120
    kept = found.retention / 100
    expected = sum(math.exp((t + 0.5) * math.log(kept)) / 1.04 ** (t + 0.5) for t in range(5)) * float(found.margin)
    assert float(found.value) == pytest.approx(expected, rel=1e-3)
    assert found.value_low < found.value < found.value_high
    assert found.retention_low < found.retention < found.retention_high
    assert sum(kind.value for kind in found.kinds) == found.value


@pytest.mark.usefixtures("book")
def test_a_rate_that_nobody_gave_is_said(run: Run) -> None:
    found = run("actuarial_value_customers")
    assert found.rate_assumed
    assert "es un supuesto" in found.told("es")
    values = [one.value for one in found.other_rates]
    assert values == sorted(values, reverse=True)


def test_too_few_departures_are_counted_for_the_person() -> None:
    assert TooFewDepartures(need=10, n=3).told("es").endswith("en la cartera hay 3.")
