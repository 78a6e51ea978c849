"""What learning must satisfy: nothing leaks, measures agree, kept models answer alike or are refused."""

import hashlib
import io
import math
import pickle
import random
import zipfile
from typing import Any

import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import EngineError, InsufficientData, InvalidInput, SingularMatrix
from engines.machine_learning.models import fit, predict_with
from engines.running import compute, listening
from tests.engines.cases import builtin

IRIS = builtin("sklearn.load_iris")
DIABETES = builtin("sklearn.load_diabetes")


def supervised(tool: str, **arguments: Any) -> Any:
    return compute(f"supervised_{tool}", arguments)


def policies(n: int = 120, seed: int = 1) -> dict[str, list[Any]]:
    """Policies of which the young in the south lapse, mostly; with gaps, texts, truths and an identifier."""
    chance = random.Random(seed)
    ages = [chance.randint(18, 80) for _ in range(n)]
    zones = [chance.choice(["norte", "sur"]) for _ in range(n)]
    lapse = [chance.random() < (0.9 if a < 40 and z == "sur" else 0.1) for a, z in zip(ages, zones, strict=True)]
    return {
        "poliza": [f"P-{i:05d}" for i in range(n)],
        "edad": [None if i % 17 == 0 else float(a) for i, a in enumerate(ages)],
        "zona": [None if i % 23 == 0 else z for i, z in enumerate(zones)],
        "digital": [chance.random() < 0.5 for _ in range(n)],
        "pais": ["ES"] * n,
        "baja": ["si" if v else "no" for v in lapse],
    }


@pytest.mark.parametrize("model", ["logistic", "lda", "svm_rbf", "hist_gb", "rf", "knn"])
def test_every_classifier_takes_real_tables_and_learns(model: str) -> None:
    found = supervised("classify", data=policies(), target="baja", model=model, folds=3)
    assert found.cv_accuracy > found.baseline - 0.05
    assert sum(map(sum, found.confusion)) == 120
    assert any({"poliza, pais"} == set(caution.values.values()) for caution in found.warnings)
    assert found == supervised("classify", data=policies(), target="baja", model=model, folds=3)


@pytest.mark.parametrize("model", ["ols", "ridge", "lasso", "elastic_net", "hist_gb", "poisson", "gamma", "tweedie"])
def test_every_regression_beats_the_mean(model: str) -> None:
    found = supervised("regress", data=DIABETES, target="target", model=model, folds=3)
    assert found.r2 > 0.25
    assert found.mae < found.baseline_mae
    assert (found.deviance_explained is None) == (model not in ("poisson", "gamma", "tweedie"))


def test_coefficients_come_in_the_units_of_the_data() -> None:
    """A ridge that hardly shrinks is least squares, although it learns from standardised columns."""
    near = supervised("regress", data=DIABETES, target="target", model="ridge", settings={"alpha": 1e-8})
    exact = supervised("regress", data=DIABETES, target="target", model="ols")
    assert near.params == pytest.approx(exact.params, rel=1e-4)


def test_a_column_that_repeats_the_target_is_refused() -> None:
    data = policies()
    data["estado"] = ["cancelada" if v == "si" else "viva" for v in data["baja"]]
    with pytest.raises(InvalidInput, match="repite"):
        supervised("classify", data=data, target="baja")
    with pytest.raises(InvalidInput, match="repite"):
        supervised("regress", data={**DIABETES, "copia": DIABETES["target"]}, target="target")


def test_columns_that_say_the_same_are_named_by_least_squares() -> None:
    data = {**DIABETES, "doble": [2 * v for v in DIABETES["bmi"]]}
    with pytest.raises(SingularMatrix, match="doble"):
        supervised("regress", data=data, target="target", model="ols")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"target": "nada"}, InvalidInput),
        ({"features": ["target"]}, InvalidInput),
        ({"settings": {"depth": 3}}, InvalidInput),
        ({"settings": {"C": -1}}, InvalidInput),
        ({"evaluate": []}, InvalidInput),
        ({"evaluate": ["split"], "test_rows": 149}, InvalidInput),
    ],
)
def test_what_cannot_be_asked_is_refused(change: dict[str, Any], kind: type[EngineError]) -> None:
    with pytest.raises(kind):
        supervised("classify", **{"data": IRIS, "target": "target", **change})


