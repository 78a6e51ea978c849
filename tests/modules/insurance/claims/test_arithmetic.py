"""The arithmetic of claims: the reference's examples to the cent, and what must hold for any figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadArguments
from modules.insurance.kernel.claim_types import Basis, Deductible, DeductibleKind
from modules.insurance.kernel.claims.arithmetic import (
    LegalRate,
    LegalRates,
    Loss,
    Terms,
    concur,
    default_due,
    default_interest,
    legal_rates,
    reckon,
    split,
)

D = Decimal
AVERAGE = Basis.AVERAGE
TENTH = Deductible(kind=DeductibleKind.PERCENT, percent=D(10), least=D(300), most=D(3000))
FLAT = LegalRates((LegalRate(date(2000, 1, 1), D("0.0325"), "Ley"),), date(2030, 1, 1))
EUROS = st.decimals(D("0.01"), D(1_000_000), places=2)


def test_average_then_deductible_then_limit() -> None:
    """policy-lifecycle 6.1: V 160,000, S 120,000, loss 24,000, deductible 300."""
    terms = Terms(basis=AVERAGE, sum_insured=D(120_000), deductible=Deductible(amount=D(300)))
    owed = reckon(Loss(amount=D(24_000), value=D(160_000)), terms)
    assert owed.indemnity == D("17700.00")
    assert [(entry.code, entry.amount) for entry in owed.entries] == [
        ("loss", D(24_000)), ("average", D(18_000)), ("deductible", D(17_700)),
    ]  # fmt: skip


def test_the_sum_insured_caps_what_is_paid() -> None:
    owed = reckon(Loss(amount=D(200_000), value=D(160_000)), Terms(basis=AVERAGE, sum_insured=D(120_000)))
    assert (owed.indemnity, owed.entries[-1].code) == (D("120000.00"), "limit")


@pytest.mark.parametrize(("sum_insured", "paid"), [("144000", "24000"), ("143999.99", "21600.00")])
def test_average_is_waived_down_to_nine_tenths(sum_insured: str, paid: str) -> None:
    owed = reckon(Loss(amount=D(24_000), value=D(160_000)), Terms(basis=AVERAGE, sum_insured=D(sum_insured)))
    assert owed.indemnity == D(paid)


def test_a_margin_of_the_line_waives_it_too() -> None:
    loss = Loss(amount=D(1000), value=D(115))
    assert reckon(loss, Terms(basis=AVERAGE, sum_insured=D(100), waiver=D(0), limit=D(10**6))).average < 1
    assert reckon(loss, Terms(basis=AVERAGE, sum_insured=D(100), waiver=D(0), margin=D("0.15"))).average == 1


@pytest.mark.parametrize("basis", [Basis.LOSS, Basis.FIRST_LOSS, Basis.SERVICE])
def test_first_loss_knows_no_average(basis: Basis) -> None:
    owed = reckon(Loss(amount=D(5000), value=D(160_000)), Terms(basis=basis, sum_insured=D(6000)))
    assert owed.indemnity == D(5000)


def test_persons_get_the_whole_sum() -> None:
    assert reckon(Loss(amount=D(1)), Terms(basis=Basis.SUM, sum_insured=D(60_000))).indemnity == D(60_000)


def test_the_equity_rule_and_both_together() -> None:
    """6.2: 400 paid, 500 due, loss 6,000 → 4,800; with average 0.75 → 3,600."""
    loss = Loss(amount=D(6000), value=D(160_000), paid=D(400), due=D(500))
    assert reckon(loss, Terms()).indemnity == D("4800.00")
    assert reckon(loss, Terms(basis=AVERAGE, sum_insured=D(120_000))).indemnity == D("3600.00")


def test_paying_too_much_premium_earns_nothing() -> None:
    assert reckon(Loss(amount=D(6000), paid=D(600), due=D(500)), Terms()).indemnity == D(6000)


@pytest.mark.parametrize(("loss", "borne"), [("1800", "300"), ("50000", "3000"), ("10000", "1000"), ("200", "200")])
def test_a_deductible_in_per_cent_has_a_floor_and_a_ceiling(loss: str, borne: str) -> None:
    """6.6: 10 % min 300 max 3,000."""
    owed = reckon(Loss(amount=D(loss)), Terms(deductible=TENTH))
    assert (owed.borne, owed.indemnity) == (D(borne), D(loss) - D(borne))


def test_hours_and_yearly_deductibles() -> None:
    hours = Terms(deductible=Deductible(kind=DeductibleKind.HOURS, hours=D(12)))
    assert reckon(Loss(amount=D(4800), stopped=D(48)), hours).indemnity == D("3600.00")
    assert reckon(Loss(amount=D(4800), stopped=D(10)), hours).indemnity == 0
    yearly = Terms(deductible=Deductible(kind=DeductibleKind.AGGREGATE, amount=D(1000)))
    assert reckon(Loss(amount=D(700), used=D(600)), yearly).indemnity == D(300)
    assert reckon(Loss(amount=D(700), used=D(1600)), yearly).indemnity == D(700)


def test_concurrent_insurers_pay_by_their_sums_and_never_more_than_the_loss() -> None:
    """6.4: A 100,000, B 50,000, loss 30,000 → 20,000 / 10,000."""
    assert concur(D(30_000), [D(100_000), D(50_000)]) == (D(20_000), D(10_000))
    assert concur(D(300_000), [D(100_000), D(50_000)]) == (D(100_000), D(50_000))


def test_coinsurers_pay_by_their_shares_and_sign_down() -> None:
    """6.4: 60/25/15 of 80,000; 8: written 60 + 40 + 50 of 100 → 40.00/26.67/33.33."""
    assert split(D(80_000), [D(60), D(25), D(15)]) == (D(48_000), D(20_000), D(12_000))
    assert split(D(100), [D(60), D(40), D(50)]) == (D("40.00"), D("26.67"), D("33.33"))
    assert split(D(100), [D(1), D(1), D(1)]) == (D("33.34"), D("33.33"), D("33.33"))
    with pytest.raises(BadArguments, match="shares"):
        split(D(100), [D(0)])


def test_default_interest_for_eight_hundred_days() -> None:
    """6.5: 10,000 € for 800 days with a legal interest of 3.25 %."""
    since = date(2025, 1, 10)
    owed = default_interest(D(10_000), since, since + timedelta(800), FLAT)
    assert owed.total == D("1358.56")
    assert [(s.days, s.rate, s.interest) for s in owed.stretches] == [
        (730, D("0.04875"), D("975.00")), (70, D("0.20"), D("383.56")),
    ]  # fmt: skip


def test_each_day_has_the_rate_of_its_year() -> None:
    owed = default_interest(D(10_000), date(2022, 12, 1), date(2023, 2, 1))
    assert [(s.days, s.legal) for s in owed.stretches] == [(31, D("0.03")), (31, D("0.0325"))]
    assert owed.total == D("79.62")  # 10,000 × 31 × (4.5 % + 4.875 %) / 365
    with pytest.raises(BadArguments, match="since"):
        default_interest(D(1), date(1980, 1, 1), date(2020, 1, 1))
    with pytest.raises(BadArguments, match="until"):
        default_interest(D(1), date(2020, 1, 2), date(2020, 1, 1))


def test_the_table_is_dated_and_sourced() -> None:
    table = legal_rates()
    assert [rate.from_on for rate in table.rates] == sorted({rate.from_on for rate in table.rates})
    assert all(rate.norm and 0 < rate.rate < D("0.12") for rate in table.rates)


def test_default_begins_after_three_months_or_forty_days_without_the_minimum() -> None:
    loss = date(2026, 1, 10)
    assert not default_due(loss, None, True, date(2026, 4, 10))
    assert default_due(loss, None, True, date(2026, 4, 11))
    assert default_due(loss, date(2026, 1, 12), True, date(2026, 2, 22))
    assert not default_due(loss, date(2026, 1, 12), False, date(2026, 2, 22))


deductibles = st.one_of(
    st.none(),
    st.builds(Deductible, amount=EUROS),
    st.builds(Deductible, kind=st.just(DeductibleKind.PERCENT), percent=st.decimals(0, 100, places=2), least=EUROS,
              most=st.none() | EUROS),
    st.builds(Deductible, kind=st.just(DeductibleKind.AGGREGATE), amount=EUROS),
)  # fmt: skip
agreed = st.builds(
    Terms, basis=st.sampled_from(Basis), sum_insured=st.none() | EUROS, limit=st.none() | EUROS, deductible=deductibles
)


@given(agreed, EUROS, EUROS, st.none() | EUROS)
def test_more_loss_never_pays_less_nor_more_than_limit_or_loss(
    terms: Terms, smaller: Decimal, more: Decimal, value: Decimal | None
) -> None:
    little, much = (reckon(Loss(amount=a, value=value), terms) for a in (smaller, smaller + more))
    assert D(0) <= little.indemnity <= much.indemnity
    assert terms.most is None or much.indemnity <= terms.most
    assert terms.basis is Basis.SUM or much.indemnity <= smaller + more


@given(EUROS, st.lists(st.decimals(D("0.01"), D(1000), places=2), min_size=1, max_size=9))
def test_shares_add_up_to_the_cent(total: Decimal, weights: list[Decimal]) -> None:
    assert sum(split(total, weights)) == total
    paid = concur(total, weights)
    assert sum(paid) == min(total, sum(weights))


@given(EUROS, st.dates(date(2000, 1, 1), date(2024, 1, 1)), st.integers(0, 3000), st.integers(0, 400))
def test_interest_grows_by_the_day_and_its_stretches_add_up(base: Decimal, since: date, days: int, more: int) -> None:
    first = default_interest(base, since, since + timedelta(days))
    later = default_interest(base, since, since + timedelta(days + more))
    assert first.total <= later.total
    for owed in (first, later):
        assert sum(s.interest for s in owed.stretches) == owed.total
        assert sum(s.days for s in owed.stretches) in (days, days + more)
