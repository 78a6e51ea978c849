"""What reserves must satisfy whatever the triangle: identities between methods, scale, gaps and zeros."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from engines import operations
from engines.errors import EngineError, InsufficientData, InvalidInput, LimitExceeded
from engines.insurance.triangles import AT_ZERO, library, methods
from engines.insurance.triangles import checked as shape
from engines.running import compute, listening
from tests.engines.cases import datasets

RAA = datasets()["raa"]
ASHE = datasets()["taylor_ashe"]
TABLED = ("chain_ladder", "mack", "odp_glm", "one_year_cdr", "odp_bootstrap")


def reserving(tool: str, **arguments: Any) -> Any:
    return compute(f"reserving_{tool}", arguments)


def multiplicative(ultimates: list[float], shares: list[float]) -> list[list[float | None]]:
    """The triangle of origins that all develop by the same cumulative `shares`."""
    n = len(ultimates)
    return [[u * shares[j] if i + j < n else None for j in range(n)] for i, u in enumerate(ultimates)]


def triangles(low: int) -> st.SearchStrategy[list[list[float | None]]]:
    """Incremental triangles of small portfolios: whole amounts from `low` on, zeros among them."""
    cell = st.integers(low, 500).map(float)
    return st.integers(4, 7).flatmap(
        lambda n: st.tuples(*[st.lists(cell, min_size=n - i, max_size=n - i) for i in range(n)]).map(
            lambda rows: [[*row, *[None] * (n - len(row))] for row in rows]
        )
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(10, 1e6), min_size=4, max_size=6))
def test_a_multiplicative_triangle_gives_its_ultimates_and_no_error(ultimates: list[float]) -> None:
    shares = [0.2, 0.5, 0.7, 0.9, 0.95, 1.0][: len(ultimates)]
    shares[-1] = 1.0
    rows = multiplicative(ultimates, shares)
    assert [o.ultimate for o in reserving("chain_ladder", triangle=rows).origins] == pytest.approx(ultimates)
    found = reserving("mack", triangle=rows)
    assert found.mack_se_total == pytest.approx(0, abs=1e-5 * max(ultimates))


@settings(max_examples=15, deadline=None)
@given(triangles(0))
def test_a_small_triangle_with_zeros_gives_sound_figures_or_says_why_not(rows: list[list[float | None]]) -> None:
    for tool in TABLED[:4]:
        try:
            json.loads(reserving(tool, triangle=rows, incremental=True).model_dump_json())
        except EngineError as error:
            assert error.argument == "triangle"  # noqa: PT017


@settings(max_examples=15, deadline=None)
@given(triangles(1))
def test_poisson_reserves_are_those_of_chain_ladder(rows: list[list[float | None]]) -> None:
    plain = reserving("chain_ladder", triangle=rows, incremental=True)
    model = reserving("odp_glm", triangle=rows, incremental=True)
    assert [o.ibnr for o in model.origins] == pytest.approx([o.ibnr for o in plain.origins], rel=1e-6, abs=1e-6)


@settings(max_examples=6, deadline=None)
@given(triangles(1), st.floats(0.01, 1000))
def test_another_currency_changes_amounts_alone(rows: list[list[float | None]], rate: float) -> None:
    other = [[None if v is None else v * rate for v in row] for row in rows]
    one = reserving("mack", triangle=rows, incremental=True)
    two = reserving("mack", triangle=other, incremental=True)
    assert two.ldf == pytest.approx(one.ldf)
    assert two.mack_se_total == pytest.approx(rate * one.mack_se_total, rel=1e-6)
    year = reserving("one_year_cdr", triangle=rows, incremental=True)
    assert reserving("one_year_cdr", triangle=other, incremental=True).cdr_se_total == pytest.approx(
        rate * year.cdr_se_total, rel=1e-6
    )
    assert year.cdr_se_total <= year.mack_se_total * (1 + 1e-9)
    for row in year.origins:
        assert row.cdr_se <= row.mack_se * (1 + 1e-9)


def test_process_and_parameter_error_make_the_total() -> None:
    found = reserving("mack", triangle=RAA)
    assert found.process_se_total**2 + found.parameter_se_total**2 == pytest.approx(found.mack_se_total**2)


def test_the_second_oldest_origin_moves_in_one_year_as_it_does_until_the_end() -> None:
    """It has one step left: Merz-Wüthrich and Mack must agree on it."""
    found = reserving("one_year_cdr", triangle=RAA).origins[1]
    assert found.cdr_se == pytest.approx(found.mack_se)


def test_without_averaging_rules_nothing_is_left_to_choose_with_one_pair() -> None:
    last = {average: reserving("chain_ladder", triangle=RAA, average=average).ldf for average in ("volume", "simple")}
    assert last["volume"][-1] == pytest.approx(last["simple"][-1])
    assert last["simple"][0] > 8  # the second year's factor of 40 counts in full
    assert last["volume"][0] == pytest.approx(2.999359, abs=1e-6)


def test_a_factor_left_out_takes_no_part() -> None:
    found = reserving("chain_ladder", triangle=RAA, drop=[{"origin": 2, "age": 1}])
    rest = [row for i, row in enumerate(RAA[:9]) if i != 1]
    assert found.ldf[0] == pytest.approx(sum(r[1] for r in rest) / sum(r[0] for r in rest))
    assert found.ldf[1:] == pytest.approx(reserving("chain_ladder", triangle=RAA).ldf[1:])


def test_excluding_all_of_a_factor_is_refused() -> None:
    with pytest.raises(InvalidInput, match="factores"):
        reserving("chain_ladder", triangle=RAA, drop=[{"origin": 1, "age": 9}])
    with pytest.raises(InvalidInput) as refused:
        reserving("chain_ladder", triangle=RAA, drop=[{"origin": 9, "age": 5}])
    assert refused.value.argument == "drop"


def test_a_tail_multiplies_every_ultimate() -> None:
    plain = reserving("chain_ladder", triangle=RAA)
    longer = reserving("chain_ladder", triangle=RAA, tail=1.05)
    assert longer.ultimate_total == pytest.approx(1.05 * plain.ultimate_total)
    assert longer.cdf == pytest.approx([1.05 * f for f in plain.cdf])
    assert len(longer.ibnr_by_origin) == len(plain.ibnr_by_origin) + 1
    assert reserving("mack", triangle=RAA, tail=1.05).mack_se_total > reserving("mack", triangle=RAA).mack_se_total


def test_increments_and_cumulatives_say_the_same() -> None:
    added = [[None if v is None else v - (row[j - 1] if j else 0) for j, v in enumerate(row)] for row in RAA]
    one, two = reserving("mack", triangle=RAA), reserving("mack", triangle=added, incremental=True)
    assert one.mack_se_total == pytest.approx(two.mack_se_total)


def test_an_origin_without_claims_has_no_reserve_by_chain_ladder_but_one_by_premium() -> None:
    rows = [
        [100.0, 150.0, 160.0, 161.0],
        [90.0, 140.0, 150.0, None],
        [80.0, 130.0, None, None],
        [0.0, None, None, None],
    ]
    found = reserving("mack", triangle=rows)
    assert found.origins[3].ibnr == 0.0
    assert AT_ZERO in {caution.text for caution in found.warnings}
    by_premium = reserving("benktander", triangle=rows, premium=[200.0] * 4, expected_loss_ratio=0.8, iterations=1)
    assert by_premium.origins[3].ibnr == pytest.approx(160 * (1 - 1 / by_premium.cdf[0]))
    assert AT_ZERO not in {caution.text for caution in by_premium.warnings}


def test_a_gap_is_told_and_left_out() -> None:
    rows = [list(row) for row in RAA]
    rows[0][0] = None
    found = reserving("chain_ladder", triangle=rows)
    assert any("huecos" in caution.text for caution in found.warnings)
    assert found.ldf[0] == pytest.approx(sum(r[1] for r in RAA[1:9]) / sum(r[0] for r in RAA[1:9]))


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([[1.0, 2.0, 3.0], [1.0, 2.0, None]], InvalidInput),  # not square
        ([[1.0, 2.0], [1.0, 2.0]], InvalidInput),  # what has not happened yet
        ([[1.0, 2.0], [None, None]], InvalidInput),  # no latest amount
        ([[0.0, 2.0], [1.0, None]], InvalidInput),  # an age without amounts
        ([[1.0]], InsufficientData),
        ([[1.0] * (61 - i) + [None] * i for i in range(61)], LimitExceeded),
    ],
)
def test_what_is_no_triangle_is_refused(rows: list[list[float | None]], kind: type[EngineError]) -> None:
    with pytest.raises(kind) as refused:
        reserving("chain_ladder", triangle=rows)
    assert refused.value.argument == "triangle"


def test_benktander_goes_from_bornhuetter_ferguson_to_chain_ladder() -> None:
    premium = [20_000.0] * 10

    def ibnr(iterations: int) -> list[float]:
        found = reserving("benktander", triangle=RAA, premium=premium, expected_loss_ratio=0.8, iterations=iterations)
        return [o.ibnr for o in found.origins]

    ladder = [o.ibnr for o in reserving("chain_ladder", triangle=RAA).origins]
    assert ibnr(1000) == pytest.approx(ladder, abs=1e-3)
    factor = reserving("chain_ladder", triangle=RAA).cdf[2]
    single = reserving(
        "bornhuetter_ferguson", reported=RAA[7][2], premium=20_000, expected_loss_ratio=0.8, cdf_to_ultimate=factor
    )
    assert ibnr(1)[7] == pytest.approx(single.ibnr)
    for first, second, last in zip(ibnr(1), ibnr(2), ladder, strict=True):
        assert min(first, last) - 1e-9 <= second <= max(first, last) + 1e-9


@given(reported=st.floats(0, 1e6), premium=st.floats(1, 1e6), ratio=st.floats(0, 2), factor=st.floats(1, 50))
@settings(max_examples=30, deadline=None)
def test_bornhuetter_ferguson_lies_between_expectation_and_chain_ladder(
    reported: float, premium: float, ratio: float, factor: float
) -> None:
    found = reserving(
        "bornhuetter_ferguson", reported=reported, premium=premium, expected_loss_ratio=ratio, cdf_to_ultimate=factor
    )
    ends = sorted((reported * factor, premium * ratio))
    assert ends[0] * (1 - 1e-9) - 1e-9 <= found.ultimate <= ends[1] * (1 + 1e-9) + 1e-9


def test_cape_cod_spends_what_it_expects_on_used_premium() -> None:
    premium = [20_000.0 + 500 * i for i in range(10)]
    found = reserving("cape_cod", triangle=RAA, premium=premium)
    used = [p * share for p, share in zip(premium, found.pct_reported, strict=True)]
    assert found.elr == pytest.approx(sum(o.latest for o in found.origins) / sum(used))
    assert len({round(r, 9) for r in found.apriori}) == 1
    assert len({round(r, 9) for r in reserving("cape_cod", triangle=RAA, premium=premium, decay=0.5).apriori}) > 1


def test_premiums_must_be_one_an_origin_and_positive() -> None:
    for premium in ([1.0] * 9, [0.0] + [1.0] * 9):
        with pytest.raises(InvalidInput) as refused:
            reserving("cape_cod", triangle=RAA, premium=premium)
        assert refused.value.argument == "premium"


@pytest.mark.parametrize("curve", ["exponential", "inverse_power"])
def test_the_tail_is_the_library_s(curve: str) -> None:
    chainladder = methods()
    fitted = chainladder.TailCurve(curve=curve, extrap_periods=100).fit(
        chainladder.Development().fit_transform(library(shape(RAA)))
    )
    found = reserving("tail_fit", ldf=reserving("chain_ladder", triangle=RAA).ldf, curve=curve)
    assert found.tail == pytest.approx(float(fitted.tail_.iloc[0, 0]), rel=1e-6)


def test_factors_that_grow_have_no_tail() -> None:
    with pytest.raises(InvalidInput, match="cola"):
        reserving("tail_fit", ldf=[1.1, 1.2, 1.3])
    with pytest.raises(InsufficientData):
        reserving("tail_fit", ldf=[1.1, 1.05, 1.0, 0.99])


def test_munich_brings_paid_and_incurred_together() -> None:
    paid, incurred = datasets()["mcl_paid"], datasets()["mcl_incurred"]
    munich = reserving("munich_chain_ladder", paid=paid, incurred=incurred)
    apart = [
        a.ultimate / b.ultimate
        for a, b in zip(
            reserving("chain_ladder", triangle=paid).origins,
            reserving("chain_ladder", triangle=incurred).origins,
            strict=True,
        )
    ]
    distance = sum(abs(m.ratio_ultimate - 1) for m in munich.origins)
    assert distance < 0.75 * sum(abs(r - 1) for r in apart)
    assert munich.paid_total == pytest.approx(sum(o.paid_ultimate for o in munich.origins))


def test_munich_takes_ages_at_which_all_is_paid() -> None:
    """A line that settles in five years: nothing varies after, and chainladder divided by zero there."""
    paid, incurred = (json.loads(json.dumps(datasets()[name])) for name in ("mcl_paid", "mcl_incurred"))
    for i, (settled, known) in enumerate(zip(paid, incurred, strict=True)):
        for j in range(4, len(paid) - i):
            known[j] = settled[j] = known[4]
    found = reserving("munich_chain_ladder", paid=paid, incurred=incurred)
    for row, known in zip(found.origins[:3], incurred, strict=False):
        assert row.paid_ultimate == pytest.approx(known[4])
        assert row.ratio_ultimate == pytest.approx(1.0)
    apart = [[o.ultimate for o in reserving("chain_ladder", triangle=rows).origins] for rows in (paid, incurred)]
    distance = sum(abs(row.ratio_ultimate - 1) for row in found.origins)
    assert 0 < distance < sum(abs(a / b - 1) for a, b in zip(*apart, strict=True))


def test_a_quiet_age_before_the_last_makes_the_last_sigma_zero() -> None:
    """Mack's rule takes the least of three, of which one was a division by zero."""
    rows = [list(row) for row in RAA]
    for row in rows[:3]:
        row[7] = row[6]
    found = reserving("mack", triangle=rows)
    assert found.sigma[6] == 0.0
    assert found.sigma[7] > 0.0
    assert found.sigma[8] == 0.0
    assert found.mack_se_total > 0
    assert reserving("one_year_cdr", triangle=rows).cdr_se_total > 0