def test_a_class_with_too_few_cases_for_the_folds_is_told() -> None:
    data = {"x": [float(i) for i in range(20)], "y": ["a"] * 17 + ["b"] * 3}
    with pytest.raises(InsufficientData):
        supervised("classify", data=data, target="y")


def test_gamma_takes_no_zeros() -> None:
    with pytest.raises(InvalidInput, match="gamma"):
        supervised("regress", data={"x": [1, 2] * 10, "y": [0, 3] * 10}, target="y", model="gamma")


def test_the_same_rows_flatter_and_it_is_said() -> None:
    data = policies()
    found = supervised("classify", data=data, target="baja", model="rf", evaluate=["resubstitution"])
    honest = supervised("classify", data=data, target="baja", model="rf")
    assert found.resubstitution_accuracy > honest.cv_accuracy
    assert any("no vistas" in caution.text for caution in found.warnings)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=40))
def test_the_curve_turns_over_with_the_score(cases: list[tuple[bool, float]]) -> None:
    hits = [int(hit) for hit, _ in cases]
    if len(set(hits)) < 2:
        return
    score = [round(s, 3) for _, s in cases]
    one = supervised("metrics", y_true=hits, score=score)
    two = supervised("metrics", y_true=hits, score=[1 - s for s in score])
    assert one.roc_auc + two.roc_auc == pytest.approx(1)
    other = supervised("metrics", y_true=[1 - h for h in hits], score=[1 - s for s in score])
    assert other.brier == pytest.approx(one.brier)
    assert one.roc_auc == pytest.approx(other.roc_auc)


def test_measures_are_of_what_was_given() -> None:
    found = supervised("metrics", y_true=["si", "no", "si", "no"], pred=["si", "si", "si", "no"], positive="si")
    assert (found.precision, found.recall, found.accuracy) == (pytest.approx(2 / 3), 1, 0.75)
    assert found.roc_auc is None
    outside = supervised("metrics", y_true=[0, 1], score=[-3, 7])
    assert outside.roc_auc == 1
    assert outside.brier is None
    with pytest.raises(InvalidInput):
        supervised("metrics", y_true=[0, 1])
    with pytest.raises(InvalidInput):
        supervised("metrics", y_true=[1, 1], score=[0.1, 0.2])


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_calibration_mends_what_is_exaggerated(method: str) -> None:
    chance = random.Random(3)
    truth = [chance.random() for _ in range(1500)]
    hits = [int(chance.random() < p) for p in truth]
    said = [min(max(3 * (p - 0.5) + 0.5, 0.0), 1.0) for p in truth]
    found = supervised("calibrate", y_true=hits, score=said, method=method)
    assert found.brier_after < found.brier_before
    assert found.ece > 0.05
    again = supervised("calibrate", y_true=hits, score=found.calibrated, method=method)
    assert again.ece < 0.04
    order = sorted(range(1500), key=lambda i: said[i])
    mapped = [found.calibrated[i] for i in order]
    assert all(b >= a - 1e-12 for a, b in zip(mapped, mapped[1:], strict=False))


