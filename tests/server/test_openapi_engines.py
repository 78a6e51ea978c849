"""The engines' part of the OpenAPI document against the server: made-up numbers, as every role and as nobody."""

import pytest

from tests.openapi_run import ENGINES, NOBODY, Run

EXAMPLES = 1  # valid bodies, and as many invalid ones


@pytest.fixture(scope="module")
def run(live, installation) -> Run:
    made = Run.of(live.url, installation)
    for operation in made.operations():
        if ENGINES in operation.label:
            made.operation(operation, EXAMPLES)
    return made


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
def test_every_engine_answers_as_the_document_declares(run: Run) -> None:
    """Whatever the numbers are: no fault of the server, no undeclared status, content type or shape."""
    assert not run.findings.wrong


def test_every_role_may_compute_and_nobody_else(run: Run) -> None:
    assert {role for role, status in run.findings.calls if status == 200} >= {"owner", "broker", "cfo"}
    assert not [status for role, status in run.findings.calls if role == NOBODY and status < 400]


def test_a_dry_run_of_what_reads_the_outside_may_give_nothing(run: Run) -> None:
    document = run.client.get(f"{run.url}/api/openapi.json").json()
    answer = document["paths"][f"{ENGINES}multi_scraper_fetch_page"]["post"]["responses"]["200"]
    assert {"type": "null"} in answer["content"]["application/json"]["schema"]["properties"]["result"]["anyOf"]
