"""The command line `ait`: one group a subject, each imported only when it is called.

`ait --help` must answer at once, so the groups stand here by name, with their one line of
help, and nothing heavy is imported before a command runs.
"""

import difflib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

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
    "effects": ("server.cli.effects:app", "What is to leave the house, and what left."),
    "policy": ("server.cli.policy:app", "Who may do what, and why."),
    "audit": ("server.cli.audit:app", "Search, verify and prove the audit log."),
    "inbox": ("server.cli.inbox:app", "Messages that come in: read the mailbox, import, list."),
    "records": ("server.cli.records:app", "How a record came to say what it says."),
    "documents": ("server.cli.documents:app", "Documents: upload, list and read."),
    "knowledge": ("server.cli.knowledge:app", "What is known: ingest and search."),
    "eval": ("evals.cli:app", "Is it any good? Run the evals."),
    "users": ("server.cli.users:app", "People, passwords and access tokens."),
    "docs": ("server.cli.docs:app", "Write the pages that come from the code."),
    "new": ("server.cli.new:app", "Scaffold a module or a tool."),
    "doctor": ("server.cli.doctor:app", "Check the installation and say what to fix."),
}
USAGE: Final = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `ait`; errors of ours end in one sentence and their own exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(overview())
    elif words[0] == "--version":
        print(f"ait {version('ait-core-soriano')}")
    elif words[0] not in GROUPS:
        near = difflib.get_close_matches(words[0], GROUPS, 1)
        hint = f" ¿{near[0]}?" if near else ""
        print(
            translate(N_("No existe «ait {name}».{hint} Vea «ait --help»."), "es", name=words[0], hint=hint),
            file=sys.stderr,
        )
        sys.exit(USAGE)
    else:
        _run(words[0], words[1:])


def overview() -> str:
    """What `ait --help` prints."""
    width = max(map(len, GROUPS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in GROUPS.items()]
    head = "Usage: ait COMMAND [ARGS]…\n\nAIT-CORE Soriano: the system that an insurance brokerage runs on."
    return "\n".join([head, "", *lines, "", "`ait COMMAND --help` says more; `--json` makes any answer JSON."])


def _run(name: str, words: list[str]) -> None:
    module, _, attribute = GROUPS[name][0].partition(":")
    try:
        app: Any = getattr(import_module(module), attribute)
        app(args=words, prog_name=f"ait {name}")
    except AitError as error:
        # The shell brings the whole installation, which a usage error does not need.
        from server.cli.shell import report

        sys.exit(report(error))
    except Exception:  # noqa: BLE001 — the last line: people get a sentence, the file gets the trace
        sys.exit(_unexpected())


def _unexpected() -> int:
    """Keep the trace of a fault of ours in a file and name it; `AIT_DEBUG=1` shows it at once."""
    if os.environ.get("AIT_DEBUG"):
        traceback.print_exc()
        return 1
    with tempfile.NamedTemporaryFile("w", prefix="ait-", suffix=".log", delete=False) as file:
        traceback.print_exc(file=file)
    print(translate(N_("Error inesperado; el detalle está en {file}."), "es", file=file.name), file=sys.stderr)
    return 1