def test_conformal_intervals_cover_as_often_as_promised() -> None:
    chance = random.Random(5)
    x = [chance.uniform(0, 10) for _ in range(800)]
    y = [3 * v + chance.expovariate(0.5) for v in x]
    known = {"x": x[:400], "z": [chance.random() for _ in range(400)], "y": y[:400]}
    new = {"x": x[400:], "z": [chance.random() for _ in range(400)]}
    found = supervised("conformal_interval", data=known, target="y", new=new, alpha=0.2, model="ols")
    inside = sum(low <= real <= high for low, real, high in zip(found.low, y[400:], found.high, strict=True))
    assert 0.73 <= inside / 400 <= 0.88
    wider = supervised("conformal_interval", data=known, target="y", new=new, alpha=0.05, model="ols")
    assert wider.radius > found.radius
    with pytest.raises(InsufficientData):
        supervised("conformal_interval", data=known, target="y", new=new, alpha=0.001)
    with pytest.raises(InvalidInput) as refused:
        supervised("conformal_interval", data=known, target="y", new={"x": ["a"], "z": [1]})
    assert refused.value.argument.startswith("new")


@pytest.mark.parametrize("method", ["permutation", "ebm"])
def test_what_decides_is_found_to_decide(method: str) -> None:
    found = supervised("explain", data=policies(400), target="baja", method=method, model="rf")
    top = found.features[0].feature
    assert "edad" in top or "zona" in top
    digital = next(row for row in found.features if row.feature == "digital")
    assert digital.importance < found.features[0].importance / 3


def test_tuning_tells_its_progress_and_keeps_the_best() -> None:
    heard: list[tuple[int, int]] = []
    with listening(lambda done, of: heard.append((done, of))):
        found = supervised("tune", data=IRIS, target="target", model="knn", grid={"n_neighbors": [1, 5, 100]}, folds=3)
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert found.complete
    assert found.trials[-1].settings == {"n_neighbors": 100}
    assert found.best_score == max(trial.score for trial in found.trials)
    stopped = supervised(
        "tune", data=IRIS, target="target", model="knn", grid={"n_neighbors": [1, 5, 9]}, budget_s=1e-6
    )
    assert not stopped.complete
    assert len(stopped.trials) == 1
    with pytest.raises(InvalidInput, match="tarea"):
        supervised("tune", data=IRIS, target="target", model="ols", grid={"alpha": [1]})


def test_nothing_drifts_from_itself_and_a_shift_is_named() -> None:
    data = {k: v for k, v in policies(300).items() if k in ("edad", "zona")}
    same = supervised("drift", reference=data, new=data)
    assert same.largest == 0
    assert same.drifted == []
    older = {**data, "edad": [None if v is None else v + 25 for v in data["edad"]]}
    found = supervised("drift", reference=data, new=older)
    assert found.drifted == ["edad"]
    assert found.columns[0].p_value < 1e-6
    gone = supervised("drift", reference=data, new={**data, "zona": [None] * 300})
    assert gone.drifted == ["zona"]
    assert gone.columns[0].missing_now == 1


@pytest.mark.parametrize("model", ["logistic", "lda", "svm_rbf", "hist_gb", "rf", "knn"])
def test_a_kept_classifier_says_the_same_later(model: Any) -> None:
    data = policies()
    settings_of = {"max_iter": 10} if model == "hist_gb" else {"n_estimators": 10} if model == "rf" else {}
    kept = fit(data, "baja", model, seed=2, settings=settings_of)
    assert kept.sha256 == hashlib.sha256(kept.model).hexdigest()
    assert kept.classes == ("no", "si")
    assert {column.name: column.categories for column in kept.columns}["zona"] == ("", "norte", "sur")
    assert 0 < kept.metrics["accuracy"] <= 1
    found = predict_with(kept.model, data, kept.sha256)
    right = sum(a == b for a, b in zip(found.predictions, data["baja"], strict=True))
    assert right > 85
    for row in found.probabilities:
        assert sum(row) == pytest.approx(1)
    # A level never seen, a gap, one row alone: answered all the same.
    assert predict_with(kept.model, {"edad": [None], "zona": ["este"], "digital": [True]}).predictions[0] in (
        "no",
        "si",
    )


