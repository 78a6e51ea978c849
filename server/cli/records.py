"""`ait records`: how a record came to say what it says."""

from typing import Annotated
from uuid import UUID

import typer

from core.errors import BadArguments
from core.i18n import N_
from server.cli.shell import As, AsJson, house, say, table
from server.records import history_of

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Records as they were."
)


@app.callback()
def records() -> None:
    """Keep `history` a command of its own."""


@app.command()
def history(
    name: Annotated[str, typer.Argument(metavar="TABLE", help="soriano_crm.customer, or customer.")],
    record: Annotated[str, typer.Argument(metavar="ID")],
    at: Annotated[str | None, typer.Option(help="As it stood at the close of that day, or at that instant.")] = None,
    user: As = None,
    as_json: AsJson = False,
) -> None:
    """Every version of a record, from the audit log; with --at the one that held then."""
    try:
        id = UUID(record)
    except ValueError as error:
        raise BadArguments(field="ID", problem=N_("debe ser un identificador de registro")) from error
    with house(user) as h:
        found = history_of(h.installation, h.actor, name, id, at)
    if at is not None:
        values = (found["version"]["values"] or {}).items()
        rows = [{"field": field, "value": value} for field, value in sorted(values)]
        say(found, as_json, table(rows, ("field", "value")))
    else:
        rows = [{**version, "changed": ", ".join(version["changed"])} for version in found["versions"]]
        say(found, as_json, table(rows, ("version", "at", "op", "tool", "agent", "changed", "audit_entry")))
