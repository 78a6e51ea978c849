"""Who owes, and what will come in: on receipts that the test wrote itself."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.dates import add_months, month_end
from modules.integration_automation.engines.collections_forecast import TooFewPayments
from modules.integration_automation.engines.debtors import SIGNS, NobodyOwes
from tests.modules.core_business.people import days_ago, today
from tests.modules.integration_automation.books_of_customers import load, people, policy, receipt

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def empty(run: Run) -> None:
    """Nobody owes anything yet."""
    with pytest.raises(NobodyOwes):
        run("credit_scoring_score_debtors")
    with pytest.raises(TooFewPayments, match="hay 0"):
        run("time_series_forecast_collections")


@pytest.fixture(scope="module")
def book(run: Run, empty: None) -> None:
    """Sixty payers of a past year, of whom thirty pay on the due date and thirty ten days later; three debtors."""
    payers, late, worst, mild = range(1, 61), 61, 62, 63
    policies = [
        *(policy(n, n, began=340, ends=25, payment_frequency="anual") for n in payers),
        *(policy(n, n, began=340, ends=25, payment_frequency="anual") for n in (late, worst, mild)),
    ]
    receipts = [
        *(receipt(n, n, 300, paid_after=0 if n % 2 else 10) for n in payers),
        receipt(100, late, 40),
        receipt(101, worst, 200),
        receipt(102, worst, 100, status="devuelto", return_reason="MD06"),
        receipt(103, worst, 50),
        receipt(104, mild, 5),
        receipt(105, mild, 300, paid_after=2),
        receipt(106, mild, 200, paid_after=1),
        receipt(107, mild, 100, paid_after=1),
    ]
    load(run, people(range(1, 64)), policies, receipts)


@pytest.mark.usefixtures("book")
def test_points_add_up_from_the_reasons_that_are_shown(run: Run) -> None:
    found = run("credit_scoring_score_debtors")
    assert (found.debtors, found.owed) == (3, Decimal("550.00"))
    points = {sign.said: sign.points for sign in SIGNS}
    assert all(row.score == sum(points[reason] for reason in row.reasons) for row in found.rows)
    worst, late, mild = found.rows
    assert (worst.score, worst.band, worst.owed, worst.receipts, worst.oldest_days) == (90, "high", 330, 3, 200)
    assert (late.score, late.reasons[0]) == (50, "la deuda más antigua pasa de 30 días")
    assert (mild.score, mild.band, mild.reasons) == (0, "low", ())
    assert (found.high, found.owed_high) == (1, Decimal("330.00"))
    assert "RGPD art. 22" in found.told("es")
    assert any("de hace 60 días" in caution for caution in found.cautions)


def test_no_debtor_has_more_than_a_hundred_points() -> None:
    age = max(SIGNS[0].points, SIGNS[1].points)
    assert age + sum(sign.points for sign in SIGNS[2:]) == 100


@pytest.mark.usefixtures("book")
def test_points_are_held_against_what_was_paid_since(run: Run) -> None:
    """Twenty-four owed two months ago: the twelve who had paid nothing for a year still do."""
    good, bad = range(201, 213), range(213, 225)
    policies = [policy(n, n, began=340, ends=25, payment_frequency="anual") for n in (*good, *bad)]
    receipts = [
        *(receipt(n, n, 65, paid_after=30) for n in good),
        *(receipt(100 + n, n, 300, paid_after=0) for n in good),
        *(receipt(200 + n, n, 250, paid_after=0) for n in good),
        *(receipt(n, n, 65) for n in bad),
    ]
    load(run, people((*good, *bad)), policies, receipts)
    found = run("credit_scoring_score_debtors")
    assert found.auc is not None
    assert found.auc > 0.95
    assert found.auc_low <= found.auc <= found.auc_high
    # What is known only since must not count: those who have paid since had the same weight of debt then.
    assert {row.name for row in found.rows} >= {f"Ana Número {n}" for n in bad}


@pytest.mark.usefixtures("book")
def test_what_is_due_next_month_comes_in_as_receipts_are_paid(run: Run) -> None:
    """An annual policy renews within the horizon: its premium is expected, as most such receipts are paid."""
    found = run("time_series_forecast_collections", months=3)
    whole = [row for row in found.rows if row.whole]
    assert len(whole) == 3
    assert whole[0].from_on == add_months(today().replace(day=1), 1)
    assert all(row.to_on == month_end(row.from_on) for row in whole)
    assert sum(row.expected for row in whole) == pytest.approx(found.expected, abs=Decimal("0.03"))
    assert found.low < found.expected < found.high
    renewing = sum(row.due for row in found.rows)
    # Nobody leaves in this book: the sixty whose last receipt is a year old by then renew at their whole premium.
    assert renewing == 60 * 1320
    everything = sum(row.expected for row in found.rows)
    assert 0.6 * float(renewing) < float(everything) < float(renewing) + 18 * 110
    assert f"{len(whole)} meses" in found.told("es")
    assert any("los que cobra la aseguradora" in caution for caution in found.cautions)


@pytest.mark.usefixtures("book")
def test_payment_follows_the_curve_of_the_past(run: Run) -> None:
    """The share paid within 30 days is that of Kaplan and Meier, computed by hand."""
    found = run("time_series_forecast_collections", months=1)
    assert found.receipts_seen == 60 + 8 + 12 * 4
    # Of 116 seen 99 were paid; nobody is censored before day 30 but one at day 5, after 59 payments.
    assert found.paid_by_30_days == pytest.approx(1 - _unpaid_at_thirty(), abs=1e-4)


def _unpaid_at_thirty() -> float:
    """S(30) of the book: events on days 0, 1, 2, 10 and 30; one censored on day 5."""
    at_risk, unpaid = 116, 1.0
    for day, paid in ((0, 30 + 24), (1, 2), (2, 1), (5, None), (10, 30), (30, 12)):
        if paid is None:
            at_risk -= 1
            continue
        unpaid *= 1 - paid / at_risk
        at_risk -= paid
        assert day <= 30
    return unpaid


@pytest.mark.usefixtures("book")
def test_payments_are_known_only_from_the_day_they_were_made(run: Run) -> None:
    """Two months ago the receipts that were paid since were still unpaid."""
    on = today() - timedelta(days=60)
    run(
        "engines_extract_data_set", _as="owner", name="pagos_de_entonces", query="receipt_payments",
        from_on=(on - timedelta(days=10)).isoformat(), to_on=on.isoformat(),
    )  # fmt: skip
    look = run("engines_show_data_set", _as="owner", name="pagos_de_entonces")
    assert look.rows == 24
    assert all((row["paid"], row["days"]) == (0, 5) for row in look.first_rows)
    assert days_ago(60) == on.isoformat()