def test_paid_and_incurred_of_one_pattern_have_no_munich_correlation() -> None:
    paid = multiplicative([100.0, 110.0, 120.0, 130.0], [0.2, 0.5, 0.8, 1.0])
    with pytest.raises(InvalidInput, match="no varía"):
        reserving("munich_chain_ladder", paid=paid, incurred=paid)


def test_the_bootstrap_repeats_itself_and_tells_its_progress() -> None:
    heard: list[tuple[int, int]] = []
    with listening(lambda done, of: heard.append((done, of))):
        one = reserving("odp_bootstrap", triangle=ASHE, n_sims=9000, seed=7)
    assert heard == [(4000, 9000), (8000, 9000), (9000, 9000)]
    again = reserving("odp_bootstrap", triangle=ASHE, n_sims=9000, seed=7)
    assert one == again
    assert one != reserving("odp_bootstrap", triangle=ASHE, n_sims=9000, seed=8)
    levels = list(one.quantiles.values())
    assert levels == sorted(levels)
    assert one.origins[0].se == 0.0
    assert one.mean == pytest.approx(sum(o.mean for o in one.origins))
    assert one.dispersion == pytest.approx(reserving("odp_glm", triangle=ASHE).dispersion)


def test_the_bootstrap_agrees_with_the_model_it_resamples() -> None:
    model = reserving("odp_glm", triangle=ASHE)
    found = reserving("odp_bootstrap", triangle=ASHE, n_sims=2000, seed=1)
    assert found.reserve == pytest.approx(model.reserve)
    assert found.prediction_error == pytest.approx(model.prediction_error, rel=0.08)
    assert found.mean == pytest.approx(model.reserve, rel=0.03)


