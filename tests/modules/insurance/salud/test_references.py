"""The rating cases to the cent through the public tool, and the demonstration's risks."""

import pytest

from tests.modules.insurance.taken_over import as_json, cases_of, check_demo_risks


@pytest.mark.parametrize("case", cases_of("salud"), ids=lambda case: case["id"])
def test_the_reference_to_the_cent(run, case):
    assert as_json(run("salud_rate", **case["inputs"])) == case["expected"]


def test_the_demonstrations_policies_are_taken_over(book):
    assert check_demo_risks(book, "salud", "CL00001") == 20
