"""Money: exact, to the cent, half up, and never a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from core.money import CENT, Money, format_money, to_cents

MONEY: TypeAdapter[Decimal] = TypeAdapter(Money)


@pytest.mark.parametrize(("amount", "cents"), [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.344", "2.34")])
def test_rounding_is_half_up_away_from_zero(amount: str, cents: str) -> None:
    assert to_cents(Decimal(amount)) == Decimal(cents)


@pytest.mark.parametrize("wrong", [1.5, True, "1_000", "١٢", "1e3", "NaN", "1.234,56", " 1", "1.234", 10**13])
def test_what_is_not_exactly_an_amount_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        MONEY.validate_python(wrong)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_an_amount_survives_json_to_the_cent(amount: Decimal) -> None:
    assert MONEY.validate_json(MONEY.dump_json(amount)) == amount


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_moves_by_half_a_cent_at_most(amount: Decimal) -> None:
    assert abs(to_cents(amount) - amount) <= CENT / 2


def test_people_read_it_their_way() -> None:
    assert format_money(Decimal("1234.56")) == "1.234,56\N{NO-BREAK SPACE}€"
    assert format_money(Decimal("-3.5"), "en") == "\N{MINUS SIGN}€3.50"