def test_without_the_hat_matrix_residuals_are_widened_by_the_degrees_of_freedom() -> None:
    model = reserving("odp_glm", triangle=ASHE)
    found = reserving("odp_bootstrap", triangle=ASHE, n_sims=4000, seed=1, hat_adjustment=False)
    assert found.prediction_error == pytest.approx(model.prediction_error, rel=0.06)


def test_simulations_in_which_nothing_is_left_to_come_count_as_zero() -> None:
    """An origin all but developed: most of its simulated reserves are nothing, and none is lost."""
    rows = [list(row) for row in ASHE]
    rows[0][-1] = rows[0][-2] * 1.0005
    found = reserving("odp_bootstrap", triangle=rows, n_sims=1000, seed=1)
    assert found.simulations == 1000
    assert found.warnings == ()
    assert found.mean == pytest.approx(found.reserve, rel=0.05)
    assert 0 <= found.origins[1].p75 < found.origins[1].p995


def test_an_incurred_triangle_whose_late_ages_fall_has_its_one_year_risk() -> None:
    """Case reserves are let go in the end: factors under one are ordinary for Mack and for Merz and Wüthrich."""
    pattern = [0.7, 1.02, 1.06, 1.03, 1.01, 1.0]
    rows = [
        [1000.0 * (1 + i / 10) * (p + 0.02 * ((3 * i + 5 * j) % 4)) if i + j < 6 else None
         for j, p in enumerate(pattern)]
        for i in range(6)
    ]  # fmt: skip
    found = reserving("one_year_cdr", triangle=rows)
    assert found.mack_se_total == pytest.approx(reserving("mack", triangle=rows).mack_se_total)
    assert 0 < found.cdr_se_total < found.mack_se_total
    with pytest.raises(InvalidInput, match="menos de cero"):
        reserving("odp_glm", triangle=rows)


