"""A sample of `python -m tests.faults`: processes die anywhere, and every effect happens once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 60
HOUSE = Path(__file__).parents[2]


@pytest.mark.timeout(280)
def test_whatever_dies_wherever_every_effect_happens_once():
    """In an interpreter of its own: a fork of this one would inherit the threads of other tests."""
    command = [sys.executable, "-m", "tests.faults", "--kills", str(KILLS), "--seed", "7", "--crashes", "1"]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["violations"] == []
    assert found["kills"] == sum(found["by_scenario"].values()) == KILLS
    assert {name for name, times in found["by_scenario"].items() if times} >= {"write", "approval", "relay"}
    assert all(crash["acknowledged"] > 0 for crash in found["postmaster"])
