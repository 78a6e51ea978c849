"""The statistics, against values computed by hand or taken from the sources that they name."""

import pytest

from evals.statistics import Paired, pass_hat_k, standard_error, wilson


@pytest.mark.parametrize(
    ("passed", "samples", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),  # by hand: (0.8 + 0.19207 ∓ 1.95996·√(0.016 + 0.009604)) / 1.38415
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (36, 40, 0.7695, 0.9604),
    ],
)
def test_wilson_interval(passed: int, samples: int, low: float, high: float) -> None:
    assert wilson(passed, samples) == pytest.approx((low, high), abs=5e-5)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_standard_error_of_the_mean() -> None:
    assert standard_error([1, 0, 1, 1]) == pytest.approx(0.25)  # √(0.75 / 3 / 4)
    assert standard_error([1]) == 0.0


def test_pass_hat_k_is_the_share_of_draws_that_all_pass() -> None:
    tries = {"a": [True, True, True, False], "b": [True, True, True, True]}
    assert pass_hat_k(tries, 1) == pytest.approx(0.875)
    assert pass_hat_k(tries, 2) == pytest.approx((3 / 6 + 1) / 2)  # C(3,2)/C(4,2) and 1
    assert pass_hat_k(tries, 4) == pytest.approx(0.5)


def test_pass_hat_k_needs_k_tries() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        pass_hat_k({"a": [True, True]}, 3)


def test_mcnemar_counts_only_where_they_differ() -> None:
    paired = Paired(both=25, only_a=2, only_b=10, neither=3)
    assert paired.p_value == pytest.approx(2 * (1 + 12 + 66) / 4096)  # 2·P(X ≤ 2), X ~ Binomial(12, ½)
    assert paired.difference == pytest.approx(8 / 40)
    assert Paired(both=0, only_a=2, only_b=10, neither=1000).p_value == paired.p_value


def test_equal_runs_differ_by_chance() -> None:
    assert Paired(both=30, only_a=0, only_b=0, neither=10).p_value == 1.0
    assert Paired(both=30, only_a=3, only_b=3, neither=4).p_value == 1.0


def test_interval_of_the_difference() -> None:
    # Agresti and Min: (10.5 − 2.5) / 42 ∓ 1.95996·√((10.5 + 2.5) / 42 − (8 / 42)²) / √42
    low, high = Paired(both=25, only_a=2, only_b=10, neither=3).interval
    assert (low, high) == pytest.approx((0.0324, 0.3486), abs=5e-5)


def test_pairs_are_the_cases_that_both_tried() -> None:
    a = {"one": True, "two": False, "three": True, "alone": True}
    b = {"one": True, "two": True, "three": False, "other": True}
    assert Paired.of(a, b) == Paired(both=1, only_a=1, only_b=1, neither=0)
