"""`ait modules`: states, switches, reload, health, and the pinning of plug-ins."""

from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import typer

from core.errors import NotFound
from core.i18n import N_
from modules.loader import Found, State
from modules.plugins import digest_of
from server.cli.shell import AsJson, house, say, table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Modules: states, switches, reload, plug-ins.",
)


def facts(found: Found) -> dict[str, Any]:
    """A module as `list` shows it."""
    manifest = found.manifest
    return {
        "id": found.id,
        "state": found.state.value,
        "category": manifest.category if manifest else None,
        "version": manifest.version if manifest else None,
        "summary": manifest.summary if manifest else None,
        "depends": list(manifest.depends) if manifest else [],
        "tools": len(found.tools),
        "plugin": found.plugin,
        "error": found.error,
    }


@app.command("list")
def list_modules(as_json: AsJson = False) -> None:
    """List all modules with their state."""
    with house() as h:
        rows = [facts(f) for f in h.installation.modules.found.values()]
    say(rows, as_json, table(rows, ("id", "state", "version", "tools", "summary", "error")))


@app.command()
def enable(id: str, as_json: AsJson = False) -> None:
    """Switch a module on."""
    with house() as h:
        say(facts(h.installation.modules.enable(id, on=True)), as_json)


@app.command()
def disable(id: str, as_json: AsJson = False) -> None:
    """Switch a module off; its data stays."""
    with house() as h:
        say(facts(h.installation.modules.enable(id, on=False)), as_json)


@app.command()
def reload(id: str, as_json: AsJson = False) -> None:
    """Read a module's code again and run its checks."""
    with house() as h:
        say(facts(h.installation.modules.reload(id)), as_json)


@app.command()
def health(as_json: AsJson = False) -> None:
    """Say of each module whether it runs; exit 1 if one that should does not."""
    with house() as h:
        found = list(h.installation.modules.found.values())
    rows = [
        {"id": f.id, "healthy": f.state in (State.RUNNING, State.UNLOADED), "state": f.state.value, "error": f.error}
        for f in found
    ]
    say(rows, as_json, table(rows, ("id", "healthy", "state", "error")))
    raise typer.Exit(0 if all(row["healthy"] for row in rows) else 1)


@app.command()
def pin(name: str, as_json: AsJson = False) -> None:
    """Trust the plug-in distribution NAME with the code that is installed now."""
    try:
        digest = digest_of(distribution(name))
    except PackageNotFoundError as error:
        raise NotFound(what=N_("la distribución"), ref=name) from error
    with house() as h:
        h.installation.modules.pin(name, digest)
        h.installation.modules.load()
    say({"plugin": name, "digest": digest}, as_json)
