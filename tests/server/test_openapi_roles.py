"""The OpenAPI document against the server: a few made-up calls of every operation, as every role and as nobody.

The engines' operations, which are half of all, have a file of their own: files run at once.
For longer: `python -m tests.openapi_run --minutes 10`.
"""

import pytest

from tests.openapi_run import ENGINES, NOBODY, Run

EXAMPLES = 1  # valid bodies, and as many invalid ones


@pytest.fixture(scope="module")
def run(live, installation) -> Run:
    made = Run.of(live.url, installation)
    for operation in made.operations():
        if ENGINES not in operation.label:
            made.operation(operation, EXAMPLES)
    return made


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
def test_every_answer_is_one_that_the_document_declares(run: Run) -> None:
    """No fault of the server, no undeclared status, content type or shape."""
    assert not run.findings.wrong


def test_every_role_and_nobody_asked_and_some_were_answered(run: Run) -> None:
    asked = {role for role, _ in run.findings.calls}
    assert asked == {NOBODY, *run.house.policy.roles}
    assert run.findings.calls["owner", 200] > 10
    assert not [status for role, status in run.findings.calls if role == NOBODY and status < 400]