@pytest.mark.parametrize("model", ["ols", "ridge", "lasso", "elastic_net", "hist_gb", "poisson", "gamma", "tweedie"])
def test_a_kept_regression_says_the_same_later(model: Any) -> None:
    kept = fit(DIABETES, "target", model, seed=2, settings={"max_iter": 10} if model == "hist_gb" else {})
    assert kept.task == "regression"
    found = predict_with(kept.model, {name: column[:5] for name, column in DIABETES.items()})
    whole = predict_with(kept.model, DIABETES)
    assert found.predictions == pytest.approx(whole.predictions[:5])
    assert found.classes == ()


def test_a_model_that_was_changed_is_not_opened() -> None:
    kept = fit(IRIS, "target", "lda")
    with pytest.raises(InvalidInput, match="huella"):
        predict_with(kept.model + b"x", IRIS, kept.sha256)
    other = skops.io.dumps({"no": "model"})
    with pytest.raises(InvalidInput, match="no es un modelo"):
        predict_with(other, IRIS)
    for raw in (b"", b"nothing", pickle.dumps([1])):
        with pytest.raises(InvalidInput):
            predict_with(raw, IRIS)


class Strange:
    """A class of somebody else's."""

    def __init__(self) -> None:
        self.value = 1


def test_a_model_with_foreign_types_is_not_opened() -> None:
    with pytest.raises(InvalidInput, match="tipos"):
        predict_with(skops.io.dumps(Strange()), IRIS)


def test_a_zip_that_is_no_model_is_not_opened() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("schema.json", "{}")
    with pytest.raises(InvalidInput):
        predict_with(held.getvalue(), IRIS)


def test_rows_of_another_kind_are_refused() -> None:
    kept = fit(policies(), "baja", "lda")
    with pytest.raises(InvalidInput):
        predict_with(kept.model, {"edad": [30.0], "zona": ["sur"]})
    with pytest.raises(InvalidInput, match="tipo"):
        predict_with(kept.model, {"edad": ["treinta"], "zona": ["sur"], "digital": [True]})


def book(n: int = 300, seed: int = 3) -> dict[str, list[Any]]:
    """A small book as it is: most policies without a claim, a province or two that hardly occur, one in ten leaves."""
    chance = random.Random(seed)
    zones = ["Madrid"] * 150 + ["Sevilla"] * 147 + ["Soria", "Teruel", "Ceuta"]
    return {
        "provincia": [zones[i % 300] for i in range(n)],
        "renta": [None if chance.random() < 0.1 else chance.gauss(24_000, 6_000) for _ in range(n)],
        "siniestros": [int(chance.random() < 0.15) for _ in range(n)],
        "prima": [round(chance.lognormvariate(5.8, 0.5), 2) for _ in range(n)],
        "baja": ["si" if chance.random() < 0.1 else "no" for _ in range(n)],
    }


def said(found: Any) -> str:
    return " | ".join(caution.text.format(**caution.values) for caution in found.warnings)


def test_what_libraries_tell_developers_does_not_reach_people() -> None:
    least_squares = supervised("regress", data=book(), target="prima", model="ols")
    boosted = supervised("explain", data=book(), target="baja", method="ebm")
    assert "biblioteca" not in said(least_squares) + said(boosted)


def test_settings_that_the_data_cannot_bear_are_refused_by_name() -> None:
    for arguments in (
        {"tool": "classify", "target": "baja", "model": "knn", "settings": {"n_neighbors": 500}},
        {"tool": "tune", "target": "baja", "model": "knn", "grid": {"n_neighbors": [5, 500]}},
        {"tool": "regress", "target": "siniestros", "model": "tweedie", "settings": {"power": 0.5}},
    ):
        with pytest.raises(InvalidInput) as refused:
            supervised(data=book(), **arguments)
        assert refused.value.argument == "settings"
    with pytest.raises(InvalidInput) as refused:
        supervised("regress", data=book(), target="siniestros", model="tweedie", settings={"power": 2})
    assert refused.value.argument == "target"
    few = {name: column[:12] for name, column in book().items()}
    for arguments in ({"tool": "regress"}, {"tool": "tune", "grid": {"alpha": [1]}, "task": "regression"}):
        with pytest.raises(InsufficientData) as short:
            supervised(data=few, target="prima", model="ridge", folds=15, **arguments)
        assert short.value.argument == "data"


