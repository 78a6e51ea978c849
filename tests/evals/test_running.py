"""A run from end to end: Inspect, the real graph, the recorded run, and nothing left behind."""

import gc
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from typer.testing import CliRunner

from agents.models.offline import OfflineChat
from core.errors import NotFound
from evals.brokerage import Brokerage
from evals.cases import Suite, suite
from evals.cli import app
from evals.ledger import Ledger
from evals.running import run
from evals.runs import NotComparable, Run, Runs, Tried, compare
from graphs.rehearsals import Rehearsals
from modules.installation import Installation

THREE = ("es-read-pending", "es-draft-quote", "es-refusal-collect")


class Mute(BaseChatModel):
    """A model that never calls a tool."""

    @property
    def _llm_type(self) -> str:
        return "mute"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, Any]:
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("No sé."))])


class MuteModels:
    label, routes = "mute", False

    def for_agent(self, agent: Any) -> BaseChatModel:
        return Mute()

    def router(self) -> BaseChatModel:
        return OfflineChat()


@pytest.fixture(scope="module")
def three() -> Suite:
    whole = suite("smoke")
    return whole.model_copy(update={"cases": tuple(case for case in whole.cases if case.id in THREE)})


def ran(installation: Installation, found: Suite, rehearsals: Rehearsals | None = None) -> Run:
    """A run, after which Inspect's streams are gone: it leaves them to the collector, which warns of each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        done = run(installation, found, rehearsals=rehearsals)
        gc.collect()
    return done


@pytest.fixture(scope="module")
def good(installation: Installation, three: Suite) -> Run:
    return ran(installation, three)


@pytest.fixture(scope="module")
def bad(installation: Installation, three: Suite) -> Run:
    return ran(installation, three, Rehearsals(installation, models=MuteModels()))


def test_the_offline_model_passes_three_cases(good: Run) -> None:
    report = good.report()
    assert (report["samples"], report["passed"], report["score"]) == (3, 3, 1.0), report["failures"]
    assert report["by"] == {"routing": 1.0, "tools": 1.0, "state": 1.0, "answer": 1.0}
    assert report["model"] == "offline"
    assert report["models"] == ["offline"]


def test_a_model_that_does_nothing_fails_what_it_does_not_do(bad: Run) -> None:
    report = bad.report()
    assert report["passed"] == 0
    assert report["by"]["routing"] == 1.0
    assert {row["case"]: row["parts"] for row in report["failures"]} == {
        "es-read-pending": ["tools", "answer"],
        "es-draft-quote": ["tools", "state", "answer"],
        "es-refusal-collect": ["tools"],
    }


def test_a_run_is_recorded_beside_the_log_of_inspect(installation: Installation, good: Run) -> None:
    runs = Runs(installation.settings.data_dir)
    assert runs.get(good.id) == good
    assert (runs.folder / good.log).is_file()
    assert good.id in runs.ids("smoke")


def test_a_run_leaves_no_row_behind(installation: Installation, good: Run) -> None:
    brokerage = Brokerage.open(installation)
    before = Ledger(installation, brokerage.owner).before
    assert before.rows["soriano_core.quote"] == {}
    assert before.rows["soriano_platform.approval"] == {}
    assert not before.effects


def test_evals_have_a_tenant_of_their_own(installation: Installation, good: Run) -> None:
    brokerage = Brokerage.open(installation)
    assert brokerage.owner.tenant_id != installation.people.owner().tenant_id
    assert installation.people.tenant(brokerage.owner).fictional
    assert brokerage.record("customer", "Pilar Alonso Rubio") is None
    assert brokerage.record("customer", "Álvaro Ramos Soriano") == brokerage.record("customer", "77769927G")


def recorded(id: str, passes: dict[str, bool], **other: Any) -> Run:
    tries = tuple(
        Tried(case=case, kind="read", language="es", parts={"tools": passed}) for case, passed in passes.items()
    )
    facts: dict[str, Any] = {
        "id": id,
        "suite": "smoke",
        "version": 1,
        "threshold": 0.9,
        "model": "offline",
        "at": datetime.now(UTC),
        "seconds": 1.0,
        "log": "",
        "tries": tries,
        **other,
    }
    return Run(**facts)


A = recorded("a", {f"c{n}": n < 6 for n in range(10)})
B = recorded("b", {f"c{n}": n >= 1 for n in range(10)})


def test_two_runs_are_compared_case_by_case() -> None:
    found = compare(A, B)
    assert found["matrix"] == {"both": 5, "only_a": 1, "only_b": 4, "neither": 0}
    assert found["difference"] == 0.3
    assert found["p_value"] == pytest.approx(2 * (1 + 5) / 32)
    assert found["only_a"] == ["c0"]
    assert found["only_b"] == ["c6", "c7", "c8", "c9"]


def test_another_version_is_not_compared() -> None:
    with pytest.raises(NotComparable):
        compare(A, recorded("c", {"c0": True}, version=2))


@pytest.fixture
def ait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`ait eval …` over recorded runs in a folder of their own."""
    monkeypatch.setenv("AIT_DATA_DIR", str(tmp_path))
    for one in (A, B):
        Runs(tmp_path).keep(one)
    return lambda *words: CliRunner().invoke(app, list(words))


def test_compare_on_the_command_line_gives_the_same_numbers(ait: Callable[..., Any]) -> None:
    shown = ait("compare", "a", "b", "--json")
    assert shown.exit_code == 0
    assert '"p_value": 0.375' in shown.stdout
    assert "0.375" in ait("compare", "a", "b").stdout


def test_list_tells_of_the_last_run(ait: Callable[..., Any]) -> None:
    assert '"suite": "smoke"' in ait("list", "--json").stdout
    assert "9/10" in ait("list").stdout


def test_an_unknown_suite_or_run_is_said_so(ait: Callable[..., Any]) -> None:
    assert isinstance(ait("run", "nada").exception, NotFound)
    assert isinstance(ait("compare", "a", "zzz").exception, NotFound)
