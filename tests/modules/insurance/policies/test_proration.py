"""The arithmetic of differences, pure: the reference's cases to the cent, and what must always hold."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.insurance.kernel.amounts import Amounts, negative, plus
from modules.insurance.kernel.policies.clawback import Rule, clawed_back, months_between, rule_of
from modules.insurance.kernel.policies.proration import Annual, Period, Share, balance, part_of, unearned
from modules.insurance.kernel.policies.reasons import short_period_scale
from modules.insurance.kernel.tariff import charges_on

CHARGES = charges_on(date(2026, 1, 1))
YEAR = Period(begins=date(2026, 1, 1), ends=date(2027, 1, 1))
CENTS = st.integers(0, 5_000_00).map(lambda cents: Decimal(cents) / 100)


def home(premium: str = "200.00", ccs: str = "8.75") -> Annual:
    """The household policy of the reference's case X7."""
    share = Share(code="continente", premium=Decimal(premium), taxed=Decimal(premium))
    return Annual(shares=(share,), surcharges={"ccs_re": Decimal(ccs), "lea": Decimal("0.30")})


def test_case_x7():
    """Cancelled after 146 of 365 days: 120.00, 9.60 and 0.18 back, 129.78, and 5.25 of the Consorcio's."""
    back = unearned(home(), YEAR, date(2026, 1, 1) + timedelta(146), CHARGES)
    assert (back.premium, back.ips) == (Decimal("120.00"), Decimal("9.60"))
    assert back.surcharges == {"ccs_re": Decimal("5.25"), "lea": Decimal("0.18")}
    assert back.total == Decimal("135.03")
    kept = unearned(home(), YEAR, date(2026, 1, 1) + timedelta(146), CHARGES, ccs_refundable=False)
    assert kept.total == Decimal("129.78")


def test_a_supplement_in_a_leap_year():
    """366 days count in a year that has them; a coverage that is new costs its days."""
    period = Period(begins=date(2027, 6, 1), ends=date(2028, 6, 1))
    old = Annual(shares=(Share(code="a", premium=Decimal(100), taxed=Decimal(100)),))
    more = Share(code="b", premium=Decimal("73.20"), taxed=Decimal("73.20"))
    found = part_of(Annual(shares=(*old.shares, more)), period.left(date(2028, 3, 1)), period.days, CHARGES, base=old)
    assert (period.days, period.left(date(2028, 3, 1))) == (366, 92)
    assert found.coverages == {"a": Decimal(0), "b": Decimal("18.40")}
    assert (found.ips, found.surcharges) == (Decimal("1.47"), {"lea": Decimal("0.03")})


def test_only_taxed_coverages_bear_the_tax():
    """The export part of a credit policy is exempt; the guarantee fund is of the compulsory cover alone."""
    shares = (
        Share(code="nacional", premium=Decimal(365), taxed=Decimal(365)),
        Share(code="exportacion", premium=Decimal(730)),
        Share(code="soa", premium=Decimal(365), guarantee_fund=True),
    )
    back = unearned(Annual(shares=shares), YEAR, date(2026, 12, 31), CHARGES)
    assert back.coverages == {"nacional": Decimal(1), "exportacion": Decimal(2), "soa": Decimal(1)}
    assert (back.ips, back.surcharges["ccs_guarantee_fund"]) == (Decimal("0.08"), Decimal("0.02"))


@given(premiums=st.lists(CENTS, min_size=1, max_size=6), days=st.integers(0, 365), ccs=CENTS)
def test_a_change_and_its_undoing_cost_nothing(premiums, days, ccs):
    """There and back on the same day is nothing, to the cent, whatever is rounded."""
    shares = tuple(Share(code=str(n), premium=p, taxed=p, guarantee_fund=n == 0) for n, p in enumerate(premiums))
    new, on = Annual(shares=shares, surcharges={"ccs_re": ccs}), YEAR.begins + timedelta(days)
    left = YEAR.left(on)
    there = part_of(new, left, YEAR.days, CHARGES, base=home())
    back = part_of(home(), left, YEAR.days, CHARGES, base=new)
    assert plus(there, back).total == 0
    assert there.premium == sum(there.coverages.values())


@given(annual=CENTS, days=st.integers(0, 365), paid=st.integers(0, 12))
def test_what_was_paid_and_the_difference_is_what_is_owed(annual, days, paid):
    """Paid + difference = all that was billed - unearned, however many of twelve receipts were paid."""
    whole = home(str(annual))
    month = (annual / 12).quantize(Decimal("0.01"), "ROUND_DOWN")
    receipts = [annual - 11 * month, *([month] * 11)]
    gone = sum(receipts[paid:], Decimal(0))
    back = unearned(whole, YEAR, YEAR.begins + timedelta(days), CHARGES)
    due = balance(Amounts(premium=gone, taxed=gone), back, CHARGES)
    assert sum(receipts[:paid], Decimal(0)) + due.premium == annual - back.premium
    assert negative(negative(due)) == due


def test_the_scale_of_short_periods():
    """The reference's scale; after twelve months all is kept."""
    scale = dict(short_period_scale(date(2026, 1, 1)))
    assert (scale[1], scale[6], scale[12]) == (Decimal("0.25"), Decimal("0.70"), Decimal(1))


def test_the_clawback_of_the_reference():
    """480 up front, 24 months, over after 9: 300 back, and 180 of the producer's 60 %."""
    share = Rule(0, 24).share(9)
    assert clawed_back(Decimal("480.00"), Decimal(0), share) == Decimal("300.00")
    assert clawed_back(Decimal("288.00"), Decimal(0), share) == Decimal("180.00")


@pytest.mark.parametrize(
    ("line", "months", "share"),
    [("salud", 2, "1"), ("salud", 3, "0.75"), ("salud", 12, "0"), ("vida", 0, "1"), ("vida", 24, "0"),
     ("ahorro", 11, "1"), ("ahorro", 12, "0"), ("autos", 0, "0"), ("decesos", 6, "0.75")],
)  # fmt: skip
def test_what_a_line_claws_back(line, months, share):
    """By the rule of its agreement."""
    assert rule_of(line, date(2026, 1, 1)).share(months) == Decimal(share)


@given(paid=CENTS, returned=CENTS, months=st.integers(0, 40))
def test_never_more_goes_back_than_was_paid(paid, returned, months):
    """Nor less than nothing; what the refund took is not taken twice."""
    back = clawed_back(paid, returned, Rule(3, 24).share(months))
    assert back >= 0
    assert back + returned <= max(paid, returned)


def test_months_are_whole():
    """A day short of the month is no month."""
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert months_between(date(2026, 1, 31), date(2026, 3, 31)) == 2
    assert months_between(date(2026, 3, 1), date(2026, 1, 1)) == 0
