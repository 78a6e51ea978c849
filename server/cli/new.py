"""`ait new`: scaffold a module, a tool, a line of business or an engine; says what it wrote and what comes next."""

import keyword
import re
from pathlib import Path
from string import Template
from typing import Annotated, Final

import typer

from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.settings import HOUSE
from engines import FAMILIES

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scaffold a module, a tool, a line or an engine.",
)
SCAFFOLDS: Final = Path(__file__).parent / "scaffolds"
NAME: Final = re.compile(r"^[a-z][a-z0-9_]{1,40}$")

MODULE: Final = '''"""{title}: what this module is for, in one sentence.

Then the one thing that would surprise a reader.
"""

from datetime import date

from sqlmodel import select

from core.context import Context
from core.records import Record, index, table
from modules.manifest import Module
from tools import Risk, tool
from tools.results import Result

MODULE = Module(
    id="ai-{id}", category="{category}", version="0.1.0", schema="{schema}",
    summary="{title}: para qué sirve",
)


class {record}(Record, table=True):
    """One {record}; say the unit of every field."""

    __table_args__ = table("{schema}", index("day"))
    title: str
    day: date


class {record}View(Result):
    """A {record} as it is shown."""

    title: str
    day: date


@tool(
    Risk.READ,
    permission="{name}:read",
    examples=("¿Qué hay en {title}?", "What is there in {title}?"),
)
def list_entries(ctx: Context) -> list[{record}View]:
    """All entries, oldest first."""
    found = ctx.session.exec(select({record}).order_by({record}.day, {record}.id))
    return [{record}View(title=e.title, day=e.day) for e in found]


@tool(
    Risk.DRAFT,
    permission="{name}:write",
    examples=("Apunta en {title} lo de hoy", "Record today in the list of {title}"),
)
def record_entry(ctx: Context, title: str, day: date) -> {record}View:
    """Record one entry."""
    entry = {record}(title=title, day=day)
    ctx.session.add(entry)
    ctx.emit("{name}.entry_recorded", entry.id)
    return {record}View(title=title, day=day)
'''

MIGRATION: Final = '''"""{title}: its first table."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index

revision = "{name}_0001"
down_revision = None
branch_labels = ("{name}",)
depends_on = ("core_0001",)


def upgrade() -> None:
    """Create it."""
    create_record_table(
        "{schema}", "{table}",
        sa.Column("title", sa.String(), nullable=False), sa.Column("day", sa.Date(), nullable=False),
    )
    index("{schema}", "{table}", "day")
'''

STORY: Final = '''"""{title}: one story a fact."""


def test_an_entry_is_recorded_and_listed(run) -> None:
    run("{name}_record_entry", "owner", title="visita", day="2026-06-01")
    assert [e.title for e in run("{name}_list_entries", "owner")] == ["visita"]
'''

