"""A sample of `python -m tests.faults`: processes die anywhere, and every effect happens once."""

import pytest

from tests.faults.harness import zygote
from tests.faults.postmaster import crash

KILLS = 60


@pytest.mark.timeout(280)
def test_whatever_dies_wherever_every_effect_happens_once():
    with zygote(seed=7) as made:
        found = made.run(KILLS)
    assert found.violations == []
    assert sum(found.kills.values()) == KILLS
    assert {name for name, times in found.kills.items() if times} >= {"write", "approval", "relay"}


def test_what_was_acknowledged_outlives_a_postmaster_that_is_killed_under_load():
    found = crash(seed=7)
    assert found.violations == []
    assert found.acknowledged > 0
