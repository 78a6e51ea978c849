"""What every case of every suite must be, found by looking for suites: no hand list."""

from collections import Counter

import pytest

from agents.roster import ROSTER
from evals.brokerage import ROLES
from evals.cases import Case, Suite, names, suite
from evals.ledger import _tables
from modules.installation import Installation

SUITES = [suite(name) for name in names()]
CASES = [pytest.param(case, id=f"{found.name}:{case.id}") for found in SUITES for case in found.cases]


def test_there_is_a_smoke_suite() -> None:
    assert "smoke" in names()


@pytest.mark.parametrize("found", SUITES, ids=lambda found: found.name)
def test_a_suite_says_its_rules_and_its_threshold(found: Suite) -> None:
    assert 0.5 <= found.threshold <= 1
    if not found.cases:  # a suite of attacks keeps a corpus instead: tests/evals/test_adversarial.py
        return
    languages = Counter(case.language for case in found.cases)
    assert languages["es"] > languages["en"] > 0


def test_the_smoke_suite_asks_forty_things_of_every_kind() -> None:
    found = suite("smoke")
    assert len(found.cases) == 40
    assert len({case.kind for case in found.cases}) == 10


@pytest.mark.parametrize("case", CASES)
def test_tools_and_arguments_exist(case: Case, installation: Installation) -> None:
    for call in case.calls:
        tool = installation.catalogue.get(call.tool)
        assert set(call.args) <= set(tool.arguments.model_fields), call


@pytest.mark.parametrize("case", CASES)
def test_the_executor_may_do_it(case: Case, installation: Installation) -> None:
    for id in case.executor:
        executor = ROSTER.executors[id]
        for call in case.calls:
            tool = installation.catalogue.get(call.tool)
            assert tool.module in executor.toolsets, f"{id} has no {call.tool}"
            assert executor.may(tool.risk), f"{id} may not {call.tool}"


@pytest.mark.parametrize("case", CASES)
def test_rows_are_of_tables_and_fields_that_exist(case: Case, installation: Installation) -> None:
    tables = _tables()
    for rows in case.rows:
        assert set(rows.fields) <= set(tables[rows.table].model_fields), rows


@pytest.mark.parametrize("case", CASES)
def test_what_changes_was_called_for(case: Case, installation: Installation) -> None:
    writes = [c for c in case.calls if c.status == "done" and not installation.catalogue.get(c.tool).risk.reads_only]
    assert bool(case.rows) == bool(writes), "rows change exactly if a call that writes is done"
    assert not (case.silent and case.calls)
    assert case.user in ROLES