TOOL: Final = '''

@tool(Risk.READ, permission="{module}:read", examples=("¿…?", "What …?"))
def {function}(ctx: Context) -> str:
    """Say here what the answer is, its unit, and what is left out."""
    return ctx.actor.name
'''


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise Conflict(N_("Ya existe {path}; no se ha tocado nada."), path=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    typer.echo(f"+ {path.relative_to(HOUSE)}")


def _name(field: str, name: str) -> str:
    if not NAME.match(name) or keyword.iskeyword(name):
        raise BadArguments(field=field, problem=N_("solo minúsculas, cifras y _, empezando por letra"))
    return name


@app.command()
def module(
    name: str,
    category: Annotated[str, typer.Option(help="One of the seven categories of modules.")] = "core_business",
    schema: Annotated[str, typer.Option(help="One of the 40 schemas.")] = "soriano_operations",
) -> None:
    """Write a module with a record, two tools, a migration, a README and a story test."""
    _name("NAME", name)
    home = HOUSE / "modules" / category
    if not (home / "__init__.py").exists():
        raise BadArguments(field="category", problem=N_("no existe esa categoría de módulos"))
    record = "".join(part.title() for part in name.split("_")) + "Entry"
    facts = {
        "name": name,
        "id": name.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
        "category": category,
        "schema": schema,
        "record": record,
        "table": re.sub(r"(?<!^)(?=[A-Z])", "_", record).lower(),
    }
    folder = home / name
    _write(folder / "__init__.py", MODULE.format(**facts))
    _write(folder / "migrations" / f"{name}_0001_first.py", MIGRATION.format(**facts))
    _write(folder / "README.md", f"# {facts['title']}\n\nPara qué sirve, en palabras de quien lo usa.\n")
    _write(HOUSE / "tests" / "modules" / category / f"test_{name}.py", STORY.format(**facts))
    typer.echo(f"→ .venv/bin/pytest tests/modules/{category}/test_{name}.py tests/test_every_module.py")


@app.command()
def tool(name: Annotated[str, typer.Argument(help="<module>_<verb>_<object>, as crm_list_birthdays")]) -> None:
    """Append a tool to its module's file of tools."""
    _name("NAME", name)
    folders = [p.parent for p in (HOUSE / "modules").glob("*/*/__init__.py")]
    home = next((f for f in folders if name.startswith(f"{f.name}_")), None)
    if home is None:
        raise BadArguments(field="NAME", problem=N_("debe empezar por el nombre corto de un módulo de la casa"))
    file = home / "tools.py" if (home / "tools.py").exists() else home / "__init__.py"
    function = name.removeprefix(f"{home.name}_")
    text = file.read_text(encoding="utf-8")
    if f"def {function}(" in text:
        raise Conflict(N_("Ya existe {path}; no se ha tocado nada."), path=f"{file.name}: {function}")
    file.write_text(text.rstrip() + TOOL.format(module=home.name, function=function), encoding="utf-8")
    typer.echo(f"~ {file.relative_to(HOUSE)}")
    typer.echo(f"→ ait tools show {name}")


@app.command()
def line(name: Annotated[str, typer.Argument(help="The line's short name, as garantia_mecanica")]) -> None:
    """Write a line of business: declaration, risk, tariff, record, migration, tools, README and a story test."""
    _name("NAME", name)
    stem = "".join(part.title() for part in name.split("_"))
    record = f"{stem}Thing"
    facts = {
        "name": name,
        "code": name.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
        "stem": f"{stem}Risk",
        "details": f"{stem}Details",
        "request": f"{stem}Request",
        "record": record,
        "table": re.sub(r"(?<!^)(?=[A-Z])", "_", record).lower(),
    }
    folder, tests = HOUSE / "modules" / "insurance" / name, HOUSE / "tests" / "modules" / "insurance"
    moved = {
        "migrations/first.py": folder / "migrations" / f"{name}_0001.py",
        "test.py": tests / f"test_{name}.py",
    }
    for source in sorted((SCAFFOLDS / "line").rglob("*.txt")):
        place = source.relative_to(SCAFFOLDS / "line").as_posix().removesuffix(".txt")
        text = Template(source.read_text(encoding="utf-8")).substitute(facts)
        _write(moved.get(place, folder / place), text)
    typer.echo(f"→ .venv/bin/pytest tests/modules/insurance/test_{name}.py tests/test_every_module.py")


@app.command()
def engine(
    name: Annotated[str, typer.Argument(help="The engine's short name, as climate_risk")],
    family: Annotated[str, typer.Option(help="One of the six families of engines.")] = "insurance",
) -> None:
    """Write an engine with one operation, its published cases and a property test."""
    _name("NAME", name)
    if family not in FAMILIES:
        raise BadArguments(field="family", problem=N_("no existe esa familia de motores"))
    facts = {"name": name, "family": family, "title": name.replace("_", " ")}
    for source, place in (
        ("engine.py", HOUSE / "engines" / family / f"{name}.py"),
        ("cases.json", HOUSE / "tests" / "data" / "engines" / f"{name}.json"),
        ("test.py", HOUSE / "tests" / "engines" / family / f"test_{name}.py"),
    ):
        text = (SCAFFOLDS / "engine" / f"{source}.txt").read_text(encoding="utf-8")
        _write(place, Template(text).substitute(facts))
    typer.echo(f"→ .venv/bin/pytest tests/engines -k {name}")
