"""What every command does: open the installation, act as somebody, say it as text or JSON.

Data goes to stdout, what is said about it to stderr; exit codes are 0 done, 1 failed, 2
usage, 3 a person must approve, 4 refused by policy, 5 something outside is unavailable.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from core.audit.sequencer import TreeAltered
from core.context import Actor, Origin
from core.errors import AitError
from core.i18n import N_, translate
from core.identifiers import new_id
from core.settings import Settings
from core.telemetry import configure
from modules.installation import Installation

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
As = Annotated[str | None, typer.Option("--as", metavar="USER", help="Act as this user (default: the owner).")]

ADVICE = {
    2: N_("Revise los argumentos con «--help»."),
    3: N_("Decida con «ait approvals approve {approval_id}» como una persona con poder de decisión."),
    4: N_("Pregunte por qué con «ait policy explain HERRAMIENTA --as USUARIO»."),
    5: N_("Compruebe la instalación con «ait doctor»."),
}


@dataclass(frozen=True)
class House:
    """An opened installation and the person who commands."""

    installation: Installation
    actor: Actor
    origin: Origin


@contextmanager
def house(user: str | None = None) -> Iterator[House]:
    """The installation, opened for one command; ends with a pass of the audit's sequencer."""
    settings = Settings()
    configure("warning" if settings.log_level == "info" else settings.log_level)
    installation = Installation.open(settings)
    try:
        owner = installation.people.owner()
        actor = installation.people.actor(user) if user else owner
        # One command is one session; what it runs on is this machine, whichever that is.
        origin = Origin("cli", new_id(), new_id(), user_agent="ait", geo_location="local", device_fingerprint="cli")
        yield House(installation, actor, origin)
    finally:
        _grow_the_tree(installation)
        installation.close()


def _grow_the_tree(installation: Installation) -> None:
    """The sequencer's pass that ends a command; a damaged log is said aloud, the command's own end stands."""
    try:
        installation.audit.integrate()
    except TreeAltered as error:
        print(error.told(locale()), file=sys.stderr)


def say(data: Any, as_json: bool, text: str | None = None) -> None:
    """Print `data` as JSON, or `text` for people."""
    if as_json or text is None:
        print(json.dumps(data, ensure_ascii=False, indent=None if as_json else 2, default=str))
    else:
        print(text)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """`rows` as aligned columns; the names of the columns are their heads."""
    if not rows:
        return translate(N_("(nada)"), locale())
    cells = [[str(c) for c in columns], *([_cell(row.get(c)) for c in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def _cell(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)


def locale() -> str:
    """The terminal's language: English if it says so, else Spanish."""
    return "en" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("en") else "es"


def report(error: AitError, where: str | None = None) -> int:
    """Say an error and what to do next on stderr; its exit code."""
    spoken = where or locale()
    print(error.told(spoken), file=sys.stderr)
    advice = ADVICE.get(error.exit_code)
    if advice:
        detail = {"approval_id": error.detail.get("approval_id", "ID")}
        print(translate(advice, spoken, **detail) if "{" in advice else translate(advice, spoken), file=sys.stderr)
    return error.exit_code


def as_json_error(error: AitError, locale: str = "es") -> dict[str, Any]:
    """An error as every face gives it in JSON."""
    shown: dict[str, Any] = {"code": error.code, "message": error.told(locale)}
    for name in ("field", "rule", "approval_id", "choices"):
        if name in error.detail:
            shown[name] = str(error.detail[name])
    return shown