@pytest.mark.parametrize("tail", [0.98, 1.02, 1.5])
def test_a_tail_is_as_uncertain_as_an_age_at_most(tail: float) -> None:
    """Ages that are settled or go down once blew the error of the tail up beyond all bounds."""
    settled = [list(row) for row in RAA]
    settled[0][7:] = [settled[0][6]] * 3
    settled[1][7:9] = [settled[1][6]] * 2
    settled[2][7] = settled[2][6]
    for rows in (settled, RAA):
        plain, tailed = reserving("mack", triangle=rows), reserving("mack", triangle=rows, tail=tail)
        assert tailed.mack_se_total < 2 * tail * plain.mack_se_total
        assert tailed.process_se_total > plain.process_se_total * min(tail, 1.0)


def test_the_bootstrap_sees_increments_of_zero() -> None:
    """Ages without any payment left: chainladder takes each for a gap and has no hat matrix then."""
    rows = [list(row) for row in ASHE]
    for i, row in enumerate(rows):
        row[5 : 10 - i] = [row[4]] * len(row[5 : 10 - i])
    model, found = reserving("odp_glm", triangle=rows), reserving("odp_bootstrap", triangle=rows, n_sims=4000, seed=2)
    assert found.warnings == ()
    assert found.dispersion == pytest.approx(model.dispersion)
    assert found.reserve == pytest.approx(model.reserve)
    assert found.mean == pytest.approx(model.reserve, rel=0.03)
    assert found.prediction_error == pytest.approx(model.prediction_error, rel=0.08)