def test_a_tweedie_of_power_zero_is_told_by_squares() -> None:
    found = supervised("regress", data=DIABETES, target="target", model="tweedie", settings={"power": 0})
    assert found.deviance_explained == pytest.approx(found.r2)


def test_a_class_too_small_is_named() -> None:
    with pytest.raises(InsufficientData) as refused:
        supervised("classify", data=book(), target="provincia", model="lda")
    assert refused.value.argument == "target.Ceuta"


def test_amounts_are_scored_by_r2_whatever_the_learner() -> None:
    cost = [100 * (1 + i % 7) ** 2 + 10.0 * (i * 37 % 11) for i in range(200)]
    data = {"clase": [i % 7 for i in range(200)], "ruido": [i * 13 % 29 for i in range(200)], "coste": cost}
    tuned = supervised("tune", data=data, target="coste", task="regression", model="gamma", grid={"alpha": [0.0]})
    folds = supervised("regress", data=data, target="coste", model="gamma")
    explained = supervised("explain", data=data, target="coste", task="regression", model="gamma", seed=0)
    apart = supervised("regress", data=data, target="coste", model="gamma", evaluate="split")
    assert tuned.best_score == pytest.approx(folds.r2, abs=0.03)
    assert explained.score == pytest.approx(apart.r2)


def test_what_learns_nothing_is_told_before_its_reasons_are_read() -> None:
    useless = "No mejora a decir siempre la clase más frecuente"
    assert useless in said(supervised("explain", data=book(), target="baja", model="logistic"))
    assert useless in said(supervised("tune", data=book(), target="baja", model="rf", grid={"max_depth": [2]}))
    nothing = {"x": [i * 7 % 31 for i in range(60)], "y": [i * 11 % 37 for i in range(60)]}
    assert "la media" in said(supervised("explain", data=nothing, target="y", task="regression", model="ridge"))
    assert useless not in said(supervised("explain", data=policies(), target="baja"))


def test_drift_sees_a_value_that_nearly_all_had() -> None:
    before = {"domiciliado": [int(i % 20 > 0) for i in range(400)], "bonus": [50] * 360 + [40] * 20 + [100] * 20}
    now = {"domiciliado": [i % 2 for i in range(400)], "bonus": [50] * 180 + [40] * 200 + [100] * 20}
    for bins in (2, 10):
        found = {one.column: one for one in supervised("drift", reference=before, new=now, bins=bins).columns}
        # Two classes, 0.05 and 0.95 before, a half each now: Σ (q - p) ln(q / p).
        expected = 0.45 * math.log(0.5 / 0.05) - 0.45 * math.log(0.5 / 0.95)
        assert found["domiciliado"].psi == pytest.approx(expected, rel=0.01)
        assert found["bonus"].state == "drifted"


def test_new_policy_numbers_are_no_drift() -> None:
    before = {"poliza": [f"P-{i:06d}" for i in range(200)], "ramo": ["autos", "hogar"] * 100}
    now = before | {"poliza": [f"P-{i:06d}" for i in range(200, 400)]}
    found = supervised("drift", reference=before, new=now)
    assert found.drifted == []
    assert [one.column for one in found.columns] == ["ramo"]
    assert "poliza" in said(found)


def test_reliability_does_not_mix_grades() -> None:
    grades = {0.05: 250, 0.1: 190, 0.2: 125, 0.4: 35}
    score = [grade for grade, n in grades.items() for _ in range(n)]
    hits = [int(i < 2 * grade * n) for grade, n in grades.items() for i in range(n)]
    found = supervised("calibrate", y_true=hits, score=score, method="sigmoid")
    assert [(round(band.predicted, 9), band.cases) for band in found.bands] == list(grades.items())
    assert found.ece == pytest.approx(sum(score) / 600)
    two = supervised("calibrate", y_true=hits, score=[0.4 if s > 0.05 else 0.1 for s in score])
    assert [round(band.predicted, 9) for band in two.bands] == [0.1, 0.4]


