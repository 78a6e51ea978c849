"""The house: its names are its own, its layers hold, its documents are true."""

import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("core", "tools", "engines", "modules", "knowledge", "agents", "graphs", "server", "evals", "demo")


def test_no_other_distribution_provides_our_top_level_names() -> None:
    provided = packages_distributions()
    for name in OURS:
        assert set(provided.get(name, [])) <= {"ait-core-soriano"}, name


def test_the_import_contracts_have_no_exceptions() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert len(contracts) >= 4
    assert not any("ignore_imports" in contract for contract in contracts)


def test_the_lock_pins_everything_with_hashes_and_names_no_index() -> None:
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        pins = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE)
        assert len(pins) > 100
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


def test_the_architecture_page_shows_the_real_tree() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in OURS[:-1]:
        assert f"`{folder}/`" in page, folder


def test_no_file_is_larger_than_a_megabyte() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    for name in filter(None, files.decode().split("\0")):
        path = ROOT / name
        assert not path.exists() or path.stat().st_size < 1_000_000, name