def test_the_poisson_model_counts_an_origin_that_begins_at_zero() -> None:
    rows = [list(row) for row in ASHE]
    rows[3][0] = 0.0
    n = len(rows)
    cells = [(i, j) for i in range(n) for j in range(n - i)]
    increments = np.diff(np.array([[v or 0.0 for v in row] for row in rows]), axis=1, prepend=0.0)
    design = np.array([[*(i == k for k in range(n)), *(j == k for k in range(1, n))] for i, j in cells], dtype=float)
    fit = GLM([increments[c] for c in cells], design, family=families.Poisson()).fit(tol=1e-12, maxiter=200)
    level = np.concatenate([fit.params[:n], [0.0], fit.params[n:]])
    reserve = sum(math.exp(level[i] + level[n + j]) for i in range(n) for j in range(n) if i + j >= n)
    found = reserving("odp_glm", triangle=rows)
    assert found.reserve == pytest.approx(reserve, rel=1e-6)
    assert found.warnings == ()


def test_movements_add_up_by_quarter_and_reach_the_methods() -> None:
    data = {
        "siniestro": ["2025-01-15", "2025-01-15", "2025-05-02", "2025-09-30"],
        "pago": ["2025-02-01", "2025-08-20", "2025-05-03", "2025-10-01"],
        "importe": [100, 50.5, 80, 20],
    }
    found = reserving(
        "triangle_build", data=data, origin="siniestro", movement="pago", amount="importe", grain="quarter"
    )
    assert found.origins == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert found.valuation == "2025Q4"
    assert found.cumulative[0] == [100, 100, 150.5, 150.5]
    assert found.cumulative[2] == [0, 20, None, None]
    assert found.total == 250.5
    assert any("2025Q4" in str(caution.values) for caution in found.warnings)


