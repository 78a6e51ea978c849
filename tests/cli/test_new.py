"""`ait new`: what it writes is a module like any other, before anybody has touched it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "e2e", "agents", "server", "graphs", "evals", "cli", "data")
STORY = ("tests/modules/core_business/test_visits.py", "tests/test_every_module.py", "tests/test_every_tool.py")


def test_a_new_module_passes_its_story_and_the_contracts(tmp_path: Path) -> None:
    for name in ("core", "tools", "modules", "knowledge", "server", "locales"):
        shutil.copytree(HOUSE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HOUSE / "tests", tmp_path / "tests", ignore=LEFT_OUT)
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    new = ("-c", "from server.cli import main; main(['new', 'module', 'visits'])")
    assert "modules/core_business/visits/__init__.py" in run(*new).stdout
    lint = run("-m", "ruff", "check", "modules/core_business/visits", STORY[0])
    assert lint.returncode == 0, lint.stdout
    tests = run("-m", "pytest", "-q", "-p", "no:xdist", *STORY)
    assert tests.returncode == 0, tests.stdout[-3000:]
    again = run(*new)
    assert again.returncode == 1
    assert "no se ha tocado nada" in again.stderr