def test_a_positive_class_that_is_not_there_is_said() -> None:
    with pytest.raises(InvalidInput) as refused:
        supervised("metrics", y_true=["si", "no", "si"], score=[0.9, 0.2, 0.6])
    assert refused.value.argument == "positive"
    of_one = supervised("metrics", y_true=["si", "no", "si", "no"], pred=["si", "no", "no", "no"], positive="si")
    of_all = supervised("metrics", y_true=["si", "no", "si", "no"], pred=["si", "no", "no", "no"])
    assert (of_one.recall, of_all.recall) == (0.5, 0.75)
    assert "of si" in of_one.method
    assert "macro" in of_all.method


def test_the_baseline_of_the_last_rows_is_theirs() -> None:
    data = policies(200)
    data["baja"] = ["si", "no"] * 75 + ["no"] * 48 + ["si", "si"]
    for name in ("edad", "digital"):
        data[name] = [0.5] * 200
    data["edad"] = [float(v == "si") if i < 150 else 0.0 for i, v in enumerate(data["baja"])]
    data["edad"][0] = 0.0
    data["edad"][151] = 1.0
    found = supervised(
        "classify", data=data, target="baja", model="logistic", evaluate=["split"], split="ordered", test_rows=50,
        features=["edad"],
    )  # fmt: skip
    assert found.baseline < found.accuracy < 48 / 50
    assert "No mejora" in said(found)


def test_a_conformal_interval_asks_for_no_more_rows_than_it_needs() -> None:
    data = {"x": [float(i) for i in range(38)], "y": [2.0 * i + (i * 7 % 5) for i in range(38)]}
    new = {"x": [50.0]}
    with pytest.raises(InsufficientData) as refused:
        supervised("conformal_interval", data={k: v[:36] for k, v in data.items()}, target="y", new=new, alpha=0.05)
    need = int(refused.value.detail["need"])
    assert need == 37
    cut = {name: column[:need] for name, column in data.items()}
    assert supervised("conformal_interval", data=cut, target="y", new=new, alpha=0.05).held == 19


def test_a_class_that_cannot_be_set_apart_is_one_clear_error() -> None:
    many = book(1200) | {"clase": ["a"] * 1199 + ["b"]}
    few = {name: column[:14] for name, column in book().items()} | {"clase": list("abcdefg") * 2}
    for data in (many, few):
        with pytest.raises(InvalidInput) as refused:
            fit(data, "clase", "logistic", columns=["prima", "siniestros"])
        assert refused.value.argument == "target"


def test_a_kept_model_says_that_it_is_of_no_use_and_what_it_does_not_know() -> None:
    kept = fit(book(), "baja", "logistic")
    assert any("No mejora" in caution.text for caution in kept.cautions)
    assert not any("No mejora" in caution.text for caution in fit(policies(), "baja", "hist_gb").cautions)
    new = {name: column[:2] for name, column in book().items()}
    assert predict_with(kept.model, new).cautions == ()
    told = predict_with(kept.model, new | {"provincia": ["Lugo", "Madrid"]}).cautions
    assert [caution.values for caution in told] == [{"columns": "provincia"}]


def test_an_index_that_chance_alone_lifts_is_told() -> None:
    chance = random.Random(5)
    data = [{"x": [chance.gauss(0, 1) for _ in range(n)]} for n in (200, 150, 4000, 3000)]
    assert "por azar" in said(supervised("drift", reference=data[0], new=data[1], bins=20))
    assert "por azar" not in said(supervised("drift", reference=data[2], new=data[3], bins=20))