def test_movements_after_the_valuation_stay_out() -> None:
    data = {"origin_date": ["2024-01-01"] * 2, "movement_date": ["2024-06-01", "2026-01-01"], "amount": [10.0, 5.0]}
    found = reserving("triangle_build", data=data, valuation="2025-12-31")
    assert found.cumulative == [[10, 10], [0, None]]
    assert found.left_out == 1


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"movement_date": ["2023-12-31", "2025-01-01"]}, "data"),  # paid before it happened
        ({"movement_date": ["ayer", "2025-01-01"]}, "data"),
        ({"movement_date": [20240101, 20250101]}, "data"),
        ({"origin_date": ["1900-01-01", "2024-01-01"]}, "data"),
    ],
)
def test_movements_that_make_no_sense_are_refused(change: dict[str, Any], argument: str) -> None:
    data = {"origin_date": ["2024-01-01"] * 2, "movement_date": ["2024-06-01", "2025-01-01"], "amount": [10.0, 5.0]}
    with pytest.raises(EngineError) as refused:
        reserving("triangle_build", data={**data, **change})
    assert refused.value.argument == argument


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-50, 500)), min_size=1, max_size=30))
def test_a_triangle_holds_all_that_was_moved(moves: list[tuple[int, int, int]]) -> None:
    kept = [(o, o + a, m) for o, a, m in moves if o + a < 4]
    if not kept:
        return
    data: dict[str, list[Any]] = {
        "origin_date": [f"{2020 + o}-03-01" for o, _, _ in kept],
        "movement_date": [f"{2020 + at}-09-01" for _, at, _ in kept],
        "amount": [m for _, _, m in kept],
    }
    found = reserving("triangle_build", data=data)
    assert sum(v for row in found.incremental for v in row if v is not None) == pytest.approx(sum(data["amount"]))
    n = len(found.origins)
    latest = [row[n - 1 - i] for i, row in enumerate(found.cumulative)]
    assert sum(v or 0 for v in latest) == pytest.approx(sum(data["amount"]))


def test_what_came_as_expected_differs_by_nothing() -> None:
    factors = reserving("chain_ladder", triangle=RAA).ldf
    now = [RAA[i][9 - i] * factors[9 - i] for i in range(1, 10)]
    found = reserving("actual_vs_expected", triangle=RAA, new_diagonal=now)
    assert found.difference_total == pytest.approx(0, abs=1e-6)
    assert found.ratio_total == pytest.approx(1)


def test_a_year_of_inflation_is_found_on_the_diagonal() -> None:
    """Increments of the last calendar years doubled: large factors gather on late diagonals."""
    n = 10
    added = [[100.0 * 0.7**j * (1 + 0.05 * ((i * 7 + j * 3) % 5)) for j in range(n - i)] for i in range(n)]
    plain = reserving("diagnostics", triangle=_cumulated(added))
    inflated = [[v * (3.0 if i + j in (5, 9) else 1.0) for j, v in enumerate(row)] for i, row in enumerate(added)]
    found = reserving("diagnostics", triangle=_cumulated(inflated))
    assert found.calendar_z < plain.calendar_z
    assert found.calendar_effect
    late = [r.residual for r in found.residuals if r.calendar == 10]
    assert sum(late) / len(late) > 0.5


def _cumulated(added: list[list[float]]) -> list[list[float | None]]:
    n = len(added)
    rows: list[list[float | None]] = []
    for row in added:
        total, cells = 0.0, []
        for v in row:
            total += v
            cells.append(total)
        rows.append([*cells, *[None] * (n - len(cells))])
    return rows


def test_the_engine_has_all_its_operations() -> None:
    assert len([name for name in operations() if name.startswith("reserving_")]) == 13
