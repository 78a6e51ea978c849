"""Engines as tools: arguments by value and by name, data sets, jobs that go on, end and are stopped."""

from collections.abc import Callable
from typing import Any

import pytest

from core.context import Actor, Origin
from core.errors import BadArguments, Conflict, NotFound
from core.identifiers import new_id
from core.jobs import Jobs
from modules.installation import Installation
from modules.integration_automation.nerve.problems import EngineRefused
from tests.engines.cases import datasets
from tools.gate import Call

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]
VALUES = {"x": [1.5, 2.0, 4.0, 8.5], "group": ["a", "b", "a", "b"]}


@pytest.fixture
def work(installation: Installation, tenant: Actor) -> Callable[[], None]:
    """Do the tenant's queued calls, one after the other, until none is left."""
    jobs = Jobs(installation.database, installation.valkey_url)

    def run(job: Any) -> None:
        actor = installation.people.actor(job.actor["user"], job.tenant_id)
        installation.gate.call(
            Call(job.tool, job.args, actor, Origin("job", job.id), idempotency_key=job.idempotency_key)
        )

    def work() -> None:
        while True:
            waiting = [job for job in jobs.recent(tenant.tenant_id) if job.state == "queued"]
            if not waiting:
                return
            for job in waiting:
                jobs.perform(job.tenant_id, job.id, run)

    return work


def test_a_decimal_of_the_wire_is_a_number_and_a_text_stays_a_text(installation: Installation, actor: Any) -> None:
    body = b'{"name": "wire", "table": {"a": [1.25, 2.5], "b": ["1.25", "x"]}}'
    installation.gate.call(Call("engines_keep_data_set", body, actor("owner"), Origin("rest", new_id())))
    look = installation.gate.call(
        Call("engines_show_data_set", {"name": "wire"}, actor("owner"), Origin("rest", new_id()))
    ).value
    assert {c.name: c.kind for c in look.columns} == {"a": "number", "b": "text"}
    assert look.first_rows[0] == {"a": 1.25, "b": "1.25"}


def test_data_by_name_give_what_data_by_value_give(run: Run) -> None:
    run("engines_keep_data_set", name="four", table=VALUES)
    by_name = run("descriptive_summarize", x={"dataset": "four", "column": "x"})
    assert by_name == run("descriptive_summarize", x=VALUES["x"])
    assert run("descriptive_summarize", x={"dataset": "four", "column": "x", "skip_first": 1}).n == 3


def test_a_published_data_set_is_there_by_its_name(run: Run) -> None:
    assert run("descriptive_summarize", x={"dataset": "michelso"}) == run(
        "descriptive_summarize", x=datasets()["michelso"]
    )


def test_what_is_not_there_is_told_by_name(run: Run) -> None:
    with pytest.raises(NotFound, match="nadie"):
        run("descriptive_summarize", x={"dataset": "nadie"})
    run("engines_keep_data_set", name="two", table={"a": [1.0, 2.0], "b": [3.0, 4.0]})
    with pytest.raises(BadArguments, match="«x»"):
        run("descriptive_summarize", x={"dataset": "two"})
    with pytest.raises(BadArguments, match="«x»"):
        run("descriptive_summarize", x={"dataset": "two", "column": "c"})


def test_a_name_is_taken_once_and_free_again_after_deletion(run: Run) -> None:
    run("engines_keep_data_set", name="once", table=VALUES)
    with pytest.raises(Conflict):
        run("engines_keep_data_set", name="once", table=VALUES)
    run("engines_delete_data_set", _as="owner", name="once")
    run("engines_keep_data_set", name="once", table=VALUES)
    assert [d.name for d in run("engines_list_data_sets")].count("once") == 1


def test_another_brokerage_sees_no_data_set_of_ours(installation: Installation, run: Run) -> None:
    run("engines_keep_data_set", name="ours", table=VALUES)
    stranger = installation.people.add_tenant(f"t{new_id().hex[:12]}", "Otra")
    with pytest.raises(NotFound):
        installation.gate.call(Call("engines_show_data_set", {"name": "ours"}, stranger, Origin("cli", new_id())))


def test_an_engines_refusal_names_the_argument_in_the_callers_language(run: Run) -> None:
    with pytest.raises(EngineRefused) as refused:
        run("descriptive_summarize", x=[1.0])
    assert refused.value.told("es") == "Revise el campo «x»: hacen falta al menos 2 datos y hay 1"
    assert refused.value.told("en").startswith("Check the field “x”: at least 2 values")


def test_a_run_is_computed_as_a_job_and_its_result_kept(run: Run, work: Callable[[], None]) -> None:
    begun = run("engines_start_run", operation="descriptive_summarize", arguments={"x": {"dataset": "michelso"}})
    assert (begun.state, begun.result) == ("queued", None)
    work()
    done = run("engines_show_run", run=begun.run)
    assert done.state == "done"
    assert done.result["mean"] == pytest.approx(299.8524)
    assert done.input_sha256 == begun.input_sha256


def test_the_same_input_has_the_same_digest_and_another_another(run: Run) -> None:
    run("engines_keep_data_set", name="digest", table=VALUES)

    def digest(**arguments: Any) -> str:
        begun = run("engines_start_run", operation="descriptive_summarize", arguments=arguments)
        return str(begun.input_sha256)

    first = digest(x={"dataset": "digest", "column": "x"})
    assert digest(x={"dataset": "digest", "column": "x"}) == first
    run("engines_delete_data_set", _as="owner", name="digest")
    run("engines_keep_data_set", name="digest", table={**VALUES, "x": [1.5, 2.0, 4.0, 9.0]})
    assert digest(x={"dataset": "digest", "column": "x"}) != first


def test_a_refusal_ends_a_run_with_its_reason(run: Run, work: Callable[[], None]) -> None:
    begun = run("engines_start_run", operation="descriptive_summarize", arguments={"x": [1.0]})
    work()
    failed = run("engines_show_run", run=begun.run)
    assert failed.state == "failed"
    assert "«x»" in failed.problem


def test_a_run_that_is_cancelled_computes_nothing(run: Run, work: Callable[[], None]) -> None:
    begun = run("engines_start_run", operation="descriptive_summarize", arguments={"x": [1.0, 2.0]})
    run("engines_cancel_run", run=begun.run)
    work()
    assert run("engines_show_run", run=begun.run).state == "cancelled"
    with pytest.raises(Conflict):
        run("engines_cancel_run", run=begun.run)


def test_wrong_arguments_are_refused_before_a_job_is_made(run: Run) -> None:
    with pytest.raises(BadArguments, match="y"):
        run("engines_start_run", operation="descriptive_summarize", arguments={"x": [1.0, 2.0], "y": 1})
    with pytest.raises(NotFound):
        run("engines_start_run", operation="descriptive_nothing", arguments={})
