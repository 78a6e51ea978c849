"""The command line `ait`: one group a subject, each imported only when it is called.

`ait --help` must answer at once, so the groups stand here by name, with their one line of
help, and nothing heavy is imported before a command runs.
"""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click

from core.errors import AitError
from core.i18n import N_, translate

GROUPS: Final[dict[str, tuple[str, str]]] = {
    "serve": ("server.cli.serve:app", "Run the whole system, embedded servers included."),
    "demo": ("server.cli.demo:app", "The demonstration brokerage (fictional)."),
    "chat": ("server.cli.chat:app", "Ask in plain Spanish or English."),
    "tools": ("server.cli.tools:app", "List, show and call the tools."),
    "modules": ("server.cli.modules:app", "Modules: states, switches, reload, plug-ins."),
    "agents": ("server.cli.agents:app", "The sixteen agents."),
    "approvals": ("server.cli.approvals:app", "Decisions that wait for a person."),
    "policy": ("server.cli.policy:app", "Who may do what, and why."),
    "audit": ("server.cli.audit:app", "Search and verify the audit log."),
    "knowledge": ("server.cli.knowledge:app", "What is known: ingest and search."),
    "eval": ("evals.cli:app", "Is it any good? Run the evals."),
    "users": ("server.cli.users:app", "People, passwords and access tokens."),
    "new": ("server.cli.new:app", "Scaffold a module, tool, engine or line."),
    "doctor": ("server.cli.doctor:app", "Check the installation and say what to fix."),
}


class Lazy(click.Group):
    """A group whose members are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subjects, in their order of use."""
        return list(GROUPS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that subject, imported now."""
        if name not in GROUPS:
            return None
        module, _, attribute = GROUPS[name][0].partition(":")
        app: Any = getattr(import_module(module), attribute)
        # typer brings rich, 0.2 s, which listing the subjects does not need.
        from typer.main import get_command

        command = get_command(app)
        command.name = name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subjects without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in GROUPS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ait-core-soriano", prog_name="ait")
def cli() -> None:
    """AIT-CORE Soriano: the system that an insurance brokerage runs on."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `ait`; errors of ours end in one sentence and their own exit code."""
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except AitError as error:
        # The shell brings the whole installation, which `ait --help` does not need.
        from server.cli.shell import report

        sys.exit(report(error))
    except Exception:  # noqa: BLE001 — the last line: people get a sentence, the file gets the trace
        sys.exit(_unexpected())
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected() -> int:
    """Keep the trace of a fault of ours in a file and name it; `AIT_DEBUG=1` shows it at once."""
    if os.environ.get("AIT_DEBUG"):
        traceback.print_exc()
        return 1
    with tempfile.NamedTemporaryFile("w", prefix="ait-", suffix=".log", delete=False) as file:
        traceback.print_exc(file=file)
    print(translate(N_("Error inesperado; el detalle está en {file}."), "es", file=file.name), file=sys.stderr)
    return 1
