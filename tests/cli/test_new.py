"""`ait new`: what it writes is a module like any other, before anybody has touched it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "e2e", "agents", "server", "graphs", "evals", "cli", "data")
STORY = ("tests/modules/core_business/test_visits.py", "tests/test_every_module.py", "tests/test_every_tool.py")


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A copy of the house to scaffold in; gives what runs Python there."""
    for name in ("core", "engines", "tools", "modules", "knowledge", "server", "locales"):
        shutil.copytree(HOUSE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HOUSE / "tests", tmp_path / "tests", ignore=LEFT_OUT)
    shutil.copytree(HOUSE / "tests" / "data" / "engines", tmp_path / "tests" / "data" / "engines")
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}

    def runs(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return runs


def test_a_new_module_passes_its_story_and_the_contracts(run: Run) -> None:
    new = ("-c", "from server.cli import main; main(['new', 'module', 'visits'])")
    assert "modules/core_business/visits/__init__.py" in run(*new).stdout
    lint = run("-m", "ruff", "check", "modules/core_business/visits", STORY[0])
    assert lint.returncode == 0, lint.stdout
    tests = run("-m", "pytest", "-q", "-p", "no:xdist", *STORY)
    assert tests.returncode == 0, tests.stdout[-3000:]
    again = run(*new)
    assert again.returncode == 1
    assert "no se ha tocado nada" in again.stderr


def test_a_new_line_prices_quotes_and_issues(run: Run) -> None:
    new = ("-c", "from server.cli import main; main(['new', 'line', 'garantia_mecanica'])")
    assert "modules/insurance/garantia_mecanica/line.py" in run(*new).stdout
    story = "tests/modules/insurance/test_garantia_mecanica.py"
    lint = run("-m", "ruff", "check", "modules/insurance/garantia_mecanica", story)
    assert lint.returncode == 0, lint.stdout
    tests = run("-m", "pytest", "-q", "-p", "no:xdist", story)
    assert tests.returncode == 0, tests.stdout[-3000:]


def test_a_new_engine_passes_the_contract_of_engines(run: Run) -> None:
    new = ("-c", "from server.cli import main; main(['new', 'engine', 'climate_risk', '--family', 'economic'])")
    assert "engines/economic/climate_risk.py" in run(*new).stdout
    story = "tests/engines/economic/test_climate_risk.py"
    lint = run("-m", "ruff", "check", "engines/economic/climate_risk.py", story)
    assert lint.returncode == 0, lint.stdout
    tests = run("-m", "pytest", "-q", "-p", "no:xdist", story, "tests/engines/test_every_engine.py", "-k", "climate")
    assert tests.returncode == 0, tests.stdout[-3000:]
    assert "passed" in tests.stdout
