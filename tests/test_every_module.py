"""The contract of all modules, by discovery: whoever knows one knows them all."""

import ast
import re
from pathlib import Path

import pytest

from core.i18n import catalogue
from core.records import AUDIT_FIELDS
from modules.loader import HOME, Found, Modules, State

SCHEMAS = re.compile(r"^soriano_[a-z_]+$")
OPEN_TO_DEPENDANTS = {"records", "events", "tools"}


def found() -> list[Found]:
    modules = Modules(Path("/nonexistent"))
    modules.load()
    return list(modules.found.values())


@pytest.mark.parametrize("module", found(), ids=lambda m: m.id)
class TestEveryModule:
    def test_it_runs(self, module: Found) -> None:
        assert module.error is None
        assert module.state is State.RUNNING

    def test_its_folder_is_the_short_id(self, module: Found) -> None:
        assert module.manifest is not None
        assert module.package.rpartition(".")[2] == module.manifest.short

    def test_it_says_what_it_is_for_in_spanish(self, module: Found) -> None:
        assert module.manifest is not None
        assert len(module.manifest.summary) > 10

    def test_its_records_lie_in_its_schema_and_belong_to_a_tenant(self, module: Found) -> None:
        assert module.manifest is not None
        for record in module.records:
            table = record.__table__  # type: ignore[attr-defined]
            assert table.schema == module.manifest.schema
            assert SCHEMAS.match(table.schema)
            assert [c.name for c in table.primary_key] == ["tenant_id", "id"]
            assert set(AUDIT_FIELDS) <= set(table.columns.keys())

    def test_every_key_leads_with_the_tenant(self, module: Found) -> None:
        for record in module.records:
            table = record.__table__  # type: ignore[attr-defined]
            keys = [list(i.columns.keys()) for i in table.indexes if i.unique]
            keys += [list(c.columns.keys()) for c in table.constraints if type(c).__name__ == "UniqueConstraint"]
            keys += [list(c.column_keys) for c in table.foreign_key_constraints]
            assert all(key[0] == "tenant_id" for key in keys), keys

    def test_it_imports_only_the_modules_it_depends_on(self, module: Found) -> None:
        assert module.manifest is not None
        allowed = {f.package for f in found() if f.id in module.manifest.depends} | {module.package}
        for path in module.paths:
            for file in path.rglob("*.py"):
                for name in imported(file):
                    if name.startswith("modules.") and name.count(".") >= 2:
                        assert any(name == a or name.startswith(f"{a}.") for a in allowed), f"{file}: {name}"

    def test_it_has_a_page_for_its_users(self, module: Found) -> None:
        for path in module.paths:
            if path.is_relative_to(HOME):
                assert (path / "README.md").read_text(encoding="utf-8").strip()


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names


def test_the_english_catalogue_can_be_read() -> None:
    assert catalogue("en")
