"""Layers, paths, balances and states hold for any value, age and order of acts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Conflict
from modules.insurance.decesos.funerals import FUNERAL_MOVES, FuneralState, balance
from modules.insurance.decesos.layers import entering, renewed
from modules.insurance.decesos.line import LINE
from modules.insurance.decesos.paths import LAST, Modality, path, total
from modules.insurance.decesos.records import FuneralService
from modules.insurance.kernel import Renewing
from modules.insurance.kernel.line import Entering, older
from modules.insurance.kernel.states import move

VALUES = st.integers(1_000_00, 20_000_00).map(lambda cents: f"{cents // 100}.{cents % 100:02}")
STEPS = VALUES | st.sampled_from(["4200.00", "4200.01", "4230.00", "4199.99"])
START = date(2020, 5, 1)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(STEPS, min_size=1, max_size=6), ages=st.lists(st.integers(0, 60), min_size=1, max_size=4))
def test_layers_always_make_up_the_value_and_the_premium(values, ages):
    """Up or down, year by year: values add up to the service value, premiums to the policy's, all to the cent."""
    risk = {"product": "nivelada", "payment_frequency": "annual",
            "insureds": [{"age": age, "full_name": f"P{at}"} for at, age in enumerate(ages)]}  # fmt: skip
    history: list[dict] = []
    for year, value in enumerate(values):
        risk = {**older(risk, ("insured.age",), 1 if year else 0), "service_value": value}
        begins = Entering(on=START.replace(year=START.year + year), started_on=START, history=tuple(history))
        before = LINE.rate_again(LINE.risk.model_validate(risk).model_dump(exclude_none=True), begins.on)
        risk = entering(LINE.tariff, risk, begins)
        assert entering(LINE.tariff, risk, begins) == risk
        layers = [one["layers"] for one in risk["insureds"]]
        assert {sum(Decimal(layer["value"]) for layer in own) for own in layers} == {Decimal(value)}
        after = LINE.rate_again(LINE.risk.model_validate(risk).model_dump(exclude_none=True), begins.on)
        assert after.coverage_premiums == before.coverage_premiums  # what was priced is what is kept
        factor = Decimal("0.95") if len(ages) >= 4 else Decimal(1)
        for at, own in enumerate(layers, 1):
            yearly = sum(Decimal(layer["premium"]) for layer in own)
            part = after.coverage_premiums[f"decesos#{at}"]
            topup = after.minimum_topup if at == 1 else 0
            assert abs(part - topup - yearly * factor) <= Decimal("0.005")
        history.append(risk)


@settings(max_examples=30, deadline=None)
@given(age=st.integers(0, 70), value=VALUES, percent=st.sampled_from(["0", "3", "10"]))
def test_a_level_premium_never_falls_at_a_renewal(age, value, percent):
    risk = {"product": "nivelada", "payment_frequency": "annual", "service_value": value, "service_update_pct": percent,
            "insureds": [{"age": age}]}  # fmt: skip
    first = entering(LINE.tariff, risk, Entering(on=START, started_on=START))
    following = renewed(older(first, ("insured.age",)), Renewing(on=date(2021, 5, 1), since=START, years=1))
    now, then = (
        LINE.rate_again(LINE.risk.model_validate(one).model_dump(exclude_none=True), START)
        for one in (first, following)
    )
    assert then.net_premium >= now.net_premium
    grows = percent != "0" and Decimal(value) < 19_000 and now.minimum_topup == 0
    assert not grows or then.net_premium > now.net_premium


@settings(max_examples=25, deadline=None)
@given(
    modality=st.sampled_from(Modality), entry=st.integers(0, 85), value=st.sampled_from([Decimal(3200), Decimal(6000)])
)
def test_a_path_goes_to_90_and_its_rates_are_its_premiums(modality, entry, value):
    years = path(LINE.tariff, modality, value, entry)
    assert [year.age for year in years] == list(range(entry, LAST + 1))
    assert total(years) == sum(year.premium for year in years)
    for year in years:
        assert abs(year.premium - year.rate * value / 1000) <= Decimal("0.01") + value / 1000 * Decimal("0.0005")
    if modality is Modality.NIVELADA:
        assert len({year.premium for year in years}) == 1
    if modality is Modality.PRIMA_UNICA:
        assert all(year.premium == 0 for year in years[1:])
    if modality is Modality.NATURAL:
        assert [year.premium for year in years] == sorted(year.premium for year in years)


def test_the_mixed_path_is_natural_and_then_level():
    mixed = path(LINE.tariff, Modality.MIXTA, Decimal(4200), 60)
    natural = path(LINE.tariff, Modality.NATURAL, Decimal(4200), 60)
    level = path(LINE.tariff, Modality.NIVELADA, Decimal(4200), 70)
    assert [y.premium for y in mixed[:10]] == [y.premium for y in natural[:10]]
    assert [y.premium for y in mixed[10:]] == [y.premium for y in level]


MONEY = st.integers(0, 2_000_000).map(lambda cents: Decimal(cents) / 100)


@settings(deadline=None)
@given(MONEY, MONEY)
def test_every_euro_of_value_and_invoice_has_its_owner(value, invoice):
    found = balance(value, invoice)
    assert found.paid + found.heirs == value
    assert found.paid + found.family == invoice
    assert 0 in (found.heirs, found.family)


@settings(deadline=None)
@given(st.lists(st.sampled_from(FuneralState), max_size=12))
def test_a_service_goes_only_where_it_may(wanted):
    found = FuneralService(state=FuneralState.NOTIFIED.value)
    for state in wanted:
        before = found.state
        if state in FUNERAL_MOVES.get(before, frozenset()):
            move(found, state)
        else:
            with pytest.raises(Conflict):
                move(found, state)
            assert found.state == before
