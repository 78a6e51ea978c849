"""Models that are kept: trained on a data set, used again, and refused when their bytes are not the same."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from core.errors import BadArguments, Conflict, NotFound
from modules.integration_automation.engines.records import TrainedModel

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]


def rows(n: int, shift: float = 0.0) -> dict[str, list[Any]]:
    """Who is over forty stays; the rest leave. Sex says the opposite of nothing."""
    return {
        "customer": [f"c{i}" for i in range(n)],
        "sex": ["F" if i % 3 else "M" for i in range(n)],
        "seniority": [float(i % 80) + shift for i in range(n)],
        "noise": [float((i * 7919) % 101) for i in range(n)],
        "line": ["autos" if i % 2 else "hogar" for i in range(n)],
        "leaves": ["no" if i % 80 > 40 else "yes" for i in range(n)],
        "amount": [2.0 * (i % 80) + 1 for i in range(n)],
    }


@pytest.fixture(scope="module")
def trained(run: Run) -> Any:
    """A model of who leaves."""
    run("engines_keep_data_set", _as="owner", name="entonces", table=rows(400))
    return run("supervised_train_model", _as="owner", name="bajas", data_set="entonces", target="leaves",
               algorithm="rf")  # fmt: skip


def test_it_learns_and_measures_on_rows_not_seen(trained: Any) -> None:
    assert trained.metrics["accuracy"] > 0.95
    assert (trained.version, trained.rows, trained.data_set) == (1, 400, "entonces")
    assert len(trained.sha256) == 64
    assert "acierto" in trained.told("es")


def test_the_same_data_give_the_same_bytes(trained: Any, run: Run) -> None:
    again = run("supervised_train_model", _as="owner", name="otra_vez", data_set="entonces", target="leaves",
                algorithm="rf")  # fmt: skip
    assert again.sha256 == trained.sha256


def test_neither_sex_nor_ids_are_learnt_from(trained: Any, run: Run) -> None:
    assert set(trained.columns) == {"seniority", "noise", "line", "amount"}
    assert any("sex" in caution and "C-236/09" in caution for caution in trained.cautions)
    for forbidden in ({"columns": ["sex", "noise"]}, {"target": "sex"}):
        with pytest.raises(BadArguments, match="dato protegido"):
            run("supervised_train_model", _as="owner",
                **{"name": "otro", "data_set": "entonces", "target": "leaves", **forbidden})  # fmt: skip


@pytest.mark.usefixtures("trained")
def test_it_is_used_again_by_name_and_versions_stay_apart(run: Run) -> None:
    run("engines_keep_data_set", _as="owner", name="ahora", table=rows(80))
    found = run("supervised_predict_with_model", _as="owner", model="bajas", data_set="ahora")
    assert found.rows == len(found.predictions) == 80
    wrong = sum(said != real for said, real in zip(found.predictions, rows(80)["leaves"], strict=True))
    assert wrong <= 2
    assert {one.name: one.value for one in found.summary}["yes"] == pytest.approx(41, abs=2)
    second = run("supervised_train_model", _as="owner", name="bajas", data_set="entonces", target="leaves",
                 algorithm="logistic", columns=["noise"])  # fmt: skip
    assert second.version == 2
    names = [(m.name, m.version) for m in run("supervised_list_models", _as="owner").models]
    assert [name for name in names if name[0] == "bajas"] == [("bajas", 2), ("bajas", 1)]
    first = run("supervised_predict_with_model", _as="owner", model="bajas", data_set="ahora", version=1)
    assert first.predictions == found.predictions
    with pytest.raises(NotFound):
        run("supervised_predict_with_model", _as="owner", model="bajas", data_set="ahora", version=9)


@pytest.mark.usefixtures("trained")
def test_an_amount_is_foretold_too(run: Run) -> None:
    run("supervised_train_model", _as="owner", name="importes", data_set="entonces", target="amount",
        algorithm="ridge", columns=["seniority"])  # fmt: skip
    run("engines_keep_data_set", _as="owner", name="para_importes", table=rows(60))
    found = run("supervised_predict_with_model", _as="owner", model="importes", data_set="para_importes")
    assert found.predictions[10] == pytest.approx(21, abs=1)
    assert [one.name for one in found.summary] == ["media", "mínimo", "máximo"]


@pytest.mark.usefixtures("trained")
def test_data_that_have_moved_are_told(run: Run) -> None:
    run("engines_keep_data_set", _as="owner", name="como_entonces", table=rows(400))
    run("engines_keep_data_set", _as="owner", name="movidos", table=rows(400, shift=60.0))
    same = run("supervised_check_drift", _as="owner", model="bajas", data_set="como_entonces", version=1)
    assert (same.drifted, same.largest) == ((), 0.0)
    moved = run("supervised_check_drift", _as="owner", model="bajas", data_set="movidos", version=1)
    assert moved.drifted == ("seniority",)
    assert "seniority" in moved.told("es")


@pytest.mark.usefixtures("trained")
def test_other_bytes_are_refused(run: Run, installation: Any, tenant: Any) -> None:
    with installation.people.writing(tenant) as session:
        found = session.exec(
            select(TrainedModel).where(TrainedModel.name == "bajas", TrainedModel.model_version == 1)
        ).one()
        kept, found.sha256 = found.sha256, "0" * 64
        session.add(found)
    with pytest.raises(BadArguments, match="huella"):
        run("supervised_predict_with_model", _as="owner", model="bajas", data_set="entonces", version=1)
    with installation.people.writing(tenant) as session:
        found = session.exec(
            select(TrainedModel).where(TrainedModel.name == "bajas", TrainedModel.model_version == 1)
        ).one()
        found.sha256 = kept
        session.add(found)


def test_few_rows_are_not_learnt_from(run: Run) -> None:
    run("engines_keep_data_set", _as="owner", name="pocas", table=rows(49))
    with pytest.raises(Conflict, match="menos de 50 filas"):
        run("supervised_train_model", _as="owner", name="de_pocas", data_set="pocas", target="leaves")


@pytest.mark.usefixtures("trained")
def test_forgotten_data_are_not_compared_with(run: Run) -> None:
    run("engines_keep_data_set", _as="owner", name="pasajeros", table=rows(75))
    run("supervised_train_model", _as="owner", name="pasajero", data_set="pasajeros", target="leaves")
    run("engines_delete_data_set", _as="owner", name="pasajeros")
    with pytest.raises(Conflict, match="se borraron los datos"):
        run("supervised_check_drift", _as="owner", model="pasajero", data_set="entonces")
