"""Trade credit: price, quote, debtors with limits, declared sales and their settlement."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import add_months
from core.errors import BadArguments, Conflict
from modules.insurance.credito.line import LINE
from modules.insurance.credito.terms import indemnity, reserve
from modules.insurance.credito.tools import DebtorNotFound
from modules.insurance.kernel.declarations import MonthDeclared, MonthsMissing, SettledAlready, named
from tests.modules.insurance.taken_over import (
    approved,
    as_json,
    cases_of,
    check_demo_risks,
    inputs_of,
    refused,
    take_over,
)

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
MIXED = inputs_of("credito-C02")
DOMESTIC = inputs_of("credito-C01")


@pytest.mark.parametrize("case", cases_of("credito"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("credito_rate", **case["inputs"])) == case["expected"]


def test_from_the_quote_to_the_policy(book, installation, actor, call):
    """Exports are exempt, domestic sales are taxed; the largest debtor is asked for."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", **MIXED}
    without = {name: value for name, value in asked.items() if name != "largest_debtor_pct"}
    refused(BadArguments, book, "credito_quote_policy", "largest_debtor_pct", **without)
    quote = book("credito_quote_policy", **asked)
    refused(Conflict, book, "kernel_issue_policy", quote=quote.quote_number)
    quote = book("credito_quote_policy", **asked, payment_terms_days=60)
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert sum(part.ips for part in issued.receipts) == Decimal("460.80")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"cover_pct": 70}, "cover_pct"), ({"dso_days": 721}, "dso_days"), ({"debtor_sector": "ocio"}, "debtor_sector"),
     ({"bad_debt_bp": -1}, "bad_debt_bp"), ({"country_group": "todos"}, "country_group"),
     ({"domestic_insured_sales": 1.5}, "domestic_insured_sales"), ({"largest_debtor_pct": "101"}, "largest_debtor_pct"),
     ({"payment_terms_days": 0}, "payment_terms_days")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages."""
    args = {"customer": "Raquel Gómez", "insurer": "C0902", **MIXED, **change}
    refused(BadArguments, book, "credito_quote_policy", field, **args)


def test_debtors_have_limits_that_end(book, installation, actor, call):
    """Granted, changed, refused, ending; only what is valid counts and pays."""
    billed = {"net_premium_annual": "5760.00", "ips": "460.80", "consorcio": "8.64", "total_premium_annual": "6229.44"}
    number = take_over(book, 51, "credito", DOMESTIC, **billed)
    ask = {"policy": number, "debtor": "B12345674", "name": "Textiles Ñandú Ficticia, S.L.", "requested": "80000"}
    limit = {"granted": "50000", "valid_until": (TODAY + timedelta(days=30)).isoformat()}
    refused(BadArguments, book, "credito_set_limit", "granted", **ask, **limit | {"granted": "80000.01"})
    refused(BadArguments, book, "credito_set_limit", "valid_until", **ask, **limit | {"valid_until": "2020-01-01"})
    refused(BadArguments, book, "credito_set_limit", "debtor", **ask | {"debtor": "B-1"}, **limit)
    first = approved(installation, actor, call, "credito_set_limit", **ask, **limit)
    assert (first.state, first.granted) == ("ending", Decimal("50000.00"))
    far = (TODAY + timedelta(days=300)).isoformat()
    again = approved(installation, actor, call, "credito_set_limit", **ask, granted="60000", valid_until=far)
    assert again.state == "valid"
    denied = {**ask, "debtor": "B87654321", "granted": "0", "valid_until": far}
    assert approved(installation, actor, call, "credito_set_limit", **denied).state == "refused"
    found = book("credito_list_debtors", policy=number)
    assert (len(found.debtors), found.granted, found.most_of_year) == (2, Decimal("60000.00"), Decimal("172800.00"))
    paid = book("credito_calculate_indemnity", policy=number, debtor="b12345674", debt="70000", recovered="7000")
    assert (paid.covered, paid.indemnity, paid.own_share) == (Decimal(60000), Decimal("54000.00"), Decimal("16000.00"))
    assert (paid.insurer_recovery, paid.client_recovery) == (Decimal("5400.00"), Decimal("1600.00"))
    refused(DebtorNotFound, book, "credito_calculate_indemnity", policy=number, debtor="A1111111", debt="1")


def test_sales_are_declared_and_the_premium_put_right(book, installation, actor, call):
    """The tax of the difference falls on domestic sales alone; late months are listed."""
    ends = TODAY.replace(day=1)
    begins = add_months(ends, -4)
    dates = {"original_start_date": begins.isoformat(), "effective_date": begins.isoformat(),
             "expiry_date": ends.isoformat()}  # fmt: skip
    billed = {"net_premium_annual": "12952.00", "ips": "460.80", "consorcio": "19.43",
              "total_premium_annual": "13432.23"}  # fmt: skip
    number = take_over(book, 52, "credito", MIXED | {"payment_frequency": "annual"}, None, **dates, **billed)
    late = {row.policy: row.months for row in book("credito_list_late_declarations").policies}
    assert late[number][:3] == tuple(named(add_months(begins, n)) for n in range(3))
    refused(MonthsMissing, book, "credito_settle_declarations", policy=number)
    for n in range(4):
        month = named(add_months(begins, n))
        done = book("credito_record_declaration", policy=number, month=month, domestic="700000", export="300000")
        assert done.late == (n < 3 or TODAY.day > 15)
    refused(MonthDeclared, book, "credito_record_declaration", policy=number, month=month, domestic="1")
    assert number not in {row.policy for row in book("credito_list_late_declarations").policies}
    state = book("credito_show_declarations", policy=number)
    assert (state.declared, state.provisional, state.missing) == (Decimal(4_000_000), Decimal(4_000_000), ())
    settled = approved(installation, actor, call, "credito_settle_declarations", policy=number)
    real = book("credito_rate", **MIXED | {"payment_frequency": "annual", "domestic_insured_sales": "2800000",
                                           "export_insured_sales": "1200000"})  # fmt: skip
    assert settled.receipt.ips == real.ips - Decimal("460.80")
    assert settled.receipt.total == real.total - Decimal("13432.23")
    refused(SettledAlready, book, "credito_settle_declarations", policy=number)


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "credito", "CL00001") == 5


def test_the_first_reserve():
    """90 % of the overdue, less a fifth that may be recovered."""
    assert reserve(Decimal(10_000), 90) == Decimal("7200.00")
    assert LINE.claim_types["insolvencia"].opening_reserve({**DOMESTIC, "overdue_60d": "10000"}) == Decimal("7200.00")
    assert LINE.withdrawal_days == 0


MONEY = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)


@given(MONEY, MONEY, st.sampled_from((80, 85, 90, 95)), MONEY, MONEY)
def test_no_limit_is_exceeded_and_nothing_is_lost(debt, limit, pct, left, recovered):
    """The debt is paid or borne, a recovery is the one's or the other's, and no limit is passed."""
    found = indemnity(debt, limit, pct, left, recovered)
    assert found.indemnity + found.own_share == debt
    assert found.indemnity <= min(left, limit, debt)
    assert found.insurer_recovery + found.client_recovery == min(recovered, debt)
    assert min(found.insurer_recovery, found.client_recovery) >= 0
