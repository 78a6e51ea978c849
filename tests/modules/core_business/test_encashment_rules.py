"""Ages and legal clocks hold for every date; the receipt's life holds for every order of acts."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Conflict
from modules.core_business.encashment.reasons import reasons
from modules.core_business.encashment.rules import UPPER_BOUNDS, Age, Cover, age, days_overdue, legal_clock
from tests.modules.core_business.people import INSURER, customer_row, policy_row, receipt_row, today

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


@given(DAYS, DAYS)
def test_every_receipt_has_one_age_and_it_is_that_of_its_days(due_on, on):
    bucket, days = age(due_on, on), days_overdue(due_on, on)
    lower = {Age.NOT_DUE: 0, Age.UP_TO_30: 1, Age.UP_TO_60: 31, Age.UP_TO_90: 61, Age.OVER_90: 91}[bucket]
    upper = {name: bound for bound, name in UPPER_BOUNDS}.get(bucket, days)
    assert lower <= days <= upper


@given(DAYS, DAYS, st.booleans(), st.booleans())
def test_the_clock_of_article_15_runs_one_way(due_on, on, first, claimed):
    clock = legal_clock(due_on, on, first=first, claimed=claimed)
    assert due_on < clock.suspended_after < clock.extinct_after
    later = legal_clock(due_on, on + timedelta(days=1), first=first, claimed=claimed)
    order = list(Cover)
    assert order.index(later.cover) >= order.index(clock.cover)
    assert (clock.cover is Cover.NOT_DUE) == (on <= due_on)
    assert not (claimed and clock.cover is Cover.EXTINCT)


@pytest.mark.parametrize(
    ("due_on", "on", "cover"),
    [
        ("2026-01-31", "2026-01-31", Cover.NOT_DUE),
        ("2026-01-31", "2026-02-28", Cover.IN_GRACE),
        ("2026-01-31", "2026-03-01", Cover.SUSPENDED),
        ("2028-01-31", "2028-02-29", Cover.IN_GRACE),
        ("2026-01-31", "2026-07-31", Cover.SUSPENDED),
        ("2026-01-31", "2026-08-01", Cover.EXTINCT),
        ("2025-08-31", "2026-03-01", Cover.EXTINCT),
    ],
)
def test_cover_ends_a_calendar_month_after_the_due_day_and_the_contract_after_six(due_on, on, cover):
    assert legal_clock(date.fromisoformat(due_on), date.fromisoformat(on)).cover is cover


def test_the_first_premium_has_no_month_of_grace():
    assert legal_clock(date(2026, 1, 31), date(2026, 2, 1), first=True).cover is Cover.FIRST_PREMIUM_UNPAID


def test_every_reason_says_what_it_means_and_what_to_do_in_both_languages():
    assert {"AC04", "AM04", "MD06", "MS02"} <= set(reasons())
    for code, why in reasons().items():
        assert why.code == code
        assert why.meaning("es") != why.meaning("en")
        assert why.next_step("es").endswith(".")


@pytest.fixture(scope="module")
def book(run):
    """Twelve receipts of one customer, of all ages and states."""
    run("kernel_import_insurers", _as="owner", rows=[INSURER])
    run("crm_import_customers", _as="owner", rows=[customer_row("CL80001", "22222222J", "Raquel", "Gómez Gil")])
    run("kernel_import_policies", _as="owner", rows=[policy_row("PO80001", "CL80001")])
    overdue = (-40, -1, 0, 1, 29, 30, 31, 59, 60, 61, 90, 91)
    rows = [
        receipt_row(f"RE8000{n:02}", "PO80001", days, net_premium=f"{100 + n}.0{n % 10}", total=f"{110 + n}.0{n % 10}")
        for n, days in enumerate(overdue)
    ]
    run("kernel_import_receipts", _as="owner", rows=rows)
    return [(row["receipt_id"], Decimal(row["total"]), days) for row, days in zip(rows, overdue, strict=True)]


def test_sql_ages_receipts_as_the_rules_do(run, book):
    found = {bucket.age: bucket for bucket in run("encashment_list_pending").ageing}
    for bucket in Age:
        mine = [total for _, total, days in book if age(today() - timedelta(days=days), today()) is bucket]
        assert (found[bucket].count, found[bucket].total) == (len(mine), sum(mine, Decimal(0)))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_in_any_order_of_acts_money_is_collected_once_and_totals_agree(run, book, seed):
    """A model of the receipt's life beside the real one: each act must succeed exactly where the model's does."""
    chance = random.Random(seed)
    ref, total, _ = chance.choice(book)
    state = run("encashment_show_receipt", receipt=ref).state
    for _ in range(4):
        act = chance.choice(("collect", "return"))
        allowed = {"collect": ("pending", "returned"), "return": ("pending", "paid")}[act]
        args = {"medium": "card"} if act == "collect" else {"reason_code": "AM04"}
        if state in allowed:
            state = run(f"encashment_{act}_receipt", receipt=ref, **args).state
            assert state == {"collect": "paid", "return": "returned"}[act]
        else:
            with pytest.raises(Conflict):
                run(f"encashment_{act}_receipt", receipt=ref, **args)
        view = run("encashment_show_receipt", receipt=ref)
        events = [row.event for row in view.history]
        assert view.state == state
        assert not any(pair == ("collected", "collected") for pair in zip(events, events[1:], strict=False))
    owed = run("encashment_list_pending", customer="CL80001", limit=100)
    assert owed.total == sum((r.total for r in owed.receipts), Decimal(0)) == sum(b.total for b in owed.ageing)
    overdue = run("encashment_list_overdue", customer="CL80001", limit=100)
    assert overdue.total == sum((r.total for r in overdue.receipts), Decimal(0)) == sum(b.total for b in overdue.ageing)
