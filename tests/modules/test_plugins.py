"""Plug-ins: found by their entry point, loaded only as an administrator has seen them."""

import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from modules.loader import Modules, State
from modules.plugins import digest_of, is_editable

CODE = '''"""A tool from elsewhere."""

from core.context import Context
from tools import Risk, tool


@tool(Risk.READ, permission="elsewhere:read", examples=("¿Qué hay?", "What is there?"))
def look_around(ctx: Context) -> str:
    """What there is to see."""
    return "nothing"
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A distribution `ait-elsewhere` with loose tools, installed as a wheel would be."""
    site = tmp_path / "site"
    info = site / "ait_elsewhere-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "ait_elsewhere.py").write_text(CODE, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ait-elsewhere\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ait.tools]\nelsewhere = ait_elsewhere\n")
    (info / "RECORD").write_text("ait_elsewhere.py,,\nait_elsewhere-1.0.dist-info/METADATA,,\n")
    monkeypatch.syspath_prepend(str(site))
    yield site
    sys.modules.pop("ait_elsewhere", None)


def loaded(data_dir: Path) -> Modules:
    modules = Modules(data_dir)
    modules.load()
    return modules


def test_code_that_nobody_pinned_is_not_even_imported(installed: Path, tmp_path: Path) -> None:
    found = loaded(tmp_path).found["ait_elsewhere"]
    assert found.state is State.DISCOVERED
    assert "ait modules pin" in str(found.error)
    assert "ait_elsewhere" not in sys.modules


def test_pinned_code_loads_and_changed_code_does_not(installed: Path, tmp_path: Path) -> None:
    loaded(tmp_path).pin("ait-elsewhere", digest_of(distribution("ait-elsewhere")))
    modules = loaded(tmp_path)
    assert modules.found["ait-elsewhere"].state is State.RUNNING
    assert "elsewhere_look_around" in modules.catalogue().tools
    sys.modules.pop("ait_elsewhere")
    (installed / "ait_elsewhere.py").write_text(CODE.replace("nothing", "secrets"), encoding="utf-8")
    assert "ha cambiado" in str(loaded(tmp_path).found["ait_elsewhere"].error)


def test_a_broken_plug_in_does_not_stop_the_house(installed: Path, tmp_path: Path) -> None:
    (installed / "ait_elsewhere.py").write_text("raise RuntimeError('boom')", encoding="utf-8")
    loaded(tmp_path).pin("ait-elsewhere", digest_of(distribution("ait-elsewhere")))
    modules = loaded(tmp_path)
    assert "boom" in str(modules.found["ait_elsewhere"].error)
    assert modules.found["ai-crm"].state is State.RUNNING


def test_an_editable_install_counts_as_pinned() -> None:
    assert is_editable(distribution("ait-hail-notices"))
    assert not is_editable(distribution("pydantic"))
