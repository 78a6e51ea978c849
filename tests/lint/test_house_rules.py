"""Our own laws, read from the syntax trees: they beat a paragraph."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("core", "tools", "engines", "modules", "knowledge", "agents", "graphs", "server", "evals")
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
OWN_CLOCK = {"core/clock.py"}


def sources(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """`(object, method, line)` of every call of a method of a plain name."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            yield node.func.value.id, node.func.attr, node.lineno


# What goes into a computation is a float there, and comes back as money at one named point (`core.money.cents`).
COMPUTED = ("modules/integration_automation/engines/", "modules/integration_automation/nerve/")


@pytest.mark.parametrize("package", ["core", "tools", "modules", "knowledge", "agents", "graphs", "server"])
def test_only_the_context_knows_the_time(package: str) -> None:
    found = [
        f"{file}:{line}"
        for file, tree in sources(package)
        if file not in OWN_CLOCK
        for name, method, line in calls(tree)
        if (name, method) in CLOCKS
    ]
    assert not found


def test_tools_never_commit_and_never_open_a_session() -> None:
    found = [
        f"{file}:{line} {name}.{method}"
        for file, tree in sources("modules")
        if file not in ("modules/installation.py", "modules/demo.py")
        for name, method, line in calls(tree)
        if method in ("commit", "rollback") or name == "database"
    ]
    assert not found


def test_money_is_never_a_float() -> None:
    found = []
    for file, tree in sources("modules"):
        if str(file).startswith(COMPUTED):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.annotation, ast.Name)
                and node.annotation.id == "float"
            ):
                found.append(f"{file}:{node.lineno}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                found.append(f"{file}:{node.lineno}")
    assert not found


def test_no_bare_except_and_none_that_swallows() -> None:
    found = []
    for file, tree in sources(*PACKAGES):
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                empty = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
                wide = node.type is None or (
                    isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
                )
                if wide and empty:
                    found.append(f"{file}:{node.lineno}")
    assert not found


def test_every_public_thing_says_what_it_is() -> None:
    missing = []
    for file, tree in sources(*PACKAGES):
        if "/migrations/" not in file and not ast.get_docstring(tree):
            missing.append(file)
    assert not missing
